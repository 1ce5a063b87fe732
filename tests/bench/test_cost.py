"""What davlock sends and holds, however fast the machine is. ``make bench`` measures the time."""

import asyncio
import gc
import threading
import tracemalloc
from collections.abc import Iterator
from itertools import product

import pytest

from davlock.operations.walk.walk import walk
from davlock.operations.walk.walked import Walked
from davlock.protocol.message import Request, Response
from tests.bench import server
from tests.bench.server import Answering, Canned, listing
from tests.cli.command import run
from tests.operations.fake import FakeSend, answer

COLLECTIONS = 1 + server.TREES["one"][1]
"""In ``/one/0/``, with itself."""

LOCKS = 20

MOST_HELD = 1000
"""Bytes for each collection. A walk remembers names of collections, so that it goes in no circles, and no answers."""


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The server of the benchmark, in a thread of its own and with few locks. It counts from zero."""
    monkeypatch.setattr(server, "LOCKS", LOCKS)
    for name, value in (("requests", 0), ("connections", 0), ("canned", Canned())):
        monkeypatch.setattr(Answering, name, value)
    loop = asyncio.new_event_loop()
    listener = loop.run_until_complete(loop.create_server(lambda: Answering(0.0), "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    listener.close()
    loop.run_until_complete(listener.wait_closed())
    loop.close()


@pytest.mark.parametrize(
    ("command", "requests", "connections"),
    [
        ("locks --json {url}/one/0.txt", 1, 1),
        ("locks --json -u alice:alice {url}/private/0.txt", 2, 1),
        ("locks -r -j 4 --json {url}/one/0/", 3 + COLLECTIONS, 4),
        ("locks -r -j 4 --json {url}/infinity/0/", 3, 1),
        ("cleanup --all --yes -j 4 --json {url}/locks/", 3 + 3 * LOCKS, 4),
    ],
)
def test_requests_and_connections(url: str, command: str, requests: int, connections: int) -> None:
    done = run(*command.format(url=url).split())
    assert done.code == 0, done.err
    assert Answering.requests == requests
    assert Answering.connections <= connections


class Forgetful(list[Request]):
    """Keeps nothing: what a test remembers would count as held."""

    def append(self, request: Request) -> None:
        pass


def walked(tree: str) -> tuple[Walked, int]:
    """A walk of it, and the bytes that it holds when it asks for the last collection. All answers are made before."""
    folders, below, _ = server.TREES[tree]
    asked = frozenset({"resourcetype", "lockdiscovery"})
    paths = [f"/{tree}/", *(f"/{tree}/{folder}/" for folder in range(folders))]
    paths += [f"/{tree}/{folder}/{number}/" for folder, number in product(range(folders), range(below))]
    bodies = {
        (path, depth): listing(path, depth, asked).partition(b"\r\n\r\n")[2] for path in paths for depth in ("0", "1")
    }

    left, held = [*paths], 0

    def reply(request: Request) -> Response:
        nonlocal held
        if request.headers.get("Depth") == "1":
            left.pop()
        if not left:
            gc.collect()  # it comes when it likes
            held, _ = tracemalloc.get_traced_memory()
        body = bodies.get((request.url.removeprefix("http://dav.example"), request.headers.get("Depth") or ""))
        return answer(207, body, ("Content-Type", "application/xml")) if body is not None else answer(403)

    send = FakeSend(reply, requests=Forgetful(), piece=1 << 16)
    tracemalloc.start()
    try:
        walk_of_it = walk(send, f"http://dav.example/{tree}/", now=lambda: 0.0, jobs=1)
    finally:
        tracemalloc.stop()
    return walk_of_it, held


def test_what_a_walk_holds_grows_with_the_locks_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both trees have as many locks, and one of them has four times the collections."""
    monkeypatch.setattr(server, "TREES", {"first": (1, 1, 1), "small": (5, 9, 1), "large": (5, 39, 4)})
    monkeypatch.setattr(server, "FILES", 1)
    walked("first")  # what is made once, is made here
    small, least = walked("small")
    large, most = walked("large")
    assert (small.collections, large.collections) == (51, 201)
    assert small.locks is not None
    assert large.locks is not None
    assert len(small.locks) == len(large.locks) == 51
    assert most - least < MOST_HELD * (large.collections - small.collections)
