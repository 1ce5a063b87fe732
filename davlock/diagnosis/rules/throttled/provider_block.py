"""The provider has blocked this account for a while, which poses as an outage.

What happened: Nutstore (Jianguoyun) answers 503 BlockedTemporarily to an account that sent more requests than its
plan allows, 600 in half an hour for a free one. The server is not down, and nothing is locked.

How sure we are: certain. The body says BlockedTemporarily.

What to do: stop all clients of this account for half an hour, then ask less often.

How to confirm: the same request after half an hour is answered as usual.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Certainty, Remedy, Risk, Severity, Who, after_wait
from davlock.diagnosis.rule import Family, Match, Rule, rfc
from davlock.diagnosis.wording import seconds_in_words

WINDOW = 1800.0
"""Seconds: the window in which the provider counts requests."""


def check(evidence: Evidence) -> Match | None:
    """Nutstore's exception, whatever the status."""
    error = evidence.error
    if evidence.cause is None or error is None:
        return None
    if error.exception != "BlockedTemporarily" and not error.says("BlockedTemporarily"):
        return None
    advice = evidence.wait_advice
    wait = advice.seconds if advice is not None and advice.seconds > 0 else WINDOW
    return Match(
        certainty=Certainty.CERTAIN,
        headline="The provider has blocked this account for too many requests",
        explanation="It looks like an outage and is none. No lock is involved.",
        retry=after_wait(wait),
        evidence=quotes.answer(evidence),
        remedies=(
            Remedy(
                Who.YOU,
                f"Stop every client of this account for {seconds_in_words(wait)}, then ask less often",
                None,
                Risk.SAFE,
            ),
        ),
    )


RULE = Rule(
    id="503-provider-block",
    family=Family.THROTTLED,
    severity=Severity.WARNING,
    title="an account-wide block that poses as an outage",
    page=__doc__,
    check=check,
    references=(rfc(9110, "15.6.4"),),
)
