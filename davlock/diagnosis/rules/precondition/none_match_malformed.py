"""the value is not a quoted entity tag.

What happened: If-None-Match carries something that is no entity tag. The value is neither * nor entity tags in double
quotes. lighttpd answers 412 to it; others ignore it.

How sure we are: certain. The value is quoted.

What to do: put the tag between double quotes, or drop the header.

How to confirm: the same request without the header is answered otherwise.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, RetryVerdict, Severity, Who
from davlock.diagnosis.predicates.request_form import malformed_none_match
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match, rfc, rule


@rule(
    id="412-none-match-malformed",
    severity=Severity.ERROR,
    statuses=(400, 412),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc(9110, "13.1.2"),),
)
def check(evidence: Evidence) -> Match | None:
    """412 to an If-None-Match that does not parse."""
    why = malformed_none_match(evidence)
    if why is None:
        return None
    return Match(
        certainty=Certainty.CERTAIN,
        headline="If-None-Match carries something that is no entity tag",
        explanation=f"It is read as: {why}.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If-None-Match")),
        remedies=(safe("Put the tag between double quotes, or drop the header", who=Who.CLIENT_AUTHOR),),
    )
