"""the server keeps locks in memory, so a restart releases them.

What happened: a lock is in the way that only its holder can release, because its token is hidden, works for nobody
else, or the lock has no end. Go's WebDAV (rclone), webdav-server, Tomcat, IIS and others keep locks in memory.

How sure we are: likely. This product is known for it, but a program built on it can keep its locks elsewhere.

What to do: wait or ask first. A restart ends everybody's locks, and people who still write lose their protection
without notice.

How to confirm: after the restart, the same request succeeds.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.predicates.locks import foreign_locks, locks_hidden, own_locks_then
from davlock.diagnosis.predicates.refusal import locks_in_question, refused_as_locked
from davlock.diagnosis.rule import Match, Role, rfc4918, rule
from davlock.diagnosis.wording import is_overdue, never_ends
from davlock.locks.observed import ObservedLock
from davlock.servers.profile import Store


@rule(
    id="lock-store-in-memory",
    severity=Severity.NOTICE,
    role=Role.NOTE,
    retry=(RetryVerdict.NOT_NEEDED,),
    see=(rfc4918("6.6"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a store in memory and a foreign lock that the person has no other way to release."""
    server = evidence.server
    if server is None or server.store is not Store.MEMORY or not locks_in_question(evidence):
        return None
    stuck = [lock for lock in foreign_locks(evidence) if _is_stuck(lock, evidence)]
    hidden = locks_hidden(evidence)
    if stuck:
        seen: tuple[Quote, ...] = (quotes.lock(stuck[0]),)
    elif hidden is not None and refused_as_locked(evidence) and not own_locks_then(evidence) and not evidence.held:
        seen = (*quotes.answer(evidence), Quote("lockdiscovery", hidden.reason, hidden.exchange))
    else:
        return None
    return Match(
        certainty=Certainty.LIKELY,
        headline="The server keeps locks in memory, so a restart releases all of them",
        explanation=f"{server.title} is known for this. A restart is the last resort: everybody loses their locks.",
        retry=NOT_NEEDED,
        evidence=seen,
        facts=(("product", server.name),),
    )


def _is_stuck(covering: ObservedLock, evidence: Evidence) -> bool:
    timeout = covering.lock.timeout
    usable = covering.token is not None and evidence.server is not None and evidence.server.foreign_token_works
    return not usable or never_ends(timeout, evidence) or is_overdue(timeout)
