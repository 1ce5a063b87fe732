"""A tree of 20,001 collections in four shards, against one run: ``python -m tests.bench.shards [PARTS] [TREE]...``.

A server in a process of its own has some hundred locks: on files, on collections, of depth infinity, two on one file,
and one of depth infinity on the tree itself. Those of depth infinity show on all that is below. Each run is ``davlock
locks -r --format jsonl``. Prints the requests and seconds of each shard, and if the shards found the same locks, each
once. Without names it takes the trees of ``USUAL``: some minutes.
"""

import argparse
import asyncio
import json
import multiprocessing
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection as Pipe
from typing import ClassVar

from tests.bench.server import REFUSED, Answering, Fields, multistatus

COLLECTIONS = 20_000
PARTS = 4

_RESOURCE = (
    "<D:response><D:href>{}</D:href><D:propstat><D:prop><D:resourcetype>{}</D:resourcetype>"
    "<D:lockdiscovery>{}</D:lockdiscovery></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
)
_LOCK = (
    "<D:activelock><D:locktype><D:write/></D:locktype><D:lockscope><D:{scope}/></D:lockscope><D:depth>{depth}</D:depth>"
    "<D:owner>me</D:owner><D:timeout>Second-604800</D:timeout><D:locktoken><D:href>urn:uuid:{token}</D:href>"
    "</D:locktoken>{root}</D:activelock>"
)


def _teams() -> Iterator[str]:
    for team in range(20):
        yield f"team {team}/"
        for project in range(40):
            yield f"team {team}/{project}/"
            yield from (f"team {team}/{project}/{part}/" for part in range(24))


def _numbers(above: str, folders: int) -> Iterator[str]:
    """So many folders, and in each as many more as fit."""
    yield from (f"{above}{folder}/" for folder in range(folders))
    yield from (f"{above}{number % folders}/{number}/" for number in range(COLLECTIONS - folders - 200))


TREES: dict[str, Callable[[], Iterable[str]]] = {
    "teams": _teams,
    "flat": lambda: (f"{number}/" for number in range(COLLECTIONS)),
    "deep": lambda: ["a/", "a/b/", "a/b/c/", *_numbers("a/b/c/", 200)],
    "huge": lambda: [*(f"small{number}/" for number in range(150)), "huge/", *_numbers("huge/", 150)],
    "binary": lambda: ("".join(f"{bit}/" for bit in f"{number:b}"[1:]) for number in range(2, COLLECTIONS + 2)),
    "crowd": lambda: [*(f"small{number}/" for number in range(1100)), "huge/", *_numbers("huge/", 150)],
}
"""Shapes of trees. In ``huge`` and ``crowd``, one folder of many holds nearly all."""

USUAL = ("teams", "flat", "deep", "huge", "crowd")


class Tree:
    """The listings of one tree, below ``/NAME/``. With ``rootless``, locks have no lockroot, as on Apache."""

    def __init__(self, name: str, *, rootless: bool) -> None:
        self.start = f"/{name}/".replace(" ", "%20")
        self._rootless = rootless
        self._below: dict[str, list[str]] = {self.start: []}
        for path in (self.start + path.replace(" ", "%20") for path in TREES[name]()):
            self._below.setdefault(path, [])
            above = path[: path.rindex("/", 0, -1) + 1]
            self._below.setdefault(above, []).append(path)
        self._locks: dict[str, list[str]] = {}
        self._deep: dict[str, str] = {}
        for number, path in enumerate(self._below):
            if number % 67 == 0:
                self._lock(f"{path}0.txt", "0", "exclusive")
            if number % 401 == 7:
                self._lock(path, "infinity", "exclusive")
            if number % 901 == 5:
                self._lock(path, "0", "exclusive")
            if number % 1201 == 3:
                self._lock(f"{path}1.txt", "0", "shared", "-a")
                self._lock(f"{path}1.txt", "0", "shared", "-b")
        self._lock(self.start, "infinity", "shared")

    def _lock(self, path: str, depth: str, scope: str, more: str = "") -> None:
        root = "" if self._rootless else f"<D:lockroot><D:href>{path}</D:href></D:lockroot>"
        lock = _LOCK.format(scope=scope, depth=depth, token=f"{path}{depth}{more}", root=root)
        if depth == "infinity":
            self._deep[path] = lock
        else:
            self._locks.setdefault(path, []).append(lock)

    @property
    def collections(self) -> int:
        """How many there are, with the start."""
        return len(self._below)

    def listing(self, path: str, depth: str) -> bytes:
        """The answer to a PROPFIND, head and body."""
        if depth == "infinity" or path not in self._below:
            return REFUSED
        members = [f"{path}{number}.txt" for number in range(2)] + self._below[path] if depth == "1" else []
        deep = "".join(lock for above, lock in self._deep.items() if path.startswith(above))
        parts = [self._told(path, deep)]
        parts += [self._told(member, deep + self._deep.get(member, "")) for member in members]
        return multistatus(parts)

    def _told(self, path: str, deep: str) -> str:
        kind = "<D:collection/>" if path.endswith("/") else ""
        return _RESOURCE.format(path, kind, deep + "".join(self._locks.get(path, ())))


class Planted(Answering):
    """Answers from a tree."""

    tree: ClassVar[Tree]

    def answer(self, method: str, path: str, fields: Fields, body: str) -> bytes:
        """The answer to a PROPFIND, head and body."""
        return self.tree.listing(path, fields.get("depth", ""))


def serve(pipe: Pipe, name: str, rootless: bool) -> None:
    """Sends its port and the number of collections; then the number of requests since the last time, when asked."""
    Planted.tree = Tree(name, rootless=rootless)

    async def forever() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Planted(0.0), "127.0.0.1", 0, backlog=256)
        pipe.send((server.sockets[0].getsockname()[1], Planted.tree.collections))
        while await loop.run_in_executor(None, pipe.recv):
            pipe.send(Answering.requests)
            Answering.requests = 0

    asyncio.run(forever())


Lock = tuple[str, str, str]
"""Token, root and depth."""


def listed(url: str, *options: str) -> tuple[list[Lock], dict[str, object], float]:
    """The locks that ``davlock locks -r`` prints, what it says of the walk, and the seconds."""
    command = (sys.executable, "-m", "davlock", "locks", "-r", "--format", "jsonl", "--no-ledger", *options, url)
    begin = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds = time.perf_counter() - begin
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    locks = [
        (lock["token"], lock["lockroot"] or lock["url"], lock["depth"]) for line in lines for lock in line["locks"]
    ]
    return locks, lines[-1]["walk"], seconds


def compare(name: str, parts: int, *, rootless: bool) -> bool:
    """Run both, and print what came of it. Whether the locks are the same."""
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there, name, rootless), daemon=True)
    server.start()
    port, collections = here.recv()
    url = f"http://127.0.0.1:{port}/{name}/"

    def requests() -> int:
        here.send(True)
        return int(here.recv())

    whole, _, seconds = listed(url)
    all_requests = requests()
    print(f"{name}{', no lockroots' if rootless else ''}: {collections:,} collections, {len(whole)} locks")
    print(f"  one run   {all_requests:6,} requests          {seconds:5.1f} s  {len(whole):4} locks")
    together: Counter[Lock] = Counter()
    divisions = set()
    for number in range(1, parts + 1):
        part, walk, seconds = listed(url, "--shard", f"{number}/{parts}")
        together.update(part)
        shard = walk["shard"]
        assert isinstance(shard, dict)
        divisions.add(shard["division"])
        spent = requests()
        print(
            f"  shard {number}/{parts} {spent:6,} requests ({spent / all_requests:4.0%})  {seconds:5.1f} s"
            f"  {len(part):4} locks, {shard['shared']} collections shared"
        )
    same = together == Counter(whole) and len(divisions) == 1
    print(f"  {'the same locks, each once' if same else 'NOT THE SAME LOCKS'}", flush=True)
    here.send(False)
    server.join()
    return same


def main() -> int:
    """Exit status 1 if a lock is missing or there twice."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="?", type=int, default=PARTS, metavar="PARTS")
    parser.add_argument("trees", nargs="*", choices=[*TREES, []], metavar="TREE", help=", ".join(TREES))
    asked = parser.parse_args()
    same = [compare(name, asked.parts, rootless=False) for name in asked.trees or USUAL]
    return int(not all([*same, compare(asked.trees[0] if asked.trees else "teams", asked.parts, rootless=True)]))


if __name__ == "__main__":
    sys.exit(main())
