"""Two users: what one can do to the other's lock."""

from davlock.checks.check import CheckGroup
from davlock.checks.context import CheckContext
from davlock.checks.exclusive import LOCK, PROTECTS, PUT, TOKEN
from davlock.checks.outcomes import CheckFailed
from davlock.checks.requester import NEW, SECONDS
from davlock.checks.results import Level
from davlock.operations.answers import answer
from davlock.operations.probe import went_well
from davlock.protocol import requests

GROUP = CheckGroup("principals", needs=("scratch", PUT, LOCK, PROTECTS))
check = GROUP.check
OTHER = 1


@check("other-writes", "Another user is kept out", Level.MUST, "RFC 4918 §7", litmus="notowner_modify", two_users=True)
def other_writes(context: CheckContext) -> None:
    """PUT by a second user without the token."""
    url = context.file()
    context.lock(url)
    context.refused(context.put(url, by=OTHER), url, status=(423, 403), what="PUT by another user")


@check("other-locks", "Another user gets no lock", Level.MUST, "RFC 4918 §6.2", litmus="notowner_lock", two_users=True)
def other_locks(context: CheckContext) -> None:
    """LOCK by a second user."""
    url = context.file()
    context.lock(url)
    context.denied(context.try_lock(url, by=OTHER), status=(423, 403), what="LOCK by another user")


@check(
    "other-writes-with-token",
    "A token that was seen opens nothing for others",
    Level.MUST,
    "RFC 4918 §6.4",
    needs=(TOKEN,),
    two_users=True,
)
def other_writes_with_token(context: CheckContext) -> None:
    """PUT by a second user with the first one's token, which lockdiscovery shows to everybody."""
    url = context.file()
    taken = context.lock(url)
    written = context.put(url, NEW, context.tagged(taken), by=OTHER)
    context.refused(written, url, status=(403, 412, 423), what="PUT by another user with the token")


@check("other-refreshes", "Nobody refreshes another's lock", Level.SHOULD, "RFC 4918 §6.4", two_users=True)
def other_refreshes(context: CheckContext) -> None:
    """Refresh by a second user with the first one's token."""
    url = context.file()
    taken = context.lock(url)
    asked = context.ask(requests.refresh(url, taken.token, seconds=SECONDS), by=OTHER)
    context.denied(asked, status=(403, 412, 423), what="a refresh by another user")


@check("other-unlocks", "Nobody releases another's lock", Level.SHOULD, "RFC 4918 §6.4", two_users=True)
def other_unlocks(context: CheckContext) -> None:
    """UNLOCK by a second user with the first one's token: a server may allow it to those with the right to."""
    url = context.file()
    taken = context.lock(url)
    asked = context.unlock(taken, by=OTHER)
    subject = context.last
    if went_well(context.put(url)):
        raise CheckFailed(f"UNLOCK by another user released the lock (answered {asked.status})", subject)
    if went_well(asked):
        context.warn(f"UNLOCK by another user was answered {asked.status}, as if it had released something", subject)


@check(
    "other-sees",
    "Another user sees the lock",
    Level.SHOULD,
    "RFC 4918 §15.8",
    needs=("lock-discovered",),
    two_users=True,
)
def other_sees(context: CheckContext) -> None:
    """lockdiscovery as the second user: without it nobody knows whom to ask."""
    url = context.file()
    context.lock(url)
    if not context.locks(url, by=OTHER):
        raise CheckFailed("lockdiscovery shows no lock to another user", context.last)


@check(
    "other-after-unlock",
    "What was released is open to all",
    Level.MUST,
    "RFC 4918 §9.11",
    needs=("unlock",),
    two_users=True,
)
def other_after_unlock(context: CheckContext) -> None:
    """A lock by the second user, after the first has released theirs."""
    url = context.file()
    context.unlock(context.lock(url))
    asked = context.try_lock(url, by=OTHER)
    if not went_well(asked):
        raise CheckFailed(f"LOCK by the second user: {answer(asked)}", context.last)
