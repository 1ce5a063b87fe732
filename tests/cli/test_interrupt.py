"""Signals and closed pipes, in processes of their own."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable

import pytest

from davlock.errors import Terminated
from tests.cli.answers import TOKEN, active_lock, element, granted, methods, multistatus
from tests.cli.command import leave_early, popen, run
from tests.transport.scripted import Conversation, ScriptedServer, response

Serve = Callable[..., ScriptedServer]

SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)]


def finish(process: subprocess.Popen[bytes]) -> tuple[int, str, str]:
    with process:
        out, err = process.communicate(timeout=20)
    return process.returncode, out.decode(), err.decode()


def wait_for(seen: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not seen():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_while_the_lock_is_on_its_way(serve: Serve, number: int, code: int) -> None:
    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            if request.startswith(b"LOCK"):
                conversation.pause(30)
                return
            conversation.say(multistatus(element()))

    server = serve(play)
    url = f"{server.url}/a.txt"
    process = popen("lock", "--owner", "me, testing", url, measured=False)
    wait_for(lambda: "LOCK" in methods(server.requests))
    process.send_signal(number)
    status, out, err = finish(process)
    assert (status, out) == (code, "")
    (line,) = err.splitlines()
    assert "may exist" in line
    assert "me, testing" in line
    assert f"davlock locks {url}" in line


@pytest.mark.parametrize(("number", "code"), SIGNALS)
@pytest.mark.parametrize("released", [True, False])
def test_after_the_grant(serve: Serve, number: int, code: int, released: bool) -> None:
    """Our own lock is released before we go, and what is left behind is told."""
    reading = threading.Event()

    def play(conversation: Conversation) -> None:
        locked = False
        while (request := conversation.request()) is not None:
            if request.startswith(b"LOCK"):
                locked = True
                conversation.say(granted())
            elif request.startswith(b"UNLOCK"):
                conversation.say(response("204 No Content" if released else "403 Forbidden"))
            elif locked:
                reading.set()
                conversation.pause(30)
                return
            else:
                conversation.say(multistatus(element()))

    server = serve(play)
    process = popen("lock", f"{server.url}/a.txt", measured=False)
    wait_for(reading.is_set)
    process.send_signal(number)
    status, out, err = finish(process)
    assert (status, out) == (code, "")
    assert methods(server.requests)[-1] == "UNLOCK"
    assert f"Lock-Token: <{TOKEN}>".encode() in server.requests[-1]
    (line,) = err.splitlines()
    assert TOKEN in line
    assert ("released again" in line) is released


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_while_reading(serve: Serve, number: int, code: int) -> None:
    def play(conversation: Conversation) -> None:
        conversation.request()
        conversation.pause(30)

    server = serve(play)
    process = popen("diagnose", f"{server.url}/a.txt", measured=False)
    wait_for(lambda: bool(server.requests))
    process.send_signal(number)
    status, out, err = finish(process)
    assert (status, out) == (code, "")
    assert "Traceback" not in err


@pytest.mark.parametrize("shape", ["tsv", "json", "jsonl", "table"])
def test_broken_pipe(serve: Serve, shape: str) -> None:
    elements = [element(f"/f/{n}", locks=active_lock(f"urn:x:{n}")) for n in range(3000)]

    def play(conversation: Conversation) -> None:
        while conversation.request() is not None:
            conversation.say(multistatus(*elements))

    process = popen("locks", "--depth", "1", "--format", shape, f"{serve(play).url}/f/")
    assert leave_early(process) == (b"", 0)


def test_nobody_reads_the_page() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        process = popen("explain", "423", stdout=writer)
    finally:
        os.close(writer)
    with process:
        _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, b"")


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt(), 130), (Terminated(15), 143)])
def test_in_process(monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int) -> None:
    def stop(*arguments: object, **more: object) -> object:
        raise error

    monkeypatch.setattr("davlock.operations.gather.diagnose", stop)
    done = run("diagnose", "http://127.0.0.1:1/")
    assert (done.code, done.out) == (code, "")
    assert "Traceback" not in done.err
