"""The locks that davlock took, kept between runs: SQLite, in a folder that nobody else can read.

A row is written before LOCK is sent, and the run id that stands in it goes into the lock's owner. So a lock whose
answer never arrived can be found again, however davlock ended. Nothing is kept but locks: no passwords, no contents.

What must be known before something is sent raises LocalProtocolError where it cannot be written. What has happened
already is told to ``complain`` instead: the lock is there whether or not it could be noted down.
"""

import contextlib
import fcntl
import os
import secrets
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from davlock.errors import LocalProtocolError
from davlock.protocol.lock import Depth, LockScope, LockToken, Timeout
from davlock.protocol.url import is_ancestor, same_origin, same_resource

if TYPE_CHECKING:  # most commands find no ledger, and need no SQLite to see that
    import sqlite3

VERSION = 1
"""PRAGMA user_version of the file."""

PATIENCE = 10.0
"""Seconds to wait for another process that is writing."""

REMEMBERED = 30 * 86400.0
"""Seconds for which a lock that has ended is kept, so that one can see what became of it."""

FILE = "ledger.sqlite"

_TABLE = """
CREATE TABLE IF NOT EXISTS locks (
  run TEXT PRIMARY KEY, url TEXT NOT NULL, login TEXT NOT NULL, root TEXT, token TEXT, state TEXT NOT NULL,
  kept INTEGER NOT NULL, scope TEXT NOT NULL, depth TEXT NOT NULL, asked_at REAL NOT NULL, taken_at REAL,
  renewed_at REAL, timeout TEXT, seconds REAL, ended_at REAL, host TEXT NOT NULL, boot TEXT NOT NULL,
  pid INTEGER NOT NULL, started TEXT NOT NULL, sign TEXT NOT NULL
)
"""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """Who writes: numbers of processes are used again, so they are told apart by when they started and in which boot
    of the machine; both are words that are only compared, empty where the system does not tell.
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
    root: str | None = None
    """The lock root, where the server named one."""
    token: str | None = None
    state: State = State.INTENDED
    kept: bool
    """Whether the lock was meant to outlive the process that took it."""
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
        """The lock root, as far as it is known."""
        return self.root or self.url

    def overdue(self, now: float) -> bool:
        """Whether the time granted is over by our own clock."""
        return self.renewed_at is not None and self.seconds is not None and self.renewed_at + self.seconds < now

    def covers(self, url: str) -> bool:
        """Whether a write to ``url`` needs this lock's token."""
        if same_resource(self.place, url) or same_resource(self.url, url):
            return True
        return self.depth is Depth.INFINITY and (is_ancestor(self.place, url) or is_ancestor(self.url, url))


class Ledger:
    """Safe for many processes and, within one, for many threads. Without a ``folder`` nothing is kept."""

    def __init__(
        self,
        folder: Path | None,
        *,
        process: Process,
        now: Callable[[], float],
        complain: Callable[[str], None],
    ) -> None:
        self._folder = folder
        self._process = process
        self._now = now
        self._complain = complain
        self.login = ""
        """As whom the server is asked just now: the locks that somebody else took from here are not ours."""
        self._sign = secrets.token_hex(8)
        self._sign_file: int | None = None
        self._connection: sqlite3.Connection | None = None
        self._guard = threading.RLock()
        self._unreadable = False

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def on(self) -> bool:
        """Whether anything is kept."""
        return self._folder is not None

    @property
    def path(self) -> Path | None:
        """The file."""
        return None if self._folder is None else self._folder / FILE

    # -- taking, keeping and ending a lock

    def new_run(self) -> str:
        """A run id that no other lock has; empty where nothing is kept."""
        return secrets.token_hex(8) if self.on else ""

    def intend(self, run: str, url: str, *, scope: LockScope, depth: Depth, kept: bool) -> None:
        """LOCK is about to be sent. Raises LocalProtocolError where that cannot be written down."""
        if not self.on:
            return
        with self._stating(), self._guard:
            self._show_life()
            now = self._now()
            with self._writing() as rows:
                rows.execute(
                    "DELETE FROM locks WHERE state IN (?, ?) AND ended_at < ?",
                    (State.RELEASED.value, State.LOST.value, now - REMEMBERED),
                )
                self._insert(
                    rows,
                    Entry(
                        run=run,
                        url=url,
                        login=self.login,
                        kept=kept,
                        scope=scope,
                        depth=depth,
                        asked_at=now,
                        process=self._process,
                        sign=self._sign,
                    ),
                )

    def granted(self, run: str, token: LockToken, *, root: str | None, timeout: Timeout | None) -> None:
        """The LOCK of ``run`` was answered with ``token``. An exclusive one proves that an older one there is gone."""
        now = self._now()
        taken = next((entry for entry in self._noted(State.INTENDED) if entry.run == run), None)
        if taken is not None and taken.scope is LockScope.EXCLUSIVE:
            for older in self._noted(State.HELD):
                if older.scope is LockScope.EXCLUSIVE and same_resource(older.place, root or taken.url):
                    self.settle(older.run, State.LOST)
        self._note(
            "UPDATE locks SET state = ?, token = ?, root = ?, taken_at = ?, renewed_at = ?, timeout = ?, seconds = ?"
            " WHERE run = ?",
            (State.HELD.value, token.uri, root, now, now, *_time(timeout), run),
        )

    def dropped(self, run: str) -> None:
        """The LOCK of ``run`` made no lock."""
        self._note("DELETE FROM locks WHERE run = ? AND state = ?", (run, State.INTENDED.value))

    def renewed(self, url: str, token: LockToken, timeout: Timeout | None, *, was: LockToken | None = None) -> None:
        """A refresh was granted; ``was`` is the token before, where the server changed it."""
        for entry in self._of(url, was or token):
            self._note(
                "UPDATE locks SET renewed_at = ?, timeout = ?, seconds = ?, token = ?, state = ? WHERE run = ?",
                (self._now(), *_time(timeout), token.uri, State.HELD.value, entry.run),
            )

    def ended(self, url: str, token: LockToken, state: State) -> None:
        """The lock is there no more: RELEASED by us, or LOST."""
        for entry in self._of(url, token):
            self.settle(entry.run, state)

    def settle(self, run: str, state: State) -> None:
        """The same of a row."""
        self._note("UPDATE locks SET state = ?, ended_at = ? WHERE run = ?", (state.value, self._now(), run))

    def forget(self, runs: tuple[str, ...]) -> None:
        """Drop rows, whatever became of their locks. Raises LocalProtocolError where that cannot be written."""
        with self._stating(), self._writing() as rows:
            rows.executemany("DELETE FROM locks WHERE run = ?", [(run,) for run in runs])

    # -- reading

    def entries(self, *states: State) -> tuple[Entry, ...]:
        """The rows in these states, the oldest first. Raises LocalProtocolError where the file cannot be read."""
        path = self.path
        if path is None:
            return ()
        with self._stating(), self._guard:
            if not path.exists():
                return ()
            rows = self._open().execute(f"SELECT {', '.join(_COLUMNS)} FROM locks ORDER BY asked_at")  # noqa: S608 -- names of columns
            found = rows.fetchall()
        every = (_entry(row) for row in found)
        return tuple(entry for entry in every if not states or entry.state in states)

    def held(self, url: str | None = None, login: str | None = None) -> tuple[Entry, ...]:
        """The locks that we hold as ``login``, as far as is known; with ``url``, those on the same origin.

        Where the file cannot be read, that is complained of: the command goes on without it.
        """
        found = self._noted(State.HELD)
        who = self.login if login is None else login
        ours = (entry for entry in found if entry.token and entry.login == who)
        return tuple(entry for entry in ours if url is None or same_origin(entry.url, url))

    def covering(self, url: str) -> tuple[Entry, ...]:
        """Those of them whose tokens a write to ``url`` needs.

        One that must have run out counts only where it is alone: then the server is to say that it is gone.
        """
        found = tuple(entry for entry in self.held(url) if entry.covers(url))
        return tuple(entry for entry in found if not entry.overdue(self._now())) or found

    def holder(self, entry: Entry) -> Holder:
        """Whether the process that took the lock is still there: it holds a lock on its sign of life until it ends."""
        if entry.process.host != self._process.host:
            return Holder.ELSEWHERE
        if entry.sign == self._sign:
            return Holder.RUNS
        try:
            sign = os.open(self._signs / entry.sign, os.O_RDWR)
        except OSError:
            there = entry.process.boot == self._process.boot and bool(entry.process.started)
            return Holder.RUNS if there and started(entry.process.pid) == entry.process.started else Holder.ENDED
        try:
            fcntl.flock(sign, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return Holder.RUNS
        else:
            with contextlib.suppress(OSError):
                os.unlink(self._signs / entry.sign)
            return Holder.ENDED
        finally:
            os.close(sign)

    def close(self) -> None:
        """At the end of the process; from then on it counts as ended."""
        with self._guard:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
            if self._sign_file is not None:
                with contextlib.suppress(OSError):
                    os.unlink(self._signs / self._sign)
                os.close(self._sign_file)
                self._sign_file = None

    # -- the file

    @property
    def _signs(self) -> Path:
        assert self._folder is not None  # noqa: S101 -- only asked for where there is one
        return self._folder / "alive"

    def _show_life(self) -> None:
        if self._sign_file is None:
            self._make_folder()
            self._signs.mkdir(mode=0o700, exist_ok=True)
            self._sign_file = os.open(self._signs / self._sign, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._sign_file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _make_folder(self) -> None:
        assert self._folder is not None  # noqa: S101 -- see above
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _open(self) -> "sqlite3.Connection":
        import sqlite3

        if self._connection is not None:
            return self._connection
        path = self.path
        assert path is not None  # noqa: S101 -- see above
        self._make_folder()
        # Before SQLite does: it would make it, its journal and its index readable to all that the umask lets in.
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if stat.S_IMODE(os.fstat(file).st_mode) & 0o077:
            os.fchmod(file, 0o600)
        os.close(file)
        connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        try:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > VERSION:
                raise LocalProtocolError(
                    f"the ledger {path} was written by a newer davlock", "use that one, or --no-ledger"
                )
            if version < VERSION:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("BEGIN IMMEDIATE")
                connection.execute(_TABLE)
                connection.execute(f"PRAGMA user_version = {VERSION}")
                connection.execute("COMMIT")
            # An intent must be on the disk before its LOCK is on the wire.
            connection.execute("PRAGMA synchronous = FULL")
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return connection

    @contextlib.contextmanager
    def _writing(self) -> Iterator["sqlite3.Connection"]:
        with self._guard:
            rows = self._open()
            rows.execute("BEGIN IMMEDIATE")
            try:
                yield rows
                rows.execute("COMMIT")
            except BaseException:
                if rows.in_transaction:
                    rows.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _stating(self) -> Iterator[None]:
        """What keeps the file from being used, in one line. Raises LocalProtocolError."""
        import sqlite3

        hint = "mend that, or go without it: --no-ledger"
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = error.sqlite_errorname if hasattr(error, "sqlite_errorname") else ""
            if code in ("SQLITE_NOTADB", "SQLITE_CORRUPT"):
                hint = "move the file away, or go without it: --no-ledger"
            raise LocalProtocolError(f"the ledger {self.path} cannot be used: {error}", hint) from None
        except OSError as error:
            raise LocalProtocolError(f"the ledger {self.path} cannot be used: {error.strerror}", hint) from None

    def _note(self, statement: str, values: tuple[object, ...]) -> None:
        if not self.on:
            return
        try:
            with self._stating(), self._writing() as rows:
                rows.execute(statement, values)
        except LocalProtocolError as error:
            self._complain(error.what)

    def _noted(self, state: State) -> tuple[Entry, ...]:
        if self._unreadable:
            return ()
        try:
            return self.entries(state)
        except LocalProtocolError as error:
            self._unreadable = True  # to say so once is enough
            self._complain(str(error))
            return ()

    def _of(self, url: str, token: LockToken) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.held(url) if entry.token == token.uri)

    def _insert(self, rows: "sqlite3.Connection", entry: Entry) -> None:
        values = _values(entry)
        marks = ", ".join("?" for _ in values)
        rows.execute(f"INSERT INTO locks ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))  # noqa: S608 -- names of columns


def started(pid: int) -> str:
    """When a process started, as Linux counts it (proc_pid_stat(5), field 22); empty where it is not told."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


_PLAIN = tuple(field.name for field in fields(Entry) if field.name != "process")
_PROCESS = tuple(field.name for field in fields(Process))
_COLUMNS = (*_PLAIN, *_PROCESS)


def _values(entry: Entry) -> dict[str, object]:
    values = {name: getattr(entry, name) for name in _PLAIN}
    values |= {name: getattr(entry.process, name) for name in _PROCESS}
    return {name: value.value if isinstance(value, Enum) else value for name, value in values.items()}


def _entry(row: tuple[Any, ...]) -> Entry:
    values = dict(zip(_COLUMNS, row, strict=True))
    process = Process(**{name: values.pop(name) for name in _PROCESS})
    values |= {
        "state": State(values["state"]),
        "scope": LockScope(values["scope"]),
        "depth": Depth(values["depth"]),
        "kept": bool(values["kept"]),
    }
    return Entry(**values, process=process)


def _time(timeout: Timeout | None) -> tuple[str | None, float | None]:
    return (None, None) if timeout is None else (timeout.as_sent, timeout.seconds)
