"""What a walk found, and how it ended."""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Fact, Known
from davlock.diagnosis.member_locks import observed_members
from davlock.diagnosis.resource import MemberLocks
from davlock.diagnosis.skipped import Skipped
from davlock.diagnosis.walk_end import WalkEnd
from davlock.locks.observed import ObservedLock
from davlock.operations.walk.shard import ShardReport
from davlock.protocol.message import Exchange
from davlock.protocol.url import same_path
from davlock.values import dataclass

UNSEEN = "davlock did not look at all of its members"


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """What a walk found. ``locks`` is ``None`` where the server does not disclose them: never the same as none."""

    target: str
    evidence: Evidence
    """Of the first look at the target, which tells the product; and of how the walk ended, where it was cut short."""
    locks: tuple[ObservedLock, ...] | None = None
    collections: int = 0
    """That were read."""
    resources: int = 0
    skipped: tuple[Skipped, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    """The first of them."""
    ended: Exchange | None = None
    """The exchange that ended the walk before its time: no answer, no login, or too many requests."""
    unread: int = 0
    """Collections that were not read, although they may hold locks."""
    suspected: str = ""
    """The first collection that was not read because it looks like a loop without an end."""
    ok: bool = True
    """True if the target itself could be read."""
    shard: ShardReport | None = None
    """The part of the tree that was walked; ``None`` for all of it."""

    @property
    def member_locks(self) -> Fact[MemberLocks]:
        """The locks below the target itself, for its verdict."""
        evidence = self.evidence
        if self.locks is None:
            return evidence.member_locks
        last = len(evidence.exchanges) - 1
        below = ((lock.url, lock.lock) for lock in self.locks if not same_path(lock.url, self.target))
        whole = self.end is None and self.ended is None and not self.unread and self.shard is None
        locks = observed_members(below, evidence, exchange=last)
        return Known(MemberLocks(locks=locks, unseen="" if whole else UNSEEN), last)

    @property
    def end(self) -> WalkEnd | None:
        """How a bound or a redirect cut the walk short; ``None`` where neither did."""
        return self.evidence.walk
