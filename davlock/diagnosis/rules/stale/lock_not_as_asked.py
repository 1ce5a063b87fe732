"""another depth or scope was granted than was asked for.

What happened: the answer to LOCK, or the lock as it was read back, has another depth or scope, or its time is over.
pywebdav3 grants Depth 0 to Depth infinity, so that members stay free; nginx grants an exclusive lock to whoever asks
for a shared one, so that nobody else gets in.

How sure we are: certain. Both are quoted.

What to do: release it if it does not serve. Lock the members one by one, or do without shared locks here.

How to confirm: `davlock locks URL` shows depth and scope.
"""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.grant import differences
from davlock.diagnosis.predicates.grants import empty_grant
from davlock.diagnosis.rule import Match, Role, rfc4918, rule


@rule(
    id="lock-not-as-asked",
    severity=Severity.WARNING,
    role=Role.NOTE,
    retry=(RetryVerdict.NOT_NEEDED,),
    see=(rfc4918("9.10.3"), rfc4918("6.2")),
)
def check(evidence: Evidence) -> Match | None:
    """A new lock with another depth or scope, or whose time is over; what protects less comes first."""
    found = sorted(differences(evidence), key=lambda difference: not difference.less)
    if not found or empty_grant(evidence) is not None:
        return None
    first = found[0]
    verb = "granted" if first.source == "LOCK answer" else "shows"
    quotes = []
    for entry in found:
        quotes += [
            Quote("LOCK request", entry.asked, evidence.subject),
            Quote(entry.source, entry.given, entry.exchange),
        ]
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"The server {verb} {first.given}, where {first.asked} was asked for",
        explanation="The lock is there, and is another one than was meant."
        + (" Something in between may have dropped the Depth header." if first.asked == "Depth 0" else ""),
        retry=NOT_NEEDED,
        evidence=tuple(quotes),
        facts=(("asked", first.asked), ("granted", first.given)),
    )
