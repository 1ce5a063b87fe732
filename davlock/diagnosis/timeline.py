"""What a run of exchanges tells about one target, in order: a later answer replaces an earlier one."""

from copy import copy

from davlock.diagnosis.fact import Fact, Known, NotAsked, Unreadable
from davlock.diagnosis.lock_clock import LockClock
from davlock.diagnosis.lock_roots import is_of_further_up, lock_fact, lock_root, outlasting, told_of_locks
from davlock.diagnosis.logins import login_of
from davlock.diagnosis.offers import OfferRecord
from davlock.diagnosis.resource import (
    GONE,
    NOT_MENTIONED,
    OwnLock,
    SeenTag,
    asks_for_exclusive_lock,
    covers_from_above,
    existence,
    find,
    find_asked,
    granted_token,
    names_asked,
    owner_since,
    read_lock_answer,
    read_propfind,
    shows_a_lock,
    topmost,
    view,
    was_kept,
)
from davlock.diagnosis.tag_record import TagRecord
from davlock.errors import RemoteProtocolError
from davlock.locks.observed import Observation, ObservedLock
from davlock.protocol.headers import parse_lock_token
from davlock.protocol.lock import ActiveLock, Depth, LockEntry, is_among, same_token
from davlock.protocol.message import Exchange, Request, Response
from davlock.protocol.multistatus import ResponseElement
from davlock.protocol.url import ancestors, is_ancestor, same_path, same_resource
from davlock.protocol.web_page import page_instead

LOCKDISCOVERY = b"lockdiscovery"


class Timeline:
    """Feed it exchanges in the order in which they happened.

    ``held`` are the tokens that the person gave, ``own`` the locks that davlock took in an earlier run.
    ``client`` is the User-Agent whose answers count; what another client was offered is kept apart. ``login`` is that
    of the person's own requests: what another's LOCK was granted is not held. Where it is not ``timed``,
    the timeouts that the server shows are no measure of when a lock ends. ``guards_new``: a lock of depth 0 on a
    collection keeps others from adding members.
    """

    def __init__(
        self,
        target: str,
        held: frozenset[str],
        *,
        own: tuple[OwnLock, ...] = (),
        client: str | None = None,
        login: str | None = None,
        timed: bool = True,
        guards_new: bool = True,
        removal_ends: bool = True,
    ) -> None:
        self.target = target
        self._guards_new = guards_new
        self._removal_ends = removal_ends
        self.showed: int | None = None
        """The first answer to PROPFIND in which a lock is shown, on whatever resource."""
        self._login = login
        self.offered = OfferRecord(client)
        self.held = held | {lock.token for lock in own}
        self.mine = frozenset(lock.token for lock in own)
        self._typed = held
        self._taken_earlier = own
        self.exists: Fact[bool] = NotAsked()
        self.exists_after: Fact[bool] = NotAsked()
        self.is_collection: Fact[bool] = NotAsked()
        self.parent_is_collection: Fact[bool] = NotAsked()
        self.supported: Fact[tuple[LockEntry, ...]] = NotAsked()
        self.tags = TagRecord()
        self.token_alive: Fact[bool] = NotAsked()
        self.lockable: Fact[bool] = NotAsked()
        self.taken: tuple[ObservedLock, ...] = ()
        self.sightings: tuple[ObservedLock, ...] = ()
        self.grants: tuple[ObservedLock, ...] = ()
        """Those of them that are answers to the LOCK that took or refreshed the lock."""
        self._own: Fact[tuple[ActiveLock, ...]] = NotAsked()
        self._above: dict[str, Fact[tuple[ActiveLock, ...]]] = {}
        self._missing_above: frozenset[str] = frozenset()
        self._ancestors = ancestors(target)
        self._subject_seen = False
        self.clock = LockClock(timed=timed)
        self._missing_as_spelt = False

    def copy(self) -> "Timeline":
        """A timeline that goes on from here by itself."""
        other = copy(self)
        other._above = dict(self._above)
        other.offered = copy(self.offered)
        other.tags = copy(self.tags)
        other.clock = self.clock.copy()
        return other

    def _ran_out(self, lock: ActiveLock) -> bool:
        """Returns true if the time of a lock of ours is over by the Dates: nobody else would refresh it."""
        return lock.token is not None and is_among(lock.token.uri, self.held) and self.clock.ran_out(lock.token.uri)

    @property
    def expired(self) -> tuple[ObservedLock, ...]:
        """Those of the taken locks whose time is over by the Dates."""
        return tuple(entry for entry in self.taken if self._ran_out(entry.lock))

    def take(self, index: int, exchange: Exchange, *, subject: bool = False) -> None:
        """Learn from one more exchange."""
        self._subject_seen = self._subject_seen or subject
        method = exchange.request.method.upper()
        response = exchange.response
        if response is None:
            above = next((entry for entry in self._ancestors if same_resource(entry, exchange.request.url)), None)
            if method == "PROPFIND" and above is not None and above not in self._above:
                self._above[above] = Unreadable("no answer", index)
            return
        self.clock.look(exchange)
        if method != "PROPFIND" and page_instead(exchange) is not None:
            return  # a page, and nothing was done
        if response.ok and response.status != 207 and (sent := exchange.request.headers.get("If")) is not None:
            self.clock.lasts(sent)
        if method == "OPTIONS":
            self.offered.take(index, exchange.request, response)
        elif method == "PROPFIND":
            self._propfind(index, exchange)
        elif method == "LOCK":
            self._lock(index, exchange.request, response, subject=subject)
        elif method == "UNLOCK":
            self._unlock(index, exchange.request, response)
        elif method in ("DELETE", "MOVE") and response.ok and response.status != 207:
            removed = exchange.request.url
            if is_ancestor(removed, self.target):
                self.parent_is_collection = NotAsked("a collection above it was deleted or moved since it was seen")
            if self._removal_ends:
                self._own = outlasting(removed, self._own, self.target, self._covering)
                for above, fact in self._above.items():
                    self._above[above] = outlasting(removed, fact, above, self._covering)
        elif method in ("GET", "HEAD") and same_resource(exchange.request.url, self.target):
            self._get(index, exchange.request, response)

    # -- one method each

    def _propfind(self, index: int, exchange: Exchange) -> None:
        url = exchange.request.url
        status = exchange.status
        if url == self.target:
            self._missing_as_spelt = status in GONE
        elif self._missing_as_spelt and same_resource(url, self.target):
            return  # another spelling is there, which is no help to who asks for this one
        above = next((entry for entry in self._ancestors if same_resource(entry, url)), None)
        if status in GONE:
            if same_resource(url, self.target):
                self._exists(False, index)
                self._own = Known((), index)
            elif above is not None:
                self._above_missing(above, index)
            return
        answer = read_propfind(exchange)
        if status == 207 and exchange.response and not was_kept(exchange.response):  # it may have told
            if same_resource(url, self.target):
                self._exists(True, index)
                if not (told_of_locks(self._own) and exchange.request.headers.get("Depth") != "0"):
                    self._own = NotAsked(str(answer))
            return
        if isinstance(answer, str):
            listing = exchange.request.headers.get("Depth") not in (None, "0")
            if same_resource(url, self.target) and not (listing and told_of_locks(self._own)):
                self._own = Unreadable(answer, index)
                if status is not None and status < 400:
                    self.supported = Unreadable(answer, index)
            elif above is not None:
                self._above[above] = Unreadable(answer, index)
            return
        if self.showed is None and shows_a_lock(answer):
            self.showed = index
        if not url:
            # An answer alone: of what it lists, the topmost is what was asked for.
            if (element := topmost(answer)) is not None:
                self._own_element(element, url, index, by_name=False)
            return
        by_name = isinstance(exchange.request.body, bytes) and LOCKDISCOVERY in exchange.request.body
        if (element := find(answer, url, self.target)) is not None and (
            same_resource(url, self.target) or is_ancestor(url, self.target)
        ):
            self._own_element(element, url, index, by_name=by_name)
        elif same_resource(url, self.target):
            if (element := find_asked(answer, exchange)) is not None:
                named = names_asked(element, exchange)
                self._own_element(element, url, index, by_name=by_name, named=named)
            else:
                self._own = Unreadable(NOT_MENTIONED, index)
        if above is not None and (element := find(answer, url, above)) is not None:
            self._ancestor_element(above, element, url, index, by_name=by_name)

    def _own_element(
        self, element: ResponseElement, url: str, index: int, *, by_name: bool, named: bool = True
    ) -> None:
        """``named``: it names what was asked for. Otherwise only the locks that it shows count."""
        there = existence(element)
        if not named and not view(element, url).locks:
            self._own = Unreadable(NOT_MENTIONED, index)
            return
        if there is False:
            # The same as a 404 to the whole request: some servers say it inside a 207.
            self._missing_as_spelt = self._missing_as_spelt or url == self.target
            self._exists(False, index)
            self._own = Known((), index)
            return
        if named and (there or (element.status is None and not isinstance(self.exists_after, Known))):
            self._exists(True, index)  # properties were told of, if only that it has them not
        seen = view(element, url)
        self._own = lock_fact(seen, index, by_name=by_name)
        self._saw(self.target, seen.locks or (), index)
        if seen.supported is not None:
            self.supported = Known(seen.supported, index)
        if seen.is_collection is not None:
            self.is_collection = Known(seen.is_collection, index)
        if seen.etag is not None:
            self.tags.add(SeenTag(tag=seen.etag, source="getetag", coded=False, exchange=index))

    def _above_missing(self, above: str, index: int) -> None:
        self._missing_above |= {above}
        if above == self._ancestors[0]:
            self.parent_is_collection = Known(False, index)

    def _ancestor_element(self, above: str, element: ResponseElement, url: str, index: int, *, by_name: bool) -> None:
        if existence(element) is False:
            self._above_missing(above, index)
            return
        seen = view(element, url)
        self._above[above] = lock_fact(seen, index, by_name=by_name)
        self._saw(above, seen.locks or (), index)
        if above == self._ancestors[0] and seen.is_collection is not None:
            self.parent_is_collection = Known(seen.is_collection, index)

    def _lock(self, index: int, request: Request, response: Response, *, subject: bool) -> None:
        url = request.url
        refresh = request.body == b""
        locks = read_lock_answer(response, url) if response.status in (200, 201) else ()
        named = (request.headers.get("If") or "") if refresh else (response.headers.get("Lock-Token") or "")
        self._saw(url, locks, index, named=named)
        if self._subject_seen and not subject and refresh and same_resource(url, self.target):
            # A refresh sent after the subject is a question: is this token still good?
            if response.ok:
                # A proxy that answers everything with 200 says something else than a lock.
                if not (response.body or b"").strip() or locks:
                    self.token_alive = Known(True, index)
            elif response.status in (409, 412, 423):
                self.token_alive = Known(False, index)
            elif response.status == 400:  # the answer to LOCK without body and If (RFC 4918 §9.10.2)
                self.token_alive = Unreadable("the server answered the refresh like one without a token", index)
            return
        if (
            not refresh
            and "If" not in request.headers
            and same_resource(url, self.target)
            and asks_for_exclusive_lock(request)
        ):
            self._lock_tried(index, response)
        if response.status not in (200, 201):
            return
        token = None if refresh else granted_token(response, locks)
        if token is not None:
            if self._login in (None, login_of(request.headers) or self._login):
                self.held |= {token}
                self.mine |= {token}
            self.taken += tuple(
                ObservedLock(url=url, lock=lock, observation=Observation(exchange=index))
                for lock in locks
                if lock.token and lock.token.uri == token
            )
        # What a refresh's answer lists can be invented (lighttpd); a new lock's answer is what the server stands by.
        if locks and not refresh:
            if same_resource(url, self.target):
                self._own = Known(locks, index)
                self._exists(True, index)
            elif (above := next((entry for entry in self._ancestors if same_resource(entry, url)), None)) is not None:
                self._above[above] = Known(locks, index)

    def _lock_tried(self, index: int, response: Response) -> None:
        """An exclusive lock is granted only where no other stands in its way."""
        if response.status == 423 and any(same_resource(entry.url, self.target) for entry in self.taken):
            return  # our own lock, which a second LOCK tests, says nothing about others
        if response.status == 423:
            self.lockable = Known(False, index)
        elif response.status in (200, 201) and read_lock_answer(response, self.target):
            self.lockable = Known(True, index)

    def _unlock(self, index: int, request: Request, response: Response) -> None:
        if not response.ok:
            return
        why = f"the server answered {response.status} to UNLOCK, which proves nothing; nobody read the locks again"
        self._own = NotAsked(why)
        self._above = {}
        try:
            token = parse_lock_token(request.headers.get("Lock-Token") or "")[0].uri
        except RemoteProtocolError:
            return
        if not self._subject_seen:
            self.held -= {other for other in self.held if same_token(other, token)}
            self.taken = tuple(entry for entry in self.taken if not same_token(entry.token, token))

    def _get(self, index: int, request: Request, response: Response) -> None:
        if response.ok:
            self._exists(True, index)
            self.tags.read(index, request, response)
        elif response.status in GONE:
            self._exists(False, index)

    def _saw(self, url: str, locks: tuple[ActiveLock, ...], index: int, *, named: str = "") -> None:
        """Remember timeouts. ``named`` is the header that holds the token of the lock just taken or refreshed."""
        seen = Observation(exchange=index)
        shown = tuple(ObservedLock(url=url, lock=lock, observation=seen) for lock in locks if lock.token is not None)
        self.sightings += shown
        self.grants += tuple(entry for entry in shown if entry.token is not None and entry.token in named)
        self.clock.start(locks)

    def _exists(self, value: bool, index: int) -> None:
        self.exists_after = Known(value, index)
        if not self._subject_seen:
            self.exists = Known(value, index)

    # -- all of it together

    @property
    def locks(self) -> Fact[tuple[ObservedLock, ...]]:
        """The locks that cover the target: its own, and those of collections above that it does not show itself."""
        creating = isinstance(self.exists_after, Known) and not self.exists_after.value
        locks: list[ObservedLock] = []
        # Of a name that does not exist, the nearest collection that does tells what bears on it.
        views = self._nearest_above() if creating else self._own
        over = False
        if isinstance(self._own, Known):
            own = [lock for lock in self._own.value if not self._ran_out(lock)]
            over = len(own) < len(self._own.value)
            shown = (self._covering(lock, self.target, self._own.exchange) for lock in own)
            locks += [covering for covering in shown if not is_of_further_up(covering, self._ancestors)]
        for depth, above in enumerate(self._ancestors):
            fact = self._above.get(above)
            if not isinstance(fact, Known):
                continue
            for lock in fact.value:
                if self._ran_out(lock):
                    over = True
                    continue
                known = any(lock.token is not None and same_token(entry.token, lock.token.uri) for entry in locks)
                if not known and covers_from_above(lock, is_parent=depth == 0, creating=creating and self._guards_new):
                    covering = self._covering(lock, above, fact.exchange)
                    locks += [] if is_of_further_up(covering, self._ancestors) else [covering]
        if over and not locks:
            return NotAsked("the time of your lock was over by the server's clock, and locks were not read since")
        if isinstance(views, Known):
            return Known(tuple(locks), views.exchange)
        return Known(tuple(locks), locks[0].exchange) if locks else views

    @property
    def parent_locks(self) -> Fact[tuple[ObservedLock, ...]]:
        """The locks of depth 0 on the collection above: they protect its list of members (RFC 4918 §7.4)."""
        if not self._ancestors:
            return NotAsked("there is no collection above it")
        above = self._ancestors[0]
        fact = self._above.get(above, NotAsked("the collection above it was not asked"))
        if not isinstance(fact, Known):
            return fact
        locks = [lock for lock in fact.value if lock.depth is Depth.ZERO and not self._ran_out(lock)]
        shown = (self._covering(lock, above, fact.exchange) for lock in locks)
        beside = tuple(covering for covering in shown if not is_of_further_up(covering, self._ancestors))
        return Known(beside, fact.exchange)

    @property
    def nearest(self) -> str | None:
        """The last part of the path above the target that exists; ``None`` where that was not asked."""
        above = next((entry for entry in self._ancestors if entry not in self._missing_above), None)
        fact = self._above.get(above) if above is not None else None
        return above if isinstance(fact, Known) or (isinstance(fact, Unreadable) and fact.left_out) else None

    def _nearest_above(self) -> Fact[tuple[ActiveLock, ...]]:
        unasked = NotAsked("there is no such resource, and the collection above it was not asked")
        return next((self._above[above] for above in self._ancestors if above in self._above), unasked)

    def _covering(self, lock: ActiveLock, url: str, exchange: int) -> ObservedLock:
        another = bool(owner_since(lock, self._taken_earlier))
        token = lock.token.uri if lock.token else None
        root = lock_root(lock, url, collections=self._ancestors, taken=self.taken, above=self._above)
        return ObservedLock(
            lock=lock,
            url=url,
            root=root,
            direct=None if root is None or not self.target else same_path(root, self.target),
            mine=False if another else True if is_among(token, self.mine) else None,
            observation=Observation(exchange=exchange),
            held=is_among(token, self._typed if another else self.held),
        )
