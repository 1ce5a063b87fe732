"""How old a lock is, and how that is known.

RFC 4918 has no time of creation, and a refresh keeps the token. There are other sources: a property of the
vendor, davlock's memory of its own locks, the time in a version 1 UUID, and a countdown that davlock saw from its
beginning. All of it but the memory goes by the server's Date.
"""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import Enum

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Certainty
from davlock.late_pattern import late_pattern
from davlock.locks.server_record import SVN_DATE, SVN_USER, ServerRecord, server_record
from davlock.protocol.lock import ActiveLock, LockToken
from davlock.values import dataclass

LEEWAY = 60.0
"""Seconds by which a lock may lie in the future of the answer: two machines of one server need not agree."""

# RFC 9562 §5.1: version 1, variant 10; a 60-bit count of 100 ns since the Gregorian reform.
_UUID1 = late_pattern(
    r"(?<![0-9a-f])([0-9a-f]{8})-([0-9a-f]{4})-1([0-9a-f]{3})-[89ab][0-9a-f]{3}-[0-9a-f]{12}(?![0-9a-f])", re.I
)
_GREGORIAN = datetime(1582, 10, 15, tzinfo=UTC)

_FIRST_LOCKS = datetime(1999, 2, 1, tzinfo=UTC)
"""RFC 2518. Digits that only look like a version 1 UUID mostly name a time before it, or one to come."""


class AgeSource(Enum):
    """The word of the JSON contract."""

    LOCK_TIME = "nc:lock-time"
    """Since it was taken: Nextcloud's files_lock says so."""
    SVN_DATE = SVN_DATE
    """Since it was taken or last renewed: mod_dav_svn says so in a header field."""
    LEDGER = "ledger"
    """Since davlock took it."""
    UUID1 = "uuid1"
    """Since its token was made: the time inside a version 1 UUID."""
    COUNTDOWN = "countdown"
    """Since it was last refreshed: the time granted less the time that remains."""


@dataclass(frozen=True, slots=True)
class Age:
    """Whole seconds, up to the answer that showed the lock."""

    seconds: int
    source: AgeSource
    certainty: Certainty
    idle: int | None = None
    """Since the last refresh that is known of; ``None`` where the lock may have been refreshed since any time."""

    @property
    def since_refresh(self) -> bool:
        """Returns true if it is the time since the last refresh; otherwise the lock may have been refreshed since."""
        return self.source is AgeSource.COUNTDOWN


def age(lock: ActiveLock, evidence: Evidence, exchange: int) -> Age | None:
    """The age of ``lock`` as ``exchange`` showed it, from the best source that there is."""
    said = age_at(lock, evidence, evidence.answered_at(exchange))
    if said is not None and said.source is not AgeSource.COUNTDOWN:
        return said
    return _by_countdown(lock, evidence, exchange) or said


def age_at(lock: ActiveLock, evidence: Evidence, now: datetime | None) -> Age | None:
    """What the lock itself tells of its age, at ``now`` by the server's clock; ``evidence`` says whose server it is."""
    said = age_by_record(server_record(lock), now)
    if said is None and lock.token is not None:
        said = _by_memory(lock.token, evidence) or _by_token(lock.token, now)
    return said or _by_fixed_grant(lock, evidence)


def age_by_record(record: ServerRecord, now: datetime | None) -> Age | None:
    """Returns the age by the time that the server itself recorded, up to ``now`` by its clock."""
    if record.taken is None:
        return None
    source = AgeSource.SVN_DATE if record.named_in == SVN_USER else AgeSource.LOCK_TIME
    said = _since(record.taken, now, source, Certainty.CERTAIN)
    return replace(said, idle=said.seconds) if said is not None and record.renewed is not None else said


def _by_memory(token: LockToken, evidence: Evidence) -> Age | None:
    """Of what was taken in these exchanges, the answers tell."""
    known = next((own for own in evidence.own if own.token == token.uri), None)
    if known is None:
        return None
    taken, renewed = round(max(known.taken, 0)), round(max(known.renewed, 0))
    return Age(taken, AgeSource.LEDGER, Certainty.CERTAIN, idle=renewed)


def _by_token(token: LockToken, now: datetime | None) -> Age | None:
    match = _UUID1.search(token.uri)
    if match is None:
        return None
    ticks = int(match[3] + match[2] + match[1], 16)
    return _since(_GREGORIAN + timedelta(microseconds=ticks // 10), now, AgeSource.UUID1, Certainty.LIKELY)


def _since(moment: datetime, now: datetime | None, source: AgeSource, certainty: Certainty) -> Age | None:
    if now is None or moment < _FIRST_LOCKS:
        return None
    seconds = (now - moment).total_seconds()
    return Age(round(max(seconds, 0)), source, certainty) if seconds > -LEEWAY else None


def _by_countdown(lock: ActiveLock, evidence: Evidence, exchange: int) -> Age | None:
    """Only where the server is known to count down, and the grant or refresh itself was seen."""
    remaining = lock.timeout.seconds if lock.timeout else None
    counts = evidence.server is not None and evidence.server.counts_down is True
    if not counts or remaining is None or lock.token is None:
        return None
    grants = [
        entry.lock.timeout.seconds
        for entry in evidence.grants
        if entry.token == lock.token.uri and entry.exchange < exchange and entry.lock.timeout is not None
    ]
    granted = grants[-1] if grants else None
    if granted is None or granted < remaining:
        return None  # endless until then, or refreshed by somebody else since
    return _counted(granted, remaining)


def _by_fixed_grant(lock: ActiveLock, evidence: Evidence) -> Age | None:
    """Where every lock is granted the same time, its beginning need not have been seen."""
    server = evidence.server
    remaining = lock.timeout.seconds if lock.timeout else None
    if server is None or server.counts_down is not True or server.always_grants is None or remaining is None:
        return None
    return _counted(server.always_grants, remaining) if 0 <= remaining <= server.always_grants else None


def _counted(granted: float, remaining: float) -> Age:
    seconds = round(granted - remaining)
    return Age(seconds, AgeSource.COUNTDOWN, Certainty.LIKELY, idle=seconds)
