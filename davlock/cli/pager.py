"""Shows a text that is longer than the terminal through the person's pager, as git does.

What only a pager needs is imported where one may run: without a terminal there is none.
"""

import contextlib
import os
import signal
import sys
from typing import TextIO

import click

PAGERS = ("less", "more")
"""Which to look for where the environment names none."""

FLAGS = "FRX"
"""For less, where LESS does not say: quit if all fits, show colours, and leave the text on the screen."""

LEFT_BY_CTRL_C = (-signal.SIGINT, 128 + signal.SIGINT, 2)
"""How a pager and its shell end where Ctrl-C ends them; ``less -K`` with 2."""


def print_long(text: str, *, pager: bool = True, stream: TextIO | None = None) -> None:
    """Print ``text`` on stdout, or on ``stream``; through the pager if it is longer than the terminal it goes to.

    ``pager`` is false where the person wants none. Escape codes for colour reach only a pager that shows them.
    """
    target = stream or sys.stdout
    command = _command() if pager and _has_keys(target) and _is_longer_than_screen(text) else []
    if not command or not _ran(command, text, target):
        click.echo(text, target, nl=False, color=True)


def _command() -> list[str]:
    """The pager that is installed and wanted; empty if there is none. DAVLOCK_PAGER outweighs PAGER."""
    import shlex
    import shutil

    for name in ("DAVLOCK_PAGER", "PAGER"):
        if (typed := os.environ.get(name)) is not None:
            try:
                words = shlex.split(typed)
            except ValueError:  # a quotation mark that nothing closes
                return []
            return words if words and words != ["cat"] and shutil.which(words[0]) else []
    return next(([name] for name in PAGERS if shutil.which(name)), [])


def _has_keys(stream: TextIO) -> bool:
    """Returns true if ``stream`` is a terminal at which a person can leave a pager."""
    if os.environ.get("TERM", "dumb") in ("", "dumb") or os.environ.get("CI"):
        return False
    try:
        return os.isatty(stream.fileno())
    except (OSError, ValueError):  # no descriptor: the stream of a test
        return False


def _is_longer_than_screen(text: str) -> bool:
    import shutil

    columns, lines = shutil.get_terminal_size((80, 24))
    shown = (len(click.unstyle(line)) for line in text.splitlines())
    return sum(max(-(-width // max(columns, 1)), 1) for width in shown) >= lines


def _ran(command: list[str], text: str, stream: TextIO) -> bool:
    """Returns false if ``command`` cannot be started, or fails before it has read all. To leave it early is no failure.

    It reads a file, and no pipe: its place in the file says how much it has read.
    """
    import subprocess
    import tempfile

    environment = {"LESS": FLAGS, **os.environ}
    if os.path.basename(command[0]) == "less" and "r" not in f"{environment['LESS']} {command[1:]}".lower():
        text = click.unstyle(text)
    stream.flush()
    with contextlib.ExitStack() as stack:
        try:
            page = stack.enter_context(tempfile.TemporaryFile())
            page.write(text.encode(stream.encoding or "utf-8", "backslashreplace"))
            length = page.tell()
            page.seek(0)
            pager = subprocess.Popen(  # noqa: S603 -- the person named it
                command, stdin=page, stdout=stream.fileno(), env=environment
            )
        except OSError:
            return False
        # Ctrl-C reaches the pager, too, which alone knows what it means there.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            status = pager.wait()
        finally:
            signal.signal(signal.SIGINT, before)
            pager.terminate()  # where SIGTERM ended the wait; nothing happens to one that has ended
        read = os.lseek(page.fileno(), 0, os.SEEK_CUR)
    return status == 0 or read == length or (read > 0 and status in LEFT_BY_CTRL_C)
