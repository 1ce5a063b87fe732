"""Shared locks, if the server offers them."""

from davlock.checks.check import CheckGroup
from davlock.checks.context import CheckContext
from davlock.checks.exclusive import LOCK, PROTECTS, PUT, TOKEN
from davlock.checks.outcomes import CheckFailed, CheckSkipped
from davlock.checks.requester import NEW
from davlock.checks.results import Level
from davlock.operations.answers import refusal
from davlock.operations.probe import went_well
from davlock.protocol.lock import LockScope

GROUP = CheckGroup("shared", needs=("scratch", PUT, LOCK, PROTECTS))
check = GROUP.check
GRANTED = "shared-lock"


@check("shared-lock", "LOCK grants a shared lock", Level.SHOULD, "RFC 4918 §6.2", litmus="lock_shared")
def shared_lock(context: CheckContext) -> None:
    """Sends LOCK with scope shared. A server without shared locks says so in supportedlock, and davlock skips the
    check.
    """
    url = context.file()
    asked = context.try_lock(url, scope=LockScope.SHARED)
    subject = context.last
    scopes = context.notes.get("scopes")
    offered = not isinstance(scopes, frozenset) or LockScope.SHARED in scopes
    if not went_well(asked):
        if not offered:
            raise CheckSkipped("the server offers no shared locks", subject)
        raise CheckFailed(f"supportedlock offers shared locks, but {refusal(asked, 'a shared LOCK')}", subject)
    granted = next((taken for taken in context.held if taken.url == url), None)
    if granted is not None and granted.lock is not None and granted.lock.scope is LockScope.EXCLUSIVE:
        why = "it granted an exclusive lock for a shared one"
        if not offered:
            raise CheckSkipped(f"the server offers no shared locks: {why}", subject)
        raise CheckFailed(f"supportedlock offers shared locks, but the server does not grant them: {why}", subject)


@check(
    "shared-twice",
    "Two holders share a lock",
    Level.MUST,
    "RFC 4918 §6.2",
    litmus="double_sharedlock",
    needs=(GRANTED,),
)
def shared_twice(context: CheckContext) -> None:
    """Sends two shared LOCKs of one file. Each must get a token of its own, so that each can release its lock."""
    url = context.file()
    first = context.lock(url, scope=LockScope.SHARED)
    second = context.lock(url, scope=LockScope.SHARED)
    if first.token == second.token:
        raise CheckFailed(f"both shared locks have the same token: {first.token}", second.subject)


@check(
    "shared-protects",
    "A shared lock prevents writes without a token",
    Level.MUST,
    "RFC 4918 §7",
    litmus="notowner_modify",
    needs=(GRANTED,),
)
def shared_protects(context: CheckContext) -> None:
    """Sends PUT without a token to a file with a shared lock. Otherwise the lock protects nothing."""
    url = context.file()
    context.lock(url, scope=LockScope.SHARED)
    context.refused(context.put(url), url, what="PUT without a token to a file with a shared lock")


@check(
    "shared-excludes",
    "A shared lock excludes an exclusive one",
    Level.MUST,
    "RFC 4918 §6.2",
    litmus="notowner_lock",
    needs=(GRANTED,),
)
def shared_excludes(context: CheckContext) -> None:
    """Sends LOCK with scope exclusive of a file with a shared lock. An exclusive holder expects no other holders."""
    url = context.file()
    context.lock(url, scope=LockScope.SHARED)
    context.denied(context.try_lock(url), status=(423,), what="an exclusive LOCK over a shared one")


@check(
    "exclusive-excludes-shared",
    "An exclusive lock excludes a shared one",
    Level.MUST,
    "RFC 4918 §6.2",
    litmus="notowner_lock",
    needs=(GRANTED,),
)
def exclusive_excludes_shared(context: CheckContext) -> None:
    """Sends LOCK with scope shared of a file with an exclusive lock. Otherwise two programs write at once."""
    url = context.file()
    context.lock(url)
    context.denied(
        context.try_lock(url, scope=LockScope.SHARED), status=(423,), what="a shared LOCK over an exclusive one"
    )


@check(
    "shared-token",
    "The only holder of a shared lock writes",
    Level.MUST,
    "RFC 4918 §7",
    litmus="owner_modify",
    needs=(GRANTED, TOKEN),
)
def shared_token(context: CheckContext) -> None:
    """Sends PUT with the token of the only shared lock. If it fails, a shared lock stops its own holder."""
    url = context.file()
    taken = context.lock(url, scope=LockScope.SHARED)
    context.done(context.put(url, NEW, context.tagged(taken)), url, what="PUT with the token")


@check(
    "shared-one-of-two",
    "One of two shared tokens permits a write",
    Level.SHOULD,
    "RFC 4918 §6.2",
    needs=(GRANTED, TOKEN, "shared-twice"),
)
def shared_one_of_two(context: CheckContext) -> None:
    """Sends PUT with one token of two shared locks. A holder cannot know the tokens of the others."""
    url = context.file()
    taken = context.lock(url, scope=LockScope.SHARED)
    context.lock(url, scope=LockScope.SHARED)
    context.done(context.put(url, NEW, context.tagged(taken)), url, what="PUT with one of two shared tokens")


@check(
    "shared-unlock-one",
    "UNLOCK of one shared lock keeps the other",
    Level.MUST,
    "RFC 4918 §9.11",
    needs=(GRANTED, "shared-twice", "unlock"),
)
def shared_unlock_one(context: CheckContext) -> None:
    """Sends two shared LOCKs, UNLOCK of one, PUT without a token. The other holder must stay protected."""
    url = context.file()
    taken = context.lock(url, scope=LockScope.SHARED)
    context.lock(url, scope=LockScope.SHARED)
    released = context.unlock(taken)
    if not went_well(released):
        raise CheckFailed(refusal(released, "UNLOCK of one shared lock"), context.last)
    context.refused(context.put(url), url, what="PUT without a token to a file with a shared lock")
