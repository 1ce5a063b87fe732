"""A proxy between davlock and a real server that fails at one request, or from one request on.

Afterwards the server itself is asked. No lock that davlock took may be there unless its ledger knows it, and a success
that davlock reports must be one.
"""

import contextlib
import functools
import random
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.attack import plain
from tests.attack.group import Attack, Draw, Group
from tests.attack.victim import Ended, Order, Victim
from tests.attack.workplace import KINDS, installed
from tests.measured import Measured
from tests.servers import Server, new_folder, start, temporary_directory
from tests.transport.scripted import Conversation, ScriptedServer, response

SECONDS = 30.0

MOST_REQUESTS = 9
"""The proxy fails at the latest at this request."""

_BOUNDS = ("--max-time", "0.7s", "--connect-timeout", "1s", "--deadline", "3s")


@dataclass(slots=True, kw_only=True)
class Passage:
    """A request that the proxy passes on, or not."""

    conversation: Conversation
    request: bytes
    server: tuple[str, int]

    def deliver(self) -> bytes:
        """The server's answer; the server has done what it was asked."""
        head, _, body = self.request.partition(b"\r\n\r\n")
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
        with socket.create_connection(self.server, timeout=10) as upstream:
            upstream.sendall(b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n" + body)
            pieces = []
            while piece := upstream.recv(65536):
                pieces.append(piece)
        return b"".join(pieces)

    def say(self, data: bytes) -> None:
        """To davlock."""
        self.conversation.say(data)


def _reset(passage: Passage) -> None:
    passage.conversation.reset()


def _nothing(passage: Passage) -> None:
    """The connection is closed."""


def _blackhole(passage: Passage) -> None:
    passage.conversation.pause(30)


def _after(end: Callable[[Passage], None]) -> Callable[[Passage], None]:
    """The request arrives, and its answer is lost."""

    def fail(passage: Passage) -> None:
        passage.deliver()
        end(passage)

    return fail


def _cut(part: float, end: Callable[[Passage], None]) -> Callable[[Passage], None]:
    def fail(passage: Passage) -> None:
        answer = passage.deliver()
        passage.say(answer[: round(part * len(answer))])
        end(passage)

    return fail


def _twice(passage: Passage) -> None:
    """A proxy that repeats what it has sent already; the second answer counts."""
    passage.deliver()
    passage.say(passage.deliver())


def _answer_twice(passage: Passage) -> None:
    passage.say(passage.deliver() * 2)


def _delayed(seconds: float) -> Callable[[Passage], None]:
    def fail(passage: Passage) -> None:
        answer = passage.deliver()
        if passage.conversation.pause(seconds):
            passage.say(answer)

    return fail


def _late(passage: Passage) -> None:
    """The server gets the request only after davlock has lost its patience."""
    passage.conversation.pause(1)
    with contextlib.suppress(OSError):
        passage.deliver()


def _dripping(passage: Passage) -> None:
    for byte in passage.deliver():
        passage.say(bytes([byte]))
        if not passage.conversation.pause(0.05):
            return


def _instead(answer: bytes, *, delivered: bool) -> Callable[[Passage], None]:
    def fail(passage: Passage) -> None:
        if delivered:
            passage.deliver()
        passage.say(answer)

    return fail


_GATEWAY = response("502 Bad Gateway", b"<html>502</html>", "Content-Type: text/html", "Connection: close")

_TIMEOUT = response("504 Gateway Timeout", b"", "Connection: close")

_BUSY = response("503 Busy", b"", "Connection: close", "Retry-After: 1")

FAULTS: dict[str, Callable[[Passage], None]] = {
    "reset": _reset,
    "closed": _nothing,
    "blackhole": _blackhole,
    "delivered-and-reset": _after(_reset),
    "delivered-and-closed": _after(_nothing),
    "delivered-and-silent": _after(_blackhole),
    "half-a-head-and-closed": _cut(0.1, _nothing),
    "half-an-answer-and-closed": _cut(0.8, _nothing),
    "half-an-answer-and-reset": _cut(0.8, _reset),
    "half-an-answer-and-silent": _cut(0.8, _blackhole),
    "sent-twice": _twice,
    "answered-twice": _answer_twice,
    "delayed": _delayed(0.3),
    "delayed-too-long": _delayed(1.5),
    "delivered-late": _late,
    "dripping": _dripping,
    "502": _instead(_GATEWAY, delivered=False),
    "delivered-and-502": _instead(_GATEWAY, delivered=True),
    "delivered-and-504": _instead(_TIMEOUT, delivered=True),
    "delivered-and-503": _instead(_BUSY, delivered=True),
    "delivered-and-garbage": _instead(b"\x15\x03\x03\x00\x02\x02\x28" * 9, delivered=True),
}


@dataclass(slots=True)
class FaultProxy:
    """Passes requests to ``server``, but for the one with the number ``at``; from it on, if it ``stays`` broken."""

    server: Server
    fail: Callable[[Passage], None]
    at: int
    stays: bool
    honest: bool = False
    count: int = 0
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, conversation: Conversation) -> None:
        """Play it."""
        parts = urlsplit(self.server.url)
        assert parts.hostname is not None
        assert parts.port is not None
        while (request := conversation.request()) is not None:
            with self._guard:
                self.count += 1
                number = self.count
            passage = Passage(conversation=conversation, request=request, server=(parts.hostname, parts.port))
            if not self.honest and (number == self.at or (self.stays and number > self.at)):
                self.fail(passage)
            else:
                passage.say(passage.deliver())
            return  # each answer says Connection: close


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """A command that writes, and what its success means."""

    words: tuple[str, ...]
    more: tuple[str, ...] = ()
    before: str = ""
    """``taken``: davlock has a lock on the file; ``foreign``: somebody else has."""
    means: Callable[["Place"], str | None] = lambda place: None
    """What is wrong on the server after a success."""


class Place:
    """A folder of a run on the server, as the server itself shows it."""

    def __init__(self, server: Server, name: str) -> None:
        self.url = new_folder(server, name)
        self.file = server.path(self.url) / "a.txt"
        plain.ask("PUT", f"{self.url}a.txt", body=b"old")

    def tokens(self) -> set[str]:
        """The tokens of all locks in it."""
        return {lock.token for lock in plain.locks(self.url)}

    def locked_by_bob(self) -> str:
        """The token of a lock that somebody else took."""
        return plain.lock(f"{self.url}a.txt", owner="bob")

    def members(self) -> set[str]:
        """The names of its members."""
        return {path.name for path in self.file.parent.iterdir() if not path.name.startswith(".")}


def _has_a_lock(place: Place) -> str | None:
    return None if place.tokens() else "says that it took a lock, and there is none"


def _has_no_lock(place: Place) -> str | None:
    return f"says that it released the lock, and there is {place.tokens()}" if place.tokens() else None


def _has_new_content(place: Place) -> str | None:
    found = place.file.read_bytes()
    return None if found == b"new content" else f"says that it wrote, and the content is {found!r}"


COMMANDS: dict[str, Writing] = {
    "lock": Writing(words=("lock", "FILE"), means=_has_a_lock),
    "lock --create": Writing(words=("lock", "--create", "FOLDERnew.txt"), means=_has_a_lock),
    "wait --then lock": Writing(words=("wait", "-w", "3s", "--then", "lock", "FILE"), means=_has_a_lock),
    "diagnose --attempt": Writing(words=("diagnose", "--attempt", "lock", "FILE"), means=_has_no_lock),
    "run": Writing(words=("run", "-n", "FILE"), more=("--", "true"), means=_has_no_lock),
    "run and poll": Writing(
        words=("run", "-n", "--poll", "0.2s", "--on-loss", "warn", "FILE"),
        more=("--", "sleep", "1"),
        means=_has_no_lock,
    ),
    "put": Writing(words=("put", "--if-match", "current", "stdin", "FILE"), means=_has_new_content),
    "refresh": Writing(words=("refresh", "FILE"), before="taken", means=_has_a_lock),
    "unlock": Writing(words=("unlock", "FILE"), before="taken", means=_has_no_lock),
    "unlock --steal": Writing(words=("unlock", "--steal", "FILE"), before="foreign", means=_has_no_lock),
    "ledger recover": Writing(words=("ledger", "recover", "--kept"), before="taken", means=_has_no_lock),
    "cleanup --yes": Writing(
        words=("cleanup", "--all", "--even-if-alive", "--yes", "FOLDER"), before="foreign", means=_has_no_lock
    ),
    "check": Writing(words=("check", "--select", "put,lock,unlock,lock-protects", "FOLDER")),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A command, and the request at which the proxy fails."""

    kind: str
    command: str
    fault: str
    at: int
    stays: bool

    @property
    def name(self) -> str:
        """For people, and for ``--pick``."""
        return f"{self.kind} / {self.command} / {self.fault} {'from' if self.stays else 'at'} {self.at}"


def cases(seed: int) -> list[Case]:
    """All of them, in an order of their own."""
    made = [
        Case(kind=kind, command=command, fault=fault, at=at, stays=stays)
        for kind in KINDS
        for command in COMMANDS
        for fault in FAULTS
        for at in range(1, MOST_REQUESTS + 1)
        for stays in (False, True)
    ]
    random.Random(seed).shuffle(made)  # noqa: S311 -- to be the same each time
    return made


ALL = 500
"""Of the cases, at scale 1: every one has a run, and many a second one that recovers."""


def meet(case: Case, server: Server, number: int, victim: Victim) -> list[Ended]:
    """Run the command, and look at what it left."""
    writing, place = COMMANDS[case.command], Place(server, f"case-{number}")
    broken = FaultProxy(server, FAULTS[case.fault], case.at, case.stays, honest=True)
    with contextlib.closing(ScriptedServer(broken)) as between:
        url = between.url + urlsplit(place.url).path
        ended = []
        foreign = ""
        if writing.before == "taken":
            ended.append(victim.run(Order(arguments=("lock", "-q", f"{url}a.txt")), f"{case.name} (lock)"))
        elif writing.before == "foreign":
            foreign = place.locked_by_bob()
        broken.honest, broken.count = False, 0
        words = [word.replace("FILE", f"{url}a.txt").replace("FOLDER", url) for word in writing.words]
        order = Order(arguments=(*words, *_BOUNDS, *writing.more), stdin=b"new content", seconds=SECONDS)
        victim.start(order)
        untrue = functools.partial(_untrue, writing, place, victim)
        ended.append(victim.finish(order, case.name, found=untrue))
        broken.honest = True
        ended += _recovered(case, place, url, foreign, victim)
    return ended


def _untrue(writing: Writing, place: Place, victim: Victim, measured: Measured) -> list[str]:
    """A success that is none; of ``run``, which has the status of its child, a lock that is left without a word."""
    wrong = writing.means(place) if measured.code == 0 else None
    spoke = writing.words[0] == "run" and (victim.folder / "err").read_bytes()
    return [] if wrong is None or spoke else [wrong]


def _recovered(case: Case, place: Place, url: str, foreign: str, victim: Victim) -> Iterator[Ended]:
    """The runs that give back what a failure left, and what is on the server after them."""
    left = place.tokens() - {foreign}
    if case.command == "check":
        order = Order(arguments=("check", "--clean-up", url), seconds=SECONDS)
        if place.members() != {"a.txt"}:
            victim.start(order)
            yield victim.finish(order, f"{case.name} (clean-up)", found=lambda measured: _left_by_check(place))
    elif left:
        order = Order(arguments=("ledger", "recover", "--kept"), seconds=SECONDS)
        victim.start(order)
        yield victim.finish(order, f"{case.name} (recover)", found=lambda measured: _lost(place.tokens() - {foreign}))


def _lost(tokens: set[str]) -> list[str]:
    return [f"the ledger does not find {token}" for token in sorted(tokens)]


def _left_by_check(place: Place) -> list[str]:
    left = place.members() - {"a.txt"}
    return [f"the check left {', '.join(sorted(left))}"] if left else []


def _attacks(draw: Draw) -> Iterator[Attack]:
    kinds = installed(draw)
    servers = {}
    for kind in kinds:
        folder = draw.stack.enter_context(temporary_directory())  # Apache runs as another user
        servers[kind] = draw.stack.enter_context(start(kind, directory=folder))
    chosen = [case for case in cases(draw.seed) if case.kind in kinds][: round(draw.scale * ALL)]
    for number, case in enumerate(chosen):
        yield Attack(name=case.name, make=functools.partial(meet, case, servers[case.kind], number))


GROUP = Group(name="proxy", what="A proxy that fails between davlock and Apache or WsgiDAV.", attacks=_attacks)
