"""One row of the ledger as a value: what it holds, how it is written, and how it is checked when it is read."""

import os
import socket
from collections.abc import Mapping
from dataclasses import fields
from enum import Enum

from davlock.late_pattern import late_pattern
from davlock.own_files.fields import (
    Damage,
    choice,
    matching,
    moment,
    number,
    optional,
    some_text,
    text,
    web_address,
    whole,
)
from davlock.protocol.lock import Depth, LockScope, LockToken
from davlock.protocol.url import is_ancestor, same_resource
from davlock.values import dataclass


class State(Enum):
    """What is known of a lock."""

    INTENDED = "intended"
    """LOCK was about to be sent; whether it had an effect is not known."""
    HELD = "held"
    RELEASED = "released"
    LOST = "lost"
    """It ended without us: somebody else released it, or its time ran out."""


class Holder(Enum):
    """What became of the process that took a lock."""

    RUNS = "runs"
    ENDED = "ended"
    ELSEWHERE = "elsewhere"
    """It belongs to another machine: from here nobody can tell."""
    UNKNOWN = "unknown"
    """This system does not show it: Windows releases no lock on a file by which davlock could see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """The process that writes. The system uses process ids again, so the start time and the boot tell two apart.

    Both are only compared, and are empty where the system does not show them.
    """

    host: str
    boot: str
    pid: int
    started: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row. Times are in seconds since 1970 by this machine's clock."""

    run: str
    """The run id that stands in the lock's owner."""
    url: str
    """Where LOCK was sent."""
    login: str
    """Who sent it: the user name, empty where none was given. Most servers take a token from nobody else."""
    owner: str | None = None
    """The owner exactly as davlock sent it. ``None`` where the server showed another one as soon as the lock was taken,
    and in rows of a davlock that did not write it down.
    """
    root: str | None = None
    """The lock root, where the server named one."""
    token: str | None = None
    state: State = State.INTENDED
    kept: bool
    """True if the lock shall outlive the process that took it."""
    scope: LockScope
    depth: Depth
    asked_at: float
    taken_at: float | None = None
    renewed_at: float | None = None
    """When it was granted or, by davlock, last refreshed."""
    timeout: str | None = None
    """As the server sent it; ``seconds`` is what it means, ``None`` if it is endless or was not told."""
    seconds: float | None = None
    ended_at: float | None = None
    process: Process
    sign: str
    """Of the process's sign of life: the file that it holds a lock on."""

    @property
    def lock_token(self) -> LockToken | None:
        """The token as a value."""
        return None if self.token is None else LockToken(self.token)

    @property
    def place(self) -> str:
        """The lock root, if it is known."""
        return self.root or self.url

    def overdue(self, now: float) -> bool:
        """Returns true if the time granted is over by our own clock."""
        return self.renewed_at is not None and self.seconds is not None and self.renewed_at + self.seconds < now

    def covers(self, url: str) -> bool:
        """Returns true if a write to ``url`` needs this lock's token."""
        if same_resource(self.place, url) or same_resource(self.url, url):
            return True
        return self.depth is Depth.INFINITY and (is_ancestor(self.place, url) or is_ancestor(self.url, url))


@dataclass(frozen=True, slots=True, kw_only=True)
class DamagedRow:
    """A row that davlock cannot have written so. ``number`` is its rowid in SQLite, ``run`` its id if that is whole."""

    number: int
    run: str | None
    token: str | None
    """Its token, if that is a valid one."""
    field: str
    why: str

    @property
    def name(self) -> str:
        """What to call it."""
        return self.run if self.run is not None else f"number {self.number}"


_PLAIN = tuple(field.name for field in fields(Entry) if field.name != "process")
_PROCESS = tuple(field.name for field in fields(Process))

NAME = late_pattern("[0-9a-f]{16}")
"""A run id, and the name of a sign of life: nothing else becomes the name of a file."""

LONGEST_TOKEN = 64 * 1024
"""Characters of a lock token: no server takes a longer header."""

LONGEST_VALUE = 256 * 1024
"""Characters of any text of a row."""

_name = matching(NAME, "16 hexadecimal digits")
_started = matching(late_pattern("[0-9]{0,20}"), "a number of clock ticks")
_state = choice(State)
_scope = choice(LockScope)
_depth = choice(Depth)


def sendable_token(field: str, value: object) -> str:
    """A token that fits into a header. Raises Damage."""
    token = some_text(field, value)
    if len(token) > LONGEST_TOKEN:
        raise Damage(field, "it is too long")
    return token


def values_of(entry: Entry) -> dict[str, object]:
    """``entry`` by the names of the columns."""
    values = {name: getattr(entry, name) for name in _PLAIN} | {"kept": int(entry.kept)}
    values |= {name: getattr(entry.process, name) for name in _PROCESS}
    return {name: value.value if isinstance(value, Enum) else value for name, value in values.items()}


def entry_of(row: Mapping[str, object]) -> Entry:
    """The row with these columns. Raises Damage for what davlock cannot have written."""
    for name, value in row.items():
        if isinstance(value, str) and len(value) > LONGEST_VALUE:
            raise Damage(name, "it is too long")
    depth = _depth("depth", row["depth"])
    if depth is Depth.ONE:
        raise Damage("depth", "no lock has the depth 1")
    return Entry(
        run=_name("run", row["run"]),
        url=web_address("url", row["url"]),
        login=text("login", row["login"]),
        owner=optional(some_text, "owner", row["owner"]),
        root=optional(web_address, "root", row["root"]),
        token=optional(sendable_token, "token", row["token"]),
        state=_state("state", row["state"]),
        kept=bool(whole("kept", row["kept"], most=1)),
        scope=_scope("scope", row["scope"]),
        depth=depth,
        asked_at=moment("asked_at", row["asked_at"]),
        taken_at=optional(moment, "taken_at", row["taken_at"]),
        renewed_at=optional(moment, "renewed_at", row["renewed_at"]),
        timeout=optional(text, "timeout", row["timeout"]),
        seconds=optional(number, "seconds", row["seconds"]),
        ended_at=optional(moment, "ended_at", row["ended_at"]),
        process=Process(
            host=text("host", row["host"]),
            boot=text("boot", row["boot"]),
            pid=whole("pid", row["pid"], least=1),
            started=_started("started", row["started"]),
        ),
        sign=_name("sign", row["sign"]),
    )


def damage_of(number: int, row: Mapping[str, object], damage: Damage) -> DamagedRow:
    """What to say about the row ``number``, which :func:`entry_of` refused."""
    run = row["run"]
    whole_run = run if isinstance(run, str) and NAME.fullmatch(run) else None
    token = row["token"]
    return DamagedRow(
        number=number,
        run=whole_run,
        token=token if isinstance(token, str) and len(token) <= LONGEST_TOKEN else None,
        field=damage.field,
        why=damage.why,
    )


def started(pid: int) -> str:
    """When a process started, as Linux counts it (proc_pid_stat(5), field 22); empty where it is not told."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def this_process() -> Process:
    """The process that runs this."""
    return Process(host=socket.gethostname(), boot=_boot(), pid=os.getpid(), started=started(os.getpid()))


def _boot() -> str:
    """Which boot of this machine it is, as Linux names it (random(4)); empty where it is not told."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""
