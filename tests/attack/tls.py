"""TLS that is broken: certificates, handshakes, versions, and ends in the middle of an answer."""

import contextlib
import functools
import random
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.attack.answers import COMMANDS, FORMATS, STAGES, Meeting, order_of, seen_faults
from tests.attack.behaviours.forms import doing
from tests.attack.group import Attack, Draw, Group
from tests.attack.scene import Act, Opening, Scene, Turn
from tests.attack.victim import Ended, Victim
from tests.measured import Measured
from tests.servers.certificate import Certificate
from tests.transport.scripted import Conversation, response

EACH = 9
"""Commands that meet a fault, of those that ask a server."""

HERE = "IP:127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A way in which TLS is broken. The server is honest but for that."""

    name: str
    opening: Opening
    act: Act | None = None
    """What becomes of answers."""
    options: tuple[str, ...] = ()
    scheme: str = "https"
    unasked: bool = True
    """Whether no request may reach the server."""


def _honest(turn: Turn) -> bool:
    turn.say(turn.honest())
    return True


class Faults:
    """All of them, with their certificates in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._good = self._certificate("good", HERE)
        self._trust = ("--cacert", self._good.cert)

    def _certificate(self, name: str, *names: str, **more: str) -> Certificate:
        place = self._folder / name
        place.mkdir()
        return Certificate(place, *names, **more)  # type: ignore[arg-type]  # names of its own fields

    def __iter__(self) -> Iterator[Fault]:
        yield from self._certificates()
        yield from self._versions()
        yield from self._handshakes()
        yield from self._plain()
        yield from self._bodies()

    def _certificates(self) -> Iterator[Fault]:
        escapes = "\x1b[2J\u202eevil"
        made = {
            "expired": self._certificate("expired", HERE, ends="20200201000000Z"),
            "not-yet-valid": self._certificate("early", HERE, begins="20980101000000Z"),
            "for-another-host": self._certificate("another", "DNS:other.example"),
            "for-another-address": self._certificate("address", "IP:127.0.0.2"),
            "for-no-name": self._certificate("none", "email:a@example.org"),
            "for-a-wildcard": self._certificate("wild", "DNS:*.0.0.1"),
            "for-900-names": self._certificate("many", *(f"DNS:{number}.example" for number in range(900))),
            "with-escapes-in-its-names": self._certificate("escapes", "DNS:\x1b[2J.example", subject=escapes),
            "with-a-long-subject": self._certificate("long", "DNS:x.example", subject="x" * 64),
        }
        for name, certificate in made.items():
            opening = _over(certificate.server_context())
            yield Fault(name=f"certificate-{name}", opening=opening, options=("--cacert", certificate.cert))
        yield Fault(name="certificate-self-signed", opening=_over(self._good.server_context()))
        stranger = self._certificate("stranger", HERE)
        yield Fault(name="certificate-of-a-stranger", opening=_over(stranger.server_context()), options=self._trust)
        for name in ("expired", "with-escapes-in-its-names"):
            opening = _over(made[name].server_context())
            yield Fault(name=f"certificate-{name}-k", opening=opening, options=("-k",), unasked=False)

    def _versions(self) -> Iterator[Fault]:
        for name, version in (("1.0", ssl.TLSVersion.TLSv1), ("1.1", ssl.TLSVersion.TLSv1_1)):
            context = self._good.server_context()
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
            context.maximum_version = version
            yield Fault(name=f"only-tls-{name}", opening=_over(context), options=self._trust)
        for name, version in (("1.2", ssl.TLSVersion.TLSv1_2), ("1.3", ssl.TLSVersion.TLSv1_3)):
            context = self._good.server_context()
            context.minimum_version = context.maximum_version = version
            context.load_verify_locations(self._good.cert)
            context.verify_mode = ssl.CERT_REQUIRED
            yield Fault(name=f"client-certificate-{name}", opening=_over(context), options=self._trust)
        context = self._good.server_context()
        context.set_alpn_protocols(["h2"])
        yield Fault(name="only-h2", opening=_over(context), options=self._trust, unasked=False)
        anonymous = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        yield Fault(name="no-certificate-at-all", opening=_over(anonymous), options=self._trust)

    def _handshakes(self) -> Iterator[Fault]:
        context = self._good.server_context()
        ends: dict[str, Callable[[Conversation], object]] = {
            "closed": lambda conversation: None,
            "reset": Conversation.reset,
            "silent": lambda conversation: conversation.pause(60),
        }
        for place, size in enumerate((0, 1, 5, 6, 40, 127, 400, -1)):
            end = tuple(ends)[place % 3]
            yield Fault(name=f"hello-{end}-at-{size}", opening=_cut(context, size, ends[end]), options=self._trust)
        yield Fault(name="reset-at-once", opening=_at_once(Conversation.reset), options=self._trust)
        yield Fault(name="slow-hello", opening=_slow_hello(context), options=self._trust)
        for code in (0, 10, 40, 42, 48, 70, 80, 112, 116, 255):
            yield Fault(
                name=f"alert-{code}", opening=_says(b"\x15\x03\x03\x00\x02\x02" + bytes([code])), options=self._trust
            )
        spoken = {
            "warnings-for-ever": (b"\x15\x03\x03\x00\x02\x01\x5a" * 500, True),
            "hello-of-16-mb": (b"\x16\x03\x03\x3f\xff\x02\xff\xff\xff" + bytes(16379), True),
            "record-too-large": (b"\x16\x03\x03\xff\xff" + bytes(65535), False),
            "cipher-changes-for-ever": (b"\x14\x03\x03\x00\x01\x01" * 500, True),
            "heartbeat": (b"\x18\x03\x03\x00\x03\x01\xff\xff", False),
            "ssl-2": (b"\x80\x0b\x04\x00\x01\x00\x02\x00\x00\x00\x00\x00\x00", False),
            "zeros": (bytes(100_000), True),
            "banner": (b"220 mail.example ESMTP \x1b[2J\r\n", False),
        }
        for name, (data, endless) in spoken.items():
            yield Fault(name=f"hello-of-{name}", opening=_says(data, endless=endless), options=self._trust)

    def _plain(self) -> Iterator[Fault]:
        answer = response("200 OK", b"hello")
        yield Fault(name="plain-http-on-the-tls-port", opening=_says(answer), options=self._trust)
        yield Fault(name="plain-http-first", opening=_says(answer, wait=False), options=self._trust)
        over = _over(self._good.server_context())
        yield Fault(name="tls-on-the-plain-port", opening=over, scheme="http")

    def _bodies(self) -> Iterator[Fault]:
        opening = _over(self._good.server_context())
        acts: dict[str, Act] = {
            "no-close-notify-after-the-answer": functools.partial(_torn, part=1.0),
            "no-close-notify-in-the-body": functools.partial(_torn, part=0.7),
            "no-close-notify-in-the-head": functools.partial(_torn, part=0.1),
            "no-close-notify-and-no-length": functools.partial(_torn, part=0.7, length=False),
            "close-notify-in-the-body": functools.partial(_torn, part=0.7, notify=True),
            "close-notify-and-no-length": functools.partial(_torn, part=0.7, notify=True, length=False),
            "garbage-in-the-body": functools.partial(_spoken_between, data=b"\x17\x03\x03\x00\x20" + bytes(32)),
            "plain-text-in-the-body": functools.partial(_spoken_between, data=b"HTTP/1.1 200 OK\r\n\r\n"),
            "alert-in-the-body": functools.partial(_spoken_between, data=b"\x15\x03\x03\x00\x02\x02\x28"),
            "endless-empty-records": _empty_records,
            "redirect-to-plain-http": _to_plain,
        }
        for name, act in acts.items():
            yield Fault(name=name, opening=opening, act=act, options=self._trust, unasked=False)


def _over(context: ssl.SSLContext) -> Opening:
    def opening(conversation: Conversation) -> bool:
        conversation.over_tls(context)
        return True

    return opening


def _at_once(end: Callable[[Conversation], object]) -> Opening:
    def opening(conversation: Conversation) -> bool:
        end(conversation)
        return False

    return opening


def _hello(context: ssl.SSLContext, conversation: Conversation) -> bytes:
    """The first flight of a server."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_side=True)
    incoming.write(conversation.sock.recv(65536))
    with contextlib.suppress(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


def _cut(context: ssl.SSLContext, size: int, end: Callable[[Conversation], object]) -> Opening:
    def opening(conversation: Conversation) -> bool:
        conversation.say(_hello(context, conversation)[:size])
        end(conversation)
        return False

    return opening


def _slow_hello(context: ssl.SSLContext) -> Opening:
    def opening(conversation: Conversation) -> bool:
        for byte in _hello(context, conversation):
            conversation.say(bytes([byte]))
            if not conversation.pause(0.05):
                break
        return False

    return opening


def _says(data: bytes, *, endless: bool = False, wait: bool = True) -> Opening:
    def opening(conversation: Conversation) -> bool:
        if wait:
            conversation.sock.recv(65536)
        conversation.say(data)
        while endless and conversation.pause(0):
            conversation.say(data)
        conversation.pause(0.05)
        return False

    return opening


def _below(turn: Turn) -> socket.socket:
    """The connection without its TLS."""
    return socket.socket(fileno=socket.dup(turn.conversation.sock.fileno()))


def _torn(turn: Turn, *, part: float, notify: bool = False, length: bool = True) -> bool:
    answer = turn.honest()
    if not length:
        head, _, body = answer.partition(b"\r\n\r\n")
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length")]
        answer = b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n" + body
    turn.say(answer[: round(part * len(answer))])
    if notify:
        sock = turn.conversation.sock
        assert isinstance(sock, ssl.SSLSocket)
        sock.settimeout(1)
        sock.unwrap()
    else:
        with _below(turn) as below:
            below.shutdown(socket.SHUT_RDWR)
    return False


def _spoken_between(turn: Turn, *, data: bytes) -> bool:
    answer = turn.honest()
    turn.say(answer[: len(answer) * 2 // 3])
    with _below(turn) as below:
        below.sendall(data)
    turn.conversation.pause(0.05)
    return False


def _empty_records(turn: Turn) -> bool:
    """A head without an end, each byte in a record of its own."""
    turn.say(b"HTTP/1.1 207 Multi-Status\r\n")
    while turn.conversation.pause(0):
        turn.conversation.say(b"X")
    return False


def _to_plain(turn: Turn) -> bool:
    place = f"{turn.foreign}{turn.path}".encode()
    turn.say(b"HTTP/1.1 302 Found\r\nLocation: " + place + b"\r\nContent-Length: 0\r\n\r\n")
    return True


def meet(fault: Fault, meeting: Meeting, victim: Victim) -> list[Ended]:
    """Run a command against a fault."""
    command = COMMANDS[meeting.command]
    spoils = STAGES[meeting.stage]
    with Scene(meeting.behaviour, spoils, locked=command.locked, opening=fault.opening, scheme=fault.scheme) as scene:
        order = order_of(meeting, scene.url)
        victim.start(order)

        def found(ended: Measured) -> list[str]:
            faults = seen_faults(meeting, scene, victim.folder)
            if fault.unasked and scene.seen.requests:
                faults.append("asked a server that it must not trust")
            return faults

        return [victim.finish(order, meeting.name, found=found)]


def _attacks(draw: Draw) -> Iterator[Attack]:
    chance = random.Random(draw.seed)  # noqa: S311 -- to be the same each time
    asking = [name for name, command in COMMANDS.items() if not command.taken]
    pairs = [(fault, name) for fault in Faults(draw.folder) for name in chance.sample(asking, EACH)]
    chance.shuffle(pairs)
    for fault, command in pairs[: round(draw.scale * len(pairs))]:
        behaviour = doing(fault.name, fault.act or _honest, *fault.options)
        user, form = chance.random() < 0.5, chance.choice(list(FORMATS))
        meeting = Meeting(command=command, behaviour=behaviour, stage="all", user=user, form=form)
        yield Attack(name=meeting.name, make=functools.partial(meet, fault, meeting))


GROUP = Group(name="tls", what="TLS that is broken before, in or after the handshake.", attacks=_attacks)
