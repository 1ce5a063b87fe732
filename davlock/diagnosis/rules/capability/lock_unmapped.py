"""LOCK on a new name fails; PUT first.

What happened: LOCK on a name that does not exist yet fails; write first. RFC 4918 wants LOCK on an unmapped URL to
create an empty resource. Some servers answer 500 instead: older oCIS and OpenCloud are known for it, and leave no
lock.

How sure we are: certain where the words of that server are there. Likely where the same LOCK was granted once the name
was there. Possible where the name is known to be missing and the collection above it is there: a server can fail for
other reasons, and can have made the lock all the same.

What to do: PUT first, then LOCK. davfs2: use_locks 0.

How to confirm: the same LOCK after a PUT succeeds.
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
    """500 to LOCK, and a name that was not there: by oCIS's words, or by what came before or after."""
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
    """Whether there was nothing, in a collection that is there; and nothing came of the LOCK, as far as was seen."""
    missing, now, above = evidence.exists, evidence.exists_now, evidence.parent_is_collection
    if not isinstance(missing, Known) or missing.value or not isinstance(above, Known) or not above.value:
        return False
    return not (isinstance(now, Known) and now.value and evidence.after_subject(now.exchange))


def _granted_once_written(evidence: Evidence) -> int | None:
    """A LOCK on the same URL that succeeded, after a PUT that created the resource."""
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
        headline=f"This server {'may be unable to' if possible else 'cannot'} lock a name that does not exist yet",
        explanation=("No lock was made, and no file either. " if known else "The name was not there yet. ")
        + "Write first, then lock.",
        retry=AFTER_CHANGE,
        evidence=seen,
        alternatives=(
            Alternative("lock-outcome-unknown", "PROPFIND on the name: a file or a lock is there all the same"),
            Alternative("500-lock-database", "the same LOCK after a PUT: it is 500 as well"),
        )
        if possible
        else (),
        remedies=(
            *((look(evidence.target, "See whether a lock was made all the same"),) if not known else ()),
            intrusive("Write first, then lock", ("davlock", "put", "FILE", evidence.target)),
            intrusive("davfs2: set use_locks 0"),
            for_admin(intrusive("Update the server (oCIS and OpenCloud were mended)")),
        ),
    )
