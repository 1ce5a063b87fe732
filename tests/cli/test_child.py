"""The child of ``davlock run``: what is sent on to it, and that it never outlives the wait for it."""

import os
import signal
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from davlock.cli import child
from davlock.cli.child import Child, signals_held_back


@pytest.fixture(autouse=True)
def held_back() -> Iterator[None]:
    with signals_held_back():
        yield


def start(script: str, said: list[str] | None = None) -> Child:
    return Child(["sh", "-c", script], os.environ, say=(said if said is not None else []).append)


def test_stopped_until_the_time_was_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Continued after it, sigtimedwait gives what nobody filled in."""
    garbage = SimpleNamespace(si_signo=0x7F3A, si_code=0)
    monkeypatch.setattr(signal, "sigtimedwait", lambda wanted, seconds: garbage)
    assert start("sleep 0.1; exit 3").wait(lambda: 0.0) == 3


def test_what_goes_wrong_ends_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "GRACE", 0.1)
    running = start("trap '' TERM; while :; do sleep 0.05; done")

    def wanted() -> float:
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError):
        running.wait(wanted)
    assert running.wait(lambda: None) in (137, 143)
    assert not running.killed, "nothing was left to end"


def test_one_that_takes_no_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    """As sudo: its end is waited for, and that is said once."""
    monkeypatch.setattr(child, "GRACE", 0.0)

    def refuse(pid: int, number: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    said: list[str] = []
    running = start("sleep 0.3; exit 3", said)
    monkeypatch.setattr(os, "kill", refuse)
    assert (running.wait(lambda: None), running.killed) == (3, False)
    (line,) = said
    assert "SIGTERM cannot be sent" in line
