"""LOCK created an empty file at a new name.

What happened: you locked a name that did not exist. RFC 4918 wants LOCK to create an empty file there. It stays when
the lock ends. Apache only reserves the name. It disappears with the lock unless you write to it.

How sure we are: certain if the name was seen to be missing before. Likely from a 201 alone, which asgiwebdav sends to
every LOCK. davlock does not report this if neither is known.

What to do: write the content, or delete the empty file if you do not want it.

How to confirm: GET on the URL gets an empty body.
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
    """Matches LOCK answered with 201, or with 200 where nothing was before."""
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
        headline="Your LOCK created an empty file, because the name did not exist yet",
        explanation="On most servers it stays when the lock ends. On Apache it goes with the lock, unless you write"
        " to it.",
        retry=NOT_NEEDED,
        evidence=(quotes.status_line(evidence),),
    )
