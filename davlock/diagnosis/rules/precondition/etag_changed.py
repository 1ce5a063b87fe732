"""The content changed since it was read, and the guard of If-Match worked.

What happened: the request carried an entity tag or a date of the version that it was based on, and the resource has
another version now. The server refused to overwrite someone's change. No lock is involved.

How sure we are: certain where the server names the failing header or its current entity tag differs. Likely from the
condition alone.

What to do: read the current version, merge, and write with its entity tag.

How to confirm: the ETag of a GET differs from the one in If-Match.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Quote, Remedy, Risk, Severity, Who
from davlock.diagnosis.rule import Family, Match, Rule, rfc
from davlock.diagnosis.situation import failed_header
from davlock.errors import RemoteProtocolError
from davlock.protocol.headers import EtagCondition, parse_etag_list


def check(evidence: Evidence) -> Match | None:
    """412 to If-Match with a tag or If-Unmodified-Since, not shadowed by another condition that failed."""
    if evidence.cause is None or evidence.cause.status != 412:
        return None
    named = failed_header(evidence)
    guard = next((name for name in ("If-Match", "If-Unmodified-Since") if name in evidence.headers), None)
    if named and named not in ("if-match", "if-unmodified-since"):
        return None
    if guard is None and not named:
        return None
    condition = _condition(evidence)
    if condition is None and guard == "If-Match" and not named:
        return None  # it does not parse
    if condition is not None and condition.any:
        return None  # "*" fails only where there is no resource
    current = _current(evidence)
    if condition is not None and current is not None and any(current[0] == str(tag) for tag in condition.tags):
        return None  # the tag still matches: something else failed
    locked_too = evidence.submitted or not evidence.headers.complete
    certain = bool(named) or (current is not None and not evidence.submitted)
    certainty = Certainty.CERTAIN if certain else Certainty.LIKELY
    seen = () if current is None else (Quote("current ETag", current[0], current[1]),)
    return Match(
        certainty=certainty,
        headline="The resource changed since you read it; nothing was overwritten",
        explanation=f"{named or guard} did its work: the version that the write was based on is no longer the"
        " current one."
        " No lock is involved.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *(quotes.request_header(evidence, guard) if guard else ()), *seen),
        facts=(("sent", evidence.headers.get(guard) if guard else None), ("current", current[0] if current else None)),
        alternatives=(
            (Alternative("412-if-token-unknown", "the same request without its If header"),)
            if locked_too and certainty is not Certainty.CERTAIN
            else ()
        ),
        remedies=(
            Remedy(
                Who.YOU,
                "Read the current version and merge your change into it",
                ("curl", "-O", evidence.target),
                Risk.SAFE,
            ),
            Remedy(
                Who.YOU,
                "Then write with the current entity tag",
                ("davlock", "put", "FILE", evidence.target, "--if-match", "current"),
                Risk.INTRUSIVE,
            ),
        ),
    )


def _condition(evidence: Evidence) -> EtagCondition | None:
    text = evidence.headers.get("If-Match")
    if text is None:
        return None
    try:
        return parse_etag_list(text)
    except RemoteProtocolError:
        return None


def _current(evidence: Evidence) -> tuple[str, int | None] | None:
    sent = evidence.response.headers.get("ETag") if evidence.response else None
    if sent is not None:
        return sent, evidence.subject
    if isinstance(evidence.etag, Known) and evidence.after_subject(evidence.etag.exchange):
        return str(evidence.etag.value), evidence.etag.exchange
    return None


RULE = Rule(
    id="412-etag-changed",
    family=Family.PRECONDITION,
    severity=Severity.ERROR,
    title="If-Match: the content changed since it was read; the guard worked",
    page=__doc__,
    check=check,
    references=(rfc(9110, "13.1.1"), rfc(9110, "13.1.4")),
)
