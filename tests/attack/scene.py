"""One hostile run: an honest server, a behaviour that spoils its answers, and a record of what davlock asked."""

import contextlib
import functools
import html
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

from davlock.errors import RemoteProtocolError
from davlock.protocol.message import Headers, Request, Response
from tests.checks.world import Held, World
from tests.cli.answers import OTHER, TOKEN
from tests.transport.scripted import Conversation, ScriptedServer

READS = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT", "SEARCH"})

MOST_KEPT = 2_000_000
"""Bytes of hostile answers that are kept, to know which tokens davlock can have seen; honest ones are kept anyway."""

FOLDER, FILE, NEW, NEIGHBOUR = "/d/", "/d/a.txt", "/d/new.txt", "/d/s/b.txt"


@dataclass(slots=True, kw_only=True)
class Turn:
    """A request, and what a behaviour needs to answer it."""

    conversation: Conversation
    request: bytes
    number: int
    """Of the request in this run, from 1 on."""
    own: str
    """The server's own address, without the last slash."""
    foreign: str
    """The address of another server, which nobody may ask anything."""
    act: Callable[[], bytes]
    given: bytearray

    @property
    def method(self) -> str:
        """Its method."""
        return self.request.split(b" ", 1)[0].decode("latin-1")

    @property
    def path(self) -> str:
        """Its target, without the query."""
        return urlsplit(self.request.split(b" ", 2)[1].decode("latin-1")).path

    def honest(self) -> bytes:
        """What an honest server does and answers."""
        answer = self.act()
        self.given += answer
        return answer

    def say(self, data: bytes) -> None:
        """Say ``data`` as it is."""
        self._keep(data)
        self.conversation.say(data)

    def drip(self, data: bytes, seconds: float, size: int = 1) -> None:
        """``data`` in pieces, with a pause after each."""
        self._keep(data)
        for start in range(0, len(data), size):
            self.conversation.say(data[start : start + size])
            if not self.conversation.pause(seconds):
                return

    def endless(self, piece: bytes, seconds: float = 0.0) -> None:
        """``piece`` until davlock has enough."""
        while self.conversation.pause(seconds):
            self.conversation.say(piece)

    def silence(self) -> None:
        """Nothing more, and the connection stays open."""
        self.conversation.pause(60)

    def _keep(self, data: bytes) -> None:
        self.given += data[: max(0, MOST_KEPT - len(self.given))]


Act = Callable[[Turn], bool]
"""Answers a request; false if the connection is to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """A way to answer."""

    name: str
    act: Act
    options: tuple[str, ...] = ()
    """That a command needs to come into trouble with it."""
    patient: bool = False
    """Whether davlock has the time to come to the end of it, which takes seconds."""


@dataclass(slots=True)
class Seen:
    """What davlock asked."""

    requests: list[bytes] = field(default_factory=list)
    given: bytearray = field(default_factory=bytearray)

    def methods(self) -> Iterator[tuple[str, str, bytes]]:
        """Method, path and head of each request."""
        for request in self.requests:
            head = request.partition(b"\r\n\r\n")[0]
            method, target = head.split(b" ", 2)[:2]
            yield method.decode("latin-1"), urlsplit(target.decode("latin-1")).path, head

    def acted(self, writes: tuple[str, ...]) -> list[str]:
        """Every write outside of ``writes`` (paths; ``/d/*`` is all below), and every UNLOCK of an unknown token."""
        known = html.unescape(self.given.decode("utf-8", "replace")) + TOKEN + OTHER
        faults = []
        for method, path, head in self.methods():
            if method in READS:
                continue
            if not any(path == place or (place.endswith("*") and path.startswith(place[:-1])) for place in writes):
                faults.append(f"sent {method} {path[:200]}")
            if method == "UNLOCK":
                sent = re.search(rb"(?im)^lock-token: *<(.*)>", head)
                token = sent[1].decode("utf-8", "replace") if sent else ""
                if token not in known:
                    faults.append(f"released {token[:200]!r}, which nobody showed")
        return faults


Opening = Callable[[Conversation], bool]
"""What happens to a connection before its first request; false if it ends by that."""

Spoils = Callable[[Turn], bool]
"""Whether a request is answered by the behaviour: the others are answered honestly."""


class Scene:
    """A behaviour as a server; a context manager."""

    def __init__(
        self,
        behaviour: Behaviour,
        spoils: Spoils,
        *,
        locked: bool,
        opening: Opening | None = None,
        scheme: str = "http",
    ) -> None:
        """``locked``: the file has a lock with the token ``TOKEN``, and else none."""
        self.seen = Seen()
        self.strangers = 0
        self.honest = False
        """Whether the behaviour has to wait."""
        self._behaviour = behaviour
        self._spoils = spoils
        self._opening = opening
        self._scheme = scheme
        self._guard = threading.Lock()
        self._world = _world(locked=locked)
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self._foreign = self._stack.enter_context(contextlib.closing(ScriptedServer(self._stranger)))
        self._server = self._stack.enter_context(contextlib.closing(ScriptedServer(self._play)))
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    @property
    def url(self) -> str:
        """The server's address, without the last slash."""
        return f"{self._scheme}://127.0.0.1:{self._server.port}"

    def _stranger(self, conversation: Conversation) -> None:
        self.strangers += 1

    def _play(self, conversation: Conversation) -> None:
        if self._opening is not None and not (self.honest or self._opening(conversation)):
            return
        while (request := conversation.request()) is not None:
            with self._guard:
                self.seen.requests.append(request)
                number = len(self.seen.requests)
            turn = Turn(
                conversation=conversation,
                request=request,
                number=number,
                own=self.url,
                foreign=self._foreign.url,
                act=functools.partial(self._act, request),
                given=self.seen.given,
            )
            if self.honest or not self._spoils(turn):
                turn.say(turn.honest())
            elif not self._behaviour.act(turn):
                return

    def _act(self, request: bytes) -> bytes:
        asked = parsed(request, self.url)
        with self._guard:
            try:
                answer = self._world.act(asked)
            except (AttributeError, RemoteProtocolError):
                answer = Response(status=405, reason="", headers=Headers.of([]), body=b"")
        return written(answer, head=asked.method == "HEAD")


def _world(*, locked: bool) -> World:
    world = World()
    world.files |= {FOLDER: None, "/d/s/": None, "/d/s/t/": None, FILE: b"content", NEIGHBOUR: b"more"}
    world.versions |= {FILE: 1, NEIGHBOUR: 2}
    if locked:
        world.locks.append(_held(TOKEN, FILE))
    world.locks.append(_held(OTHER, NEIGHBOUR))
    return world


def _held(token: str, path: str) -> Held:
    return Held(token, path, False, "exclusive", "<D:href>mailto:bob@example.org</D:href>", 3000.0, "")


def parsed(request: bytes, base: str) -> Request:
    """A request from the wire, as an honest server understands it."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    fields = [(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    url = target if target.startswith("http") else f"{base}{target}"
    return Request(method=method, url=url, headers=Headers.of(fields), body=body)


def written(answer: Response, *, head: bool) -> bytes:
    """An answer for the wire."""
    body = answer.body or b""
    lines = [f"HTTP/1.1 {answer.status} {answer.reason or 'Fine'}"]
    lines += [f"{name}: {value}" for name, value in answer.headers]
    if body and answer.headers.get("Content-Type") is None:
        lines.append("Content-Type: application/xml; charset=utf-8")
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (b"" if head else body)
