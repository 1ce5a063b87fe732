"""One line on stderr that says how far a command has come, if it takes long.

At a terminal the line is rewritten in place, and is gone before anything else is printed. Elsewhere a line a minute
shows in a log that davlock is still at work. A thread of its own writes it: the command may wait for a slow server.
"""

import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING

import click

from davlock.cli.output import clear_of_progress, in_this_locale, keep_clear_of
from davlock.posix import POSIX
from davlock.protocol.visible import columns, visible

if TYPE_CHECKING:
    from davlock.cli.options import Shared

DELAY = 2.0
"""Seconds before the line is shown: a command that ends sooner needs none."""

PAUSE = 0.5
"""Seconds between two forms of the line."""

IN_A_LOG = 60.0
"""Seconds between two lines where none can be taken back."""

LARGE = 1_000_000
"""Bytes that take longer than a moment to read."""

ECHO = 2
"""Columns of the ^C that a terminal writes behind the line."""

Words = Callable[[], str]
"""Asked for when the line is written. Empty: there is nothing to say."""


class ProgressLine:
    """A context manager that shows the line while it lasts, and clears it at the end.

    It prints nothing with --quiet, nor where stderr has a trace. ``idle`` are the words while nothing else is told.
    """

    def __init__(self, *, wanted: bool = True, idle: Words = str) -> None:
        self.on = wanted and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._logs = wanted and not self.on
        self._idle = idle
        self._words = idle
        self._width = 0  # columns up to the cursor; 0 where there is no line
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> "ProgressLine":
        if self.on or self._logs:
            self._thread = threading.Thread(target=self._keep_writing, name="progress", daemon=True)
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Show nothing any more: the terminal is somebody else's from now on."""
        self._over.set()
        self.clear()
        keep_clear_of(None)

    def tell(self, words: Words) -> None:
        """From now on the line says ``words``."""
        self._words = words

    @contextmanager
    def telling(self, words: Words) -> Iterator["ProgressLine"]:
        """Within it the line says ``words``, or what is told then."""
        before, self._words = self._words, words
        try:
            yield self
        finally:
            self._words = before

    def _keep_writing(self) -> None:
        if POSIX:  # the main thread alone is to be interrupted
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        pause = IN_A_LOG if self._logs else DELAY
        while not self._over.wait(pause):
            self.write()
            pause = IN_A_LOG if self._logs else PAUSE

    def write(self) -> None:
        """Write the line, or the next one of a log."""
        words = visible(self._words() or self._idle())
        if not words:
            return
        if self._logs:
            with clear_of_progress():
                if not self._over.is_set():
                    click.echo(in_this_locale(f"davlock: {words}"), err=True)
            return
        room = _room()
        line = fitting(in_this_locale(words), room)
        with clear_of_progress(erase=False):
            if self._over.is_set():
                return
            width = columns(line)
            before = min(self._width, room)  # the window may be narrower by now: more spaces would begin a new line
            # One write, without an empty line in between: it does not flicker.
            click.echo(f"\r{line}{' ' * (before - width)}", err=True, nl=False)
            self._width = max(before, width)  # where the cursor is
            keep_clear_of(self.clear)

    def clear(self) -> None:
        """Make room for something that stays. Spaces erase the line on every terminal, and in a log of one."""
        with clear_of_progress(erase=False):
            if self._width:
                click.echo(f"\r{' ' * (min(self._width, _room()) + ECHO)}\r", err=True, nl=False)
                self._width = 0


def _room() -> int:
    """Columns for the line, in the window as it is now."""

    return max(shutil.get_terminal_size((80, 24)).columns - 1 - ECHO, 1)


def fitting(words: str, width: int) -> str:
    """``words`` on one line of ``width`` columns, without the parts that have no room: a line that wraps cannot be
    rewritten.
    """
    width = max(width, 1)
    while columns(words) > width and ", " in words:
        words = words.rpartition(", ")[0]
    while columns(words) > width:
        words = words[:-1]
    return words


def progress_of(shared: "Shared") -> ProgressLine:
    """The line of the command, or one that nobody sees."""
    return shared.progress if shared.progress is not None else ProgressLine(wanted=False)


def progress_of_reading(octets: int, shared: "Shared") -> ProgressLine:
    """The line of a command that asks no server, and reads so many bytes. Small files are read before it shows."""
    from davlock.cli.pace import size

    return ProgressLine(wanted=not shared.quiet and octets >= LARGE, idle=lambda: f"reading {size(octets)}")
