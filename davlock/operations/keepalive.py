"""Keep locks alive while something else happens: take, refresh and release them, and notice when one is lost.

Several are taken in one order, whoever asks, so that two who want the same cannot wait for each other. A lock is
refreshed when half of the time granted is over. It counts as lost when that time has passed since the last refresh that
went well was *sent*, or as soon as the server says that it is not there.
"""

import contextlib
import math
import threading
from collections.abc import Callable
from dataclasses import replace

from davlock.diagnosis.build_evidence import from_exchanges
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.predicates.lock_verbs import renews_no_lock
from davlock.diagnosis.wording import is_overdue, may_be_endless, never_ends, seconds_in_words
from davlock.errors import DavlockError
from davlock.ledger import State
from davlock.operations import locking
from davlock.operations import wait as waiting
from davlock.operations.held_lock import (
    HeldLock,
    KeepaliveEvent,
    KeepaliveTarget,
    LockEvent,
    what_is_left,
)
from davlock.operations.held_release import ReleaseClock, release_held
from davlock.operations.hindrance import hindrance
from davlock.operations.locking import LockRequest
from davlock.operations.own_lock import granted_token, taken_over
from davlock.operations.probe import ProbeResult
from davlock.operations.results import Achieved
from davlock.operations.wait import Pauses, Waited, WaitEnding, Waiting, WaitPolicy
from davlock.protocol.lock import Depth, LockToken
from davlock.protocol.message import Exchange, Request
from davlock.servers.profile import Profile
from davlock.transport.base import Send

LONGEST_REST = 3600.0
"""Seconds for which nothing is to do, at most: some clocks take no more than they can count."""

ROUNDS = 5
"""How often to take all of them again, if one was lost during the wait for others."""

EARLIER = 0.1
"""By which part, at most and by chance, a refresh comes before its time."""


class _Abandoned(Exception):
    """A lock was lost while others were waited for."""


class Keepalive:
    """The locks on ``targets``, in their order. ``tell`` is called from the thread that does the work.

    For each sender, one thread refreshes its locks (:meth:`keep`) and another looks at them (:meth:`watch`), so that no
    slow answer keeps another lock from being refreshed in time; any may ask whether one is lost.
    """

    def __init__(
        self,
        targets: tuple[KeepaliveTarget, ...],
        wish: LockRequest,
        *,
        profiles: tuple[Profile, ...],
        now: Callable[[], float],
        jitter: Callable[[], float],
        poll: float,
        tell: Callable[[KeepaliveEvent], None],
    ) -> None:
        self._targets = targets
        self._wish = wish
        self._profiles = profiles
        self._now = now
        self._jitter = jitter
        self._poll = poll if poll > 0 else math.inf
        self._tell = tell
        self._held: list[HeldLock] = []
        self._left = False
        self._guard = threading.Lock()
        self._announcing = threading.Lock()  # held until all is said of a loss that others can see already

    # -- taking

    def take(self, patience: WaitPolicy) -> Waited | None:
        """Take all of them. The one that could not be taken, and why; ``None`` where all were.

        Whatever comes of it, also an exception: :meth:`release` releases what was taken.
        """

        def sleep(seconds: float) -> None:
            end = self._now() + seconds
            while (left := end - self._now()) > 0:
                patience.sleep(min(self.tend(), left))
                self._check()

        def announce(waits: Waiting) -> None:
            self._tell(KeepaliveEvent(what=LockEvent.WAITING, url=waits.url, words=waits.words, report=waits.report))

        careful = replace(patience, sleep=sleep, announce=announce)
        waited: Waited | None = None
        pauses = Pauses(self._jitter)
        for _ in range(ROUNDS):
            with contextlib.suppress(_Abandoned):
                for target in self._targets:
                    waited = waiting.acquire(
                        target.send, target.url, self._wish, careful, ledger=target.ledger, profiles=self._profiles
                    )
                    self._add(target, waited)
                    if waited.ending is not WaitEnding.DONE:
                        return waited
                    self.tend()
                    self._check()
                return None
            self.release(patience.sleep)
            patience.sleep(pauses.next())
        return replace(waited, ending=WaitEnding.STOPPED) if waited is not None else None

    def _add(self, target: KeepaliveTarget, waited: Waited) -> None:
        """Also a lock that was granted and is not what was wanted: it is to be released."""
        if waited.ending is WaitEnding.LATE:
            return  # granted too late, it was released again
        evidence = waited.report.evidence
        status = evidence.status if evidence.method == "LOCK" else None
        token = granted_token(evidence) if status in (200, 201) else None
        if token is None:
            return
        vouched = evidence.server is not None and evidence.server.shows_locks is True
        held = HeldLock(target, token, shown=locking.covered_by(evidence, token) or vouched, jitter=self._jitter)
        self._renew(held, evidence, waited.begun)
        self._held.append(held)
        if waited.ending is WaitEnding.DONE:
            words = self._warning(held, evidence)
            self._tell(KeepaliveEvent(what=LockEvent.ACQUIRED, url=target.url, words=words, report=waited.report))

    def _warning(self, held: HeldLock, evidence: Evidence) -> str:
        server = evidence.server
        if self._wish.depth is not Depth.INFINITY or held.life == math.inf or server is None:
            return ""
        if server.refreshes_members is not False:
            return ""
        return (
            f"{server.title} renews a lock of depth infinity only at its root: what is in {held.target.url} stays"
            f" locked for {held.life:g} s; ask for enough with --timeout"
        )

    def _check(self) -> None:
        if self.lost:
            raise _Abandoned

    # -- what is held

    @property
    def tokens(self) -> tuple[tuple[str, LockToken], ...]:
        """Each URL and the token of its lock, in the order in which they were taken."""
        return tuple((held.target.url, held.token) for held in self._held)

    @property
    def held(self) -> tuple[HeldLock, ...]:
        """The locks themselves, in that order."""
        return tuple(self._held)

    @property
    def lost(self) -> bool:
        """Returns true if any of the locks is lost."""
        return any(held.lost for held in self._held)

    @property
    def ends_at(self) -> float:
        """When, by the clock, the first of those that are left is lost unless it is refreshed."""
        return min((held.ends_at for held in self._held if not held.lost), default=math.inf)

    def expire(self) -> None:
        """Count as lost what has not been refreshed in time. Any thread may call this."""
        now = self._now()
        for held in self._held:
            if not held.lost and now >= held.ends_at:
                self._lose(held, f"davlock could not renew it within the granted {held.life:g} s", gone=False)

    def _lose(self, held: HeldLock, why: str, *, gone: bool, report: ProbeResult | None = None) -> None:
        with self._announcing:
            with self._guard:
                if held.lost or held.over:
                    return
                held.lost, held.gone = why, gone
            held.target.ledger.ended(held.target.url, held.token, State.LOST)
            words = f"the lock on {held.target.url} is lost: {why}"
            self._tell(KeepaliveEvent(what=LockEvent.LOST, url=held.target.url, words=words, report=report))

    def settle(self) -> None:
        """Wait until all is said of what any thread has found lost by now."""
        with self._announcing:
            return

    # -- keeping

    @property
    def senders(self) -> tuple[Send, ...]:
        """By which the locks are held, each once."""
        return tuple({id(held.target.send): held.target.send for held in self._held}.values())

    def keep(self, pause: Callable[[float], bool], send: Send | None = None) -> None:
        """Refresh the locks of ``send`` until ``pause``, which waits so many seconds, says that it is enough."""
        while not pause(self.tend(send)):
            pass

    def watch(self, pause: Callable[[float], bool], send: Send | None = None) -> None:
        """Look at the locks of ``send`` until ``pause`` says that it is enough."""
        while not pause(self.look(send)):
            pass

    def tend(self, send: Send | None = None) -> float:
        """Refresh what is due; the seconds until there is something to do again."""
        self.expire()
        held_by_it = self._of(send)
        for held in held_by_it:
            if not held.lost and self._now() >= held.refresh_at:
                self._refresh(held)
        left = [min(held.refresh_at, held.ends_at) for held in held_by_it if not held.lost]
        return self._rest(left)

    def look(self, send: Send | None = None) -> float:
        """Look at what is due; the seconds until there is something to look at again."""
        held_by_it = self._of(send)
        for held in held_by_it:
            if not held.lost and self._now() >= held.look_at:
                self._look(held)
        return self._rest([held.look_at for held in held_by_it if not held.lost])

    def _of(self, send: Send | None) -> list[HeldLock]:
        return [held for held in self._held if send is None or held.target.send is send]

    def _rest(self, moments: list[float]) -> float:
        return min(max(min(moments, default=math.inf) - self._now(), 0.0), LONGEST_REST)

    def _renew(self, held: HeldLock, evidence: Evidence, sent_at: float) -> None:
        """From the grant, whose request was sent at ``sent_at``."""
        timeout = evidence.granted.timeout if evidence.granted is not None else None
        with self._guard:
            held.sent_at = sent_at
            if never_ends(timeout, evidence):
                held.life = held.refresh_at = math.inf
            else:
                is_granted = timeout is not None and not may_be_endless(timeout, evidence) and not is_overdue(timeout)
                # Where the server does not say what it granted, it is held to what was asked. WsgiDAV writes Second-0
                # for the first second.
                seconds = (timeout.seconds or 1.0) if timeout is not None and is_granted else self._wish.seconds
                held.life = float(seconds)
                held.refresh_at = sent_at + held.life / 2 * (1 - EARLIER * self._jitter())
            held.look_at = self._now() + self._poll if held.shown else math.inf
        held.pauses.start_again()

    def _refresh(self, held: HeldLock) -> None:
        with self._guard:
            held.refreshing = True
            held.refreshes += 1
        try:
            self._refresh_now(held)
        finally:
            with self._guard:
                held.refreshing = False

    def _refresh_now(self, held: HeldLock) -> None:
        target, sent_at = held.target, self._now()
        renewed: Evidence | None = None

        def send(request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
            """Renews as soon as LOCK succeeded: what is read back may be slow."""
            nonlocal renewed
            exchange = target.send(request, feed=feed)
            if request.method == "LOCK" and exchange.status in (200, 201) and not held.lost:
                evidence = from_exchanges(
                    [exchange], target=target.url, subject=0, held=(held.token.uri,), profiles=self._profiles
                )
                if evidence.granted is not None and evidence.granted.token == held.token:
                    renewed = evidence
                    self._renew(held, evidence, sent_at)
            return exchange

        try:
            report = locking.refresh(
                send,
                target.url,
                held.token,
                seconds=self._wish.seconds,
                ledger=target.ledger,
                profiles=self._profiles,
                shown=held.shown,
                own=held.own(),
                read_first=False,  # a read that hangs would cost the lock; whose it is, the read back shows
            )
        except DavlockError:  # the answer was no HTTP: as good as none
            if renewed is None:
                self._try_later(held, None)
            else:
                target.ledger.renewed(target.url, held.token, renewed.granted.timeout if renewed.granted else None)
            return
        if held.lost:  # it took too long, and somebody has noticed
            return
        evidence = report.evidence
        if taken_over(evidence, held.token):
            self._lose(held, what_is_left(evidence), gone=True, report=report)
            return
        renamed = locking.renamed(report, held.token)
        unsure = report.achieved is Achieved.UNKNOWN and evidence.status in (200, 201)
        if report.achieved is Achieved.YES or unsure or renamed is not None:
            words = ""
            if renamed is not None:
                words = f"the server gave the lock on {target.url} a new token when davlock renewed it: {renamed}"
                held.token = renamed
            self._renew(held, evidence, sent_at)
            self._tell(KeepaliveEvent(what=LockEvent.REFRESHED, url=target.url, words=words, report=report))
        elif locking.lost(report, held.token):
            self._lose(held, what_is_left(evidence), gone=True, report=report)
        elif evidence.status == 207:
            why = "the server renewed its root, but its members are no longer locked"
            self._lose(held, why, gone=False, report=report)
        elif renewed is None and renews_no_lock(evidence):
            self._hold_to_its_end(held, report)
        elif renewed is None:
            obstacle = hindrance(report)
            self._try_later(held, obstacle.advice if obstacle is not None else None)

    def _hold_to_its_end(self, held: HeldLock, report: ProbeResult) -> None:
        """The server has no renewals: asking again changes nothing, and the lock is held as long as it lasts."""
        with self._guard:
            held.refresh_at = math.inf
        left = max(held.ends_at - self._now(), 0.0)
        words = (
            f"the server does not renew locks: the lock on {held.target.url} ends in {seconds_in_words(left)},"
            " and davlock holds it until then"
        )
        self._tell(KeepaliveEvent(what=LockEvent.NOT_REFRESHED, url=held.target.url, words=words, report=report))

    def _try_later(self, held: HeldLock, advice: float | None) -> None:
        """As the server asks, but not so late that the lock has ended by then."""
        pause = max(advice or 0.0, held.pauses.next())
        now = self._now()
        held.refresh_at = now + min(pause, max((held.ends_at - now) * 0.8, 0.1))

    def _look(self, held: HeldLock) -> None:
        held.look_at = self._now() + self._poll
        with self._guard:
            before = held.refreshes
            if held.refreshing:
                return  # which tells as much
        first = held.read_as_gone(self._profiles)
        # Behind some addresses stand several servers that do not agree: one that shows it is enough.
        if first is None or (second := held.read_as_gone(self._profiles)) is None:
            return
        if held.refreshes == before:  # else it may have another token by now
            self._lose(held, what_is_left(second.evidence), gone=True, report=second)

    # -- releasing

    def release(self, sleep: Callable[[float], None]) -> None:
        """Release what was taken, the last first, and say what could not be. An error at one does not spare the
        others.
        """
        clock = ReleaseClock(now=self._now, sleep=sleep, jitter=self._jitter)
        while self._held and not self._left:
            held = self._held[-1]
            with self._announcing, self._guard:
                held.over = True
            try:
                why = "" if held.gone else release_held(held, clock, profiles=self._profiles)
            finally:
                with self._guard:
                    left, self._held = self._left, self._held[:-1]
            if left or held.gone:
                continue
            if why:
                self._say_left(held, why)
            elif held.missed is not None:
                why = what_is_left(held.missed.evidence)
                words = f"the lock on {held.target.url} was lost before it was released: {why}"
                self._tell(KeepaliveEvent(what=LockEvent.LOST, url=held.target.url, words=words, report=held.missed))
            elif not held.lost:
                words = f"the server says the lock on {held.target.url} is released (not verified)"
                said = words if held.unverified else ""
                self._tell(KeepaliveEvent(what=LockEvent.RELEASED, url=held.target.url, words=said))

    def leave(self, why: str) -> None:
        """Release no more, and say what is left. From another thread than that which releases."""
        with self._guard:
            self._left = True
            left = [held for held in reversed(self._held) if not held.gone]
        for held in left:
            self._say_left(held, why)

    def _say_left(self, held: HeldLock, why: str) -> None:
        url = held.target.url
        way = f"try: davlock unlock {url} --token '{held.token}'"
        words = f"the lock {held.token} on {url} could not be released ({why}); {way}"
        self._tell(KeepaliveEvent(what=LockEvent.LEFT, url=url, words=words))
