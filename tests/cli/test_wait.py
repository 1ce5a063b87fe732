"""``davlock wait`` and ``davlock lock --wait``, on real servers."""

import json
import signal
from collections.abc import Callable

import pytest

from davlock.cli.options import Shared
from davlock.cli.paths import open_ledger
from davlock.ledger import State
from tests.cli.command import Done, popen, run
from tests.conftest import ServerFor
from tests.servers import Server

File = Callable[[Server], str]


@pytest.fixture
def file(folder: Callable[[Server], str]) -> File:
    """``file(server)``: the URL of a new file."""

    def new(server: Server) -> str:
        url = folder(server) + "a.txt"
        server.path(url).write_text("old")
        return url

    return new


def take(url: str, *options: str) -> str:
    """Somebody else locks it; the token."""
    done = run("lock", "--no-ledger", "-q", "--owner", "bob", *options, url)
    assert done.code == 0
    return done.out.strip()


def release(url: str, token: str) -> None:
    assert run("unlock", "--no-ledger", "--token", token, url).code == 0


def tells(server: Server) -> bool:
    return server.kind != "rclone"


def test_free(any_server: Server, file: File) -> None:
    url = file(any_server)
    done = run("wait", url, "--json")
    assert done.code == (0 if tells(any_server) else 3)
    assert done.result["event"] == ("free" if tells(any_server) else "stopped")
    assert ("--then lock" in done.err) is not tells(any_server)


@pytest.mark.parametrize("options", [(), ("--then", "lock")])
def test_not_in_time(any_server: Server, file: File, options: tuple[str, ...]) -> None:
    url = file(any_server)
    take(url)
    done = run("wait", "-w", "0.2", *options, url, "--format", "jsonl")
    if not tells(any_server) and not options:
        assert done.code == 3
        return
    *before, last = map(json.loads, done.out.splitlines())
    assert (done.code, last["event"], last["verdict"]) == (75, "timeout", "blocked")
    # On a busy machine the time is over before there was any for waiting.
    assert [event["event"] for event in before] == ["waiting"] * len(before)
    assert done.err.count(f"davlock: waiting for {url}: locked") == len(before)


@pytest.mark.parametrize("options", [(), ("--then", "lock", "--timeout", "1h")])
def test_until_it_is_released(any_server: Server, file: File, options: tuple[str, ...]) -> None:
    url = file(any_server)
    token = take(url)
    if not tells(any_server) and not options:
        return
    with popen("wait", *options, url, "--format", "jsonl") as process:
        assert process.stderr is not None
        assert b"waiting for" in process.stderr.readline()
        release(url, token)
        out, _ = process.communicate(timeout=60)
    last = json.loads(out.splitlines()[-1])
    assert (process.returncode, last["event"]) == (0, "acquired" if options else "free")
    with open_ledger(Shared()) as ledger:
        held = [(row.token, row.kept) for row in ledger.entries(State.HELD)]
    assert held == ([(last["locks"][0]["token"], True)] if options else [])


@pytest.mark.waits
def test_a_lock_that_ends(server_for: ServerFor, file: File) -> None:
    url = file(server_for("apache"))
    take(url, "--timeout", "5")
    done = run("wait", url)
    assert (done.code, done.err.count("waiting for")) == (0, 1)
    assert "locked by “bob” until " in done.err


def test_all_of_them(server_for: ServerFor, file: File) -> None:
    server = server_for("wsgidav")
    free, taken = file(server), file(server)
    take(taken)
    assert run("wait", "-w", "0.2", free, taken, "-q").code == 7
    assert run("wait", "-w", "0.2", taken, taken, "-q").code == 75


def test_what_does_not_exist(server_for: ServerFor, folder: Callable[[Server], str]) -> None:
    """The collection decides."""
    where = folder(server_for("apache"))
    assert run("wait", where + "new").code == 0
    take(where, "--depth", "infinity")
    assert run("wait", "-w", "0.1", where + "new").code == 75


def test_quiet(server_for: ServerFor, file: File) -> None:
    url = file(server_for("lighttpd"))
    done = run("wait", "-q", "--then", "lock", url)
    assert (done.code, done.err, len(done.out.splitlines())) == (0, "", 1)
    assert run("unlock", "--token", done.out.strip(), url).code == 0


def test_what_no_waiting_mends(server_for: ServerFor, file: File) -> None:
    assert run("wait", "http://127.0.0.1:1/a").code == 5
    private = file(server_for("apache", auth="basic"))
    assert run("wait", private).code == 4
    assert run("lock", "--wait", "1h", private).code == 4
    assert run("lock", "--wait", "1h", file(server_for("apache")) + "-missing").code == 1


def locked_or_not(done: Done) -> tuple[int, bool]:
    return done.code, "\t423-" in done.out


def test_lock_in_time(any_server: Server, file: File) -> None:
    url = file(any_server)
    token = take(url)
    assert locked_or_not(run("lock", url)) == (1, True)
    assert locked_or_not(run("lock", "--wait", "0.2", url)) == (75, True)
    with popen("lock", "--wait", "1m", url, "--print", "token") as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith(f"davlock: waiting for {url}: locked".encode())
        release(url, token)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    assert run("unlock", "--token", out.decode().strip(), url).code == 0


@pytest.mark.parametrize("command", [("wait",), ("wait", "--then", "lock"), ("lock", "--wait", "1h")])
def test_interrupted(server_for: ServerFor, file: File, command: tuple[str, ...]) -> None:
    url = file(server_for("wsgidav"))
    take(url)
    with popen(*command, url, measured=False) as process:
        assert process.stderr is not None
        assert b"waiting for" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err.strip()) == (143, b"", b"")
    with open_ledger(Shared()) as ledger:
        assert ledger.entries() == ()
