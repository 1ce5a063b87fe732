"""reads work, every write is 500: the lock database.

What happened: mod_dav looks into its lock database before every write, and whenever locks are asked for. Where it
cannot be opened, reads go on working while PUT, MKCOL, COPY, MOVE, DELETE and LOCK are all answered 500, whether
anything is locked or not. OPTIONS announces DAV: 1,2 all the same. The page says nothing of locks; the error log does:
"Could not open the lock database", "The locks could not be queried". lighttpd without its SQLite file takes writes,
and answers LOCK with 500.

How sure we are: likely where LOCK or PROPFIND is answered 500 as well. Possible from a write alone, since Apache says
500 for most other errors of the disk too, a missing permission among them. Certain only where the answer has the
log's words.

What to do: give the lock database a path on a local disk, in a directory that the server's user can write.

How to confirm: LOCK on a file that exists is granted if the database works.
"""

from collections.abc import Iterator

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import READS, Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.remedies import destructive, for_admin, intrusive, safe
from davlock.diagnosis.rule import Match, Scope, rfc, rule
from davlock.diagnosis.sequence import on_target
from davlock.protocol.lock import Depth
from davlock.protocol.message import Exchange
from davlock.protocol.precondition import BodyKind, read_error
from davlock.protocol.url import origin

WORDS = ("lock database", "locks could not be queried", "dbm driver could not be loaded", "davlockdb")
"""Of Apache's error log (modules/dav/fs/lock.c, modules/dav/main/util.c), where somebody put it into the answer."""

PAGE = "the server encountered an internal error or misconfiguration"
"""How Apache's own page for 500 begins: an application behind it has one of its own."""


@rule(
    id="500-lock-database",
    severity=Severity.ERROR,
    statuses=(500,),
    retry=(RetryVerdict.AFTER_CHANGE,),
    scope=Scope.SERVER,
    see=(rfc(9110, "15.6.1"),),
)
def check(evidence: Evidence) -> Match | None:
    """500 from Apache or lighttpd itself, with what else was answered by the same server."""
    index = _asked(evidence)
    if index is None:
        return None
    asked = evidence.exchanges[index]
    method = asked.request.method.upper()
    if asked.response is None or asked.status != 500 or method in ("", "OPTIONS", "GET", "HEAD", "UNLOCK"):
        return None
    if read_error(asked.response, asked.request.url).says(*WORDS):
        return _match(evidence, Certainty.CERTAIN, "The answer has the words of the server's error log.", (index,))
    if not _is_own_page(asked, evidence):
        return None
    if _name(evidence) == "lighttpd":
        words = "lighttpd answers LOCK so when it has no SQLite file, or cannot use it."
        return _match(evidence, Certainty.LIKELY, words, (index,)) if method == "LOCK" else None
    others = [entry for entry in _elsewhere(evidence) if entry[0] != index]
    if any(_works(exchange) for _, exchange in others):
        return None
    failed = [number for number, other in others if other.status == 500 and _is_own_page(other, evidence)]
    return _apache(evidence, index, failed)


def _asked(evidence: Evidence) -> int | None:
    """The exchange under question; where nothing was tried, the last look at the target that was answered 500."""
    if evidence.subject is not None:
        return evidence.subject if evidence.cause is not None and not evidence.cause.member else None
    looks = [
        index
        for index, exchange in on_target(evidence)
        if exchange.request.method.upper() == "PROPFIND" and exchange.status == 500
    ]
    return looks[-1] if looks else None


def _apache(evidence: Evidence, index: int, failed: list[int]) -> Match:
    method = evidence.exchanges[index].request.method.upper()
    beside = {evidence.exchanges[number].request.method.upper() for number in failed} - {method}
    lock = method == "LOCK" and (evidence.is_refresh or evidence.depth is not Depth.INFINITY)
    seen = (index, *failed[:4])
    if lock or beside & {"LOCK", "PROPFIND"} or (method == "PROPFIND" and beside):
        words = "Apache looks into it before every write, so each of them fails, whether anything is locked or not."
        return _match(evidence, Certainty.LIKELY, words, seen)
    if method in ("PROPFIND", "LOCK"):
        other = Alternative("other-unexplained", "LOCK with Depth 0 on a file that exists: it is granted")
    else:
        words = "LOCK on a file that exists: it is granted, so the server's process may not write to the disk there"
        other = Alternative("403-no-permission", words)
    explanation = "Apache says 500 when it cannot open its lock database, and for most errors of the disk too."
    return _match(evidence, Certainty.POSSIBLE, explanation, seen, (other,))


def _elsewhere(evidence: Evidence) -> Iterator[tuple[int, Exchange]]:
    """The exchanges with the same server."""
    for index, exchange in enumerate(evidence.exchanges):
        if origin(exchange.request.url) == origin(evidence.target):
            yield index, exchange


def _works(exchange: Exchange) -> bool:
    """Whether this answer needed the lock database: to grant, find or release a lock, or to look before a write."""
    method, response = exchange.request.method.upper(), exchange.response
    if method == "UNLOCK":
        return response is not None and response.status == 204  # Apache says so only of a lock that it had
    return response is not None and method not in READS | {"UNLOCK", ""} and (response.ok or response.status == 423)


def _name(evidence: Evidence) -> str:
    return evidence.server.name if evidence.server is not None else ""


def _is_own_page(exchange: Exchange, evidence: Evidence) -> bool:
    """Whether the web server itself speaks, and no application behind it."""
    if exchange.response is None:
        return False
    error = read_error(exchange.response, exchange.request.url)
    if _name(evidence) == "lighttpd":
        return error.kind in (BodyKind.HTML, BodyKind.NOT_CAPTURED)
    if _name(evidence) not in ("", "apache"):
        return False
    unseen = error.kind is BodyKind.NOT_CAPTURED and _name(evidence) == "apache"
    return unseen or (error.kind is BodyKind.HTML and error.says(PAGE))


def _match(
    evidence: Evidence,
    certainty: Certainty,
    words: str,
    seen: tuple[int, ...],
    alternatives: tuple[Alternative, ...] = (),
) -> Match:
    return Match(
        certainty=certainty,
        headline="The server cannot use its lock database"
        if certainty is not Certainty.POSSIBLE
        else "The server may be unable to use its lock database",
        explanation=f"{words} No lock stands in the way.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.body(evidence), *(_quote(evidence, index) for index in seen)),
        alternatives=alternatives,
        remedies=_LIGHTTPD if _name(evidence) == "lighttpd" else _APACHE,
    )


def _quote(evidence: Evidence, index: int) -> Quote:
    exchange = evidence.exchanges[index]
    return Quote(f"answer to {exchange.request.method}", f"{exchange.status} on {exchange.request.url}".strip(), index)


_LIGHTTPD = (for_admin(intrusive("Set webdav.sqlite-db-name to a path in a directory that lighttpd's user can write")),)

_APACHE = (
    for_admin(safe("Read Apache's error log at the time of the request: it says what is wrong with the lock database")),
    for_admin(
        intrusive("Set DavLockDB to a path on a local disk, in a directory (not a file) that Apache's user can write")
    ),
    for_admin(intrusive("If the log says that the DBM driver cannot be loaded: install it (Alpine: apr-util-dbm_db)")),
    for_admin(
        destructive(
            "If the log says that the database is corrupt: stop httpd and remove its files, which drops every lock"
        )
    ),
)
