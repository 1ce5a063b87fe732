"""What refusals say: precondition codes and the members of a multistatus, from which clients learn what is wrong."""

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
    """The body of a refusal names ``code`` (RFC 4918 §16)."""
    error = read_error(exchange.response, exchange.request.url) if exchange.response is not None else None
    named = [precondition.code for precondition in error.preconditions] if error is not None else []
    if error is not None and error.multistatus is not None:
        # Nephele refuses an UNLOCK within a 207.
        named += [code for element in error.multistatus.responses for code in element.error_codes]
    if code not in named:
        words = f"it says {', '.join(named)}" if named else "its body names none"
        raise CheckFailed(f"{answer(exchange)} without {code}: {words}", context.last)


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
        raise CheckSkipped("the second LOCK was granted", context.last)
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
        raise CheckSkipped("the UNLOCK was answered with a success", context.last)
    _says(context, refused, "lock-token-matches-request-uri")


@check("member-named", "A refused DELETE names the locked file", Level.SHOULD, "RFC 4918 §9.6.1")
def member_named(context: CheckContext) -> None:
    """DELETE of a collection with a locked file. The answer must be a 207 with a 423 for that file, or a 423 that names
    it. Otherwise people search every file.
    """
    folder = context.collection()
    inside = context.file(url=f"{folder}a.txt")
    context.lock(inside)
    gone = context.ask(requests.delete(folder))
    subject = context.last
    if went_well(gone):
        raise CheckSkipped("the DELETE was carried out", subject)
    body = (gone.response.body or b"") if gone.response is not None else b""
    if gone.status in (207, 424) or b"multistatus" in body:
        members = {element.status for element in context.multistatus(gone).responses}
        if 423 not in members:
            raise CheckFailed(f"{answer(gone)}, and no member in it has 423", subject)
        if gone.status != 207:
            context.warn(f"a multistatus came with {gone.status}, not 207", subject)
    elif b"a.txt" not in body:
        raise CheckFailed(f"{answer(gone)}, and the locked file is not named", subject)


@check(
    "lock-member-named",
    "A refused deep LOCK names the locked file",
    Level.SHOULD,
    "RFC 4918 §9.10.9",
    needs=("depth-infinity",),
)
def lock_member_named(context: CheckContext) -> None:
    """LOCK with Depth: infinity over a locked file. The answer must be a 207 with 423 for that file and 424 for the
    collection.
    """
    folder = context.collection()
    inside = context.file(url=f"{folder}a.txt")
    context.lock(inside)
    asked = context.try_lock(folder, depth=Depth.INFINITY)
    subject = context.last
    if went_well(asked):
        raise CheckSkipped("the LOCK was granted", subject)
    if asked.status == 207:
        if 423 not in {element.status for element in context.multistatus(asked).responses}:
            raise CheckFailed("207, and no member in it has 423", subject)
        return
    body = (asked.response.body or b"") if asked.response is not None else b""
    if b"a.txt" not in body:
        raise CheckFailed(f"{answer(asked)}, and the locked file is not named", subject)


@check("put-no-parent", "PUT with a missing parent returns 409", Level.MUST, "RFC 4918 §9.7.1")
def put_no_parent(context: CheckContext) -> None:
    """PUT of a file in a collection that does not exist. Any other answer suggests another cause, such as a lock. The
    server must not create the collection.
    """
    url = f"{context.name('missing', '/')}a.txt"
    context.refused(context.put(url), url, None, status=(409,), what="PUT below a collection that does not exist")
