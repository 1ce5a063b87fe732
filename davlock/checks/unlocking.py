"""UNLOCK that must release nothing, and UNLOCK of a collection."""

from davlock.checks.check import CheckGroup
from davlock.checks.context import CheckContext
from davlock.checks.exclusive import LOCK, PROTECTS, PUT
from davlock.checks.outcomes import CheckFailed
from davlock.checks.refreshing import NOBODYS
from davlock.checks.results import Level
from davlock.operations.answers import refusal
from davlock.operations.probe import went_well
from davlock.protocol import requests
from davlock.protocol.message import Exchange

GROUP = CheckGroup("unlocking", needs=("scratch", PUT, LOCK, PROTECTS))
check = GROUP.check


def _must_stay(
    context: CheckContext, url: str, what: str, subject: int, status: int | None, wanted: tuple[int, ...]
) -> None:
    """Demands that the lock on ``url`` survived an UNLOCK that the server answered with ``status``."""
    if went_well(context.put(url)):
        raise CheckFailed(f"{what} released the lock ({status})", subject)
    if status is not None and 200 <= status < 300 and status != 207:
        context.warn(f"the server answered {status} to {what}, but released nothing", subject)
    elif status == 207:
        context.warn(_within(context, context.exchanges[subject], what), subject)
    elif status not in wanted:
        context.warn(f"the server refused {what} with {status}, not {' or '.join(map(str, wanted))}", subject)


def _within(context: CheckContext, refused: Exchange, what: str) -> str:
    """Returns a warning that the refusal is inside a multistatus: many clients read only the status."""
    codes = sorted({element.worst for element in context.multistatus(refused).responses if element.worst is not None})
    inside = f" with {', '.join(map(str, codes))} in it" if codes else ""
    return f"the server refused {what} in a 207{inside}, which many clients read as success"


@check(
    "unlock-wrong-token",
    "UNLOCK with a wrong token releases nothing",
    Level.MUST,
    "RFC 4918 §9.11.1",
    litmus="notowner_lock",
)
def unlock_wrong_token(context: CheckContext) -> None:
    """UNLOCK with a token that is not the lock's must return 409. Otherwise anybody can release any lock."""
    url = context.file()
    context.lock(url)
    asked = context.ask(requests.unlock(url, NOBODYS))
    _must_stay(context, url, "UNLOCK with a wrong token", context.last, asked.status, (409,))


@check("unlock-no-token", "UNLOCK without a token releases nothing", Level.MUST, "RFC 4918 §9.11.1")
def unlock_no_token(context: CheckContext) -> None:
    """UNLOCK without Lock-Token must return 400, and the lock stays. Otherwise anybody can release any lock."""
    url = context.file()
    context.lock(url)
    asked = context.request("UNLOCK", url)
    _must_stay(context, url, "UNLOCK without a token", context.last, asked.status, (400,))


@check("unlock-other-url", "UNLOCK at another URL releases nothing", Level.MUST, "RFC 4918 §9.11")
def unlock_other_url(context: CheckContext) -> None:
    """UNLOCK with the right token at another file must return 409. A client with a wrong URL must not believe that it
    released the lock.
    """
    url, other = context.file(), context.file()
    taken = context.lock(url)
    asked = context.unlock(taken, url=other)
    _must_stay(context, url, "UNLOCK at another URL", context.last, asked.status, (409,))


@check("unlock-twice", "A second UNLOCK is refused", Level.MUST, "RFC 4918 §9.11.1", needs=("unlock",))
def unlock_twice(context: CheckContext) -> None:
    """UNLOCK again with the same token must return 409. Otherwise a client cannot tell if it released a lock or found
    none.
    """
    url = context.file()
    taken = context.lock(url)
    context.unlock(taken)
    again = context.unlock(taken)
    if went_well(again):
        context.warn(f"the server answered {again.status} to a second UNLOCK, not 409")
    elif again.status == 207:
        context.warn(_within(context, again, "a second UNLOCK"))
    elif again.status != 409:
        context.warn(f"the server refused a second UNLOCK with {again.status}, not 409")


@check("unlock-missing", "UNLOCK of a missing file is refused", Level.SHOULD, "RFC 4918 §9.11.1")
def unlock_missing(context: CheckContext) -> None:
    """UNLOCK of a name that does not exist must return 404 or 409. A success would hide a mistyped URL."""
    asked = context.ask(requests.unlock(context.name(), NOBODYS))
    if went_well(asked):
        context.warn(f"the server answered {asked.status} to UNLOCK of a missing file, not 404 or 409")


@check(
    "unlock-collection",
    "UNLOCK releases a collection with a file in it",
    Level.MUST,
    "RFC 4918 §9.11",
    litmus="unlock",
    needs=("unlock", "depth-0"),
)
def unlock_collection(context: CheckContext) -> None:
    """Sends UNLOCK of a collection that is locked with depth 0 and contains an unlocked file. Zope expects the lock on
    the file, too, and fails.
    """
    folder = context.collection()
    context.file(url=f"{folder}a.txt")
    taken = context.lock(folder)
    released = context.unlock(taken)
    subject = context.last
    if not went_well(released):
        raise CheckFailed(refusal(released, "UNLOCK with the right token"), subject)
    again = context.try_lock(folder)
    if not went_well(again):
        raise CheckFailed(
            f"the server answered {released.status} to UNLOCK, but kept the lock: {refusal(again)}", subject
        )
