"""the request is malformed, and the request itself shows how.

What happened: the server cannot read your request. Its body is not XML or has another Content-Type, its Depth does not
exist, a MOVE has no Destination, or a condition is not an entity tag. No lock and no permission is involved. A
malformed LOCK is 400-lockinfo-refused.

How sure we are: certain if the server answers 400 and the request shows the fault. Likely if it answers 412 to a
malformed condition. Possible if only the Content-Type of a body is wrong.

What to do: correct the request.

How to confirm: the corrected request gets another answer.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, RetryVerdict, Severity, Who
from davlock.diagnosis.predicates.request_form import malformed_request
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match, rfc, rfc4918, rule


@rule(
    id="400-request-malformed",
    severity=Severity.ERROR,
    statuses=(400, 412),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc(9110, "15.5.1"), rfc4918("8.2")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a 400, 415 or 422 if the request shows the fault, or a 412 to an If-Match that is not an entity tag."""
    malformed = malformed_request(evidence)
    if malformed is None:
        return None
    words, seen = malformed.fault
    return Match(
        certainty=malformed.certainty,
        headline=f"Your {evidence.method} is malformed: {words}",
        explanation="No lock is involved: the server could not read the request.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *seen),
        facts=(("fault", words),),
        alternatives=_alternatives(malformed.certainty),
        remedies=(safe(malformed.remedy, who=Who.CLIENT_AUTHOR),),
    )


def _alternatives(certainty: Certainty) -> tuple[Alternative, ...]:
    if certainty is Certainty.CERTAIN:
        return ()
    if certainty is Certainty.POSSIBLE:
        return (Alternative("other-unexplained", "the same request with Content-Type: application/xml"),)
    return (Alternative("412-etag-changed", "the same request with its entity tag in double quotes"),)
