"""Whether a server cannot use its lock database: mod_dav and lighttpd answer 500 then."""

from collections.abc import Iterator
from enum import Enum

from davlock.diagnosis.evidence import READS, Evidence
from davlock.diagnosis.predicates.sequence import on_target
from davlock.protocol.message import Exchange
from davlock.protocol.precondition import BodyKind, read_error
from davlock.protocol.url import origin
from davlock.servers.phrases import Said, Sayings
from davlock.values import dataclass


def _asked(evidence: Evidence) -> int | None:
    """The exchange under question; where nothing was tried, the last look at the target that got 500."""
    if evidence.subject is not None:
        return evidence.subject if evidence.cause is not None and not evidence.cause.member else None
    looks = [
        index
        for index, exchange in on_target(evidence)
        if exchange.request.method.upper() == "PROPFIND" and exchange.status == 500
    ]
    return looks[-1] if looks else None


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


def product_name(evidence: Evidence) -> str:
    return evidence.server.name if evidence.server is not None else ""


def _is_own_page(exchange: Exchange, evidence: Evidence) -> bool:
    """Returns true if the web server itself speaks, and no application behind it."""
    if exchange.response is None:
        return False
    error = read_error(exchange.response, exchange.request.url)
    if product_name(evidence) == "lighttpd":
        return error.kind in (BodyKind.HTML, BodyKind.NOT_CAPTURED)
    if product_name(evidence) not in ("", "apache"):
        return False
    unseen = error.kind is BodyKind.NOT_CAPTURED and product_name(evidence) == "apache"
    return unseen or (error.kind is BodyKind.HTML and Said.HTTPD_ERROR_PAGE in Sayings(error.message))


class DatabaseSign(Enum):
    """What shows that the lock database fails."""

    WORDS = "words"
    """The answer has the words of Apache's error log."""
    LIGHTTPD = "lighttpd"
    """lighttpd answers LOCK with 500."""
    APACHE = "apache"
    """Apache's own page for 500, and nothing that needs the database works."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseFailure:
    """A lock database that fails. ``failed`` are the other answers with 500 of the same server."""

    sign: DatabaseSign
    exchange: int
    failed: tuple[int, ...] = ()


def lock_database_failure(evidence: Evidence) -> DatabaseFailure | None:
    """Returns what shows that Apache or lighttpd cannot use its lock database, with what else the server answered."""
    index = _asked(evidence)
    if index is None:
        return None
    asked = evidence.exchanges[index]
    method = asked.request.method.upper()
    if asked.response is None or asked.status != 500 or method in ("OPTIONS", "GET", "HEAD", "UNLOCK"):
        return None
    if Said.LOCK_DATABASE_FAILS in Sayings(read_error(asked.response, asked.request.url).message):
        return DatabaseFailure(sign=DatabaseSign.WORDS, exchange=index)
    if not method or not _is_own_page(asked, evidence):
        return None
    if product_name(evidence) == "lighttpd":
        return DatabaseFailure(sign=DatabaseSign.LIGHTTPD, exchange=index) if method == "LOCK" else None
    others = [entry for entry in _elsewhere(evidence) if entry[0] != index]
    if any(_works(exchange) for _, exchange in others):
        return None
    failed = tuple(number for number, other in others if other.status == 500 and _is_own_page(other, evidence))
    return DatabaseFailure(sign=DatabaseSign.APACHE, exchange=index, failed=failed)
