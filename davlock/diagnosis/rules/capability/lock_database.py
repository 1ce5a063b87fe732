"""the server cannot use its lock database, so writes fail.

What happened: Apache reads its lock database before every write. If it cannot open it, reading works, but PUT, MKCOL,
COPY, MOVE, DELETE and LOCK all get 500, locked or not. OPTIONS announces locks all the same. lighttpd without its
SQLite file accepts writes and answers LOCK with 500.

How sure we are: certain only if the answer has the words of Apache's error log. Likely if LOCK or PROPFIND gets 500,
too. A guess from a write alone, because Apache answers 500 for most disk errors and missing permissions as well.

What to do: read the error log: it says "Could not open the lock database" or "The locks could not be queried". Give the
database a path on a local disk, in a directory (not a file) that the server's user can write. If the log misses the DBM
driver, install it (Alpine: apr-util-dbm_db).

How to confirm: LOCK on a file that exists works again.
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
    """Matches 500 from Apache or lighttpd itself, judged with the other answers of the same server."""
    failure = lock_database_failure(evidence)
    if failure is None:
        return None
    seen = (failure.exchange,)
    if failure.sign is DatabaseSign.WORDS:
        return _match(evidence, Certainty.CERTAIN, "The answer says so, in the words of the server's error log.", seen)
    if failure.sign is DatabaseSign.LIGHTTPD:
        words = "lighttpd answers LOCK like this if it has no SQLite file, or cannot use it."
        return _match(evidence, Certainty.LIKELY, words, seen)
    return _apache(evidence, failure.exchange, failure.failed)


def _apache(evidence: Evidence, index: int, failed: tuple[int, ...]) -> Match:
    method = evidence.exchanges[index].request.method.upper()
    beside = {evidence.exchanges[number].request.method.upper() for number in failed} - {method}
    lock = method == "LOCK" and (evidence.is_refresh or evidence.depth is not Depth.INFINITY)
    seen = (index, *failed[:4])
    if lock or beside & {"LOCK", "PROPFIND"} or (method == "PROPFIND" and beside):
        words = "Apache reads it before every write, so every write fails, locked or not."
        return _match(evidence, Certainty.LIKELY, words, seen)
    if method in ("PROPFIND", "LOCK"):
        other = Alternative("other-unexplained", "LOCK with Depth 0 on a file that exists: it is granted")
    else:
        words = "LOCK on a file that exists: it is granted, so the server may not write to the disk there"
        other = Alternative("403-no-permission", words)
    explanation = "Apache answers 500 if it cannot open that database, but also for most disk errors."
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
        explanation=f"{words} No lock is in your way.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.body(evidence), *(_quote(evidence, index) for index in seen)),
        alternatives=alternatives,
        remedies=_LIGHTTPD if product_name(evidence) == "lighttpd" else _APACHE,
    )


def _quote(evidence: Evidence, index: int) -> Quote:
    exchange = evidence.exchanges[index]
    return Quote(
        f"answer to {exchange.request.method or 'the request'}",
        f"{exchange.status} on {exchange.request.url}".strip(),
        index,
    )


_LIGHTTPD = (for_admin(intrusive("Set webdav.sqlite-db-name to a path lighttpd can write")),)

_APACHE = (
    for_admin(safe("Read Apache's error log: it names the fault")),
    for_admin(intrusive("Set DavLockDB to a path Apache can write")),
    for_admin(intrusive("If the log misses the DBM driver: install it")),
    for_admin(destructive("If corrupt: stop httpd and delete it (drops all locks)")),
)
