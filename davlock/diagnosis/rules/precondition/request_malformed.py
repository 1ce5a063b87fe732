"""the request cannot be read: what is wrong with it, from the request itself.

What happened: the server could not read the request: a body that is no XML or is announced as something else, a Depth
that does not exist, a MOVE without Destination, a condition that is no entity tag. No lock and no permission is
involved. What is wrong with a LOCK has a finding of its own, 400-lockinfo-refused.

How sure we are: certain where the server answered 400 and the fault shows in the request. Likely where it answered
412 to a condition that is malformed. Possible where nothing is wrong with a body but how it is announced.

What to do: correct the request.

How to confirm: the corrected request is answered otherwise.
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
    """400, 415 or 422 with a fault that shows in the request; 412 to an If-Match that is no entity tag."""
    malformed = malformed_request(evidence)
    if malformed is None:
        return None
    words, seen = malformed.fault
    return Match(
        certainty=malformed.certainty,
        headline=f"{evidence.method} is malformed: {words}",
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
