"""LOCK on an unmapped URL created an empty file.

What happened: RFC 4918 wants LOCK on an unmapped URL to create an empty resource. It stays when the lock is released.
(Apache makes a lock-null resource instead, which vanishes.)

How sure we are: certain where the name was seen to be missing before. Likely from a 201 alone, which asgiwebdav says
to every LOCK. Nothing is said where neither is known.

What to do: write the content, or delete the empty file if it is not wanted.

How to confirm: GET on the URL is answered with an empty body.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, RetryVerdict, Severity
from davlock.diagnosis.rule import Match, Role, rfc4918, rule


@rule(
    id="lock-created-resource",
    severity=Severity.NOTICE,
    role=Role.NOTE,
    retry=(RetryVerdict.NOT_NEEDED,),
    see=(rfc4918("7.3"), rfc4918("9.10.4")),
)
def check(evidence: Evidence) -> Match | None:
    """LOCK answered 201, or 200 where nothing was before."""
    if evidence.method != "LOCK" or evidence.status not in (200, 201) or evidence.is_refresh:
        return None
    missing = isinstance(evidence.exists, Known) and not evidence.exists.value
    there = (
        isinstance(evidence.exists, Known)
        and evidence.exists.value
        and not evidence.after_subject(evidence.exists.exchange)
    )
    # asgiwebdav answers 201 to every LOCK: a resource that was there before was not created.
    if there and isinstance(evidence.exists, Known) and evidence.exists.exchange != evidence.subject:
        return None
    if evidence.status != 201 and not missing:
        return None
    now = evidence.exists_now
    if isinstance(now, Known) and not now.value and evidence.after_subject(now.exchange):
        return None  # the name is reserved, and nothing is there (RFC 2518's lock-null resource)
    return Match(
        certainty=Certainty.CERTAIN if missing else Certainty.LIKELY,
        headline="LOCK created an empty resource at a name that did not exist",
        explanation="On most servers it stays when the lock is released, unless you delete it; on Apache it goes"
        " with the lock unless you write to it.",
        retry=NOT_NEEDED,
        evidence=(quotes.status_line(evidence),),
    )
