"""Where checks are carried out: a collection of our own, what was asked of the server, and which locks are held.

Whatever a check takes or makes, the site knows, so that all of it can be removed on every way out.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from davlock.checks.check import Failed, Skip, Unknown
from davlock.checks.results import Stop
from davlock.diagnosis.evidence import from_exchanges
from davlock.diagnosis.fact import Known
from davlock.errors import DavlockError, NoResponse, RemoteProtocolError
from davlock.protocol import requests
from davlock.protocol.headers import EntityTag, parse_etag_leniently
from davlock.protocol.if_header import IfHeader
from davlock.protocol.lock import ActiveLock, Depth, LockScope, LockToken
from davlock.protocol.lockdiscovery import parse_lock_answer
from davlock.protocol.message import Exchange, Headers, Request
from davlock.protocol.multistatus import Multistatus, parse_multistatus
from davlock.protocol.retry_after import THROTTLED
from davlock.protocol.url import parent, resolve
from davlock.servers import PROFILES
from davlock.servers.profile import Profile
from davlock.transport.base import EVIDENCE_LIMIT, Send

SECONDS = 120
"""What is asked for a lock: should its release be lost, it ends by itself."""

OLD = b"davlock: as it was\n"
NEW = b"davlock: written anew\n"

NAME = "davlock-check-"
"""How the names of scratch collections begin; a mark follows that no other run has."""

MOMENT = 0.2
"""Seconds between two looks whether an end is to be made."""

WEAK_FOR = 2.1
"""Seconds for which a server may give a weak entity tag to what was just written."""

FIRST = 40
"""Exchanges by which the product is told."""

MOST_LOCKS = 4
"""Locks on one resource that are released at the end, whatever the server lists."""

_TOKEN = re.compile(r"<([^<>]+)>")


NO_ANSWERS = 3
"""Requests in a row without an answer, after which nothing more is asked."""


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


@dataclass(frozen=True, slots=True)
class User:
    """One principal: how it asks, and its name for people."""

    send: Send
    name: str


class Site:
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
        self._number = 0
        self._unanswered = 0

    # -- asking

    @property
    def last(self) -> int:
        """The number of the latest exchange."""
        return len(self.exchanges) - 1

    def ask(self, request: Request, *, by: int = 0) -> Exchange:
        """Send it. Raises Stopped where nothing more is to be sent, Unknown where no answer came."""
        if not self.cleaning and self._stop():
            raise Stopped(Stop.INTERRUPTED, "it was interrupted")
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
            why = f"{request.method} was not answered: {_no_answer(exchange)}"
            if self.last == 0 or self._unanswered == NO_ANSWERS:
                raise Stopped(Stop.NO_ANSWER, why)
            raise Unknown(why, self.last)
        self._unanswered = 0
        if exchange.status in THROTTLED:
            raise Stopped(Stop.THROTTLED, f"{answer(exchange)}: the server wants to be asked less")
        if exchange.status in (401, 407):
            who = self.users[by].name
            raise Stopped(
                Stop.LOGIN,
                f"{answer(exchange)}: log in with -u, as somebody who may"
                if not who
                else f"{answer(exchange)} to {who}",
            )
        return exchange

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

    @property
    def untagged_is_safe(self) -> bool:
        """Whether an untagged If on a write ends no server of this kind. It is known to end some."""
        if self.hostile:
            return True
        server = from_exchanges(self.exchanges[:FIRST], guess=False, profiles=self.profiles).server
        return server is not None and not server.untagged_if_is_deadly

    # -- making things

    def name(self, word: str = "f", extension: str = ".txt") -> str:
        """A URL in the collection that nothing has yet."""
        self._number += 1
        return f"{self.url}{word}{self._number}{extension}"

    def file(self, word: str = "f", content: bytes = OLD, *, url: str | None = None) -> str:
        """The URL of a new file. Raises Unknown where it cannot be made."""
        url = url or self.name(word)
        made = self.put(url, content)
        if not well(made):
            raise Unknown(f"no file could be made: {answer(made)}", self.last)
        return url

    def collection(self, word: str = "c") -> str:
        """The URL of a new collection, with its slash. Raises Unknown where it cannot be made."""
        url = self.name(word, "/")
        made = self.ask(requests.mkcol(url))
        if not well(made):
            raise Unknown(f"no collection could be made: {answer(made)}", self.last)
        return url

    def probe(self, url: str) -> None:
        """What a name beside the collection is answered, where the collection could not be made; nothing is left."""
        self._beside = url
        if well(self.put(url, OLD)):
            self.ask(requests.delete(url))
        self.try_lock(url)

    # -- verbs

    def put(self, url: str, content: bytes = NEW, *fields: tuple[str, str], by: int = 0) -> Exchange:
        """PUT with these header fields besides."""
        return self.ask(requests.put(url, content, conditions=fields, content_type="text/plain"), by=by)

    def request(self, method: str, url: str, *fields: tuple[str, str], body: bytes = b"", by: int = 0) -> Exchange:
        """Any request."""
        return self.ask(Request(method=method, url=url, headers=Headers.of(fields), body=body), by=by)

    def try_lock(
        self,
        url: str,
        *,
        scope: LockScope = LockScope.EXCLUSIVE,
        depth: Depth = Depth.ZERO,
        seconds: int = SECONDS,
        by: int = 0,
        owner: str | None = None,
    ) -> Exchange:
        """LOCK, whatever comes of it."""
        owner = owner if owner is not None else f"davlock check {self.mark}"
        return self.ask(requests.lock(url, scope=scope, depth=depth, seconds=seconds, owner=owner), by=by)

    def lock(
        self,
        url: str,
        *,
        scope: LockScope = LockScope.EXCLUSIVE,
        depth: Depth = Depth.ZERO,
        seconds: int = SECONDS,
        by: int = 0,
        owner: str | None = None,
    ) -> Taken:
        """A lock. Raises Failed where it is not granted, or without a token."""
        asked = self.try_lock(url, scope=scope, depth=depth, seconds=seconds, by=by, owner=owner)
        subject = self.last
        if asked.status not in (200, 201):
            raise Failed(f"no lock was granted: {answer(asked)}", subject)
        token, lock = granted(asked)
        if token is None:
            raise Failed(f"{answer(asked)}, and there is no lock token in it", subject)
        return Taken(url=url, token=token, lock=lock, subject=subject, by=by)

    def unlock(self, taken: Taken, *, url: str | None = None, by: int | None = None) -> Exchange:
        """UNLOCK, on another URL or by another user if one is named."""
        return self.ask(requests.unlock(url or taken.url, taken.token), by=taken.by if by is None else by)

    def tagged(self, taken: Taken, url: str | None = None) -> tuple[str, str]:
        """The If field that submits a token for ``url``, or for what is locked."""
        return "If", str(IfHeader.tagged_with(url or taken.url, taken.token))

    # -- looking

    def content(self, url: str, *, by: int = 0) -> bytes | None:
        """What GET brings; ``None`` where there is nothing. Raises Unknown where it cannot be told."""
        got = self.ask(requests.get(url), by=by)
        if got.status in (404, 410):
            return None
        if got.response is None or not got.response.ok:
            raise Unknown(f"whether anything was changed could not be told: {answer(got)}", self.last)
        return got.response.body or b""

    def exists(self, url: str) -> bool:
        """Whether PROPFIND finds anything. Raises Unknown where it cannot be told."""
        found = self.ask(requests.propfind(url, Depth.ZERO, ("{DAV:}resourcetype",)))
        if found.status in (404, 410):
            return False
        if found.status == 207:
            return True
        raise Unknown(f"whether {url} is there could not be told: {answer(found)}", self.last)

    def locks(self, url: str, *, by: int = 0) -> tuple[ActiveLock, ...] | None:
        """The locks that lockdiscovery shows; ``None`` where it shows none that could be read."""
        return self.locks_in(self.ask(requests.propfind(url, Depth.ZERO, requests.LOCK_PROPERTIES), by=by), url)

    def locks_in(self, exchange: Exchange, url: str) -> tuple[ActiveLock, ...] | None:
        """The same in an answer that is there already."""
        evidence = from_exchanges([exchange], target=url, subject=None, guess=False, profiles=self.profiles)
        if not isinstance(evidence.locks, Known):
            return None
        return tuple(covering.lock for covering in evidence.covering)

    def etag_of(self, exchange: Exchange) -> EntityTag | None:
        """The entity tag in a header."""
        value = exchange.response.headers.get("ETag") if exchange.response is not None else None
        try:
            return parse_etag_leniently(value)[0] if value else None
        except RemoteProtocolError:
            return None

    def listed_etag(self, url: str) -> EntityTag | None:
        """The entity tag that PROPFIND shows."""
        asked = self.ask(requests.propfind(url, Depth.ZERO, ("{DAV:}getetag",)))
        if asked.status != 207:
            return None
        for element in self.multistatus(asked).responses:
            for propstat in element.propstats:
                for prop in propstat.properties:
                    if propstat.status == 200 and prop.name == "{DAV:}getetag" and prop.text:
                        return parse_etag_leniently(prop.text)[0]
        return None

    def strong_etag(self, url: str) -> EntityTag:
        """The entity tag of ``url``; Apache's is weak for a second after a write. Raises Skip where there is none."""
        etag = self.etag_of(self.ask(requests.head(url))) or self.listed_etag(url)
        waited = 0.0
        while etag is not None and etag.weak and waited < WEAK_FOR:
            self.pause(MOMENT)
            waited += MOMENT
            etag = self.etag_of(self.ask(requests.head(url))) or etag
        if etag is None:
            raise Skip("the server gives its files no entity tag", self.last)
        if etag.weak:
            raise Skip("the server gives its files weak entity tags alone, which never match", self.last)
        return EntityTag(etag.value)

    def shows(self, taken: Taken, *, url: str | None = None) -> bool | None:
        """Whether lockdiscovery shows the lock; ``None`` where the server shows none."""
        if self.notes.get("hides-locks"):
            return None
        found = self.locks(url or taken.url)
        if found is None:
            return None
        return any(lock.token == taken.token for lock in found)

    def multistatus(self, exchange: Exchange) -> Multistatus:
        """Its body. Raises Failed where that is none."""
        response = exchange.response
        try:
            return parse_multistatus(response.body or b"" if response is not None else b"", exchange.request.url)
        except RemoteProtocolError as error:
            raise Failed(f"{answer(exchange)}, and its body is no multistatus: {error.why}", self.last) from None

    # -- judging

    def warn(self, why: str, subject: int | None = None) -> None:
        """The effect is right, and the answer is not."""
        self.warnings.append((why, self.last if subject is None else subject))

    def refused(
        self,
        exchange: Exchange,
        url: str,
        kept: bytes | None = OLD,
        *,
        status: tuple[int, ...] = (423,),
        what: str | None = None,
    ) -> None:
        """The write must have been refused: with one of ``status``, and the content of ``url`` is what it was."""
        subject, what = self.last, what or exchange.request.method
        now = self.content(url)
        if now != kept:
            raise Failed(f"{what} was carried out (answered {exchange.status}) and had to be refused", subject)
        self._expect(exchange, status, what, subject)

    def _expect(self, exchange: Exchange, status: tuple[int, ...], what: str, subject: int) -> None:
        if exchange.status in status:
            return
        wanted = " or ".join(map(str, status))
        if exchange.response is not None and exchange.response.ok and exchange.status != 207:
            self.warn(f"{what} was answered {exchange.status} and not carried out; {wanted} says so", subject)
        elif not (exchange.status == 207 and any(code in self._codes(exchange) for code in status)):
            self.warn(f"{what} was refused with {exchange.status}, not {wanted}", subject)

    def _codes(self, exchange: Exchange) -> frozenset[int]:
        """Those of the members of a multistatus."""
        try:
            return frozenset(
                element.status for element in self.multistatus(exchange).responses if element.status is not None
            )
        except Failed:
            return frozenset()

    def done(self, exchange: Exchange, url: str, now: bytes = NEW, *, what: str | None = None) -> None:
        """The write must have been carried out: answered so, and the content of ``url`` is ``now``."""
        subject, what = self.last, what or exchange.request.method
        if not well(exchange):
            raise Failed(f"{what} was refused: {answer(exchange)}", subject)
        if self.content(url) != now:
            raise Failed(f"{what} was answered {exchange.status}, and nothing was written", subject)

    def denied(self, exchange: Exchange, *, status: tuple[int, ...], what: str) -> None:
        """What has no content to look at must have been refused."""
        if well(exchange):
            raise Failed(f"{what} was answered {exchange.status} and had to be refused", self.last)
        if exchange.status not in status and not (
            exchange.status == 207 and any(code in self._codes(exchange) for code in status)
        ):
            self.warn(f"{what} was refused with {exchange.status}, not {' or '.join(map(str, status))}")

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
            if released is None or not well(released):
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

    def create(self) -> Exchange:
        """The collection itself."""
        return self.ask(requests.mkcol(self.url))

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
        return f"{self.url} could not be removed: {told}; try: curl -X DELETE {self.url}"

    def _free(self, url: str) -> None:
        """Everything in this collection is ours: whatever locks it, also where its token never reached us."""
        found = self._quietly(requests.propfind(url, Depth.ZERO, requests.LOCK_PROPERTIES))
        if found is None or found.status != 207:
            return
        evidence = from_exchanges([found], target=url, subject=None, guess=False, profiles=self.profiles)
        tokens = [entry.lock.token for entry in evidence.covering if entry.lock.token is not None]
        for token in tokens[:MOST_LOCKS]:
            for by in range(len(self.users)):
                self._quietly(requests.unlock(url, token), by=by)
            self._quietly(requests.delete(url, condition=str(IfHeader.tagged_with(url, token))))
        if len(tokens) > 1:  # WsgiDAV wants the token of everybody who shares a lock
            self._quietly(requests.delete(url, condition=str(IfHeader.tagged_with(url, *tokens))))

    def _members(self) -> list[str]:
        """What is in it at all, as far as a listing goes."""
        found: list[str] = []
        todo = [self.url]
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
        return gone is not None and (gone.status == 404 or well(gone))

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


def granted(exchange: Exchange) -> tuple[LockToken | None, ActiveLock | None]:
    """The token of the lock that a LOCK brought, by its header or else its body, and how the body describes it."""
    response = exchange.response
    if response is None:
        return None, None
    try:
        locks, _ = parse_lock_answer(response.body or b"", exchange.request.url)
    except RemoteProtocolError:
        locks = ()
    header = (response.headers.get("Lock-Token") or "").strip()
    bare = _TOKEN.search(header)
    named = LockToken(bare[1] if bare else header) if header else None
    lock = next((one for one in locks if one.token == named), locks[-1] if locks and named is None else None)
    if lock is None and locks:
        lock = locks[-1]
    return named or (lock.token if lock is not None else None), lock


def well(exchange: Exchange) -> bool:
    """2xx; a 207 to a write says that something in it failed."""
    return exchange.response is not None and exchange.response.ok and exchange.status != 207


def answer(exchange: Exchange) -> str:
    """What was asked and answered, in words."""
    response = exchange.response
    if response is None:
        return f"{exchange.request.method} was not answered: {_no_answer(exchange)}"
    return f"{exchange.request.method} was answered {response.status} {response.reason}".rstrip()


def _no_answer(exchange: Exchange) -> str:
    outcome = exchange.outcome
    return outcome.why if isinstance(outcome, NoResponse) else ""
