"""davlock as it is attacked: a process with folders of its own, and what must hold however it ends."""

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from davlock.cli.exit_status import ExitStatus
from tests.cli.command import clean_environment
from tests.cli.reflecting import Search
from tests.measured import Launcher, Measured, Streams

ROOT = Path(__file__).parents[2]

SECONDS = 30.0
"""Within these a command ends, if nothing that was typed says otherwise."""
PEAK_BYTES = 150_000_000
OUTPUT_BYTES = 64_000_000

DOCUMENTED = frozenset(ExitStatus) - {ExitStatus.BUG}

_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]")
"""Control characters, but for tab and line breaks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A command line, and what stands around it."""

    arguments: tuple[str, ...]
    """What is not UTF-8 stands in them as os.fsdecode() has it."""
    module: str = "davlock"
    """The Python module that runs."""
    through: tuple[str, ...] = ()
    """A command that gets davlock's as its last arguments, and starts it: env(1), sh(1) with ulimit."""
    stdin: bytes = b""
    environment: Mapping[str, str] = field(default_factory=dict)
    streams: Streams | None = None
    """Where not stdin, and files that are read afterwards, stand at the three streams."""
    seconds: float = SECONDS
    peak_bytes: int = PEAK_BYTES
    documented: frozenset[int] = DOCUMENTED
    """The exit statuses that are right here."""
    secrets: tuple[str, ...] = ()
    """What must not be in any output and in any file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A run, and what is wrong with it."""

    name: str
    measured: Measured
    out: bytes
    err: bytes
    faults: tuple[str, ...]
    executions: int = 0
    """How often readers were called in it, if it is not a run of the command."""


class Victim:
    """Runs davlock in ``folder``, which is its home."""

    def __init__(self, launcher: Launcher, folder: Path) -> None:
        self._launcher = launcher
        self.folder = folder
        self.state = folder / "state"

    def start(self, order: Order) -> int:
        """Start it, and return its process id; :meth:`finish` must follow."""
        for name in ("stdin", "out", "err"):
            (self.folder / name).write_bytes(order.stdin if name == "stdin" else b"")
        files = Streams(**{key: str(self.folder / name) for key, name in _FILES.items()})
        return self._launcher.start(
            [*order.through, sys.executable, "-m", order.module, *order.arguments],
            environment=clean_environment(self._environment() | dict(order.environment)),
            folder=self.folder,
            streams=order.streams or files,
        )

    def finish(
        self, order: Order, name: str, *, found: Callable[[Measured], Iterable[str]] = lambda ended: ()
    ) -> Ended:
        """Wait for the end, and judge it; ``found`` gives the faults that only the attack can see, at the end."""
        measured = self._launcher.wait(order.seconds)
        out, err = ((self.folder / stream).read_bytes() for stream in ("out", "err"))
        faults = (*found(measured), *judged(order, measured, out, err), *self._leaks(order))
        return Ended(name=name, measured=measured, out=out, err=err, faults=faults)

    def run(self, order: Order, name: str) -> Ended:
        """:meth:`start` and :meth:`finish`."""
        self.start(order)
        return self.finish(order, name)

    def _environment(self) -> dict[str, str]:
        return {
            "HOME": str(self.folder),
            "XDG_STATE_HOME": str(self.state),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "DAVLOCK_NO_INPUT": "1",
            "PYTHONPATH": str(ROOT),
        }

    def _leaks(self, order: Order) -> list[str]:
        if not order.secrets:
            return []
        return [
            f"leaked {leak}" for leak in Search(order.secrets).leaks_in(self.folder) if not leak.startswith("stdin")
        ]


_FILES = {"stdin": "stdin", "stdout": "out", "stderr": "err"}


def judged(order: Order, measured: Measured, out: bytes, err: bytes) -> list[str]:
    """Everything that is wrong with a run, by what it printed and took."""
    faults = []
    if measured.overran:
        faults.append(f"still ran after {order.seconds:g} s")
    elif measured.code not in order.documented:
        faults.append(f"exit status {measured.code}")
    if b"Traceback (most recent call last)" in out + err:
        faults.append("a traceback")
    if measured.peak_bytes > order.peak_bytes:
        faults.append(f"{measured.peak_bytes / 1e6:.0f} MB")
    if len(out) + len(err) > OUTPUT_BYTES:
        faults.append(f"{len(out) + len(err)} bytes of output")
    return faults + control_faults(out, err)


def control_faults(out: bytes, err: bytes) -> list[str]:
    """Control characters in what was printed."""
    return [
        f"{name} has the control character {match[0]!r}"
        for name, text in (("stdout", out), ("stderr", err))
        if (match := _CONTROL.search(text))
    ]
