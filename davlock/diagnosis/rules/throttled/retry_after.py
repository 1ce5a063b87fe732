"""too many requests: the server says how long to wait.

What happened: you send too many requests, and the server refused this one. It says when to come back. It has nothing to
do with locks: the same request works at another time.

How sure we are: certain. The status is 429, or a 503 speaks of too many requests, as S3's SlowDown does. Retry-After,
or the RateLimit fields, name the time.

What to do: wait until then, then send requests more slowly. Every request before that can make the block longer.

How to confirm: the same request works after that time.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Certainty, RetryVerdict, Severity, Who, after_wait
from davlock.diagnosis.predicates.pace import paced
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match, rfc, rule
from davlock.diagnosis.wording import seconds_in_words
from davlock.protocol.retry_after import http_date


@rule(
    id="429-retry-after",
    severity=Severity.WARNING,
    statuses=(429, 503),
    retry=(RetryVerdict.AFTER_WAIT,),
    see=(rfc(6585, "4"), rfc(9110, "10.2.3")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches 429, or a 503 that says the same, with a time, measured by the answer's own Date."""
    if evidence.cause is None or not paced(evidence):
        return None
    advice = evidence.wait_advice
    if advice is None:
        return _moment(evidence)
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"You send too many requests: the server asks you to wait {seconds_in_words(advice.seconds)}"
        if advice.seconds > 0
        else "You sent too many requests, but the wait that the server asked for is over",
        explanation=f"This {evidence.cause.status} is about the pace of your requests, not about a lock. Unlocking"
        " cannot help.",
        retry=after_wait(advice.seconds),
        evidence=(
            quotes.status_line(evidence),
            *quotes.response_header(evidence, advice.source),
            *quotes.body(evidence),
        ),
        facts=(("seconds", advice.seconds), ("source", advice.source), ("as_sent", advice.as_sent)),
        remedies=(
            safe(
                f"Wait {seconds_in_words(advice.seconds)}, then slow down"
                if advice.seconds > 0
                else "Try again, but slow down"
            ),
            safe("Honour Retry-After, and send fewer requests at once", who=Who.CLIENT_AUTHOR),
        ),
    )


def _moment(evidence: Evidence) -> Match | None:
    """Returns a match for a date without a Date to measure it by: only the moment is known."""
    sent = evidence.response.headers.get("Retry-After") if evidence.response else None
    if sent is None or http_date(sent) is None or evidence.cause is None:
        return None
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"You send too many requests: the server asks you to wait until {sent:.60}",
        explanation=f"This {evidence.cause.status} is about the pace of your requests. The answer has no Date, so"
        " only that moment is known.",
        retry=after_wait(),
        evidence=(
            quotes.status_line(evidence),
            *quotes.response_header(evidence, "Retry-After"),
            *quotes.body(evidence),
        ),
        facts=(("source", "Retry-After"), ("as_sent", sent)),
        remedies=(
            safe("Wait until then, then slow down"),
            safe("Honour Retry-After, and send fewer requests at once", who=Who.CLIENT_AUTHOR),
        ),
    )
