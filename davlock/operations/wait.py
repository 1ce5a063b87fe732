"""Wait until a lock is gone: what keeps us, and when to ask again.

The server's own advice comes first (Retry-After, a RateLimit that is used up), then the time that the lock has left
where the server is known to count down, else growing pauses with chance in them, so that many who wait do not all ask
at once. Never beyond the deadline.
"""

import contextlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known, Unreadable
from davlock.diagnosis.finding import Verdict
from davlock.diagnosis.lock_verdict import MethodVerdict, is_missing, lock_verdict
from davlock.diagnosis.predicates.locks import foreign_locks
from davlock.diagnosis.predicates.refusal import blamed, is_inquiry, refused_as_locked
from davlock.diagnosis.resource import CoveringLock, OwnLock
from davlock.diagnosis.skipped import Skipped
from davlock.diagnosis.wording import has_no_end, holder, is_overdue, never_ends, tells_no_time, time_left
from davlock.errors import DavlockError, NoResponseKind
from davlock.ledger import Entry, Holder, Ledger, State
from davlock.locks.server_record import server_record
from davlock.operations import investigate, locking
from davlock.operations.locking import LockRequest
from davlock.operations.neighbours import look_around
from davlock.operations.own_lock import granted_token
from davlock.operations.probe import Probe, ProbeResult
from davlock.operations.release import release
from davlock.operations.results import Achieved
from davlock.protocol.requests import options
from davlock.protocol.retry_after import THROTTLED
from davlock.protocol.url import without_credentials
from davlock.servers import PROFILES
from davlock.servers.profile import Profile
from davlock.transport.base import Send

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 10.0

FAULTS = 5
"""Answers such as 500, one after the other, after which waiting for ever ends: it is no fault of the moment."""

MARGIN = 1.0
"""Seconds after the deadline that an answer may still take."""

NAMED = 3
"""Locks that are named where several stand in the way."""

_LASTING = frozenset({NoResponseKind.TLS, NoResponseKind.TOO_LARGE, NoResponseKind.DEADLINE})
"""What no waiting mends."""

_NOBODYS: Mapping[str, str] = {}

_LASTING_STATUSES = frozenset({501, 505, 507, 508, 511})


class HindranceKind(Enum):
    """What keeps us, for now."""

    LOCK = "lock"
    THROTTLED = "throttled"
    FAULT = "fault"
    """An answer such as 502, which may be over in a moment."""
    SILENCE = "silence"
    """No answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindrance:
    """What keeps us, in ``words``. ``identity`` tells it from others, while its words may change as time goes by."""

    kind: HindranceKind
    words: str
    identity: tuple[object, ...]
    advice: float | None = None
    """Seconds that the server asks us to wait."""
    ends_in: float | None = None
    """Seconds after which the locks end unless they are refreshed, where that is known."""
    ends_at: datetime | None = None


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
            probe.skip(
                "locks", "the server showed the lock while it lasted, and now says that there is nothing to show"
            )
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

    def mine() -> dict[str, str]:
        return {entry.token: _whose(entry, ledger, url) for entry in ledger.covering(url) if entry.token is not None}

    waited = _until(is_granted, attempt, url, patience, mine=mine)
    if waited.ending is WaitEnding.DONE and not patience.once and patience.now() > patience.deadline + MARGIN:
        return replace(waited, ending=WaitEnding.LATE, report=_given_back(send, waited.report, ledger, profiles))
    return waited


def _whose(entry: Entry, ledger: Ledger, url: str) -> str:
    """What to do about a lock that the person took earlier."""
    if not entry.kept and ledger.holder(entry) is Holder.RUNS:
        return f"a davlock that runs (pid {entry.process.pid}) holds it"
    return f"that lock is yours, and davlock unlock {without_credentials(url)} releases it"


def _given_back(send: Send, report: ProbeResult, ledger: Ledger, profiles: tuple[Profile, ...]) -> ProbeResult:
    """What became of a lock that was granted when the time was over."""
    token = granted_token(report.evidence)
    what = f"the lock on {report.target} was granted when the time to wait was over"
    released = False
    if token is not None:
        with contextlib.suppress(DavlockError):
            url = report.target
            probe = Probe(send, url, held=(token.uri,), profiles=profiles, stay_within=url)
            ending = release(probe, token)
            if released := ending.achieved is Achieved.YES:
                ledger.ended(report.target, token, State.RELEASED)
    if released:
        words = f"{what}, and released again"
    else:
        words = f"{what}, and could not be released; try: davlock unlock {report.target} --token '{token}'"
    return replace(report, achieved=Achieved.NO, skipped=(*report.skipped, Skipped("LOCK", words)))


def _until(
    done: Callable[[ProbeResult], bool],
    attempt: Callable[[], ProbeResult],
    url: str,
    patience: WaitPolicy,
    *,
    mine: Callable[[], Mapping[str, str]] = dict,
) -> Waited:
    pauses = Pauses(patience.jitter)
    said: Hindrance | None = None
    faults, answered = 0, False
    while True:
        begun = patience.now()
        report = attempt()
        if done(report):
            return Waited(ending=WaitEnding.DONE, report=report, begun=begun)
        found = hindrance(report, mine())
        if found is None:
            return Waited(ending=WaitEnding.STOPPED, report=report, begun=begun)
        answered = answered or found.kind is not HindranceKind.SILENCE
        faults = faults + 1 if found.kind is HindranceKind.FAULT else 0
        if patience.deadline == math.inf and (faults == FAULTS or not answered):
            return Waited(ending=WaitEnding.STOPPED, report=report, begun=begun)
        left = patience.deadline - patience.now()
        if left <= 0 or (found.advice or 0) > left:
            return Waited(
                ending=WaitEnding.LATE if found.kind is HindranceKind.LOCK else WaitEnding.STOPPED,
                report=report,
                begun=begun,
            )
        if said is None or said.identity != found.identity:
            pauses.start_again()
        if said is None or _is_news(found, said):
            patience.announce(Waiting(url=report.target, words=found.words, report=report))
            said = found
        patience.sleep(min(pauses.next(found), left))


def _is_news(found: Hindrance, said: Hindrance) -> bool:
    """Something else keeps us, or the end that was named has passed and it was refreshed."""
    if said.identity != found.identity:
        return True
    if said.ends_at is None or found.ends_at is None or found.ends_in is None:
        return False
    return found.ends_at - timedelta(seconds=found.ends_in) > said.ends_at


class Pauses:
    """How long to wait before asking again: twice as long each time, up to a bound, and by chance up to half less."""

    def __init__(self, jitter: Callable[[], float]) -> None:
        self._jitter = jitter
        self._next = FIRST_PAUSE

    def start_again(self) -> None:
        """What is waited for is new."""
        self._next = FIRST_PAUSE

    def next(self, found: Hindrance | None = None) -> float:
        """Seconds."""
        chance = 0.5 + 0.5 * self._jitter()
        pause, self._next = self._next * chance, min(self._next * 2, LONGEST_PAUSE)
        if found is None:
            return pause
        if found.advice:
            return found.advice + FIRST_PAUSE * chance
        # A part of a second is cut off where the time left is shown: the lock ends a little later than it says.
        if found.ends_in is not None and found.ends_in + chance < pause:
            return found.ends_in + chance
        return pause


def hindrance(report: ProbeResult, mine: Mapping[str, str] = _NOBODYS) -> Hindrance | None:
    """What kept us and may go away by itself: a lock, throttling, a fault of the moment; ``None`` for all else.

    After a LOCK that may have made a lock, no waiting helps: another try would make one more, or meet that lock.
    ``mine`` are tokens of locks that the person took earlier, each with what to say of it.
    """
    if report.unsettled:
        return None
    evidence = report.evidence
    failure = evidence.no_response
    if failure is not None:
        if failure.kind in _LASTING:
            return None
        return Hindrance(
            kind=HindranceKind.SILENCE, words=f"no answer ({failure.why})", identity=("silence", failure.kind)
        )
    if evidence.method == "LOCK" and evidence.status in (200, 201):
        return None  # granted, and not what was wanted: another try would only make one more
    cause = evidence.cause
    status = cause.status if cause is not None else None
    advice = evidence.wait_advice
    if status in THROTTLED:
        asks = f", and asks to wait {advice.seconds:g} s ({advice.source})" if advice is not None else ""
        return Hindrance(
            kind=HindranceKind.THROTTLED,
            words=f"the server answers {status}{asks}",
            identity=("throttled", status),
            advice=advice.seconds if advice is not None else None,
        )
    if refused_as_locked(evidence) or (status in (None, 403, 409, 412) and _met(evidence).verdict is Verdict.BLOCKED):
        told = advice.seconds if advice is not None and advice.source == "Retry-After" else None
        return _locked(evidence, mine, told)
    if status is not None and status >= 500 and status not in _LASTING_STATUSES:
        words = f"the server answers {status}"
        return Hindrance(kind=HindranceKind.FAULT, words=words, identity=("fault", status))
    return None


def _met(evidence: Evidence) -> MethodVerdict:
    """The verdict of the method that is waited for; of a request that was answered, that of its answer."""
    judged = lock_verdict(evidence)
    if is_inquiry(evidence):
        return judged.of(evidence.intended or "PUT")
    return MethodVerdict(verdict=judged.verdict, why="")


def is_not_there(evidence: Evidence) -> bool:
    """Whether the target is missing, and the collection above it as well: no waiting for a lock helps."""
    above = evidence.parent_is_collection
    return is_inquiry(evidence) and is_missing(evidence) and isinstance(above, Known) and not above.value


def _locked(evidence: Evidence, mine: Mapping[str, str], advice: float | None) -> Hindrance:
    locks = (_met(evidence).locks if is_inquiry(evidence) else ()) or foreign_locks(evidence)
    if not locks:
        where = blamed(evidence)
        words = f"{where} is locked" if where is not None else "locked; the server does not show by whom"
        return Hindrance(kind=HindranceKind.LOCK, words=words, identity=("lock", where), advice=advice)
    ends = [_ends_in(covering, evidence) for covering in locks]
    known = [seconds for seconds in ends if seconds is not None]
    ends_in = max(known) if len(known) == len(ends) else None
    when = evidence.answered_at(locks[0].exchange)
    words = "; ".join(_described(covering, evidence, mine) for covering in locks[:NAMED])
    if len(locks) > NAMED:
        words += f"; and {len(locks) - NAMED} more"
    return Hindrance(
        kind=HindranceKind.LOCK,
        words=words,
        identity=("lock", *((covering.token, holder(covering), covering.root) for covering in locks)),
        advice=advice,
        ends_in=ends_in,
        ends_at=_moment(when, ends_in),
    )


def _ends_in(covering: CoveringLock, evidence: Evidence) -> float | None:
    """Seconds that a lock has left, where the server is known to tell."""
    timeout = covering.lock.timeout
    if server_record(covering.lock).ends is not None:
        return time_left(covering, evidence)
    told = evidence.server is not None and evidence.server.counts_down is True and not tells_no_time(evidence)
    if not told or timeout is None or never_ends(timeout, evidence) or is_overdue(timeout):
        return None
    return timeout.seconds


def _moment(when: datetime | None, seconds: float | None) -> datetime | None:
    try:
        return when + timedelta(seconds=seconds) if when is not None and seconds is not None else None
    except OverflowError:
        return None


def _described(covering: CoveringLock, evidence: Evidence, mine: Mapping[str, str]) -> str:
    """``locked by “alice” until 12:00:00Z (exclusive, depth 0, lock root …)``."""
    lock = covering.lock
    end = _moment(evidence.answered_at(covering.exchange), _ends_in(covering, evidence))
    until = ""
    if end is not None:
        far = (_ends_in(covering, evidence) or 0) >= 86400
        until = f" until {end.strftime('%Y-%m-%dT%H:%M:%SZ' if far else '%H:%M:%SZ')}"
    elif has_no_end(lock, evidence):
        until = " without end"
    who = holder(covering)
    facts = [
        lock.scope.value if lock.scope is not None else "",
        f"depth {lock.depth.value}" if lock.depth is not None else "",
        f"lock root {covering.root}" if covering.root is not None else "",
    ]
    told = f"locked by {who[0].lower() + who[1:]}{until} ({', '.join(fact for fact in facts if fact)})"
    if covering.token is not None and covering.token in mine:
        told += f": {mine[covering.token]}"
    return told
