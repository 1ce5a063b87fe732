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

WINDOW = 1800.0
"""Seconds: the window in which the provider counts requests."""


def check(evidence: Evidence) -> Match | None:
    """Nutstore's exception, whatever the status."""
    if evidence.cause is None or evidence.error is None or evidence.error.exception != "BlockedTemporarily":
        return None
    return Match(
        certainty=Certainty.CERTAIN,
        headline="The provider has blocked this account for too many requests",
        explanation="It looks like an outage and is none. No lock is involved.",
        retry=after_wait(WINDOW),
        evidence=quotes.answer(evidence),
        remedies=(
            Remedy(Who.YOU, "Stop every client of this account for half an hour, then ask less often", None, Risk.SAFE),
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
