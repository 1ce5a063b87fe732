"""``--exec``: a command of the person's own, run when something happened to a watched lock.

What comes from the wire reaches it in the environment and nowhere else: an owner can hold whatever a shell would obey.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time

from davlock.cli.output import complain
from davlock.operations.changes import LockChange
from davlock.posix import POSIX

if not POSIX:
    raise ImportError("--exec needs the shell and the process groups of a POSIX system")

LONGEST = 30_000
"""Characters of a variable: Linux takes 128 KiB, and a character can be four bytes."""

_TICK = 0.05
"""Seconds between looks whether the command has ended."""

_PIPE = 65536
"""Bytes that a pipe holds, most often."""

GRACE = 2.0
"""Seconds that the command has to end after it was asked to."""


class OnChange:
    """Runs ``command`` by /bin/sh, once for each event, one after the other; ``interval`` is that of the looks.

    With ``shared`` the terminal holds a table that its output must not run into: then each line goes to stderr as
    Python knows it, which is written above the table.
    """

    def __init__(self, command: str, *, interval: float, shared: bool) -> None:
        self._command = command
        self._interval = interval
        self._shared = shared

    def run(self, event: LockChange) -> None:
        """Run it, and wait for its end. It ends with us, whatever ends us."""
        begun = time.monotonic()
        try:
            # In a group of its own, so that what it starts ends with it, and Ctrl-C reaches it through us.
            process = subprocess.Popen(  # noqa: S603 -- it is the person's own command line
                ["/bin/sh", "-c", self._command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if self._shared else 2,
                stderr=subprocess.STDOUT if self._shared else None,
                env={**os.environb, **variables(event)},
                process_group=0,
            )
        except OSError as error:
            complain(f"--exec: {error.strerror}")
            return
        try:
            self._relay(process)
            status = process.wait()
        except BaseException:
            _end(process)
            raise
        if status != 0:
            how = f"exit status {status}" if status > 0 else f"signal {-status}"
            complain(f"--exec: the command for “{event.happening.value}” failed with {how}")
        took = time.monotonic() - begun
        if took > self._interval:
            complain(
                f"--exec: the command for “{event.happening.value}” took {took:.0f} s, longer than --interval: there"
                " was no reading in the meantime"
            )

    def _relay(self, process: "subprocess.Popen[bytes]") -> None:
        """Until the shell ends, and then what is there: what it left in the background may keep the pipe for long."""
        if process.stdout is None:
            return
        with process.stdout as pipe:
            os.set_blocking(pipe.fileno(), False)
            rest = b""
            while True:
                ended = process.poll() is not None
                if select.select([pipe], [], [], 0 if ended else _TICK)[0]:
                    data = os.read(pipe.fileno(), _PIPE)
                    if not data:
                        break
                    *lines, rest = (rest + data).split(b"\n")
                    _write(lines)
                if ended:
                    break
            _write([rest] if rest else [])


def _write(lines: list[bytes]) -> None:
    for line in lines:
        sys.stderr.write(line.decode(errors="replace") + "\n")
    sys.stderr.flush()


def variables(event: LockChange) -> dict[bytes, bytes]:
    """What the command is told."""
    held = event.held
    values = {
        "EVENT": event.happening.value,
        "URL": event.url,
        "OWNER": held.owner if held else "",
        "TOKEN": (held.token or "") if held else "",
        "RENEWAL": held.renewal.value if held else "",
        "SECONDS": "" if event.left is None else str(round(event.left)),
    }
    return {
        f"DAVLOCK_{name}".encode(): value.replace("\0", "")[:LONGEST].encode(errors="backslashreplace")
        for name, value in values.items()
    }


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End it and what it has started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
            return
