"""How checks send: the requests in davlock's own collection, and when davlock sends no more."""

from collections.abc import Callable
from dataclasses import replace

from davlock.checks.outcomes import CheckFailed, CheckUnknown
from davlock.checks.results import Stop
from davlock.checks.stopping import Stopped, is_not_webdav
from davlock.checks.storage import Storage
from davlock.diagnosis.build_evidence import from_exchanges
from davlock.diagnosis.evidence import CHALLENGES
from davlock.errors import NoResponse, NoResponseKind, RemoteProtocolError
from davlock.operations.answers import answer, granted, no_answer, refusal
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
"""How the names of scratch collections begin; a unique mark of the run follows."""

DIAGNOSIS_NAME = "davlock-scratch-"
"""How they begin if a diagnosis made them."""

MOMENT = 0.2
"""Seconds between two questions if the run must stop."""

WRITES = frozenset({"COPY", "DELETE", "MKCOL", "MOVE", "PROPPATCH", "PUT"})
"""Methods that a lock forbids without its token."""

SECONDS = 120
"""The timeout of each lock: if its release fails, it ends by itself."""

NEW = b"davlock: written again\n"

FIRST = 40
"""Exchanges by which the product is recognised."""

INTERRUPTED = "you interrupted it"


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
        """The owner in the locks."""
        self.hostile = hostile
        self.warnings: list[tuple[str, int | None]] = []
        self.notes: dict[str, object] = {}
        """What one check learned, for the others."""
        self.stranger = 0
        """Which user writes without a token: the second, if locks bind users and not their programs."""
        self.enough: set[str] = set()
        """Ids of failed checks whose dependents can run nevertheless."""
        self.made = False
        """Whether the collection exists."""
        self.one_user: int | None = None
        """The number of the exchange that showed that the server does not tell users apart; ``None`` until then."""
        self.storage = Storage()
        self._presume_safe = presume_safe
        self._stand_in = stand_in
        self._anonymous = anonymous
        self._stop = stop
        self._late = late
        self._silent = 0  # requests in a row without an answer

    # -- asking

    def ask(self, request: Request, *, by: int = 0) -> Exchange:
        """Sends a request. Raises Stopped if davlock must send no more, CheckUnknown if no answer came."""
        self._require_time()
        if by == 0 and request.method in WRITES and not self._submits(request):
            by = self.stranger
        try:
            exchange = self.send(request, by=by)
        except RemoteProtocolError as error:
            what = "something that is not HTTP" if error.where == "HTTP" else f"an unreadable body ({error.where})"
            why = f"the server answered {request.method} with {what}: {error.why}"
            if not self.exchanges:
                raise Stopped(Stop.NOT_HTTP, why) from None
            raise CheckUnknown(why) from None
        except LockInterrupted:
            if self._stop():
                raise Stopped(Stop.INTERRUPTED, INTERRUPTED) from None
            raise
        if exchange.response is None:
            self._require_time()  # that may be why
            self._silent += 1
            too_large = isinstance(exchange.outcome, NoResponse) and exchange.outcome.kind is NoResponseKind.TOO_LARGE
            reading = f"davlock did not read the answer to {request.method}: {no_answer(exchange)}"
            why = reading if too_large else answer(exchange)
            if isinstance(exchange.outcome, NoResponse) and exchange.outcome.kind is NoResponseKind.PROXY_LOGIN:
                raise Stopped(Stop.LOGIN, why)
            if self.last == 0 or self._silent == NO_ANSWERS:
                raise Stopped(Stop.NOT_HTTP if too_large else Stop.NO_ANSWER, why)
            raise CheckUnknown(why, self.last)
        self._silent = 0
        if exchange.status in THROTTLED:
            raise Stopped(Stop.THROTTLED, f"{answer(exchange)}: it wants fewer requests")
        if exchange.status == 407 or (exchange.status == 401 and not self._logged_in(by)):
            who = self.users[by].name
            raise Stopped(Stop.LOGIN, f"{answer(exchange)} by {who}" if who else answer(exchange), user=who)
        if not self.made and is_not_webdav(exchange):
            raise Stopped(Stop.NOT_DAV, f"{answer(exchange)}, as no WebDAV server does")
        return exchange

    def _require_time(self) -> None:
        """Raises Stopped if the run must end."""
        if self._stop():
            raise Stopped(Stop.INTERRUPTED, INTERRUPTED)
        if self._late():
            raise Stopped(Stop.DEADLINE, "the deadline has passed")

    def _submits(self, request: Request) -> bool:
        """Whether the If of a request contains a lock token that was granted here."""
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
        """Waits ``seconds``. Raises Stopped if the run must end."""
        while seconds > 0:
            self._require_time()
            self._sleep(min(seconds, MOMENT))
            seconds -= MOMENT

    def forget(self, first: int) -> None:
        """Cuts the bodies from the exchange ``first`` on to what evidence needs: there are hundreds of them."""
        for number in range(first, len(self.exchanges)):
            exchange = self.exchanges[number]
            response = exchange.response
            if response is not None and len(response.body or b"") > EVIDENCE_LIMIT:
                short = replace(response, body=(response.body or b"")[:EVIDENCE_LIMIT], body_truncated=True)
                self.exchanges[number] = replace(exchange, outcome=short)

    @property
    def untagged_is_safe(self) -> bool:
        """Whether a server of this kind survives an untagged If on a write. Some crash."""
        if self.hostile:
            return True
        server = from_exchanges(self.exchanges[:FIRST], guess=False, profiles=self.profiles).server
        return self._presume_safe if server is None else not server.untagged_if_is_deadly

    # -- making things

    def create(self) -> Exchange:
        """Creates the collection itself."""
        return self.ask(requests.mkcol(self.url))

    def file(self, word: str = "f", content: bytes = OLD, *, url: str | None = None) -> str:
        """Creates a file and returns its URL. Raises CheckUnknown if that fails."""
        url = url or self.name(word)
        made = self.put(url, content)
        if not went_well(made):
            raise CheckUnknown(f"davlock could not create a file: {answer(made)}", self.last)
        return url

    def collection(self, word: str = "c") -> str:
        """Creates a collection and returns its URL, with its slash. Raises CheckUnknown if that fails."""
        url = self.name(word, "/")
        made = self.ask(requests.mkcol(url))
        if not went_well(made):
            raise CheckUnknown(f"davlock could not create a collection: {answer(made)}", self.last)
        return url

    def probe(self, url: str) -> None:
        """Tries a name beside the collection, if MKCOL failed, and leaves nothing there."""
        if not self._stand_in:
            return
        self.stand_in(url)
        if went_well(self.put(url, OLD)):
            self.ask(requests.delete(url))
        self.try_lock(url)

    # -- verbs

    def put(self, url: str, content: bytes = NEW, *fields: tuple[str, str], by: int = 0) -> Exchange:
        """Sends PUT, with more header fields."""
        return self.ask(requests.put(url, content, conditions=fields, content_type="text/plain"), by=by)

    def request(self, method: str, url: str, *fields: tuple[str, str], body: bytes = b"", by: int = 0) -> Exchange:
        """Sends any request."""
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
        """Sends LOCK, and accepts any answer."""
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
        """Takes a lock. Raises CheckFailed if the server does not grant it, or gives no token."""
        asked = self.try_lock(url, scope=scope, depth=depth, seconds=seconds, by=by, owner=owner)
        subject = self.last
        if asked.status not in (200, 201):
            raise CheckFailed(refusal(asked), subject)
        token, lock = granted(asked)
        if token is None:
            raise CheckFailed(f"{answer(asked)}, without a lock token", subject)
        return ScratchLock(url=url, token=token, lock=lock, subject=subject, by=by)

    def unlock(self, taken: ScratchLock, *, url: str | None = None, by: int | None = None) -> Exchange:
        """Sends UNLOCK, at another URL or by another user if one is named."""
        return self.ask(requests.unlock(url or taken.url, taken.token), by=taken.by if by is None else by)
