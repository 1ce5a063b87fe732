"""XML through the real commands: on stdin, in a capture, and as the answer of a server."""

import contextlib
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from tests.attack.group import Attack, Draw, Group
from tests.attack.victim import Ended, Order, Victim
from tests.attack.worker import fuzz
from tests.attack.xml_documents import Document, Places, documents
from tests.transport.scripted import Conversation, ScriptedServer, answering, response

SECRET = "kanarie-0f-the-f1le-0123456789"
"""It stands in a file that documents point to."""

TRUNCATIONS = 60_000
"""Documents that end too early, in one process."""

_STATUSES = {
    "read": {"PROPFIND": "207 Multi-Status", "LOCK": "200 OK", "GET": "200 OK"},
    "refused": {"PROPFIND": "403 Forbidden", "LOCK": "423 Locked", "GET": "423 Locked"},
}

Channel = Callable[[Document, str], Order]
"""The order that gives a document to davlock; also needed is the URL of the server that answers with it."""


def _attacks(draw: Draw) -> Iterator[Attack]:
    chance = random.Random(draw.seed)  # noqa: S311 -- a seed, no secret
    answer = answering(response("200 OK", SECRET.encode()))
    listener = draw.stack.enter_context(contextlib.closing(ScriptedServer(answer)))
    secret = draw.folder / "secret.xml"
    secret.write_text(SECRET)
    answers = _Answers()
    server = draw.stack.enter_context(contextlib.closing(ScriptedServer(answers)))
    for document in documents(Places(url=listener.url, path=str(secret))):
        for channel in _CHANNELS:
            if chance.random() < draw.scale:
                give = _Giving(document=document, channel=channel, listener=listener, answers=answers, server=server)
                yield Attack(name=give.name, make=give)
    count = round(TRUNCATIONS * draw.scale)
    yield Attack(name="truncation", make=lambda victim: [fuzz(victim, "truncation", draw.seed, count)])


class _Answers:
    """The play of a server: it answers with the document that the URL names."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._bodies: dict[str, Document] = {}

    def put(self, name: str, document: Document) -> None:
        """Answer with ``document`` below ``/read/NAME`` and ``/refused/NAME``."""
        with self._guard:
            self._bodies = {**dict(list(self._bodies.items())[-8:]), name: document}

    def __call__(self, conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            method, target = request.decode("latin-1").split(" ", 2)[:2]
            kind, name = [*target.strip("/").split("/"), "", ""][:2]
            document = self._bodies.get(name)
            status = _STATUSES.get(kind, {}).get(method)
            if document is None or status is None:
                conversation.say(response("204 No Content", b"", "DAV: 1, 2", "Allow: OPTIONS, GET, PUT, LOCK, UNLOCK"))
                continue
            token = ("Lock-Token: <urn:uuid:1>",) if method == "LOCK" and kind == "read" else ()
            conversation.say(response(status, document.body, f"Content-Type: {document.media}", *token))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Giving:
    """Gives one document to davlock by one channel."""

    document: Document
    channel: str
    listener: ScriptedServer
    answers: _Answers
    server: ScriptedServer

    @property
    def name(self) -> str:
        """Of the run."""
        return f"{self.document.name}, {self.channel}"

    def __call__(self, victim: Victim) -> list[Ended]:
        before = self.listener.connections
        place = victim.folder.name
        self.answers.put(place, self.document)
        kind = "refused" if self.channel.endswith("refused") else "read"
        order = _CHANNELS[self.channel](self.document, f"{self.server.url}/{kind}/{place}")
        if _FILE in order.arguments:
            (victim.folder / _FILE).write_bytes(order.stdin)
            order = replace(order, stdin=b"")
        ended = victim.run(replace(order, secrets=(SECRET,)), self.name)
        if self.listener.connections != before:
            ended = replace(ended, faults=(*ended.faults, "somebody fetched what the document points to"))
        return [ended]


_FILE = "capture.http"


def _captured(document: Document, status: str = "207 Multi-Status") -> bytes:
    request = b"PROPFIND /a HTTP/1.1\r\nHost: dav.example\r\nDepth: 0\r\n\r\n"
    return request + response(status, document.body, f"Content-Type: {document.media}")


def _asks(*arguments: str) -> Channel:
    return lambda document, url: Order(arguments=(*arguments, url))


_CHANNELS: dict[str, Channel] = {
    "decode multistatus": lambda document, url: Order(arguments=("decode", "multistatus"), stdin=document.body),
    "decode lockdiscovery": lambda document, url: Order(
        arguments=("decode", "lockdiscovery", "--json", "--url", url), stdin=document.body
    ),
    "explain -": lambda document, url: Order(arguments=("explain", "-"), stdin=_captured(document)),
    "explain FILE": lambda document, url: Order(
        arguments=("explain", "--json", _FILE), stdin=_captured(document, "423 Locked")
    ),
    "diagnose": _asks("diagnose"),
    "diagnose, refused": _asks("diagnose"),
    "locks": _asks("locks", "--json"),
    "locks -r": _asks("locks", "-r"),
    "propfind": _asks("propfind"),
    "lock": _asks("lock"),
    "lock, refused": _asks("lock"),
}

GROUP = Group(
    name="documents",
    what="XML that no honest server sends: entities, pointers to elsewhere, floods, encodings, cut at every byte.",
    attacks=_attacks,
)
