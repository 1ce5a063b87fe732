"""Whether the ledger is whole, and how to repair it: the damaged file is moved aside, and every good row is kept."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from davlock.errors import LocalProtocolError
from davlock.ledger.database import (
    BESIDE,
    Rows,
    columns_of,
    faults_of_table,
    insert,
    open_database,
    read_rows,
    sort_out,
)
from davlock.ledger.entry import NAME, DamagedRow, Entry
from davlock.ledger.salvage import UNREADABLE, count_in_index, rows_by_number, rows_in_pages
from davlock.ledger.signs import ALIVE, is_held
from davlock.ledger.store import is_there
from davlock.ledger.unusable import is_passing, unusable, words_of
from davlock.own_files.private import UnsafeFile, close_folder_to_others, make_private_folder, open_private
from davlock.own_files.user_folders import LEDGER_FILE
from davlock.values import dataclass

COMPLAINTS = 20
"""Lines of SQLite's own check that are read."""

CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class StrayFile:
    """A file among the signs of life that no row and no process needs, and why.

    ``left_by_crash``: it is the sign of a process that has ended. That is no damage, and the next lock removes it.
    """

    name: str
    why: str
    left_by_crash: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerCheck:
    """What the ledger is like. ``integrity`` says what is wrong with the file, empty where all is well.

    ``lost`` is the number of rows that cannot be read; ``None`` where the file does not tell how many there were.
    """

    entries: tuple[Entry, ...] = ()
    damaged: tuple[DamagedRow, ...] = ()
    integrity: tuple[str, ...] = ()
    stray: tuple[StrayFile, ...] = ()
    lost: int | None = 0

    @property
    def clean(self) -> bool:
        """Returns true if there is no damage."""
        return not (self.damaged or self.integrity or any(not stray.left_by_crash for stray in self.stray))


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """What a repair found and did: how many rows it kept, where the damaged file is, which stray files it removed."""

    found: LedgerCheck
    kept: int
    aside: Path | None
    removed: tuple[str, ...]


def check(folder: Path) -> LedgerCheck:
    """Read everything, and change nothing. Raises LocalProtocolError for a file that must not be opened."""
    path = folder / LEDGER_FILE
    with _stating(path):
        if not is_there(path):
            return LedgerCheck(stray=_strays(folder, set()))
        rows, integrity, through = _read(folder)
        return LedgerCheck(
            entries=rows.entries,
            damaged=rows.damaged,
            integrity=integrity,
            lost=_lost(folder, rows, through) if rows.damaged or integrity else 0,
            stray=_strays(folder, {entry.sign for entry in rows.entries}),
        )


def repair(folder: Path, *, now: float) -> Repair:
    """Check the ledger, and repair it. Raises LocalProtocolError while another davlock uses the file."""
    path = folder / LEDGER_FILE
    with _stating(path):
        busy = _busy(folder)
        if busy is not None:
            raise LocalProtocolError(
                f"the ledger {path} is in use: a running davlock has the sign of life {busy}",
                "repair it after that davlock has ended",
            )
        problems = check(folder)
        removed = tuple(stray.name for stray in problems.stray if _removed(folder / ALIVE / stray.name))
        aside = None
        if problems.damaged or problems.integrity:
            aside = _copied_aside(path, now)
            _write_anew(folder, problems.entries)
        return Repair(found=problems, kept=len(problems.entries), aside=aside, removed=removed)


@contextlib.contextmanager
def _stating(path: Path) -> Iterator[None]:
    try:
        yield
    except (*UNREADABLE, OSError) as error:
        raise unusable(path, error) from None


def _read(folder: Path) -> tuple[Rows, tuple[str, ...], bool]:
    """The rows, by every way there is; what is wrong with the file; and whether SQLite read the table to its end."""
    try:
        connection = open_database(folder, read_only=True)
    except UNREADABLE as error:
        if is_passing(error):
            raise
        return _salvaged(folder, Rows((), ())), (words_of(error),), False
    through = False
    try:
        integrity = _integrity(connection)
        try:
            rows = read_rows(connection)
        except UNREADABLE as error:
            if is_passing(error):
                raise
            rows = sort_out(rows_by_number(connection))
            integrity = integrity or (words_of(error),)
        else:
            through = bool(columns_of(connection))
            if not (rows.damaged and integrity):
                return rows, integrity, through
    finally:
        connection.close()
    return _salvaged(folder, rows), integrity, through


def _salvaged(folder: Path, rows: Rows) -> Rows:
    """``rows``, and those that stand in the pages of the file and are not among them."""
    known = {entry.run for entry in rows.entries}
    in_pages = [(number, row) for number, row in rows_in_pages(*_contents(folder)) if row["run"] not in known]
    more = sort_out(iter(in_pages))
    whole = known | {entry.run for entry in more.entries}
    read_after_all = {number for number, row in in_pages if row["run"] in whole}
    damaged = {
        row.number: row
        for row in (*more.damaged, *rows.damaged)
        if row.run not in whole and row.number not in read_after_all
    }
    entries = sorted((*rows.entries, *more.entries), key=lambda entry: entry.asked_at)
    return Rows(tuple(entries), tuple(damaged.values()))


def _lost(folder: Path, rows: Rows, through: bool) -> int | None:
    """How many rows cannot be read; ``None`` where nothing of the file tells. A second row of one run is no loss."""
    listed = count_in_index(*_contents(folder))
    if not (rows.entries or rows.damaged or listed or through):
        return None
    runs = {entry.run for entry in rows.entries}
    return max(sum(row.run not in runs for row in rows.damaged), listed - len(rows.entries))


def _contents(folder: Path) -> tuple[bytes, bytes]:
    """The file, and its write-ahead log."""
    return _content(folder / LEDGER_FILE), _content(folder / f"{LEDGER_FILE}-wal")


def _integrity(connection: sqlite3.Connection) -> tuple[str, ...]:
    try:
        lines = connection.execute(f"PRAGMA integrity_check({COMPLAINTS})").fetchall()
        faults = faults_of_table(connection)
    except UNREADABLE as error:
        if is_passing(error):
            raise
        return (words_of(error),)
    return (*(" ".join(str(line).split()) for (line,) in lines if line != "ok"), *faults)


# -- signs of life


def _signs(folder: Path) -> list[str]:
    try:
        close_folder_to_others(folder / ALIVE)
        return sorted(os.listdir(folder / ALIVE))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _busy(folder: Path) -> str | None:
    """The sign of life of some davlock that runs."""
    for name in _signs(folder):
        with contextlib.suppress(UnsafeFile):  # no davlock holds that
            if _is_held(folder / ALIVE / name):
                return name
    return None


def _strays(folder: Path, needed: set[str]) -> tuple[StrayFile, ...]:
    strays = []
    for name in _signs(folder):
        if not NAME.fullmatch(name):
            strays.append(StrayFile(name=name, why="its name is not one that davlock gives"))
            continue
        try:
            held = _is_held(folder / ALIVE / name)
        except UnsafeFile as error:
            strays.append(StrayFile(name=name, why=str(error.strerror)))
            continue
        if name not in needed and not held:
            strays.append(
                StrayFile(name=name, why="a crash left it, and no row needs it: no damage", left_by_crash=True)
            )
    return tuple(strays)


def _is_held(path: Path) -> bool:
    """Returns true if a davlock that runs has this sign of life."""
    try:
        return NAME.fullmatch(path.name) is not None and is_held(path)
    except FileNotFoundError:
        return False


def _removed(path: Path) -> bool:
    """Returns true if the file is gone now. A folder is left."""
    try:
        os.unlink(path)
    except OSError:
        return False
    return True


# -- the file


def _content(path: Path) -> bytes:
    try:
        file = open_private(path, os.O_RDONLY)
    except FileNotFoundError:
        return b""
    with open(file, "rb") as opened:
        return opened.read()


def _copied_aside(path: Path, now: float) -> Path:
    """A copy of the damaged file, and of its write-ahead log, as they are."""
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    for number in range(1, 1000):
        aside = path.with_name(f"{path.name}.damaged-{stamp}" + (f"-{number}" if number > 1 else ""))
        try:
            _copy(path, aside)
        except FileExistsError:
            continue
        if os.path.lexists(f"{path}-wal") and os.lstat(f"{path}-wal").st_size:
            _copy(Path(f"{path}-wal"), Path(f"{aside}-wal"))
        return aside
    raise FileExistsError(0, "there are too many copies of damaged ledgers", str(path))


def _copy(path: Path, to: Path) -> None:
    target = open_private(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    with open(target, "wb") as writing, open(open_private(path, os.O_RDONLY), "rb") as reading:
        while chunk := reading.read(CHUNK):
            writing.write(chunk)
        writing.flush()
        os.fsync(writing.fileno())


def _write_anew(folder: Path, entries: tuple[Entry, ...]) -> None:
    """A new file with these rows in the place of the damaged one. Killed in the middle, the old one is still there."""
    scratch = folder / "repair"
    make_private_folder(scratch)
    try:
        connection = open_database(scratch)
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("DELETE FROM locks")  # of a repair that was broken off
            for entry in entries:
                insert(connection, entry)
            connection.execute("COMMIT")
        finally:
            connection.close()
        # The old log first: SQLite would take it for that of the new file.
        for ending in BESIDE:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(folder / (LEDGER_FILE + ending))
        os.replace(scratch / LEDGER_FILE, folder / LEDGER_FILE)
    finally:
        for ending in ("", *BESIDE):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(scratch / (LEDGER_FILE + ending))
        scratch.rmdir()
