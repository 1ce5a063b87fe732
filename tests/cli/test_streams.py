"""The three streams: closed, full, or in an encoding that lacks most characters; and what is for which of them."""

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from davlock.cli.exit_status import ExitStatus
from davlock.cli.nonblocking_stderr import NonblockingStderr
from davlock.cli.output import complain
from tests.cli.answers import OPTIONS, TOKEN, active_lock, by_method, element, granted, methods, multistatus
from tests.cli.command import clean_environment, popen, run
from tests.transport.scripted import ScriptedServer, response

Serve = Callable[..., ScriptedServer]


def shell(
    redirection: str, *arguments: str, before: str = "", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """``davlock arguments…`` with its streams as a shell makes them, after the shell's command ``before``."""
    return subprocess.run(
        ["sh", "-c", f'{before} exec "$@" {redirection}', "sh", sys.executable, "-m", "davlock", *arguments],
        env=clean_environment(environment),
        capture_output=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("explain", "-"), 2, b"empty"),
        (("diagnose", "-"), 2, b"no URL was given on stdin"),
        (("diagnose", "-u", "me", "http://127.0.0.1:1/"), 2, b"no terminal for the question"),
        (("diagnose", "-u", "me", "--password-file", "-", "http://127.0.0.1:1/"), 2, b"--password-file -: the first"),
        (("put", "-", "http://127.0.0.1:1/a"), 5, b"connection refused"),
        (("decode", "if", "-"), 1, b""),
    ],
)
def test_a_closed_stdin_is_an_empty_one(arguments: tuple[str, ...], code: int, words: bytes) -> None:
    done = shell("<&-", *arguments)
    assert done.returncode == code, done
    assert words in done.stderr
    assert b"bug" not in done.stderr


FULL, CLOSED = (">/dev/full", b"No space left on device"), (">&-", b"Bad file descriptor")


@pytest.mark.parametrize(("redirection", "why"), [FULL, CLOSED])
@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("lock", "--help"),
        ("ledger", "list", "--help"),
        ("explain", "423"),
        ("explain", "423", "--format", "tsv"),
        ("explain", "423", "--json"),
        ("explain", "423", "--format", "jsonl"),
        ("explain", "--list"),
        ("decode", "timeout", "Second-5"),
        ("ledger", "list", "--json"),
        ("check", "--list"),
    ],
)
def test_an_answer_that_cannot_be_written_is_the_fault_of_the_output(
    redirection: str, why: bytes, arguments: tuple[str, ...]
) -> None:
    done = shell(redirection, *arguments)
    assert done.returncode == ExitStatus.OUTPUT_FAILED
    assert done.stderr == b"davlock: stdout could not be written: " + why + b"\n"


@pytest.mark.parametrize("stderr", ["2>/dev/full", "2>&-"])
@pytest.mark.parametrize("stdout", ["", ">/dev/full", ">&-"])
def test_a_stderr_that_cannot_be_written_changes_no_exit_status(stdout: str, stderr: str) -> None:
    assert shell(f"{stdout} {stderr}", "explain", "no-such-finding").returncode == 2
    done = shell(f"{stdout} {stderr}", "explain", "423")
    assert (done.returncode, done.stderr) == (74 if stdout else 0, b"")


@pytest.mark.parametrize("stderr", ["", "2>/dev/full", "2>&-"])
@pytest.mark.parametrize(("command", "status"), [(("--help",), 74), (("--version",), 74)])
def test_the_first_answers_fail_without_a_traceback(command: tuple[str, ...], status: int, stderr: str) -> None:
    done = shell(f">/dev/full {stderr}", *command)
    assert done.returncode == status
    assert b"Traceback" not in done.stderr


FORMATS = [(), ("-q",), ("--print", "if"), ("--json",), ("--format", "jsonl"), ("--format", "table")]


@pytest.mark.parametrize(("redirection", "why"), [FULL, CLOSED])
@pytest.mark.parametrize("shape", FORMATS)
def test_a_lock_whose_result_cannot_be_written_is_named_on_stderr(
    serve: Serve, redirection: str, why: bytes, shape: tuple[str, ...]
) -> None:
    """The token and the command that releases the lock; the lock stays, because it was asked for."""
    shown = [multistatus(element(more="<D:resourcetype/>")), multistatus(element(locks=active_lock()))]
    server = serve(by_method({"PROPFIND": shown, "OPTIONS": OPTIONS, "LOCK": granted()}))
    url = f"{server.url}/a.txt"
    done = shell(redirection, "lock", url, *shape)
    assert done.returncode == ExitStatus.OUTPUT_FAILED
    assert f"davlock unlock {url} --token '{TOKEN}'".encode() in done.stderr
    assert done.stderr.endswith(b"davlock: stdout could not be written: " + why + b"\n")
    assert "UNLOCK" not in methods(server.requests)


def without_a_reader(*arguments: str) -> tuple[int, str]:
    """The exit status, and stderr, where nobody reads stdout."""
    reader, writer = os.pipe()
    os.close(reader)
    process = popen(*arguments, stdout=writer)
    os.close(writer)
    with process:
        _, err = process.communicate(timeout=60)
    return process.returncode, err.decode()


def test_a_lock_whose_reader_has_left_is_named_on_stderr(serve: Serve) -> None:
    """A broken pipe is no error, and the lock stands nevertheless."""
    shown = [multistatus(element(more="<D:resourcetype/>")), multistatus(element(locks=active_lock()))]
    server = serve(by_method({"PROPFIND": shown, "OPTIONS": OPTIONS, "LOCK": granted()}))
    status, err = without_a_reader("lock", f"{server.url}/a.txt")
    assert status == 0
    assert f"--token '{TOKEN}'" in err


@pytest.mark.parametrize("shape", ["table", "json"])
@pytest.mark.parametrize(
    ("command", "status", "err"),
    [
        ("diagnose", 1, ""),
        ("lock", 1, ""),
        ("unlock --no-ledger --token urn:uuid:4", 1, ""),
        ("put --no-ledger FILE", 1, ""),
        ("locks --fail-if-any", 1, ""),
        ("locks -r", 0, ""),
    ],
)
def test_a_refusal_that_nobody_reads_is_one(
    serve: Serve, tmp_path: Path, command: str, shape: str, status: int, err: str
) -> None:
    """All URLs are asked, and the status is the verdict's; only what works for its reader alone ends with it."""
    (tmp_path / "f").write_text("new", encoding="utf-8")
    locked = multistatus(element(locks=active_lock()))
    refused = {name: response("423 Locked") for name in ("LOCK", "UNLOCK", "PUT")}
    server = serve(by_method({"PROPFIND": locked, "OPTIONS": OPTIONS, **refused}))
    words = [str(tmp_path / "f") if word == "FILE" else word for word in command.split()]
    assert without_a_reader(*words, f"{server.url}/a.txt", "--format", shape) == (status, err)


@pytest.mark.parametrize("shape", [(), ("--json",), ("--format", "table")])
def test_after_an_answer_that_cannot_be_written_nothing_more_is_done(serve: Serve, shape: tuple[str, ...]) -> None:
    """What was done before is on stderr. JSON is written at the end, so everything was done by then."""
    shown = [multistatus(element(locks=active_lock())), multistatus(element())]
    server = serve(by_method({"PROPFIND": shown, "OPTIONS": OPTIONS, "UNLOCK": response("204 No Content")}))
    urls = [f"{server.url}/{name}.txt" for name in "ab"]
    done = shell(">/dev/full", "unlock", "--no-ledger", "--token", TOKEN, *urls, *shape)
    assert done.returncode == ExitStatus.OUTPUT_FAILED
    count = 2 if shape == ("--json",) else 1
    assert methods(server.requests).count("UNLOCK") == count
    *lines, last = done.stderr.decode().splitlines()
    assert [line.split(": ")[1] for line in lines] == urls[:count]
    assert last == "davlock: stdout could not be written: No space left on device"


def test_what_only_reads_has_nothing_to_say_but_that(serve: Serve) -> None:
    server = serve(by_method({"PROPFIND": multistatus(element(locks=active_lock())), "OPTIONS": OPTIONS}))
    done = shell(">/dev/full", "diagnose", f"{server.url}/a.txt")
    assert done.returncode == ExitStatus.OUTPUT_FAILED
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
@pytest.mark.parametrize("form", ["table", "tsv"])
def test_an_encoding_that_lacks_characters(serve: Serve, encoding: str, form: str) -> None:
    locked = multistatus(element(locks=active_lock(owner="J\u00fcrgen \u6f22")))
    server = serve(by_method({"PROPFIND": locked, "OPTIONS": OPTIONS}))
    done = shell("", "diagnose", f"{server.url}/a.txt", "--format", form, PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"rgen" in done.stdout


def test_a_password_that_is_no_utf_8() -> None:
    done = run("diagnose", "-u", "alice:open\udcff", "http://127.0.0.1:1/")
    assert done.code == 2
    assert "not valid UTF-8" in done.err
    assert "open" not in done.err


@pytest.mark.parametrize(("command", "method"), [("unlock", "UNLOCK"), ("refresh", "LOCK")])
def test_what_cannot_be_read_back_is_said_in_a_pipe_too(serve: Serve, command: str, method: str) -> None:
    answers = {"PROPFIND": multistatus(element(status="404 Not Found")), method: response("204 No Content")}
    done = run(command, "--token", TOKEN, "--no-ledger", f"{serve(by_method(answers)).url}/a.txt")
    assert (done.code, done.rows[0][1]) == ((0, "unknown") if command == "unlock" else (3, "unknown"))
    assert ("not verified" in done.out) is (command == "unlock")
    assert done.rows[0][3]


@pytest.mark.parametrize("kind", ["junit", "json", "tap"])
def test_a_report_that_cannot_be_written_is_the_fault_of_the_output(serve: Serve, kind: str) -> None:
    """The report on stdout, and the other report, are written all the same."""
    server = serve(by_method({"OPTIONS": OPTIONS}))
    done = run("check", f"{server.url}/", "--report", f"{kind}=/dev/full", "--report", "tsv=-")
    assert done.code == ExitStatus.OUTPUT_FAILED
    assert f"--report {kind}=/dev/full could not be written: No space left on device" in done.err
    assert done.rows


def test_a_check_whose_outcome_cannot_be_written_says_it_in_one_line(serve: Serve) -> None:
    server = serve(by_method({"OPTIONS": OPTIONS}))
    done = shell(">/dev/full", "check", "--json", f"{server.url}/")
    assert done.returncode == ExitStatus.OUTPUT_FAILED
    assert [line for line in done.stderr.splitlines() if b" failed" in line or b"stopped: " in line]
    assert done.stderr.endswith(b"davlock: stdout could not be written: No space left on device\n")


def test_a_bundle_that_cannot_be_written_costs_no_answer(serve: Serve, tmp_path: Path) -> None:
    server = serve(by_method({"PROPFIND": multistatus(element(locks=active_lock())), "OPTIONS": OPTIONS}))
    done = shell(
        "", "diagnose", "--no-ledger", f"{server.url}/a.txt", "--bundle", str(tmp_path / "b.zip"), before="ulimit -f 0;"
    )
    assert done.returncode == ExitStatus.OUTPUT_FAILED
    assert b"b.zip could not be written: File too large" in done.stderr
    assert done.stdout.split(b"\t")[1] == b"blocked"


def test_a_journal_that_cannot_be_written_ends_before_anything_is_sent(serve: Serve) -> None:
    server = serve(by_method({"PROPFIND": multistatus(element("/d/a.txt", locks=active_lock())), "OPTIONS": OPTIONS}))
    done = shell("", "cleanup", "--no-ledger", "--all", "--yes", f"{server.url}/d/", before="ulimit -f 0;")
    assert done.returncode == ExitStatus.OUTPUT_FAILED
    assert b"could not be written: File too large" in done.stderr
    assert "UNLOCK" not in methods(server.requests)


def test_a_full_stderr_keeps_nobody_waiting() -> None:
    """What a full pipe does not take is written once there is room, and in its order."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    filled = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            filled += os.write(writer, b"x" * 4096)
    os.set_blocking(writer, True)
    with open(writer, "w", encoding="utf-8") as stream, open(reader, "rb") as read:
        stderr = NonblockingStderr(stream)
        assert stderr.write("first\n") == 6
        stderr.write("second\n")
        assert stderr.behind
        assert not read.read(filled).strip(b"x")
        assert stderr.finish()
        assert not stderr.behind
        assert read.read(13) == b"first\nsecond\n"


def test_lines_of_other_threads_wait_for_the_main_thread(capsys: pytest.CaptureFixture[str]) -> None:
    thread = threading.Thread(target=complain, args=("from a thread",))
    thread.start()
    thread.join()
    assert capsys.readouterr().err == ""
    complain("from the main thread")
    assert capsys.readouterr().err == "davlock: from a thread\ndavlock: from the main thread\n"
