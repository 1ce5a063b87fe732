"""Runs davlock's command line: in this process for speed, or as the installed command where the process matters."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from davlock.cli.main import ENDING, ENDING_RUN
from davlock.cli.main import run as run_command_line
from tests.cli.forked import Forked, startable

_FOREIGN = ("CI", "DAVLOCK_", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "NETRC")


@dataclass(frozen=True, slots=True)
class Done:
    """What a command left: its exit status, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """stdout as one JSON document."""
        return json.loads(self.out)

    @property
    def result(self) -> Any:
        """The only RESULT of the document."""
        (only,) = self.json["results"]
        return only

    @property
    def ids(self) -> list[str]:
        """The findings of the only RESULT."""
        return [str(finding["id"]) for finding in self.result["findings"]]

    @property
    def rows(self) -> list[list[str]]:
        """stdout as tab-separated lines."""
        return [line.split("\t") for line in self.out.splitlines()]


class _Stream(io.TextIOWrapper):
    """A text stream over bytes that says what it is told to say about being a terminal."""

    def __init__(self, data: bytes = b"", *, terminal: bool = False) -> None:
        self.raw_bytes = io.BytesIO(data)
        self._terminal = terminal
        super().__init__(self.raw_bytes, encoding="utf-8", newline="")

    def isatty(self) -> bool:
        return self._terminal

    def text(self) -> str:
        self.flush()
        return self.raw_bytes.getvalue().decode()


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment without what would change the output; ``TERM`` is that of a terminal that can do colour."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_FOREIGN) and not name.lower().endswith("_proxy")
    }
    return {**kept, "TERM": "xterm", "COLUMNS": "100", **(extra or {})}


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def run(*arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None, tty: bool = False) -> Done:
    """``davlock arguments…`` in this process; ``tty`` makes stdout a terminal."""
    streams = sys.stdin, sys.stdout, sys.stderr
    out, err = _Stream(terminal=tty), _Stream()
    handlers = {number: signal.getsignal(number) for number in ENDING + ENDING_RUN}
    with _environment(clean_environment(env)):
        sys.stdin, sys.stdout, sys.stderr = _Stream(stdin), out, err
        try:
            code = run_command_line(list(arguments))
        finally:
            sys.stdin, sys.stdout, sys.stderr = streams
            for number, handler in handlers.items():
                signal.signal(number, handler)
    return Done(int(code), out.text(), err.text())


_DAVLOCK = (sys.executable, "-m", "davlock")

_HASTY = (
    sys.executable,
    "-c",
    "import sys; from davlock.operations import lock_answer; from davlock.__main__ import main\n"
    "lock_answer.ANSWER_SECONDS = float(sys.argv.pop(1))\n"
    "sys.exit(main())",
)


def popen(
    *arguments: str,
    env: Mapping[str, str] | None = None,
    stdout: int = subprocess.PIPE,
    measured: bool = True,
    answer_seconds: float | None = None,
    fresh: bool = False,
) -> subprocess.Popen[bytes]:
    """``davlock arguments…`` as a process of its own, with pipes at its three streams.

    Not ``measured`` where a signal is to interrupt it in the middle of anything: coverage holds a lock of its own now
    and then, and a process that is interrupted there waits for it for ever. ``answer_seconds`` is how long it waits
    after a signal for the answer to LOCK, where that is not to be the usual time. ``fresh`` where the start of Python
    or the imports matter; the others are forks (see :mod:`tests.cli.forked`).
    """
    environment = clean_environment(env)
    if not measured:
        environment = {name: value for name, value in environment.items() if not name.startswith("COV")}
    seconds = "" if answer_seconds is None else str(answer_seconds)
    command: list[str]
    if fresh or not startable(environment):
        kind: type[subprocess.Popen[bytes]] = subprocess.Popen
        command = [*(_HASTY if seconds else _DAVLOCK), *filter(None, [seconds]), *arguments]
    else:
        kind, command = Forked, [seconds, *arguments]
    process = kind(command, stdin=subprocess.PIPE, stdout=stdout, stderr=subprocess.PIPE, env=environment)
    _started.append(process)
    return process


_started: list[subprocess.Popen[bytes]] = []


def end_all() -> None:
    """End what :func:`popen` started and a test that failed left behind: another would be blamed for it."""
    while _started:
        process = _started.pop()
        if process.poll() is None:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


def run_process(*arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Done:
    """Like :func:`run`, in a process of its own."""
    with popen(*arguments, env=env) as process:
        out, err = process.communicate(stdin, timeout=60)
    return Done(process.returncode, out.decode(), err.decode())


def wait_for(seen: Callable[[], bool], seconds: float = 60) -> None:
    """Until ``seen()``; the bound is for what never comes, and no measure of how fast a machine is."""
    deadline = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < deadline, f"not seen within {seconds} s"
        time.sleep(0.01)


def leave_early(process: subprocess.Popen[bytes]) -> tuple[bytes, int]:
    """Read a little of stdout, as head(1) does, and close it; what stderr said then, and the exit status."""
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdin is not None
    process.stdout.read(10)
    process.stdout.close()
    process.stdin.close()
    said = process.stderr.read(), process.wait(60)
    process.stderr.close()
    return said
