"""Try in a collection of our own what nobody should try on a person's resource: whether locks protect anything, whether
conditions are looked at, and which header fields reach the server.

The collection has a name that no other run has. It is removed on every way out, and where it could not be, that is
said. Nothing malformed is ever sent, and no untagged If to a server that dies of it.
"""

from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from davlock.diagnosis.evidence import Evidence, from_exchanges
from davlock.errors import Cancelled, RemoteProtocolError
from davlock.operations.attempt import Permit, insist, worst_of_a_lock
from davlock.operations.case import Case, went_well
from davlock.operations.results import Skipped
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

MOST_LOCKS = 3
"""Locks on one resource of ours that are released: a server that grants each LOCK has given two."""

STOP = frozenset({401, 407, 429, 503})
"""Answers after which asking on tells nothing, or does harm."""


class Stopped(Exception):
    """The server does not want to be asked on, or cannot be."""


class Scratch:
    """One visit to a server. ``evidence`` holds a piece for each question, all of them over the same exchanges."""

    def __init__(
        self,
        send: Send,
        above: str,
        permit: Permit,
        *,
        target: Evidence,
        profiles: tuple[Profile, ...] = PROFILES,
    ) -> None:
        self.url = f"{above.rstrip('/')}/davlock-scratch-{permit.mark}/"
        self.evidence: list[Evidence] = []
        self._case = Case(send, self.url, profiles=profiles, stay_within=self.url)
        self._profiles = profiles
        self._permit = permit
        self._target = target
        self._tokens: list[tuple[str, LockToken]] = []

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """All that was asked and answered."""
        return tuple(self._case.exchanges)

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What could not be tried or removed."""
        return tuple(self._case.skipped)

    def run(self) -> None:
        """Create the collection, try everything, remove it.

        Raises Cancelled, saying what may be left behind, when interrupted: not before it was removed, if it could be.
        """
        self._permit.announce(
            f"MKCOL {self.url}: two small files are written, locked and copied in it, and all of it is removed. Should"
            f" the removal fail, it stays there; a lock in it: {worst_of_a_lock(self._target, SECONDS)}"
        )
        try:
            self._try_all()
            left = self._remove()
        except BaseException as error:
            left = insist(self._remove)
            if isinstance(error, KeyboardInterrupt):
                raise Cancelled.after(error, left or f"{self.url} was removed again") from None
            raise
        if left:
            self._permit.announce(left)
            self._case.skip("scratch collection", left)

    def _try_all(self) -> None:
        questions: tuple[Callable[[], None], ...] = (self._locks, self._conditions, self._destination, self._depth)
        try:
            made = self._case.ask(requests.mkcol(self.url))
            if not went_well(made):
                self._case.skip("scratch collection", f"{self.url} could not be created: {_answer(made)}")
                self._judge(self.url, self._case.last)
                return
            for question in questions:
                question()
        except (Stopped, RemoteProtocolError) as stop:
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
        self._last_token(url)
        kept_out = not went_well(self._put(url))
        self._case.propfind(url, LOCK_PROPERTIES)
        self._judge(url, subject)
        if kept_out:
            self._submit(url, token)
        self._ask(requests.unlock(url, token))
        released = self._case.last
        self._case.propfind(url, LOCK_PROPERTIES)
        self._judge(url, released)
        if went_well(self._case.exchanges[released]) and not self._shown(url, token):
            self._tokens.remove((url, token))

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
        self._case.skip("scratch collection", f"PUT {url} was refused: {_answer(self._case.exchanges[-1])}")
        self._judge(url, self._case.last)
        return None

    def _put(self, url: str, *conditions: tuple[str, str]) -> Exchange:
        return self._ask(requests.put(url, CONTENT, conditions=conditions, content_type="text/plain"))

    def _lock(self, url: str) -> Exchange:
        owner = self._permit.owner
        return self._ask(requests.lock(url, scope=LockScope.EXCLUSIVE, depth=Depth.ZERO, seconds=SECONDS, owner=owner))

    def _ask(self, request: Request) -> Exchange:
        exchange = self._case.ask(request)
        if exchange.response is None or exchange.status in STOP:
            raise Stopped(_answer(exchange))
        return exchange

    def _evidence(self, url: str, subject: int | None = None) -> Evidence:
        return from_exchanges(self.exchanges, target=url, subject=subject, guess=False, profiles=self._profiles)

    def _judge(self, url: str, subject: int) -> None:
        """Leave to the rules what the answer to ``subject`` means, by all that was seen up to now."""
        self.evidence.append(self._evidence(url, subject))

    def _last_token(self, url: str) -> LockToken | None:
        granted = self._evidence(url, self._case.last).granted
        token = granted.token if granted is not None else None
        if token is not None and (url, token) not in self._tokens:
            self._tokens.append((url, token))
        return token

    def _shown(self, url: str, token: LockToken) -> bool:
        return any(entry.token == token.uri for entry in self._evidence(url).covering)

    # -- the end

    def _remove(self) -> str:
        """In words, what could not be removed."""
        try:
            return self._remove_all()
        except RemoteProtocolError as error:
            return f"{self.url} may be there still: {error}; remove it: curl -X DELETE {self.url}"

    def _remove_all(self) -> str:
        created = next((entry.status for entry in self._case.exchanges if entry.request.method == "MKCOL"), None)
        if created is not None and 300 <= created < 500:
            return ""  # the answer itself says that there is nothing to remove
        for url, token in self._tokens:
            self._case.ask(requests.unlock(url, token))
        if self._deleted(requests.delete(self.url)):
            if created is not None or self._case.exchanges[-1].status != 404:
                return self._still_there()
            return f"the MKCOL was on its way: {self.url} may exist; remove it: curl -X DELETE {self.url}"
        # A token whose UNLOCK does nothing, or one that never reached us: whatever is locked here is ours. We took two
        # locks at most, whatever the server lists.
        for name in ("a.txt", "b.txt"):
            url = self.url + name
            self._case.propfind(url, LOCK_PROPERTIES)
            shown = [entry.lock.token for entry in self._evidence(url).covering if entry.lock.token is not None]
            for token in _each([*(token for place, token in self._tokens if place == url), *shown])[:MOST_LOCKS]:
                self._case.ask(requests.unlock(url, token))
                self._case.ask(requests.delete(url, condition=str(IfHeader.tagged_with(url, token))))
        if self._deleted(requests.delete(self.url)):
            return self._still_there()
        last = self._case.exchanges[-1]
        return f"{self.url} could not be removed: {_answer(last)}; try: curl -X DELETE {self.url}"

    def _still_there(self) -> str:
        """Look again: a 2xx alone proves nothing."""
        if self._case.exchanges[-1].status == 404 or self._case.propfind(self.url, LOCK_PROPERTIES).status != 207:
            return ""
        return f"{self.url} is still there, although DELETE was answered with success; try: curl -X DELETE {self.url}"

    def _deleted(self, request: Request) -> bool:
        exchange = self._case.ask(request)
        return exchange.status == 404 or went_well(exchange)


def _each(tokens: Iterable[LockToken]) -> tuple[LockToken, ...]:
    return tuple(dict.fromkeys(tokens))


def _answer(exchange: Exchange) -> str:
    response = exchange.response
    if response is None:
        return f"{exchange.request.method} was not answered ({exchange.outcome})"
    return f"{exchange.request.method} was answered {response.status} {response.reason}".rstrip()
