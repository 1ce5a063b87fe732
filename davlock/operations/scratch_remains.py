"""Locks that keep a scratch collection from being removed, in words."""

from davlock.diagnosis.wording import seconds_in_words
from davlock.locks.holder_words import holder_words
from davlock.locks.observed import ObservedLock
from davlock.protocol.lock import LockToken
from davlock.protocol.url import at_origin
from davlock.protocol.write_scope import inside

MOST_NAMED = 3
"""Locks that are named; of more, the number follows."""


class StandingLocks:
    """Remembers locks that the removal found and did not release."""

    def __init__(self) -> None:
        self._locks: dict[tuple[str, str | None], tuple[ObservedLock, str]] = {}

    def note(self, entry: ObservedLock, answer: str = "") -> None:
        """Remember a lock. ``answer`` is the status of the UNLOCK that failed; empty if none was sent."""
        self._locks[entry.root or entry.url, entry.token] = entry, answer

    def forget(self, token: LockToken) -> None:
        """Forget a lock that was released."""
        for key in [key for key in self._locks if key[1] == token.uri]:
            del self._locks[key]

    def words(self, collection: str) -> str:
        """Returns who holds which lock, as sentences; empty if no lock is known."""
        named = [_sentence(entry, answer, collection) for entry, answer in list(self._locks.values())[:MOST_NAMED]]
        if unnamed := len(self._locks) - len(named):
            named.append(f"{unnamed} more locks are there.")
        return " ".join(named)


def _sentence(entry: ObservedLock, answer: str, collection: str) -> str:
    lock = entry.lock
    where = at_origin(collection, entry.root or entry.url)
    place = where.removeprefix(collection) or "the collection" if where.startswith(collection) else where
    left = lock.timeout.seconds if lock.timeout is not None and not lock.timeout.infinite else None
    ends = f" (timeout {seconds_in_words(left)})" if left else " (without an end)" if lock.timeout is not None else ""
    line = f"{place} is locked by {holder_words(lock).name}{ends}"
    if answer:
        return f"{line}, and the server refused UNLOCK ({answer})."
    if lock.token is None:
        return f"{line}, and the server hides the token."
    if not inside(collection, where):
        return f"{line}; davlock releases only locks in its own collection."
    return f"{line}."
