"""a rule of versioning, calendars, address books or ACL forbids it.

What happened: the request breaks a rule of DeltaV (RFC 3253), CalDAV (RFC 4791), CardDAV (RFC 6352) or ACL (RFC 3744).
The server names the rule in the body of its 403, 409 or 412. No lock is involved, and no folder is missing.

How sure we are: certain, because the answer names the rule.

What to do: do what the rule asks for, as the explanation says. If the answer contains a URL, that resource is in the
way.

How to confirm: a request that respects the rule works.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.dav_conditions import CONDITIONS
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, RetryVerdict, Severity
from davlock.diagnosis.predicates.refusal import refused_as_locked
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match, rfc, rule


@rule(
    id="409-dav-condition",
    severity=Severity.ERROR,
    statuses=(403, 409),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc(3253, "1.6"), rfc(4791, "1.3"), rfc(6352, "3"), rfc(3744, "1.1")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a refusal whose DAV:error has one of the conditions."""
    error, cause = evidence.error, evidence.cause
    if error is None or cause is None or cause.member or refused_as_locked(evidence):
        return None
    code = next((entry.code for entry in error.preconditions if entry.code in CONDITIONS), None)
    if code is None:
        return None
    condition, name = CONDITIONS[code], code.rpartition("}")[2]
    hrefs = error.hrefs(code)
    words = f"The server says: “{error.message.rstrip('.')}”. " if error.message else ""
    return Match(
        certainty=Certainty.CERTAIN,
        headline=condition.means.rstrip(".") + (f": {', '.join(hrefs)}" if hrefs else ""),
        explanation=f"{words}The condition {name} is not met (RFC {condition.rfc} §{condition.section})."
        " No lock is involved.",
        retry=AFTER_CHANGE,
        evidence=quotes.answer(evidence),
        facts=(("condition", code), ("rfc", condition.rfc), ("href", hrefs)),
        remedies=(safe(condition.helps.rstrip(".")),),
    )
