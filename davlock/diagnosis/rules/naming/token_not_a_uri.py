"""the lock token is not a URI, but it works.

What happened: RFC 4918 wants a URI as a lock token. Go's WebDAV (rclone and others) sends bare numbers, copyparty bare
UUIDs. The server knows its own tokens all the same.

How sure we are: certain. davlock shows the token.

What to do: send it exactly as received, in angle brackets: `Lock-Token: <1795350197>`, `If: (<1795350197>)`. Do not put
a scheme before it. davlock sends it like that.

How to confirm: `davlock refresh URL --token TOKEN` works.
"""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.predicates.locks import foreign_locks
from davlock.diagnosis.predicates.refusal import locks_in_question
from davlock.diagnosis.rule import Match, Role, rfc4918, rule


@rule(
    id="token-not-a-uri",
    severity=Severity.NOTICE,
    role=Role.NOTE,
    retry=(RetryVerdict.NOT_NEEDED,),
    see=(rfc4918("6.5"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches the lock just granted, or one in the way that the token shown could release."""
    granted = evidence.granted
    if granted is not None and not evidence.is_refresh and granted.token is not None and not granted.token.is_uri:
        return _match(granted.token.uri, Quote("LOCK answer", f"token {granted.token.uri}", evidence.subject))
    if not locks_in_question(evidence):
        return None
    for covering in foreign_locks(evidence):
        token = covering.lock.token
        if token is not None and not token.is_uri:
            return _match(token.uri, Quote("lockdiscovery", f"token {token.uri}", covering.exchange))
    return None


def _match(token: str, quote: Quote) -> Match:
    return Match(
        certainty=Certainty.CERTAIN,
        headline="The lock token is not a URI, but it works: send it exactly as received, in angle brackets",
        explanation="RFC 4918 wants a URI. Clients that insist on one cannot use locks here.",
        retry=NOT_NEEDED,
        evidence=(quote,),
        facts=(("token", token),),
    )
