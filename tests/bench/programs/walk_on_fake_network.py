"""Processor time of a walk without a network: milliseconds for each collection. ``davlock|httpx``

Sockets are replaced below http.client and httpcore, and all answers are made before. What is left is the client's own.
"""

import argparse
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

sys.path.insert(0, str(Path(__file__).parents[3]))  # the tree of the server, not davlock: that is the installed one

from tests.bench import server
from tests.bench.programs import plain_walk

COLLECTIONS = 2001
URL = "http://127.0.0.1:9/one/"
ASKED = frozenset({"resourcetype", "lockdiscovery"})


class FakeSocket:
    """A connection to a server that has each answer ready."""

    def __init__(self, answers: dict[bytes, bytes]) -> None:
        self._answers = answers
        self._unread = b""
        # Whoever asks if there is something to read, asks the operating system.
        self._quiet, self._other = socket.socketpair()

    def sendall(self, data: bytes, *_: object) -> None:
        # The body of the request may come apart from its head.
        if data.startswith((b"PROPFIND", b"OPTIONS")):
            head = data.partition(b"\r\n\r\n")[0]
            infinity = b"\r\ndepth: infinity" in head.lower()
            depth = b"0" if b"\r\ndepth: 0" in head.lower() else b"1"
            key = b"infinity" if infinity else depth + b" " + head.split(b" ", 2)[1]
            self._unread = self._answers.get(key) or server.response("405 Not Allowed")

    def send(self, data: bytes, *_: object) -> int:
        self.sendall(data)
        return len(data)

    def recv(self, most: int, *_: object) -> bytes:
        data, self._unread = self._unread[:most], self._unread[most:]
        return data

    def fileno(self) -> int:
        return self._quiet.fileno()

    def settimeout(self, _: object) -> None:
        pass

    def setsockopt(self, *_: object) -> None:
        pass

    def shutdown(self, _: object) -> None:
        pass

    def close(self) -> None:
        self._quiet.close()
        self._other.close()

    def getsockname(self) -> tuple[str, int]:
        return "127.0.0.1", 8

    getpeername = getsockname


def answers() -> dict[bytes, bytes]:
    """By depth and path."""
    folders, below, _ = server.TREES["one"]
    paths = [
        "/one/",
        *(f"/one/{folder}/" for folder in range(folders)),
        *(f"/one/{folder}/{number}/" for folder in range(folders) for number in range(below)),
    ]
    made = {f"1 {path}".encode(): server.listing(path, "1", ASKED) for path in paths}
    made[b"0 /one/"] = server.listing("/one/", "0", ASKED)
    made[b"infinity"] = server.REFUSED
    return made


def davlock_walk(url: str) -> int:
    import davlock

    return len(davlock.discover(url, recursive=True).locks or ())


WALKS: dict[str, Callable[[str], int]] = {"davlock": davlock_walk, "httpx": plain_walk.walk}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("client", choices=WALKS)
    walk = WALKS[parser.parse_args().client]
    ready = answers()

    def connect(*_: Any, **__: Any) -> FakeSocket:
        return FakeSocket(ready)

    with mock.patch("socket.create_connection", connect):
        warm = partial(walk, URL + "0/0/")
        ready[b"0 /one/0/0/"] = server.listing("/one/0/0/", "0", ASKED)
        assert warm() == 1
        begin = time.process_time()
        locks = walk(URL)
        spent = time.process_time() - begin
    assert locks == COLLECTIONS, locks
    print(spent * 1000 / COLLECTIONS)


main()
