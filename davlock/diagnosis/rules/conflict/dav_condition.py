"""a condition of DeltaV, CalDAV, CardDAV or ACL does not hold.

What happened: A DAV:error names a condition of versioning, calendars, address books or access lists. RFC 3253
(DeltaV), 4791 (CalDAV), 6352 (CardDAV) and 3744 (ACL) name what must hold before a request goes through. The body of a
403, 409 or 412 names the condition that does not hold. No lock is involved, and no folder is missing.

How sure we are: certain. The condition stands in the answer.

What to do: what the condition asks for, which the explanation says. Its href names the resource that stands in the way.

How to confirm: the request that respects the condition goes through.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.dav_conditions import CONDITIONS
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, RetryVerdict, Severity
from davlock.diagnosis.predicates.refusal import refused_as_locked
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match, rfc, rule


@rule(
    id="409-dav-condition",
    severity=Severity.ERROR,
    statuses=(403, 409),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc(3253, "1.6"), rfc(4791, "1.3"), rfc(6352, "3"), rfc(3744, "1.1")),
)
def check(evidence: Evidence) -> Match | None:
    """A refusal whose DAV:error has one of the conditions."""
    error, cause = evidence.error, evidence.cause
    if error is None or cause is None or cause.member or refused_as_locked(evidence):
        return None
    code = next((entry.code for entry in error.preconditions if entry.code in CONDITIONS), None)
    if code is None:
        return None
    condition, name = CONDITIONS[code], code.rpartition("}")[2]
    hrefs = error.hrefs(code)
    said = f" The server says: “{error.message.rstrip('.')}”." if error.message else ""
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"The condition {name} does not hold{': ' + ', '.join(hrefs) if hrefs else ''}",
        explanation=f"{condition.means} RFC {condition.rfc} §{condition.section} names this condition.{said}"
        " No lock is involved.",
        retry=AFTER_CHANGE,
        evidence=quotes.answer(evidence),
        facts=(("condition", code), ("rfc", condition.rfc), ("href", hrefs)),
        remedies=(safe(condition.helps.rstrip(".")),),
    )
