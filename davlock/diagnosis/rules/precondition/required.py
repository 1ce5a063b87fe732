"""The server insists on a conditional request.

What happened: 428: a write without If-Match could overwrite what nobody has seen, and this server refuses it.

How sure we are: certain. The status says so.

What to do: read the entity tag, and send it in If-Match.

How to confirm: the same write with If-Match is not answered 428.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Remedy, Risk, Severity, Who
from davlock.diagnosis.rule import Family, Match, Rule, rfc


def check(evidence: Evidence) -> Match | None:
    """428."""
    if evidence.cause is None or evidence.cause.status != 428:
        return None
    return Match(
        certainty=Certainty.CERTAIN,
        headline="The server wants the write to carry a condition",
        explanation="It refuses writes that could overwrite a change unseen. No lock is involved.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If-Match")),
        remedies=(
            Remedy(
                Who.YOU,
                "Write with the current entity tag",
                ("davlock", "put", "FILE", evidence.target, "--if-match", "current"),
                Risk.INTRUSIVE,
            )
            if evidence.method == "PUT"
            else Remedy(Who.YOU, "Send If-Match with the current entity tag", None, Risk.INTRUSIVE),
        ),
    )


RULE = Rule(
    id="428-precondition-required",
    family=Family.PRECONDITION,
    severity=Severity.ERROR,
    title="the server insists on a conditional request (RFC 6585 §3)",
    page=__doc__,
    check=check,
    references=(rfc(6585, "3"),),
)
