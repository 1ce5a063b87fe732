"""the UNLOCK has no Lock-Token header.

What happened: UNLOCK must name the lock that it releases, in the Lock-Token header. Without it, servers answer 400.
nginx answers 204, but releases nothing.

How sure we are: certain, because the request's headers are known and this one is missing or empty.

What to do: send Lock-Token: <token>, with the angle brackets. WebDAV has no way to force an unlock without a token.

How to confirm: `davlock locks URL` shows the token, if the server shows tokens.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, RetryVerdict, Severity, Who
from davlock.diagnosis.predicates.tokens import says_no_token
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.diagnosis.wording import look
from davlock.protocol.lock import is_empty_token


@rule(
    id="400-lock-token-missing",
    severity=Severity.ERROR,
    statuses=(400,),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("9.11"), rfc4918("10.5")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a refused UNLOCK without a Lock-Token, or WsgiDAV's and sabre's words for that."""
    if evidence.method != "UNLOCK" or evidence.cause is None or evidence.cause.status not in (400, 412):
        return None
    words = evidence.error is not None and says_no_token(evidence.error)
    if "X-User-Lock" in evidence.headers:
        return None  # Nextcloud's files_lock releases by user, not by token
    sent = evidence.headers.get("Lock-Token")
    nothing = sent is not None and is_empty_token(sent.strip("<> "))
    if (sent and not nothing) or not (words or nothing or evidence.lacks("Lock-Token")):
        return None
    empty = Quote("request header Lock-Token", sent or "(empty)", evidence.subject)
    seen = (empty,) if nothing else quotes.request_header(evidence, "Lock-Token")
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"Your UNLOCK has {'an empty' if nothing else 'no'} Lock-Token header",
        explanation="UNLOCK must name the lock that it releases.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *seen),
        remedies=(
            look(evidence.target, "See the token, if the server shows it"),
            safe("Send  Lock-Token: <token>  with the angle brackets", who=Who.CLIENT_AUTHOR),
        ),
    )
