"""A ledger whose table is not quite davlock's own, and what --repair says of rows that are lost."""

import contextlib
import sqlite3

import pytest

from davlock.ledger.columns import MAY_BE_NULL, STORED
from davlock.ledger.salvage import columns_in
from tests.cli.command import Done, run
from tests.ledger.filled import damage, database, fill


def runs_of(done: Done) -> list[str]:
    """The run ids of the rows that are whole."""
    return [row["run"] for row in done.result["rows"]]


# -- a table that is not quite davlock's


def change_table(*statements: str) -> None:
    """What somebody did to the table by hand."""
    with contextlib.closing(sqlite3.connect(database())) as rows:
        for statement in statements:
            rows.execute(statement)
        rows.commit()


def break_header() -> None:
    """SQLite opens the file no more: its pages must be read."""
    content = bytearray(database().read_bytes())
    content[:16] = bytes(16)
    database().write_bytes(content)


DROPPED = [column for column in STORED if column != "run"]  # SQLite drops no primary key


@pytest.mark.parametrize("raw", [False, True])
@pytest.mark.parametrize("column", DROPPED)
def test_a_column_that_is_gone_costs_its_own_values_alone(column: str, raw: bool) -> None:
    runs = fill(3)
    before = run("ledger", "list", "--json").result["rows"]
    change_table(f"ALTER TABLE locks DROP COLUMN {column}")
    if raw:
        break_header()
    found = run("ledger", "check", "--json")
    assert found.code == 1
    mended = run("ledger", "check", "--repair", "--json")
    if column in MAY_BE_NULL:
        assert (mended.code, runs_of(mended), mended.result["damaged"]) == (0, runs, [])
        after = run("ledger", "list", "--json").result["rows"]
        changed = {"root": "lockroot", "timeout": "timeout", "renewed_at": "expires_at"}.get(column, column)
        for row, was in zip(after, before, strict=True):
            assert {key for key in was if row[key] != was[key]} <= {column, changed}
    else:
        assert (mended.code, runs_of(mended)) == (7, [])
        assert [(row["run"], row["field"], row["why"]) for row in mended.result["damaged"]] == [
            (each, column, "it is missing") for each in runs
        ]
    assert run("ledger", "check").code == 0
    assert len(fill(1)) == 1


def test_without_the_seconds_a_lock_does_not_look_endless() -> None:
    fill(1)
    (before,) = run("ledger", "list", "--json").result["rows"]
    change_table("ALTER TABLE locks DROP COLUMN seconds")
    for _ in range(2):
        (row,) = run("ledger", "list", "--json").result["rows"]
        assert (row["timeout"], row["expires_at"]) == (before["timeout"], before["expires_at"])
        run("ledger", "check", "--repair")


def test_a_missing_column_is_named_by_check() -> None:
    fill(1)
    change_table("ALTER TABLE locks DROP COLUMN seconds", "ALTER TABLE locks DROP COLUMN token")
    assert [row[3] for row in run("ledger", "check").rows] == [
        "the table has no column token",
        "the table has no column seconds",
    ]


@pytest.mark.parametrize("raw", [False, True])
def test_the_order_of_the_columns_does_not_matter(raw: bool) -> None:
    fill(3)
    before = run("ledger", "list", "--json").result["rows"]
    with contextlib.closing(sqlite3.connect(database())) as rows:
        # Neighbours of one kind: read by their place, every value would still look right.
        names = ["boot", "login", "host", *(name for name in STORED if name not in ("boot", "login", "host"))]
        rows.execute("ALTER TABLE locks RENAME TO old")
        rows.execute(f"CREATE TABLE locks (note BLOB, {', '.join(names)}, PRIMARY KEY (run))")
        rows.execute(f"INSERT INTO locks ({', '.join(names)}) SELECT {', '.join(names)} FROM old")  # noqa: S608
        rows.execute("DROP TABLE old")
        rows.commit()
    assert run("ledger", "list", "--json").result["rows"] == before
    if raw:
        break_header()
        mended = run("ledger", "check", "--repair", "--json")
        assert (mended.code, mended.result["damaged"]) == (0, [])
        assert run("ledger", "list", "--json").result["rows"] == before


@pytest.mark.parametrize("raw", [False, True])
def test_columns_of_somebody_else_are_ignored(raw: bool) -> None:
    """Rows of before have no value for a column that was added."""
    runs = fill(2)
    change_table("ALTER TABLE locks ADD COLUMN note TEXT DEFAULT 'x, (y)'", "ALTER TABLE locks ADD COLUMN more")
    assert run("ledger", "check").code == 0
    runs += fill(1)
    if raw:
        break_header()
        assert run("ledger", "check", "--repair").code == 0
    assert sorted(runs_of(run("ledger", "list", "--json"))) == sorted(runs)


def test_a_column_that_lets_no_row_in_is_a_fault() -> None:
    runs = fill(1)
    with contextlib.closing(sqlite3.connect(database())) as rows:
        rows.execute("PRAGMA writable_schema = ON")
        rows.execute("UPDATE sqlite_master SET sql = replace(sql, 'owner TEXT', 'owner TEXT, note NOT NULL')")
        rows.commit()
    assert "the column note" in run("ledger", "check").out
    assert run("ledger", "check", "--repair").code == 0
    assert sorted(runs_of(run("ledger", "list", "--json"))) == sorted(runs)
    assert len(fill(1)) == 1


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("run TEXT", "ruo TEXT"), ("token TEXT", "tokeo TEXT"), ("TEXT, token", "TEXTl token"), ("run TEXT", "run,TEXT")],
)
def test_a_wrong_letter_in_the_schema_costs_no_value(right: str, wrong: str) -> None:
    fill(3)
    before = run("ledger", "list", "--json").result["rows"]
    content = database().read_bytes()
    assert content.count(right.encode()) == 1
    database().write_bytes(content.replace(right.encode(), wrong.encode()))
    assert run("ledger", "check").code == 1
    assert run("ledger", "check", "--repair").code == 0
    assert run("ledger", "list", "--json").result["rows"] == before


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE locks AS SELECT 1",
        "CREATE TABLE locks AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
        "CREATE TABLE locks (run DEFAULT (load_extension('x')))",
        "CREATE TABLE other (run)",
        "CREATE TABLE locks (",
        "ATTACH 'x' AS locks",
        "\ud800",
    ],
)
def test_a_statement_from_the_file_makes_a_table_and_nothing_else(statement: str) -> None:
    assert columns_in(statement) in ((), ("run",))


# -- rows that are lost


def test_repair_says_how_many_rows_it_lost_and_what_to_do() -> None:
    first, second = fill(2)
    damage(second, "state", "hold")
    done = run("ledger", "check", "--repair", "--json")
    assert (done.code, done.result["repair"]["kept"], done.result["repair"]["lost"]) == (7, 1, 1)
    assert "kept 1 of 2 rows; the damaged file is " in done.err
    assert "locks of the lost rows may still be held: davlock locks -r --owner davlock FOLDER/" in done.err
    damage(first, "state", "hold")
    assert "kept 0 of 1 row; the" in run("ledger", "check", "--repair").err


def test_repair_of_one_row_says_row() -> None:
    fill(1)
    change_table("ALTER TABLE locks DROP COLUMN seconds")
    done = run("ledger", "check", "--repair")
    assert (done.code, "kept 1 row; the damaged" in done.err, "may still be held" in done.err) == (0, True, False)


def test_rows_of_a_page_that_cannot_be_read_are_not_forgotten() -> None:
    """The index of run ids still counts them."""
    fill(60)
    content = bytearray(database().read_bytes())
    page = next(at for at in range(8192, len(content), 4096) if content[at] == 0x0D)
    content[page : page + 4096] = bytes(4096)
    database().write_bytes(content)
    done = run("ledger", "check", "--repair", "--json")
    kept = len(runs_of(done))
    assert 0 < kept < 60
    assert (done.code, done.result["repair"]["lost"], f"kept {kept} of 60 rows;" in done.err) == (7, 60 - kept, True)


def test_a_file_of_which_nothing_is_left_is_not_repaired_with_success() -> None:
    fill(3)
    database().write_bytes(b"no database" * 500)
    done = run("ledger", "check", "--repair", "--json")
    assert (done.code, done.result["repair"]["lost"]) == (7, None)
    assert "no row can be read, and the file does not tell how many there were; the damaged file is " in done.err
    assert "davlock locks -r --owner davlock FOLDER/" in done.err
