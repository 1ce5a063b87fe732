"""Where davlock is ended: a folder on a real server, a relay in front of it, and an editor that holds a lock beside."""

import contextlib
import itertools
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.attack import plain
from tests.attack.group import Draw
from tests.attack.relay import Relay, relaying
from tests.attack.victim import Order
from tests.servers import Server, new_folder, why_missing

KINDS = ("apache", "wsgidav")
LOGIN = {"DAVLOCK_USER": "alice", "DAVLOCK_PASSWORD": "alice"}

OLD, NEW = b"what was there before\n", b"what davlock writes\n"
FILES = ("a.txt", "b.txt", "foreign.txt", "s1.txt", "s2.txt", "s3.txt", "s4.txt")
STALE = FILES[3:]

_numbers = itertools.count(1)


def installed(draw: Draw) -> list[str]:
    """Those of KINDS that this machine has."""
    for kind in KINDS:
        if why := why_missing(kind):
            draw.leave_out(f"all attacks on {kind}: {why}")
    return [kind for kind in KINDS if why_missing(kind) is None]


@dataclass(slots=True, kw_only=True)
class Workplace:
    """One attack's own folder. ``url`` goes through the relay, ``direct`` does not."""

    server: Server
    relay: Relay
    url: str
    direct: str
    editor: str
    """The token of the editor's lock on foreign.txt."""
    stale: set[str] = field(default_factory=set)
    """Tokens of locks that somebody forgot, and that a clean-up may release."""

    @property
    def folder(self) -> Path:
        """Where the server keeps it."""
        return self.server.path(self.direct)

    def forget_locks(self) -> None:
        """Leave a lock on each of STALE, as a program does that crashed."""
        self.stale = {plain.lock(f"{self.direct}{name}", user="alice", owner="stale scanner") for name in STALE}

    def made_by_davlock(self) -> set[plain.Shown]:
        """The locks here that only davlock can have taken."""
        return {
            lock
            for lock in plain.locks(self.direct, user="alice")
            if lock.token != self.editor and lock.token not in self.stale
        }

    def still_stale(self) -> set[plain.Shown]:
        """The forgotten locks that are still there."""
        return {lock for lock in plain.locks(self.direct, user="alice") if lock.token in self.stale}

    def lost_editor(self) -> list[str]:
        """The editor renews its lock, as editors do: a fault if that fails."""
        return [] if plain.renew(f"{self.direct}foreign.txt", self.editor, user="bob") else ["the editor lost its lock"]

    def leftovers(self) -> list[str]:
        """Faults: what davlock made and left, and what it damaged."""
        faults = self.lost_editor()
        faults += [f"a lock is left on {lock.path} ({lock.owner})" for lock in self.made_by_davlock()]
        names = {path.name for path in self.folder.iterdir()} - {".DAV"}
        faults += [f"{name} is left" for name in sorted(names - {*FILES, "new.txt"})]
        faults += [f"{name} is lost" for name in sorted({*FILES} - names)]
        faults += [
            f"{name} has other content"
            for name in sorted(names & {*FILES})
            if (self.folder / name).read_bytes() not in ((OLD, NEW) if name == "a.txt" else (OLD,))
        ]
        return faults

    def order(self, *arguments: str, codes: frozenset[int], seconds: float = 60.0) -> Order:
        """A command as alice; ``{}`` in an argument is the folder's URL."""
        typed = tuple(argument.replace("{}", self.url) for argument in arguments)
        return Order(arguments=typed, environment=LOGIN, documented=codes, seconds=seconds)


@contextlib.contextmanager
def workplace(server: Server) -> Iterator[Workplace]:
    """A folder with files, and a lock of bob's on one of them; all of it is gone when the block ends."""
    direct = new_folder(server, f"workplace-{next(_numbers)}")
    folder = server.path(direct)
    owner = folder.stat()
    for name in FILES:
        path = folder / name
        path.write_bytes(OLD)
        shutil.chown(path, owner.st_uid, owner.st_gid)
    editor = plain.lock(f"{direct}foreign.txt", user="bob", owner="bob's editor")
    with relaying(direct) as relay:
        place = Workplace(server=server, relay=relay, url=relay.url, direct=direct, editor=editor)
        try:
            yield place
        finally:
            for lock in plain.locks(direct, user="alice"):
                root = f"{server.url.rstrip('/')}{lock.path}"
                plain.unlock(root, lock.token, user="bob" if lock.token == editor else "alice")
            shutil.rmtree(folder)
