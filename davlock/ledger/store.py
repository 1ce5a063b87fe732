"""The ledger in use: locks are written down before they are asked for, kept up to date, and looked up.

What must be known before something is sent raises LocalProtocolError where it cannot be written. What has happened
already calls ``complain`` instead: the lock exists even if davlock could not write it down.
"""

import contextlib
import os
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from davlock.errors import LocalProtocolError
from davlock.ledger.database import Rows, insert, open_database, read_rows
from davlock.ledger.entry import DamagedRow, Entry, Holder, Process, State, entry_of, sendable_token, started, values_of
from davlock.ledger.signs import ALIVE, clear_signs, is_held, make_sign, remove_sign
from davlock.ledger.unusable import unusable
from davlock.own_files.fields import LARGEST, Damage, text, web_address
from davlock.own_files.private import UnsafeFile, close_folder_to_others, make_private_folder
from davlock.own_files.user_folders import LEDGER_FILE
from davlock.posix import POSIX
from davlock.protocol.lock import Depth, LockScope, LockToken, Timeout
from davlock.protocol.url import same_origin, same_resource

if TYPE_CHECKING:  # most commands find no ledger, and need no SQLite to see that
    import sqlite3

REMEMBERED = 30 * 86400.0
"""Seconds for which a lock that has ended is kept, so that one can see what became of it."""

NAMED = 5
"""Damaged rows that are named one by one."""


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
        """The user name of the current requests. Locks that another user took from this machine are not ours."""
        self._sign = secrets.token_hex(8)
        self._sign_file: int | None = None
        self._connection: sqlite3.Connection | None = None
        self._guard = threading.RLock()
        self._unreadable = False
        self._named: set[str] = set()
        """Damage that was told already: to say so once is enough."""

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def on(self) -> bool:
        """Returns true if anything is kept."""
        return self._folder is not None

    @property
    def path(self) -> Path | None:
        """The file."""
        return None if self._folder is None else self._folder / LEDGER_FILE

    # -- taking, keeping and ending a lock

    def new_run(self) -> str:
        """A run id that no other lock has; empty where nothing is kept."""
        return secrets.token_hex(8) if self.on else ""

    def intend(self, run: str, url: str, *, owner: str | None, scope: LockScope, depth: Depth, kept: bool) -> None:
        """LOCK is about to be sent, with this ``owner``. Raises LocalProtocolError where that cannot be written."""
        if not self.on:
            return
        entry = Entry(
            run=run,
            url=url,
            login=self.login,
            owner=owner,
            kept=kept,
            scope=scope,
            depth=depth,
            asked_at=self._now(),
            process=self._process,
            sign=self._sign,
        )
        try:
            entry_of(values_of(entry))
        except Damage as damage:  # what could not be read again is not written
            raise LocalProtocolError(
                f"the ledger cannot keep this lock: {damage}", "work without it: --no-ledger"
            ) from None
        with self._stating(), self._guard:
            self._show_life()
            with self._writing() as rows:
                rows.execute(
                    "DELETE FROM locks WHERE state IN (?, ?) AND ended_at < ?",
                    (State.RELEASED.value, State.LOST.value, entry.asked_at - REMEMBERED),
                )
                insert(rows, replace(entry, sign=self._sign))

    def granted(self, run: str, token: LockToken, *, root: str | None, timeout: Timeout | None) -> None:
        """The LOCK of ``run`` got ``token``. An exclusive one proves that an older one there is gone."""
        now = self._now()
        taken = next((entry for entry in self._noted(State.INTENDED) if entry.run == run), None)
        if taken is not None and taken.scope is LockScope.EXCLUSIVE:
            for older in self._noted(State.HELD):
                if older.scope is LockScope.EXCLUSIVE and same_resource(older.place, root or taken.url):
                    self.settle(older.run, State.LOST)
        if not self._can_keep(token):
            return
        kept = self._note(
            "UPDATE locks SET state = ?, token = ?, root = ?, login = ?, taken_at = ?, renewed_at = ?, timeout = ?,"
            " seconds = ? WHERE run = ?",
            # The server may have asked for the login only as it refused the first LOCK.
            (State.HELD.value, token.uri, _root(root), self.login, now, now, *_time(timeout), run),
        )
        if kept == 0:
            self._complain(f"the ledger has lost its row {run} for the lock {token}; to check: davlock ledger check")

    def owner_changed(self, run: str) -> None:
        """The server shows the lock of ``run`` with another owner than was sent: the owner proves nothing here."""
        self._note("UPDATE locks SET owner = NULL WHERE run = ?", (run,))

    def _can_keep(self, token: LockToken) -> bool:
        """Whether it can be read again; complains where it cannot."""
        try:
            sendable_token("token", token.uri)
        except Damage as damage:
            self._complain(f"the ledger cannot keep a token that the server sent: {damage.why}")
            return False
        return True

    def dropped(self, run: str) -> None:
        """The LOCK of ``run`` made no lock."""
        self._note("DELETE FROM locks WHERE run = ? AND state = ?", (run, State.INTENDED.value))

    def renewed(self, url: str, token: LockToken, timeout: Timeout | None, *, was: LockToken | None = None) -> None:
        """A refresh was granted; ``was`` is the token before, where the server changed it."""
        if not self._can_keep(token):
            return
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
        """The lock of this row has ended: RELEASED by us, or LOST."""
        self._note("UPDATE locks SET state = ?, ended_at = ? WHERE run = ?", (state.value, self._now(), run))

    def forget(self, runs: tuple[str, ...]) -> None:
        """Drop rows, whatever became of their locks. Raises LocalProtocolError where that cannot be written."""
        with self._stating(), self._writing() as rows:
            rows.executemany("DELETE FROM locks WHERE run = ?", [(run,) for run in runs])

    # -- reading

    def entries(self, *states: State, tokens: frozenset[str] | None = None) -> tuple[Entry, ...]:
        """The rows in these states, the oldest first; a damaged row is named once, and left out.

        With ``tokens``, only those of the locks that have them: whoever asks for each of many locks reads few rows.

        Raises LocalProtocolError where the file cannot be read.
        """
        rows = self.rows(tokens)
        self._name(rows.damaged)
        return tuple(entry for entry in rows.entries if not states or entry.state in states)

    def rows(self, tokens: frozenset[str] | None = None) -> Rows:
        """All rows, whole and damaged, or those of the locks with these ``tokens``.

        Raises LocalProtocolError where the file cannot be read.
        """
        path = self.path
        if path is None:
            return Rows((), ())
        with self._stating(), self._guard:
            return read_rows(self._open(), tokens) if is_there(path) else Rows((), ())

    def _name(self, damaged: tuple[DamagedRow, ...]) -> None:
        fresh = [row for row in damaged if row.name not in self._named]
        for row in fresh[:NAMED]:
            self._complain(
                f"ledger row {row.name} is damaged ({row.field}: {row.why}), so it is left out; to check:"
                " davlock ledger check"
            )
        if len(fresh) > NAMED:
            self._complain(f"{len(fresh) - NAMED} more rows of the ledger are damaged; to check: davlock ledger check")
        self._named.update(row.name for row in fresh)

    def held(
        self, url: str | None = None, login: str | None = None, *, tokens: frozenset[str] | None = None
    ) -> tuple[Entry, ...]:
        """The locks that we hold as ``login``; with ``url``, those on the same origin; with ``tokens``, only these.

        Where the file cannot be read, that is complained of: the command goes on without it.
        """
        entries = self._noted(State.HELD, tokens)
        who = self.login if login is None else login
        ours = (entry for entry in entries if entry.token and entry.login == who)
        return tuple(entry for entry in ours if url is None or same_origin(entry.url, url))

    def of_this_process(self) -> tuple[Entry, ...]:
        """The locks that we hold and that this process took."""
        return tuple(entry for entry in self.held() if entry.process == self._process) if self.on else ()

    def covering(self, url: str) -> tuple[Entry, ...]:
        """Those of them whose tokens a write to ``url`` needs.

        One that must have run out counts only where it is alone: then the server is to say that it is gone.
        """
        entries = tuple(entry for entry in self.held(url) if entry.covers(url))
        return tuple(entry for entry in entries if not entry.overdue(self._now())) or entries

    def holder(self, entry: Entry) -> Holder:
        """Whether the process that took the lock is still there: it holds a lock on its sign of life until it ends."""
        if entry.process.host != self._process.host:
            return Holder.ELSEWHERE
        if entry.sign == self._sign:
            return Holder.RUNS
        if not POSIX:
            return Holder.UNKNOWN
        try:
            close_folder_to_others(self._signs)
            return Holder.RUNS if is_held(self._signs / entry.sign, clear=True) else Holder.ENDED
        except OSError as error:
            if isinstance(error, UnsafeFile):
                self._refuse_sign(error)
            there = entry.process.boot == self._process.boot and bool(entry.process.started)
            return Holder.RUNS if there and started(entry.process.pid) == entry.process.started else Holder.ENDED

    def clear_signs(self) -> None:
        """Remove the signs of life that a crash left."""
        if self.on:
            clear_signs(self._signs)

    def _refuse_sign(self, error: UnsafeFile) -> None:
        name = str(error.filename)
        if name not in self._named:
            self._named.add(name)
            self._complain(f"the sign of life {name} is not used: {error.strerror}")

    def close(self) -> None:
        """At the end of the process; from then on it counts as ended."""
        with self._guard:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
            if self._sign_file is not None:
                remove_sign(self._signs / self._sign, self._sign_file)
                self._sign_file = None

    # -- the file

    @property
    def _signs(self) -> Path:
        assert self._folder is not None  # noqa: S101 -- only asked for where there is one
        return self._folder / ALIVE

    def _show_life(self) -> None:
        if self._sign_file is None:
            assert self._folder is not None  # noqa: S101 -- see above
            make_private_folder(self._folder, may_be_linked=True)
            make_private_folder(self._signs)
            clear_signs(self._signs)
            self._sign, self._sign_file = make_sign(self._signs)

    def _open(self) -> "sqlite3.Connection":
        if self._connection is None:
            assert self._folder is not None  # noqa: S101 -- see above
            self._connection = open_database(self._folder)
        return self._connection

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
        try:
            yield
        except (MemoryError, UnicodeError, OSError) as error:
            raise unusable(self.path, error) from None
        except Exception as error:
            import sqlite3  # a command that finds no ledger does without it

            if not isinstance(error, sqlite3.Error):
                raise
            raise unusable(self.path, error) from None

    def _note(self, statement: str, values: tuple[object, ...]) -> int | None:
        """How many rows that changed; ``None`` where it could not be written, which is complained of."""
        if not self.on:
            return None
        try:
            with self._stating(), self._writing() as rows:
                return rows.execute(statement, values).rowcount
        except LocalProtocolError as error:
            self._complain(error.what)
            return None

    def _noted(self, state: State, tokens: frozenset[str] | None = None) -> tuple[Entry, ...]:
        if self._unreadable:
            return ()
        try:
            return self.entries(state, tokens=tokens)
        except LocalProtocolError as error:
            self._unreadable = True  # to say so once is enough
            self._complain(str(error))
            return ()

    def _of(self, url: str, token: LockToken) -> tuple[Entry, ...]:
        return self.held(url, tokens=frozenset((token.uri,)))


def is_there(path: Path) -> bool:
    """Returns true if there is a ledger at ``path``. Raises OSError for a folder in which none could be made."""
    try:
        close_folder_to_others(path.parent, may_be_linked=True)
        os.lstat(path)
    except FileNotFoundError:
        return False
    return True


def _root(root: str | None) -> str | None:
    """The lock root if davlock can keep it: servers write anything there."""
    try:
        return None if root is None else web_address("root", root)
    except Damage:
        return None


def _time(timeout: Timeout | None) -> tuple[str | None, float | None]:
    if timeout is None:
        return None, None
    try:
        return text("timeout", timeout.as_sent), None if timeout.seconds is None else min(timeout.seconds, LARGEST)
    except Damage:
        return None, timeout.seconds
