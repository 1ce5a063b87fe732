"""rate limited, with a time: seconds, HTTP-date, RateLimit fields.

What happened: You ask too fast, and the server says when to come back. The server counts requests and refused this one
for their number. It has nothing to do with locks: the same request would be answered otherwise at another time.

How sure we are: certain. The status is 429, or the words of a 503 are of too many requests, as S3's SlowDown; and
Retry-After, or the RateLimit fields, name the time.

What to do: stop until then, then ask more slowly. Every request before that can make the block longer.

How to confirm: the same request after the time given is answered as usual.
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
    """429, or a 503 that says the same, with a time; judged by the answer's own Date."""
    if evidence.cause is None or not paced(evidence):
        return None
    advice = evidence.wait_advice
    if advice is None:
        return _moment(evidence)
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"Too many requests: the server asks you to wait {seconds_in_words(advice.seconds)}"
        if advice.seconds > 0
        else "Too many requests: the time that the server asked you to wait for is over",
        explanation=f"This {evidence.cause.status} is about the pace of your requests. It says nothing about any lock,"
        " and unlocking cannot help.",
        retry=after_wait(advice.seconds),
        evidence=(
            quotes.status_line(evidence),
            *quotes.response_header(evidence, advice.source),
            *quotes.body(evidence),
        ),
        facts=(("seconds", advice.seconds), ("source", advice.source), ("as_sent", advice.as_sent)),
        remedies=(
            safe(f"Wait {seconds_in_words(advice.seconds)}, then ask more slowly"),
            safe("Honour Retry-After, and send fewer requests at once", who=Who.CLIENT_AUTHOR),
        ),
    )


def _moment(evidence: Evidence) -> Match | None:
    """A date without a Date to measure it by: the moment is known, how far off it is is not."""
    sent = evidence.response.headers.get("Retry-After") if evidence.response else None
    if sent is None or http_date(sent) is None or evidence.cause is None:
        return None
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"Too many requests: the server asks you to wait until {sent:.60}",
        explanation=f"This {evidence.cause.status} is about the pace of your requests. The answer has no Date, so that"
        " only the moment is known.",
        retry=after_wait(),
        evidence=(
            quotes.status_line(evidence),
            *quotes.response_header(evidence, "Retry-After"),
            *quotes.body(evidence),
        ),
        facts=(("source", "Retry-After"), ("as_sent", sent)),
        remedies=(
            safe("Wait until then, and ask more slowly"),
            safe("Honour Retry-After, and send fewer requests at once", who=Who.CLIENT_AUTHOR),
        ),
    )
