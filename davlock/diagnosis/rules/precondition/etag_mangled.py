"""The entity tag in If-Match was weakened or suffixed on its way, and can never match.

What happened: If-Match compares strongly, so a weak tag (W/"…") never matches, not even itself. A compressing layer
in front makes tags weak or appends -gzip; Apache sends weak tags in the second after a write, and Tomcat always.

How sure we are: certain for a weak tag (RFC 9110 forbids the match), or where the tag was read with compression and
differs without. Likely for a tag that ends in -gzip.

What to do: take the tag from PROPFIND (getetag), or from a GET with Accept-Encoding: identity; on Apache, a second or
two later.

How to confirm: `davlock diagnose URL --if-match ETAG` reads the tag in all ways and compares.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, Remedy, Risk, Severity, Who
from davlock.diagnosis.proof import changed_by_coding, weakened
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
    coded = next((pair for tag in tags if (pair := changed_by_coding(evidence, tag))), None)
    weaker = next((seen for tag in tags if (seen := weakened(evidence, tag))), None)
    suffixed = bool(tags) and all(tag.weak or tag.value.endswith(("-gzip", "-br", ";gzip")) for tag in tags)
    if not suffixed and coded is None and weaker is None:
        return None
    weak = any(tag.weak for tag in tags)
    if weaker is not None and not weak:
        return _match(
            evidence,
            Certainty.CERTAIN,
            "The server's own entity tag is weak, which never matches",
            "The version is still the one that If-Match names, but its tag begins with W/, and If-Match compares"
            " strongly. Apache gives weak tags in the second after a change, Tomcat always.",
            (Quote(f"{weaker.source} since", weaker.tag.as_sent, weaker.exchange),),
        )
    shown = (
        ()
        if coded is None
        else tuple(
            Quote(
                f"{entry.source} {'with' if entry.coded else 'without'} compression", entry.tag.as_sent, entry.exchange
            )
            for entry in coded
        )
    )
    return _match(
        evidence,
        Certainty.CERTAIN if weak or coded is not None else Certainty.LIKELY,
        (
            "If-Match carries a weak entity tag, which never matches"
            if weak
            else "The entity tag in If-Match is that of a compressed answer"
        ),
        "If-Match compares strongly: a tag that begins with W/ does not even match itself."
        if weak
        else "The layer that compressed the answer changed its tag; the server itself knows it without the suffix.",
        shown,
    )


def _match(evidence: Evidence, certainty: Certainty, headline: str, explanation: str, seen: tuple[Quote, ...]) -> Match:
    return Match(
        certainty=certainty,
        headline=headline,
        explanation=explanation,
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If-Match"), *seen),
        facts=(("sent", evidence.headers.get("If-Match")),),
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
