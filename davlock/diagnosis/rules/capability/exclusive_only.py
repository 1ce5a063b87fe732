"""the server does not offer shared locks.

What happened: your LOCK asked for a shared lock, and the server refused. Go's WebDAV answers 501. nginx grants an
exclusive lock instead. Exclusive locks may well work.

How sure we are: certain if supportedlock lists exclusive locks only, or the answer says so. Likely from a 501. A guess
from a 400 without words: Subversion sends one.

What to do: ask for an exclusive lock.

How to confirm: `davlock propfind URL -p supportedlock` lists exclusive locks only. Or send the same LOCK with an
exclusive lockscope: the server grants it.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.predicates.lockinfo import asked_scope, refused_form
from davlock.diagnosis.remedies import intrusive
from davlock.diagnosis.rule import Match, Scope, rfc4918, rule
from davlock.protocol.lock import LockScope
from davlock.servers.phrases import Said


@rule(
    id="exclusive-only",
    severity=Severity.NOTICE,
    statuses=(400, 501),
    retry=(RetryVerdict.AFTER_CHANGE,),
    scope=Scope.SERVER,
    see=(rfc4918("6.2"), rfc4918("15.10")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a refused LOCK whose lockinfo asks for a shared lock."""
    body = evidence.request.body if evidence.request else None
    if asked_scope(evidence) is not LockScope.SHARED or not isinstance(body, bytes) or evidence.cause is None:
        return None
    offered = evidence.supported.value if isinstance(evidence.supported, Known) else ()
    listed = bool(offered) and all(entry.scope is not LockScope.SHARED for entry in offered)
    said = Said.NO_SHARED_LOCKS in evidence.said
    if (said or listed) and evidence.cause.status in (400, 403, 405, 412, 422, 501):
        certainty = Certainty.CERTAIN
    elif offered or _no_lock_at_all(evidence):
        return None
    elif evidence.cause.status == 501:
        certainty = Certainty.LIKELY
    elif evidence.cause.status == 400 and "If" not in evidence.headers and refused_form(evidence) is None:
        certainty = Certainty.POSSIBLE
    else:
        return None
    return Match(
        certainty=certainty,
        headline="The server may not offer shared locks"
        if certainty is Certainty.POSSIBLE
        else "The server does not offer shared locks",
        explanation="Your LOCK asked for one. Exclusive locks may well work.",
        alternatives=(Alternative("400-lockinfo-refused", "the same LOCK with an exclusive lockscope: 400, too"),)
        if certainty is Certainty.POSSIBLE
        else (),
        retry=AFTER_CHANGE,
        evidence=(
            *quotes.answer(evidence),
            Quote("request body", body[:200].decode("utf-8", "replace").strip(), evidence.subject),
        ),
        remedies=(
            intrusive(
                "Ask for an exclusive lock",
                ("davlock", "lock", evidence.target, "--scope", "exclusive"),
            ),
        ),
    )


def _no_lock_at_all(evidence: Evidence) -> bool:
    """Whether OPTIONS lists methods, and LOCK is none of them."""
    return isinstance(evidence.allow, Known) and bool(evidence.allow.value) and "LOCK" not in evidence.allow.value
