"""Compare the lock that a LOCK brought with the lock that was asked for."""

from collections.abc import Iterator

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.predicates.lockinfo import asked_scope
from davlock.diagnosis.predicates.locks import locks_read_since
from davlock.diagnosis.wording import has_no_end, is_over, is_overdue, tells_no_time
from davlock.protocol.lock import ActiveLock, Depth, LockScope
from davlock.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantDifference:
    """One thing about the lock that is not as asked. ``asked`` and ``given`` are phrases."""

    asked: str
    given: str
    source: str
    """What says so: the answer to LOCK, or the lock as it was read back."""
    exchange: int | None
    less: bool
    """True if the lock protects less than was asked for, so that the LOCK has failed."""


def differences(evidence: Evidence) -> tuple[GrantDifference, ...]:
    """What about a new lock is not as asked, by the answer to LOCK and by the lock as it was read back."""
    granted = evidence.granted
    if granted is None or evidence.is_refresh:
        return ()
    entries = list(_of(evidence, granted, "LOCK answer", evidence.subject))
    shown = _shown(evidence, granted)
    if shown is not None and isinstance(evidence.locks, Known):
        given = {entry.given for entry in entries}
        read = _of(evidence, shown, "lockdiscovery", evidence.locks.exchange)
        entries += [entry for entry in read if entry.given not in given]
    return tuple(entries)


def _of(evidence: Evidence, lock: ActiveLock, source: str, exchange: int | None) -> Iterator[GrantDifference]:
    asked_depth, scope = evidence.headers.get("Depth"), asked_scope(evidence)

    def difference(asked: str, given: str, *, less: bool) -> GrantDifference:
        return GrantDifference(asked=asked, given=given, source=source, exchange=exchange, less=less)

    if evidence.depth is Depth.INFINITY and asked_depth is not None and lock.depth is Depth.ZERO:
        yield difference("Depth infinity", "depth 0", less=True)
    # Nextcloud's fake locks claim depth infinity, and are not there at all.
    if asked_depth == "0" and lock.depth is Depth.INFINITY and _is_shown(evidence, lock):
        yield difference("Depth 0", "depth infinity", less=False)
    if scope is LockScope.SHARED and lock.scope is LockScope.EXCLUSIVE:
        yield difference("a shared lock", "an exclusive lock", less=False)
    if scope is LockScope.EXCLUSIVE and lock.scope is LockScope.SHARED:
        yield difference("an exclusive lock", "a shared lock", less=True)
    if is_overdue(lock.timeout) and not has_no_end(lock, evidence) and not tells_no_time(evidence):
        given = "a lock whose time is over" if is_over(lock.timeout, evidence) else "a time below zero"
        yield difference("a lock that lasts", given, less=True)


def _shown(evidence: Evidence, granted: ActiveLock) -> ActiveLock | None:
    """The lock as it was read back after the LOCK."""
    if granted.token is None or not locks_read_since(evidence):
        return None
    return next((entry.lock for entry in evidence.covering if entry.lock.token == granted.token), None)


def _is_shown(evidence: Evidence, lock: ActiveLock) -> bool:
    return any(covering.lock.token == lock.token for covering in evidence.covering)
