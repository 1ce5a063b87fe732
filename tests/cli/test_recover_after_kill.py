"""``davlock ledger recover`` while a slow server may still work on the LOCK of a davlock that was killed."""

import time
from socket import gethostname

import httpx
import pytest

from davlock.ledger import Ledger, Process
from davlock.operations.budget import Budget
from davlock.own_files.user_folders import state_folder
from davlock.protocol.lock import Depth, LockScope, LockToken, Timeout
from tests.cli.answers import TOKEN, active_lock, element, multistatus
from tests.cli.command import run
from tests.saying import Answer, Say
from tests.transport.scripted import response

RUN, OWNER = "0123456789abcdef", "me (davlock 0123456789abcdef)"
ASKED = 1_800_000_000.0
DAY = 86400.0
NEPHELE = "Server: nephele/1.0.0"
"""A product that is known, by its name alone, to show its locks."""


class SlowServer:
    """Creates the lock while davlock rests, if it creates one at all."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, creates: bool, age: float = 0.0) -> None:
        """``age``: seconds since the LOCK was sent, by the clock of this machine."""
        self.creates = creates
        self.rests: list[float] = []
        self.held = False
        monkeypatch.setattr("davlock.cli.late_lock.pause", self.rest)
        monkeypatch.setattr("davlock.cli.late_lock.now", lambda: ASKED + age)

    def rest(self, seconds: float) -> None:
        self.rests.append(seconds)
        self.held = self.creates

    def __call__(self, request: httpx.Request) -> Answer:
        if request.method == "PROPFIND":
            locks = active_lock(TOKEN, owner=OWNER) if self.held else ""
            return multistatus(element(locks=locks), fields=(NEPHELE,))
        if request.method == "UNLOCK":
            self.held = False
            return response("204 No Content", b"", NEPHELE)
        return response("200 OK", b"", NEPHELE, "DAV: 1, 2")


def leave_row(url: str, *, now: float = ASKED, timeout: Timeout | None = None) -> None:
    """The row of a davlock that was killed after it had sent LOCK; with a ``timeout``, after the lock was granted."""
    dead = Process(host=gethostname(), boot="another", pid=1, started="0")
    with Ledger(state_folder(), process=dead, now=lambda: now, complain=pytest.fail) as ledger:
        ledger.intend(RUN, url, owner=OWNER, scope=LockScope.EXCLUSIVE, depth=Depth.ZERO, kept=False)
        if timeout is not None:
            ledger.granted(RUN, LockToken(TOKEN), root=None, timeout=timeout)


def rows() -> list[str]:
    """The states of the ledger's rows."""
    return [row["state"] for row in run("ledger", "list", "--json").json["results"][0]["rows"]]


@pytest.mark.parametrize(
    ("age", "creates", "rests", "outcome"),
    [
        (0.0, True, [10.0], "released"),
        (3.0, True, [7.0], "released"),
        (3.0, False, [7.0], "already-gone"),
        (10.0, False, [], "already-gone"),
        (DAY, False, [], "already-gone"),
        (-DAY, True, [10.0], "released"),
    ],
    ids=["at once", "a late lock", "no lock", "after ten seconds", "much later", "clock set back"],
)
def test_recover_waits_for_a_lock_that_may_come(
    say: Say, monkeypatch: pytest.MonkeyPatch, age: float, creates: bool, rests: list[float], outcome: str
) -> None:
    server = SlowServer(monkeypatch, creates=creates, age=age)
    url = f"{say(server).url}/a.txt"
    leave_row(url)
    done = run("ledger", "recover", "--json")
    assert (server.rests, server.held) == (rests, False)
    assert (done.code, done.result["rows"][0]["outcome"]) == (0, outcome), done
    words = f"davlock: {url}: the server may still work on the LOCK; davlock waits {rests[0]:.0f} s" if rests else ""
    assert done.err.startswith(words)
    assert rows() == []


def test_the_deadline_ends_the_wait_and_the_row_stays(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    server = SlowServer(monkeypatch, creates=True)
    leave_row(f"{say(server).url}/a.txt")

    def rest(seconds: float) -> None:
        server.rest(seconds)
        monkeypatch.setattr(Budget, "until", lambda budget: 0.0)

    monkeypatch.setattr("davlock.cli.late_lock.pause", rest)
    monkeypatch.setattr(Budget, "seconds_left", lambda budget: 3.0)
    done = run("ledger", "recover", "--deadline", "3s")
    assert (done.code, server.rests, server.held, rows()) == (5, [3.0], True, ["intended"]), done
    assert "davlock waits 3 s" in done.err
    assert "the deadline of 3 s is over" in done.err


def test_a_signal_ends_the_wait_and_the_row_stays(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    server = SlowServer(monkeypatch, creates=True)
    leave_row(f"{say(server).url}/a.txt")

    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("davlock.cli.late_lock.pause", interrupt)
    done = run("ledger", "recover")
    assert (done.code, rows()) == (130, ["intended"]), done


def test_a_comparison_with_the_server_drops_no_row(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    """The LOCK of a 504 may still arrive, long after the gateway gave up."""
    server = SlowServer(monkeypatch, creates=False, age=DAY)
    leave_row(f"{say(server).url}/a.txt")
    done = run("ledger", "list", "--verify", "--json")
    assert done.result["rows"][0]["standing"] == "gone"
    assert rows() == ["intended"]


@pytest.mark.parametrize(("age", "code", "left"), [(0.0, 3, ["held"]), (DAY, 0, [])], ids=["it runs", "it is over"])
def test_a_lock_that_the_server_may_hide_stays_until_its_time_is_over(
    say: Say, age: float, code: int, left: list[str]
) -> None:
    """UNLOCK is refused and no lock is shown: on an unknown server, neither says that the lock is gone."""
    server = say({"PROPFIND": multistatus(element()), "UNLOCK": response("404 Not Found")}, response("200 OK"))
    leave_row(f"{server.url}/a.txt", now=time.time() - age, timeout=Timeout(600, "Second-600"))
    done = run("ledger", "recover")
    assert (done.code, rows()) == (code, left), done
    if left:
        assert "it may hide the lock" in done.err
        assert run("unlock", f"{server.url}/a.txt").code == code
        assert rows() == left
