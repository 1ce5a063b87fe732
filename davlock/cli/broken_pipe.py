"""A reader of stdout that has had enough: no error, and no reason to lose the exit status."""

import os
import select
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

NAP = 0.5
"""Seconds that it sleeps at a time."""


def discard_stdout() -> None:
    """Python must not find it broken again when it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def tolerate_broken_pipe() -> Iterator[None]:
    """Within it stdout is written to; if nobody reads it any more, the rest goes nowhere."""
    try:
        yield
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):  # the latter is what rich makes of it
        discard_stdout()


def pause_for_a_reader() -> Callable[[float], object]:
    """A sleep that ends with BrokenPipeError once nobody reads stdout any more: there may be nothing to write for
    hours, and ``davlock watch … | head -1`` is to end.

    It is taken in pieces: a signal that comes just before a sleep begins does not end it, and is noticed after it.
    """
    nap = _nap()

    def pause(seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            nap(min(left, NAP))

    return pause


def _nap() -> Callable[[float], object]:
    try:
        number = sys.stdout.fileno()
        pipe = stat.S_ISFIFO(os.fstat(number).st_mode)
    except (OSError, ValueError):
        pipe = False
    if not pipe:
        return time.sleep
    poll = select.poll()
    poll.register(number, 0)  # errors alone, which are told unasked

    def nap(seconds: float) -> None:
        if poll.poll(seconds * 1000):
            raise BrokenPipeError

    return nap
