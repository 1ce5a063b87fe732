"""The locks that a walk finds: each once, of its own shard, and told as they are found."""

from collections.abc import Callable, Iterable

from davlock.diagnosis.evidence import Evidence
from davlock.locks.observed import ObservedLock
from davlock.operations.walk.dedupe import Deduplicator
from davlock.operations.walk.shard import Division
from davlock.protocol.held_bytes import held_by_address, held_by_lock

Emit = Callable[[tuple[ObservedLock, ...], Evidence], object]
Progress = Callable[[int, int], object]


class FoundLocks:
    """Takes what resources show, below ``start``. ``division`` says which locks are this shard's; ``None``: all.

    ``hold`` gets the bytes of memory that new locks take, when these are emitted; it may raise.
    """

    def __init__(
        self,
        start: str,
        *,
        division: Division | None = None,
        emit: Emit | None,
        progress: Progress | None,
        hold: Callable[[int], object],
    ) -> None:
        self.division = division
        self.merger = Deduplicator(start)
        self.seen = 0
        """Locks that were seen, also those of other shards."""
        self.number = 0
        """Locks of this shard."""
        self._emit = emit
        self._progress = progress
        self._hold = hold

    def begin_at(self, start: str, division: Division | None) -> None:
        """Nothing was found before, and the walk begins here."""
        self.merger, self.division = Deduplicator(start), division

    def take(self, rows: list[ObservedLock], evidence: Evidence, collections: int) -> None:
        """What one resource or more show; ``collections`` were read so far."""
        seen = [observed for row in rows if (observed := self.merger.add(row)) is not None]
        self.seen += len(seen)
        if new := self._own(seen):
            self.number += len(new)
            if self._emit is not None:
                self._emit(new, evidence)
            self.tell(collections)
        if seen:
            self._hold(sum(held_by_lock(observed.lock) + held_by_address(observed.url) for observed in seen))

    def tell(self, collections: int) -> None:
        """Tell how far the walk has come."""
        if self._progress is not None:
            self._progress(collections, self.number)

    @property
    def all(self) -> tuple[ObservedLock, ...]:
        """Every lock so far, sorted by root."""
        return self._own(self.merger.found)

    def _own(self, seen: Iterable[ObservedLock]) -> tuple[ObservedLock, ...]:
        return tuple(lock for lock in seen if self.division is None or self.division.has(lock.url))
