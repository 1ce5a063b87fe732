"""A reader of stdout that has had enough: no error, and no reason to forget what is to be told by the exit status."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


def let_go_of_stdout() -> None:
    """Python must not find it broken again when it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def as_far_as_it_is_read() -> Iterator[None]:
    """Within it stdout is written to; if nobody reads it any more, the rest goes nowhere."""
    try:
        yield
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):  # the latter is what rich makes of it
        let_go_of_stdout()
