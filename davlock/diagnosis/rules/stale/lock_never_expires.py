"""the lock never expires.

What happened: the server granted the lock as Infinite (Go writes Second-0). If its program crashes, only UNLOCK or an
administrator ends it.

How sure we are: certain if the server says Infinite. Likely for Go's Second-0.

What to do: if it is yours, take locks with a finite timeout and renew them. If its holder is gone, somebody must
release it.

How to confirm: `davlock locks URL` shows the timeout.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.rule import Match, Role, rfc4918, rule
from davlock.diagnosis.wording import has_no_end, holder, never_ends


@rule(
    id="lock-never-expires",
    severity=Severity.WARNING,
    role=Role.NOTE,
    retry=(RetryVerdict.NOT_NEEDED,),
    see=(rfc4918("6.6"), rfc4918("10.7")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a granted or covering lock whose timeout has no end."""
    granted = evidence.granted
    if granted is not None and never_ends(granted.timeout, evidence) and granted.timeout:
        quote = Quote("activelock timeout", granted.timeout.as_sent, evidence.subject)
        return _match("The server granted a lock that never expires", quote, certain=granted.timeout.infinite)
    for covering in evidence.covering:
        if has_no_end(covering.lock, evidence) and covering.lock.timeout:
            who = holder(covering)
            headline = f"{who} {'hold' if who == 'You' else 'holds'} a lock that never expires"
            return _match(headline, quotes.lock(covering), certain=covering.lock.timeout.infinite)
    return None


def _match(headline: str, quote: Quote, *, certain: bool) -> Match:
    return Match(
        certainty=Certainty.CERTAIN if certain else Certainty.LIKELY,
        headline=headline,
        explanation="Only UNLOCK or an administrator ends it, even if its program has crashed.",
        retry=NOT_NEEDED,
        evidence=(quote,),
    )
