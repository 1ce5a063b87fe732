"""UNLOCK succeeded, but the lock is still there.

What happened: the server answered UNLOCK with a success, but released nothing. nginx and pywebdav3 answer 204 to any
token on any resource. Only reading the locks again shows the truth.

How sure we are: certain if the lock's token is known and the lock was read after the answer. Likely if the server hides
the token, or nobody read the locks before: it may be another lock.

What to do: release the lock with the token, and at the URL, that the server shows now.

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
from davlock.protocol.lock import is_among, same_token


@rule(
    id="unlock-had-no-effect",
    severity=Severity.ERROR,
    retry=(RetryVerdict.AFTER_CHANGE,),
    scope=Scope.SERVER,
    see=(rfc4918("9.11"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches 2xx to UNLOCK if the same lock, or after a wrong token the earlier lock, still covers the target."""
    lock = lock_left_by_unlock(evidence)
    if lock is None:
        return None
    sent = (evidence.headers.get("Lock-Token") or "").strip("<> ")
    said = (quotes.status_line(evidence), *quotes.request_header(evidence, "Lock-Token"))
    before = evidence.locks_before.value if isinstance(evidence.locks_before, Known) else ()
    known = {covering.token for covering in before}
    same = same_token(lock.token, sent)
    if lock.token is None:
        which = " The server hides its token, so it may be another lock."
    else:
        which = "" if same else " Its token is not the one you sent."
    sure = same or is_among(lock.token, known)
    return Match(
        certainty=Certainty.CERTAIN if sure else Certainty.LIKELY,
        headline="The server accepted UNLOCK, but the lock is still there"
        if sure
        else "The server accepted UNLOCK, but a lock is still there",
        explanation=f"{describe(lock, evidence)}.{which}",
        retry=AFTER_CHANGE,
        evidence=(*said, *quotes.locks(evidence)),
        facts=lock_facts(lock),
        alternatives=(_LOST_ON_THE_WAY,) if same else (),
        remedies=_ways(lock, evidence),
    )


_LOST_ON_THE_WAY = Alternative("proxy-header-dropped", "the same UNLOCK, sent past every proxy: it releases the lock")
"""nginx also answers 204 to an UNLOCK without a token."""


def _ways(lock: ObservedLock, evidence: Evidence) -> tuple[Remedy, ...]:
    if not lock.held or lock.token is None:
        return ways_past(lock, evidence)
    command = ("davlock", "unlock", lock.root or lock.url, "--token", lock.token)
    return (intrusive("Release it at its own URL", command), *admin_store(evidence))
