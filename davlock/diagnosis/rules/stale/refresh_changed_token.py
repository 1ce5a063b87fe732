"""refresh minted a new token.

What happened: a refresh must keep the lock and its token. This server answered with another token: the old one may be
dead, or there are two locks now, and a client that keeps using the old one meets its own lock.

How sure we are: certain. Both tokens are quoted.

What to do: use the new token from now on, and release the old one if it is still shown.

How to confirm: `davlock locks URL` shows the new token; two exclusive locks are a fault of the server.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.rule import Match, Role, rfc4918, rule
from davlock.diagnosis.wording import look


@rule(
    id="refresh-changed-token",
    severity=Severity.WARNING,
    role=Role.NOTE,
    retry=(RetryVerdict.NOT_NEEDED,),
    see=(rfc4918("9.10.2"),),
)
def check(evidence: Evidence) -> Match | None:
    """A refresh whose answer names a token that was not submitted."""
    lock = evidence.granted
    if not evidence.is_refresh or lock is None or lock.token is None or not evidence.submitted:
        return None
    if lock.token.uri in evidence.submitted:
        return None
    return Match(
        certainty=Certainty.CERTAIN,
        headline="The refresh brought a new token: the old one may be dead, or there are two locks",
        explanation="RFC 4918 wants a refreshed lock to keep its token.",
        retry=NOT_NEEDED,
        evidence=(
            *quotes.request_header(evidence, "If"),
            Quote("LOCK answer", f"token {lock.token.uri}", evidence.subject),
        ),
        facts=(("old", evidence.submitted), ("new", lock.token.uri)),
        remedies=(look(evidence.target, "See which locks there are now"),),
    )
