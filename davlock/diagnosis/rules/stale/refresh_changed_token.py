"""the renewal changed the lock's token.

What happened: a renewal must keep the lock and its token. This server answered with another token. The old one may no
longer work, or there are two locks now. A client that keeps using the old token blocks itself.

How sure we are: certain. Both tokens are quoted.

What to do: use the new token from now on. If the server still shows the old one, release it.

How to confirm: `davlock locks URL` shows the new token. Two exclusive locks are a fault of the server.
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
    """Matches a refresh whose answer names a token that the request did not send."""
    lock = evidence.granted
    if not evidence.is_refresh or lock is None or lock.token is None or not evidence.submitted:
        return None
    if lock.token.uri in evidence.submitted:
        return None
    return Match(
        certainty=Certainty.CERTAIN,
        headline="The renewal brought a new token: the old one may no longer work",
        explanation="A renewed lock should keep its token. There may be two locks now.",
        retry=NOT_NEEDED,
        evidence=(
            *quotes.request_header(evidence, "If"),
            Quote("LOCK answer", f"token {lock.token.uri}", evidence.subject),
        ),
        facts=(("old", evidence.submitted), ("new", lock.token.uri)),
        remedies=(look(evidence.target, "See which locks there are now"),),
    )
