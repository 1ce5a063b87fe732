"""The resource itself is not there.

What happened: 404, or If-Match: * on a name that does not exist. A missing resource is not locked; its parent can be.

How sure we are: certain for a 404 to a method that needs the resource.

What to do: check the URL: its case, its escapes, its trailing slash, its base path.

How to confirm: PROPFIND on the parent lists what is there.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Quote, Remedy, Risk, Severity, Who
from davlock.diagnosis.rule import Family, Match, Rule, rfc
from davlock.diagnosis.situation import is_inquiry, refused_as_locked
from davlock.diagnosis.stated_cause import StatedCause, stated_cause
from davlock.diagnosis.wording import parent_of
from davlock.protocol.message import Exchange


def check(evidence: Evidence) -> Match | None:
    """404 or 410; 412 to If-Match: *, which fails only where there is nothing."""
    cause = evidence.cause
    if cause is None:
        return _asked(evidence)
    star = evidence.headers.get("If-Match") == "*" and cause.status == 412
    if cause.status not in (404, 410) and not star:
        return _said(evidence)
    if star and isinstance(evidence.exists, Known) and evidence.exists.value:
        return None
    url = cause.url or evidence.target
    extra = quotes.request_header(evidence, "If-Match") if star else ()
    return Match(
        certainty=Certainty.LIKELY if star else Certainty.CERTAIN,
        headline=f"There is nothing at {url}" if url else "There is nothing at that URL",
        explanation="No lock on it is involved."
        if not star
        else "If-Match: * fails only where no resource exists. No lock is involved.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *extra),
        remedies=(_look_above(url),) if url else (),
    )


def _said(evidence: Evidence) -> Match | None:
    """The body says that nothing is there, whatever its status says."""
    if refused_as_locked(evidence) or stated_cause(evidence) is not StatedCause.MISSING or not evidence.target:
        return None
    creating = evidence.method in ("LOCK", "COPY", "MOVE")
    above = Alternative(
        "409-missing-parent", f"PROPFIND {parent_of(evidence.destination or evidence.target)}: it is 404"
    )
    return Match(
        certainty=Certainty.LIKELY,
        headline=f"The server says that there is nothing at {evidence.target}",
        explanation="The body of the answer says so; its status alone would mean something else.",
        retry=AFTER_CHANGE,
        evidence=quotes.answer(evidence),
        alternatives=(above,) if creating else (),
        remedies=(_look_above(evidence.target),),
    )


def _asked(evidence: Evidence) -> Match | None:
    """Nothing was tried, and PROPFIND found nothing there."""
    if not is_inquiry(evidence) or not isinstance(evidence.exists, Known) or evidence.exists.value:
        return None
    above = isinstance(evidence.parent_is_collection, Known) and evidence.parent_is_collection.value
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"There is nothing at {evidence.target}",
        explanation="No lock keeps you from creating it." if above else "The collection above it was not found either.",
        retry=AFTER_CHANGE,
        evidence=(
            Quote("PROPFIND", _how_missing(evidence.exchanges[evidence.exists.exchange]), evidence.exists.exchange),
        ),
        remedies=(_look_above(evidence.target),),
    )


def _how_missing(exchange: Exchange) -> str:
    """The answer that found nothing there: some servers say 404 inside a 207."""
    return "207, and inside it 404 for this name" if exchange.status == 207 else f"{exchange.status}"


def _look_above(url: str) -> Remedy:
    command = ("davlock", "propfind", parent_of(url), "--depth", "1")
    return Remedy(Who.YOU, "See what the collection above it holds", command, Risk.SAFE)


RULE = Rule(
    id="404-not-found",
    family=Family.CAPABILITY,
    severity=Severity.ERROR,
    title="the resource itself is not there",
    page=__doc__,
    check=check,
    references=(rfc(9110, "15.5.5"),),
)
