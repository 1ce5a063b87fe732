"""Two users: what one can do to the other's lock."""

from davlock.checks.check import Group
from davlock.checks.exclusive import LOCK, PROTECTS, PUT, TOKEN
from davlock.checks.not_passed import Failed
from davlock.checks.requester import NEW, SECONDS
from davlock.checks.results import Level
from davlock.checks.site import Site
from davlock.operations.answers import answer
from davlock.operations.case import went_well
from davlock.protocol import requests

GROUP = Group("principals", needs=("scratch", PUT, LOCK, PROTECTS))
check = GROUP.check
OTHER = 1


@check("other-writes", "Another user is kept out", Level.MUST, "RFC 4918 §7", litmus="notowner_modify", two_users=True)
def other_writes(site: Site) -> None:
    """PUT by a second user without the token."""
    url = site.file()
    site.lock(url)
    site.refused(site.put(url, by=OTHER), url, status=(423, 403), what="PUT by another user")


@check("other-locks", "Another user gets no lock", Level.MUST, "RFC 4918 §6.2", litmus="notowner_lock", two_users=True)
def other_locks(site: Site) -> None:
    """LOCK by a second user."""
    url = site.file()
    site.lock(url)
    site.denied(site.try_lock(url, by=OTHER), status=(423, 403), what="LOCK by another user")


@check(
    "other-writes-with-token",
    "A token that was seen opens nothing for others",
    Level.MUST,
    "RFC 4918 §6.4",
    needs=(TOKEN,),
    two_users=True,
)
def other_writes_with_token(site: Site) -> None:
    """PUT by a second user with the first one's token, which lockdiscovery shows to everybody."""
    url = site.file()
    taken = site.lock(url)
    written = site.put(url, NEW, site.tagged(taken), by=OTHER)
    site.refused(written, url, status=(403, 412, 423), what="PUT by another user with the token")


@check("other-refreshes", "Nobody refreshes another's lock", Level.SHOULD, "RFC 4918 §6.4", two_users=True)
def other_refreshes(site: Site) -> None:
    """Refresh by a second user with the first one's token."""
    url = site.file()
    taken = site.lock(url)
    asked = site.ask(requests.refresh(url, taken.token, seconds=SECONDS), by=OTHER)
    site.denied(asked, status=(403, 412, 423), what="a refresh by another user")


@check("other-unlocks", "Nobody releases another's lock", Level.SHOULD, "RFC 4918 §6.4", two_users=True)
def other_unlocks(site: Site) -> None:
    """UNLOCK by a second user with the first one's token: a server may allow it to those with the right to."""
    url = site.file()
    taken = site.lock(url)
    asked = site.unlock(taken, by=OTHER)
    subject = site.last
    if went_well(site.put(url)):
        raise Failed(f"UNLOCK by another user released the lock (answered {asked.status})", subject)
    if went_well(asked):
        site.warn(f"UNLOCK by another user was answered {asked.status}, as if it had released something", subject)


@check(
    "other-sees",
    "Another user sees the lock",
    Level.SHOULD,
    "RFC 4918 §15.8",
    needs=("lock-discovered",),
    two_users=True,
)
def other_sees(site: Site) -> None:
    """lockdiscovery as the second user: without it nobody knows whom to ask."""
    url = site.file()
    site.lock(url)
    if not site.locks(url, by=OTHER):
        raise Failed("lockdiscovery shows no lock to another user", site.last)


@check(
    "other-after-unlock",
    "What was released is open to all",
    Level.MUST,
    "RFC 4918 §9.11",
    needs=("unlock",),
    two_users=True,
)
def other_after_unlock(site: Site) -> None:
    """A lock by the second user, after the first has released theirs."""
    url = site.file()
    site.unlock(site.lock(url))
    asked = site.try_lock(url, by=OTHER)
    if not went_well(asked):
        raise Failed(f"LOCK by the second user: {answer(asked)}", site.last)
