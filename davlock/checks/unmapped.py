"""Locks on new names: Office and macOS save a new file this way."""

from davlock.checks.check import CheckGroup
from davlock.checks.context import CheckContext
from davlock.checks.exclusive import LOCK, PROTECTS, PUT, TOKEN
from davlock.checks.outcomes import CheckFailed
from davlock.checks.reader import UNREADABLE
from davlock.checks.requester import NEW
from davlock.checks.results import Level
from davlock.operations.answers import answer, granted, refusal
from davlock.operations.probe import went_well

GROUP = CheckGroup("unmapped", needs=("scratch", PUT, LOCK))
check = GROUP.check
UNMAPPED = "unmapped-lock"


@check(
    "unmapped-lock",
    "LOCK of a new name creates an empty, locked file",
    Level.MUST,
    "RFC 4918 §9.10.4",
    litmus="unmapped_lock",
)
def unmapped_lock(context: CheckContext) -> None:
    """LOCK of a name that does not exist must return 201. Office and Finder save a new file this way."""
    url = context.name()
    asked = context.try_lock(url)
    subject = context.last
    if not went_well(asked):
        raise CheckFailed(refusal(asked, "LOCK of a new name"), subject)
    token, _ = granted(asked)
    if token is None:
        raise CheckFailed(f"{answer(asked)}, but gave no lock token", subject)
    if asked.status != 201:
        context.warn(f"the server answered {asked.status} to LOCK of a new name, not 201", subject)
    if not context.notes.get(UNREADABLE) and context.content(url) is None:
        context.warn("the server locked the name, but created no empty file (RFC 4918 §7.3)", subject)


@check(
    "unmapped-protects",
    "A locked new name cannot be written without its token",
    Level.MUST,
    "RFC 4918 §7.3",
    needs=(UNMAPPED, PROTECTS),
)
def unmapped_protects(context: CheckContext) -> None:
    """Sends LOCK of a new name, then PUT without the token. Otherwise somebody else takes the name first."""
    url = context.name()
    context.lock(url)
    before = context.content(url)
    context.refused(context.put(url), url, before, what="PUT without the token")


@check(
    "unmapped-token",
    "The holder of a new name writes with the token",
    Level.MUST,
    "RFC 4918 §7.3",
    needs=(UNMAPPED, TOKEN),
)
def unmapped_token(context: CheckContext) -> None:
    """Sends LOCK of a new name, PUT with the token, then PUT without it. The lock must survive the first write."""
    url = context.name()
    taken = context.lock(url)
    context.done(context.put(url, NEW, context.tagged(taken)), url, what="PUT with the token")
    context.refused(
        context.put(url, b"by somebody else\n"), url, NEW, what="PUT without the token after the first write"
    )


@check(
    "unmapped-unlock",
    "UNLOCK releases a new name",
    Level.MUST,
    "RFC 4918 §9.11",
    litmus="unlock",
    needs=(UNMAPPED, "unlock"),
)
def unmapped_unlock(context: CheckContext) -> None:
    """Sends LOCK of a new name, UNLOCK, PUT. A program that gives up must not leave a locked name behind."""
    url = context.name()
    taken = context.lock(url)
    released = context.unlock(taken)
    if not went_well(released):
        raise CheckFailed(refusal(released, "UNLOCK of a new name"), context.last)
    context.done(context.put(url), url, what="PUT after UNLOCK")


@check("unmapped-no-parent", "LOCK with a missing parent returns 409 and locks nothing", Level.MUST, "RFC 4918 §9.10.4")
def unmapped_no_parent(context: CheckContext) -> None:
    """Sends LOCK of a name in a collection that does not exist. nginx answers 409 and locks the name for an hour, where
    nobody can see it.
    """
    url = f"{context.name('missing', '/')}a.txt"
    context.suspects.append(url)
    asked = context.try_lock(url)
    subject = context.last
    context.denied(asked, status=(409,), what="LOCK with a missing parent")
    again = context.try_lock(url)
    if again.status == 423:
        raise CheckFailed(f"the server answered {asked.status} to LOCK, but locked the name", subject)
    context.suspects.remove(url)
