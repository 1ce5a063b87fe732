"""Wait until a lock is gone: what keeps us, and when to ask again.

The server's own advice comes first (Retry-After, a RateLimit that is used up), then the time that the lock has left
where the server is known to count down, else growing pauses with chance in them, so that many who wait do not all ask
at once. Never beyond the deadline.
"""

import contextlib
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from enum import Enum

from davlock.diagnosis.fact import Unreadable
from davlock.diagnosis.finding import Verdict
from davlock.diagnosis.lock_verdict import lock_verdict
from davlock.diagnosis.resource import OwnLock
from davlock.diagnosis.skipped import Skipped
from davlock.errors import DavlockError
from davlock.ledger import Entry, Holder, Ledger, State
from davlock.operations import investigate, locking
from davlock.operations.hindrance import Hindrance, HindranceKind, OwnHold, hindrance
from davlock.operations.locking import LockRequest
from davlock.operations.neighbours import look_around
from davlock.operations.own_lock import granted_token
from davlock.operations.probe import Probe, ProbeResult
from davlock.operations.release import release
from davlock.operations.results import Achieved
from davlock.protocol.requests import options
from davlock.protocol.url import without_credentials
from davlock.servers import PROFILES
from davlock.servers.profile import Profile
from davlock.transport.base import Send
from davlock.values import dataclass

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 10.0

FAULTS = 5
"""Answers such as 500, one after the other, after which waiting for ever ends: it is no fault of the moment."""

MARGIN = 1.0
"""Seconds after the deadline that an answer may still take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Told once for each thing that is waited for."""

    url: str
    words: str
    report: ProbeResult


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitPolicy:
    """How long to wait, and by which clock: ``deadline`` is a moment of ``now``, infinity means for ever. ``jitter``
    gives a number from 0 to 1.
    """

    deadline: float = math.inf
    sleep: Callable[[float], None]
    now: Callable[[], float]
    jitter: Callable[[], float]
    once: bool = False
    """Try once, however long that takes."""
    announce: Callable[[Waiting], None]


class WaitEnding(Enum):
    """How waiting ended."""

    DONE = "done"
    LATE = "late"
    """A lock still kept us when the time was over, or was granted so late that it was released again."""
    STOPPED = "stopped"
    """Something stands in the way that no waiting mends, or nobody can tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited:
    """How it ended, the last look or try, and when that was begun by the clock of the patience."""

    ending: WaitEnding
    report: ProbeResult
    begun: float


def free(
    send: Send,
    url: str,
    patience: WaitPolicy,
    *,
    own: Callable[[], tuple[OwnLock, ...]] = tuple,
    method: str = "PUT",
    profiles: tuple[Profile, ...] = PROFILES,
) -> Waited:
    """Wait until no lock keeps the person, who holds ``own``, from sending ``method``. Reads only."""

    shown = False

    def look() -> ProbeResult:
        nonlocal shown
        probe = Probe(send, url, own=own(), profiles=profiles)
        probe.intended = method
        investigate.read_state(probe)
        investigate.read_vendor_locks(probe)
        look_around(probe, clock=patience.now, methods=(method,))
        evidence = probe.evidence(inquiry=True)
        if (
            isinstance(evidence.locks, Unreadable)
            and evidence.server is None
            and evidence.subject is None
            and not shown
        ):
            probe.read(options(probe.target))  # a product that never shows its locks is known by it
            evidence = probe.evidence(inquiry=True)
        shown = shown or bool(evidence.covering)
        if shown and isinstance(evidence.locks, Unreadable) and evidence.locks.left_out:
            probe.skip("locks", "the server showed the lock while it lasted, and now shows none")
        return probe.report(evidence)

    def is_free(report: ProbeResult) -> bool:
        evidence = report.evidence
        if evidence.subject is not None:
            return False
        met = lock_verdict(evidence).of(method)
        if met.verdict is Verdict.CLEAR or met.only_own:
            return True
        return shown and isinstance(evidence.locks, Unreadable) and evidence.locks.left_out

    return _until(is_free, look, url, patience)


def acquire(
    send: Send,
    url: str,
    wish: LockRequest,
    patience: WaitPolicy,
    *,
    ledger: Ledger,
    profiles: tuple[Profile, ...] = PROFILES,
) -> Waited:
    """Try LOCK until it is granted."""

    def attempt() -> ProbeResult:
        return locking.lock(send, url, wish, ledger=ledger, profiles=profiles)

    def is_granted(report: ProbeResult) -> bool:
        return report.achieved is Achieved.YES

    def mine() -> dict[str, OwnHold]:
        return {entry.token: _whose(entry, ledger, url) for entry in ledger.covering(url) if entry.token is not None}

    waited = _until(is_granted, attempt, url, patience, mine=mine)
    if waited.ending is WaitEnding.DONE and not patience.once and patience.now() > patience.deadline + MARGIN:
        return replace(waited, ending=WaitEnding.LATE, report=_given_back(send, waited.report, ledger, profiles))
    return waited


def _whose(entry: Entry, ledger: Ledger, url: str) -> OwnHold:
    """What to do about a lock that the person took earlier."""
    holder = Holder.ENDED if entry.kept else ledger.holder(entry)
    if holder is Holder.RUNS:
        return OwnHold(words=f"a running davlock (pid {entry.process.pid}) holds it", left_behind=False)
    if holder is Holder.ENDED and not entry.kept:
        way = f"and its davlock has ended; davlock ledger recover {entry.url} releases it"
    else:
        way = f"and davlock unlock {without_credentials(url)} releases it"
    return OwnHold(words=f"that lock is yours, {way}", left_behind=holder is Holder.ENDED)


def _given_back(send: Send, report: ProbeResult, ledger: Ledger, profiles: tuple[Profile, ...]) -> ProbeResult:
    """What became of a lock that was granted when the time was over."""
    token = granted_token(report.evidence)
    what = f"the lock on {report.target} came when the waiting time was over"
    released = False
    if token is not None:
        with contextlib.suppress(DavlockError):
            url = report.target
            probe = Probe(send, url, held=(token.uri,), profiles=profiles, stay_within=url)
            ending = release(probe, token)
            if released := ending.achieved is Achieved.YES:
                ledger.ended(report.target, token, State.RELEASED)
    if released:
        words = f"{what}; davlock released it"
    else:
        words = f"{what}, but davlock could not release it; try: davlock unlock {report.target} --token '{token}'"
    return replace(report, achieved=Achieved.NO, skipped=(*report.skipped, Skipped("LOCK", words)))


def _until(
    done: Callable[[ProbeResult], bool],
    attempt: Callable[[], ProbeResult],
    url: str,
    patience: WaitPolicy,
    *,
    mine: Callable[[], Mapping[str, OwnHold]] = dict,
) -> Waited:
    pauses = Pauses(patience.jitter)
    announced: Hindrance | None = None
    faults, answered = 0, False
    while True:
        begun = patience.now()
        report = attempt()
        if done(report):
            return Waited(ending=WaitEnding.DONE, report=report, begun=begun)
        current = hindrance(report, mine())
        if current is None:
            return Waited(ending=WaitEnding.STOPPED, report=report, begun=begun)
        answered = answered or current.kind is not HindranceKind.SILENCE
        faults = faults + 1 if current.kind is HindranceKind.FAULT else 0
        if patience.deadline == math.inf and (faults == FAULTS or not answered):
            return Waited(ending=WaitEnding.STOPPED, report=report, begun=begun)
        if patience.deadline == math.inf and current.endless:
            words = f"{report.target} is {current.words}; to wait for that, set a limit"
            skipped = (*report.skipped, Skipped("LOCK", words))
            return Waited(ending=WaitEnding.LATE, report=replace(report, skipped=skipped), begun=begun)
        left = patience.deadline - patience.now()
        if left <= 0 or (current.advice or 0) > left:
            return Waited(
                ending=WaitEnding.LATE if current.kind is HindranceKind.LOCK else WaitEnding.STOPPED,
                report=report,
                begun=begun,
            )
        if announced is None or announced.identity != current.identity:
            pauses.start_again()
        if announced is None or _is_news(current, announced):
            patience.announce(Waiting(url=report.target, words=current.words, report=report))
            announced = current
        patience.sleep(min(pauses.next(current), left))


def _is_news(current: Hindrance, announced: Hindrance) -> bool:
    """Something else keeps us, or the end that was named has passed and it was refreshed."""
    if announced.identity != current.identity:
        return True
    if announced.ends_at is None or current.ends_at is None or current.ends_in is None:
        return False
    return current.ends_at - timedelta(seconds=current.ends_in) > announced.ends_at


class Pauses:
    """How long to wait before asking again: twice as long each time, up to a bound, and by chance up to half less."""

    def __init__(self, jitter: Callable[[], float]) -> None:
        self._jitter = jitter
        self._next = FIRST_PAUSE

    def start_again(self) -> None:
        """What is waited for is new."""
        self._next = FIRST_PAUSE

    def next(self, obstacle: Hindrance | None = None) -> float:
        """Seconds."""
        chance = 0.5 + 0.5 * self._jitter()
        pause, self._next = self._next * chance, min(self._next * 2, LONGEST_PAUSE)
        if obstacle is None:
            return pause
        if obstacle.advice:
            return obstacle.advice + FIRST_PAUSE * chance
        # A part of a second is cut off where the time left is shown: the lock ends a little later than it says.
        if obstacle.ends_in is not None and obstacle.ends_in + chance < pause:
            return obstacle.ends_in + chance
        return pause
