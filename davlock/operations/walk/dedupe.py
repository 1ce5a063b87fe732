"""One lock, shown many times: most servers repeat a lock of depth infinity on every member of its collection.

What makes two sightings one lock is the token and the lock root. A token alone does not: Go's are numbers that count
from the clock, and one that was told for several resources of depth 0 would be several locks.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from davlock.locks.observed import ObservedLock
from davlock.protocol.lock import Depth
from davlock.protocol.url import at_origin, names_of
from davlock.protocol.write_scope import inside
from davlock.values import dataclass

Names = tuple[bytes, ...]


def merge(
    rows: Iterable[ObservedLock], target: str, settled: Mapping[str, str] | None = None
) -> tuple[ObservedLock, ...]:
    """The locks in ``rows``, sorted by their roots. ``target`` and ``settled`` as in :class:`Deduplicator`."""
    merger = Deduplicator(target)
    merger.settled.update(settled or {})
    for row in rows:
        merger.add(row)
    return merger.found


@dataclass(slots=True)
class _Rootless:
    """A lock of depth infinity that has no lockroot: its root is the topmost resource that shows it, if that is above
    all others that do.
    """

    top: ObservedLock
    top_names: Names
    common: Names


class Deduplicator:
    """Takes sightings one by one, so that a lock can be told when it is first seen.

    ``target`` is the collection that was asked on. Memory grows with the locks, not with the sightings.
    """

    def __init__(self, target: str) -> None:
        self.settled: dict[str, str] = {}
        """The roots of locks that are shown on the target and have no lockroot, by token, from requests above the
        target told them.
        """
        self._target = target
        self._above = names_of(target)
        self._rooted: dict[object, ObservedLock] = {}
        self._rootless: dict[object, _Rootless] = {}

    def add(self, row: ObservedLock) -> ObservedLock | None:
        """The lock, or ``None`` where it is known already."""
        lock = row.lock
        token = lock.token.uri if lock.token else None
        root = self._root(row)
        if root is None and token is not None:
            return self._add_rootless(row, token)
        names = names_of(root or row.url)
        identity = (lock.owner.xml if lock.owner else "", lock.scope) if token is None else None
        key = (token, names, identity)
        known = self._rooted.get(key)
        if known is not None:
            # The row nearest to the root speaks for the lock, whichever came first.
            if len(names_of(row.url)) < len(names_of(known.url)):
                self._rooted[key] = replace(known, lock=lock, url=row.url, observation=row.observation)
            return None
        below = None if root is None else inside(self._target, root)
        observed = ObservedLock(lock=lock, url=row.url, root=root, inside=below, observation=row.observation)
        self._rooted[key] = observed
        return observed

    def _root(self, row: ObservedLock) -> str | None:
        if row.lock.depth is Depth.ZERO:
            return row.url  # shown nowhere but at its root, which nginx writes so that "%25" in it has two meanings
        if row.lock.root is not None:
            return at_origin(self._target, row.lock.root.url)
        return self.settled.get(row.lock.token.uri) if row.lock.token is not None else None

    def _add_rootless(self, row: ObservedLock, token: str) -> ObservedLock | None:
        names = names_of(row.url)
        if row.lock.token is not None and row.lock.token.is_uri:
            known = self._rootless.get(token)
            key: object = token
        else:  # it need not be unique: one lock only where one resource is above the other
            prefixes = (names[:length] for length in range(len(names) + 1))
            key, known = next(
                (
                    ((token, prefix), self._rootless[token, prefix])
                    for prefix in prefixes
                    if (token, prefix) in self._rootless
                ),
                ((token, names), None),
            )
        if known is None:
            observed = ObservedLock(lock=row.lock, url=row.url, root=None, inside=None, observation=row.observation)
            self._rootless[key] = _Rootless(observed, names, names)
            return self._judged(self._rootless[key])
        if len(names) < len(known.top_names):
            known.top, known.top_names = (
                replace(known.top, lock=row.lock, url=row.url, observation=row.observation),
                names,
            )
        known.common = _common(known.common, names)
        return None

    def _judged(self, entry: _Rootless) -> ObservedLock:
        """Below the target, what is above would have shown the lock if its root were further up."""
        below = len(entry.top_names) > len(self._above) and inside(self._target, entry.top.url)
        sure = below and entry.common == entry.top_names
        return replace(entry.top, root=entry.top.url if sure else None, inside=True if sure else None)

    @property
    def found(self) -> tuple[ObservedLock, ...]:
        """Every lock so far, sorted by root."""
        rootless = (self._judged(entry) for entry in self._rootless.values())
        return tuple(sorted((*self._rooted.values(), *rootless), key=lambda found: names_of(found.root or found.url)))


def _common(first: Names, second: Names) -> Names:
    shared = 0
    for mine, theirs in zip(first, second, strict=False):
        if mine != theirs:
            break
        shared += 1
    return first[:shared]
