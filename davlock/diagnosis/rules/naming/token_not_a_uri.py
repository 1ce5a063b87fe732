"""the token is not an absolute URI; davlock sends it as it came.

What happened: The lock token is no URI. RFC 4918 wants an absolute URI for a token. Go's webdav (rclone and others)
makes bare numbers, copyparty bare UUIDs. The server knows its own tokens all the same.

How sure we are: certain. The token is quoted.

What to do: send it exactly as it came, between angle brackets: `Lock-Token: <1795350197>`, `If: (<1795350197>)`. Do not
put a scheme before it. davlock sends it as it came.

How to confirm: `davlock refresh URL --token TOKEN` is accepted.
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
    """The lock just granted, or one that stands in the way and could be released with the token shown."""
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
        headline="The token is no URI, and works all the same: send it as it came, in < >",
        explanation="RFC 4918 wants an absolute URI. Clients that insist on one cannot use locks here.",
        retry=NOT_NEEDED,
        evidence=(quote,),
        facts=(("token", token),),
    )
