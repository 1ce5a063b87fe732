"""One line on stderr that says how far a long command has come.

At a terminal the line is rewritten in place, and is gone before anything else is printed. Elsewhere, for a command that
wants it, a line a minute shows in a log that davlock is still at work.
"""

import os
import shutil
import sys
import time
from types import TracebackType

import click

from davlock.cli.options import Shared
from davlock.cli.output import complain, keep_clear_of, write_waiting
from davlock.protocol.visible import columns, visible

_DELAY = 0.5
"""Seconds before the line is shown: a command that ends sooner needs none."""

_PAUSE = 0.1
"""Seconds between two forms of the line: terminals are slow, and eyes are slower."""

_IN_A_LOG = 60.0
"""Seconds between two lines where none can be taken back."""


class ProgressLine:
    """A context manager that clears the line at the end. It prints nothing with --quiet, nor where stderr has a trace.

    ``logs``: where stderr is no terminal, write a line a minute.
    """

    def __init__(self, shared: Shared, *, logs: bool = False) -> None:
        wanted = not shared.quiet and not shared.verbose
        self.on = wanted and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._logs = wanted and logs and not self.on
        self._width = 0  # columns that the line takes up; 0 where there is none
        self._next = time.monotonic() + (_IN_A_LOG if self._logs else _DELAY)

    def __enter__(self) -> "ProgressLine":
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.clear()

    def tell(self, words: str) -> None:
        """Show ``words`` in place of the line before; lines of other threads come first."""
        write_waiting()
        if not (self.on or self._logs) or time.monotonic() < self._next:
            return
        if self._logs:
            self._next = time.monotonic() + _IN_A_LOG
            complain(words)
            return
        self._next = time.monotonic() + _PAUSE
        line = _fitting(words, shutil.get_terminal_size((80, 24)).columns - 1)
        self.clear()
        click.echo(line, err=True, nl=False)
        self._width = columns(line)
        keep_clear_of(self.clear)

    def clear(self) -> None:
        """Make room for something that stays. Spaces erase the line on every terminal, and in a log of one."""
        if self._width:
            click.echo(f"\r{' ' * self._width}\r", err=True, nl=False)
            self._width = 0
        keep_clear_of(None)


def _fitting(words: str, width: int) -> str:
    """``words`` on one line of ``width`` columns: a line that wraps cannot be rewritten."""
    line = visible(words)
    while columns(line) > max(width, 1):
        line = line[:-1]
    return line
