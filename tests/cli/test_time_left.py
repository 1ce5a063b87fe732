"""What is left of a lock: a number only where the server shows it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests.cli.answers import OPTIONS, active_lock, by_method, element, granted, multistatus
from tests.cli.command import run
from tests.conftest import ServerFor
from tests.saying import Say
from tests.servers import Server
from tests.transport.scripted import ScriptedServer

Serve = Callable[..., ScriptedServer]

MakeFile = Callable[[Server, str], str]

ALICE, BOB = ("-u", "alice:alice"), ("-u", "bob:bob")


def held_by_alice(server: Server, make_file: MakeFile) -> str:
    url = make_file(server, "f.txt")
    assert run("lock", url, "--timeout", "60s", *ALICE).code == 0
    return url


def test_no_number_where_the_time_is_no_measure(server_for: ServerFor, make_file: MakeFile) -> None:
    """lighttpd shows the time that it granted, and keeps the lock beyond it: nobody should wait for its end."""
    url = held_by_alice(server_for("lighttpd", auth="basic"), make_file)
    done = run("diagnose", url, "--json", *BOB)
    found = done.result["findings"][0]
    assert found["retry"] == {"verdict": "after-change", "after_seconds": None}
    assert "what this server shows is no measure of it" in found["headline"]
    assert "more unless" not in done.out
    assert done.result["locks"][0]["expires_at"] is None


def test_a_number_where_the_server_counts_down(server_for: ServerFor, make_file: MakeFile) -> None:
    url = held_by_alice(server_for("apache", auth="basic"), make_file)
    done = run("diagnose", url, "--json", *BOB)
    found = done.result["findings"][0]
    assert found["retry"]["verdict"] == "after-wait"
    assert 0 < found["retry"]["after_seconds"] <= 60
    assert "more unless its holder renews it" in found["headline"]


def test_a_time_below_zero_is_the_fault_of_the_server(serve: Serve) -> None:
    """Its answer to LOCK has it: nobody failed to renew the lock."""
    free, below = multistatus(element()), active_lock(timeout="Second--28800")
    answers: dict[str, bytes | list[bytes]] = {
        "OPTIONS": OPTIONS,
        "PROPFIND": [free, multistatus(element(locks=below))],
        "LOCK": granted(timeout="Second--28800"),
    }
    done = run("lock", f"{serve(by_method(answers)).url}/a.txt", "--json", "--no-ledger")
    assert (done.code, done.ids[0]) == (1, "lock-timeout-nonsense")
    assert "which cannot be right" in done.result["findings"][0]["headline"]
    assert "time is over" not in done.out


def test_an_inferred_lock_root_says_so(server_for: ServerFor, make_file: MakeFile) -> None:
    """Apache sends no lockroot: beside the row that names one, the evidence does not only say that there is none."""
    url = held_by_alice(server_for("apache", auth="basic"), make_file)
    shown = run("diagnose", "--why", url, "--format", "table", *BOB, env={"COLUMNS": "400"})
    assert f"{url} (inferred)" in shown.out
    assert f"no lockroot (inferred: {url})" in shown.out


@pytest.mark.parametrize(("hours", "said"), [(1, True), (0, False)], ids=["an hour ahead", "alike"])
def test_waiting_says_by_which_clock_the_lock_ends(serve: Serve, hours: int, said: bool) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(hours=hours), usegmt=True)
    fields = ("Server: Apache/2.4.71 (Debian) SVN/1.14.2", "X-SVN-Lock-Owner: alice", f"Date: {date}")
    shown = multistatus(element(locks=active_lock()), fields=fields)
    url = f"{serve(by_method({'OPTIONS': OPTIONS, 'PROPFIND': shown})).url}/a.txt"
    done = run("wait", "-w", "1s", url)
    assert "until" in done.err
    assert ("by the server's clock, 60 min ahead of yours" in " ".join(done.err.split())) is said


@pytest.mark.parametrize(("ahead", "clock"), [(3600, "60 min ahead of"), (-3600, "60 min behind"), (20, "")])
def test_whose_clock_the_end_of_a_lock_is_by(say: Say, ahead: int, clock: str) -> None:
    """``expires_at`` counts from the Date of the answer, and a person reads it beside a clock of their own."""
    date = datetime.now(UTC) + timedelta(seconds=ahead)
    fields = (f"Date: {format_datetime(date, usegmt=True)}", "DAV: 1,2,<http://apache.org/dav/propset/fs/1>")
    answered = multistatus(element(locks=active_lock(timeout="Second-600")), fields=fields)
    say({"PROPFIND": answered, "OPTIONS": OPTIONS})
    url = "http://dav.example/a.txt"
    for command in ("locks", "diagnose"):
        done = run(command, url, url, "--json")
        ends = datetime.fromisoformat(done.json["results"][0]["locks"][0]["expires_at"])
        assert abs((ends - date).total_seconds() - 600) < 1
        line = f"davlock: http://dav.example: the ends of locks are by the server's clock, {clock} yours\n"
        assert done.err == (line if clock else ""), command


@pytest.mark.parametrize("ahead", [3 * 3600, -3 * 3600])
@pytest.mark.parametrize("command", [("diagnose",), ("locks",), ("locks", "-r")], ids=" ".join)
def test_a_person_reads_the_end_of_a_lock_by_their_own_clock(say: Say, command: tuple[str, ...], ahead: int) -> None:
    now = datetime.now(UTC)
    fields = (
        f"Date: {format_datetime(now + timedelta(seconds=ahead), usegmt=True)}",
        "DAV: 1,2,<http://apache.org/dav/propset/fs/1>",
    )
    answered = multistatus(element(locks=active_lock(timeout="Second-600")), fields=fields)
    say({"PROPFIND": answered, "OPTIONS": OPTIONS})
    done = run(*command, "http://dav.example/a.txt", "--format", "table", env={"COLUMNS": "200"})
    ends = (now + timedelta(seconds=600)).astimezone()
    assert any(f"{ends + timedelta(seconds=late):%H:%M}" in done.out for late in (0, 60))
    assert not any(f"{ends + timedelta(seconds=ahead + late):%H:%M}" in done.out for late in (0, 60))
    side = "3 h ahead of" if ahead > 0 else "3 h behind"
    assert f"the server's clock is {side} yours; the ends of locks are by yours" in " ".join(done.err.split())
