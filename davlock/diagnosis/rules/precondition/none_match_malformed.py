"""If-None-Match carries something that is no entity tag.

What happened: the value is neither * nor entity tags in double quotes. lighttpd answers 412 to it; others ignore it.

How sure we are: certain. The value is quoted.

What to do: put the tag between double quotes, or drop the header.

How to confirm: the same request without the header is answered otherwise.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Remedy, Risk, Severity, Who
from davlock.diagnosis.rule import Family, Match, Rule, rfc
from davlock.errors import RemoteProtocolError
from davlock.protocol.headers import parse_etag_list


def check(evidence: Evidence) -> Match | None:
    """412 to an If-None-Match that does not parse."""
    sent = evidence.headers.get("If-None-Match")
    if evidence.cause is None or evidence.cause.status not in (400, 412) or sent is None:
        return None
    try:
        parse_etag_list(sent)
    except RemoteProtocolError as error:
        return Match(
            certainty=Certainty.CERTAIN,
            headline="If-None-Match carries something that is no entity tag",
            explanation=f"It is read as: {error.why}.",
            retry=AFTER_CHANGE,
            evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If-None-Match")),
            remedies=(
                Remedy(Who.CLIENT_AUTHOR, "Put the tag between double quotes, or drop the header", None, Risk.SAFE),
            ),
        )
    return None


RULE = Rule(
    id="412-none-match-malformed",
    family=Family.PRECONDITION,
    severity=Severity.ERROR,
    title="the value is not a quoted entity tag",
    page=__doc__,
    check=check,
    references=(rfc(9110, "13.1.2"),),
)
