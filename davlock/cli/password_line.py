"""The line that a password stands in, from a file or a command. Neither can fill the memory or keep davlock forever."""

import os
import select
import threading
import time
from typing import IO, TYPE_CHECKING, cast

from davlock.errors import LocalProtocolError
from davlock.posix import POSIX

if TYPE_CHECKING:  # only a command needs it
    import subprocess

LONGEST_OUTPUT = 64 * 1024
"""Bytes that are read at most: only the first line is wanted."""

PATIENCE = 300.0
"""Seconds for a file or a command without a deadline: a person may have to unlock a safe first."""

_TICK = 0.05
"""Seconds between looks at whether a command has ended: a program that it started may keep its output open."""

ALONE = "run it alone to see why"

_SIGPIPE = 13
"""Of every POSIX system; Windows has none."""


def line_of_file(path: str, left: float | None) -> str:
    """The first line, within ``left`` seconds. A pipe may have no writer yet, and a device no end."""
    got = _until_line(path, left)
    line = first_line(got)
    if line is None:
        raise LocalProtocolError(f"--password-file {path}: {_too_long()}", "name a readable file")
    return line.decode("utf-8-sig")  # some editors on Windows put a mark at the beginning


def _until_line(path: str, left: float | None) -> bytes:
    if not POSIX:  # select() takes only sockets there
        with open(path, "rb") as file:
            return file.read(LONGEST_OUTPUT + 1)
    until = _until(left)
    got = bytearray()
    source = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        while b"\n" not in got and len(got) <= LONGEST_OUTPUT:
            if not select.select([source], [], [], max(0.0, until - time.monotonic()))[0]:
                what = f"--password-file {path}: no line arrived {_bound(left)}"
                raise LocalProtocolError(what, "name a readable file")
            try:
                piece = os.read(source, LONGEST_OUTPUT)
            except BlockingIOError:
                continue
            if not piece:
                break
            got += piece
    finally:
        os.close(source)
    return bytes(got)


def line_of_command(words: list[str], left: float | None) -> str:
    """The first line that a command prints, within ``left`` seconds; empty where it prints none. It runs without a
    shell, with an empty stdin, and its stderr is ours.
    """
    import subprocess

    name = f"--password-command: {words[0]}"
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as child:  # noqa: S603
        try:
            printed = _printed(child, _until(left))
            if printed is None:
                raise LocalProtocolError(f"{name} did not end {_bound(left)}", ALONE)
            line = first_line(printed)
            if line is None:
                raise LocalProtocolError(f"{name}: {_too_long()}", ALONE)
            status = child.returncode
        finally:
            if child.poll() is None:
                child.kill()
    # What comes after the line may be cut off, and a program may end by that.
    cut = len(printed) > LONGEST_OUTPUT
    if status and not (cut and status in (-_SIGPIPE, 128 + _SIGPIPE)):
        how = f"exit status {status}" if status > 0 else f"signal {-status}"
        raise LocalProtocolError(f"{name} failed ({how})", ALONE)
    return line.decode("utf-8-sig")


def _printed(child: "subprocess.Popen[bytes]", until: float) -> bytes | None:
    """What a command prints until it ends, cut where that is too much; ``None`` where it does not end in time."""
    output = cast(IO[bytes], child.stdout)
    got = bytearray()
    if not POSIX:  # select() takes only sockets there
        reader = threading.Thread(target=lambda: got.extend(output.read(LONGEST_OUTPUT + 1)), daemon=True)
        reader.start()
        reader.join(max(0.0, until - time.monotonic()))
        if reader.is_alive():
            return None
        return _ended(child, bytes(got), until)
    while len(got) <= LONGEST_OUTPUT:
        ended = child.poll() is not None
        left = until - time.monotonic()
        if select.select([output], [], [], max(0.0, min(_TICK, left)))[0]:
            piece = os.read(output.fileno(), LONGEST_OUTPUT)
            if not piece:
                break
            got += piece
        elif ended:
            return bytes(got)  # a program that it started keeps its output open
        elif left <= 0:
            return None
    output.close()
    return _ended(child, bytes(got), until)


def _ended(child: "subprocess.Popen[bytes]", printed: bytes, until: float) -> bytes | None:
    """``printed`` once the command has ended, or at once where it is too much; ``None`` if it does not end in time."""
    import subprocess

    if first_line(printed) is None:
        return printed
    try:
        child.wait(max(0.0, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        return None
    return printed


def first_line(text: bytes) -> bytes | None:
    """The first line; ``None`` where it is longer than what is read."""
    line, end, _ = text.partition(b"\n")
    return None if not end and len(text) > LONGEST_OUTPUT else line.rstrip(b"\r")


def _until(left: float | None) -> float:
    return time.monotonic() + (PATIENCE if left is None else left)


def _bound(left: float | None) -> str:
    return f"within {PATIENCE / 60:g} minutes" if left is None else "before the deadline"


def _too_long() -> str:
    return f"the first line is longer than {LONGEST_OUTPUT // 1024} KiB"
