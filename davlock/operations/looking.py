"""One look at the locks of a resource, for those who look again and again."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from davlock.diagnosis.above import unread_above
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Failed, Known
from davlock.diagnosis.readings import time_reading
from davlock.diagnosis.resource import OwnLock, read_propfind, was_kept
from davlock.errors import RemoteProtocolError
from davlock.locks.observed import Observation, ObservedLock
from davlock.operations import gather, listing
from davlock.operations.case import Case
from davlock.operations.results import Skipped
from davlock.operations.watching import Look, Obstacle, Shown, Trouble
from davlock.protocol.lock import ActiveLock, Depth
from davlock.protocol.message import Exchange, Request
from davlock.protocol.retry_after import THROTTLED, wait_advice
from davlock.servers import PROFILES
from davlock.servers.profile import Profile
from davlock.transport.base import Send


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """A look, and what it rests on; ``rows`` are the locks of a listing."""

    look: Look
    evidence: Evidence
    rows: tuple[ObservedLock, ...] | None = None
    skipped: tuple[Skipped, ...] = ()


class _Timed:
    """A sender that remembers when each request was sent, and when it was answered."""

    def __init__(self, send: Send, clock: Callable[[], float]) -> None:
        self._send = send
        self._clock = clock
        self.times: list[tuple[float, float]] = []

    def __call__(self, request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        sent = self._clock()
        exchange = self._send(request, feed=feed)
        self.times.append((sent, self._clock()))
        return exchange


def look(
    send: Send,
    url: str,
    *,
    clock: Callable[[], float],
    now: Callable[[], datetime],
    depth: Depth = Depth.ZERO,
    own: tuple[OwnLock, ...] = (),
    profiles: tuple[Profile, ...] = PROFILES,
) -> Glance:
    """The locks that bear on ``url``; with ``depth``, those that it and its members show."""
    timed = _Timed(send, clock)
    begun = clock()
    rows: tuple[ObservedLock, ...] | None = None
    if depth is not Depth.ZERO:
        try:
            found = listing.read(timed, url, depth=depth, own=own, profiles=profiles)
        except RemoteProtocolError as error:
            trouble = Trouble(obstacle=Obstacle.UNUSABLE, words=str(error), status=207)
            seen = Look(url=url, at=now(), asked=begun, trouble=trouble)
            return Glance(look=seen, evidence=Evidence(target=url))
        if not (
            found.missing or found.evidence.exchanges[-1].status == 404
        ):  # a name that is not there yet has collections above it
            evidence, rows, skipped = found.evidence, found.locks, found.skipped
            return Glance(look=_listed(found, timed, begun, now()), evidence=evidence, rows=rows, skipped=skipped)
    case = Case(timed, url, own=own, profiles=profiles)
    before = len(timed.times)
    gather.read_state(case)
    evidence = case.evidence(inquiry=True)
    if evidence.covering:
        gather.read_vendor_locks(case)
        evidence = case.evidence(inquiry=True)
    times = timed.times[before:]
    shown = tuple(
        _shown(
            evidence,
            covering.lock,
            url=case.target,
            root=covering.root,
            mine=evidence.is_yours(covering.lock),
            when=_when(times[covering.exchange], evidence, covering.exchange),
        )
        for covering in evidence.covering
    )
    interrupted = _interrupted(evidence) is not None
    left_out = bool(evidence.inferred_free) and not interrupted
    read = isinstance(evidence.locks, Known) and not interrupted and not unread_above(evidence)
    seen = _look(case.target, evidence, at=now(), asked=begun, locks=shown if read else None)
    return Glance(look=replace(seen, left_out=left_out), evidence=evidence, skipped=tuple(case.skipped))


def _listed(found: listing.Listing, timed: _Timed, begun: float, at: datetime) -> Look:
    evidence = found.evidence
    listed = len(evidence.exchanges) - 1  # what was asked after it is not in the evidence
    when = _when(timed.times[listed], evidence, listed)
    shown = tuple(
        _shown(
            evidence,
            row.lock,
            url=row.url,
            root=row.lock.root.url if row.lock.root else row.url if row.lock.depth is Depth.ZERO else None,
            mine=evidence.is_yours(row.lock),
            when=when,
        )
        for row in found.locks or ()
    )
    locks = shown if found.locks is not None and (shown or not (found.untold or found.unread)) else None
    seen = _look(found.target, evidence, at=at, asked=begun, locks=locks)
    if found.unread and locks is None and seen.trouble is not None:
        words = f"not all members of it were read: {found.unread}; none of those that were is locked"
        seen = replace(seen, trouble=replace(seen.trouble, obstacle=Obstacle.WITHHELD, words=words))
    return replace(seen, left_out=found.left_out)


def _look(
    url: str,
    evidence: Evidence,
    *,
    at: datetime,
    asked: float,
    locks: tuple[Shown, ...] | None,
) -> Look:
    return Look(
        url=url,
        at=at,
        asked=asked,
        locks=locks,
        counts_down=evidence.server.counts_down if evidence.server is not None else None,
        trouble=None if locks is not None else _trouble(evidence),
    )


def _shown(
    evidence: Evidence,
    lock: ActiveLock,
    *,
    url: str,
    root: str | None,
    mine: bool | None,
    when: Observation,
) -> Shown:
    return Shown(url=url, lock=lock, root=root, mine=mine, reading=time_reading(lock.timeout, evidence, when))


def _when(times: tuple[float, float], evidence: Evidence, exchange: int) -> Observation:
    sent, received = times
    return Observation(sent=sent, received=received, date=evidence.answered_at(exchange), exchange=exchange)


def _interrupted(evidence: Evidence) -> Exchange | None:
    """The first read that failed in a way that may pass. A lock above it would be missed, and seem to have ended."""
    for exchange in evidence.exchanges:
        status = exchange.status
        if status is None or status == 429 or status >= 500:
            return exchange
    return None


def _trouble(evidence: Evidence) -> Trouble:
    """Why there are no locks to tell of."""
    exchange = _interrupted(evidence) or next(
        (entry for entry in evidence.exchanges if entry.status not in (207, 404)), evidence.exchanges[0]
    )
    response = exchange.response
    if response is None:
        return Trouble(obstacle=Obstacle.NO_ANSWER, words=str(exchange.outcome))
    status = response.status
    if status == 207 and isinstance(evidence.locks, Known) and (unread := unread_above(evidence)):
        return Trouble(obstacle=Obstacle.WITHHELD, words=unread, status=status)
    if status == 207:
        unreadable = read_propfind(exchange) if was_kept(response) else ""
        if isinstance(unreadable, str) and unreadable:
            return Trouble(obstacle=Obstacle.UNUSABLE, words=unreadable, status=status)
        reason = f" ({evidence.locks.reason})" if isinstance(evidence.locks, Failed) else ""
        words = f"this server does not disclose its locks{reason}; that says nothing about whether it is locked"
        return Trouble(obstacle=Obstacle.WITHHELD, words=words, status=status)
    words = f"{exchange.request.method} {exchange.request.url} was answered {status} {response.reason}".rstrip()
    if status in THROTTLED:
        advice = wait_advice(response.headers, now=None)
        asks = f"; it asks to wait {advice.seconds:g} s ({advice.source})" if advice is not None else ""
        wait = advice.seconds if advice is not None else None
        return Trouble(obstacle=Obstacle.BUSY, words=words + asks, status=status, wait=wait)
    obstacle = Obstacle.REFUSED if status in (401, 403, 407) else Obstacle.UNUSABLE
    return Trouble(obstacle=obstacle, words=words, status=status)
