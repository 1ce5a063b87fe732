"""Runs a command once and says what it cost, and starts the servers. Both in C where there is a compiler."""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


class Failed(Exception):
    """A command did not do what it was to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Seconds of wall and processor time, and MiB at the peak; ``output`` is what it printed."""

    wall: float
    cpu: float
    memory: float
    output: str


def compiled(name: str, scratch: Path) -> Path | None:
    """The program of ``name``.c, compiled anew if it changed; ``None`` without a compiler."""
    compiler = os.environ.get("CC") or shutil.which("cc")
    if compiler is None:
        return None
    source, program = HERE / f"{name}.c", scratch / name
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        subprocess.run([compiler, "-O2", "-o", str(program), str(source), "-lpthread"], check=True)
    return program


class Driver:
    """Runs commands in a clean environment, one at a time."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._measure = compiled("measure", scratch)
        home = scratch / "home"
        home.mkdir(exist_ok=True)
        self._environment = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}

    @property
    def exact(self) -> bool:
        """Whether the memory of small programs is known. Else it is that of this process at least."""
        return self._measure is not None

    def run(self, words: Sequence[str], *, status: int = 0, expects: str = "") -> Cost:
        """What it cost. Raises Failed."""
        out = self._scratch / "output"
        if self._measure is not None:
            asked = subprocess.run(
                [str(self._measure), str(out), *words],
                capture_output=True,
                text=True,
                check=True,
                env=self._environment,
                cwd=self._scratch,
            )
            ended, microseconds, processor, kilobytes = map(int, asked.stdout.split())
            cost = ended, microseconds / 1e6, processor / 1e6, kilobytes / 1024
        else:
            cost = self._spawned(words, out)
        printed = out.read_text(encoding="utf-8", errors="replace")
        got, wall, cpu, memory = cost
        if got != status or expects not in printed:
            messages = Path(f"{out}.err").read_text(encoding="utf-8", errors="replace").strip().splitlines()
            said = messages[-1] if messages else printed[-200:]
            raise Failed(f"{' '.join(words)}: exit status {got}, {said}")
        return Cost(wall=wall, cpu=cpu, memory=memory, output=printed)

    def _spawned(self, words: Sequence[str], out: Path) -> tuple[int, float, float, float]:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(out), flags, 0o644),
            (os.POSIX_SPAWN_OPEN, 2, f"{out}.err", flags, 0o644),
        ]
        begin = time.perf_counter()
        child = os.posix_spawnp(words[0], list(words), self._environment, file_actions=actions)
        _, status, used = os.wait4(child, 0)
        wall = time.perf_counter() - begin
        units = 1024 * 1024 if sys.platform == "darwin" else 1024
        return os.waitstatus_to_exitcode(status), wall, used.ru_utime + used.ru_stime, used.ru_maxrss / units


@contextlib.contextmanager
def served(scratch: Path, milliseconds: int) -> Iterator[str]:
    """The URL of a server that answers after so long."""
    program = compiled("server", scratch)
    command = [str(program)] if program else [sys.executable, "-m", "tests.bench.server"]
    with subprocess.Popen(
        [*command, str(milliseconds)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.stdin.close()
