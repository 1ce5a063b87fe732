"""UNLOCK was answered 2xx and the lock is still there.

What happened: nginx and pywebdav3 answer 204 to an UNLOCK with any token, on any resource, and do nothing. Only
reading again tells.

How sure we are: certain where the lock was read after the answer, by a token that is known. Likely where the server
hides the token, or the locks were not read before: it may be another lock.

What to do: release it with the token and at the lock root that are shown now.

How to confirm: `davlock locks URL` still shows the lock.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Remedy, RetryVerdict, Severity
from davlock.diagnosis.predicates.unlocks import lock_left_by_unlock
from davlock.diagnosis.remedies import intrusive
from davlock.diagnosis.rule import Match, Scope, rfc4918, rule
from davlock.diagnosis.wording import admin_store, describe, lock_facts, ways_past
from davlock.locks.observed import ObservedLock


@rule(
    id="unlock-had-no-effect",
    severity=Severity.ERROR,
    retry=(RetryVerdict.AFTER_CHANGE,),
    scope=Scope.SERVER,
    see=(rfc4918("9.11"),),
)
def check(evidence: Evidence) -> Match | None:
    """2xx to UNLOCK, and the same lock (or, where the token was wrong, the lock of before) still covers the target."""
    lock = lock_left_by_unlock(evidence)
    if lock is None:
        return None
    sent = (evidence.headers.get("Lock-Token") or "").strip("<> ")
    said = (quotes.status_line(evidence), *quotes.request_header(evidence, "Lock-Token"))
    before = evidence.locks_before.value if isinstance(evidence.locks_before, Known) else ()
    known = {covering.token for covering in before}
    same = lock.token == sent
    if lock.token is None:
        which = " The server hides its token, so it may be another lock."
    else:
        which = "" if same else " Its token is not the one that was sent."
    sure = same or (lock.token is not None and lock.token in known)
    return Match(
        certainty=Certainty.CERTAIN if sure else Certainty.LIKELY,
        headline="UNLOCK was answered with a success, and the lock is still there"
        if sure
        else "UNLOCK was answered with a success, and a lock is still there",
        explanation=f"{describe(lock, evidence)}.{which}",
        retry=AFTER_CHANGE,
        evidence=(*said, *quotes.locks(evidence)),
        facts=lock_facts(lock),
        alternatives=(_LOST_ON_THE_WAY,) if same else (),
        remedies=_ways(lock, evidence),
    )


_LOST_ON_THE_WAY = Alternative(
    "proxy-header-dropped", "the same UNLOCK sent to the server past every proxy: it releases the lock"
)
"""nginx says 204 to an UNLOCK without a token as well."""


def _ways(lock: ObservedLock, evidence: Evidence) -> tuple[Remedy, ...]:
    if not lock.held or lock.token is None:
        return ways_past(lock, evidence)
    command = ("davlock", "unlock", lock.root or lock.url, "--token", lock.token)
    return (intrusive("Release it at its lock root", command), *admin_store(evidence))
