"""the Lock-Token header lacks its angle brackets.

What happened: your UNLOCK sent the token without < and > around it. Apache, lighttpd and Go answer 400. nginx answers
204, but releases nothing. sabre and WsgiDAV accept it.

How sure we are: likely, because the header is malformed and this server refuses it with 400. Likely, too, if the
server answers 409 or 412 although a lock with exactly this token exists.

What to do: put < and > around the token and change nothing else: keep its scheme, add no spaces.

How to confirm: the same UNLOCK with <token> gets another answer.
"""

import re

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, RetryVerdict, Severity, Who
from davlock.diagnosis.predicates.tokens import another_login
from davlock.diagnosis.predicates.unknown_method import says_unknown_method
from davlock.diagnosis.remedies import intrusive, safe
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.locks.observed import ObservedLock
from davlock.protocol.character_references import unescaped
from davlock.protocol.precondition import LOCK_TOKEN_MATCHES


@rule(
    id="400-lock-token-brackets",
    severity=Severity.ERROR,
    statuses=(400, 409),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("10.1"), rfc4918("10.5")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a refused UNLOCK whose Lock-Token is not a Coded-URL."""
    sent = evidence.headers.get("Lock-Token")
    if evidence.method != "UNLOCK" or evidence.cause is None or not sent or re.fullmatch(r"<[^<>]+>", sent):
        return None
    if says_unknown_method(evidence.status, evidence.error):
        return None
    token = unescaped(sent).strip("<>()\"' ")
    shown = _shown(evidence, token)
    if evidence.cause.status != 400 and (evidence.cause.status not in (409, 412) or shown is None):
        return None
    if evidence.cause.status != 400 and (another_login(evidence) or LOCK_TOKEN_MATCHES in evidence.cause.codes):
        return None  # it read the token, and wants another user or another URL
    bare = not any(mark in sent for mark in "<>()\"'")
    return Match(
        certainty=Certainty.LIKELY,
        headline="The token in your Lock-Token header has no angle brackets"
        if bare
        else "The token in your Lock-Token header is not in one pair of angle brackets",
        explanation="This server reads a token only in the form <token>."
        + (" A lock with exactly this token exists." if shown is not None else ""),
        retry=AFTER_CHANGE,
        evidence=(
            *quotes.answer(evidence),
            *quotes.request_header(evidence, "Lock-Token"),
            *((quotes.lock(shown),) if shown is not None else ()),
        ),
        remedies=(
            intrusive(
                "Let davlock send it correctly",
                ("davlock", "unlock", evidence.target, "--token", token),
            ),
            safe(f"Send  Lock-Token: <{token}>", who=Who.CLIENT_AUTHOR),
        ),
    )


def _shown(evidence: Evidence, token: str) -> ObservedLock | None:
    """Returns the lock with that token, as read after the refusal or else before it."""
    before = evidence.locks_before.value if isinstance(evidence.locks_before, Known) else ()
    locks = evidence.covering if isinstance(evidence.locks, Known) else before
    return next((covering for covering in locks if covering.token == token), None)
