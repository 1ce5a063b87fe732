"""How fast a tree is walked, against a plain loop over httpx: ``python -m tests.bench.walk``.

A canned server, in a process of its own, has 2,001 collections with ten files each, and answers at once or after 20 ms.
Prints medians of interleaved runs, as ratios: only these can be compared from day to day.
"""

import asyncio
import multiprocessing
import re
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection as Pipe
from typing import ClassVar
from urllib.parse import urljoin

import httpx
from lxml import etree

from davlock.operations.walk.walk import walk
from davlock.protocol.request_bodies import propfind
from davlock.transport.http import HttpSender
from davlock.transport.settings import ConnectionSettings

WIDE, LONG, FILES = 40, 49, 10
COLLECTIONS = 1 + WIDE + WIDE * LONG
DELAY = 0.02
ROUNDS = 5
JOBS = (1, 4, 8, 16, 32, 64)

REFUSED = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"

_OK = "<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
_COLLECTION = (
    "<D:response><D:href>{}</D:href><D:propstat><D:prop><D:resourcetype><D:collection/></D:resourcetype>"
    "<D:lockdiscovery/></D:prop>" + _OK
)
_FILE = "<D:response><D:href>{}</D:href><D:propstat><D:prop><D:resourcetype/><D:lockdiscovery/></D:prop>" + _OK
_LOCKED = (
    "<D:response><D:href>{0}</D:href><D:propstat><D:prop><D:resourcetype/><D:lockdiscovery><D:activelock>"
    "<D:locktype><D:write/></D:locktype><D:lockscope><D:exclusive/></D:lockscope><D:depth>0</D:depth><D:owner>me</D:owner>"
    "<D:timeout>Second-604800</D:timeout><D:locktoken><D:href>urn:uuid:{0}</D:href></D:locktoken>"
    "<D:lockroot><D:href>{0}</D:href></D:lockroot></D:activelock></D:lockdiscovery></D:prop>" + _OK
)


def members(path: str) -> list[str]:
    """The collections in the collection ``path``: the tree is three deep, and hangs in ``/infinity/`` or ``/one/``."""
    level = path.count("/")
    count = {2: WIDE, 3: LONG}.get(level, 0)
    return [f"{path}{number}/" for number in range(count)]


def listing(path: str, depth: str) -> bytes:
    """The answer to a PROPFIND, head and body."""
    parts: list[str] = []

    def tell(collection: str) -> None:
        parts.append(_COLLECTION.format(collection))
        if depth != "0":
            parts.append(_LOCKED.format(f"{collection}0.txt"))
            parts.extend(_FILE.format(f"{collection}{number}.txt") for number in range(1, FILES))
        for below in members(collection):
            if depth == "infinity":
                tell(below)
            elif depth == "1":
                parts.append(_COLLECTION.format(below))

    tell(path)
    return multistatus(parts)


def multistatus(parts: list[str]) -> bytes:
    """A 207 with these elements, head and body."""
    body = f'<?xml version="1.0"?><D:multistatus xmlns:D="DAV:">{"".join(parts)}</D:multistatus>'.encode()
    head = f"HTTP/1.1 207 Multi-Status\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Answering(asyncio.Protocol):
    """One connection of the server: answers PROPFINDs from memory, each after ``delay`` seconds."""

    answers: ClassVar[dict[tuple[bytes, bytes], bytes]] = {}

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio says so."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """A request, or a part of one."""
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        if not found or len(rest) < int(length[1] if length else 0):
            return
        self._buffer = b""
        asked = re.search(rb"(?im)^depth: (\w+)", head)
        path, depth = head.split(b" ", 2)[1], asked[1] if asked else b""
        answer = self.answer(path, depth)
        assert self._transport is not None
        if self._delay:
            asyncio.get_running_loop().call_later(self._delay, self._transport.write, answer)
        else:
            self._transport.write(answer)

    def answer(self, path: bytes, depth: bytes) -> bytes:
        """The answer to a PROPFIND, head and body."""
        if depth == b"infinity" and path.startswith(b"/one"):
            return REFUSED
        if (path, depth) not in self.answers:
            self.answers[path, depth] = listing(path.decode(), depth.decode())
        return self.answers[path, depth]


def serve(pipe: Pipe) -> None:
    """Two ports: at the first, answers come at once, at the second after a while."""

    async def both() -> None:
        loop = asyncio.get_running_loop()
        ports = []
        for delay in (0.0, DELAY):
            server = await loop.create_server(partial(Answering, delay), "127.0.0.1", 0, backlog=256)
            ports.append(server.sockets[0].getsockname()[1])
        pipe.send(ports)
        await loop.run_in_executor(None, pipe.recv)

    asyncio.run(both())


def plain(url: str) -> int:
    """The loop that one would write first: httpx, lxml, a collection after the other."""
    body = propfind(("{DAV:}resourcetype", "{DAV:}lockdiscovery"))
    todo, locks = [url], 0
    with httpx.Client() as client:
        while todo:
            here = todo.pop()
            answer = client.request("PROPFIND", here, headers={"Depth": "1"}, content=body)
            root = etree.fromstring(answer.content)
            for element in root.iterfind("{DAV:}response"):
                href = urljoin(here, element.findtext("{DAV:}href") or "")
                locks += len(element.findall(".//{DAV:}activelock"))
                if element.find(".//{DAV:}collection") is not None and href != here:
                    todo.append(href)
    return locks


def davlock(url: str, jobs: int) -> int:
    """What ``davlock locks -r`` does."""
    with HttpSender(ConnectionSettings(), clock=time.monotonic) as send:
        found = walk(send, url, now=time.time, jobs=jobs)
    return len(found.locks or ())


def main() -> None:
    """Time them; ``python -m tests.bench.walk 2`` takes two rounds."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    server.start()
    fast, slow = (f"http://127.0.0.1:{port}" for port in here.recv())
    runs: dict[str, Callable[[], int]] = {"plain": lambda: plain(f"{fast}/one/")}
    runs["infinity"] = lambda: davlock(f"{fast}/infinity/", 8)
    for jobs in JOBS:
        runs[f"0 ms x {jobs}"] = partial(davlock, f"{fast}/one/", jobs)
    for jobs in JOBS[2:]:
        runs[f"20 ms x {jobs}"] = partial(davlock, f"{slow}/one/", jobs)
    spent: dict[str, list[float]] = {name: [] for name in runs}
    for number in range(rounds + 1):
        for name, run in runs.items():
            begin = time.perf_counter()
            locks = run()
            if number:  # the first round warms up
                spent[name].append(time.perf_counter() - begin)
            assert locks == COLLECTIONS, (name, locks)
    for name, times in spent.items():
        if name.startswith("20 ms"):
            ideal = COLLECTIONS * DELAY / int(name.rpartition(" ")[2])
            print(f"{name:12} {statistics.median(times):6.2f} s  {statistics.median(times) / ideal:5.2f} x ideal")
        else:
            ratio = statistics.median(one / other for one, other in zip(times, spent["plain"], strict=True))
            print(f"{name:12} {statistics.median(times):6.2f} s  {ratio:5.2f} x plain")
    here.send(None)
    server.join()


if __name__ == "__main__":
    main()
