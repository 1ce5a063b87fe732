"""A stderr whose reader makes nobody wait: ``davlock run`` must renew and release locks in the meantime."""

import contextlib
import io
import os
import select
import sys
import time
from collections.abc import Iterator
from typing import TextIO

from davlock.posix import POSIX

if not POSIX:
    raise ImportError("davlock run needs poll(2), which only POSIX systems have")

MOMENT = 1.0
"""Seconds to wait, on the way out, for a reader of stderr."""


class NonblockingStderr(io.TextIOBase):
    """Takes the place of stderr where nothing may wait for its reader: davlock must renew and release locks.

    What a full pipe does not take now is kept, and written when there is room. Only one thread may use it.
    """

    # click writes to no stream that lacks them.
    encoding: str = "utf-8"
    errors: str | None = "backslashreplace"

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self.encoding = stream.encoding or self.encoding
        self._stream = stream
        self._kept = bytearray()
        self._poll = select.poll()
        self._poll.register(stream.fileno(), select.POLLOUT)

    def fileno(self) -> int:
        """The descriptor: what asks for the width of the terminal asks this."""
        return self._stream.fileno()

    def isatty(self) -> bool:
        """Returns true if it is a terminal."""
        return self._stream.isatty()

    def writable(self) -> bool:
        """It is."""
        return True

    @property
    def behind(self) -> bool:
        """Returns true if something is not written yet."""
        return bool(self._kept)

    def write(self, text: str, /) -> int:
        """Returns at once."""
        if not isinstance(text, str):
            raise TypeError("text is written to it")
        self._kept += text.encode(self.encoding, "backslashreplace")
        self._write_until(0.0)
        return len(text)

    def flush(self) -> None:
        """Write what can be written at once."""
        self._write_until(0.0)

    def finish(self) -> bool:
        """Wait a moment for what is left; whether all of it was written."""
        self._write_until(time.monotonic() + MOMENT)
        return not self._kept

    def _write_until(self, end: float) -> None:
        while self._kept and self._poll.poll(max(end - time.monotonic(), 0.0) * 1000):
            try:
                # A pipe that is ready takes as much as this without making its writer wait (POSIX, pipe(7)).
                written = os.write(self.fileno(), self._kept[: select.PIPE_BUF])
            except OSError:  # nobody will ever read it
                self._kept.clear()
                return
            del self._kept[:written]


@contextlib.contextmanager
def nonblocking_stderr() -> Iterator[None]:
    """Within it no write to stderr waits for a reader; it stays so if not all could be written in the end."""
    before = sys.stderr
    before.flush()
    try:
        stream = NonblockingStderr(before)
    except OSError:  # a stream without a descriptor makes nobody wait
        yield
        return
    sys.stderr = stream
    try:
        yield
    finally:
        if stream.finish():
            sys.stderr = before
