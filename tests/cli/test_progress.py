"""The line on stderr that says how far a command is: rewritten in place, and gone before anything else."""

import io
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from davlock.cli import progress as module
from davlock.cli.activity import Activity
from davlock.cli.options import Shared
from davlock.cli.output import complain
from davlock.cli.pace import Pace, size
from davlock.cli.progress import ProgressLine, fitting
from davlock.cli.walk_output import WalkProgress
from davlock.operations.budget import Budget
from davlock.protocol import requests
from davlock.protocol.message import Exchange, Request
from tests.cli.command import run


class Terminal(io.StringIO):
    """A stderr that somebody watches."""

    def isatty(self) -> bool:
        return True


def watched(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, term: str = "xterm") -> io.StringIO:
    """``stream`` as stderr, 20 columns wide. pytest puts its own stderr there after every fixture."""
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("COLUMNS", "20")
    return stream


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock: its last number is the time."""
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[-1])
    return clock


def erased(words: str) -> str:
    """What erases ``words``, and the ^C that may stand behind them."""
    return f"\r{' ' * (len(words) + 2)}\r"


def test_it_is_rewritten_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = watched(monkeypatch, Terminal())
    progress = ProgressLine()
    for words in ("3 files, 7/s", "4 files", "a line that is wider than the terminal", ""):
        progress.tell(partial(str, words))
        progress.write()
    progress.close()
    last = "a line that is wi"
    assert stderr.getvalue() == f"\r3 files, 7/s\r4 files     \r{last}{erased(last)}"


def test_a_narrower_window_gets_no_more_than_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = watched(monkeypatch, Terminal())
    progress = ProgressLine(idle=lambda: "a line of 17 cols")
    progress.write()
    monkeypatch.setenv("COLUMNS", "10")
    progress.tell(lambda: "short")
    progress.write()
    progress.close()
    assert stderr.getvalue() == f"\ra line of 17 cols\rshort  {erased('short  ')}"


def test_a_walk_says_the_least_time_that_is_left(seconds: list[float]) -> None:
    budget = Budget(clock=lambda: 0.0, requests=5000, seconds=60.0)
    walk = WalkProgress(budget)
    for number in range(400):
        budget.reserve(f"/{number}/")
    seconds.append(110.0)
    walk.at(20, 0)
    assert walk.words() == "20 folders read, at least 3 min left, 2.0/s, at least 400 to go, 0 locks found"
    assert fitting(walk.words(), 37) == "20 folders read, at least 3 min left"


def test_what_has_no_room_is_left_out_whole() -> None:
    words = "1,203 folders read, 412/s, at least 88 to go, 17 locks found"
    assert fitting(words, 60) == words
    assert fitting(words, 57) == "1,203 folders read, 412/s, at least 88 to go"
    assert fitting(words, 5) == "1,203"


def test_it_is_gone_before_anything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = watched(monkeypatch, Terminal())
    progress = ProgressLine(idle=lambda: "1 of 145")
    progress.write()
    complain("something happened")
    progress.close()
    progress.write()
    complain("the end")
    shown = f"\r1 of 145{erased('1 of 145')}"
    assert stderr.getvalue() == f"{shown}davlock: something happened\ndavlock: the end\n"


def test_its_thread_writes_at_a_terminal_and_in_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DELAY", 0.0)
    monkeypatch.setattr(module, "IN_A_LOG", 0.001)
    for stream, term, shown in (
        (Terminal(), "xterm", "\rat work"),
        (Terminal(), "dumb", "davlock: at work\n"),
        (io.StringIO(), "xterm", "davlock: at work\n"),
    ):
        watched(monkeypatch, stream, term)
        with ProgressLine(idle=lambda: "at work") as progress:
            while not stream.getvalue():
                time.sleep(0.001)
        written = stream.getvalue()
        assert written.startswith(shown)
        progress.write()
        assert stream.getvalue() == written


def test_nobody_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "IN_A_LOG", 0.0)
    for option in ("-q", "-v"):
        done = run("diagnose", option, "http://127.0.0.1:1/")
        assert "waiting" not in done.err
        assert "answered" not in done.err


def test_a_rate_and_the_time_left_are_measured_and_damped(seconds: list[float]) -> None:
    pace = Pace(1000)

    def after(passed: float, done: int) -> list[str]:
        seconds.append(seconds[-1] + passed)
        pace.at(done)
        return pace.words()

    assert after(2.0, 100) == []
    assert after(2.0, 200) == ["50/s", "about 20 s left"]
    assert after(1.0, 250) == ["50/s", "about 15 s left"]
    # A pause lets the rate fall at once, and the time left rise slowly.
    assert after(5.0, 250) == ["25/s", "about 25 s left"]
    assert after(15.0, 999) == ["40/s", "a few seconds left"]
    # What takes longer than that has no time left that anybody knows.
    assert after(8.0, 999) == ["30/s"]
    assert after(1.0, 1000) == ["28/s"]


def test_without_a_total_no_time_is_invented(seconds: list[float]) -> None:
    pace = Pace()
    pace.at(30)
    seconds.append(160.0)
    assert pace.words() == ["30/min"]
    assert [size(number) for number in (0, 999, 2_300_000, 300_000_000)] == ["0 bytes", "999 bytes", "2.3 MB", "300 MB"]


def test_a_walk_says_what_it_has_read_and_what_waits(seconds: list[float]) -> None:
    budget = Budget(clock=time.monotonic)
    walk = WalkProgress(budget)
    assert walk.words() == ""
    budget.reserve("http://h/a/")
    walk.at(1200, 1)
    seconds.append(104.0)
    assert walk.words() == "1,200 folders read, 300/s, at least 1 to go, 1 lock found"
    walk.at(4, 2)  # the next tree
    assert walk.words() == "1,204 folders read, 301/s, at least 1 to go, 2 locks found"


class Body:
    """30 MB in three pieces."""

    length = 30_000_000

    def __iter__(self) -> Iterator[bytes]:
        yield from [bytes(1), bytes(1), bytes(1)]


def test_a_request_is_named_while_the_server_thinks(seconds: list[float]) -> None:
    activity = Activity()
    seen: list[str] = []

    def send(request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        seconds.append(seconds[-1] + 4)
        if feed is not None:
            feed(bytes(2_300_000))
        seen.append(activity.words())
        return Exchange(request=request, outcome=None)  # type: ignore[arg-type]  # nobody reads it

    observed = activity.observed(send)
    for url in activity.each(["http://h/kids/", "http://h/b.txt"]):
        observed(requests.options(url))
    observed(requests.options("http://h/c"))
    observed(requests.options("http://h/c"), feed=len)
    assert seen == [
        "URL 1 of 2, OPTIONS kids/: waiting for the server for 4 s",
        "URL 2 of 2, OPTIONS b.txt: waiting for the server for 4 s",
        "OPTIONS c: waiting for the server for 4 s, 2 requests answered",
        "OPTIONS c: 2.3 MB read, 3 requests answered",
    ]


def test_shared_options_need_no_progress() -> None:
    assert Shared().progress is None
