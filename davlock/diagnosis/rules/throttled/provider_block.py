"""the provider blocks the account; it is not an outage.

What happened: Nutstore (Jianguoyun) answers 503 BlockedTemporarily to an account that sent more requests than its plan
allows: 600 in half an hour for a free one. The server is not down, and nothing is locked.

How sure we are: certain. The body says BlockedTemporarily.

What to do: pause all clients of this account for half an hour, then send fewer requests.

How to confirm: the same request works after half an hour.
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
    """Matches Nutstore's exception, whatever the status."""
    error = evidence.error
    if evidence.cause is None or error is None:
        return None
    if error.exception != "BlockedTemporarily" and Said.ACCOUNT_BLOCKED not in evidence.said:
        return None
    advice = evidence.wait_advice
    wait = advice.seconds if advice is not None and advice.seconds > 0 else WINDOW
    return Match(
        certainty=Certainty.CERTAIN,
        headline="The provider blocks your account because of too many requests",
        explanation="It looks like an outage, but it is not one. No lock is involved.",
        retry=after_wait(wait),
        evidence=quotes.answer(evidence),
        remedies=(safe(f"Pause all your clients for {seconds_in_words(wait)}, then slow down"),),
    )
