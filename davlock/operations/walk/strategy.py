"""One answer of a walk, read as it arrives: the locks in it, the collections to go on with, and what it keeps back."""

from collections.abc import Callable
from dataclasses import field, replace
from datetime import UTC, datetime
from urllib.parse import unquote_to_bytes

from davlock.diagnosis.resource import ResourceView, view
from davlock.diagnosis.walk_end import Bound
from davlock.errors import RemoteProtocolError
from davlock.locks.observed import Observation, ObservedLock
from davlock.protocol.lock import ActiveLock, Depth
from davlock.protocol.message import Exchange, Request
from davlock.protocol.multistatus import MultistatusParser, ResponseElement
from davlock.protocol.requests import LOCK_PROPERTIES, STATE_OF_COLLECTION, propfind
from davlock.protocol.url import at_origin, escaped, leads_up, names_of, resolve
from davlock.protocol.write_scope import inside
from davlock.values import dataclass

MAX_REFUSED = 1000
"""Members of one collection that are named with the status that they got; others are counted."""

NOT_UNREAD = (404, 410, 508)
"""Statuses of a member in which nothing is left to be read: it is gone, or it is a loop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """How a walk asks, and takes the answers, by what it has learned of the server."""

    tree: str
    """What the person named: no redirect leads out of it."""
    start: str
    """Nothing is asked but at and below it. It is in the tree."""
    now: Callable[[], float]
    vendor: tuple[str, ...] = ()
    """Properties of the product's own that tell of a lock."""
    alone: bool = False
    """True if lockdiscovery is told only when it is asked for alone; then a slash says what a collection is."""
    untold_is_free: bool = False
    """True if a resource that is not locked has no lockdiscovery."""
    singly: bool = False
    """True if a listing does not show the locks of the members, so that each is asked for its own."""
    ahead: float | None = None
    """Seconds by which the server's clock is before ours."""

    def request(self, url: str, depth: Depth) -> Request:
        """PROPFIND for what a walk needs."""
        return propfind(url, depth, LOCK_PROPERTIES if self.alone else (*STATE_OF_COLLECTION, *self.vendor))

    def rows(self, url: str, seen: ResourceView, sent: float) -> list[ObservedLock] | None:
        """The locks that a resource shows; ``None`` where it does not disclose them."""
        if seen.locks is None:
            return [] if self.untold_is_free and seen.left_out else None
        if not seen.locks:
            return []
        received = self.now()
        at = datetime.fromtimestamp(received + self.ahead, UTC) if self.ahead is not None else None
        when = Observation(sent=sent, received=received, date=at)
        return [ObservedLock(url=url, lock=_with(lock, seen.vendor), observation=when) for lock in seen.locks]


def _with(lock: ActiveLock, vendor: tuple[tuple[str, str], ...]) -> ActiveLock:
    return replace(lock, vendor=lock.vendor + vendor) if vendor else lock


@dataclass(slots=True)
class CollectionAnswer:
    """What came of asking on one collection."""

    url: str
    exchange: Exchange | None = None
    trouble: str = ""
    """Why the multistatus is not usable, or not whole."""
    rows: list[list[ObservedLock]] = field(default_factory=list)
    held: int = 0
    """Bytes of memory that their locks take."""
    below: list[str] = field(default_factory=list)
    """The collections among its members: those that may wait for their turn."""
    crowded: int = 0
    """The others, which are only counted."""
    bound: Bound | None = None
    """The bound that was reached before the answer was whole."""
    members: int = 0
    hidden: int = 0
    """Members that did not tell whether they are locked."""
    omitted: int = 0
    """Members without a lockdiscovery: whether that says anything, the whole walk decides."""
    outside: int = 0
    strange: list[str] = field(default_factory=list)
    """Members whose names may lead elsewhere: what they show counts, and nothing is sent to them."""
    refused: list[tuple[str, int]] = field(default_factory=list)
    """The first of the members that got a status of their own."""
    more_refused: int = 0
    """The others, which are only counted."""
    signature: int = 0
    """The same for two collections with members of the same names."""

    def note_refusal(self, url: str, status: int) -> None:
        """A member that could not be read."""
        if len(self.refused) < MAX_REFUSED:
            self.refused.append((url, status))
        elif status not in NOT_UNREAD:
            self.more_refused += 1


class Reader:
    """Reads a multistatus as it arrives."""

    def __init__(
        self,
        strategy: Strategy,
        url: str,
        take: Callable[[list[ObservedLock]], object],
        may_wait: Callable[[str], bool] = lambda address: True,
        may_follow: Callable[[str], bool] | None = None,
    ) -> None:
        """``may_wait`` is asked about members that wait for a request of their own, ``may_follow`` about
        collections, if that differs."""
        self.answer = CollectionAnswer(url)
        self.deeper = False
        """True if anything was seen further down than the members."""
        self.own_seen = False
        """True if the collection that was asked on is in the answer."""
        self.collection: Callable[[str, int], object] = lambda address, level: self._keep(address)
        """Told of each collection among the members, and how many names further down it is."""
        self._strategy = strategy
        self._sent = strategy.now()
        self._take = take
        self._may_wait = may_wait
        self._may_follow = may_follow or may_wait
        self._own = names_of(url)
        self._fetched: MultistatusParser | None = None
        self.signing = False
        """True if the answer gets a signature."""
        self.each: list[str] = []
        """The members, where they are to be asked singly."""

    def feed(self, data: bytes) -> None:
        """More of the answer's body."""
        if self._fetched is None:
            strategy = self._strategy
            self._fetched = MultistatusParser(
                self.answer.url, self._element, properties=bool(strategy.vendor), collections=not strategy.alone
            )
            self._fetched.passing_over = self._free
        self._fetched.feed(data)

    def finish(self, exchange: Exchange) -> None:
        """The answer is over."""
        self.answer.exchange = exchange
        if exchange.status != 207:
            return
        if self._fetched is None:
            raise RemoteProtocolError("207 body", "is empty")
        self._fetched.close()

    @property
    def answered(self) -> CollectionAnswer:
        """All of it that arrived."""
        if self._fetched is not None:
            self.answer.members += self._fetched.free
        return self.answer

    def _keep(self, address: str) -> None:
        if self._may_follow(address):
            self.answer.below.append(address)
        else:
            self.answer.crowded += 1

    def _free(self, href: str) -> None:
        if self._strategy.alone and href.endswith("/"):
            # Nothing but the slash tells that it is a collection.
            self._place(at_origin(self._strategy.start, resolve(self.answer.url, href)), None, 1)
        elif self._strategy.singly:
            self._place(at_origin(self._strategy.start, resolve(self.answer.url, href)), False, 1)
        elif self.signing:
            name = href.rstrip("/").rpartition("/")[2]
            self._sign(unquote_to_bytes(name) if "%" in name else name.encode())
        elif not self.deeper:
            self.deeper = len(names_of(resolve(self.answer.url, href))) > len(self._own) + 1
            if self.deeper and self._fetched is not None and not self._strategy.alone:
                self._fetched.passing_over = None  # nothing more to learn from them

    def _sign(self, name: bytes) -> None:
        # In any order, and without keeping the names: a collection may have a million.
        self.answer.signature = (self.answer.signature + hash(name)) & 0xFFFF_FFFF_FFFF_FFFF

    def _place(self, address: str, collection: bool | None, counted: int = 0) -> int | None:
        """How far below the collection that was asked on it stands; ``None`` where it does not.

        Where nothing says whether it is a collection, the slash at its end does. ``counted`` is 1 if the parser has
        counted it already.
        """
        names = names_of(address)
        if names[: len(self._own)] != self._own or leads_up(names[len(self._own) :]):
            self.answer.outside += 1
            return None
        level = len(names) - len(self._own)
        self.own_seen = self.own_seen or level == 0
        self.deeper = self.deeper or level > 1
        if self.signing and level == 1:
            self._sign(names[-1])
        self.answer.members += (level > 0) - counted
        below = level > 0 and (address.endswith("/") if collection is None else bool(collection))
        if level > 0 and (below or self._strategy.singly) and not inside(self.answer.url, address):
            self.answer.strange.append(address)
            return level
        if self._strategy.singly and level == 1:
            member = escaped(address)
            if self._may_wait(member):
                self.each.append(member)
            elif not below:
                self.answer.crowded += 1
        if below:
            self.collection(escaped(address.rstrip("/") + "/"), level)
        return level

    def _element(self, element: ResponseElement) -> None:
        answer = self.answer
        seen = view(element, answer.url)
        address = at_origin(self._strategy.start, seen.url)
        refused = element.status is not None and element.failed and seen.locks is None
        level = self._place(address, False if refused else seen.is_collection)
        if level is None:
            return
        if refused:
            # The collection itself: the server cut the listing short (507).
            if level > 0 or element.status not in NOT_UNREAD:
                answer.note_refusal(address, element.status or 0)
            return
        rows = self._strategy.rows(address, seen, self._sent)
        if rows is None:
            answer.hidden += level > 0 and not seen.left_out
            answer.omitted += level > 0 and seen.left_out
        elif rows:
            self._take(rows)
