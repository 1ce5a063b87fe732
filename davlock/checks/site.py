"""Where checks are carried out: a collection of our own, how things are made and asked in it, and what answers mean."""

from collections.abc import Callable
from dataclasses import replace

from davlock.checks.not_passed import Failed, Skip, Unknown
from davlock.checks.results import Stop
from davlock.checks.storage import Storage, bare, difference
from davlock.diagnosis.evidence import CHALLENGES, REDIRECTS, from_exchanges
from davlock.diagnosis.fact import Known
from davlock.errors import DavlockError, NoResponse, NoResponseKind, RemoteProtocolError
from davlock.operations.answers import answer, granted, no_answer
from davlock.operations.case import went_well
from davlock.operations.lock_answer import LockInterrupted
from davlock.operations.redirect import leads_nowhere
from davlock.operations.scratch import GONE, NO_ANSWERS, OLD, ScratchCollection, ScratchLock, User
from davlock.protocol import requests
from davlock.protocol.headers import EntityTag, parse_etag_leniently
from davlock.protocol.lock import ActiveLock, Depth, LockScope
from davlock.protocol.message import Exchange, Headers, Request, Response
from davlock.protocol.multistatus import Multistatus
from davlock.protocol.precondition import read_multistatus_of
from davlock.protocol.retry_after import THROTTLED
from davlock.servers import PROFILES
from davlock.servers.profile import Profile
from davlock.transport.base import EVIDENCE_LIMIT, Send

NAME = "davlock-check-"
"""How the names of scratch collections begin; a mark follows that no other run has."""

MOMENT = 0.2
"""Seconds between two looks whether an end is to be made."""

WRITES = frozenset({"COPY", "DELETE", "MKCOL", "MOVE", "PROPPATCH", "PUT"})
"""What a lock keeps from those who do not have its token."""

SECONDS = 120
"""What is asked for a lock: should its release be lost, it ends by itself."""

NEW = b"davlock: written anew\n"

WEAK_FOR = 2.1
"""Seconds for which a server may give a weak entity tag to what was just written."""

WEAK = "weak entity tags alone"

UNREADABLE = "what was written cannot be read"

FIRST = 40
"""Exchanges by which the product is told."""


class Stopped(Exception):
    """Nothing more is to be asked: the person, the server or the line does not want it."""

    def __init__(self, stop: Stop, why: str, *, user: str = "") -> None:
        super().__init__(why)
        self.stop = stop
        self.user = user
        """Whose login was refused; empty where it was the person's own, or no login was."""


class Site(ScratchCollection):
    """One scratch collection, as checks see it.

    ``stop`` is asked before each request whether there is an end to be made, ``late`` whether the time is over.
    ``anonymous`` sends without the login of the users, if they have one.
    """

    def __init__(
        self,
        users: tuple[User, ...],
        target: str,
        *,
        mark: str,
        sleep: Callable[[float], None],
        clock: Callable[[], float],
        stop: Callable[[], bool] = lambda: False,
        late: Callable[[], bool] = lambda: False,
        anonymous: Send | None = None,
        hostile: bool = False,
        keep: bool = False,
        limit: Callable[[float], object] = lambda seconds: None,
        profiles: tuple[Profile, ...] = PROFILES,
    ) -> None:
        super().__init__(
            users,
            target,
            f"{NAME}{mark}",
            sleep=sleep,
            clock=clock,
            profiles=profiles,
            again=f"davlock check --clean-up {target}",
            keep=keep,
            limit=limit,
        )
        self.target = target
        self.mark = mark
        self.hostile = hostile
        self.warnings: list[tuple[str, int | None]] = []
        self.notes: dict[str, object] = {}
        """What one check has learned that others can use."""
        self.stranger = 0
        """Which user writes without a token: the second, where locks bind users and not their programs."""
        self.enough: set[str] = set()
        """Ids of checks that failed, and yet what needs them can be carried out."""
        self.made = False
        """Whether the collection is there."""
        self.one_user: int | None = None
        """Once it is known that the server does not tell users apart: the number of the exchange that showed it."""
        self.storage = Storage()
        self._anonymous = anonymous
        self._stop = stop
        self._late = late
        self._silent = 0  # requests in a row without an answer

    # -- asking

    def ask(self, request: Request, *, by: int = 0) -> Exchange:
        """Send it. Raises Stopped where nothing more is to be sent, Unknown where no answer came."""
        self._require_time()
        if by == 0 and request.method in WRITES and not self._submits(request):
            by = self.stranger
        try:
            exchange = self.send(request, by=by)
        except RemoteProtocolError as error:
            what = "what is no HTTP" if error.where == "HTTP" else f"a body that cannot be read: {error.where}"
            why = f"{request.method} was answered with {what}: {error.why}"
            if not self.exchanges:
                raise Stopped(Stop.NOT_HTTP, why) from None
            raise Unknown(why) from None
        except LockInterrupted:
            if self._stop():
                raise Stopped(Stop.INTERRUPTED, "it was interrupted") from None
            raise
        if exchange.response is None:
            self._require_time()  # that may be why
            self._silent += 1
            too_large = isinstance(exchange.outcome, NoResponse) and exchange.outcome.kind is NoResponseKind.TOO_LARGE
            how = "answered, and not read" if too_large else "not answered"
            why = f"{request.method} was {how}: {no_answer(exchange)}"
            if isinstance(exchange.outcome, NoResponse) and exchange.outcome.kind is NoResponseKind.PROXY_LOGIN:
                raise Stopped(Stop.LOGIN, why)
            if self.last == 0 or self._silent == NO_ANSWERS:
                raise Stopped(Stop.NOT_HTTP if too_large else Stop.NO_ANSWER, why)
            raise Unknown(why, self.last)
        self._silent = 0
        if exchange.status in THROTTLED:
            raise Stopped(Stop.THROTTLED, f"{answer(exchange)}: the server wants to be asked less")
        if exchange.status == 407 or (exchange.status == 401 and not self._logged_in(by)):
            who = self.users[by].name
            raise Stopped(Stop.LOGIN, f"{answer(exchange)} to {who}" if who else answer(exchange), user=who)
        if not self.made and _is_not_webdav(exchange):
            raise Stopped(Stop.NOT_DAV, f"{answer(exchange)}: no WebDAV server says that")
        return exchange

    def _require_time(self) -> None:
        """Raises Stopped where an end is to be made."""
        if self._stop():
            raise Stopped(Stop.INTERRUPTED, "it was interrupted")
        if self._late():
            raise Stopped(Stop.DEADLINE, "the deadline is over")

    def _submits(self, request: Request) -> bool:
        """Whether a lock token that was granted here stands in its If."""
        value = request.headers.get("If") or ""
        return any(taken.token.coded in value for taken in self.held)

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

    def ask_without_login(self) -> None:
        """Find out, once the collection is there, whether the server tells users apart; where they have no login,
        nothing is asked.

        A server that does carries out no PUT that comes without a login.
        """
        if self._anonymous is None or not self.made:
            return
        self._require_time()
        send, self._anonymous = self._anonymous, None
        url = self.name("anonymous")
        try:
            asked = send(requests.put(url, OLD, content_type="text/plain"))
            self.exchanges.append(asked)
            number = self.last
            # Line ends that the server changes tell nothing about who may write.
            if went_well(asked) and bare(self.content(url) or b"") == bare(OLD):
                self.one_user = number
        except (DavlockError, Unknown):
            return

    def pause(self, seconds: float) -> None:
        """Do nothing for so long. Raises Stopped where an end is to be made."""
        while seconds > 0:
            self._require_time()
            self._sleep(min(seconds, MOMENT))
            seconds -= MOMENT

    def forget(self, first: int) -> None:
        """Keep no more of a body than evidence needs, from the exchange ``first`` on: there are hundreds of them."""
        for number in range(first, len(self.exchanges)):
            exchange = self.exchanges[number]
            response = exchange.response
            if response is not None and len(response.body or b"") > EVIDENCE_LIMIT:
                short = replace(response, body=(response.body or b"")[:EVIDENCE_LIMIT], body_truncated=True)
                self.exchanges[number] = replace(exchange, outcome=short)

    @property
    def untagged_is_safe(self) -> bool:
        """Whether an untagged If on a write ends no server of this kind. It is known to end some."""
        if self.hostile:
            return True
        server = from_exchanges(self.exchanges[:FIRST], guess=False, profiles=self.profiles).server
        return server is not None and not server.untagged_if_is_deadly

    # -- making things

    def create(self) -> Exchange:
        """The collection itself."""
        return self.ask(requests.mkcol(self.url))

    def file(self, word: str = "f", content: bytes = OLD, *, url: str | None = None) -> str:
        """The URL of a new file. Raises Unknown where it cannot be made."""
        url = url or self.name(word)
        made = self.put(url, content)
        if not went_well(made):
            raise Unknown(f"no file could be made: {answer(made)}", self.last)
        return url

    def collection(self, word: str = "c") -> str:
        """The URL of a new collection, with its slash. Raises Unknown where it cannot be made."""
        url = self.name(word, "/")
        made = self.ask(requests.mkcol(url))
        if not went_well(made):
            raise Unknown(f"no collection could be made: {answer(made)}", self.last)
        return url

    def probe(self, url: str) -> None:
        """What a name beside the collection is answered, where the collection could not be made; nothing is left."""
        self.stand_in(url)
        if went_well(self.put(url, OLD)):
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
    ) -> ScratchLock:
        """A lock. Raises Failed where it is not granted, or without a token."""
        asked = self.try_lock(url, scope=scope, depth=depth, seconds=seconds, by=by, owner=owner)
        subject = self.last
        if asked.status not in (200, 201):
            raise Failed(f"no lock was granted: {answer(asked)}", subject)
        token, lock = granted(asked)
        if token is None:
            raise Failed(f"{answer(asked)}, and there is no lock token in it", subject)
        return ScratchLock(url=url, token=token, lock=lock, subject=subject, by=by)

    def unlock(self, taken: ScratchLock, *, url: str | None = None, by: int | None = None) -> Exchange:
        """UNLOCK, on another URL or by another user if one is named."""
        return self.ask(requests.unlock(url or taken.url, taken.token), by=taken.by if by is None else by)

    # -- looking

    def content(self, url: str, *, by: int = 0) -> bytes | None:
        """What GET brings; ``None`` where there is nothing. A read that fails is tried once more. Raises Unknown where
        it cannot be told.
        """
        try:
            got = self.ask(requests.get(url), by=by)
        except Unknown:
            got = None
        if got is None or not (got.status in GONE or went_well(got)):
            got = self.ask(requests.get(url), by=by)
        if got.status in GONE:
            return None
        if got.response is None or not went_well(got):
            raise Unknown(f"what is there now cannot be read: {answer(got)}", self.last)
        return got.response.body or b""

    def learn_storage(self) -> None:
        """Find out what comes back where nothing is locked, for what the checks write."""
        for content in (OLD, NEW):
            if content in self.storage.forms:
                continue
            url = self.name("stored")
            written = self.put(url, content)
            back = self.content(url) if went_well(written) else None
            if back is not None:
                self.storage.forms[content] = back

    def holds(self, url: str, content: bytes | None) -> bool:
        """Whether ``url`` has what comes back for ``content``. Raises Unknown where it cannot be told."""
        return self._same(content, self.content(url))

    def _same(self, content: bytes | None, now: bytes | None) -> bool:
        if now != content and now and not self.storage.forms:
            self.learn_storage()
        return self.storage.same(content, now)

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

    def not_shown(self) -> str:
        """Why the latest answer shows no lockdiscovery, in words."""
        last = self.exchanges[-1]
        if last.status == 207:
            try:
                read_multistatus_of(last.response or Response(status=207), last.request.url)
            except RemoteProtocolError as error:
                return f"the answer with lockdiscovery cannot be read: {error}"
        return "lockdiscovery is refused or missing"

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

    def entity_tag(self, url: str) -> EntityTag:
        """The entity tag of ``url``, strong if it becomes so: Apache's is weak for a second after a write. Raises Skip
        where there is none.
        """
        etag = self.etag_of(self.ask(requests.head(url))) or self.listed_etag(url)
        waited = 0.0
        while etag is not None and etag.weak and waited < WEAK_FOR and not self.notes.get(WEAK):
            self.pause(MOMENT)
            waited += MOMENT
            etag = self.etag_of(self.ask(requests.head(url))) or etag
        if etag is None:
            raise Skip("the server gives its files no entity tag", self.last)
        if etag.weak:
            self.notes[WEAK] = True
        return etag

    def strong_etag(self, url: str) -> EntityTag:
        """The entity tag of ``url``. Raises Skip where there is none, or a weak one."""
        etag = self.entity_tag(url)
        if etag.weak:
            raise Skip("the server gives its files weak entity tags alone, which never match", self.last)
        return EntityTag(etag.value)

    def shows(self, taken: ScratchLock, *, url: str | None = None) -> bool | None:
        """Whether lockdiscovery shows the lock; ``None`` where the server shows none."""
        if self.notes.get("hides-locks"):
            return None
        found = self.locks(url or taken.url)
        return None if found is None else taken.among(found) is not None

    def multistatus(self, exchange: Exchange) -> Multistatus:
        """Its body. Raises Failed where that is none."""
        response = exchange.response
        try:
            return read_multistatus_of(response or Response(status=207), exchange.request.url)
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
        """The write must have been refused: with one of ``status``, and the content of ``url`` is what it was. Where
        nothing can be read, the answer decides.
        """
        subject, what = self.last, what or exchange.request.method
        try:
            same = self.holds(url, kept)
        except Unknown as error:
            if went_well(exchange):
                raise
            if not self.notes.get(UNREADABLE):
                self.warn(error.why)
            same = True
        if not same:
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
        """The write must have been carried out: answered so, and the content of ``url`` is ``now``. Where it is known
        that nothing can be read, the answer decides.
        """
        subject, what = self.last, what or exchange.request.method
        if not went_well(exchange):
            raise Failed(f"{what} was refused: {answer(exchange)}", subject)
        try:
            back = self.content(url)
        except Unknown:
            if self.notes.get(UNREADABLE):
                return
            raise
        if not self._same(now, back):
            before = OLD if now != OLD else NEW
            unchanged = back is not None and self._same(before, back)
            how = "nothing was written" if unchanged else difference(now, back)
            raise Failed(f"{what} was answered {exchange.status}, and {how}", subject)

    def denied(self, exchange: Exchange, *, status: tuple[int, ...], what: str) -> None:
        """What has no content to look at must have been refused."""
        if went_well(exchange):
            raise Failed(f"{what} was answered {exchange.status} and had to be refused", self.last)
        if exchange.status not in status and not (
            exchange.status == 207 and any(code in self._codes(exchange) for code in status)
        ):
            self.warn(f"{what} was refused with {exchange.status}, not {' or '.join(map(str, status))}")


def _is_not_webdav(exchange: Exchange) -> bool:
    """Whether an answer is a redirect to no place, or to PROPFIND a success without a multistatus.

    Nothing is written to such a server.
    """
    response = exchange.response
    if response is None:
        return False
    if response.status in REDIRECTS:
        return leads_nowhere(exchange)
    return exchange.request.method == "PROPFIND" and response.ok and response.status != 207
