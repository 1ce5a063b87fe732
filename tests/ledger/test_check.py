"""``davlock ledger check``: what it finds, and what --repair keeps."""

import contextlib
import fcntl
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from davlock.ledger.salvage import rows_in_pages
from davlock.ledger.signs import is_held, make_sign, remove_sign
from davlock.own_files.file_lock import lock_file
from tests.cli.command import Done, run
from tests.ledger.filled import damage, database, fill, state


def runs_of(done: Done) -> list[str]:
    """The run ids of the rows that are whole."""
    return [row["run"] for row in done.result["rows"]]


def aside() -> list[Path]:
    """The copies of damaged files."""
    return sorted(state().glob("ledger.sqlite.damaged-*"))


def test_no_ledger_is_a_clean_one() -> None:
    for arguments in ((), ("--repair",), ("--no-ledger",)):
        done = run("ledger", "check", *arguments)
        assert (done.code, done.out) == (0, "")
    assert not state().exists()


def test_a_clean_ledger_is_left_as_it_is() -> None:
    runs = fill()
    before = database().read_bytes()
    done = run("ledger", "check", "--json")
    assert (done.code, runs_of(done), done.err) == (0, runs, "")
    assert (done.result["damaged"], done.result["integrity"], done.result["stray"]) == ([], [], [])
    assert done.result["repair"] is None
    mended = run("ledger", "check", "--repair")
    assert (mended.code, "nothing to repair" in mended.err) == (0, True)
    assert (database().read_bytes(), aside()) == (before, [])
    assert "3 rows are whole; no faults found." in run("ledger", "check", tty=True).out


def test_a_damaged_row_is_named_and_moved_aside() -> None:
    first, second, third = fill()
    damage(second, "state", "hold")
    found = run("ledger", "check")
    assert (found.code, found.rows[0][:3]) == (1, ["damaged row", second, "state"])
    assert "not one of intended, held, released, lost" in found.rows[0][3]
    shown = run("ledger", "check", tty=True)
    assert (shown.code, "1 fault found" in shown.out, "--repair" in shown.out) == (1, True, True)
    before = database().read_bytes()
    mended = run("ledger", "check", "--repair", "--json")
    assert (mended.code, runs_of(mended)) == (7, [first, third])
    assert [(row["run"], row["field"]) for row in mended.result["damaged"]] == [(second, "state")]
    (copy,) = aside()
    assert mended.result["repair"] == {"kept": 2, "lost": 1, "aside": str(copy), "removed": []}
    assert f"kept 2 of 3 rows; the damaged file is {copy}" in mended.err
    assert (copy.read_bytes(), stat.S_IMODE(copy.stat().st_mode)) == (before, 0o600)
    assert stat.S_IMODE(database().stat().st_mode) == 0o600
    listed = run("ledger", "list", "--json")
    assert (runs_of(listed), listed.err) == ([first, third], "")
    assert run("ledger", "check").code == 0
    # Twice within a second: no copy is written over.
    damage(third, "state", "hold")
    assert run("ledger", "check", "--repair").code == 7
    assert len(aside()) == 2
    assert sorted(path.name for path in state().iterdir() if path not in aside()) == ["alive", "ledger.sqlite"]


def test_everything_of_a_row_is_kept() -> None:
    fill()
    with contextlib.closing(sqlite3.connect(database())) as rows:
        rows.execute("UPDATE locks SET ended_at = 1700000001, state = 'lost' WHERE rowid = 2")
        rows.commit()
        before = rows.execute("SELECT * FROM locks ORDER BY run").fetchall()
    content = bytearray(database().read_bytes())
    content[:100] = bytes(100)
    database().write_bytes(content)
    assert run("ledger", "list").code == 2
    assert run("ledger", "check", "--repair").code == 0
    with contextlib.closing(sqlite3.connect(database())) as rows:
        assert rows.execute("SELECT * FROM locks ORDER BY run").fetchall() == before


@pytest.mark.parametrize("how", ["zeros", "noise"])
def test_a_damaged_page_costs_its_own_rows_alone(how: str) -> None:
    runs = fill(120)
    clean = database().read_bytes()
    pages = len(clean) // 4096
    assert pages > 8
    for page in range(pages):
        database().write_bytes(
            clean[: page * 4096]
            + (bytes(4096) if how == "zeros" else bytes(range(256)) * 16)
            + clean[(page + 1) * 4096 :]
        )
        done = run("ledger", "check", "--repair", "--json")
        lost = set(runs) - set(runs_of(run("ledger", "list", "--json")))
        assert (done.code, done.result["repair"]["lost"]) == (7 if lost else 0, len(lost)), (page, done)
        assert len(lost) < 24, (page, len(lost))  # as many as one page has
        for path in aside():
            path.unlink()


def test_the_rows_of_the_log_are_kept() -> None:
    """Of a davlock that was killed, with the header of the file and a checksum of its log gone."""
    with contextlib.closing(_reader()):
        runs = fill(20)
        log = bytearray(Path(f"{database()}-wal").read_bytes())
        log[32 + 16] ^= 1
        main = database().read_bytes()
    Path(f"{database()}-wal").write_bytes(log)
    database().write_bytes(bytes(100) + main[100:])
    done = run("ledger", "check", "--repair", "--json")
    assert (done.code, set(runs) <= set(runs_of(done))) == (0, True)
    assert [path.name[-4:] for path in aside()][-1] == "-wal"
    assert len(runs_of(run("ledger", "list", "--json"))) == 21


def _reader() -> sqlite3.Connection:
    fill(1)
    rows = sqlite3.connect(database())
    rows.execute("SELECT * FROM locks").fetchall()
    return rows


def test_forgotten_rows_do_not_come_back() -> None:
    """The pages of rows that were deleted are free, and their content is still there."""
    runs = fill(60)
    kept = runs[:5]
    assert run("ledger", "forget", *runs[5:]).code == 0
    with contextlib.closing(sqlite3.connect(database())) as rows:
        assert rows.execute("PRAGMA freelist_count").fetchone()[0] > 3
    assert [row["run"] for _, row in rows_in_pages(database().read_bytes())] == kept
    content = bytearray(database().read_bytes())
    content[:16] = bytes(16)
    database().write_bytes(content)
    assert runs_of(run("ledger", "check", "--repair", "--json")) == kept


def test_a_long_row_goes_on_over_several_pages() -> None:
    (first,) = fill(1)
    with contextlib.closing(sqlite3.connect(database())) as rows:
        rows.execute("UPDATE locks SET owner = ?", ("x" * 30_000,))
        rows.commit()
    ((_, row),) = rows_in_pages(database().read_bytes())
    assert (row["run"], row["owner"]) == (first, "x" * 30_000)


def test_two_rows_of_one_run() -> None:
    (first,) = fill(1)
    with contextlib.closing(sqlite3.connect(database())) as rows:
        rows.execute("PRAGMA writable_schema = ON")
        rows.execute("DELETE FROM sqlite_master WHERE type = 'index'")
        rows.execute("UPDATE sqlite_master SET sql = replace(sql, ' PRIMARY KEY', '')")
        rows.commit()
    with contextlib.closing(sqlite3.connect(database())) as rows:
        rows.execute("INSERT INTO locks SELECT * FROM locks")
        rows.commit()
    done = run("ledger", "list", "--json")
    assert (runs_of(done), done.err.count("another row has the same run id")) == ([first], 1)
    assert run("ledger", "check", "--repair").code == 0
    assert run("ledger", "check").code == 0


# -- signs of life


@contextlib.contextmanager
def sign(name: str, *, held: bool) -> Iterator[Path]:
    """A sign of life, of a davlock that runs if it is ``held``."""
    path = state() / "alive" / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(path, "w") as file:
        if held:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield path


def test_stray_files_are_shown_and_removed() -> None:
    fill(1)
    with sign("0" * 16, held=False) as unheld, sign("notes.txt", held=False) as notes:
        found = run("ledger", "check")
        assert (found.code, [row[:2] for row in found.rows]) == (
            1,
            [["stray file", "0" * 16], ["stray file", "notes.txt"]],
        )
        assert (unheld.exists(), notes.exists()) == (True, True)
        mended = run("ledger", "check", "--repair", "--json")
        assert (mended.code, mended.result["repair"]["removed"]) == (0, ["0" * 16, "notes.txt"])
        assert (unheld.exists(), notes.exists(), aside()) == (False, False, [])


def test_a_sign_that_a_crash_left_is_no_damage() -> None:
    """A kill between the sign and the row left it for good, and a check failed ever after."""
    fill(1)
    with sign("0" * 16, held=False) as left:
        found = run("ledger", "check", "--json")
        assert (found.code, [(stray["name"], stray["left_by_crash"]) for stray in found.result["stray"]]) == (
            0,
            [("0" * 16, True)],
        )
        assert "no faults found" in run("ledger", "check", tty=True).out
        assert left.exists()


@pytest.mark.parametrize("how", ["recover", "another lock"])
def test_what_a_crash_left_is_removed(how: str) -> None:
    with (
        sign("0" * 16, held=False) as left,
        sign("1" * 16, held=True) as living,
        sign("notes.txt", held=False) as notes,
    ):
        if how == "recover":
            assert run("ledger", "recover").code == 0
        else:
            fill(1)
        assert (left.exists(), living.exists(), notes.exists()) == (False, True, True)


@pytest.mark.parametrize("takes", [True, False], ids=["removed", "locked"])
def test_a_sign_that_another_davlock_takes_for_left_behind_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, takes: bool
) -> None:
    """Another davlock locks each file for a moment to see if it is held, and removes what is not."""
    names: list[str] = []

    def lock_after_another(file: int) -> bool:
        names.extend(path.name for path in tmp_path.iterdir())
        if len(names) == 1 and takes:
            (tmp_path / names[0]).unlink()
        return lock_file(file) and (takes or len(names) > 1)

    monkeypatch.setattr("davlock.ledger.signs.lock_file", lock_after_another)
    name, file = make_sign(tmp_path)
    assert ([path.name for path in tmp_path.iterdir()], names[1:]) == ([name], [name])
    assert is_held(tmp_path / name)
    remove_sign(tmp_path / name, file)


def test_a_sign_of_life_that_is_in_use_is_not_stray() -> None:
    (first,) = fill(1)
    with contextlib.closing(sqlite3.connect(database())) as rows:
        ((name,),) = rows.execute("SELECT sign FROM locks").fetchall()
    with sign(name, held=False), sign("1" * 16, held=True):
        done = run("ledger", "check", "--json")
        assert (done.code, done.result["stray"], runs_of(done)) == (0, [], [first])


def test_a_folder_among_the_signs_of_life_is_left() -> None:
    fill(1)
    folder = state() / "alive" / ("2" * 16)
    folder.mkdir(parents=True)
    assert run("ledger", "check").code == 1
    done = run("ledger", "check", "--repair")
    assert (done.code, f"could not remove: {'2' * 16}" in done.err, folder.is_dir()) == (1, True, True)


def test_no_file_is_replaced_under_a_davlock_that_runs() -> None:
    first, second = fill(2)
    damage(second, "state", "hold")
    before = database().read_bytes()
    with sign("3" * 16, held=True) as held:
        refused = run("ledger", "check", "--repair")
        assert (refused.code, refused.out, len(refused.err.splitlines())) == (2, "", 1)
        assert "in use" in refused.err
        assert (database().read_bytes(), aside(), held.exists()) == (before, [], True)
    assert run("ledger", "check", "--repair").code == 7  # the damaged row is lost
    assert runs_of(run("ledger", "list", "--json")) == [first]


def test_a_ledger_of_a_newer_davlock_is_not_repaired() -> None:
    fill(1)
    with contextlib.closing(sqlite3.connect(database())) as rows:
        rows.execute("PRAGMA user_version = 3")
    before = database().read_bytes()
    for arguments in ((), ("--repair",)):
        done = run("ledger", "check", *arguments)
        assert (done.code, len(done.err.splitlines()), "version 3" in done.err) == (2, 1, True)
    assert database().read_bytes() == before


def test_the_place_of_the_rows_is_that_of_the_table() -> None:
    """Rows in pages are read by their place: the names must be in the order of the table."""
    from davlock.ledger.columns import STORED

    fill(1)
    with contextlib.closing(sqlite3.connect(database())) as rows:
        assert tuple(name for _, name, *_ in rows.execute("PRAGMA table_info(locks)")) == STORED
