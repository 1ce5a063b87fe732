"""the server cannot lock a name that does not exist yet.

What happened: LOCK on a new name fails. RFC 4918 wants it to create an empty file. Some servers answer 500 instead:
older oCIS and OpenCloud do, and create no lock.

How sure we are: certain if the answer has oCIS's words. Likely if the same LOCK worked once the name existed. A guess
if only the name is known to be missing: a server can fail for other reasons, and may have created the lock.

What to do: PUT first, then LOCK. In davfs2, set use_locks 0.

How to confirm: the same LOCK works after a PUT.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.predicates.lock_database import lock_database_failure
from davlock.diagnosis.predicates.sequence import on_target
from davlock.diagnosis.remedies import for_admin, intrusive
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.diagnosis.wording import look
from davlock.servers.phrases import Said


@rule(
    id="500-lock-unmapped",
    severity=Severity.ERROR,
    statuses=(500,),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("9.10.4"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches 500 to LOCK on a new name, known by oCIS's words or by the requests before and after."""
    if evidence.method != "LOCK" or evidence.status != 500 or evidence.error is None or evidence.is_refresh:
        return None
    if Said.LOCK_UNMAPPED_FAILS in evidence.said:
        return _match(evidence, Certainty.CERTAIN, quotes.answer(evidence))
    if lock_database_failure(evidence) is not None:
        return None
    if (worked := _granted_once_written(evidence)) is not None:
        seen = Quote("the same LOCK after a PUT", f"{evidence.exchanges[worked].status}", worked)
        return _match(evidence, Certainty.LIKELY, (*quotes.answer(evidence), seen))
    if not _was_missing(evidence) or evidence.covering:
        return None
    exists = evidence.exists.exchange if isinstance(evidence.exists, Known) else None
    return _match(evidence, Certainty.POSSIBLE, (*quotes.answer(evidence), Quote("before it, the name", "404", exists)))


def _was_missing(evidence: Evidence) -> bool:
    """Whether nothing was there, in a collection that exists, and the LOCK was not seen to create anything."""
    missing, now, above = evidence.exists, evidence.exists_now, evidence.parent_is_collection
    if not isinstance(missing, Known) or missing.value or not isinstance(above, Known) or not above.value:
        return False
    return not (isinstance(now, Known) and now.value and evidence.after_subject(now.exchange))


def _granted_once_written(evidence: Evidence) -> int | None:
    """Returns the number of a LOCK on the same URL that succeeded after a PUT created the resource."""
    created = False
    for index, exchange in on_target(evidence):
        if not evidence.after_subject(index):
            continue
        method = exchange.request.method.upper()
        created = created or (method == "PUT" and exchange.status == 201)
        if created and method == "LOCK" and exchange.status in (200, 201):
            return index
    return None


def _match(evidence: Evidence, certainty: Certainty, seen: tuple[Quote, ...]) -> Match:
    known = certainty is Certainty.CERTAIN
    possible = certainty is Certainty.POSSIBLE
    return Match(
        certainty=certainty,
        headline=f"The server {'may be unable to' if possible else 'cannot'} lock a name that does not exist yet",
        explanation=("It created no lock and no file. " if known else "The name did not exist yet. ")
        + "Write first, then lock.",
        retry=AFTER_CHANGE,
        evidence=seen,
        alternatives=(
            Alternative("lock-outcome-unknown", "PROPFIND on the name: it shows a file or a lock all the same"),
            Alternative("500-lock-database", "the same LOCK after a PUT: it gets 500, too"),
        )
        if possible
        else (),
        remedies=(
            *((look(evidence.target, "Check whether there is a lock now"),) if not known else ()),
            intrusive("Write first, then lock", ("davlock", "put", "FILE", evidence.target)),
            intrusive("In davfs2: set use_locks 0"),
            for_admin(intrusive("Update the server (fixed in oCIS and OpenCloud)")),
        ),
    )
