"""Three of the randomised clean-ups, repeated on a real Apache in real time: the same locks go, the same stay."""

import http.client
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import pytest

from tests.cli.command import Done, run
from tests.conftest import ServerFor
from tests.operations.cleanup.random_holders import Holder
from tests.operations.cleanup.random_runs import RandomRun
from tests.servers import Server
from tests.servers.proxy import Passing, proxy

Folder = Callable[[Server], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """One seed, and after how many seconds a front leads everything out of the tree, if it does."""

    seed: int
    strays_after: float | None = None
    renewed: str = ""
    """What is held by a program that renews its lock between the two readings."""
    dead: str = ""
    """What nobody holds any more, and is released."""


REPLAYS = {
    "a holder that renews at 87 % is never released": Replay(seed=1417, renewed="/te am/a/y.txt"),
    "locks of the dead go in their last minute": Replay(seed=55, dead="/team/a/b/y.txt"),
    "a redirect out of the tree releases nothing": Replay(seed=55, strays_after=3.0),
}


class Real:
    """A holder of the random run, as a program of its own on the real server."""

    def __init__(self, base: str, holder: Holder) -> None:
        server, lock = holder.server, holder.lock
        self.path = lock.path
        self.url = base + quote(lock.path.lstrip("/"))
        self.granted = round(lock.granted)
        self.next = None if holder.dead else holder.next - server.now
        left = server.left(lock)
        self.left = None if left is None else round(left)
        body = (
            f'<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:{lock.scope}/></D:lockscope>'
            f"<D:locktype><D:write/></D:locktype><D:owner>{lock.owner}</D:owner></D:lockinfo>"
        )
        timeout = "Infinite" if self.left is None else f"Second-{self.left}"
        status, token = self._lock({"Depth": "0", "Timeout": timeout}, body)
        assert status == 200, lock
        assert token is not None
        self.token = token.strip("<>")
        self.renewals: list[int] = []

    def renew(self) -> None:
        """As the holder does, for all of its time."""
        timeout = "Infinite" if self.left is None else f"Second-{self.granted}"
        self.renewals.append(self._lock({"If": f"(<{self.token}>)", "Timeout": timeout}, "")[0])

    def _lock(self, fields: dict[str, str], body: str) -> tuple[int, str | None]:
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=10)
        connection.request("LOCK", parts.path, body=body, headers=fields)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status, answer.headers.get("Lock-Token")


@contextmanager
def living(held: list[Real], begun: float) -> Iterator[None]:
    """The holders that are alive renew when their time has come."""
    ended = threading.Event()

    def live(real: Real) -> None:
        if real.next is not None and not ended.wait(begun + real.next - time.monotonic()):
            real.renew()

    threads = [threading.Thread(target=live, args=(real,)) for real in held]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def simulated(replay: Replay, folder: Path, make: Callable[[Holder], Real]) -> tuple[list[Real], set[str]]:
    """The locks of the random run when its clean-up began, and the paths that it released."""
    random_run = RandomRun(replay.seed, folder, plain=True)
    server = random_run.server
    held = [holder for holder in random_run.holders if holder.lock.token in server.locks]
    real = [make(holder) for holder in held]
    paths = {holder.lock.token: holder.lock.path for holder in held}
    if replay.strays_after is not None:
        server.at(server.now + replay.strays_after, lambda: setattr(random_run.faults, "moved", "/other"))
    assert random_run.ran().violations == []
    return real, {paths[unlocking.token] for unlocking in server.unlocks if unlocking.effect}


def _plant(root: Path, path: str) -> None:
    """A file and the folders above it, with the owner that the root has."""
    owner, place = root.stat(), root
    names = path.strip("/").split("/")
    for name in names:
        place = place / name
        if name is names[-1]:
            place.write_bytes(b"text\n")
        else:
            place.mkdir(exist_ok=True)
        os.chown(place, owner.st_uid, owner.st_gid)


@pytest.mark.waits
@pytest.mark.parametrize("name", REPLAYS)
def test_a_random_cleanup_does_the_same_on_apache(
    name: str, server_for: ServerFor, folder: Folder, tmp_path: Path
) -> None:
    replay = REPLAYS[name]
    server = server_for("apache")
    base = folder(server)

    def make(holder: Holder) -> Real:
        _plant(server.path(base), holder.lock.path)
        return Real(base, holder)

    held, released = simulated(replay, tmp_path, make)
    assert replay.renewed not in released
    assert not replay.dead or replay.dead in released
    assert not (released and replay.strays_after)
    begun = time.monotonic()
    tree = unquote(RandomRun(replay.seed, tmp_path, plain=True).server.tree)

    def stray(passing: Passing) -> None:
        """A front that leads to a neighbour: its answer names the front itself."""
        if replay.strays_after is not None and time.monotonic() > begun + replay.strays_after:
            passing.status, passing.reason = 302, "Found"
            passing.headers = [("Location", f"http://{passing.host}{urlsplit(base).path}other/")]

    with proxy(server.url, before=stray) as front, living(held, begun):
        url = front + base.removeprefix(server.url) + quote(tree.lstrip("/")) + "/"
        done: Done = run("cleanup", "--json", "--yes", "--no-ledger", "--unrenewed-for", "5s", url)
    outcomes = {entry["lock"]["token"]: entry["outcome"] for entry in done.result["outcomes"]}
    assert {real.path for real in held if outcomes.get(real.token) == "released"} == released, done
    if replay.strays_after is None:
        assert set(outcomes.values()) <= {"released", "already-gone"}, done
    shown = {lock["token"] for lock in run("locks", "-r", "--json", base).result["locks"]}
    passed = time.monotonic() - begun
    for real in held:
        lasts = real.left is None or real.left > passed + 2 or bool(real.renewals)
        if lasts and real.path not in released:
            assert real.token in shown, real.path
    if replay.renewed:
        (program,) = (real for real in held if real.path == replay.renewed)
        assert (program.renewals, program.token in shown) == ([200], True)
