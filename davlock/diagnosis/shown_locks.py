"""Which locks a result shows, and in which order."""

from dataclasses import replace

from davlock.diagnosis.diagnosis import Diagnosis
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.locks.observed import Observation, ObservedLock
from davlock.protocol.lock import Depth
from davlock.protocol.url import same_path


def locks_to_show(diagnosis: Diagnosis) -> tuple[ObservedLock, ...] | None:
    """Returns the locks of a listing, else those that bear on the verdict; ``None`` where none could be read."""
    evidence = diagnosis.evidence
    shown: tuple[ObservedLock, ...] | None = None
    if diagnosis.listed is not None:
        shown = tuple(_at_its_root(row) for row in diagnosis.listed)
    elif isinstance(evidence.locks, Known):
        shown = diagnosis.locks
    return _granted_first(shown, evidence)


def granted_lock(evidence: Evidence) -> ObservedLock | None:
    """Returns the lock that the request under question was granted, as its own answer describes it."""
    granted = evidence.granted
    if granted is None or granted.token is None:
        return None
    root = granted.root.url if granted.root else None
    return ObservedLock(
        lock=granted,
        url=evidence.target,
        root=root,
        direct=None if root is None else same_path(root, evidence.target),
        mine=True,
        held=True,
        observation=Observation(exchange=evidence.subject or 0),
    )


def _at_its_root(row: ObservedLock) -> ObservedLock:
    """A listed lock with its root: one of depth 0 is shown nowhere but there."""
    root = row.lock.root.url if row.lock.root else None
    if root is None and row.lock.depth is Depth.ZERO:
        root = row.url
    return replace(row, root=root, direct=None if root is None else same_path(root, row.url))


def _granted_first(locks: tuple[ObservedLock, ...] | None, evidence: Evidence) -> tuple[ObservedLock, ...] | None:
    """The lock just taken stands first, with its token, even where the server does not show it again."""
    granted = granted_lock(evidence)
    if granted is None:
        return locks
    shown = [entry for entry in locks or () if entry.token == granted.token]
    dead = isinstance(evidence.token_alive, Known) and not evidence.token_alive.value
    if not shown and not dead and not any(entry.token is not None for entry in locks or ()):
        shown = [granted]
    if not shown:
        return locks
    others = [entry for entry in locks or () if entry.token != granted.token]
    # Where tokens are hidden, one of the locks shown is the one just taken.
    hidden = next((entry for entry in others if entry.token is None and entry.lock.scope == granted.lock.scope), None)
    return (*shown, *(entry for entry in others if entry is not hidden))
