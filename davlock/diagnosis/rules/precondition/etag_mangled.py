"""the entity tag is weak or has a compression suffix.

What happened: the version is still the same, but its tag looks different. If-Match never matches a weak tag (W/"…"),
not even the same one. A compressing layer makes tags weak or adds -gzip, inside the quotes or after them. Apache sends
weak tags for a second after a write, Tomcat always.

How sure we are: certain for a weak tag, because RFC 9110 forbids the match. Certain, too, if the refusal or a later
read shows the same tag without W/ or the suffix, or if the tag differs with and without compression. Likely for a tag
that ends in -gzip.

What to do: take the tag from PROPFIND (getetag), or from a GET with Accept-Encoding: identity; on Apache, wait two
seconds first. If the server's own tags are weak, take a lock instead, or send If-Unmodified-Since.

How to confirm: `davlock diagnose URL --if-match ETAG` reads the tag in all ways and compares.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.predicates.etags import changed_by_coding, current_tag, read_condition, weakened
from davlock.diagnosis.predicates.refusal import failed_header
from davlock.diagnosis.remedies import for_admin, intrusive, safe
from davlock.diagnosis.rule import Match, rfc, rule
from davlock.protocol.compressed_tag import is_compressed, same_content
from davlock.protocol.headers import EntityTag


@rule(
    id="412-etag-mangled",
    severity=Severity.ERROR,
    statuses=(412,),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc(9110, "8.8.3.2"), rfc(9110, "13.1.1")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a 412 to an If-Match whose tags are weak, have a suffix, or differ only in that from the server's."""
    text = evidence.headers.get("If-Match")
    if evidence.cause is None or evidence.cause.status != 412 or text is None:
        return None
    named = failed_header(evidence)
    if named and named != "if-match":
        return None
    condition = read_condition(evidence)
    if condition is None or condition.any:
        return None
    tags = condition.tags
    current = current_tag(evidence)
    same = current is not None and any(same_content(tag, current[0]) for tag in tags)
    coded = next((pair for tag in tags if (pair := changed_by_coding(evidence, tag))), None)
    weaker = next((seen for tag in tags if (seen := weakened(evidence, tag))), None)
    suffixed = bool(tags) and all(tag.weak or is_compressed(tag) for tag in tags)
    weak = any(tag.weak for tag in tags)
    if current is not None and not same and not weak and coded is None:
        return None  # it is another version, whatever happened to the tag on its way
    altered = same and current is not None and not any(tag == current[0] for tag in tags)
    if not suffixed and coded is None and weaker is None and not altered:
        return None
    named_by = (Quote("the server's own ETag", current[0].as_sent, current[1]),) if current is not None and same else ()
    if (weaker is not None or (altered and current is not None and current[0].weak)) and not weak:
        return _match(
            evidence,
            Certainty.CERTAIN,
            "The server's entity tag is weak, and If-Match never matches a weak tag",
            "It is still the same version, but its tag begins with W/. Apache sends such tags for a second after a"
            " change, Tomcat always.",
            (Quote(f"{weaker.source} since", weaker.tag.as_sent, weaker.exchange),) if weaker else named_by,
            own_weak=True,
        )
    shown = (
        named_by
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
        Certainty.CERTAIN if weak or coded is not None or altered else Certainty.LIKELY,
        (
            "Your If-Match has a weak entity tag, which never matches"
            if weak
            else "Your If-Match has the entity tag of a compressed answer"
            if suffixed or coded is not None
            else "The server's entity tag has a compression suffix, and yours has none"
        ),
        "In If-Match, a tag that begins with W/ does not even match itself."
        if weak
        else "The layer that compressed the answer changed its tag. The server itself knows the tag without the suffix."
        if suffixed or coded is not None
        else "It is the same version: a layer that compresses answers changes their tags.",
        shown,
        own_weak=_own_tags_are_weak(evidence, current[0] if current is not None else None),
    )


def _own_tags_are_weak(evidence: Evidence, current: EntityTag | None) -> bool:
    """Whether the server's tags are weak even without compression."""
    plain = [seen.tag for seen in evidence.etags if not seen.coded]
    tomcat = evidence.server is not None and evidence.server.name == "tomcat"
    return tomcat or (bool(plain) and plain[-1].weak) or (current is not None and current.weak)


def _match(
    evidence: Evidence,
    certainty: Certainty,
    headline: str,
    explanation: str,
    seen: tuple[Quote, ...],
    *,
    own_weak: bool,
) -> Match:
    return Match(
        certainty=certainty,
        headline=headline,
        explanation=explanation,
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If-Match"), *seen),
        facts=(("sent", evidence.headers.get("If-Match")),),
        remedies=(
            intrusive(
                "Lock it, then write without If-Match",
                ("davlock", "lock", evidence.target),
            ),
        )
        if own_weak
        else (
            safe(
                "Read the tag without compression",
                ("davlock", "propfind", evidence.target, "-p", "getetag"),
            ),
            for_admin(intrusive("Do not compress WebDAV paths (Apache: DeflateAlterETag NoChange)")),
        ),
    )
