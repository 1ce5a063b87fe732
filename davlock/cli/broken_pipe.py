"""A reader of stdout that has had enough: no error, and no reason to lose the exit status.

:class:`~davlock.cli.streams.CheckedStdout` lets what is written then go nowhere.
"""

import os
import select
import stat
import sys
import time
from collections.abc import Callable

from davlock.cli.streams import CheckedStdout
from davlock.posix import POSIX

NAP = 0.5
"""Seconds that it sleeps at a time."""


def end_with_reader() -> None:
    """From now on a reader of stdout that has left ends the command, with status 0: all its work is for that reader."""
    if isinstance(sys.stdout, CheckedStdout):
        sys.stdout.ends_with_reader = True


def lost_reader() -> bool:
    """Returns true if the reader of stdout has left, so that something was not read."""
    return isinstance(sys.stdout, CheckedStdout) and sys.stdout.lost_reader


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
    if not POSIX:
        return time.sleep
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
