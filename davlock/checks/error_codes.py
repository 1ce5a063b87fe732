"""What refusals say: precondition codes, and members of a multistatus. Clients learn from them what is wrong."""

from davlock.checks.check import CheckGroup
from davlock.checks.context import CheckContext
from davlock.checks.exclusive import LOCK, PROTECTS, PUT
from davlock.checks.outcomes import CheckFailed, CheckSkipped
from davlock.checks.refreshing import NOBODYS
from davlock.checks.results import Level
from davlock.operations.answers import answer
from davlock.operations.probe import went_well
from davlock.protocol import requests
from davlock.protocol.lock import Depth
from davlock.protocol.message import Exchange
from davlock.protocol.precondition import read_error

GROUP = CheckGroup("codes", needs=("scratch", PUT, LOCK, PROTECTS))
check = GROUP.check


def _says(context: CheckContext, exchange: Exchange, code: str) -> None:
    """Demands that the body of a refusal names ``code`` (RFC 4918 §16)."""
    error = read_error(exchange.response, exchange.request.url) if exchange.response is not None else None
    named = [precondition.code for precondition in error.preconditions] if error is not None else []
    if error is not None and error.multistatus is not None:
        # Nephele refuses an UNLOCK within a 207.
        named += [code for element in error.multistatus.responses for code in element.error_codes]
    if code not in named:
        words = f"it names {', '.join(named)}" if named else "the body names no code"
        raise CheckFailed(f"{answer(exchange)}, without {code}: {words}", context.last)


@check("code-token-submitted", "A refused PUT names lock-token-submitted", Level.SHOULD, "RFC 4918 §16")
def code_token_submitted(context: CheckContext) -> None:
    """PUT to a locked file must return 423 with `lock-token-submitted` and the locked URL. Clients learn from it where
    the lock is.
    """
    url = context.file()
    context.lock(url)
    _says(context, context.put(url), "lock-token-submitted")


@check("code-no-conflicting-lock", "A refused LOCK names no-conflicting-lock", Level.SHOULD, "RFC 4918 §16")
def code_no_conflicting_lock(context: CheckContext) -> None:
    """LOCK of a locked file must return 423 with `no-conflicting-lock`. Clients learn from it that somebody else holds
    a lock.
    """
    url = context.file()
    context.lock(url)
    refused = context.try_lock(url)
    if went_well(refused):
        raise CheckSkipped("the server granted the second LOCK", context.last)
    _says(context, refused, "no-conflicting-lock")


@check(
    "code-token-matches",
    "A refused UNLOCK names lock-token-matches-request-uri",
    Level.SHOULD,
    "RFC 4918 §9.11.1",
    needs=("unlock",),
)
def code_token_matches(context: CheckContext) -> None:
    """UNLOCK with a wrong token must return 409 with `lock-token-matches-request-uri`. Clients learn from it that the
    token belongs elsewhere.
    """
    url = context.file()
    context.lock(url)
    refused = context.ask(requests.unlock(url, NOBODYS))
    if went_well(refused):
        raise CheckSkipped("the server accepted the UNLOCK", context.last)
    _says(context, refused, "lock-token-matches-request-uri")


@check("member-named", "A refused DELETE names the locked file", Level.SHOULD, "RFC 4918 §9.6.1")
def member_named(context: CheckContext) -> None:
    """Sends DELETE of a collection with a locked file. The answer must be a 207 with a 423 for that file, or a 423 that
    names it. Otherwise people search every file.
    """
    folder = context.collection()
    inside = context.file(url=f"{folder}a.txt")
    context.lock(inside)
    gone = context.ask(requests.delete(folder))
    subject = context.last
    if went_well(gone):
        raise CheckSkipped("the server carried out the DELETE", subject)
    body = (gone.response.body or b"") if gone.response is not None else b""
    if gone.status in (207, 424) or b"multistatus" in body:
        members = {element.status for element in context.multistatus(gone).responses}
        if 423 not in members:
            raise CheckFailed(f"{answer(gone)}, but gave no member the status 423", subject)
        if gone.status != 207:
            context.warn(f"the server sent its multistatus with {gone.status}, not 207", subject)
    elif b"a.txt" not in body:
        raise CheckFailed(f"{answer(gone)}, but did not name the locked file", subject)


@check(
    "lock-member-named",
    "A refused deep LOCK names the locked file",
    Level.SHOULD,
    "RFC 4918 §9.10.9",
    needs=("depth-infinity",),
)
def lock_member_named(context: CheckContext) -> None:
    """Sends LOCK with Depth: infinity over a locked file. The answer must be a 207 with 423 for that file and 424 for
    the collection.
    """
    folder = context.collection()
    inside = context.file(url=f"{folder}a.txt")
    context.lock(inside)
    asked = context.try_lock(folder, depth=Depth.INFINITY)
    subject = context.last
    if went_well(asked):
        raise CheckSkipped("the server granted the LOCK", subject)
    if asked.status == 207:
        if 423 not in {element.status for element in context.multistatus(asked).responses}:
            raise CheckFailed(f"{answer(asked)}, but gave no member the status 423", subject)
        return
    body = (asked.response.body or b"") if asked.response is not None else b""
    if b"a.txt" not in body:
        raise CheckFailed(f"{answer(asked)}, but did not name the locked file", subject)


@check("put-no-parent", "PUT with a missing parent returns 409", Level.MUST, "RFC 4918 §9.7.1")
def put_no_parent(context: CheckContext) -> None:
    """Sends PUT of a file in a collection that does not exist. Any other answer suggests another cause, such as a lock.
    The server must not create the collection.
    """
    url = f"{context.name('missing', '/')}a.txt"
    context.refused(context.put(url), url, None, status=(409,), what="PUT with a missing parent")
