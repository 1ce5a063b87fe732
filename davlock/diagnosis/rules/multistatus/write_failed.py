"""A write was answered 207, and a member in the body failed: nothing was written.

What happened: 207 looks like a success and is none. Apache answers so to PUT and MKCOL in a locked collection,
WsgiDAV to DELETE. Clients that look at the status alone report success, and the data is lost.

How sure we are: certain. The failed member stands in the body.

What to do: treat it as a failure; the member with a status other than 424 is the cause.

How to confirm: read the resource: the write is not there.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, Remedy, Risk, Severity, Who
from davlock.diagnosis.rule import Family, Match, Role, Rule, rfc4918
from davlock.diagnosis.situation import unlock_token_refused


def check(evidence: Evidence) -> Match | None:
    """207 to anything that writes, except a LOCK, with a member that failed."""
    if evidence.status != 207 or not (evidence.is_write or evidence.method == "UNLOCK") or evidence.cause is None:
        return None
    if unlock_token_refused(evidence):
        return None  # nephele's way to say that the token locks nothing
    cause = evidence.cause
    members = tuple(f"{entry.url} {entry.status}" for entry in evidence.refusals)
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"{evidence.method} failed, though 207 looks like a success: {cause.status} on {cause.url}",
        explanation="A 207 is a success only if every member is 2xx."
        + (f" The server says: {cause.words}" if cause.words else ""),
        retry=AFTER_CHANGE,
        evidence=(
            quotes.status_line(evidence),
            *(Quote("multistatus member", member, evidence.subject) for member in members[:8]),
        ),
        facts=(("cause", cause.url), ("status", cause.status), ("members", members)),
        remedies=(
            Remedy(
                Who.CLIENT_AUTHOR, "Read the body of every 207 to a write before reporting success", None, Risk.SAFE
            ),
        ),
    )


RULE = Rule(
    id="207-write-failed",
    family=Family.MULTISTATUS,
    severity=Severity.ERROR,
    title="a write answered 207 with a failed member: nothing was written",
    page=__doc__,
    check=check,
    role=Role.NOTE,
    references=(rfc4918("13"), rfc4918("9.6.1")),
)
