"""too many requests, and no word about how long to wait.

What happened: you send too many requests, and the server refused this one (429) without a Retry-After. It has nothing
to do with locks.

How sure we are: certain that the server limits requests. The wait is a guess: limits for a minute are common, hosted
services use up to half an hour.

What to do: pause all clients of this account for a minute. Double the wait each time it happens again.

How to confirm: the same request works some minutes later.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Certainty, RetryVerdict, Severity, after_wait
from davlock.diagnosis.predicates.pace import paced
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match, rfc, rule

FIRST_WAIT = 60.0
"""Seconds: the shortest window that hosted services were reported to use."""


@rule(
    id="429-no-retry-after",
    severity=Severity.WARNING,
    statuses=(429, 503),
    retry=(RetryVerdict.AFTER_WAIT,),
    see=(rfc(6585, "4"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches 429, or a 503 that says the same, without a time to wait."""
    if evidence.cause is None or not paced(evidence):
        return None
    nonsense = quotes.response_header(evidence, "Retry-After")
    return Match(
        certainty=Certainty.CERTAIN,
        headline="You send too many requests, and the server does not say how long to wait"
        if not nonsense
        else "You send too many requests, and the server's waiting time makes no sense",
        explanation=f"This {evidence.cause.status} is about the pace of your requests, not about a lock. Begin with a"
        " wait of a minute.",
        retry=after_wait(FIRST_WAIT),
        evidence=(quotes.status_line(evidence), *nonsense, *quotes.body(evidence)),
        remedies=(safe("Pause all your clients for a minute, then slow down"),),
    )
