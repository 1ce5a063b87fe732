"""the server answered 207, but the write failed.

What happened: 207 looks like success, but it is not: it lists a status for each part, and one part failed. Apache
answers PUT and MKCOL in a locked folder this way, WsgiDAV answers DELETE this way. A program that only checks the
first line reports success, and the data is lost.

How sure we are: certain if the answer lists the failed part. Likely if the list is missing or unreadable, because a
write that works does not get 207 (except PROPPATCH). Likely, too, if the capture does not show the request, but one
part is locked.

What to do: treat it as a failure. The part with another status than 424 is the cause.

How to confirm: read the resource. What you wrote is not there.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, RetryVerdict, Severity, Who
from davlock.diagnosis.predicates.tokens import unlock_token_refused
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match, Role, rfc4918, rule
from davlock.protocol.precondition import BodyKind


@rule(
    id="207-write-failed",
    severity=Severity.ERROR,
    role=Role.NOTE,
    statuses=(207,),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("13"), rfc4918("9.6.1")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a 207 to any write except LOCK, if a member failed."""
    if evidence.status != 207:
        return None
    if evidence.cause is None:
        return _without_list(evidence)
    unknown = evidence.method == ""
    if unknown and not any(refusal.status in (423, 424) for refusal in evidence.refusals):
        return None  # a listing can have members that failed
    if not (unknown or evidence.is_write or evidence.method == "UNLOCK"):
        return None
    if unlock_token_refused(evidence):
        return None  # nephele says this way that the token locks nothing
    cause = evidence.cause
    members = tuple(f"{entry.url} {entry.status}" for entry in evidence.refusals)
    return Match(
        certainty=Certainty.LIKELY if unknown else Certainty.CERTAIN,
        headline=f"Your {evidence.method or 'request'} failed despite the 207: {cause.status} on {cause.url}",
        explanation="A 207 is a success only if every status in it is 2xx."
        + (f" The server says: “{cause.words.rstrip('.')}”." if cause.words else ""),
        retry=AFTER_CHANGE,
        evidence=(
            quotes.status_line(evidence),
            *(Quote("multistatus member", member, evidence.subject) for member in members[:8]),
            *_properties(evidence),
        ),
        facts=(("cause", cause.url), ("status", cause.status), ("members", members)),
        remedies=(_CHECK_EVERY_STATUS,),
    )


_CHECK_EVERY_STATUS = safe("Check every status in a 207 answer", who=Who.CLIENT_AUTHOR)


def _without_list(evidence: Evidence) -> Match | None:
    """Matches if the list of what failed was not captured or cannot be read."""
    error = evidence.error
    if evidence.method not in ("PUT", "MKCOL", "DELETE", "COPY", "MOVE"):
        return None
    if error is not None and error.kind is BodyKind.MULTISTATUS:
        return None
    return Match(
        certainty=Certainty.LIKELY,
        headline=f"Your {evidence.method} failed, although 207 looks like a success",
        explanation="A 207 to a write lists what failed. That list was not captured, or davlock cannot read it.",
        retry=AFTER_CHANGE,
        evidence=(quotes.status_line(evidence), *quotes.body(evidence)),
        remedies=(
            safe("See what is there and what is locked", ("davlock", "diagnose", evidence.target)),
            _CHECK_EVERY_STATUS,
        ),
    )


def _properties(evidence: Evidence) -> tuple[Quote, ...]:
    """Quotes the properties that a PROPPATCH could not set, without those that only failed with them."""
    multistatus = evidence.error.multistatus if evidence.error is not None else None
    if multistatus is None or evidence.method != "PROPPATCH":
        return ()
    return tuple(
        Quote("property", f"{entry.name} {propstat.status}", evidence.subject)
        for response in multistatus.responses
        for propstat in response.propstats
        if not propstat.ok and propstat.status != 424
        for entry in propstat.properties
    )[:8]
