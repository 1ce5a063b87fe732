"""Where a lock was taken, by all that a run of exchanges shows of it, and what one answer says of the locks there."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from davlock.diagnosis.fact import Fact, Known, NotAsked, Unreadable
from davlock.diagnosis.resource import ResourceView
from davlock.locks.observed import ObservedLock
from davlock.protocol.lock import ActiveLock, Depth
from davlock.protocol.url import is_ancestor, is_path_above, same_path, same_resource

Above = Mapping[str, Fact[tuple[ActiveLock, ...]]]
"""The collections above a target and what each told of its locks."""


def lock_root(
    lock: ActiveLock, seen_on: str, *, collections: tuple[str, ...], taken: Iterable[ObservedLock], above: Above
) -> str | None:
    """Returns where the lock was taken: by its lockroot, by the LOCK that took it, or by where its token is shown.

    ``collections`` are those above the target, nearest first; ``above`` is what they told.
    """
    root = lock.root.url if lock.root else None
    if root is not None and seen_on and not same_path(root, seen_on) and not is_path_above(root, seen_on):
        root = None  # behind a proxy that rewrites paths, or not escaped: it cannot be where this lock was taken
    return root or _taken_root(lock, taken) or _walked_root(lock, seen_on, collections, above) or None


def _taken_root(lock: ActiveLock, taken: Iterable[ObservedLock]) -> str | None:
    """Where a lock of ours was taken: RFC 4918 §9.10.1 makes the URL of that LOCK its root."""
    return next((entry.url for entry in taken if lock.token and entry.lock.token == lock.token), None)


def _walked_root(lock: ActiveLock, seen_on: str, collections: tuple[str, ...], above: Above) -> str | None:
    """Where a lock without a lockroot was taken: the topmost resource that shows its token (Apache never sends one)."""
    if lock.depth is Depth.ZERO:
        return seen_on
    if lock.token is None:
        return None
    root = seen_on
    for url in collections:
        if not is_ancestor(url, root):
            continue
        fact = above.get(url)
        if not isinstance(fact, Known):
            return None
        if not any(entry.token == lock.token for entry in fact.value):
            return root
        root = url
    return root


def is_of_further_up(covering: ObservedLock, collections: tuple[str, ...]) -> bool:
    """Whether it is a lock of depth 0 on a collection above the parent, which nginx shows one level too deep."""
    root = covering.root
    parent = collections[0] if collections else ""
    return covering.lock.depth is Depth.ZERO and root is not None and is_path_above(root, parent)


def outlasting(
    removed: str,
    told: Fact[tuple[ActiveLock, ...]],
    seen_on: str,
    covering: Callable[[ActiveLock, str, int], ObservedLock],
) -> Fact[tuple[ActiveLock, ...]]:
    """Returns ``told`` without the locks taken at ``removed`` or below: they end with what was deleted or moved away
    (RFC 4918 §9.6 and §7.7). A lock from further up lasts.
    """

    def is_removed(url: str) -> bool:
        return same_resource(removed, url) or is_ancestor(removed, url)

    if not isinstance(told, Known) or not is_removed(seen_on):
        return told
    roots = [(lock, covering(lock, seen_on, told.exchange).root) for lock in told.value]
    return Known(tuple(lock for lock, root in roots if root is not None and not is_removed(root)), told.exchange)


def lock_fact(seen: ResourceView, index: int, *, by_name: bool) -> Fact[tuple[ActiveLock, ...]]:
    if seen.locks is not None:
        return Known(tuple(replace(lock, vendor=lock.vendor + seen.vendor) for lock in seen.locks), index)
    if not by_name and seen.locks_why == "lockdiscovery is not in the answer":
        return NotAsked("lockdiscovery was not asked for by name, and allprop may leave it out")
    return Unreadable(seen.locks_why, index, seen.left_out and by_name)


def told_of_locks(own: Fact[tuple[ActiveLock, ...]]) -> bool:
    """Whether the resource itself told of its locks, if only by leaving the property out: no listing says more."""
    return isinstance(own, Known) or (isinstance(own, Unreadable) and own.left_out)
