"""The server of server.c in Python, for machines without a compiler: ``python -m tests.bench.server MILLISECONDS``.

It is a process on the same cores, and slower than the one in C: that counts against every walk.
"""

import asyncio
import re
import sys
from collections.abc import Iterator, Mapping
from email.utils import formatdate
from functools import cache, partial
from typing import ClassVar

FILES = 10
LOCKS = 1000
TREES = {"one": (40, 49, 1), "infinity": (40, 49, 1), "private": (40, 49, 1), "large": (100, 199, 10)}
"""Collections in the start, in each of them, and which collections have a lock: one in so many."""

TOKEN = "urn:uuid:5e55e11e-0000-4000-8000-{:012d}"

_RESOURCE = (
    "<D:response><D:href>{}</D:href><D:propstat><D:prop>{}</D:prop>"
    "<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
)
_LOCK = (
    "<D:activelock><D:locktype><D:write/></D:locktype><D:lockscope><D:exclusive/></D:lockscope><D:depth>0</D:depth>"
    "<D:owner>me</D:owner><D:timeout>{2}</D:timeout><D:locktoken><D:href>{1}</D:href></D:locktoken>"
    "<D:lockroot><D:href>{0}</D:href></D:lockroot></D:activelock>"
)
_ENTRY = "<D:lockentry><D:lockscope><D:{}/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockentry>"
_SUPPORTED = f"<D:supportedlock>{_ENTRY.format('exclusive')}{_ENTRY.format('shared')}</D:supportedlock>"
_MODIFIED = "<D:getlastmodified>Mon, 02 Nov 2026 10:00:00 GMT</D:getlastmodified>"

Asked = frozenset[str]
Fields = Mapping[str, str]
"""The header of a request. The names are in lower case."""

_PROPERTIES = ("resourcetype", "lockdiscovery", "supportedlock", "getetag", "getcontentlength", "getlastmodified")

REFUSED = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"


def response(status: str, body: str = "", *fields: str) -> bytes:
    """An answer, head and body."""
    content = body.encode()
    length = [] if status.startswith("204") else [f"Content-Length: {len(content)}"]
    head = [
        f"HTTP/1.1 {status}",
        f"Date: {formatdate(usegmt=True)}",
        "Connection: keep-alive",
        *fields,
        *length,
        "",
        "",
    ]
    return "\r\n".join(head).encode() + content


def multistatus(parts: list[str]) -> bytes:
    """A 207 with these elements, head and body."""
    body = f'<?xml version="1.0"?><D:multistatus xmlns:D="DAV:">{"".join(parts)}</D:multistatus>'
    return response("207 Multi-Status", body, "Content-Type: application/xml")


def resource(path: str, asked: Asked, token: str = "") -> str:
    """One element of a multistatus."""
    collection = path.endswith("/")
    # Before it releases locks that end, davlock looks for a moment if their time runs down.
    timeout = "Infinite" if path.startswith("/locks/") else "Second-604800"
    told = {
        "resourcetype": "<D:resourcetype><D:collection/></D:resourcetype>" if collection else "<D:resourcetype/>",
        "lockdiscovery": f"<D:lockdiscovery>{_LOCK.format(path, token, timeout)}</D:lockdiscovery>"
        if token
        else "<D:lockdiscovery/>",
        "supportedlock": _SUPPORTED,
        "getetag": "" if collection else '<D:getetag>"1-2-3"</D:getetag>',
        "getcontentlength": "" if collection else "<D:getcontentlength>3</D:getcontentlength>",
        "getlastmodified": _MODIFIED,
    }
    return _RESOURCE.format(path, "".join(words for name, words in told.items() if name in asked))


class Canned:
    """The trees, and the locks of ``/locks/``, which can be released."""

    def __init__(self) -> None:
        self.held = set(range(LOCKS))

    def answer(self, method: str, path: str, fields: Fields, body: str) -> bytes:
        """The answer to one request."""
        if path.startswith("/private") and "authorization" not in fields:
            return response("401 Unauthorized", "", 'WWW-Authenticate: Basic realm="bench"')
        if method == "PROPFIND":
            names = frozenset(name for name in _PROPERTIES if name in body or "prop>" not in body or "allprop" in body)
            return self._found(path, fields.get("depth", "infinity"), names)
        if method == "UNLOCK":
            number = re.fullmatch(r"/locks/(\d+)\.txt", path)
            token = fields.get("lock-token", "").strip("<>")
            if number is None or int(number[1]) not in self.held or token != TOKEN.format(int(number[1])):
                return response("409 Conflict")
            self.held.remove(int(number[1]))
            return response("204 No Content")
        if method == "POST" and path == "/locks/":
            self.held = set(range(LOCKS))
            return response("200 OK")
        if method == "GET" and path == "/count":
            return response("200 OK", f"{Answering.requests} {Answering.connections} {len(self.held)}\n")
        if method == "OPTIONS":
            return response("200 OK", "", "DAV: 1, 2", "Allow: OPTIONS, GET, PROPFIND, LOCK, UNLOCK")
        return response("405 Not Allowed")

    def _found(self, path: str, depth: str, asked: Asked) -> bytes:
        if re.fullmatch(r"(/\w+){1,3}|", path) and not path.endswith("/"):
            path += "/"
        if path == "/locks/":
            locks = [self._lock(number, asked) for number in range(LOCKS)] if depth != "0" else []
            return multistatus([resource(path, asked), *locks])
        if lock := re.fullmatch(r"/locks/(\d+)\.txt", path):
            return multistatus([self._lock(int(lock[1]), asked)]) if int(lock[1]) < LOCKS else response("404 Not Found")
        if path == "/":
            return multistatus([resource(path, asked)])
        name = path.split("/")[1]
        if depth == "infinity" and name != "infinity":
            return REFUSED
        return listing(path, depth, asked) if name in TREES else response("404 Not Found")

    def _lock(self, number: int, asked: Asked) -> str:
        return resource(f"/locks/{number}.txt", asked, TOKEN.format(number) if number in self.held else "")


@cache
def listing(path: str, depth: str, asked: Asked) -> bytes:
    """The answer to a PROPFIND in one of the trees."""
    name, *names = [part for part in path.split("/") if part]
    folders, below, every = TREES[name]
    place = [int(part) for part in names if part.isdigit()]

    def number(place: list[int]) -> int:
        """Which of the collections of its tree it is; by that a collection has a lock or none."""
        return 0 if not place else 1 + place[0] if len(place) == 1 else 1 + folders + place[0] * below + place[1]

    def file(member: str, place: list[int]) -> str:
        locked = member.endswith("/0.txt") and number(place) % every == 0
        return resource(member, asked, f"urn:uuid:{member}" if locked else "")

    def parts(collection: str, place: list[int]) -> Iterator[str]:
        yield resource(collection, asked)
        if depth == "0":
            return
        yield from (file(f"{collection}{member}.txt", place) for member in range(FILES))
        for member in range((folders, below, 0)[len(place)]):
            if depth == "infinity":
                yield from parts(f"{collection}{member}/", [*place, member])
            else:
                yield resource(f"{collection}{member}/", asked)

    return multistatus([file(path, place)] if path.endswith(".txt") else list(parts(path, place)))


class Answering(asyncio.Protocol):
    """One connection of a server: each answer after ``delay`` seconds. What it answers, ``answer`` says."""

    requests: ClassVar[int] = 0
    connections: ClassVar[int] = 0
    canned: ClassVar[Canned] = Canned()

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio says so."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        Answering.connections += 1

    def data_received(self, data: bytes) -> None:
        """A request, or a part of one."""
        self._buffer += data
        head, complete, rest = self._buffer.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        if not complete or len(rest) < int(length[1] if length else 0):
            return
        self._buffer = b""
        Answering.requests += 1
        first, *lines = head.decode().split("\r\n")
        method, path, _ = first.split(" ", 2)
        pairs = (line.partition(":") for line in lines)
        answer = self.answer(method, path, {name.lower(): value.strip() for name, _, value in pairs}, rest.decode())
        assert self._transport is not None
        if self._delay:
            asyncio.get_running_loop().call_later(self._delay, self._transport.write, answer)
        else:
            self._transport.write(answer)

    def answer(self, method: str, path: str, fields: Fields, body: str) -> bytes:
        """The answer to one request, head and body."""
        return self.canned.answer(method, path, fields, body)


async def serve(delay: float) -> None:
    """Print the port, and answer until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(partial(Answering, delay), "127.0.0.1", 0, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1]) / 1000))
