"""What is wrong with the ledger's file keeps no command from its work, and leads it nowhere else."""

import contextlib
import os
import random
import re
import sqlite3
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from davlock.errors import LocalProtocolError
from davlock.ledger.columns import STORED
from tests.cli.command import Done, run
from tests.ledger.filled import damage, database, fill, state

ODD = (
    *(None, "", "no", 0, 1, -1, 2**62, -(2**63), 1e308, float("inf"), float("-inf"), b"", b"\xff\xfe", b"text"),
    *("../../x", "/etc/passwd", "a" * 16, "0" * 16, "\x00", "a\nb", "\x1b[31m", "é", "file:///etc/passwd", "http://"),
    *("http://u:p@h/", "http://h:99999/", "https://h/", "held", "exclusive", "1", "infinity", "Second-1", "\ufdd0"),
)


def rows_of(done: Done) -> list[str]:
    """The run ids that a command printed as JSON."""
    return [row["run"] for result in done.json["results"] for row in result["rows"]]


DAMAGES = [
    ("state", "hold", "state: it is not one of"),
    ("state", None, "state"),
    ("scope", "both", "scope"),
    ("depth", "1", "depth: no lock has the depth 1"),
    ("kept", "yes", "kept: it is not a whole number"),
    ("kept", 7, "kept: it is out of range"),
    ("asked_at", "yesterday", "asked_at: it is not a number"),
    ("asked_at", float("inf"), "asked_at: it is not finite"),
    ("renewed_at", -5.0, "renewed_at: it is out of range"),
    ("ended_at", 1e300, "ended_at: it is out of range"),
    ("seconds", "600", "seconds"),
    ("url", "/a.txt", "url: it is not an http or https URL"),
    ("url", "file:///etc/passwd", "url"),
    ("url", "http://alice:secret@dav.example/", "url: it has a user name"),
    ("url", "http://dav.example/\n", "url: it has a control character"),
    ("root", "x", "root"),
    ("token", "", "token: it is empty"),
    ("token", b"\xff", "token: it is not text"),
    ("token", "x" * 65_537, "token: it is too long"),
    ("owner", "\u20ac" * 600_000, "owner: it is too long"),
    ("login", "\x1b[2J", "login: it has a control character"),
    ("login", b"alice", "login: it is not text"),
    ("owner", b"\x80", "owner: it is not text"),
    ("host", b"\xc3", "host"),
    ("pid", "x", "pid"),
    ("pid", 2**40, "pid: it is out of range"),
    ("started", "-1", "started"),
    ("sign", "../../x", "sign: it is not 16 hexadecimal digits"),
    ("sign", "", "sign"),
    ("run", "../../x", "run: it is not 16 hexadecimal digits"),
]


@pytest.mark.parametrize(("column", "value", "why"), DAMAGES)
def test_one_damaged_row_does_not_hide_the_others(column: str, value: object, why: str) -> None:
    first, second, third = fill()
    if value is None or (column in ("seconds", "login", "kept") and not isinstance(value, bytes)):
        without_types(second, column, value)
    else:
        damage(second, column, value)
    for command in ("list", "recover", "forget"):
        done = run("ledger", command, "--json", *(["--ended"] if command == "forget" else []))
        assert done.code in (0, 1), done
        name = second if column != "run" else "number 2"
        (line,) = [line for line in done.err.splitlines() if "damaged" in line]
        assert line.startswith(f"davlock: ledger row {name} is damaged (")
        assert why.partition(":")[0] in line
        assert "\x1b" not in line
        assert line.endswith("davlock ledger check")
    assert rows_of(run("ledger", "list", "--json")) == [first, third]


def without_types(run_id: str, column: str, value: object) -> None:
    """The same, past the types and the NOT NULL of the table."""
    with contextlib.closing(sqlite3.connect(database())) as rows:
        rows.execute("PRAGMA writable_schema = ON")
        for words in (" NOT NULL", " REAL", " INTEGER", " TEXT"):
            rows.execute("UPDATE sqlite_master SET sql = replace(sql, ?, '') WHERE type = 'table'", (words,))
        rows.commit()
    damage(run_id, column, value)


def test_what_only_likes_to_have_the_ledger_goes_on() -> None:
    first, _, third = fill()
    damage(third, "state", "hold")
    done = run("diagnose", "--json", "--connect-timeout", "1", "http://127.0.0.1:1/a.txt")
    assert done.code == 5
    assert done.err.count("is damaged") == 1
    database().write_bytes(b"nothing of the kind" * 1000)
    done = run("diagnose", "--json", "--connect-timeout", "1", "http://127.0.0.1:1/a.txt")
    assert (done.code, done.err.count("cannot be used")) == (5, 1), done
    assert "; to repair it: davlock ledger check --repair; to work without it: " in done.err
    assert first


def test_many_damaged_rows_are_not_told_one_by_one() -> None:
    for each in fill(12):
        damage(each, "scope", "both")
    done = run("ledger", "list", "--json")
    assert (done.code, rows_of(done), len(done.err.splitlines())) == (0, [], 6)
    assert "7 more rows" in done.err


# -- what rows name


@pytest.mark.parametrize("column", ["sign", "run"])
def test_a_row_does_not_name_a_file_elsewhere(column: str) -> None:
    """A liveness file is opened, locked, and unlinked when its process has ended."""
    (only,) = fill(1)
    precious = state().parent / "precious"
    precious.write_text("keep this")
    (state() / "alive").mkdir(exist_ok=True)
    damage(only, column, "../../precious")
    for command in (
        ("list",),
        ("list", "--all", "--json"),
        ("recover", "--kept"),
        ("check", "--json"),
        ("check", "--repair"),
    ):
        run("ledger", *command)
        assert precious.read_text() == "keep this"


# -- what stands in the place of a file


def pipe(path: Path) -> None:
    os.mkfifo(path)


def link(path: Path) -> None:
    """To a file whose mode would be changed."""
    target = path.parent.parent / "target"
    target.write_text("theirs")
    target.chmod(0o644)
    path.symlink_to(target)


def dangling(path: Path) -> None:
    path.symlink_to(path.parent.parent / "nowhere")


def foreign(path: Path) -> None:
    path.write_text("")
    os.chown(path, 65534, 65534)


INTRUDERS: dict[str, Callable[[Path], None]] = {
    "pipe": pipe,
    "folder": Path.mkdir,
    "link": link,
    "dangling link": dangling,
    "foreign": foreign,
}


@pytest.mark.parametrize("name", ["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm", "ledger.sqlite-journal"])
@pytest.mark.parametrize("kind", INTRUDERS)
def test_what_is_no_file_of_ours_is_not_opened(name: str, kind: str) -> None:
    if kind == "foreign" and os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    fill(1)
    path = state() / name
    path.unlink(missing_ok=True)
    INTRUDERS[kind](path)
    before = {each: stat.S_IMODE(each.stat().st_mode) for each in path.parent.parent.iterdir() if each.exists()}
    url = "http://127.0.0.1:1/a.txt"
    for arguments, code in (
        (("ledger", "list"), 2),
        (("ledger", "recover"), 2),
        (("ledger", "check"), 2),
        (("ledger", "check", "--repair"), 2),
        (("diagnose", url), 5),
    ):
        done = run(*arguments)
        assert done.code == code, done
        (line,) = [line for line in done.err.splitlines() if "ledger" in line]
        assert str(path) in line
        assert "--no-ledger" in line
    assert {each: stat.S_IMODE(each.stat().st_mode) for each in before} == before
    assert not (path.parent.parent / "nowhere").exists()
    if kind == "link":
        assert (path.parent.parent / "target").read_text() == "theirs"


@pytest.mark.parametrize("name", ["ledger.sqlite", "ledger.sqlite-wal"])
@pytest.mark.parametrize("kind", INTRUDERS)
def test_the_hint_about_what_is_no_file_of_ours_works(name: str, kind: str, request: pytest.FixtureRequest) -> None:
    """It is a command to type, also where the folder has a space in its name and the new name is taken."""
    if kind == "foreign" and os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    request.getfixturevalue("monkeypatch").setenv("XDG_STATE_HOME", str(state().parent / "my state"))
    fill(1)
    path = state() / name
    path.unlink(missing_ok=True)
    INTRUDERS[kind](path)
    what, ending = ("the link", "link") if "link" in kind else ("it", "away")
    taken = Path(f"{path}.{ending}")
    taken.write_text("precious")
    refused = run("ledger", "list")
    assert refused.code == 2
    found = re.search(f"; move {what} away: (mv .*); davlock then makes a new (ledger|one); or ", refused.err)
    assert found is not None, refused
    assert found[2] == ("ledger" if name == "ledger.sqlite" else "one")
    assert subprocess.run(found[1], shell=True, check=False).returncode == 0  # noqa: S602 -- as a person types it
    assert (run("ledger", "list").code, taken.read_text()) == (0, "precious")
    assert len(fill(1)) == 1


@pytest.mark.parametrize("kind", INTRUDERS)
def test_signs_of_life_are_not_written_through_what_is_no_folder_of_ours(kind: str) -> None:
    if kind == "foreign" and os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    fill(1)
    path = state() / "alive"
    path.rmdir()
    if kind == "folder":
        path.write_text("a file in place of a folder")
    else:
        INTRUDERS[kind](path)
    from tests.ledger.filled import fill as fill_again

    with pytest.raises(Exception, match="alive") as caught:
        fill_again(1)
    assert "\n" not in str(caught.value)
    listed = run("ledger", "list", "--json")
    assert (listed.code, len(rows_of(listed))) == (0, 1), listed
    assert len(listed.err.splitlines()) <= 1


@pytest.mark.parametrize("kind", INTRUDERS)
def test_a_sign_of_life_that_is_no_file_of_ours_is_not_opened(kind: str) -> None:
    if kind == "foreign" and os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    fill(1)
    rows = sqlite3.connect(database())
    ((sign,),) = rows.execute("SELECT sign FROM locks").fetchall()
    rows.close()
    path = state() / "alive" / sign
    INTRUDERS[kind](path)
    listed = run("ledger", "list", "--json")
    assert listed.code == 0
    assert listed.result["rows"][0]["process_runs"] is False
    assert (listed.err.count(str(path)), len(listed.err.splitlines())) == (1, 1)
    assert os.path.lexists(path)
    checked = run("ledger", "check", "--json")
    assert (checked.code, [stray["name"] for stray in checked.result["stray"]]) == (1, [sign])


def test_a_state_folder_behind_a_link_of_ours_is_used_as_it_is(tmp_path: Path) -> None:
    """As managers of dotfiles set it up."""
    behind = tmp_path / "dotfiles"
    behind.mkdir()
    behind.chmod(0o755)
    state().parent.mkdir()
    state().symlink_to(behind)
    fill(1)
    assert len(rows_of(run("ledger", "list", "--json"))) == 1
    assert stat.S_IMODE(behind.stat().st_mode) == 0o755
    assert {stat.S_IMODE(each.stat().st_mode) for each in behind.iterdir() if each.is_file()} == {0o600}
    behind.chmod(0o777)
    refused = run("ledger", "list")
    assert (refused.code, "others can write" in refused.err) == (2, True)
    hint = f"; close it to them: chmod go-w {state()}/; or work without it: --no-ledger"
    assert hint in refused.err
    assert subprocess.run(["chmod", "go-w", f"{state()}/"], check=False).returncode == 0
    assert len(rows_of(run("ledger", "list", "--json"))) == 1


@pytest.mark.parametrize("kind", ["open to others", "file", "dangling", "file above"])
def test_an_unsafe_folder_without_a_ledger_is_not_called_an_empty_ledger(kind: str, tmp_path: Path) -> None:
    """list said that the ledger has no lock, and lock refused the same folder."""
    behind = tmp_path / "shared"
    if kind == "file above":
        state().parent.write_text("")
    else:
        state().parent.mkdir()
        if kind == "file":
            state().write_text("")
        else:
            state().symlink_to(behind)
    if kind == "open to others":
        behind.mkdir()
        behind.chmod(0o777)
    with pytest.raises(LocalProtocolError) as refused:
        fill(1)  # as lock does before it asks the server
    for arguments in (("list",), ("recover",), ("check",), ("check", "--repair"), ("forget", "--all")):
        done = run("ledger", *arguments)
        assert (done.code, done.err) == (2, f"davlock: {refused.value}\n"), done
    assert run("ledger", "list", "--no-ledger").code == 0


def test_a_folder_that_others_can_read_is_closed_to_them() -> None:
    fill(1)
    state().chmod(0o755)
    (state() / "alive").chmod(0o777)
    assert run("ledger", "list").code == 0
    assert stat.S_IMODE(state().stat().st_mode) == 0o700
    assert stat.S_IMODE((state() / "alive").stat().st_mode) == 0o700


def test_a_log_that_others_can_read_is_closed_to_them() -> None:
    fill(1)
    reader = sqlite3.connect(database())
    reader.execute("SELECT count(*) FROM locks").fetchone()
    log = state() / "ledger.sqlite-wal"
    log.chmod(0o644)
    assert run("ledger", "list").code == 0
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    reader.close()


def test_a_trigger_does_not_run() -> None:
    fill(1)
    rows = sqlite3.connect(database())
    rows.execute("CREATE TRIGGER t AFTER INSERT ON locks BEGIN DELETE FROM locks; END")
    rows.commit()
    rows.close()
    done = run("ledger", "list")
    assert (done.code, "trigger t" in done.err, len(done.err.splitlines())) == (2, True, 1)
    assert run("ledger", "check", "--repair").code == 0
    assert len(rows_of(run("ledger", "list", "--json"))) == 1


# -- the earlier table


def test_a_ledger_of_the_first_version_is_brought_up_to_date() -> None:
    runs = fill(2)
    rows = sqlite3.connect(database())
    rows.execute("ALTER TABLE locks DROP COLUMN owner")
    rows.execute("PRAGMA user_version = 1")
    rows.commit()
    rows.close()
    checked = run("ledger", "check", "--json")  # which changes nothing
    assert (checked.code, rows_of(checked)) == (0, runs)
    assert rows_of(run("ledger", "list", "--json")) == runs
    rows = sqlite3.connect(database())
    assert rows.execute("PRAGMA user_version").fetchone() == (2,)
    assert rows.execute("SELECT owner FROM locks").fetchall() == [(None,), (None,)]
    rows.close()
    assert len(fill(1)) == 1


# -- any damage


SEED = 20261129
COUNT = 300


def documented(done: Done) -> None:
    """An exit status with a meaning, and no more than a few lines."""
    assert done.code in (0, 1, 2, 7), done  # 7: a repair that lost rows
    assert "a bug in davlock" not in done.err
    assert "Traceback" not in done.err
    assert len(done.err.splitlines()) <= 8, done


def test_no_damaged_value_ends_a_command() -> None:
    chance = random.Random(SEED)  # noqa: S311 -- to be the same each time
    print("seed", SEED)  # noqa: T201 -- shown where the test fails
    runs = fill(4)
    clean = database().read_bytes()
    for turn in range(COUNT):
        column, value, victim = chance.choice(STORED), chance.choice(ODD), chance.choice(runs)
        try:
            damage(victim, column, value)
        except sqlite3.IntegrityError:
            without_types(victim, column, value)
        done = run("ledger", "list", "--all", "--json")
        documented(done)
        found = rows_of(done)
        assert set(runs) - {victim} <= set(found), (turn, column, value, done)
        assert (done.err.count("is damaged") == 1) is (len(found) == 3), (turn, column, value, done)
        documented(run("ledger", "check"))
        database().write_bytes(clean)


@pytest.mark.parametrize("seed", range(SEED, SEED + 4))
def test_no_flipped_byte_ends_a_command(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 -- to be the same each time
    runs = fill(30)
    clean = database().read_bytes()
    kept = repaired = 0
    for turn in range(COUNT // 4):
        # Half of them where there is something: most of a page is empty.
        full = [at for at, byte in enumerate(clean) if byte] if turn % 2 else range(len(clean))
        at = chance.choice(full)
        spoilt = bytearray(clean)
        spoilt[at] ^= chance.randrange(1, 256)
        database().write_bytes(spoilt)
        listed = run("ledger", "list", "--all", "--json")
        documented(listed)
        assert (listed.code == 0) is ('"rows"' in listed.out), (turn, at, listed)
        documented(run("ledger", "recover", "http://127.0.0.1:1/"))
        diagnosed = run("diagnose", "--connect-timeout", "1", "http://127.0.0.1:1/a.txt")
        assert diagnosed.code == 5, (turn, at, diagnosed)
        mended = run("ledger", "check", "--repair", "--json")
        documented(mended)
        if mended.code == 2:  # the number of the version is what was damaged
            assert "move the file away" in mended.err, (turn, at, mended)
        else:
            again = run("ledger", "list", "--all", "--json")
            assert (again.code, "damaged" in again.err) == (0, False), (turn, at, again)
            kept += len(set(rows_of(again)) & set(runs))
            repaired += 1
            assert run("ledger", "check").code == 0
        for path in state().iterdir():
            if path.is_file():
                path.unlink()
        database().write_bytes(clean)
        database().chmod(0o600)
    assert repaired > COUNT // 4 * 0.95
    assert kept / repaired > 29, kept / repaired


def test_no_flipped_byte_of_the_log_ends_a_command() -> None:
    """The write-ahead log stays where davlock was killed."""
    chance = random.Random(SEED)  # noqa: S311 -- to be the same each time
    print("seed", SEED)  # noqa: T201 -- shown where the test fails
    state().mkdir(parents=True)
    fill(4)
    log = Path(f"{database()}-wal")
    with contextlib.closing(sqlite3.connect(database())) as rows:
        rows.execute("SELECT * FROM locks").fetchall()  # as long as somebody reads, the log stays
        runs = fill(20)
        clean = {path: path.read_bytes() for path in (database(), log)}
    for turn in range(60):
        at = chance.randrange(len(clean[log]))
        spoilt = bytearray(clean[log])
        spoilt[at] ^= chance.randrange(1, 256)
        for path in state().iterdir():
            if path.is_file():
                path.unlink()
        database().write_bytes(clean[database()])
        log.write_bytes(spoilt)
        documented(run("ledger", "list", "--all"))
        mended = run("ledger", "check", "--repair", "--json")
        assert mended.code == (7 if mended.result["repair"]["lost"] != 0 else 0), (turn, at, mended)
        assert run("ledger", "list").code == 0
    assert runs


def _listing_page(child: int, cells: int, size: int) -> bytes:
    """An interior page of a table that names one page again and again (sqlite.org/fileformat2.html §1.6)."""
    cell = child.to_bytes(4, "big") + b"\x01"
    start = size - len(cell) * cells
    head = b"\x05\0\0" + cells.to_bytes(2, "big") + start.to_bytes(2, "big") + b"\0" + child.to_bytes(4, "big")
    places = b"".join((start + len(cell) * number).to_bytes(2, "big") for number in range(cells))
    return (head + places).ljust(start, b"\0") + cell * cells


def test_a_small_file_that_lists_its_rows_again_and_again_is_damaged() -> None:
    """Five pages, 250,000 rows: to read a hundred thousand of them took seconds."""
    fill(1)
    with contextlib.closing(sqlite3.connect(database())) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        (root,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'locks'").fetchone()
    data = database().read_bytes()
    pages = [data[start : start + size] for start in range(0, len(data), size)]
    leaf, between = len(pages) + 1, len(pages) + 2
    pages += [pages[root - 1], _listing_page(leaf, 500, size)]
    pages[root - 1] = _listing_page(between, 500, size)
    pages[0] = pages[0][:28] + len(pages).to_bytes(4, "big") + pages[0][32:]
    database().write_bytes(b"".join(pages))
    done = run("ledger", "list")
    assert done.code == 2
    assert f"it lists more than {len(pages) * size // 20} rows" in done.err
    assert run("ledger", "check", "--repair").code in (0, 7)
    assert run("ledger", "list").code == 0
