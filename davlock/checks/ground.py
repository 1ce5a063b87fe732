"""The ground on which checks stand: what is sent, what it has brought about, and its removal on every way out.

Whatever a check takes or makes, the ground knows.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from davlock.checks.answers import answer, granted, no_answer
from davlock.checks.not_passed import Unknown
from davlock.checks.results import Stop
from davlock.diagnosis.evidence import CHALLENGES, from_exchanges
from davlock.errors import DavlockError, NoResponse, RemoteProtocolError
from davlock.operations.case import went_well
from davlock.protocol import requests
from davlock.protocol.if_header import IfHeader
from davlock.protocol.lock import ActiveLock, Depth, LockToken
from davlock.protocol.message import Exchange, Headers, Request
from davlock.protocol.multistatus import parse_multistatus
from davlock.protocol.retry_after import THROTTLED
from davlock.protocol.url import parent, resolve
from davlock.servers import PROFILES
from davlock.servers.profile import Profile
from davlock.transport.base import EVIDENCE_LIMIT, Send

OLD = b"davlock: as it was\n"

NAME = "davlock-check-"
"""How the names of scratch collections begin; a mark follows that no other run has."""

MOMENT = 0.2
"""Seconds between two looks whether an end is to be made."""

MOST_LOCKS = 4
"""Locks on one resource that are released at the end, whatever the server lists."""

RETURN, RETURNS = 0.5, 4
"""Seconds that a server which does not answer any more is given to come back, and how often, before all is left."""

NO_ANSWERS = 3
"""Requests in a row without an answer, after which nothing more is asked."""


WRITES = frozenset({"COPY", "DELETE", "MKCOL", "MOVE", "PROPPATCH", "PUT"})
"""What a lock keeps from those who have not its token."""


class Stopped(Exception):
    """Nothing more is to be asked: the person, the server or the line does not want it."""

    def __init__(self, stop: Stop, why: str) -> None:
        super().__init__(why)
        self.stop = stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A lock that was granted. ``lock`` is how the answer described it, where it did."""

    url: str
    token: LockToken
    lock: ActiveLock | None
    subject: int
    by: int = 0
    """Which user took it."""

    def among(self, shown: Iterable[ActiveLock]) -> ActiveLock | None:
        """The one of ``shown`` that this is: with its token, or without any, where a server keeps tokens to itself."""
        locks = tuple(shown)
        return next((lock for lock in locks if lock.token == self.token), None) or next(
            (lock for lock in locks if lock.token is None), None
        )


@dataclass(frozen=True, slots=True)
class User:
    """One principal: how it asks, and its name for people."""

    send: Send
    name: str


class Ground:
    """One scratch collection on one server.

    ``users`` are one or two principals; ``stop`` is asked before each request whether there is an end to be made.
    """

    def __init__(
        self,
        users: tuple[User, ...],
        target: str,
        *,
        mark: str,
        sleep: Callable[[float], None],
        stop: Callable[[], bool] = lambda: False,
        hostile: bool = False,
        profiles: tuple[Profile, ...] = PROFILES,
    ) -> None:
        self.target = target
        self.url = f"{target.rstrip('/')}/{NAME}{mark}/"
        self.mark = mark
        self.users = users
        self._sleep = sleep
        self.profiles = profiles
        self.hostile = hostile
        self.exchanges: list[Exchange] = []
        self.warnings: list[tuple[str, int | None]] = []
        self.cleaning = False
        self.notes: dict[str, object] = {}
        """What one check has learned that others can use."""
        self.stranger = 0
        """Which user writes without a token: the second, where locks bind users and not their programs."""
        self.enough: set[str] = set()
        """Ids of checks that failed, and yet what needs them can be carried out."""
        self.suspects: list[str] = []
        """Names that may be locked although LOCK was refused."""
        self.made = False
        """Whether the collection is there."""
        self.begun = False
        """Whether it was asked for, so that it may be there."""
        self._beside: str | None = None  # what was tried in its place
        self._stop = stop
        self._held: list[Taken] = []
        self._locked: dict[str, None] = {}  # every URL that a LOCK was sent to, in order
        self._unsure: dict[str, None] = {}  # those of them whose answer does not tell whether there is a lock now
        self._stuck: list[Taken] = []  # which UNLOCK did not release
        self._withheld: str | None = None  # of a lock whose token is not shown: when it ends, in words
        self._number = 0
        self._unanswered = 0
        self._returns = RETURNS

    # -- asking

    @property
    def last(self) -> int:
        """The number of the latest exchange."""
        return len(self.exchanges) - 1

    def ask(self, request: Request, *, by: int = 0) -> Exchange:
        """Send it. Raises Stopped where nothing more is to be sent, Unknown where no answer came."""
        if not self.cleaning and self._stop():
            raise Stopped(Stop.INTERRUPTED, "it was interrupted")
        if by == 0 and not self.cleaning and request.method in WRITES and not self._submits(request):
            by = self.stranger
        if request.method == "LOCK":
            self._locked[request.url] = self._unsure[request.url] = None
        elif request.method == "MKCOL" and request.url == self.url:
            self.begun = True
        try:
            exchange = self.users[by].send(request)
        except RemoteProtocolError as error:
            raise Unknown(f"{request.method} was answered with what is no HTTP: {error.why}") from None
        self.exchanges.append(exchange)
        if request.method == "LOCK" and exchange.status is not None and exchange.status < 500:
            self._unsure.pop(request.url, None)
        if request.method == "LOCK" and exchange.status in (200, 201):
            self._remember(exchange, by)
        if self.cleaning:
            return exchange
        if exchange.response is None:
            self._unanswered += 1
            why = f"{request.method} was not answered: {no_answer(exchange)}"
            if self.last == 0 or self._unanswered == NO_ANSWERS:
                raise Stopped(Stop.NO_ANSWER, why)
            raise Unknown(why, self.last)
        self._unanswered = 0
        if exchange.status in THROTTLED:
            raise Stopped(Stop.THROTTLED, f"{answer(exchange)}: the server wants to be asked less")
        if exchange.status == 407 or (exchange.status == 401 and not self._logged_in(by)):
            who = self.users[by].name
            raise Stopped(
                Stop.LOGIN,
                f"{answer(exchange)}: log in with -u, as somebody who may"
                if not who
                else f"{answer(exchange)} to {who}",
            )
        return exchange

    def _submits(self, request: Request) -> bool:
        """Whether a lock token that was granted here stands in its If."""
        value = request.headers.get("If") or ""
        return any(taken.token.coded in value for taken in self._held)

    def _logged_in(self, by: int) -> bool:
        """Whether a 401 was about what was asked and not about who asks: webdav-server gives it to whoever refreshes a
        lock of somebody else. A MKCOL of what is there wants a login as any write does, and changes nothing.
        """
        if not self.made:
            return False
        try:
            again = self.users[by].send(requests.mkcol(self.url))
        except RemoteProtocolError:
            return False
        self.exchanges.insert(self.last, again)  # before it: the request that was asked stays the last
        return again.response is not None and again.status not in CHALLENGES

    def pause(self, seconds: float) -> None:
        """Do nothing for so long. Raises Stopped where an end is to be made."""
        while seconds > 0:
            if self._stop():
                raise Stopped(Stop.INTERRUPTED, "it was interrupted")
            self._sleep(min(seconds, MOMENT))
            seconds -= MOMENT

    def _remember(self, exchange: Exchange, by: int) -> None:
        token, lock = granted(exchange)
        if token is None or any(taken.token == token and taken.url == exchange.request.url for taken in self._held):
            return
        self._held.append(Taken(url=exchange.request.url, token=token, lock=lock, subject=self.last, by=by))

    @property
    def held(self) -> tuple[Taken, ...]:
        """The locks that were granted and not given back yet."""
        return tuple(self._held)

    def name(self, word: str = "f", extension: str = ".txt") -> str:
        """A URL in the collection that nothing has yet."""
        self._number += 1
        return f"{self.url}{word}{self._number}{extension}"

    def tagged(self, taken: Taken, url: str | None = None) -> tuple[str, str]:
        """The If field that submits a token for ``url``, or for what is locked."""
        return "If", str(IfHeader.tagged_with(url or taken.url, taken.token))

    # -- the end

    def forget(self, first: int) -> None:
        """Keep no more of a body than evidence needs, from the exchange ``first`` on: there are hundreds of them."""
        for number in range(first, len(self.exchanges)):
            exchange = self.exchanges[number]
            response = exchange.response
            if response is not None and len(response.body or b"") > EVIDENCE_LIMIT:
                short = replace(response, body=(response.body or b"")[:EVIDENCE_LIMIT], body_truncated=True)
                self.exchanges[number] = replace(exchange, outcome=short)

    def release(self) -> None:
        """Give back every lock that a check left, without a word: it is not what was checked."""
        self.cleaning = True
        try:
            self._give_back()
        finally:
            self.cleaning = False

    def _give_back(self) -> None:
        for taken in reversed(self._held):
            released = self._quietly(requests.unlock(taken.url, taken.token), by=taken.by)
            if released is None or not went_well(released):
                self._stuck.append(taken)
        self._held.clear()
        while self.suspects:
            self._uncover(self.suspects[-1])
            self.suspects.pop()

    def _uncover(self, url: str) -> None:
        """Release a lock on a name that does not exist, below a collection that does not either: nobody shows it, and
        nothing can be written there. A collection with such a name in it, moved there, brings it to light.
        """
        above = parent(url)
        if above is None:
            return
        other = self.name("cover", "/")
        self._quietly(requests.mkcol(other))
        self._quietly(requests.put(f"{other}{url.removeprefix(above)}", OLD))
        fields = Headers.of([("Destination", above), ("Overwrite", "F")])
        self._quietly(Request(method="MOVE", url=other, headers=fields))
        self._free(url)

    def remove(self, *, foreign: bool = False) -> str:
        """Remove all of it, also where it was made by a ``foreign`` run; in words, what could not be removed."""
        self.cleaning = True
        if not self.begun:
            return ""
        created = next((entry for entry in self.exchanges if entry.request.url == self.url), None)
        if created is not None and isinstance(created.outcome, NoResponse) and not created.outcome.sent:
            return ""
        if created is not None and created.status is not None and 300 <= created.status < 500:
            return ""  # the answer itself says that there is nothing to remove
        self._give_back()
        # Before they are gone: nginx keeps the lock of what was deleted, where nobody finds it any more.
        for url in [*self._unsure, *(self._members() if foreign else ())]:
            self._free(url)
        if self._beside is not None:
            self._free(self._beside)
            self._quietly(requests.delete(self._beside))
        if self._deleted(created):
            return self._left_over(created)
        for url in [*self._locked, *self._members()]:
            self._free(url)
        for taken in self._stuck:
            self._quietly(requests.put(taken.url, OLD, conditions=(self.tagged(taken),)), by=taken.by)
            self._quietly(
                requests.delete(taken.url, condition=str(IfHeader.tagged_with(taken.url, taken.token))), by=taken.by
            )
        if self._deleted(created):
            return self._left_over(created)
        last = self.exchanges[-1] if self.exchanges else None
        told = answer(last) if last is not None else "no answer"
        if self._withheld is not None:
            return (
                f"{self.url} could not be removed: {told}. It is locked, and the server does not show the token; once"
                f" that lock has ended{self._withheld}: davlock check --clean-up {self.target}"
            )
        return f"{self.url} could not be removed: {told}; try: curl -X DELETE {self.url}"

    def _free(self, url: str) -> None:
        """Everything in this collection is ours: whatever locks it, also where its token never reached us."""
        found = self._quietly(requests.propfind(url, Depth.ZERO, requests.LOCK_PROPERTIES))
        if found is None or found.status != 207:
            return
        evidence = from_exchanges([found], target=url, subject=None, guess=False, profiles=self.profiles)
        tokens = [entry.lock.token for entry in evidence.covering if entry.lock.token is not None]
        for lock in (entry.lock for entry in evidence.covering if entry.lock.token is None):
            told = lock.timeout.as_sent if lock.timeout is not None else None
            self._withheld = f" (its timeout is {told})" if told else ""
        for token in tokens[:MOST_LOCKS]:
            asked = [self._quietly(requests.unlock(url, token), by=by) for by in range(len(self.users))]
            if url.endswith("/") and not any(released is not None and went_well(released) for released in asked):
                self._empty(url, token)
            self._quietly(requests.delete(url, condition=str(IfHeader.tagged_with(url, token))))
        if len(tokens) > 1:  # WsgiDAV wants the token of everybody who shares a lock
            self._quietly(requests.delete(url, condition=str(IfHeader.tagged_with(url, *tokens))))

    def _empty(self, url: str, token: LockToken) -> None:
        """Remove what is in a locked collection, and unlock it then: with a file in it, Zope does not."""
        condition = str(IfHeader.tagged_with(url, token))
        for by in range(len(self.users)):
            for member in self._members(url):
                self._quietly(requests.delete(member, condition=condition), by=by)
            self._quietly(requests.unlock(url, token), by=by)

    def _members(self, of: str | None = None) -> list[str]:
        """What is in the collection, or in one of its collections, as far as a listing goes."""
        found: list[str] = []
        todo = [of or self.url]
        while todo and len(found) < 500:
            above = todo.pop()
            listed = self._quietly(requests.propfind(above, Depth.ONE, ("{DAV:}resourcetype",)))
            if listed is None or listed.status != 207 or listed.response is None:
                continue
            try:
                responses = parse_multistatus(listed.response.body or b"", above).responses
            except RemoteProtocolError:
                continue
            for element in responses:
                for href in element.hrefs:
                    url = resolve(above, href)
                    if url.startswith(self.url) and url.rstrip("/") != above.rstrip("/") and url not in found:
                        found.append(url)
                        if url.endswith("/"):
                            todo.append(url)
        return found

    def _deleted(self, created: Exchange | None) -> bool:
        gone = self._quietly(requests.delete(self.url))
        # What a request has ended is often started again.
        while gone is not None and gone.response is None and self._returns:
            self._returns -= 1
            self._sleep(RETURN)
            gone = self._quietly(requests.delete(self.url))
        return gone is not None and (gone.status == 404 or went_well(gone))

    def _left_over(self, created: Exchange | None) -> str:
        """Look again: a 2xx alone proves nothing."""
        last = self.exchanges[-1]
        if last.status == 404:
            if created is not None and created.response is not None:
                return ""
            return f"the MKCOL was on its way: {self.url} may exist; look, and remove it: curl -X DELETE {self.url}"
        found = self._quietly(requests.propfind(self.url, Depth.ZERO, ("{DAV:}resourcetype",)))
        if found is None or found.status != 207:
            return ""
        return f"{self.url} is still there, although DELETE was answered {last.status}; try: curl -X DELETE {self.url}"

    def _quietly(self, request: Request, *, by: int = 0) -> Exchange | None:
        try:
            return self.ask(request, by=by)
        except (DavlockError, Unknown):
            return None
