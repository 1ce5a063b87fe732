"""Read the locks of a resource once, for those who poll it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from davlock.diagnosis.above import unread_above
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known, Unreadable
from davlock.diagnosis.resource import OwnLock, read_propfind, was_kept
from davlock.errors import RemoteProtocolError
from davlock.locks.observed import Observation, ObservedLock
from davlock.operations import investigate, listing
from davlock.operations.changes import Obstacle, Poll, Trouble
from davlock.operations.hindrance import is_not_there
from davlock.operations.probe import Probe
from davlock.protocol.lock import Depth
from davlock.protocol.message import Exchange, Request
from davlock.protocol.retry_after import THROTTLED, wait_advice
from davlock.servers import PROFILES
from davlock.servers.profile import Profile
from davlock.transport.base import Send


class _Timed:
    """A sender that remembers when it sent each request, and when the answer came."""

    def __init__(self, send: Send, clock: Callable[[], float]) -> None:
        self._send = send
        self._clock = clock
        self.times: list[tuple[float, float]] = []

    def __call__(self, request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        sent = self._clock()
        exchange = self._send(request, feed=feed)
        self.times.append((sent, self._clock()))
        return exchange


def observe(
    send: Send,
    url: str,
    *,
    clock: Callable[[], float],
    now: Callable[[], datetime],
    depth: Depth = Depth.ZERO,
    own: tuple[OwnLock, ...] = (),
    profiles: tuple[Profile, ...] = PROFILES,
) -> Poll:
    """The locks that bear on ``url``; with ``depth``, those that it and its members show."""
    timed = _Timed(send, clock)
    begun = clock()
    if depth is not Depth.ZERO:
        try:
            listed = listing.read(timed, url, depth=depth, own=own, profiles=profiles)
        except RemoteProtocolError as error:
            trouble = Trouble(obstacle=Obstacle.UNUSABLE, words=str(error), status=207)
            return Poll(url=url, at=now(), asked=begun, evidence=Evidence(target=url), trouble=trouble)
        if not (
            listed.missing or listed.evidence.exchanges[-1].status == 404
        ):  # a name that is not there yet has collections above it
            return _listed(listed, timed, begun, now())
    probe = Probe(timed, url, own=own, profiles=profiles)
    before = len(timed.times)
    investigate.read_state(probe)
    evidence = probe.evidence(inquiry=True)
    if evidence.covering:
        investigate.read_vendor_locks(probe)
        evidence = probe.evidence(inquiry=True)
    times = timed.times[before:]
    shown = tuple(
        ObservedLock(
            lock=covering.lock,
            url=probe.target,
            root=covering.root,
            mine=evidence.is_yours(covering.lock),
            observation=_when(times[covering.exchange], evidence, covering.exchange),
        )
        for covering in evidence.covering
    )
    interrupted = _interrupted(evidence) is not None
    read = isinstance(evidence.locks, Known) and not (interrupted or unread_above(evidence) or is_not_there(evidence))
    poll = _poll(probe.target, evidence, at=now(), asked=begun, locks=shown if read else None)
    return replace(poll, left_out=bool(evidence.inferred_free) and not interrupted, skipped=tuple(probe.skipped))


def _listed(listed: listing.Listing, timed: _Timed, begun: float, at: datetime) -> Poll:
    evidence = listed.evidence
    position = len(evidence.exchanges) - 1  # what was asked after it is not in the evidence
    when = _when(timed.times[position], evidence, position)
    shown = tuple(
        ObservedLock(
            lock=row.lock,
            url=row.url,
            root=row.lock.root.url if row.lock.root else row.url if row.lock.depth is Depth.ZERO else None,
            mine=evidence.is_yours(row.lock),
            observation=when,
        )
        for row in listed.locks or ()
    )
    locks = shown if listed.locks is not None and (shown or not (listed.untold or listed.unread)) else None
    poll = _poll(listed.target, evidence, at=at, asked=begun, locks=locks)
    if listed.dropped:  # a lock among them would seem to have ended
        words = f"{listed.dropped} of {listed.resources} resources are left out: davlock keeps no more locks"
        poll = replace(poll, locks=None, trouble=Trouble(obstacle=Obstacle.UNUSABLE, words=words, status=207))
    elif listed.unread and locks is None and poll.trouble is not None:
        words = f"some members are unread: {listed.unread}; none of the others is locked"
        poll = replace(poll, trouble=replace(poll.trouble, obstacle=Obstacle.WITHHELD, words=words))
    return replace(poll, left_out=listed.left_out, rows=listed.locks, skipped=listed.skipped)


def _poll(url: str, evidence: Evidence, *, at: datetime, asked: float, locks: tuple[ObservedLock, ...] | None) -> Poll:
    return Poll(
        url=url,
        at=at,
        asked=asked,
        evidence=evidence,
        locks=locks,
        counts_down=evidence.server.counts_down if evidence.server is not None else None,
        trouble=None if locks is not None else _trouble(evidence),
    )


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
    if _interrupted(evidence) is None and is_not_there(evidence):
        words = "there is nothing at this URL, nor a folder for it"
        return Trouble(obstacle=Obstacle.UNUSABLE, words=words, status=evidence.exchanges[0].status)
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
        reason = f" ({evidence.locks.reason})" if isinstance(evidence.locks, Unreadable) else ""
        words = f"the server does not show its locks{reason}, so it may be locked or free"
        return Trouble(obstacle=Obstacle.WITHHELD, words=words, status=status)
    answer = f"{status} {response.reason}".rstrip()
    words = f"the server answered {answer} to {exchange.request.method} {exchange.request.url}"
    if status in THROTTLED:
        advice = wait_advice(response.headers, now=None)
        asks = f"; it asks to wait {advice.seconds:g} s ({advice.source})" if advice is not None else ""
        wait = advice.seconds if advice is not None else None
        return Trouble(obstacle=Obstacle.BUSY, words=words + asks, status=status, wait=wait)
    obstacle = Obstacle.REFUSED if status in (401, 403, 407) else Obstacle.UNUSABLE
    return Trouble(obstacle=obstacle, words=words, status=status)
