"""Parts of a tree for several davlocks: which collections and locks are in a part, by a stable hash of their paths.

Every shard reads the upper collections, until there are so many ways down that the parts become alike. From there on it
follows only the collections whose hash is its own. The ways down to a collection are the product of the numbers of
members on the path to it, so a narrow path is followed further down, and a wide collection is divided at once.

A lock belongs to the shard of the resource that shows it first. Every shard sees a lock of an upper collection at that
collection, and all others see a lock in a part only if they read the part. So each lock has exactly one shard.
"""

from hashlib import blake2b
from urllib.parse import quote_from_bytes

from davlock.diagnosis.skipped import Skipped
from davlock.operations.budget import Budget
from davlock.operations.walk.cycles import key
from davlock.operations.walk.dedupe import Names
from davlock.operations.walk.strategy import CollectionAnswer
from davlock.protocol.url import names_of
from davlock.values import dataclass

WAYS = 1024
"""Ways down to a collection from which its members are divided. With fewer, parts could differ much in size."""

WAYS_EACH = 16
"""The same for each shard, if there are many shards."""


@dataclass(frozen=True, slots=True)
class Shard:
    """Part ``number`` of ``count``; the first is 1."""

    number: int
    count: int

    def has(self, names: Names) -> bool:
        """Returns true if the path ``names`` below the start is in this part."""
        return path_hash(names) % self.count == self.number - 1

    @property
    def notes(self) -> tuple[Skipped, ...]:
        """What a person must know who sees only this part."""
        return (Skipped("tree", f"this is part {self.number} of {self.count}"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardReport:
    """What a shard did of a tree."""

    shard: Shard
    shared: int
    """Collections that every shard reads."""
    division: str
    """The same in all shards if they divided the same tree in the same way."""


def path_hash(names: Names) -> int:
    """64 bits that are the same on every machine: of the escaped path, without slashes at its ends."""
    path = "/".join(quote_from_bytes(name, safe="") for name in names)
    return int.from_bytes(blake2b(path.encode(), digest_size=8).digest(), "big")


class Division:
    """How one walk from ``start`` divides its tree. Used by the thread that takes the answers."""

    def __init__(self, shard: Shard, start: str, budget: Budget) -> None:
        self._shard = shard
        self._base = len(names_of(start))
        self._budget = budget
        self._least = max(WAYS, WAYS_EACH * shard.count)
        self._ways = {key(names_of(start)): 1}
        """Of each upper collection, by the key of its names."""
        self._shared = 0
        self._divided = 0

    def has(self, url: str) -> bool:
        """Returns true if this shard lists what ``url`` shows first."""
        names = names_of(url)
        in_a_part = len(names) > self._base and key(names[:-1]) not in self._ways
        return in_a_part or self._shard.has(names[self._base :])

    def is_upper(self, url: str) -> bool:
        """Returns true if every shard reads the collection ``url``."""
        return key(names_of(url)) in self._ways

    def may_wait(self, url: str) -> bool:
        """Like ``Budget.reserve``, for a member of an upper collection: no place for what may be left to others."""
        return not self.has(url) or self._budget.reserve(url)

    def settle(self, answer: CollectionAnswer) -> None:
        """Keep only this shard's collections of an upper collection, if it is divided; otherwise, pass all on."""
        ways = self._ways.get(key(names_of(answer.url)))
        if ways is None:
            return
        self._shared += 1
        ways *= max(1, len(answer.below) + answer.crowded)
        if ways >= self._least:
            answer.below = [url for url in answer.below if self.has(url)]
            self._divided += path_hash(names_of(answer.url)[self._base :])
            return
        waiting = [url for url in answer.below if self.has(url) or self._budget.reserve(url)]
        answer.crowded += len(answer.below) - len(waiting)
        answer.below = waiting
        self._ways.update((key(names_of(url)), ways) for url in waiting)

    def redirect(self, url: str, where: str) -> None:
        """An upper collection ``url`` is at ``where``."""
        if (ways := self._ways.get(key(names_of(url)))) is not None:
            self._ways[key(names_of(where))] = ways

    @property
    def report(self) -> ShardReport:
        """What this shard did."""
        return ShardReport(shard=self._shard, shared=self._shared, division=f"{self._divided % 2**64:016x}")
