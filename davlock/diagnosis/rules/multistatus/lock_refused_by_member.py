"""LOCK depth infinity failed on a member; nothing is locked.

What happened: a lock on a whole collection is granted for all of it or not at all. One member could not be locked, so
there is no lock, though 207 looks like a success.

How sure we are: certain. The body names the member, and why it could not be locked.

What to do: where it is a lock, release that first; or lock only what is needed.

How to confirm: `davlock locks COLLECTION` shows no new lock.
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
    """207 to LOCK with a member that failed."""
    if evidence.method != "LOCK" or evidence.status != 207:
        return None
    if evidence.is_refresh:
        return _not_renewed(evidence)
    if evidence.cause is None:
        return _untold(evidence)
    cause = evidence.cause
    members = any(not same_path(entry.url, evidence.target) for entry in evidence.refusals)
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"Nothing was locked: {cause.status} on {cause.url}",
        explanation="A lock of Depth infinity is granted on every member or not at all."
        if members and evidence.depth is not Depth.ZERO
        else "A LOCK that is answered 207 is no success.",
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
    """Apache renews a lock of depth infinity at its root alone, and names the members where it has run out."""
    cause = evidence.cause
    if cause is None or cause.status == 412:
        return None  # 412: the token is that of no lock, as another finding says
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"The lock was not renewed everywhere: {cause.status} on {cause.url}",
        explanation="A renewal that is answered 207 failed for the members in the body.",
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


def _untold(evidence: Evidence) -> Match | None:
    """RFC 4918 §9.10.6 has 207 for nothing but members that failed; the body that names them may not be there."""
    error = evidence.error
    if error is not None and error.kind is BodyKind.MULTISTATUS:
        return Match(
            certainty=Certainty.POSSIBLE,
            headline="LOCK was answered 207, which is no grant, and no member failed: perhaps a lock was made",
            explanation="A LOCK that succeeds is answered 200 or 201 (RFC 4918 §9.10.1).",
            retry=AFTER_CHANGE,
            evidence=(quotes.status_line(evidence), *quotes.body(evidence)),
            alternatives=(Alternative("lock-granted", "PROPFIND: lockdiscovery shows the lock if one was made"),),
            remedies=(look(evidence.target, "See whether it is locked now"),),
        )
    return Match(
        certainty=Certainty.LIKELY,
        headline="Most likely nothing was locked: LOCK was answered 207",
        explanation="207 is for members that failed, and the body that names them was not captured or cannot be read.",
        retry=AFTER_CHANGE,
        evidence=(quotes.status_line(evidence), *quotes.body(evidence)),
        remedies=(look(evidence.target, "See whether it is locked now"),),
    )
