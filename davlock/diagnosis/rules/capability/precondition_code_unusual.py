"""status and precondition code disagree with RFC 4918 §16.

What happened: RFC 4918 §16 gives each code a status: lock-token-submitted and no-conflicting-lock go with 423,
lock-token-matches-request-uri with 409. no-conflicting-lock is an answer to LOCK; WsgiDAV sends it to a PUT as well.
A client that goes by the code alone, or by the status alone, takes the one for the other.

How sure we are: certain. Both are quoted.

What to do: believe lockdiscovery before either. The first finding says what is the matter.

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
"""Codes that answer one method only."""


@rule(
    id="precondition-code-unusual",
    severity=Severity.NOTICE,
    role=Role.NOTE,
    retry=(RetryVerdict.NOT_NEEDED,),
    see=(rfc4918("16"),),
)
def check(evidence: Evidence) -> Match | None:
    """A code with a status that is not its own; with a method that is not, where the code is all there is to go by."""
    cause = evidence.cause
    if cause is None:
        return None
    for code in cause.codes:
        if code not in STATUS:
            continue
        if cause.status != STATUS[code]:
            words = f"The code {code} came with {cause.status}, where RFC 4918 has {STATUS[code]}"
        elif evidence.method not in ("", METHOD.get(code, evidence.method)) and not locks_read_since(evidence):
            words = f"The code {code} came to {evidence.method}, where RFC 4918 has it for {METHOD[code]}"
        else:
            continue
        return Match(
            certainty=Certainty.CERTAIN,
            headline=words,
            explanation="Servers disagree about these codes, so that neither code nor status is to be trusted alone.",
            retry=NOT_NEEDED,
            evidence=quotes.answer(evidence),
            facts=(("code", code), ("status", cause.status)),
        )
    return None
