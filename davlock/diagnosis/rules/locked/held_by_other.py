"""an active lock that is not ours covers the URL.

What happened: someone holds a lock on it, and every write without that lock's token is refused with 423.

How sure we are: certain. lockdiscovery shows the lock. Its owner is what the client that took it wrote about itself:
a claim, no identity; and "not yours" means that davlock was not given its token.

What to do: ask the holder, or wait until the lock ends. If it is yours after all (another program of yours took it),
submit its token. Releasing somebody's live lock can cost them their work.

How to confirm: `davlock locks URL` shows it, or no longer does.
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
    """A covering lock whose token is not held and is shown."""
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
        explanation=f"Every write without this lock's token is refused. {who_says(lock.lock)}",
        retry=retry_for(evidence),
        evidence=(*(quotes.answer(evidence) if refused else ()), *quotes.locks(evidence)),
        facts=lock_facts(lock),
        remedies=ways_past(lock, evidence),
    )


def _on_destination(there: Evidence) -> Match | None:
    """The same of the Destination."""
    locks = [lock for lock in foreign_locks(there) if lock.token is not None]
    if not locks:
        return None
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"The destination is locked: {describe(locks[0], there)}",
        explanation=f"{there.method} writes to {there.target} as well. {who_says(locks[0].lock)}",
        retry=retry_for(there),
        evidence=(*quotes.answer(there), *quotes.request_header(there, "Destination"), *quotes.locks(there)),
        facts=lock_facts(locks[0]),
        remedies=ways_past(locks[0], there),
    )
