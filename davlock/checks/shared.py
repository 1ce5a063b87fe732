"""Shared locks, where the server offers them."""

from davlock.checks.check import Group
from davlock.checks.exclusive import LOCK, PROTECTS, PUT, TOKEN
from davlock.checks.not_passed import Failed, Skip
from davlock.checks.requester import NEW
from davlock.checks.results import Level
from davlock.checks.site import Site
from davlock.operations.answers import answer
from davlock.operations.case import went_well
from davlock.protocol.lock import LockScope

GROUP = Group("shared", needs=("scratch", PUT, LOCK, PROTECTS))
check = GROUP.check
GRANTED = "shared-lock"


@check("shared-lock", "A shared lock is granted", Level.SHOULD, "RFC 4918 §6.2", litmus="lock_shared")
def shared_lock(site: Site) -> None:
    """LOCK with scope shared. A server may have none, and then says so in supportedlock."""
    url = site.file()
    asked = site.try_lock(url, scope=LockScope.SHARED)
    subject = site.last
    scopes = site.notes.get("scopes")
    offered = not isinstance(scopes, frozenset) or LockScope.SHARED in scopes
    if not went_well(asked):
        if not offered:
            raise Skip("the server does not offer shared locks", subject)
        raise Failed(f"supportedlock offers shared locks, and {answer(asked)}", subject)
    found = next((taken for taken in site.held if taken.url == url), None)
    if found is not None and found.lock is not None and found.lock.scope is LockScope.EXCLUSIVE:
        why = "a shared lock was asked for, and an exclusive one granted"
        if not offered:
            raise Skip(f"the server does not offer shared locks ({why})", subject)
        raise Failed(why, subject)


@check(
    "shared-twice",
    "Two share a lock",
    Level.MUST,
    "RFC 4918 §6.2",
    litmus="double_sharedlock",
    needs=(GRANTED,),
)
def shared_twice(site: Site) -> None:
    """A second shared lock on the same file, with a token of its own."""
    url = site.file()
    first = site.lock(url, scope=LockScope.SHARED)
    second = site.lock(url, scope=LockScope.SHARED)
    if first.token == second.token:
        raise Failed(f"both shared locks have the same token, {first.token}", second.subject)


@check(
    "shared-protects",
    "Nobody writes without a shared token",
    Level.MUST,
    "RFC 4918 §7",
    litmus="notowner_modify",
    needs=(GRANTED,),
)
def shared_protects(site: Site) -> None:
    """PUT to a file with a shared lock, without a token."""
    url = site.file()
    site.lock(url, scope=LockScope.SHARED)
    site.refused(site.put(url), url, what="PUT without a token")


@check(
    "shared-excludes",
    "A shared lock keeps exclusive ones out",
    Level.MUST,
    "RFC 4918 §6.2",
    litmus="notowner_lock",
    needs=(GRANTED,),
)
def shared_excludes(site: Site) -> None:
    """LOCK with scope exclusive on a file with a shared lock."""
    url = site.file()
    site.lock(url, scope=LockScope.SHARED)
    site.denied(site.try_lock(url), status=(423,), what="an exclusive LOCK over a shared one")


@check(
    "exclusive-excludes-shared",
    "An exclusive lock keeps shared ones out",
    Level.MUST,
    "RFC 4918 §6.2",
    litmus="notowner_lock",
    needs=(GRANTED,),
)
def exclusive_excludes_shared(site: Site) -> None:
    """LOCK with scope shared on a file with an exclusive lock."""
    url = site.file()
    site.lock(url)
    site.denied(site.try_lock(url, scope=LockScope.SHARED), status=(423,), what="a shared LOCK over an exclusive one")


@check(
    "shared-token",
    "The holder of a shared lock writes",
    Level.MUST,
    "RFC 4918 §7",
    litmus="owner_modify",
    needs=(GRANTED, TOKEN),
)
def shared_token(site: Site) -> None:
    """PUT with the token of the only shared lock."""
    url = site.file()
    taken = site.lock(url, scope=LockScope.SHARED)
    site.done(site.put(url, NEW, site.tagged(taken)), url, what="PUT with the token")


@check(
    "shared-one-of-two",
    "One of two shared tokens suffices",
    Level.SHOULD,
    "RFC 4918 §6.2",
    needs=(GRANTED, TOKEN, "shared-twice"),
)
def shared_one_of_two(site: Site) -> None:
    """PUT with one token, where two hold a shared lock: each of them cannot know the other's."""
    url = site.file()
    taken = site.lock(url, scope=LockScope.SHARED)
    site.lock(url, scope=LockScope.SHARED)
    site.done(site.put(url, NEW, site.tagged(taken)), url, what="PUT with one of two tokens")


@check(
    "shared-unlock-one",
    "Releasing one shared lock leaves the other",
    Level.MUST,
    "RFC 4918 §9.11",
    needs=(GRANTED, "shared-twice", "unlock"),
)
def shared_unlock_one(site: Site) -> None:
    """UNLOCK of one of two; then a PUT without a token."""
    url = site.file()
    taken = site.lock(url, scope=LockScope.SHARED)
    site.lock(url, scope=LockScope.SHARED)
    released = site.unlock(taken)
    if not went_well(released):
        raise Failed(answer(released), site.last)
    site.refused(site.put(url), url, what="PUT without a token")
