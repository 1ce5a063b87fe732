"""How checks send: a collection of davlock's own, the requests that are made in it, and when no more may be sent."""

from collections.abc import Callable
from dataclasses import replace

from davlock.checks.outcomes import CheckFailed, CheckUnknown
from davlock.checks.results import Stop
from davlock.checks.stopping import Stopped, is_not_webdav
from davlock.checks.storage import Storage
from davlock.diagnosis.build_evidence import from_exchanges
from davlock.diagnosis.evidence import CHALLENGES
from davlock.errors import NoResponse, NoResponseKind, RemoteProtocolError
from davlock.operations.answers import answer, granted, no_answer
from davlock.operations.lock_answer import LockInterrupted
from davlock.operations.probe import went_well
from davlock.operations.removal_budget import NO_ANSWERS
from davlock.operations.scratch import OLD, ScratchCollection, User
from davlock.operations.scratch_locks import ScratchLock
from davlock.protocol import requests
from davlock.protocol.lock import Depth, LockScope
from davlock.protocol.message import Exchange, Headers, Request
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

FIRST = 40
"""Exchanges by which the product is told."""


class CheckRequester(ScratchCollection):
    """A scratch collection in which checks send requests.

    ``name`` and ``owner`` say what the collection and its locks are called, if not as the check suite calls them, and
    ``again`` is the command that removes the collection later. ``presume_safe``: an unknown server can be sent an
    untagged If. Without ``stand_in``, nothing beside the collection is written. ``stop`` is asked before each request
    whether there is an end to be made, ``late`` whether the time is over. ``anonymous`` sends without the login of the
    users, if they have one.
    """

    def __init__(
        self,
        users: tuple[User, ...],
        target: str,
        *,
        mark: str,
        name: str = "",
        owner: str = "",
        again: str | None = None,
        presume_safe: bool = False,
        stand_in: bool = True,
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
            name or f"{NAME}{mark}",
            sleep=sleep,
            clock=clock,
            profiles=profiles,
            again=f"davlock check --clean-up {target}" if again is None else again,
            keep=keep,
            limit=limit,
        )
        self.target = target
        self.owner = owner or f"davlock check {mark}"
        """What locks say of their owner."""
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
        self._presume_safe = presume_safe
        self._stand_in = stand_in
        self._anonymous = anonymous
        self._stop = stop
        self._late = late
        self._silent = 0  # requests in a row without an answer

    # -- asking

    def ask(self, request: Request, *, by: int = 0) -> Exchange:
        """Send it. Raises Stopped where nothing more is to be sent, CheckUnknown where no answer came."""
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
            raise CheckUnknown(why) from None
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
            raise CheckUnknown(why, self.last)
        self._silent = 0
        if exchange.status in THROTTLED:
            raise Stopped(Stop.THROTTLED, f"{answer(exchange)}: the server wants to be asked less")
        if exchange.status == 407 or (exchange.status == 401 and not self._logged_in(by)):
            who = self.users[by].name
            raise Stopped(Stop.LOGIN, f"{answer(exchange)} to {who}" if who else answer(exchange), user=who)
        if not self.made and is_not_webdav(exchange):
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
        return self._presume_safe if server is None else not server.untagged_if_is_deadly

    # -- making things

    def create(self) -> Exchange:
        """The collection itself."""
        return self.ask(requests.mkcol(self.url))

    def file(self, word: str = "f", content: bytes = OLD, *, url: str | None = None) -> str:
        """The URL of a new file. Raises CheckUnknown where it cannot be made."""
        url = url or self.name(word)
        made = self.put(url, content)
        if not went_well(made):
            raise CheckUnknown(f"no file could be made: {answer(made)}", self.last)
        return url

    def collection(self, word: str = "c") -> str:
        """The URL of a new collection, with its slash. Raises CheckUnknown where it cannot be made."""
        url = self.name(word, "/")
        made = self.ask(requests.mkcol(url))
        if not went_well(made):
            raise CheckUnknown(f"no collection could be made: {answer(made)}", self.last)
        return url

    def probe(self, url: str) -> None:
        """What a name beside the collection is answered, where the collection could not be made; nothing is left."""
        if not self._stand_in:
            return
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
        owner = self.owner if owner is None else owner
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
        """A lock. Raises CheckFailed where it is not granted, or without a token."""
        asked = self.try_lock(url, scope=scope, depth=depth, seconds=seconds, by=by, owner=owner)
        subject = self.last
        if asked.status not in (200, 201):
            raise CheckFailed(f"no lock was granted: {answer(asked)}", subject)
        token, lock = granted(asked)
        if token is None:
            raise CheckFailed(f"{answer(asked)}, without a lock token", subject)
        return ScratchLock(url=url, token=token, lock=lock, subject=subject, by=by)

    def unlock(self, taken: ScratchLock, *, url: str | None = None, by: int | None = None) -> Exchange:
        """UNLOCK, on another URL or by another user if one is named."""
        return self.ask(requests.unlock(url or taken.url, taken.token), by=taken.by if by is None else by)
