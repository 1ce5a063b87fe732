"""Runs commands from a small process, and measures them: CPU, memory, time.

A child that is forked from a large process counts that process's memory as its own peak. Hence a launcher that imports
next to nothing: what it starts has a peak of its own. A launcher runs one command at a time.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_MOST = 4 * 2**30
"""Bytes of data that a command may take: one that would take all memory fails alone."""

_LAUNCHER = (
    rf"MOST = {_MOST}"
    + r"""
import json, os, resource, sys, time
for line in sys.stdin:
    order = json.loads(line)
    started = time.monotonic()
    pid = os.fork()
    if not pid:
        try:
            os.setsid()
            resource.setrlimit(resource.RLIMIT_DATA, (MOST, MOST))
            os.chdir(order["folder"])
            for number, (path, flags) in enumerate(order["streams"]):
                if path is None:
                    os.close(number)
                    continue
                opened = os.open(path, flags, 0o600)
                if opened != number:
                    os.dup2(opened, number)
                    os.close(opened)
            os.execvpe(order["command"][0], order["command"], order["environment"])
        except BaseException as error:
            os.write(2, repr(error).encode())
        os._exit(127)
    print(json.dumps({"pid": pid}), flush=True)
    _, status, used = os.wait4(pid, 0)
    seconds = time.monotonic() - started
    print(json.dumps({"code": os.waitstatus_to_exitcode(status), "seconds": seconds,
                      "cpu": used.ru_utime + used.ru_stime, "kilobytes": used.ru_maxrss}), flush=True)
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """What stands at the three streams of a command: paths, or ``None`` for a stream that is closed."""

    stdin: str | None = os.devnull
    stdout: str | None = os.devnull
    stderr: str | None = os.devnull


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """How a command ended, and what it took."""

    code: int
    """The exit status, or the negative number of the signal that ended it."""
    seconds: float
    cpu_seconds: float
    """In the process itself and in its children that it waited for."""
    peak_bytes: int
    """The largest resident set, of the process or of one of its children."""
    overran: bool
    """Whether it was killed, as it took longer than it was given."""


class Launcher:
    """A process that starts others; a context manager."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _LAUNCHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def start(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        streams: Streams = Streams(),
    ) -> int:
        """Start ``command`` in a session of its own, and return its process id; :meth:`wait` must follow."""
        write = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        order = {
            "command": list(command),
            "environment": dict(environment),
            "folder": str(folder),
            "streams": [(streams.stdin, os.O_RDONLY), (streams.stdout, write), (streams.stderr, write)],
        }
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()
        pid: int = self._answer()["pid"]
        self._pid = pid
        return pid

    def wait(self, seconds: float) -> Measured:
        """Wait until the command ends; after ``seconds`` its whole session is killed."""
        assert self._process.stdout is not None
        began = time.monotonic()
        ready, _, _ = select.select([self._process.stdout], [], [], seconds)
        if not ready:
            self.kill()
        ended = self._answer()
        return Measured(
            code=ended["code"],
            seconds=ended["seconds"] if ready else time.monotonic() - began,
            cpu_seconds=ended["cpu"],
            peak_bytes=ended["kilobytes"] * 1024,
            overran=not ready,
        )

    def run(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        seconds: float,
        streams: Streams = Streams(),
    ) -> Measured:
        """:meth:`start` and :meth:`wait`."""
        self.start(command, environment=environment, folder=folder, streams=streams)
        return self.wait(seconds)

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send a signal to the session of the command that runs."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._pid, number)

    def _answer(self) -> Any:
        # select() and a buffered reader go together here: a line is read only when nothing else can have come.
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())
