"""``--save FILE``: also write the screen to a file, as HTML, SVG or Markdown."""

import os
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import click

from davlock.cli.exit_status import for_lost_report
from davlock.cli.output import complain, console_on
from davlock.cli.report_file import write_report
from davlock.errors import LocalProtocolError, OutputFailed
from davlock.render.saved import SavedScreen

if TYPE_CHECKING:
    from davlock.render.tables import Console

KINDS = {".html": "html", ".htm": "html", ".svg": "svg", ".md": "md", ".markdown": "md"}

COLUMNS = 80
"""The width of the screen that is saved, whatever that of the terminal is."""

T = TypeVar("T")


class ScreenFile:
    """The file of ``--save``, and what it is to hold.

    Raises LocalProtocolError for a name that says no kind, and for a folder that cannot be written to.
    """

    def __init__(self, path: str, *, quiet: bool) -> None:
        self._path = path
        self._quiet = quiet
        kind = KINDS.get(os.path.splitext(path)[1].lower())
        folder = os.path.dirname(path) or "."
        if kind is None:
            raise LocalProtocolError(f"--save {path}: the name does not say the kind", "end it in .html, .svg or .md")
        if not os.path.isdir(folder) or not os.access(folder, os.W_OK | os.X_OK):
            raise LocalProtocolError(f"--save {path}: you cannot write to that folder", "name a file in another folder")
        self._kind = kind
        self._screen = SavedScreen()
        self._command = click.get_current_context().command_path

    @property
    def console(self) -> "Console":
        """A console that writes to the file's screen."""
        return console_on(self._screen.stream, color=True, columns=COLUMNS)

    def write(self) -> None:
        """Write the file, if the command has shown anything. Raises OutputFailed."""
        if not self._screen.empty:
            title = f"{self._command}, {datetime.now().astimezone():%Y-%m-%d %H:%M %Z}"
            write_report(self._path, self._screen.document(self._kind, title), option=f"--save {self._path}")
            if not self._quiet:
                complain(f"saved {self._path}")


def run_and_save(file: ScreenFile, command: Callable[[], T]) -> T | int:
    """Run ``command``, and write the file however it ends. Returns the exit status, or raises as ``command`` does."""
    try:
        status = command()
    except BaseException:
        _try_to_write(file)
        raise
    if _try_to_write(file):
        return status
    return for_lost_report(int(status) if isinstance(status, int) else 0, failed=True)


def _try_to_write(file: ScreenFile) -> bool:
    try:
        file.write()
    except OutputFailed as failure:
        complain(str(failure))
        return False
    return True
