"""One line on stderr that says how far a long command has come; only where somebody sees it come and go."""

import sys
import time
from collections.abc import Callable
from types import TracebackType

import click

from davlock.cli.options import Shared
from davlock.cli.output import write_waiting

_DELAY = 0.5
"""Seconds before the line is shown: a command that ends sooner needs none."""

_PAUSE = 0.1
"""Seconds between two forms of the line: terminals are slow, and eyes are slower."""


class ProgressLine:
    """A context manager that takes the line away at the end. Does nothing where stderr is no terminal, or is used for
    a trace.
    """

    def __init__(self, shared: Shared, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.on = sys.stderr.isatty() and not shared.quiet and not shared.verbose
        self._clock = clock
        self._shown = False
        self._next = clock() + _DELAY

    def __enter__(self) -> "ProgressLine":
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.clear()

    def tell(self, words: str) -> None:
        """``words`` in place of what was there; first what other threads have to say."""
        write_waiting()
        if self.on and self._clock() >= self._next:
            self._next = self._clock() + _PAUSE
            self._shown = True
            click.echo(f"\r{words}\x1b[K", err=True, nl=False)

    def clear(self) -> None:
        """Make room for something that stays."""
        if self._shown:
            self._shown = False
            click.echo("\r\x1b[K", err=True, nl=False)
