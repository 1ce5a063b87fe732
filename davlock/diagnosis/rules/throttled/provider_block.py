"""an account-wide block that poses as an outage.

What happened: Nutstore (Jianguoyun) answers 503 BlockedTemporarily to an account that sent more requests than its
plan allows, 600 in half an hour for a free one. The server is not down, and nothing is locked.

How sure we are: certain. The body says BlockedTemporarily.

What to do: stop all clients of this account for half an hour, then ask less often.

How to confirm: the same request after half an hour is answered as usual.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Certainty, RetryVerdict, Severity, after_wait
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match, rfc, rule
from davlock.diagnosis.wording import seconds_in_words
from davlock.servers.phrases import Said

WINDOW = 1800.0
"""Seconds: the window in which the provider counts requests."""


@rule(
    id="503-provider-block",
    severity=Severity.WARNING,
    statuses=(403, 503),
    retry=(RetryVerdict.AFTER_WAIT,),
    see=(rfc(9110, "15.6.4"),),
)
def check(evidence: Evidence) -> Match | None:
    """Nutstore's exception, whatever the status."""
    error = evidence.error
    if evidence.cause is None or error is None:
        return None
    if error.exception != "BlockedTemporarily" and Said.ACCOUNT_BLOCKED not in evidence.said:
        return None
    advice = evidence.wait_advice
    wait = advice.seconds if advice is not None and advice.seconds > 0 else WINDOW
    return Match(
        certainty=Certainty.CERTAIN,
        headline="The provider has blocked this account for too many requests",
        explanation="It looks like an outage and is none. No lock is involved.",
        retry=after_wait(wait),
        evidence=quotes.answer(evidence),
        remedies=(safe(f"Stop every client of this account for {seconds_in_words(wait)}, then ask less often"),),
    )
