"""Hold locks while something else happens: take them, refresh them, notice when one is lost, release them.

Several are taken in one order, whoever asks, so that two who want the same cannot wait for each other. A lock is
refreshed when half of the time granted is over. It counts as lost when that time has passed since the last refresh that
went well was *sent*, or as soon as the server says that it is not there.
"""

import contextlib
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from davlock.diagnosis.evidence import Evidence, from_exchanges
from davlock.diagnosis.fact import Known
from davlock.diagnosis.lock_verbs import renews_no_lock
from davlock.diagnosis.resource import OwnLock
from davlock.diagnosis.situation import resource_gone
from davlock.diagnosis.wording import describe, is_overdue, may_be_endless, never_ends, seconds_in_words
from davlock.errors import DavlockError, NoResponse, NoResponseKind
from davlock.ledger import Ledger, State
from davlock.operations import locking, waiting
from davlock.operations.case import Case, Report
from davlock.operations.locking import Wish
from davlock.operations.own_lock import granted_token, held_in, taken_over
from davlock.operations.release import release
from davlock.operations.results import Achieved
from davlock.operations.waiting import Ending, Patience, Pauses, Waited, Waiting
from davlock.protocol.lock import Depth, LockToken
from davlock.protocol.message import Exchange, Request
from davlock.protocol.requests import LOCK_PROPERTIES
from davlock.protocol.retry_after import THROTTLED
from davlock.servers.profile import Profile
from davlock.transport.base import Send

RELEASES = 3
"""Times that UNLOCK is tried where the fault may be one of the moment."""

RELEASE_TIME = 60.0
"""Seconds after which no more is sent to release a lock."""

LONGEST_REST = 3600.0
"""Seconds for which nothing is to do, at most: some clocks take no more than they can count."""

ROUNDS = 5
"""Times that all of them are taken anew, after one was lost while others were waited for."""

EARLIER = 0.1
"""By which part, at most and by chance, a refresh comes before its time."""


class Happened(Enum):
    """The word of the JSON contract for an event."""

    WAITING = "waiting"
    ACQUIRED = "acquired"
    REFRESHED = "refreshed"
    NOT_REFRESHED = "not-refreshed"
    """The server renews no lock: this one is held until its time is over."""
    LOST = "lost"
    RELEASED = "released"
    LEFT = "left-behind"
    """A lock that could not be released."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened to the lock on ``url``; ``words`` are for people, where there is something to say."""

    what: Happened
    url: str
    words: str = ""
    report: Report | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is to be locked, how it is asked, and where its lock is noted down."""

    url: str
    send: Send
    ledger: Ledger


class _Abandoned(Exception):
    """A lock was lost while others were waited for."""


class _Held:
    """One lock that is held. ``life`` is infinite where it never ends."""

    def __init__(self, place: Place, token: LockToken, *, shown: bool, jitter: Callable[[], float]) -> None:
        self.place = place
        self.token = token
        self.shown = shown
        self.sent_at = 0.0
        self.life = math.inf
        self.refresh_at = math.inf
        self.look_at = math.inf
        self.refreshes = 0  # begun so far
        self.refreshing = False
        self.lost = ""
        self.over = False  # it is being released: a look at it proves nothing any more
        self.gone = False  # lost, and proven not to be there any more
        self.missed: Report | None = None  # what UNLOCK was answered where the loss was noticed only then
        self.pauses = Pauses(jitter)

    @property
    def ends_at(self) -> float:
        return self.sent_at + self.life


class Hold:
    """The locks on ``places``, in their order. ``tell`` is called from the thread that does the work.

    For each sender, one thread refreshes its locks (:meth:`keep`) and another looks at them (:meth:`watch`), so that no
    slow answer keeps another lock from being refreshed in time; any may ask whether one is lost.
    """

    def __init__(
        self,
        places: tuple[Place, ...],
        wish: Wish,
        *,
        profiles: tuple[Profile, ...],
        now: Callable[[], float],
        jitter: Callable[[], float],
        poll: float,
        tell: Callable[[Event], None],
    ) -> None:
        self._places = places
        self._wish = wish
        self._profiles = profiles
        self._now = now
        self._jitter = jitter
        self._poll = poll if poll > 0 else math.inf
        self._tell = tell
        self._held: list[_Held] = []
        self._left = False
        self._guard = threading.Lock()
        self._announcing = threading.Lock()  # held until all is said of a loss that others can see already

    # -- taking

    def take(self, patience: Patience) -> Waited | None:
        """Take all of them. The one that could not be taken, and why; ``None`` where all were.

        Whatever comes of it, also an exception: :meth:`release` releases what was taken.
        """

        def sleep(seconds: float) -> None:
            end = self._now() + seconds
            while (left := end - self._now()) > 0:
                patience.sleep(min(self.tend(), left))
                self._check()

        def announce(waits: Waiting) -> None:
            self._tell(Event(what=Happened.WAITING, url=waits.url, words=waits.words, report=waits.report))

        careful = replace(patience, sleep=sleep, announce=announce)
        waited: Waited | None = None
        pauses = Pauses(self._jitter)
        for _ in range(ROUNDS):
            with contextlib.suppress(_Abandoned):
                for place in self._places:
                    waited = waiting.acquire(
                        place.send, place.url, self._wish, careful, ledger=place.ledger, profiles=self._profiles
                    )
                    self._add(place, waited)
                    if waited.ending is not Ending.DONE:
                        return waited
                    self.tend()
                    self._check()
                return None
            self.release(patience.sleep)
            patience.sleep(pauses.next())
        return replace(waited, ending=Ending.STOPPED) if waited is not None else None

    def _add(self, place: Place, waited: Waited) -> None:
        """Also a lock that was granted and is not what was wanted: it is to be released."""
        if waited.ending is Ending.LATE:
            return  # granted too late, it was released again
        evidence = waited.report.evidence
        status = evidence.status if evidence.method == "LOCK" else None
        token = granted_token(evidence) if status in (200, 201) else None
        if token is None:
            return
        vouched = evidence.server is not None and evidence.server.shows_locks is True
        held = _Held(place, token, shown=locking.covered_by(evidence, token) or vouched, jitter=self._jitter)
        self._renew(held, evidence, waited.begun)
        self._held.append(held)
        if waited.ending is Ending.DONE:
            words = self._warning(held, evidence)
            self._tell(Event(what=Happened.ACQUIRED, url=place.url, words=words, report=waited.report))

    def _warning(self, held: _Held, evidence: Evidence) -> str:
        server = evidence.server
        if self._wish.depth is not Depth.INFINITY or held.life == math.inf or server is None:
            return ""
        if server.refreshes_members is not False:
            return ""
        return (
            f"{server.title} refreshes a lock of depth infinity at its root alone: what is in {held.place.url} stays"
            f" locked for {held.life:g} s; ask for enough with --timeout"
        )

    def _check(self) -> None:
        if self.lost:
            raise _Abandoned

    # -- what is held

    @property
    def tokens(self) -> tuple[tuple[str, LockToken], ...]:
        """Each URL and the token of its lock, in the order in which they were taken."""
        return tuple((held.place.url, held.token) for held in self._held)

    @property
    def lost(self) -> bool:
        """Whether any of the locks is lost."""
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
                self._lose(held, f"it could not be refreshed within the {held.life:g} s that were granted", gone=False)

    def _lose(self, held: _Held, why: str, *, gone: bool, report: Report | None = None) -> None:
        with self._announcing:
            with self._guard:
                if held.lost or held.over:
                    return
                held.lost, held.gone = why, gone
            held.place.ledger.ended(held.place.url, held.token, State.LOST)
            words = f"the lock on {held.place.url} is lost: {why}"
            self._tell(Event(what=Happened.LOST, url=held.place.url, words=words, report=report))

    def settle(self) -> None:
        """Wait until all is said of what any thread has found lost by now."""
        with self._announcing:
            return

    # -- keeping

    @property
    def senders(self) -> tuple[Send, ...]:
        """By which the locks are held, each once."""
        return tuple({id(held.place.send): held.place.send for held in self._held}.values())

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

    def _of(self, send: Send | None) -> list[_Held]:
        return [held for held in self._held if send is None or held.place.send is send]

    def _rest(self, moments: list[float]) -> float:
        return min(max(min(moments, default=math.inf) - self._now(), 0.0), LONGEST_REST)

    def _renew(self, held: _Held, evidence: Evidence, sent_at: float) -> None:
        """From the grant, whose request was sent at ``sent_at``."""
        timeout = evidence.granted.timeout if evidence.granted is not None else None
        with self._guard:
            held.sent_at = sent_at
            if never_ends(timeout, evidence):
                held.life = held.refresh_at = math.inf
            else:
                told = timeout is not None and not may_be_endless(timeout, evidence) and not is_overdue(timeout)
                # Where the server does not say what it granted, it is held to what was asked. WsgiDAV writes Second-0
                # for the first second.
                seconds = (timeout.seconds or 1.0) if timeout is not None and told else self._wish.seconds
                held.life = float(seconds)
                held.refresh_at = sent_at + held.life / 2 * (1 - EARLIER * self._jitter())
            held.look_at = self._now() + self._poll if held.shown else math.inf
        held.pauses.start_again()

    def _refresh(self, held: _Held) -> None:
        with self._guard:
            held.refreshing = True
            held.refreshes += 1
        try:
            self._refresh_now(held)
        finally:
            with self._guard:
                held.refreshing = False

    def _refresh_now(self, held: _Held) -> None:
        place, sent_at = held.place, self._now()
        renewed: Evidence | None = None

        def send(request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
            """Renews as soon as the LOCK is answered: what is read back may be slow."""
            nonlocal renewed
            exchange = place.send(request, feed=feed)
            if request.method == "LOCK" and exchange.status in (200, 201) and not held.lost:
                found = from_exchanges(
                    [exchange], target=place.url, subject=0, held=(held.token.uri,), profiles=self._profiles
                )
                if found.granted is not None and found.granted.token == held.token:
                    renewed = found
                    self._renew(held, found, sent_at)
            return exchange

        try:
            report = locking.refresh(
                send,
                place.url,
                held.token,
                seconds=self._wish.seconds,
                ledger=place.ledger,
                profiles=self._profiles,
                shown=held.shown,
                own=_own(place),
                read_first=False,  # a read that hangs would cost the lock; whose it is, the read back shows
            )
        except DavlockError:  # the answer was no HTTP: as good as none
            if renewed is None:
                self._try_later(held, None)
            else:
                place.ledger.renewed(place.url, held.token, renewed.granted.timeout if renewed.granted else None)
            return
        if held.lost:  # it took too long, and somebody has noticed
            return
        evidence = report.evidence
        if taken_over(evidence, held.token):
            self._lose(held, _after(evidence), gone=True, report=report)
            return
        renamed = locking.renamed(report, held.token)
        unsure = report.achieved is Achieved.UNKNOWN and evidence.status in (200, 201)
        if report.achieved is Achieved.YES or unsure or renamed is not None:
            words = ""
            if renamed is not None:
                words = f"the server gave the lock on {place.url} a new token when it was refreshed: {renamed}"
                held.token = renamed
            self._renew(held, evidence, sent_at)
            self._tell(Event(what=Happened.REFRESHED, url=place.url, words=words, report=report))
        elif locking.lost(report, held.token):
            self._lose(held, _after(evidence), gone=True, report=report)
        elif evidence.status == 207:
            why = "the server refreshed its root, and its members are not locked any more"
            self._lose(held, why, gone=False, report=report)
        elif renewed is None and renews_no_lock(evidence):
            self._hold_to_its_end(held, report)
        elif renewed is None:
            found = waiting.hindrance(report)
            self._try_later(held, found.advice if found is not None else None)

    def _hold_to_its_end(self, held: _Held, report: Report) -> None:
        """The server has no renewals: asking again changes nothing, and the lock is held as long as it lasts."""
        with self._guard:
            held.refresh_at = math.inf
        left = max(held.ends_at - self._now(), 0.0)
        words = (
            f"the server does not renew locks: the lock on {held.place.url} ends in {seconds_in_words(left)},"
            " and is held until then"
        )
        self._tell(Event(what=Happened.NOT_REFRESHED, url=held.place.url, words=words, report=report))

    def _try_later(self, held: _Held, advice: float | None) -> None:
        """As the server asks, but not so late that the lock has ended by then."""
        pause = max(advice or 0.0, held.pauses.next())
        now = self._now()
        held.refresh_at = now + min(pause, max((held.ends_at - now) * 0.8, 0.1))

    def _look(self, held: _Held) -> None:
        held.look_at = self._now() + self._poll
        with self._guard:
            before = held.refreshes
            if held.refreshing:
                return  # which tells as much
        first = self._seen(held)
        # Behind some addresses stand several servers that do not agree: one that shows it is enough.
        if first is None or (second := self._seen(held)) is None:
            return
        if held.refreshes == before:  # else it may have another token by now
            self._lose(held, _after(second.evidence), gone=True, report=second)

    def _seen(self, held: _Held) -> Report | None:
        """What the server shows, if that proves that the lock is not there."""
        case = self._case(held, held.place.send)
        try:
            case.propfind(held.place.url, LOCK_PROPERTIES)
        except DavlockError:
            return None
        evidence = case.evidence(inquiry=True)
        if resource_gone(evidence) or taken_over(evidence, held.token):
            return case.report(evidence)
        if not isinstance(evidence.locks, Known) or locking.covered_by(evidence, held.token):
            return None
        return None if any(entry.token is None for entry in evidence.covering) else case.report(evidence)

    def _case(self, held: _Held, send: Send) -> Case:
        url, own = held.place.url, _own(held.place)
        tokens = held_in(own, held.token, typed=False)
        return Case(send, url, held=tokens, own=own, profiles=self._profiles, stay_within=url)

    # -- releasing

    def release(self, sleep: Callable[[float], None]) -> None:
        """Release what was taken, the last first, and say what could not be. An error at one does not spare the
        others.
        """
        while self._held and not self._left:
            held = self._held[-1]
            with self._announcing, self._guard:
                held.over = True
            try:
                why = "" if held.gone else self._release(held, sleep)
            finally:
                with self._guard:
                    left, self._held = self._left, self._held[:-1]
            if left or held.gone:
                continue
            if why:
                self._say_left(held, why)
            elif held.missed is not None:
                words = f"the lock on {held.place.url} was lost before it was released: {_after(held.missed.evidence)}"
                self._tell(Event(what=Happened.LOST, url=held.place.url, words=words, report=held.missed))
            elif not held.lost:
                self._tell(Event(what=Happened.RELEASED, url=held.place.url))

    def leave(self, why: str) -> None:
        """Release no more, and say what is left. From another thread than that which releases."""
        with self._guard:
            self._left = True
            left = [held for held in reversed(self._held) if not held.gone]
        for held in left:
            self._say_left(held, why)

    def _say_left(self, held: _Held, why: str) -> None:
        url = held.place.url
        way = f"try: davlock unlock {url} --token '{held.token}'"
        words = f"the lock {held.token} on {url} could not be released ({why}); {way}"
        self._tell(Event(what=Happened.LEFT, url=url, words=words))

    def _release(self, held: _Held, sleep: Callable[[float], None]) -> str:
        """Why it could not be released, in words."""
        pauses, until = Pauses(self._jitter), self._now() + RELEASE_TIME
        for left in reversed(range(RELEASES)):
            why, again = self._unlock(held, until, first=left == RELEASES - 1)
            if not why or not again or not left:
                break
            sleep(pauses.next())
        return why

    def _unlock(self, held: _Held, until: float, *, first: bool) -> tuple[str, bool]:
        """Why it did not work, in words, and whether it may work in a moment. After ``until`` nothing more is sent.

        An UNLOCK that is not the ``first`` may find nothing because one before it, whose answer was lost, released it.
        """
        place = held.place

        def send(request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
            if self._now() >= until:
                raise NoResponse(NoResponseKind.TIMEOUT, place.url, f"it took longer than {RELEASE_TIME:g} s")
            return place.send(request, feed=feed)

        case = self._case(held, send)
        try:
            case.propfind(place.url, LOCK_PROPERTIES)
            before = case.evidence(inquiry=True)
            if taken_over(before, held.token):  # an UNLOCK would release somebody else's
                place.ledger.ended(place.url, held.token, State.LOST)
                held.missed = case.report(before, Achieved.NO) if not held.lost else None
                return "", False
            ending = release(case, held.token, before=before, tries=1)
        except NoResponse as error:
            return error.why, False
        except DavlockError as error:
            return str(error), False
        evidence = ending.evidence
        if ending.achieved is Achieved.YES:
            place.ledger.ended(place.url, held.token, State.RELEASED)
            if first and not held.lost and _was_not_there(evidence):
                held.missed = case.report(evidence, Achieved.YES)
            return "", False
        if evidence.no_response is not None:
            return f"no answer: {evidence.no_response.why}", evidence.no_response.kind is not NoResponseKind.DEADLINE
        if evidence.response is not None and evidence.response.ok and evidence.cause is not None:
            return f"{evidence.method} was answered 207, with {evidence.cause.status} for {evidence.cause.url}", False
        if evidence.response is not None and not evidence.response.ok:
            status = evidence.cause.status if evidence.cause is not None else evidence.status
            return f"{evidence.method} was answered {status}", status in THROTTLED or (status or 0) >= 500
        return ending.why, False


def _own(place: Place) -> tuple[OwnLock, ...]:
    """What the ledger knows of the locks there, so that one with the same token and another owner is not taken for
    ours.
    """
    noted = place.ledger.held(place.url)
    return tuple(OwnLock(entry.token, 0.0, 0.0, entry.owner) for entry in noted if entry.token is not None)


def _was_not_there(evidence: Evidence) -> bool:
    """Whether an UNLOCK was refused since there was nothing to release, on a resource that is still there: with the
    resource its lock goes, too, and the holder may well have removed it.
    """
    refused = evidence.response is not None and (not evidence.response.ok or evidence.status == 207)
    return refused and isinstance(evidence.exists_now, Known) and evidence.exists_now.value


def _after(evidence: Evidence) -> str:
    """What is there in its place."""
    if isinstance(evidence.exists_now, Known) and not evidence.exists_now.value:
        return "the resource is not there any more, and its lock is gone with it"
    others = [covering for covering in evidence.covering if not covering.held]
    if others:
        return f"it is not there any more, and {describe(others[0], evidence)}"
    return "it is not there any more"
