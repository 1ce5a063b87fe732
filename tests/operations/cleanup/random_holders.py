"""Programs that hold locks on a :class:`Server`: each renews at 50 to 98 % of its time, until it dies, if it does."""

import random
import uuid
from dataclasses import dataclass

from tests.operations.cleanup.random_server import Lock, Server

STYLES = ("steady", "jitter", "shortens", "lengthens", "varies", "retakes", "moves", "once")
GRANTS = (30.0, 45.0, 60.0, 60.0, 90.0, 90.0, 120.0, 120.0, 180.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0)


@dataclass(slots=True)
class Losses:
    """What happened to holders that were alive."""

    released: int = 0
    """Locks that were gone when their holder wanted to renew them, by an UNLOCK of somebody else."""
    server: int = 0
    """The same, by the server."""


class Holder:
    """One program and its lock. ``dies``: when, or ``None``."""

    def __init__(
        self, server: Server, lock: Lock, chance: random.Random, losses: Losses, *, style: str, dies: float | None
    ) -> None:
        self.server = server
        self.lock = lock
        self.chance = chance
        self.losses = losses
        self.style = style
        self.dies = dies
        self.fraction = chance.uniform(0.50, 0.98)
        self.next = 0.0
        """When it renews its lock again."""
        self._plan()

    @property
    def dead(self) -> bool:
        """Whether it died."""
        return self.dies is not None and self.server.now >= self.dies

    def _plan(self) -> None:
        """Renew in time, the next time."""
        fraction = self.fraction
        if self.style == "jitter":
            fraction = min(0.98, max(0.5, fraction + self.chance.uniform(-0.1, 0.1)))
        self.next = self.server.now + self.lock.granted * fraction
        self.server.at(self.next, self._act)
        if self.dies is not None:
            self.lock.holder_died = self.dies

    def _act(self) -> None:
        if self.dead:
            return
        server, lock = self.server, self.lock
        if server.down:
            server.at(server.now + 5.0, self._act)
            return
        if lock.token not in server.locks:
            self._lost()
            return
        if self.style in ("retakes", "moves"):
            server.remove(lock.token)
            self._take(self._other_path() if self.style == "moves" else lock.path)
            return
        granted = lock.granted
        if server.kind.grants is None:
            granted = self._next_grant(granted)
        lock.granted = granted
        moved = 0.0
        if lock.ends is not None:
            moved = server.lock_clock + granted - lock.ends
            lock.ends += moved
        lock.changes.append((server.now, moved))
        self._plan()

    def _next_grant(self, granted: float) -> float:
        if self.style == "shortens":
            return max(20.0, granted * self.chance.uniform(0.3, 1.0))
        if self.style == "lengthens":
            return min(7200.0, granted * self.chance.uniform(1.0, 2.0))
        if self.style == "varies":
            return self.chance.choice(GRANTS)
        return granted

    def _lost(self) -> None:
        """Most programs take the lock again; their work may be lost all the same."""
        if any(entry.token == self.lock.token and entry.effect for entry in self.server.unlocks):
            self.losses.released += 1
        else:
            self.losses.server += 1
        if self.chance.random() < 0.7:
            self._take(self.lock.path)

    def _take(self, path: str) -> None:
        server, old = self.server, self.lock
        ends = None if old.ends is None else server.lock_clock + old.granted
        self.lock = server.add(
            Lock(
                new_token(self.chance),
                path,
                old.granted,
                ends,
                owner=old.owner,
                scope=old.scope,
                hidden=old.hidden,
                foreign=old.foreign,
            )
        )
        self._plan()

    def _other_path(self) -> str:
        return self.chance.choice(sorted(self.server.files))


def new_token(chance: random.Random) -> str:
    """Random, or with a time in it, or in a product's own way."""
    kind = chance.random()
    if kind < 0.2:
        return f"urn:uuid:{uuid.UUID(int=chance.getrandbits(128), version=1)}"
    if kind < 0.4:
        return f"opaquelocktoken:{uuid.UUID(int=chance.getrandbits(128), version=4)}"
    return f"urn:uuid:{uuid.UUID(int=chance.getrandbits(128), version=4)}"
