"""A password from a file or a command: only its first line is read, and only for a while."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from davlock.cli.password_line import LONGEST_OUTPUT, line_of_command, line_of_file
from davlock.errors import LocalProtocolError
from tests.cli.command import run

SOON = 0.3
"""Seconds of a deadline that nothing here keeps."""


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many bytes were read."""
    total = 0
    real = os.read

    def counting(source: int, size: int) -> bytes:
        nonlocal total
        piece = real(source, size)
        total += len(piece)
        return piece

    monkeypatch.setattr(os, "read", counting)
    return lambda: total


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


@pytest.mark.parametrize("command", [["yes"], ["sh", "-c", "yes; exit 141"]])
def test_a_command_that_prints_on_is_cut_off(command: list[str], read: Callable[[], int]) -> None:
    assert line_of_command(command, None) == "y"
    assert read() <= 2 * LONGEST_OUTPUT


def test_a_command_that_prints_no_line_is_cut_off(read: Callable[[], int]) -> None:
    with pytest.raises(LocalProtocolError, match="the first line is longer than 64 KiB"):
        line_of_command(["cat", "/dev/zero"], None)
    assert read() <= 2 * LONGEST_OUTPUT


def test_a_command_that_prints_more_than_the_password_is_heard_to_its_end() -> None:
    assert line_of_command(python("print('alice\\nuser: a\\n' * 1000)"), None) == "alice"


@pytest.mark.parametrize("printed", ["echo alice", "printf alice"])
def test_a_program_that_keeps_the_output_open_is_not_waited_for(printed: str) -> None:
    assert line_of_command(["sh", "-c", f"sleep 5 & {printed}"], 4.0) == "alice"


@pytest.mark.parametrize("command", [["sleep", "100"], ["sh", "-c", "echo alice; exec sleep 100"]])
def test_a_command_is_kept_to_the_deadline(command: list[str]) -> None:
    with pytest.raises(LocalProtocolError, match="did not end before the deadline"):
        line_of_command(command, SOON)


def test_a_device_without_end_is_no_password_file(read: Callable[[], int]) -> None:
    with pytest.raises(LocalProtocolError, match="the first line is longer than 64 KiB"):
        line_of_file("/dev/zero", None)
    assert read() <= 2 * LONGEST_OUTPUT


def test_a_pipe_that_nobody_writes_to_is_kept_to_the_deadline(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(LocalProtocolError, match="no line arrived before the deadline"):
        line_of_file(str(pipe), SOON)


@pytest.mark.parametrize("content", [b"alice", b"alice\n", b"alice\r\nsecond\n"])
def test_the_first_line_of_a_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "password"
    path.write_bytes(content)
    assert line_of_file(str(path), None) == "alice"


@pytest.mark.parametrize(
    "source",
    [
        ("--password-command", "cat /dev/zero"),
        ("--password-command", "sleep 100", "--deadline", "0.3s"),
        ("--password-file", "/dev/zero"),
    ],
    ids=" ".join,
)
def test_it_is_the_fault_of_the_caller(source: tuple[str, ...]) -> None:
    done = run("locks", "-u", "bob", *source, "http://127.0.0.1:9/")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)


def test_a_pipe_is_read_once_for_all_urls() -> None:
    """A shell names the output of a command as a file, which can be read once."""
    source, sink = os.pipe()
    os.write(sink, b"alice\n")
    os.close(sink)
    try:
        url = "http://127.0.0.1:9/"
        done = run("locks", "-u", "bob", "--password-file", f"/dev/fd/{source}", url, url)
    finally:
        os.close(source)
    assert (done.code, done.err.count("no connection")) == (5, 2)
