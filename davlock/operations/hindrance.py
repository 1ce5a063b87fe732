"""What keeps a person from a write for now: a lock, throttling, a fault of the moment, or silence."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import Verdict
from davlock.diagnosis.lock_verdict import MethodVerdict, is_missing, lock_verdict
from davlock.diagnosis.predicates.locks import foreign_locks
from davlock.diagnosis.predicates.refusal import blamed, is_inquiry, refused_as_locked
from davlock.diagnosis.wording import has_no_end, holder, is_overdue, is_shared, never_ends, tells_no_time, time_left
from davlock.errors import NoResponseKind
from davlock.locks.observed import ObservedLock
from davlock.locks.server_record import server_record
from davlock.operations.probe import ProbeResult
from davlock.protocol.retry_after import THROTTLED
from davlock.protocol.url import same_path
from davlock.values import dataclass

NAMED = 3
"""Locks that are named where several stand in the way."""

_LASTING = frozenset({NoResponseKind.TLS, NoResponseKind.TOO_LARGE, NoResponseKind.NOT_HTTP, NoResponseKind.DEADLINE})
"""What no waiting mends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnHold:
    """A lock that the person took earlier: what to say of it, and if no davlock lives that will release it."""

    words: str
    left_behind: bool


_NOBODYS: Mapping[str, OwnHold] = {}

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
    endless: bool = False
    """True if one of the locks is the person's own, never ends, and no davlock lives that will release it."""


def hindrance(report: ProbeResult, mine: Mapping[str, OwnHold] = _NOBODYS) -> Hindrance | None:
    """What kept us and may go away by itself: a lock, throttling, a fault of the moment; ``None`` for all else.

    After a LOCK that may have made a lock, no waiting helps: another try would make one more, or meet that lock.
    ``mine`` are the locks that the person took earlier, by their tokens.
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
    if refused_as_locked(evidence) or (
        status in (None, 403, 409, 412) and waited_verdict(evidence).verdict is Verdict.BLOCKED
    ):
        seconds = advice.seconds if advice is not None and advice.source == "Retry-After" else None
        return _locked(evidence, mine, seconds)
    if status is not None and status >= 500 and status not in _LASTING_STATUSES:
        words = f"the server answers {status}"
        return Hindrance(kind=HindranceKind.FAULT, words=words, identity=("fault", status))
    return None


def waited_verdict(evidence: Evidence) -> MethodVerdict:
    """The verdict of the method that is waited for; of a request that got an answer, that of the answer."""
    judged = lock_verdict(evidence)
    if is_inquiry(evidence):
        return judged.of(evidence.intended or "PUT")
    return MethodVerdict(verdict=judged.verdict, why="")


def is_not_there(evidence: Evidence) -> bool:
    """Whether the target is missing, and the collection above it as well: no waiting for a lock helps."""
    above = evidence.parent_is_collection
    return is_inquiry(evidence) and is_missing(evidence) and isinstance(above, Known) and not above.value


def _locked(evidence: Evidence, mine: Mapping[str, OwnHold], advice: float | None) -> Hindrance:
    locks = (waited_verdict(evidence).locks if is_inquiry(evidence) else ()) or foreign_locks(evidence)
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
        endless=any(
            covering.token in mine and mine[covering.token].left_behind and has_no_end(covering.lock, evidence)
            for covering in locks
            if covering.token is not None
        ),
    )


def _ends_in(covering: ObservedLock, evidence: Evidence) -> float | None:
    """Seconds that a lock has left, where the server is known to tell."""
    timeout = covering.lock.timeout
    if server_record(covering.lock).ends is not None:
        return time_left(covering, evidence)
    shows_time = evidence.server is not None and evidence.server.counts_down is True and not tells_no_time(evidence)
    if not shows_time or timeout is None or never_ends(timeout, evidence) or is_overdue(timeout):
        return None
    return timeout.seconds


def _moment(when: datetime | None, seconds: float | None) -> datetime | None:
    try:
        return when + timedelta(seconds=seconds) if when is not None and seconds is not None else None
    except OverflowError:
        return None


def _described(covering: ObservedLock, evidence: Evidence, mine: Mapping[str, OwnHold]) -> str:
    """``locked by “alice” until 2026-01-31T12:00:00Z (lock root …)``: machines get UTC, and people their own time."""
    lock = covering.lock
    end = _moment(evidence.answered_at(covering.exchange), _ends_in(covering, evidence))
    until = ""
    if end is not None:
        until = f" until {end.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%SZ')}"
    elif has_no_end(lock, evidence):
        until = " without end"
    who = holder(covering)
    # What is as usual is not said.
    elsewhere = covering.root is not None and not same_path(covering.root, evidence.target)
    facts = [
        "a shared lock" if is_shared(covering) else "",
        f"lock root {covering.root}" if elsewhere else "",
    ]
    said = ", ".join(filter(None, facts))
    words = f"locked by {who[0].lower() + who[1:]}{until}{f' ({said})' if said else ''}"
    if covering.token is not None and covering.token in mine:
        words += f": {mine[covering.token].words}"
    return words
