"""Two users: what one can do with the other's lock."""

from davlock.checks.check import CheckGroup
from davlock.checks.context import CheckContext
from davlock.checks.exclusive import LOCK, PROTECTS, PUT, TOKEN
from davlock.checks.outcomes import CheckFailed
from davlock.checks.requester import NEW, SECONDS
from davlock.checks.results import Level
from davlock.operations.answers import refusal
from davlock.operations.probe import went_well
from davlock.protocol import requests

GROUP = CheckGroup("principals", needs=("scratch", PUT, LOCK, PROTECTS))
check = GROUP.check
OTHER = 1


@check(
    "other-writes",
    "A second user cannot write a locked file",
    Level.MUST,
    "RFC 4918 §7",
    litmus="notowner_modify",
    two_users=True,
)
def other_writes(context: CheckContext) -> None:
    """Sends PUT by the second user without the token. If it succeeds, the lock protects nothing from other people."""
    url = context.file()
    context.lock(url)
    context.refused(context.put(url, by=OTHER), url, status=(423, 403), what="PUT by the second user")


@check(
    "other-locks",
    "A second user cannot lock a locked file",
    Level.MUST,
    "RFC 4918 §6.2",
    litmus="notowner_lock",
    two_users=True,
)
def other_locks(context: CheckContext) -> None:
    """Sends LOCK by the second user. If it succeeds, two people believe that they alone may write."""
    url = context.file()
    context.lock(url)
    context.denied(context.try_lock(url, by=OTHER), status=(423, 403), what="LOCK by the second user")


@check(
    "other-writes-with-token",
    "A second user cannot write with the holder's token",
    Level.MUST,
    "RFC 4918 §6.4",
    needs=(TOKEN,),
    two_users=True,
)
def other_writes_with_token(context: CheckContext) -> None:
    """Sends PUT by the second user with the first user's token. lockdiscovery shows that token to everybody, so it must
    not permit a write.
    """
    url = context.file()
    taken = context.lock(url)
    written = context.put(url, NEW, context.tagged(taken), by=OTHER)
    context.refused(written, url, status=(403, 412, 423), what="PUT by the second user with the token")


@check("other-refreshes", "A second user cannot renew the lock", Level.SHOULD, "RFC 4918 §6.4", two_users=True)
def other_refreshes(context: CheckContext) -> None:
    """Sends a refresh by the second user with the first user's token. Otherwise others keep a lock alive that its
    holder gave up.
    """
    url = context.file()
    taken = context.lock(url)
    asked = context.ask(requests.refresh(url, taken.token, seconds=SECONDS), by=OTHER)
    context.denied(asked, status=(403, 412, 423), what="a refresh by the second user")


@check("other-unlocks", "A second user cannot release the lock", Level.SHOULD, "RFC 4918 §6.4", two_users=True)
def other_unlocks(context: CheckContext) -> None:
    """Sends UNLOCK by the second user with the first user's token. A server may allow this to users with a special
    right.
    """
    url = context.file()
    taken = context.lock(url)
    asked = context.unlock(taken, by=OTHER)
    subject = context.last
    if went_well(context.put(url)):
        raise CheckFailed(f"UNLOCK by the second user released the lock ({asked.status})", subject)
    if went_well(asked):
        context.warn(f"the server answered {asked.status} to UNLOCK by the second user, but released nothing", subject)


@check(
    "other-sees",
    "A second user sees the lock",
    Level.SHOULD,
    "RFC 4918 §15.8",
    needs=("lock-discovered",),
    two_users=True,
)
def other_sees(context: CheckContext) -> None:
    """Sends PROPFIND by the second user. Without it nobody knows who to ask."""
    url = context.file()
    context.lock(url)
    if not context.locks(url, by=OTHER):
        raise CheckFailed("lockdiscovery shows no lock to the second user", context.last)


@check(
    "other-after-unlock",
    "A second user can lock a released file",
    Level.MUST,
    "RFC 4918 §9.11",
    needs=("unlock",),
    two_users=True,
)
def other_after_unlock(context: CheckContext) -> None:
    """Sends LOCK by the second user after the first released the file. Otherwise a file stays with its first user."""
    url = context.file()
    context.unlock(context.lock(url))
    asked = context.try_lock(url, by=OTHER)
    if not went_well(asked):
        raise CheckFailed(refusal(asked, "LOCK by the second user"), context.last)
