"""What the ledger keeps, from whom, and what becomes of it when a process does not end well."""

import multiprocessing
import os
import sqlite3
import stat
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from davlock.errors import LocalProtocolError
from davlock.ledger import Entry, Holder, Ledger, Process, State, database, started
from davlock.ledger.entry import entry_of
from davlock.protocol.lock import Depth, LockScope, LockToken, Timeout

URL = "http://dav.example/team/a.txt"
TOKEN = LockToken("urn:x:1")
MINUTE = Timeout(60.0, "Second-60")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def process(host: str = "here", pid: int | None = None) -> Process:
    pid = pid or os.getpid()
    return Process(host=host, boot="boot", pid=pid, started=started(pid))


Make = Callable[..., Ledger]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def make(tmp_path: Path, clock: Clock, said: list[str]) -> Make:
    def make(who: Process | None = None) -> Ledger:
        return Ledger(tmp_path / "state", process=who or process(), now=clock, complain=said.append)

    return make


def take(
    ledger: Ledger,
    url: str = URL,
    token: LockToken | None = TOKEN,
    *,
    scope: LockScope = LockScope.EXCLUSIVE,
    depth: Depth = Depth.ZERO,
    timeout: Timeout | None = MINUTE,
) -> str:
    run = ledger.new_run()
    ledger.intend(run, url, owner=f"davlock {run}", scope=scope, depth=depth, kept=True)
    if token is not None:
        ledger.granted(run, token, root=None, timeout=timeout)
    return run


def test_life_of_a_row(make: Make, clock: Clock) -> None:
    ledger = make()
    run = take(ledger, token=None)
    (entry,) = make().entries()
    assert (entry.run, entry.url, entry.state, entry.token) == (run, URL, State.INTENDED, None)
    ledger.granted(run, TOKEN, root=None, timeout=MINUTE)
    clock.now += 20
    ledger.renewed(URL, TOKEN, Timeout(None, "Infinite"))
    (entry,) = make().held(URL)
    assert (entry.state, entry.token, entry.taken_at, entry.renewed_at) == (State.HELD, TOKEN.uri, 1000.0, 1020.0)
    assert (entry.timeout, entry.seconds) == ("Infinite", None)
    ledger.ended(URL, TOKEN, State.RELEASED)
    assert make().held() == ()
    assert [(entry.state, entry.ended_at) for entry in make().entries()] == [(State.RELEASED, 1020.0)]


def test_nobody_else_can_read_it(make: Make, tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        ledger = make()
        take(ledger)
    finally:
        os.umask(old)
    files = [path for path in (tmp_path / "state").rglob("*") if path.is_file()]
    assert len(files) >= 2  # the ledger and a sign of life
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


def test_one_that_others_can_read_is_closed_to_them(make: Make) -> None:
    ledger = make()
    take(ledger)
    assert ledger.path is not None
    ledger.path.chmod(0o644)
    make().entries()
    assert stat.S_IMODE(ledger.path.stat().st_mode) == 0o600


def test_without_a_folder_nothing_is_kept(clock: Clock, said: list[str]) -> None:
    ledger = Ledger(None, process=process(), now=clock, complain=said.append)
    assert ledger.new_run() == ""
    take(ledger)
    assert (ledger.entries(), ledger.held(), ledger.path, said) == ((), (), None, [])


def test_looking_makes_no_file(make: Make, tmp_path: Path) -> None:
    ledger = make()
    assert (ledger.entries(), ledger.covering(URL)) == ((), ())
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(
    ("place", "depth", "asked", "covers"),
    [
        (URL, Depth.ZERO, URL, True),
        (URL, Depth.ZERO, "http://dav.example:80/team/%61.txt", True),
        (URL, Depth.ZERO, "https://dav.example/team/a.txt", False),
        (URL, Depth.ZERO, "http://dav.example/team/b.txt", False),
        ("http://dav.example/team/", Depth.INFINITY, URL, True),
        ("http://dav.example/team/", Depth.ZERO, URL, False),
        ("http://dav.example/tea", Depth.INFINITY, URL, False),
    ],
)
def test_whose_token_a_write_needs(make: Make, place: str, depth: Depth, asked: str, covers: bool) -> None:
    ledger = make()
    take(ledger, place, depth=depth)
    assert bool(ledger.covering(asked)) is covers


def test_of_one_lock_only_its_row_is_read(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever ends many locks must not read all of the ledger for each."""
    ledger = make()
    for number in range(20):
        take(ledger, f"{URL}{number}", LockToken(f"urn:uuid:{number}"))
    read: list[object] = []

    def noting(row: Mapping[str, object]) -> Entry:
        read.append(row["token"])
        return entry_of(row)

    monkeypatch.setattr(database, "entry_of", noting)
    ledger.ended(URL, LockToken("urn:uuid:7"), State.RELEASED)
    assert read == ["urn:uuid:7"]
    assert len(ledger.held(URL)) == 19


def test_a_lock_of_another_login_is_not_ours(make: Make) -> None:
    ledger = make()
    ledger.login = "alice"
    take(ledger)
    ledger.login = "bob"
    assert ledger.held(URL) == ()
    ledger.ended(URL, TOKEN, State.RELEASED)
    assert [entry.login for entry in ledger.entries(State.HELD)] == ["alice"]


def test_an_exclusive_lock_proves_that_an_older_one_is_gone(make: Make) -> None:
    ledger = make()
    take(ledger)
    take(ledger, token=LockToken("urn:x:2"))
    assert [(entry.token, entry.state) for entry in ledger.entries()] == [
        ("urn:x:1", State.LOST),
        ("urn:x:2", State.HELD),
    ]


def test_of_shared_locks_those_that_must_have_run_out_do_not_count(make: Make, clock: Clock) -> None:
    ledger = make()
    take(ledger, scope=LockScope.SHARED)
    clock.now += 100
    assert [entry.token for entry in ledger.covering(URL)] == ["urn:x:1"]
    take(ledger, token=LockToken("urn:x:2"), scope=LockScope.SHARED)
    assert [entry.token for entry in ledger.covering(URL)] == ["urn:x:2"]


def test_what_ended_long_ago_is_forgotten(make: Make, clock: Clock) -> None:
    ledger = make()
    take(ledger)
    ledger.ended(URL, TOKEN, State.RELEASED)
    clock.now += 31 * 86400
    take(ledger, token=LockToken("urn:x:2"))
    assert [entry.token for entry in ledger.entries()] == ["urn:x:2"]


# -- who is alive


def only(ledger: Ledger) -> Entry:
    (entry,) = ledger.entries()
    return entry


def test_a_process_that_runs_and_one_that_ended(make: Make) -> None:
    ledger, other = make(), make(process(pid=2**22 - 1))
    take(ledger)
    assert other.holder(only(other)) is Holder.RUNS
    assert ledger.holder(only(ledger)) is Holder.RUNS
    ledger.close()
    # Its number is ours, and we are still there: only a process that was told by its number counts as running.
    assert other.holder(only(other)) is Holder.RUNS
    gone = Process(host="here", boot="an earlier boot", pid=os.getpid(), started=started(os.getpid()))
    after_boot = make(Process(host="here", boot="later", pid=1, started="0"))
    with make(gone) as earlier:
        take(earlier, "http://dav.example/b.txt", LockToken("urn:x:2"))
    assert after_boot.holder(after_boot.entries()[-1]) is Holder.ENDED


def test_another_machine(make: Make) -> None:
    take(make(process(host="there")))
    ledger = make()
    assert ledger.holder(only(ledger)) is Holder.ELSEWHERE


def _taken_and_killed(folder: str) -> None:
    ledger = Ledger(Path(folder), process=process(), now=Clock(), complain=print)
    take(ledger)
    os.kill(os.getpid(), 9)


def test_killed(make: Make, tmp_path: Path) -> None:
    child = multiprocessing.get_context("spawn").Process(target=_taken_and_killed, args=(str(tmp_path / "state"),))
    child.start()
    child.join()
    assert child.exitcode == -9
    ledger = make()
    entry = only(ledger)
    assert (entry.state, ledger.holder(entry)) == (State.HELD, Holder.ENDED)
    assert list((tmp_path / "state" / "alive").iterdir()) == []


# -- many at once


def _take_many(folder: str, count: int) -> None:
    ledger = Ledger(Path(folder), process=process(), now=Clock(), complain=print)
    for number in range(count):
        take(ledger, f"http://dav.example/{os.getpid()}/{number}", LockToken(f"urn:x:{os.getpid()}:{number}"))


def test_several_processes(make: Make, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    children = [context.Process(target=_take_many, args=(str(tmp_path / "state"), 10)) for _ in range(4)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0] * 4
    assert len({entry.token for entry in make().held()}) == 40


def test_several_threads(make: Make) -> None:
    ledger = make()

    def some(number: int) -> None:
        take(ledger, f"http://dav.example/{number}", LockToken(f"urn:x:{number}"))

    threads = [threading.Thread(target=some, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ledger.held()) == 8


# -- a file that cannot be used


def spoil(path: Path, how: str) -> None:
    if how == "no database":
        path.write_bytes(b"not a database, and long enough to be looked at" * 100)
    elif how == "newer":
        with sqlite3.connect(path) as rows:
            rows.execute("PRAGMA user_version = 99")
        rows.close()
    elif how == "cut":
        for other in path.parent.glob("ledger.sqlite-*"):
            other.unlink()
        path.write_bytes(path.read_bytes()[:3000])
    else:
        path.unlink()
        path.mkdir()


@pytest.mark.parametrize("how", ["no database", "newer", "cut", "a folder"])
def test_a_file_that_is_no_ledger(make: Make, said: list[str], how: str) -> None:
    ledger = make()
    take(ledger)
    ledger.close()
    assert ledger.path is not None
    spoil(ledger.path, how)
    with pytest.raises(LocalProtocolError, match="--no-ledger") as caught:
        take(make())
    assert str(ledger.path) in str(caught.value)
    assert "\n" not in str(caught.value)
    reader = make()
    assert (reader.held(), reader.covering(URL)) == ((), ())
    assert len(said) == 1  # once is enough


def test_nobody_waits_for_ever(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("davlock.ledger.database.PATIENCE", 0.05)
    ledger = make()
    take(ledger)
    assert ledger.path is not None
    other = sqlite3.connect(ledger.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(LocalProtocolError, match="locked"):
            take(make(), "http://dav.example/b.txt")
    finally:
        other.close()


def test_what_has_happened_is_not_undone_by_a_ledger_that_fails(make: Make, said: list[str]) -> None:
    ledger = make()
    run = take(ledger, token=None)
    assert ledger.path is not None
    ledger.close()
    spoil(ledger.path, "no database")
    ledger.granted(run, TOKEN, root=None, timeout=MINUTE)
    assert said
    assert all("cannot be used" in words for words in said)


def test_a_token_that_no_header_can_carry_is_not_kept(make: Make, said: list[str]) -> None:
    """A server sent a token of megabytes, and every command read it from then on."""
    ledger = make()
    run = ledger.new_run()
    ledger.intend(run, URL, owner="me", scope=LockScope.EXCLUSIVE, depth=Depth.ZERO, kept=False)
    ledger.granted(run, LockToken("urn:x:" + "1" * 65_536), root=None, timeout=MINUTE)
    assert said == ["the ledger cannot keep a token that the server sent: it is too long"]
    assert [(entry.state, entry.token) for entry in ledger.entries()] == [(State.INTENDED, None)]
