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

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.predicates.lock_database import DatabaseSign, lock_database_failure, product_name
from davlock.diagnosis.remedies import destructive, for_admin, intrusive, safe
from davlock.diagnosis.rule import Match, Scope, rfc, rule
from davlock.protocol.lock import Depth


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
    failure = lock_database_failure(evidence)
    if failure is None:
        return None
    seen = (failure.exchange,)
    if failure.sign is DatabaseSign.WORDS:
        return _match(evidence, Certainty.CERTAIN, "The answer has the words of the server's error log.", seen)
    if failure.sign is DatabaseSign.LIGHTTPD:
        words = "lighttpd answers LOCK so when it has no SQLite file, or cannot use it."
        return _match(evidence, Certainty.LIKELY, words, seen)
    return _apache(evidence, failure.exchange, failure.failed)


def _apache(evidence: Evidence, index: int, failed: tuple[int, ...]) -> Match:
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
        remedies=_LIGHTTPD if product_name(evidence) == "lighttpd" else _APACHE,
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
