"""The three streams: closed, full, or in an encoding that lacks most characters; and what is for which of them."""

import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.cli.answers import OPTIONS, TOKEN, active_lock, by_method, element, multistatus
from tests.cli.command import clean_environment, run
from tests.transport.scripted import ScriptedServer, response

Serve = Callable[..., ScriptedServer]


def shell(redirection: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """``davlock arguments…`` with its streams as a shell makes them."""
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {redirection}', "sh", sys.executable, "-m", "davlock", *arguments],
        env=clean_environment(environment),
        capture_output=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("explain", "-"), 2, b"empty"),
        (("diagnose", "-"), 2, b"no URL was given on stdin"),
        (("diagnose", "-u", "me", "http://127.0.0.1:1/"), 2, b"no terminal to ask at"),
        (("diagnose", "-u", "me", "--password-file", "-", "http://127.0.0.1:1/"), 5, b"connection refused"),
        (("put", "-", "http://127.0.0.1:1/a"), 5, b"connection refused"),
        (("decode", "if", "-"), 1, b""),
    ],
)
def test_a_closed_stdin_is_an_empty_one(arguments: tuple[str, ...], code: int, words: bytes) -> None:
    done = shell("<&-", *arguments)
    assert done.returncode == code, done
    assert words in done.stderr
    assert b"bug" not in done.stderr


def test_a_closed_stdout_costs_nothing_but_the_output() -> None:
    done = shell(">&-", "explain", "423")
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("form", ["table", "tsv", "json"])
def test_a_full_disk_is_no_bug(form: str) -> None:
    done = shell(">/dev/full", "explain", "423", "--format", form)
    assert done.returncode == 2
    assert done.stderr == b"davlock: the output could not be written (No space left on device); make room for it\n"


def test_no_room_even_for_complaints() -> None:
    assert shell("2>/dev/full", "explain", "no-such-finding").returncode == 2


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
    assert "no UTF-8" in done.err
    assert "open" not in done.err


@pytest.mark.parametrize(("command", "method"), [("unlock", "UNLOCK"), ("refresh", "LOCK")])
def test_what_cannot_be_read_back_is_said_in_a_pipe_too(serve: Serve, command: str, method: str) -> None:
    answers = {"PROPFIND": multistatus(element(status="404 Not Found")), method: response("204 No Content")}
    done = run(command, "--token", TOKEN, "--no-ledger", f"{serve(by_method(answers)).url}/a.txt")
    assert (done.code, done.rows[0][1]) == ((0, "unknown") if command == "unlock" else (3, "unknown"))
    assert ("not verified" in done.out) is (command == "unlock")
    assert done.rows[0][3]
