"""The line on stderr that says how far a command is: rewritten in place, and gone before anything else."""

import io
import sys
import time

import pytest

from davlock.cli.options import Shared
from davlock.cli.output import complain
from davlock.cli.progress import ProgressLine


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
    return f"{words}\r{' ' * len(words)}\r"


def test_it_is_rewritten_in_place(monkeypatch: pytest.MonkeyPatch, seconds: list[float]) -> None:
    stderr = watched(monkeypatch, Terminal())
    with ProgressLine(Shared()) as progress:
        seconds.append(100.5)
        progress.tell("3 files")
        progress.tell("4 files")  # too soon to be shown
        seconds.append(101.0)
        progress.tell("a line that is wider than the terminal")
    assert stderr.getvalue() == erased("3 files") + erased("a line that is wide")


def test_it_is_gone_before_anything_else(monkeypatch: pytest.MonkeyPatch, seconds: list[float]) -> None:
    stderr = watched(monkeypatch, Terminal())
    with ProgressLine(Shared()) as progress:
        seconds.append(100.5)
        progress.tell("1/145 put")
        complain("something happened")
    complain("the end")
    assert stderr.getvalue() == erased("1/145 put") + "davlock: something happened\ndavlock: the end\n"


@pytest.mark.parametrize("shared", [Shared(quiet=True), Shared(verbose=True)])
def test_nobody_wants_it(monkeypatch: pytest.MonkeyPatch, shared: Shared) -> None:
    stderr = watched(monkeypatch, Terminal())
    with ProgressLine(shared, logs=True) as progress:
        progress.tell("1/145 put")
    assert stderr.getvalue() == ""


@pytest.mark.parametrize("stream", [Terminal(), io.StringIO()], ids=["dumb", "log"])
def test_a_log_gets_a_line_a_minute(monkeypatch: pytest.MonkeyPatch, seconds: list[float], stream: io.StringIO) -> None:
    watched(monkeypatch, stream, "dumb")
    with ProgressLine(Shared(), logs=True) as progress:
        for second in range(0, 130, 10):
            seconds.append(100.0 + second)
            progress.tell(f"{second} s")
        with ProgressLine(Shared()) as other:
            other.tell("a command that wants no lines in logs")
    assert stream.getvalue() == "davlock: 60 s\ndavlock: 120 s\n"
