"""The questions of ``diagnose --scratch``: they try in a scratch collection what must not touch a person's resource.

They show whether locks protect anything, whether the server checks conditions, and which header fields reach it.
Nothing malformed is ever sent, and no untagged If to a server that dies of it.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from davlock.diagnosis.evidence import Evidence, from_exchanges
from davlock.errors import RemoteProtocolError
from davlock.operations.answers import answer
from davlock.operations.attempt import Permit, worst_of_a_lock
from davlock.operations.case import Case, went_well
from davlock.operations.release import release
from davlock.operations.results import Skipped
from davlock.operations.scratch import ScratchCollection, User
from davlock.protocol import requests
from davlock.protocol.if_header import IfHeader
from davlock.protocol.lock import Depth, LockScope, LockToken
from davlock.protocol.message import Exchange, Request
from davlock.protocol.requests import LOCK_PROPERTIES, NO_SUCH_VERSION, STATE_PROPERTIES
from davlock.servers import PROFILES
from davlock.servers.profile import Profile
from davlock.transport.base import Send

SECONDS = 120

CONTENT = b"davlock\n"

STOP = frozenset({401, 407, 429, 503})
"""Answers after which asking on tells nothing, or does harm."""


class QuestionsEnded(Exception):
    """The server does not want to be asked on, or cannot be."""


def scratch_name(permit: Permit) -> str:
    """What the collection of a run is called."""
    return f"davlock-scratch-{permit.mark}"


class ScratchQuestions:
    """One visit to a server. ``evidence`` holds a piece for each question, all of them over the same exchanges."""

    def __init__(
        self,
        send: Send,
        above: str,
        permit: Permit,
        *,
        target: Evidence,
        sleep: Callable[[float], None],
        clock: Callable[[], float],
        profiles: tuple[Profile, ...] = PROFILES,
    ) -> None:
        users = (User(send, ""),)
        name = scratch_name(permit)
        self._collection = ScratchCollection(users, above, name, sleep=sleep, clock=clock, profiles=profiles)
        self.url = self._collection.url
        self.evidence: list[Evidence] = []
        self._case = Case(self._collection.send, self.url, profiles=profiles, stay_within=self.url)
        self._profiles = profiles
        self._permit = permit
        self._target = target

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """All that was asked and answered."""
        return tuple(self._collection.exchanges)

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What could not be tried or removed."""
        return (*self._case.skipped, *self._collection.skipped)

    def run(self) -> None:
        """Create the collection, ask every question in it, remove it.

        Raises Cancelled, saying what may be left behind, when interrupted: not before the collection was removed, if
        it could be.
        """
        self._permit.announce(
            f"MKCOL {self.url}: two small files are written, locked and copied in it, and all of it is removed. Should"
            f" the removal fail, it stays there; a lock in it: {worst_of_a_lock(self._target, SECONDS)}"
        )
        with self._collection:
            self._try_all()
        if left := self._collection.left:
            self._permit.announce(left)
            self._case.skip("scratch collection", left)

    def _try_all(self) -> None:
        questions: tuple[Callable[[], None], ...] = (self._locks, self._conditions, self._destination, self._depth)
        try:
            made = self._case.ask(requests.mkcol(self.url))
            if not went_well(made):
                self._case.skip("scratch collection", f"{self.url} could not be created: {answer(made)}")
                self._judge(self.url, self._case.last)
                return
            for question in questions:
                question()
        except (QuestionsEnded, RemoteProtocolError) as stop:
            self._case.skip("scratch collection", f"not everything was tried there: {stop}")

    # -- the questions

    def _locks(self) -> None:
        """Whether a lock keeps anybody out, its token lets its holder in, and UNLOCK releases it."""
        url = self._new_file("a.txt")
        if url is None:
            return
        taken = self._lock(url)
        if not went_well(taken):
            refused = self._case.last
            self._case.read(requests.options(url))
            self._judge(url, refused)
            return
        subject, token = self._case.last, self._last_token(url)
        if token is None:
            self._judge(url, subject)
            return
        self._lock(url)
        kept_out = not went_well(self._put(url))
        self._case.propfind(url, LOCK_PROPERTIES)
        self._judge(url, subject)
        if kept_out:
            self._submit(url, token)
        self._unlock(url, token)
        released = self._case.last
        self._case.propfind(url, LOCK_PROPERTIES)
        self._judge(url, released)
        if went_well(self._case.exchanges[released]) and not self._shown(url, token):
            self._collection.forget_lock(url, token)

    def _submit(self, url: str, token: LockToken) -> None:
        """The right token, in both forms of If where the first is refused."""
        if went_well(self._put(url, ("If", str(IfHeader.tagged_with(url, token))))):
            return
        subject = self._case.last
        server = self._evidence(url).server or self._target.server
        if server is not None and server.untagged_if_is_deadly:
            self._case.skip("untagged If", f"{server.title} is known to die of it")
        else:
            self._put(url, ("If", str(IfHeader.untagged(token))))
        self._judge(url, subject)

    def _conditions(self) -> None:
        """Whether a condition that cannot be true keeps a PUT from being carried out."""
        url = self._new_file("b.txt")
        if url is None:
            return
        self._case.propfind(url, STATE_PROPERTIES)
        for condition in (("If-Match", NO_SUCH_VERSION), ("If-None-Match", "*")):
            if went_well(self._put(url, condition)):
                self._judge(url, self._case.last)
                return

    def _destination(self) -> None:
        """Whether the server takes a Destination for its own: asked again without a host where it does not."""
        if self._ask(requests.copy(f"{self.url}b.txt", f"{self.url}c.txt")).status in (400, 403, 409, 412, 500, 502):
            subject = self._case.last
            self._ask(requests.copy(f"{self.url}b.txt", urlsplit(f"{self.url}d.txt").path))
            self._judge(f"{self.url}b.txt", subject)

    def _depth(self) -> None:
        """Whether Depth: 0 arrives: there are members now that it leaves out."""
        self._case.propfind(self.url, STATE_PROPERTIES)
        self._judge(self.url, self._case.last)

    # -- how they are asked

    def _new_file(self, name: str) -> str | None:
        url = self.url + name
        if went_well(self._put(url)):
            return url
        self._case.skip("scratch collection", f"PUT {url} was refused: {answer(self._case.exchanges[-1])}")
        self._judge(url, self._case.last)
        return None

    def _put(self, url: str, *conditions: tuple[str, str]) -> Exchange:
        return self._ask(requests.put(url, CONTENT, conditions=conditions, content_type="text/plain"))

    def _lock(self, url: str) -> Exchange:
        owner = self._permit.owner
        return self._ask(requests.lock(url, scope=LockScope.EXCLUSIVE, depth=Depth.ZERO, seconds=SECONDS, owner=owner))

    def _unlock(self, url: str, token: LockToken) -> None:
        """UNLOCK as a question: what it is answered, and what it brings about, is left to the rules."""
        release(self._case, token, at=url, before=self._evidence(url), tries=1, read_back=False)
        self._go_on(self._case.exchanges[-1])

    def _ask(self, request: Request) -> Exchange:
        exchange = self._case.ask(request)
        self._go_on(exchange)
        return exchange

    def _go_on(self, exchange: Exchange) -> None:
        """Raises QuestionsEnded where the server does not want to be asked on."""
        if exchange.response is None or exchange.status in STOP:
            raise QuestionsEnded(answer(exchange))

    def _evidence(self, url: str, subject: int | None = None) -> Evidence:
        return from_exchanges(self.exchanges, target=url, subject=subject, guess=False, profiles=self._profiles)

    def _judge(self, url: str, subject: int) -> None:
        """Leave to the rules what the answer to ``subject`` means, by all that was seen up to now."""
        self.evidence.append(self._evidence(url, subject))

    def _last_token(self, url: str) -> LockToken | None:
        granted = self._evidence(url, self._case.last).granted
        return granted.token if granted is not None else None

    def _shown(self, url: str, token: LockToken) -> bool:
        return any(entry.token == token.uri for entry in self._evidence(url).covering)
