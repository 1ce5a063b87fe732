"""Our three streams: stdout says whose fault a failed write is, stderr never fails, and a closed one stays closed."""

import codecs
import contextlib
import io
import os
import select
import sys
import time
from collections.abc import Iterator
from typing import TextIO

from davlock.errors import OutputFailed

STDOUT = "stdout"
"""What OutputFailed calls it."""

LACKING = "davlock.lacking"
"""The error handler of our streams."""

MOMENT = 1.0
"""Seconds to wait, on the way out, for a reader of stderr."""


class CheckedStdout(io.TextIOWrapper):
    """A write that fails raises OutputFailed. Once its reader has left, all that is written goes nowhere: the command
    goes on to its end, and its status stays.

    Text is checked, and not bytes: a signal between a write by Python code and the account of it would write twice.
    """

    ends_with_reader = False
    """Whether a reader that has left raises BrokenPipeError: the command works for its reader alone."""

    lost_reader = False
    """Whether the reader has left."""

    what = STDOUT
    """What OutputFailed calls the stream."""

    of_file = False
    """Whether it goes to a file of ``-o``, and not to the stdout that the caller gave."""

    def write(self, text: str, /) -> int:
        """The number of characters."""
        with self._blaming_stdout():
            super().write(text)
        return len(text)

    def flush(self) -> None:
        """Write what is in the buffer."""
        with self._blaming_stdout():
            super().flush()

    @contextlib.contextmanager
    def _blaming_stdout(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            self.lost_reader = True
            if self.ends_with_reader:
                raise
            discard(self)
        except OSError as error:
            raise OutputFailed(self.what, error.strerror or str(error)) from None


def discard(stream: TextIO) -> None:
    """Let all that is written to ``stream`` go nowhere. Python, too, must not find it broken when it exits."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


class LenientStderr(io.TextIOWrapper):
    """What cannot be written is lost, and stops nothing, least of all the release of a lock."""

    def write(self, text: str, /) -> int:
        """The number of characters, whatever becomes of them."""
        with contextlib.suppress(OSError):
            super().write(text)
        return len(text)

    def flush(self) -> None:
        """Write what is in the buffer, if that is possible."""
        with contextlib.suppress(OSError):
            super().flush()


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


def mend_streams() -> None:
    """Make our streams fit to write any text to, and raise no error that Python would report as a bug.

    Python has no stream where the caller closed the descriptor. Something must take its number, or the next socket
    does. A closed stdin is an empty one. A write to a closed stdout fails, because the caller wanted an answer and gets
    none.
    """
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115 -- for as long as we run
    if sys.stdout is None:
        # A write to this descriptor fails with EBADF, like one to a closed descriptor.
        sys.stdout = CheckedStdout(_writer(os.open(os.devnull, os.O_RDONLY)), encoding="utf-8")
    if sys.stderr is None:
        sys.stderr = LenientStderr(_writer(os.open(os.devnull, os.O_WRONLY)), encoding="utf-8")
    for name, kind in (("stdout", CheckedStdout), ("stderr", LenientStderr)):
        stream = getattr(sys, name)
        number = _descriptor(stream)
        if number is not None:
            stream.flush()
            mended = kind(
                _writer(number),
                encoding=stream.encoding,
                line_buffering=stream.line_buffering,
                write_through=stream.write_through,
            )
            setattr(sys, name, mended)
        if isinstance(stream, io.TextIOWrapper):
            codecs.register_error(LACKING, _replace_unencodable)
            getattr(sys, name).reconfigure(errors=LACKING)


def _replace_unencodable(error: UnicodeError) -> tuple[str | bytes, int]:
    """What an encoding lacks: marks get an ASCII form, all else is escaped."""
    from davlock.render.ascii_marks import replace_unencodable

    return replace_unencodable(error)


def _descriptor(stream: object) -> int | None:
    """The descriptor of a stream that Python opened by itself; ``None`` for any other, such as that of a test."""
    if type(stream) is not io.TextIOWrapper:
        return None
    raw = getattr(stream.buffer, "raw", stream.buffer)
    return raw.fileno() if isinstance(raw, io.FileIO) else None


def _writer(number: int) -> io.BufferedWriter:
    """Leaves the descriptor open when it goes, since it is one of the first three."""
    return io.BufferedWriter(io.FileIO(number, "w", closefd=False))
