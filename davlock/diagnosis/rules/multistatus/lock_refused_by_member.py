"""a lock on a whole folder failed because of one member.

What happened: the server locks a folder with everything in it, or not at all. It could not lock one member, so there
is no lock, although 207 looks like success.

How sure we are: certain, because the answer names the member and its status.

What to do: if that member is locked, wait for its lock or ask its holder. Or lock only what you need.

How to confirm: `davlock locks FOLDER` shows no new lock.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.rule import Match, Role, rfc4918, rule
from davlock.diagnosis.wording import look
from davlock.protocol.lock import Depth
from davlock.protocol.precondition import NO_CONFLICTING_LOCK, BodyKind
from davlock.protocol.url import same_path


@rule(
    id="207-lock-refused-by-member",
    severity=Severity.ERROR,
    role=Role.NOTE,
    statuses=(207,),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("9.10.3"), rfc4918("9.10.9")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a 207 to LOCK."""
    if evidence.method != "LOCK" or evidence.status != 207:
        return None
    if evidence.is_refresh:
        return _not_renewed(evidence)
    if evidence.cause is None:
        return _without_list(evidence)
    cause = evidence.cause
    members = any(not same_path(entry.url, evidence.target) for entry in evidence.refusals)
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"The server locked nothing: {cause.status} on {cause.url}",
        explanation="The server locks a folder with everything in it, or not at all."
        if members and evidence.depth is not Depth.ZERO
        else "A LOCK that gets 207 has failed.",
        retry=AFTER_CHANGE,
        evidence=(
            quotes.status_line(evidence),
            *(
                Quote("multistatus member", f"{entry.url} {entry.status}", evidence.subject)
                for entry in evidence.refusals[:8]
            ),
        ),
        facts=(("cause", cause.url), ("status", cause.status)),
        remedies=(look(cause.url, "See the lock on that member" if members else "See the lock on it"),)
        if cause.status == 423 or NO_CONFLICTING_LOCK in cause.codes
        else (),
    )


def _not_renewed(evidence: Evidence) -> Match | None:
    """Apache renews a deep lock only at its root, and names the members on which it has expired."""
    cause = evidence.cause
    if cause is None or cause.status == 412:
        return None  # 412: no lock has this token, as another finding says
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"The server did not renew the lock everywhere: {cause.status} on {cause.url}",
        explanation="A 207 to a renewal lists the members that it failed for.",
        retry=AFTER_CHANGE,
        evidence=(
            quotes.status_line(evidence),
            *(
                Quote("multistatus member", f"{entry.url} {entry.status}", evidence.subject)
                for entry in evidence.refusals[:8]
            ),
        ),
        facts=(("cause", cause.url), ("status", cause.status)),
        remedies=(look(cause.url, "See the lock on that member"),),
    )


def _without_list(evidence: Evidence) -> Match | None:
    """Matches if no failed member is known. RFC 4918 §9.10.6 uses 207 only for members that failed."""
    error = evidence.error
    if error is not None and error.kind is BodyKind.MULTISTATUS:
        return Match(
            certainty=Certainty.POSSIBLE,
            headline="The server answers LOCK with 207, but lists no failure",
            explanation="A LOCK that succeeds gets 200 or 201, so this answer does not say if there is a lock.",
            retry=AFTER_CHANGE,
            evidence=(quotes.status_line(evidence), *quotes.body(evidence)),
            alternatives=(Alternative("lock-granted", "PROPFIND: it shows the lock if there is one"),),
            remedies=(look(evidence.target, "Check if it is locked now"),),
        )
    return Match(
        certainty=Certainty.LIKELY,
        headline="The server locked nothing: it answers LOCK with 207",
        explanation="A 207 to LOCK lists what failed. That list was not captured, or davlock cannot read it.",
        retry=AFTER_CHANGE,
        evidence=(quotes.status_line(evidence), *quotes.body(evidence)),
        remedies=(look(evidence.target, "Check if it is locked now"),),
    )
