"""Our three streams: stdout says whose fault a failed write is, stderr never fails, and a closed one stays closed."""

import codecs
import contextlib
import io
import os
import sys
from collections.abc import Iterator
from typing import TextIO

from davlock.errors import OutputFailed

STDOUT = "stdout"
"""What OutputFailed calls it."""

LACKING = "davlock.lacking"
"""The error handler of our streams."""


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
