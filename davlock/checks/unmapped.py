"""Locks on names that do not exist yet: how Office and macOS save a new file."""

from davlock.checks.check import CheckGroup
from davlock.checks.context import CheckContext
from davlock.checks.exclusive import LOCK, PROTECTS, PUT, TOKEN
from davlock.checks.outcomes import CheckFailed
from davlock.checks.reader import UNREADABLE
from davlock.checks.requester import NEW
from davlock.checks.results import Level
from davlock.operations.answers import answer, granted
from davlock.operations.probe import went_well

GROUP = CheckGroup("unmapped", needs=("scratch", PUT, LOCK))
check = GROUP.check
UNMAPPED = "unmapped-lock"


@check("unmapped-lock", "A new name can be locked", Level.MUST, "RFC 4918 §9.10.4", litmus="unmapped_lock")
def unmapped_lock(context: CheckContext) -> None:
    """LOCK of a name that does not exist makes an empty file and locks it: 201."""
    url = context.name()
    asked = context.try_lock(url)
    subject = context.last
    if not went_well(asked):
        raise CheckFailed(answer(asked), subject)
    token, _ = granted(asked)
    if token is None:
        raise CheckFailed(f"{answer(asked)} without a lock token", subject)
    if asked.status != 201:
        context.warn(f"LOCK made a new name, and was answered {asked.status}, not 201", subject)
    if not context.notes.get(UNREADABLE) and context.content(url) is None:
        context.warn("the name is locked, and GET finds no empty file there (RFC 4918 §7.3)", subject)


@check(
    "unmapped-protects",
    "Nobody takes a new name that is locked",
    Level.MUST,
    "RFC 4918 §7.3",
    needs=(UNMAPPED, PROTECTS),
)
def unmapped_protects(context: CheckContext) -> None:
    """PUT without the token to a new name that is locked."""
    url = context.name()
    context.lock(url)
    before = context.content(url)
    context.refused(context.put(url), url, before, what="PUT without the token")


@check(
    "unmapped-token",
    "The holder of a new name writes it",
    Level.MUST,
    "RFC 4918 §7.3",
    needs=(UNMAPPED, TOKEN),
)
def unmapped_token(context: CheckContext) -> None:
    """PUT with the token to a new name that is locked; the lock stays."""
    url = context.name()
    taken = context.lock(url)
    context.done(context.put(url, NEW, context.tagged(taken)), url, what="PUT with the token")
    context.refused(context.put(url, b"by somebody else\n"), url, NEW, what="PUT without the token afterwards")


@check(
    "unmapped-unlock",
    "A new name is released",
    Level.MUST,
    "RFC 4918 §9.11",
    litmus="unlock",
    needs=(UNMAPPED, "unlock"),
)
def unmapped_unlock(context: CheckContext) -> None:
    """UNLOCK of a new name to which nothing was written; then anybody can write there."""
    url = context.name()
    taken = context.lock(url)
    released = context.unlock(taken)
    if not went_well(released):
        raise CheckFailed(answer(released), context.last)
    context.done(context.put(url), url, what="PUT after UNLOCK")


@check("unmapped-no-parent", "No lock where the parent is missing", Level.MUST, "RFC 4918 §9.10.4")
def unmapped_no_parent(context: CheckContext) -> None:
    """LOCK of a name in a collection that does not exist: 409, as for PUT, and nothing is locked. nginx says 409, and
    the name is locked for an hour, where nobody can see it.
    """
    url = f"{context.name('missing', '/')}a.txt"
    context.suspects.append(url)
    asked = context.try_lock(url)
    subject = context.last
    context.denied(asked, status=(409,), what="LOCK below a collection that does not exist")
    again = context.try_lock(url)
    if again.status == 423:
        raise CheckFailed(f"LOCK was answered {asked.status}, and the name is locked all the same", subject)
    context.suspects.remove(url)
