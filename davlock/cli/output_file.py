"""``-o FILE``: what a command prints on stdout goes to a file."""

import contextlib
import functools
import io
import os
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, TypeVar

import click

from davlock.cli.options import OUTPUT_FILE, Shared
from davlock.cli.output import complain
from davlock.cli.report_file import FileBeside, is_device
from davlock.cli.streams import CheckedStdout, discard
from davlock.errors import LocalProtocolError, OutputFailed

FORMATS = {
    "json": "JSON: --json",
    "jsonl": "JSON lines: --format jsonl",
    "tsv": "TSV: --format tsv",
    "table": "a table: --format table",
}
"""Names of formats that people of kubectl give to -o, each with what to type here."""

NOT_HERE = ("yaml", "wide", "csv", "text", "name")
"""Formats that other tools have under -o, and davlock has not."""

BY_NAME = {
    ".tsv": ("tsv", "for TSV, add --format tsv"),
    ".json": ("json", "for JSON, add --json"),
    ".jsonl": ("jsonl", "for JSON lines, add --format jsonl"),
    ".html": ("", "for the screen as HTML, use --save instead of -o"),
    ".svg": ("", "for the screen as SVG, use --save instead of -o"),
    ".md": ("", "for the screen as Markdown, use --save instead of -o"),
}
"""Ends of names that promise a format, each with what to type for it."""

WRITTEN = ("save", "bundle", "reports")
"""Options whose files the command writes."""

T = TypeVar("T")


class FileOutput(CheckedStdout):
    """Takes the place of stdout. A write that fails raises OutputFailed, which names the file."""

    of_file = True

    def __init__(self, number: int, path: str) -> None:
        super().__init__(io.BufferedWriter(io.FileIO(number, "w")), encoding="utf-8", errors="backslashreplace")
        self.what = f"-o {path}"

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        """Write the rest. What failed once does not fail again, nor in place of an error that was there before."""
        try:
            self.flush()
        except OutputFailed:
            discard(self)
            if kind is None:
                raise
        finally:
            self.close()


def refuse_output(context: click.Context) -> None:
    """Raise LocalProtocolError for a FILE that is a format, or one that the command itself reads or writes."""
    path = str(context.params["output"])
    if not path or path.endswith(os.sep):
        # Else davlock takes a lock first, and then has no place for its token.
        what, way = (
            (f"{path} names a folder", "name a file in it") if path else ("it is empty", "is a variable not set?")
        )
        raise LocalProtocolError(f"-o needs the name of a file: {what}", way)
    hint = f"for a file of that name: -o ./{path}"
    if path in FORMATS:
        raise LocalProtocolError(f"-o names a file; for {FORMATS[path]}", hint)
    if path in NOT_HERE:
        raise LocalProtocolError("-o names a file; formats are --json and --format jsonl, tsv or table", hint)
    for name, values in context.params.items():
        for value in values if isinstance(values, tuple) else (values,) if name != "output" else ():
            used = getattr(value, "path", value)  # of --report, the file in it
            if isinstance(used, str) and _is_one_file(used, path, written=name in WRITTEN):
                raise LocalProtocolError(f"-o {path}: the command itself uses that file", "name another one")


def doubt_name(path: str, shared: Shared) -> str:
    """What to say if the name of the file promises another format than it gets; empty if it does not."""
    chosen = shared.format if shared.format != "auto" else "text" if shared.document else "tsv"
    promised, advice = BY_NAME.get(os.path.splitext(path)[1].lower(), (chosen, ""))
    return f"{path} gets {'TSV' if chosen == 'tsv' else chosen}; {advice}" if promised != chosen else ""


def _is_one_file(used: str, path: str, *, written: bool) -> bool:
    try:
        return os.path.realpath(used) == os.path.realpath(path) and (written or os.path.isfile(used))
    except (OSError, ValueError):  # text that cannot be the name of a file
        return False


def write_output_file(shared: Shared, command: Callable[[], T]) -> T:
    """Run ``command`` with its results in the file of ``-o``."""
    context, path = click.get_current_context(), shared.output or ""
    refuse_output(context)
    if not shared.quiet and (words := doubt_name(path, shared)):
        complain(words)
    return run_into_file(path, command, streamed=shared.format == "jsonl" or context.info_name == "watch")


def output_file_option(function: Callable[..., T]) -> Callable[..., T]:
    """``-o`` alone, for commands that print a text."""

    @functools.wraps(function)
    def command(*args: Any, output: str | None, **kwargs: Any) -> T:
        if output is None or output == "-":
            return function(*args, **kwargs)
        refuse_output(click.get_current_context())
        return run_into_file(output, lambda: function(*args, **kwargs), streamed=False)

    return OUTPUT_FILE(command)


def run_into_file(path: str, command: Callable[[], T], *, streamed: bool) -> T:
    """Run ``command``, and have all that it prints on stdout in ``path``. Raises OutputFailed.

    The file is written whole, in one step. It stays as it was if the command fails before it has printed anything, and
    if the disk is full.
    ``streamed``: each line is there at once, as behind ``>``.
    """
    if streamed or is_device(path):
        with _blaming(path):
            number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        with FileOutput(number, path) as output, contextlib.redirect_stdout(output):
            return command()
    with _blaming(path):
        beside = FileBeside(path)
    try:
        with FileOutput(beside.number, path) as output, contextlib.redirect_stdout(output):
            ended = command()
    except BaseException as error:
        # What was printed may name a lock that was taken: it is not lost because something failed later. What the disk
        # has no room for is cut in the middle, and stderr says what it would have said.
        unwritten = isinstance(error, OutputFailed) and error.what == output.what
        if not unwritten and os.path.getsize(beside.name):
            _put_in_place(beside, path)
        else:
            beside.drop()
        raise
    _put_in_place(beside, path)
    return ended


def _put_in_place(beside: FileBeside, path: str) -> None:
    try:
        beside.keep()
    except OSError as error:
        why = error.strerror or str(error)
        raise OutputFailed(f"-o {path}", why, hint=f"what it would hold is in {beside.name}") from None


@contextlib.contextmanager
def _blaming(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputFailed(f"-o {path}", error.strerror or str(error)) from None
