"""permission, not a lock.

What happened: 403: the server understood the request and who sent it, and does not allow it. Waiting for a lock or
unlocking something will not help.

How sure we are: certain where a DAV server's error says so (sabre's Forbidden, need-privileges). Likely otherwise: a
403 can also come from a filter in front of the server that does not like the method.

What to do: use a login that may, or have the permissions changed.

How to confirm: the same request with another login, or a write elsewhere with this one.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import CREATING, READS, Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, RetryVerdict, Severity
from davlock.diagnosis.predicates.lockinfo import asked_scope, refused_form
from davlock.diagnosis.predicates.refusal import refused_as_locked
from davlock.diagnosis.predicates.resource import PLAIN, read_plainly
from davlock.diagnosis.predicates.stated_cause import stated_cause
from davlock.diagnosis.predicates.tokens import sent_tokens
from davlock.diagnosis.remedies import for_admin, intrusive, safe
from davlock.diagnosis.rule import Match, rfc, rule
from davlock.protocol.lock import LockScope
from davlock.protocol.precondition import BodyKind

PERMISSION_CODES = frozenset({"need-privileges", "allowed-principal", "recognized-principal", "no-ace-conflict"})
"""Conditions of RFC 3744 that are about who asks."""


@rule(
    id="403-no-permission",
    severity=Severity.ERROR,
    statuses=(207, 403),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc(9110, "15.5.4"),),
)
def check(evidence: Evidence) -> Match | None:
    """403 without a code of a lock."""
    cause = evidence.cause
    if cause is None or cause.status != 403 or refused_as_locked(evidence):
        return None
    if "cannot-modify-protected-property" in cause.codes or (cause.member and evidence.method == "PROPPATCH"):
        return None  # of a property, it is most often that nobody may set it, whatever the login
    if refused_form(evidence) is not None:
        return None
    if stated_cause(evidence) is not None or (cause.codes and PERMISSION_CODES.isdisjoint(cause.codes)):
        return None  # the body names another cause
    said = evidence.error is not None and (
        (evidence.error.exception or "").endswith("Forbidden") or "need-privileges" in cause.codes
    )
    others: list[Alternative] = []
    if evidence.method not in PLAIN and (evidence.error is None or evidence.error.kind is not BodyKind.ERROR):
        read = read_plainly(evidence)
        if read is None:
            how = f"GET on the same URL works while {evidence.method or 'this'} is 403"
            others.append(Alternative("403-method-filtered", how))
        elif evidence.exchanges[read].status not in (401, 403):
            how = "the same request sent to the server past every proxy: it is answered otherwise"
            others.append(Alternative("403-method-filtered", how))
    if not said and evidence.method in CREATING and not isinstance(evidence.parent_is_collection, Known):
        others.append(Alternative("409-missing-parent", "PROPFIND on the collection above (lighttpd says 403 to LOCK)"))
    if sent_tokens(evidence):
        others.append(Alternative("403-unlock-not-owner", "the same request as the user who took the lock"))
    if evidence.method == "LOCK" and not evidence.is_refresh:
        others.append(Alternative("403-lock-refused", "a PUT with the same login: it goes through"))
        if asked_scope(evidence) is LockScope.SHARED:
            others.append(Alternative("exclusive-only", "the same LOCK with an exclusive lockscope: it is granted"))
    where = f" with {cause.url}" if cause.member else " here"
    return Match(
        certainty=Certainty.CERTAIN if said and not others else Certainty.LIKELY,
        headline=f"This login is not allowed to do that{where}: permission, not a lock",
        explanation="403 is the server's no. Nothing about it depends on a lock.",
        retry=AFTER_CHANGE,
        evidence=quotes.answer(evidence),
        alternatives=tuple(others),
        remedies=(
            safe(f"Use a login that may {'read' if evidence.method in READS else 'write'} here"),
            for_admin(intrusive("Check the permissions of the folder and of the login")),
        ),
    )
