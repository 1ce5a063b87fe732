"""A write was refused for want of a lock token; who holds the lock is not known from what was seen.

What happened: the resource is locked and the request submitted no token. 423 is an explicit lock: the write goes
through with the token, or when the lock is gone.

How sure we are: certain where the body says lock-token-submitted or the request is known to carry no token. Without
the request's method it could also be a LOCK that met another lock.

What to do: ask the server who holds the lock. If you do, submit the token in If; otherwise wait or ask the holder.

How to confirm: `davlock diagnose URL`.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Remedy, Severity
from davlock.diagnosis.rule import Family, Match, Rule, rfc4918
from davlock.diagnosis.situation import locks_unread, refused_as_locked
from davlock.diagnosis.wording import investigate
from davlock.protocol.precondition import LOCK_TOKEN_SUBMITTED


def check(evidence: Evidence) -> Match | None:
    """Refused as locked, no token submitted as far as is known, and locks not read since."""
    if not refused_as_locked(evidence) or evidence.covering or evidence.submitted or not locks_unread(evidence):
        return None
    code = evidence.cause is not None and LOCK_TOKEN_SUBMITTED in evidence.cause.codes
    if not evidence.method and not code:
        return Match(
            certainty=Certainty.POSSIBLE,
            headline="The resource is locked, and the request had no token that opens it",
            explanation="423 is an explicit lock. What was requested is not in the capture.",
            retry=AFTER_CHANGE,
            evidence=quotes.answer(evidence),
            alternatives=(Alternative("423-lock-conflict", "the request's method: LOCK, rather than a write"),),
            remedies=_ways(evidence),
        )
    known = code or evidence.submitted == ()
    return Match(
        certainty=Certainty.CERTAIN if known else Certainty.LIKELY,
        headline="The resource is locked, and the request submitted no lock token",
        explanation="423 is an explicit lock. Who holds it is not in what was seen.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If")),
        remedies=_ways(evidence),
    )


def _ways(evidence: Evidence) -> tuple[Remedy, ...]:
    return (investigate(evidence.target),) if evidence.target else ()


RULE = Rule(
    id="423-token-required",
    family=Family.LOCKED,
    severity=Severity.ERROR,
    title="a write was refused for want of a token; the holder is not known",
    page=__doc__,
    check=check,
    references=(rfc4918("11.3"), rfc4918("7.5")),
)
