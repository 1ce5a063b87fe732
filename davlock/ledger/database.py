"""The ledger's SQLite file: opened without trust, brought up to date, and read row by row."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from davlock.errors import LocalProtocolError
from davlock.ledger.columns import STORED, completed, names_of
from davlock.ledger.entry import LONGEST_VALUE, DamagedRow, Entry, damage_of, entry_of, values_of
from davlock.own_files.fields import Damage
from davlock.own_files.private import close_to_others, make_private, make_private_folder
from davlock.own_files.user_folders import LEDGER_FILE
from davlock.values import dataclass

if TYPE_CHECKING:  # most commands find no ledger, and need no SQLite to see that
    import sqlite3

VERSION = 2
"""PRAGMA user_version of the file. Version 1 had no column ``owner``."""

PATIENCE = 10.0
"""Seconds to wait for another process that is writing."""

BESIDE = ("-wal", "-shm", "-journal")
"""How the names of the files go on that SQLite keeps beside it."""

MOST_ROWS = 100_000
"""Rows that are read."""

_SHORTEST_ROW = 20
"""Bytes: a row with all columns, however empty, takes more of the file."""

MENDED_BY = "to repair it: davlock ledger check --repair; to work without it: --no-ledger"

_TABLE = """
CREATE TABLE IF NOT EXISTS locks (
  run TEXT PRIMARY KEY, url TEXT NOT NULL, login TEXT NOT NULL, root TEXT, token TEXT, state TEXT NOT NULL,
  kept INTEGER NOT NULL, scope TEXT NOT NULL, depth TEXT NOT NULL, asked_at REAL NOT NULL, taken_at REAL,
  renewed_at REAL, timeout TEXT, seconds REAL, ended_at REAL, host TEXT NOT NULL, boot TEXT NOT NULL,
  pid INTEGER NOT NULL, started TEXT NOT NULL, sign TEXT NOT NULL, owner TEXT
)
"""

_MADE = {
    ("table", "locks"),
    ("index", "sqlite_autoindex_locks_1"),
    ("table", "sqlite_stat1"),
    ("table", "sqlite_stat4"),
}
"""What may stand in the schema: davlock's table, SQLite's index for it, and what ANALYZE leaves."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows that are whole, the oldest first, and those that are not."""

    entries: tuple[Entry, ...]
    damaged: tuple[DamagedRow, ...]


def open_database(folder: Path, *, read_only: bool = False) -> "sqlite3.Connection":
    """The file in ``folder``, made where there is none, and brought to the newest version.

    ``read_only`` leaves the file and its log as they are: SQLite removes a log that it cannot read.

    Raises UnsafeFile for what is not a private file of this user, sqlite3.Error for what is not a database, and
    LocalProtocolError for a database of something else.
    """
    import sqlite3

    make_private_folder(folder, may_be_linked=True)
    path = folder / LEDGER_FILE
    # Before SQLite does: it would make it, its journal and its index readable to all that the umask lets in.
    make_private(path)
    for ending in BESIDE:
        close_to_others(Path(f"{path}{ending}"))
    address = path.absolute().as_uri() + ("?mode=ro" if read_only else "")
    connection = sqlite3.connect(address, uri=True, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        connection.text_factory = _text
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        version = _version(connection)
        if not 0 <= version <= VERSION:
            raise LocalProtocolError(
                f"the ledger {path} has version {version}, but this davlock knows only version {VERSION}",
                "use the davlock that wrote it, move the file away, or work without it: --no-ledger",
            )
        _refuse_foreign_schema(connection)
        if version < VERSION and not read_only:
            with contextlib.suppress(sqlite3.OperationalError):
                # Where another process opens the new file at this moment, SQLite does not wait: that one sets the mode.
                connection.execute("PRAGMA journal_mode = WAL")
            _migrate(connection)
        # An intent must be on the disk before its LOCK is on the wire.
        connection.execute("PRAGMA synchronous = FULL")
    except BaseException:
        connection.close()
        raise
    return connection


def _text(data: bytes) -> str | bytes:
    """Text as SQLite keeps it; bytes that are no UTF-8 stay bytes, which no field takes for text.

    Of text that is far too long, the first part is enough to see that.
    """
    try:
        if len(data) > 4 * LONGEST_VALUE:  # a character has at most four bytes
            return data[: 4 * LONGEST_VALUE + 4].decode(errors="ignore")
        return data.decode()
    except UnicodeDecodeError:
        return data


def _version(connection: "sqlite3.Connection") -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _refuse_foreign_schema(connection: "sqlite3.Connection") -> None:
    """A trigger or a view would run with our statements."""
    for kind, name in connection.execute("SELECT type, name FROM sqlite_master LIMIT 10"):
        if (kind, name) not in _MADE:
            raise _damaged(f"it has the {kind} {name}, which davlock did not make")


def _damaged(why: str) -> "sqlite3.DatabaseError":
    """What SQLite does not see, and what is damage all the same."""
    import sqlite3

    return sqlite3.DatabaseError(why)


def _migrate(connection: "sqlite3.Connection") -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _version(connection) < VERSION:  # no other process was faster
            connection.execute(_TABLE)
            if "owner" not in columns_of(connection):
                connection.execute("ALTER TABLE locks ADD COLUMN owner TEXT")
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def columns_of(connection: "sqlite3.Connection") -> tuple[str, ...]:
    """The names of the table's columns in their order; none where there is no table.

    Raises sqlite3.DatabaseError for a name that is not text: no statement can have it.
    """
    names = tuple(name for _, name, *_ in connection.execute("PRAGMA table_info(locks)"))
    if not all(isinstance(name, str) for name in names):
        raise _damaged("a column has a name that is not text")
    return names


def faults_of_table(connection: "sqlite3.Connection") -> tuple[str, ...]:
    """Why davlock cannot write to the table, a clause for each reason: SQLite itself has no objection to these."""
    version = _version(connection)
    described = connection.execute("PRAGMA table_info(locks)").fetchall()
    if not described:
        return ("it has no table of locks",) if version else ()
    known = {str(name).casefold() for _, name, *_ in described}
    needed = STORED if version == VERSION else STORED[:-1]
    missing = tuple(f"the table has no column {name}" for name in needed if name not in known)
    # An INSERT that does not name such a column is refused.
    foreign = tuple(
        f"the table wants a value for the column {name}, which davlock did not make"
        for _, name, _, must, default, _ in described
        if must and default is None and str(name).casefold() not in STORED
    )
    return missing + foreign


def select_rows(
    connection: "sqlite3.Connection", *, where: str = "", marked: tuple[object, ...] = ()
) -> Iterator[tuple[int, dict[str, object]]]:
    """Each row by the names of its columns, with its number. A column that the file lacks is ``None``.

    ``marked`` stands for the question marks of ``where``.
    """
    columns = columns_of(connection)
    places = {name: column for name, column in zip(names_of(columns), columns, strict=True) if name}
    if not places:
        return
    listed = ", ".join('"' + column.replace('"', '""') + '"' for column in places.values())
    for number, *values in connection.execute(f"SELECT rowid, {listed} FROM locks {where}", marked):  # noqa: S608 -- names of columns
        yield number, completed(dict(zip(places, values, strict=True)))


def most_rows(connection: "sqlite3.Connection") -> int:
    """The rows that are read of a file of this size. A damaged one can list a page again and again."""
    (pages,), (size,) = (connection.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size"))
    return min(MOST_ROWS, int(pages) * int(size) // _SHORTEST_ROW)


def read_rows(connection: "sqlite3.Connection", tokens: frozenset[str] | None = None) -> Rows:
    """All rows, or those of the locks with these ``tokens``, each checked by itself.

    Raises sqlite3.Error where the file cannot be read through to its end.
    """
    where = "" if tokens is None else f"WHERE token IN ({', '.join('?' * len(tokens))})"

    most = most_rows(connection)

    def bounded() -> Iterator[tuple[int, dict[str, object]]]:
        for count, row in enumerate(select_rows(connection, where=where, marked=tuple(tokens or ()))):
            if count == most:
                raise _damaged(f"it lists more than {most} rows")
            yield row

    return sort_out(bounded())


def sort_out(rows: Iterator[tuple[int, dict[str, object]]]) -> Rows:
    """Tell rows that are whole from rows that are not. Of two with one run id, the second is damaged."""
    entries: dict[str, Entry] = {}
    damaged: list[DamagedRow] = []
    for number, row in rows:
        try:
            entry = entry_of(row)
            if entry.run in entries:
                raise Damage("run", "another row has the same run id")
            entries[entry.run] = entry
        except Damage as damage:
            damaged.append(damage_of(number, row, damage))
    return Rows(tuple(sorted(entries.values(), key=lambda entry: entry.asked_at)), tuple(damaged))


def insert(connection: "sqlite3.Connection", entry: Entry) -> None:
    """Write one row."""
    values = values_of(entry)
    marks = ", ".join("?" for _ in values)
    connection.execute(
        f"INSERT INTO locks ({', '.join(values)}) VALUES ({marks})",  # noqa: S608 -- names of columns
        tuple(values.values()),
    )
