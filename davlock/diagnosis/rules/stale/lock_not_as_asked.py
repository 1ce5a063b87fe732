"""the server granted another lock than you asked for.

What happened: the answer to LOCK, or the lock that the server shows afterwards, has another depth or scope, or its time
is over. pywebdav3 grants Depth 0 instead of Depth infinity, so members stay free. nginx grants an exclusive lock to
whoever asks for a shared one, so nobody else gets in.

How sure we are: certain. Both are quoted.

What to do: release the lock if it does not help you. Lock the members one by one, or do without shared locks here.

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
    """Matches a new lock with another depth or scope, or whose time is over; what protects less comes first."""
    changes = sorted(differences(evidence), key=lambda difference: not difference.less)
    if not changes or empty_grant(evidence) is not None:
        return None
    first = changes[0]
    verb = "granted" if first.source == "LOCK answer" else "shows"
    quotes = []
    for entry in changes:
        quotes += [
            Quote("LOCK request", entry.asked, evidence.subject),
            Quote(entry.source, entry.given, entry.exchange),
        ]
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"You asked for {first.asked}, but the server {verb} {first.given}",
        explanation="The lock exists, but it is not the one that you asked for."
        + (" Something in between may have dropped the Depth header." if first.asked == "Depth 0" else ""),
        retry=NOT_NEEDED,
        evidence=tuple(quotes),
        facts=(("asked", first.asked), ("granted", first.given)),
    )
