"""the status and the error code do not belong together.

What happened: RFC 4918 §16 pairs each error code with a status: lock-token-submitted and no-conflicting-lock with 423,
lock-token-matches-request-uri with 409. no-conflicting-lock answers LOCK, but WsgiDAV also sends it to PUT. A client
that reads only the code, or only the status, can mistake one case for another.

How sure we are: certain. Both are quoted.

What to do: trust lockdiscovery more than either. The first finding says what is wrong.

How to confirm: `davlock diagnose URL`.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, RetryVerdict, Severity
from davlock.diagnosis.predicates.locks import locks_read_since
from davlock.diagnosis.rule import Match, Role, rfc4918, rule
from davlock.protocol.precondition import FINITE_DEPTH, LOCK_TOKEN_MATCHES, LOCK_TOKEN_SUBMITTED, NO_CONFLICTING_LOCK

STATUS = {
    LOCK_TOKEN_MATCHES: 409,
    LOCK_TOKEN_SUBMITTED: 423,
    NO_CONFLICTING_LOCK: 423,
    FINITE_DEPTH: 403,
    "no-external-entities": 403,
    "preserved-live-properties": 409,
    "cannot-modify-protected-property": 403,
}
"""RFC 4918 §16."""

METHOD = {LOCK_TOKEN_MATCHES: "UNLOCK", NO_CONFLICTING_LOCK: "LOCK", FINITE_DEPTH: "PROPFIND"}
"""Codes that answer only one method."""


@rule(
    id="precondition-code-unusual",
    severity=Severity.NOTICE,
    role=Role.NOTE,
    retry=(RetryVerdict.NOT_NEEDED,),
    see=(rfc4918("16"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a code with another code's status; or, if nothing else shows the cause, with another code's method."""
    cause = evidence.cause
    if cause is None:
        return None
    for code in cause.codes:
        if code not in STATUS:
            continue
        if cause.status != STATUS[code]:
            words = f"The server sent the code {code} with {cause.status}; RFC 4918 pairs it with {STATUS[code]}"
        elif evidence.method not in ("", METHOD.get(code, evidence.method)) and not locks_read_since(evidence):
            words = f"The server sent the code {code} to {evidence.method}; RFC 4918 uses it for {METHOD[code]}"
        else:
            continue
        return Match(
            certainty=Certainty.CERTAIN,
            headline=words,
            explanation="Servers use these codes differently, so trust neither the code nor the status alone.",
            retry=NOT_NEEDED,
            evidence=quotes.answer(evidence),
            facts=(("code", code), ("status", cause.status)),
        )
    return None
