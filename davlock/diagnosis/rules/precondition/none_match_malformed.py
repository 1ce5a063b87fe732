"""the value of If-None-Match is not a quoted entity tag.

What happened: your If-None-Match is neither * nor entity tags in double quotes. lighttpd answers 412 to it, other
servers ignore it.

How sure we are: certain. The finding quotes the value.

What to do: put the tag in double quotes, or drop the header.

How to confirm: the same request without the header gets another answer.
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
    """Matches a 400 or 412 to an If-None-Match that is malformed."""
    why = malformed_none_match(evidence)
    if why is None:
        return None
    return Match(
        certainty=Certainty.CERTAIN,
        headline="Your If-None-Match is not an entity tag in double quotes",
        explanation=f"davlock cannot read it, either: {why}.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If-None-Match")),
        remedies=(safe("Put the tag in double quotes", who=Who.CLIENT_AUTHOR),),
    )
