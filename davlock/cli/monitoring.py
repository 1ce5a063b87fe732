"""``check --format nagios``: what a monitoring system needs besides the report."""

import contextlib
import io
import os
import sys
from collections.abc import Iterator, Sequence

import click

from davlock.cli.monitoring_state import MonitoringState, for_monitored_error
from davlock.cli.options import NAGIOS
from davlock.cli.usage_errors import usage_words
from davlock.errors import Cancelled, DavlockError
from davlock.render.nagios import first_line


def is_monitored(arguments: Sequence[str]) -> bool:
    """Returns true if a monitoring system reads the output, also of a command line that is wrong."""
    if not arguments or arguments[0] != "check":
        return False
    chosen = os.environ.get("DAVLOCK_FORMAT", "")
    for number, word in enumerate(arguments):
        if word == "--json":
            chosen = "json"
        elif word.startswith("--format="):
            chosen = word.partition("=")[2]
        elif word == "--format":
            chosen = "".join(arguments[number + 1 : number + 2])
    return chosen == NAGIOS


@contextlib.contextmanager
def stderr_last() -> Iterator[None]:
    """Within it, stderr waits until stdout is written: Icinga reads both as one, and the first line counts."""
    kept, stream = io.StringIO(), sys.stderr
    try:
        with contextlib.redirect_stderr(kept):
            yield
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            stream.write(kept.getvalue())
            stream.flush()


def say_state_of_error(error: BaseException) -> int:
    """Print the line for what ended the command, and return its state."""
    state = for_monitored_error(error)
    try:
        click.echo(first_line(state.name, _words(error)))
        sys.stdout.flush()
    except (OSError, DavlockError):
        return MonitoringState.UNKNOWN
    return state


def _words(error: BaseException) -> str:
    if isinstance(error, click.UsageError):
        return usage_words(error, "davlock check")
    if isinstance(error, click.ClickException):
        return error.format_message()
    if isinstance(error, KeyboardInterrupt | click.Abort) and not isinstance(error, Cancelled):
        return "interrupted"
    return error.about() if isinstance(error, DavlockError) else f"{type(error).__name__}: {error}"
