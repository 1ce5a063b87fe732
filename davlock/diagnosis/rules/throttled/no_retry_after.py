"""rate limited, no time given: a reasoned wait.

What happened: You ask too fast, and the server does not say when to come back. The server counts requests and refused
this one for their number, without a Retry-After. It has nothing to do with locks.

How sure we are: certain that requests are being limited. The wait is a guess: windows of a minute are common, hosted
services use up to half an hour.

What to do: stop all clients of this account for a minute; double the wait each time it happens again.

How to confirm: the same request some minutes later is answered as usual.
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
    """429, or a 503 that says the same, for which no time is given."""
    if evidence.cause is None or not paced(evidence):
        return None
    nonsense = quotes.response_header(evidence, "Retry-After")
    return Match(
        certainty=Certainty.CERTAIN,
        headline="Too many requests, and the server does not say how long to wait"
        if not nonsense
        else "Too many requests, and what the server says about the wait is no time",
        explanation=f"This {evidence.cause.status} is about the pace of your requests, not about any lock."
        " A minute is a reasoned first wait.",
        retry=after_wait(FIRST_WAIT),
        evidence=(quotes.status_line(evidence), *nonsense, *quotes.body(evidence)),
        remedies=(safe("Stop every client of this account for a minute, then ask more slowly"),),
    )
