"""someone holds a lock on the resource.

What happened: someone locked the resource, and the server refuses every write that does not send the lock's token.

How sure we are: certain, because the server shows the lock. The holder's name is only what their program wrote.
davlock treats the lock as someone else's because nobody gave it the token.

What to do: wait until the lock ends, or ask its holder. If another program of yours took the lock, send its token with
the write. Do not release a lock that someone still uses: it can cost them their work.

How to confirm: `davlock locks URL` shows the lock until it ends.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Certainty, RetryVerdict, Severity, Verdict
from davlock.diagnosis.lock_verdict import lock_verdict
from davlock.diagnosis.predicates.locks import foreign_locks, own_locks
from davlock.diagnosis.predicates.refusal import is_inquiry, refused_as_locked
from davlock.diagnosis.predicates.resource import at_destination, spares_the_target
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.diagnosis.wording import describe, is_shared, lock_facts, retry_for, ways_past, who_says


@rule(
    id="423-held-by-other",
    severity=Severity.ERROR,
    statuses=(423,),
    retry=(RetryVerdict.AFTER_WAIT, RetryVerdict.AFTER_CHANGE),
    see=(rfc4918("6.1"), rfc4918("11.3")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a lock that covers the target, if the server shows its token and the person does not hold it."""
    refused = refused_as_locked(evidence)
    there = at_destination(evidence) if refused else None
    if there is not None and (spares_the_target(evidence) or not foreign_locks(evidence)):
        return _on_destination(there)
    sent = (evidence.submitted or ()) if refused else ()
    locks = [lock for lock in foreign_locks(evidence) if lock.token is not None and lock.token not in sent]
    if not locks or not (refused or is_inquiry(evidence)):
        return None
    if is_inquiry(evidence) and lock_verdict(evidence).verdict is Verdict.CLEAR:
        return None  # of what the person wants to do, it refuses nothing
    if own_locks(evidence) and all(is_shared(lock) for lock in evidence.covering):
        return None  # 423-shared-lock or lock-is-yours, as the server does it
    lock = locks[0]
    return Match(
        certainty=Certainty.CERTAIN,
        headline=describe(lock, evidence),
        explanation="The server refuses every write without this lock's token.",
        retry=retry_for(evidence),
        evidence=(*(quotes.answer(evidence) if refused else ()), *quotes.locks(evidence)),
        facts=lock_facts(lock),
        remedies=ways_past(lock, evidence),
    )


def _on_destination(there: Evidence) -> Match | None:
    """Matches a lock on the Destination of a COPY or MOVE; ``there`` is the evidence about that resource."""
    locks = [lock for lock in foreign_locks(there) if lock.token is not None]
    if not locks:
        return None
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"Your {there.method} writes to a destination that is locked",
        explanation=f"{describe(locks[0], there)}. {who_says(locks[0].lock)}",
        retry=retry_for(there),
        evidence=(*quotes.answer(there), *quotes.request_header(there, "Destination"), *quotes.locks(there)),
        facts=lock_facts(locks[0]),
        remedies=ways_past(locks[0], there),
    )
