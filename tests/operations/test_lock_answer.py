"""A LOCK on its way outlasts a signal, for a while."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import pytest

from davlock.errors import Cancelled, RemoteProtocolError, Terminated
from davlock.ledger import Ledger, Process
from davlock.operations import lock_answer, locking
from davlock.operations.lock_answer import LockInterrupted, expect_locks
from davlock.operations.locking import LockRequest
from davlock.protocol import requests
from davlock.protocol.lock import Depth, LockScope, LockToken
from davlock.protocol.message import Exchange, Request, Response

URL = "http://h/a.txt"

LOCK = requests.lock(URL, scope=LockScope.EXCLUSIVE, depth=Depth.ZERO, seconds=60, owner="me")


@pytest.fixture(autouse=True)
def _terminated_by_sigterm(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def handler(number: int, frame: FrameType | None) -> None:
        raise Terminated(number)

    before = signal.signal(signal.SIGTERM, handler)
    yield
    signal.signal(signal.SIGTERM, before)


class Slow:
    """Sends itself SIGTERM once the request is here, and answers after ``answered`` is set."""

    def __init__(self, outcome: Exception | None = None) -> None:
        self.answered = threading.Event()
        self.said: list[str] = []
        self.outcome = outcome

    def __call__(self, request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        os.kill(os.getpid(), signal.SIGTERM)
        assert self.answered.wait(30)
        if self.outcome is not None:
            raise self.outcome
        return Exchange(request=request, outcome=Response(status=201))

    def announce(self, words: str) -> None:
        self.said.append(words)


def test_an_answer_in_time_comes_with_the_signal() -> None:
    send = Slow()

    def announce(words: str) -> None:
        send.answered.set()

    with pytest.raises(LockInterrupted) as raised:
        expect_locks(send, announce=announce)(LOCK)
    assert (raised.value.signum, raised.value.at_once) == (15, False)
    assert raised.value.exchange is not None
    assert raised.value.exchange.status == 201


def test_no_answer_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock_answer, "ANSWER_SECONDS", 0.01)
    send = Slow()
    with pytest.raises(LockInterrupted) as raised:
        expect_locks(send, announce=send.announce)(LOCK)
    send.answered.set()
    assert (raised.value.exchange, raised.value.at_once) == (None, False)
    assert send.said == ["waiting at most 0.01 s for the answer to LOCK; send SIGTERM again to exit at once"]


def test_an_answer_that_is_no_http_names_no_lock() -> None:
    send = Slow(RemoteProtocolError("HTTP", "the answer is not HTTP/1"))

    def announce(words: str) -> None:
        send.answered.set()

    with pytest.raises(LockInterrupted) as raised:
        expect_locks(send, announce=announce)(LOCK)
    assert raised.value.exchange is None


def test_a_second_signal_is_obeyed_at_once() -> None:
    send = Slow()

    def announce(words: str) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(LockInterrupted) as raised:
        expect_locks(send, announce=announce)(LOCK)
    send.answered.set()
    assert (raised.value.exchange, raised.value.at_once) == (None, True)


@pytest.mark.parametrize("request_", [requests.get(URL), requests.refresh(URL, LockToken("urn:x:1"), seconds=60)])
def test_nothing_else_outlasts_a_signal(request_: Request) -> None:
    """A refresh makes no lock."""
    send = Slow()
    with pytest.raises(Terminated) as raised:
        expect_locks(send, announce=send.announce)(request_)
    assert not isinstance(raised.value, LockInterrupted)


def test_what_the_sender_raises_passes_through() -> None:
    def send(request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        raise RemoteProtocolError("HTTP", "the answer is not HTTP/1")

    with pytest.raises(RemoteProtocolError):
        expect_locks(send, announce=print)(LOCK)


def test_after_the_wait_the_ledger_command_is_named_with_the_url(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(lock_answer, "ANSWER_SECONDS", 0.01)
    slow = Slow()
    ours = Process(host="h", boot="b", pid=1, started="1")
    ledger = Ledger(tmp_path, process=ours, now=lambda: 0.0, complain=pytest.fail)

    def send(request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        if request.method == "LOCK":
            return slow(request)
        return Exchange(request=request, outcome=Response(status=404))

    with pytest.raises(Cancelled, match=f"to release it: davlock ledger recover {URL}"):
        locking.lock(expect_locks(send, announce=slow.announce), URL, LockRequest(create=True), ledger=ledger)
    slow.answered.set()
    (entry,) = ledger.entries()
    assert entry.state.value == "intended"
