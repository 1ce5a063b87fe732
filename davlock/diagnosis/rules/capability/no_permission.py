"""your login lacks the permission; no lock is involved.

What happened: the server understood the request and knows who sent it, but does not allow it (403). It does not help to
wait for a lock or to release one.

How sure we are: certain if a WebDAV server's error says so (sabre's Forbidden, need-privileges). Likely otherwise: a
filter in front of the server may also answer 403.

What to do: use a login that may, or ask the administrator to change the permissions.

How to confirm: send the same request with another login, or write somewhere else with this one.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import CREATING, READS, Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, RetryVerdict, Severity
from davlock.diagnosis.predicates.lockinfo import asked_scope, refused_form
from davlock.diagnosis.predicates.refusal import refused_as_locked, speaks_of_a_lock
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
    """Matches 403 without a code that is about locks."""
    cause = evidence.cause
    if cause is None or cause.status != 403 or refused_as_locked(evidence):
        return None
    if "cannot-modify-protected-property" in cause.codes or (cause.member and evidence.method == "PROPPATCH"):
        return None  # most often nobody may set such a property, whatever the login
    if refused_form(evidence) is not None:
        return None
    if stated_cause(evidence) is not None or (cause.codes and PERMISSION_CODES.isdisjoint(cause.codes)):
        return None  # the body names another cause
    said = evidence.error is not None and (
        (evidence.error.exception or "").endswith("Forbidden") or "need-privileges" in cause.codes
    )
    if "need-privileges" not in cause.codes and speaks_of_a_lock(evidence):
        return None
    others: list[Alternative] = []
    if evidence.method not in PLAIN and (evidence.error is None or evidence.error.kind is not BodyKind.ERROR):
        read = read_plainly(evidence)
        if read is None:
            how = f"GET on the same URL: it works, while {evidence.method or 'this'} gets 403"
            others.append(Alternative("403-method-filtered", how))
        elif evidence.exchanges[read].status not in (401, 403):
            how = "the same request, sent past every proxy: the answer is another"
            others.append(Alternative("403-method-filtered", how))
    if not said and evidence.method in CREATING and not isinstance(evidence.parent_is_collection, Known):
        others.append(
            Alternative(
                "409-missing-parent",
                "PROPFIND on the collection above: it is missing",
            )
        )
    if sent_tokens(evidence):
        others.append(Alternative("403-unlock-not-owner", "the same request by the user who took the lock"))
    if evidence.method == "LOCK" and not evidence.is_refresh:
        others.append(Alternative("403-lock-refused", "a PUT with the same login: it succeeds"))
        if asked_scope(evidence) is LockScope.SHARED:
            others.append(Alternative("exclusive-only", "the same LOCK with an exclusive lockscope: granted"))
    where = f" on {cause.url}" if cause.member else ""
    return Match(
        certainty=Certainty.CERTAIN if said and not others else Certainty.LIKELY,
        headline=f"The server does not allow {evidence.method or 'this request'} for your login{where}",
        explanation="It is about permission, not about a lock. Waiting does not help.",
        retry=AFTER_CHANGE,
        evidence=quotes.answer(evidence),
        alternatives=tuple(others),
        remedies=(
            safe(f"Use a login that may {'read' if evidence.method in READS else 'write'} here"),
            for_admin(intrusive("Check the permissions of folder and login")),
        ),
    )
