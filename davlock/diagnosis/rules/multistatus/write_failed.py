"""a write answered 207 with a failed member: nothing was written.

What happened: 207 looks like a success and is none. Apache answers so to PUT and MKCOL in a locked collection,
WsgiDAV to DELETE. Clients that look at the status alone report success, and the data is lost.

How sure we are: certain where the failed member stands in the body. Likely where the body was not captured or cannot
be read, since a write that went well is not answered 207 (a PROPPATCH is), and where what was requested is not known
but a member is locked.

What to do: treat it as a failure; the member with a status other than 424 is the cause.

How to confirm: read the resource: the write is not there.
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
    """207 to anything that writes, except a LOCK, with a member that failed."""
    if evidence.status != 207:
        return None
    if evidence.cause is None:
        return _untold(evidence)
    unknown = evidence.method == ""
    if unknown and not any(refusal.status in (423, 424) for refusal in evidence.refusals):
        return None  # a listing can have members that failed
    if not (unknown or evidence.is_write or evidence.method == "UNLOCK"):
        return None
    if unlock_token_refused(evidence):
        return None  # nephele's way to say that the token locks nothing
    cause = evidence.cause
    members = tuple(f"{entry.url} {entry.status}" for entry in evidence.refusals)
    return Match(
        certainty=Certainty.LIKELY if unknown else Certainty.CERTAIN,
        headline=f"{evidence.method or 'The request'} failed, though 207 looks like a success:"
        f" {cause.status} on {cause.url}",
        explanation="A 207 is a success only if every member is 2xx."
        + (f" The server says: {cause.words}" if cause.words else ""),
        retry=AFTER_CHANGE,
        evidence=(
            quotes.status_line(evidence),
            *(Quote("multistatus member", member, evidence.subject) for member in members[:8]),
            *_properties(evidence),
        ),
        facts=(("cause", cause.url), ("status", cause.status), ("members", members)),
        remedies=(safe("Read the body of every 207 to a write before reporting success", who=Who.CLIENT_AUTHOR),),
    )


def _untold(evidence: Evidence) -> Match | None:
    error = evidence.error
    if evidence.method not in ("PUT", "MKCOL", "DELETE", "COPY", "MOVE"):
        return None
    if error is not None and error.kind is BodyKind.MULTISTATUS:
        return None
    return Match(
        certainty=Certainty.LIKELY,
        headline=f"{evidence.method} failed most likely, though 207 looks like a success",
        explanation="207 is for members that failed, and the body that names them was not captured or cannot be read.",
        retry=AFTER_CHANGE,
        evidence=(quotes.status_line(evidence), *quotes.body(evidence)),
        remedies=(
            safe(
                "See what is there, and what is locked",
                ("davlock", "diagnose", evidence.target),
            ),
            safe("Read the body of every 207 to a write before reporting success", who=Who.CLIENT_AUTHOR),
        ),
    )


def _properties(evidence: Evidence) -> tuple[Quote, ...]:
    """Of a PROPPATCH: the properties that were refused, without those that only went down with them."""
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
