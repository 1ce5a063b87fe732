"""The entity tag in If-Match was weakened or suffixed on its way, and can never match.

What happened: If-Match compares strongly, so a weak tag (W/"…") never matches, not even itself. A compressing layer
in front makes tags weak or appends -gzip; Apache sends weak tags in the second after a write, and Tomcat always.

How sure we are: certain for a weak tag (RFC 9110 forbids the match). Likely for a tag that ends in -gzip.

What to do: take the tag from PROPFIND (getetag), or from a GET with Accept-Encoding: identity; on Apache, a second or
two later.

How to confirm: the ETag of `curl -H 'Accept-Encoding: identity' -I URL` is another one.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Remedy, Risk, Severity, Who
from davlock.diagnosis.rule import Family, Match, Rule, rfc
from davlock.diagnosis.situation import failed_header
from davlock.errors import RemoteProtocolError
from davlock.protocol.headers import parse_etag_list


def check(evidence: Evidence) -> Match | None:
    """412 to an If-Match whose tags are all weak or suffixed."""
    text = evidence.headers.get("If-Match")
    if evidence.cause is None or evidence.cause.status != 412 or text is None:
        return None
    named = failed_header(evidence)
    if named and named != "if-match":
        return None
    try:
        tags = parse_etag_list(text).tags
    except RemoteProtocolError:
        return None
    if not tags or not all(tag.weak or tag.value.endswith(("-gzip", "-br", ";gzip")) for tag in tags):
        return None
    weak = any(tag.weak for tag in tags)
    return Match(
        certainty=Certainty.CERTAIN if weak else Certainty.LIKELY,
        headline=(
            "If-Match carries a weak entity tag, which never matches"
            if weak
            else "The entity tag carries the suffix of a compressing layer"
        ),
        explanation="If-Match compares strongly: a tag that begins with W/ does not even match itself."
        if weak
        else "The layer that compressed the answer changed its tag; the server itself knows it without the suffix.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If-Match")),
        facts=(("sent", text),),
        remedies=(
            Remedy(
                Who.YOU,
                "Read the tag without compression",
                ("davlock", "propfind", evidence.target, "-p", "getetag"),
                Risk.SAFE,
            ),
            Remedy(
                Who.SERVER_ADMIN,
                "Do not compress DAV paths (Apache: DeflateAlterETag NoChange)",
                None,
                Risk.INTRUSIVE,
            ),
        ),
    )


RULE = Rule(
    id="412-etag-mangled",
    family=Family.PRECONDITION,
    severity=Severity.ERROR,
    title="the ETag was weakened or suffixed on the way",
    page=__doc__,
    check=check,
    references=(rfc(9110, "8.8.3.2"), rfc(9110, "13.1.1")),
)
