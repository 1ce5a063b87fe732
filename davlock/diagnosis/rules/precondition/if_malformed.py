"""The If header does not parse.

What happened: the request's If header is not of the form of RFC 4918 §10.4. Some servers answer 400, some 412, and
several ignore the header altogether and write.

How sure we are: certain. The position and what was expected there are given.

What to do: correct the header. `(<token>)` submits a token; `<URL> (<token>)` submits it for a named resource; an
entity tag stands in brackets: `(["etag"])`.

How to confirm: the corrected request is answered otherwise.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Remedy, Risk, Severity, Who
from davlock.diagnosis.rule import Family, Match, Rule, rfc4918


def check(evidence: Evidence) -> Match | None:
    """A refusal by 400 or 412 of a request whose If is malformed."""
    if evidence.if_error is None or evidence.cause is None or evidence.cause.status not in (400, 412):
        return None
    error = evidence.if_error
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"The If header is malformed at character {error.position + 1}: expected {error.expected}",
        explanation="A server can only ignore such a header or refuse the request.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If")),
        facts=(("position", error.position), ("expected", error.expected)),
        remedies=(Remedy(Who.CLIENT_AUTHOR, "Write  If: (<token>)  or  If: <URL> (<token>)", None, Risk.SAFE),),
    )


RULE = Rule(
    id="400-if-malformed",
    family=Family.PRECONDITION,
    severity=Severity.ERROR,
    title="the If header does not parse: position and what was expected",
    page=__doc__,
    check=check,
    references=(rfc4918("10.4.2"),),
)
