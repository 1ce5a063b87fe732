"""Signals and closed pipes, in processes of their own."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import davlock
from davlock.cli.exit_status import ExitStatus
from davlock.errors import Terminated
from tests.cli.answers import OPTIONS, OTHER, TOKEN, active_lock, element, field, granted, methods, multistatus
from tests.cli.command import leave_early, popen, run, wait_for
from tests.conftest import ServerFor
from tests.servers import Server
from tests.servers.proxy import Passing, proxy
from tests.transport.scripted import Conversation, Play, ScriptedServer, response

Serve = Callable[..., ScriptedServer]

SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)]


def finish(process: subprocess.Popen[bytes]) -> tuple[int, str, str]:
    with process:
        out, err = process.communicate(timeout=60)
    return process.returncode, out.decode(), err.decode()


def signal_twice(process: subprocess.Popen[bytes], number: int) -> None:
    """The first signal makes davlock wait for the answer to LOCK, and say so; the second ends it."""
    process.send_signal(number)
    assert process.stderr is not None
    again = b"press Ctrl-C again" if number == signal.SIGINT else f"send {signal.Signals(number).name} again".encode()
    while again + b" to exit at once" not in (line := process.stderr.readline()):
        assert line
    process.send_signal(number)


MAKERS = [(("lock",), ()), (("lock", "--wait", "5m"), ()), (("run",), ("--", "true"))]
"""Commands that send LOCK, and what stands behind their URL."""

TRIAL = (("diagnose", "--attempt", "lock"), ())


@pytest.mark.parametrize(("number", "code"), SIGNALS)
@pytest.mark.parametrize(("command", "more"), [*MAKERS, TRIAL])
def test_a_second_signal_ends_the_wait_for_the_answer_to_lock(
    serve: Serve, number: int, code: int, command: tuple[str, ...], more: tuple[str, ...]
) -> None:
    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            if request.startswith(b"LOCK"):
                conversation.pause(30)
                return
            conversation.say(multistatus(element()))

    server = serve(play)
    url = f"{server.url}/a.txt"
    process = popen(*command, url, *more, measured=False)
    wait_for(lambda: "LOCK" in methods(server.requests))
    signal_twice(process, number)
    status, out, err = finish(process)
    assert (status, out) == (code, "")
    line = err.splitlines()[-1]
    assert "may exist" in line
    assert f"davlock locks {url}" in line
    assert f"davlock ledger recover {url}" in line
    assert methods(server.requests)[-1] == "LOCK"


def slow_lock(answer: bytes, signalled: threading.Event) -> tuple[Play, threading.Event]:
    """Makes the lock when it is asked, and answers with ``answer`` once ``signalled`` is set."""
    made = threading.Event()

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            if request.startswith(b"LOCK"):
                made.set()
                signalled.wait(30)
                conversation.say(answer)
            elif request.startswith(b"UNLOCK"):
                made.clear()
                conversation.say(response("204 No Content"))
            elif request.startswith(b"OPTIONS"):
                conversation.say(OPTIONS)
            else:
                conversation.say(multistatus(element(more="<D:resourcetype/>")))

    return play, made


def answer_after_signal(process: subprocess.Popen[bytes], number: int, signalled: threading.Event) -> None:
    process.send_signal(number)
    assert process.stderr is not None
    while b"for the answer to LOCK" not in (line := process.stderr.readline()):
        assert line
    signalled.set()


@pytest.mark.parametrize(("number", "code"), SIGNALS)
@pytest.mark.parametrize(("command", "more"), [*MAKERS, TRIAL])
def test_a_lock_that_is_answered_after_the_signal_is_released(
    serve: Serve, number: int, code: int, command: tuple[str, ...], more: tuple[str, ...]
) -> None:
    signalled = threading.Event()
    play, made = slow_lock(granted(), signalled)
    server = serve(play)
    process = popen(*command, f"{server.url}/a.txt", *more, measured=False)
    wait_for(made.is_set)
    answer_after_signal(process, number, signalled)
    status, out, err = finish(process)
    assert (status, out) == (code, "")
    assert "released it" in err
    released = [field(request, "Lock-Token") for request in server.requests if request.startswith(b"UNLOCK")]
    assert released == [f"<{TOKEN}>"]
    assert methods(server.requests).count("LOCK") == 1


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_lock_that_is_refused_after_the_signal_leaves_nothing_to_say(serve: Serve, number: int, code: int) -> None:
    signalled = threading.Event()
    play, made = slow_lock(response("423 Locked"), signalled)
    server = serve(play)
    process = popen("lock", f"{server.url}/a.txt", measured=False)
    wait_for(made.is_set)
    answer_after_signal(process, number, signalled)
    status, out, err = finish(process)
    assert (status, out, err.strip()) == (code, "", "")
    assert "UNLOCK" not in methods(server.requests)
    assert run("ledger", "list", "--json").json["results"][0]["rows"] == []


@pytest.mark.parametrize(("number", "code"), SIGNALS)
@pytest.mark.parametrize("command", [("check",), ("diagnose", "--scratch")])
def test_a_scratch_lock_that_is_answered_after_the_signal_is_released(
    server_for: ServerFor, folder: Callable[[Server], str], command: tuple[str, ...], number: int, code: int
) -> None:
    """WsgiDAV behind a proxy that holds an answer to LOCK back until the signal came."""
    server = server_for("wsgidav")
    above = folder(server)
    held, signalled = threading.Event(), threading.Event()

    def after(passing: Passing) -> None:
        if passing.method == "LOCK" and passing.status in (200, 201) and not held.is_set():
            held.set()
            signalled.wait(30)

    with proxy(above, after=after) as front:
        url = f"{front.rstrip('/')}{urlsplit(above).path}"
        arguments = (*command, url, url) if command[0] == "diagnose" else (*command, url)
        process = popen(*arguments, measured=False)
        wait_for(held.is_set)
        answer_after_signal(process, number, signalled)
        status, _, err = finish(process)
    assert status == code, err
    assert run("locks", "-r", above).out == ""
    assert list(server.path(above).iterdir()) == []


@pytest.mark.parametrize("kind", ["apache", "wsgidav"])
@pytest.mark.parametrize(("command", "more"), MAKERS)
def test_a_real_lock_that_is_answered_after_the_signal_is_released(
    server_for: ServerFor, folder: Callable[[Server], str], kind: str, command: tuple[str, ...], more: tuple[str, ...]
) -> None:
    server = server_for(kind)
    above = folder(server)
    (server.path(above) / "a.txt").write_text("content")
    held, signalled = threading.Event(), threading.Event()

    def after(passing: Passing) -> None:
        if passing.method == "LOCK":
            held.set()
            signalled.wait(30)

    with proxy(above, after=after) as front:
        process = popen(*command, f"{front.rstrip('/')}{urlsplit(above).path}a.txt", *more, measured=False)
        wait_for(held.is_set)
        answer_after_signal(process, signal.SIGTERM, signalled)
        status, _, err = finish(process)
    assert status == ExitStatus.TERMINATED
    assert "released it" in err
    assert run("locks", f"{above}a.txt").out == ""


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
    assert ("released it" in line) is released


def hiding(second: bytes, hang_after: str) -> tuple[Play, threading.Event]:
    """Hides its locks, answers the second LOCK with ``second``, and hangs at the first ``hang_after`` since."""
    reached = threading.Event()
    locks = 0

    def play(conversation: Conversation) -> None:
        nonlocal locks
        while (request := conversation.request()) is not None:
            method = request.split(b" ", 1)[0].decode()
            locks += method == "LOCK"
            if locks == 2 and method == hang_after and not reached.is_set():
                reached.set()
                conversation.pause(30)
                return
            if method == "LOCK":
                conversation.say(granted() if locks == 1 else second)
            elif method == "OPTIONS":
                conversation.say(OPTIONS)
            elif method == "UNLOCK":
                conversation.say(response("204 No Content"))
            else:
                conversation.say(multistatus(element(more="<D:resourcetype/>")))

    return play, reached


@pytest.mark.parametrize(("number", "code"), SIGNALS)
@pytest.mark.parametrize("command", [("lock",), ("diagnose", "--attempt", "lock")])
@pytest.mark.parametrize("hang", ["LOCK", "PROPFIND", "UNLOCK"])
def test_no_lock_is_left_unnamed_after_a_second_lock(
    serve: Serve, command: tuple[str, ...], hang: str, number: int, code: int
) -> None:
    """At the second LOCK itself, before its UNLOCK, and at it."""
    play, reached = hiding(granted(OTHER), hang)
    server = serve(play)
    process = popen(*command, f"{server.url}/a.txt", measured=False)
    wait_for(reached.is_set)
    if hang == "LOCK":
        signal_twice(process, number)
    else:
        process.send_signal(number)
    status, out, err = finish(process)
    assert (status, out) == (code, "")
    line = err.splitlines()[-1]
    assert "released it" in line
    assert "davlock ledger recover" in line if hang == "LOCK" else OTHER in line
    released = [field(request, "Lock-Token") for request in server.requests if request.startswith(b"UNLOCK")]
    assert set(released) == {f"<{TOKEN}>", *([] if hang == "LOCK" else [f"<{OTHER}>"])}


def wait_until_stuck(process: subprocess.Popen[bytes]) -> None:
    """Until it has slept for half a second on end; what waits for the processor does not sleep."""
    asleep = 0
    while asleep < 25:
        state = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]
        asleep = asleep + 1 if state == "S" else 0
        time.sleep(0.02)


@pytest.mark.parametrize(("number", "code"), SIGNALS)
@pytest.mark.parametrize("shape", ["tsv", "json", "table"])
def test_a_lock_is_named_when_its_result_cannot_be_printed(serve: Serve, shape: str, number: int, code: int) -> None:
    """stdout is a pipe that is full, so that the signal comes before the result is out."""
    locked = threading.Event()

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            if request.startswith(b"LOCK"):
                locked.set()
                conversation.say(granted())
            else:
                locks = active_lock() if locked.is_set() else ""
                conversation.say(multistatus(element(locks=locks, more="<D:resourcetype/>")))

    server = serve(play)
    url = f"{server.url}/a.txt"
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writer, b"x" * 4096)
    os.set_blocking(writer, True)
    process = popen("lock", "--format", shape, url, measured=False, stdout=writer)
    os.close(writer)
    wait_for(lambda: methods(server.requests)[-2:] == ["LOCK", "PROPFIND"])
    wait_until_stuck(process)
    process.send_signal(number)
    assert process.stderr is not None
    line = process.stderr.readline().decode()
    with open(reader, "rb") as pipe:
        pipe.read()
    assert process.wait(60) == code
    process.stderr.close()
    assert f"davlock unlock {url} --token '{TOKEN}'" in line
    assert "UNLOCK" not in methods(server.requests)


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
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt(), 130), (Terminated(15), 143)])
def test_in_process(monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int) -> None:
    def stop(*arguments: object, **more: object) -> object:
        raise error

    monkeypatch.setattr("davlock.operations.investigate.diagnose", stop)
    done = run("diagnose", "http://127.0.0.1:1/")
    assert (done.code, done.out) == (code, "")
    assert "Traceback" not in done.err


STARTING = [*SIGNALS, (signal.SIGQUIT, 131)]


@pytest.mark.parametrize(("number", "code"), STARTING)
@pytest.mark.parametrize("module", ["click", "httpx"])
def test_a_signal_while_davlock_starts_ends_it_without_a_word(
    tmp_path: Path, number: int, code: int, module: str
) -> None:
    """Also in the callback of a weak reference, where Python drops what a handler raises."""
    (tmp_path / f"{module}.py").write_text(
        "import os, time, weakref\n"
        "class Module: pass\n"
        "module = Module()\n"
        "def wait(_):\n"
        "    os.write(1, b'importing\\n')\n"
        "    for _ in range(1000): time.sleep(0.01)\n"
        "reference = weakref.ref(module, wait)\n"
        "del module\n"
        "for _ in range(1000): time.sleep(0.01)\n"
    )
    path = os.pathsep.join((str(tmp_path), str(Path(davlock.__file__).parents[1])))
    process = popen("locks", "http://127.0.0.1:1/", env={"PYTHONPATH": path}, measured=False, fresh=True)
    assert process.stdout is not None
    assert process.stdout.readline() == b"importing\n"
    process.send_signal(number)
    status, out, err = finish(process)
    assert (status, out, err.strip()) == (code, "", "")
