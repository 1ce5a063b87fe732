"""Print results in the format that was asked for, as they come."""

import io
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, TextIO

import click

from davlock.cli.commands_in_sentences import with_commands_as_typed
from davlock.cli.options import Shared
from davlock.cli.profile_targets import typed_targets
from davlock.cli.server_clock import note_for
from davlock.cli.streams import CheckedStdout
from davlock.errors import OutputFailed
from davlock.protocol.visible import visible

if TYPE_CHECKING:
    from davlock.render.result import Result
    from davlock.render.tables import Console

AT_ONCE = 64 * 1024
"""Characters that are written at once."""

COLUMNS = 80
"""The width of a screen where nothing says another."""

Rows = Callable[["Result"], Iterator[str]]

Document = Callable[[list["Result"]], Iterator[str]]
"""Makes one text of all results, in pieces."""

Show = Callable[["Console", "Result"], None]


class Presenter:
    """One run of one command: takes results one by one, and :meth:`finish` writes what had to wait for all of them.

    With ``err`` it writes to stderr: stdout is somebody else's. ``columns`` are the names of the columns of ``rows``,
    which --columns prints first. ``paged``: at a terminal, what is longer than it goes through the pager. ``documents``
    are more formats, which wait for all results as JSON does.
    """

    def __init__(
        self,
        command: str,
        shared: Shared,
        *,
        rows: Rows,
        show: Show,
        columns: tuple[str, ...] = (),
        err: bool = False,
        paged: bool = False,
        documents: "Mapping[str, Document] | None" = None,
    ) -> None:
        self._command = command
        self._shared = shared
        self._paged = paged
        self._documents = {"json": self._json, **(documents or {})}
        self._stream = sys.stderr if err else sys.stdout
        self._rows = rows
        self._show = show
        self._results: list[Result] = []
        self._unwritten: list[Result] = []
        self._dropped = False
        self._recorder = shared.recorder
        self._screen_file = shared.screen_file
        self.format = chosen_format(shared, self._stream)
        self._color = wants_color(shared, self._stream.isatty())
        self._header = "\t".join(columns) if shared.columns and self.format == "tsv" else ""

    def add(self, result: "Result") -> None:
        """One more result; everything but ``json`` is written at once."""
        write_waiting()
        self._unwritten.append(result)
        if self._recorder is not None:
            self._recorder.add(result)
        if self._screen_file is not None:
            self._show(self._screen_file.console, _without_said(result))
        with self._telling_what_was_done():
            self.write(result)
        if self.format not in self._documents:
            self._unwritten.clear()
        if note := note_for(result, for_people=self.format == "table"):
            complain(note)

    def write(self, result: "Result") -> None:
        """Write one result, or keep it for the end."""
        if self.format in self._documents:
            self._results.append(result)
        elif self.format == "jsonl":
            from davlock.render import json_v1

            echo_pieces(json_v1.line_pieces(self._command, result), self._stream)
        elif self.format == "tsv":
            self.write_header()
            for row in self._rows(_without_said(result)):
                click.echo(row, self._stream)
        elif self._paged:
            with paged_console(self._shared) as page:
                self._show(page, _without_said(result))
        else:
            self._show(console(self._color, self._stream), _without_said(result))

    def write_header(self) -> None:
        """Write the names of the columns, once, where --columns asks for them."""
        if self._header:
            with clear_of_progress():
                click.echo(self._header, self._stream)
            self._header = ""

    def show_all(
        self, show: "Callable[[Console, list[Result]], None]", results: "list[Result]", *, paged: bool = False
    ) -> None:
        """At a terminal, something that several results have in common; ``paged`` as for the presenter."""
        if self._screen_file is not None:
            show(self._screen_file.console, results)
        if self.format == "table":
            self._unwritten.extend(results)
            with self._telling_what_was_done():
                if paged:
                    with paged_console(self._shared) as page:
                        show(page, results)
                else:
                    show(console(self._color), results)
            self._unwritten.clear()

    def stop(self, unread: "Iterable[Result]") -> None:
        """Davlock was stopped before it had a result for ``unread``: a list without them would look complete.

        Where nothing has a result, the file of ``-o`` stays as it was.
        """
        if self.format != "json":
            return
        if not self._results and isinstance(self._stream, CheckedStdout) and self._stream.of_file:
            self._dropped = True
            return
        for result in unread:
            self.write(result)

    def finish(self) -> None:
        """Write what is left."""
        if self._dropped:
            return
        write_waiting()
        self.write_header()
        if self.format in self._documents:
            with self._telling_what_was_done():
                echo_pieces(self._documents[self.format](self._results), self._stream)
            self._unwritten.clear()

    def _json(self, results: "list[Result]") -> Iterator[str]:
        from davlock.render import json_v1

        return json_v1.document_pieces(self._command, results)

    @contextmanager
    def _telling_what_was_done(self) -> Iterator[None]:
        """Where stdout cannot be written, say on stderr what no result says now: what was changed on the server."""
        try:
            with clear_of_progress():
                yield
        except OutputFailed:
            unwritten, self._unwritten = self._unwritten, []
            for result in unwritten:
                for line in _what_was_done(result):
                    complain(line)
            raise


def _what_was_done(result: "Result") -> Iterator[str]:
    """In words, what a command changed; nothing for one that only read."""
    from davlock.diagnosis.evidence import READS

    for view in result.plan or ():
        if view.outcome is not None:
            why = f" ({view.outcome_why})" if view.outcome_why else ""
            yield f"{view.lock.root or view.lock.url}: {view.outcome.value}: {view.lock.lock.token}{why}"
    if result.plan is None and any(exchange.request.method not in READS for exchange in result.exchanges):
        headline = next((finding.headline for finding in result.findings), result.answer)
        tokens = [f"; its token is {view.lock.token}" for view in result.locks or () if view.mine and view.lock.token]
        yield f"{result.target}: {headline}{''.join(tokens[:1])}"


def _without_said(result: "Result") -> "Result":
    """``result`` without the finding that a line on stderr has said, once for each server."""
    from davlock.diagnosis.finding import SAID_ON_STDERR

    if not any(finding.id in SAID_ON_STDERR for finding in result.findings):
        return result
    return replace(result, findings=tuple(finding for finding in result.findings if finding.id not in SAID_ON_STDERR))


def echo_pieces(pieces: Iterable[str], stream: TextIO) -> None:
    """Write a text that comes in pieces, and a line break. Of a long text, only a part is in memory."""
    text = io.StringIO()
    for piece in pieces:
        text.write(piece)
        if text.tell() >= AT_ONCE:
            click.echo(text.getvalue(), stream, nl=False)
            text = io.StringIO()
    click.echo(text.getvalue(), stream)


_waiting: deque[str] = deque()
"""Lines of other threads for stderr, which the main thread writes."""


def complain(words: str) -> None:
    """One line on stderr, from davlock. A command in it names the target as it was typed."""
    write_line(f"davlock: {visible(with_commands_as_typed(words, typed_targets().shared))}")


_terminal = threading.RLock()
"""Held by whoever writes to the terminal: a thread writes the progress line."""

_clear: list[Callable[[], None]] = []
"""Takes the progress line away, where one is shown."""


def keep_clear_of(clear: Callable[[], None] | None) -> None:
    """Call ``clear`` before the next line on the terminal; ``None`` where no progress line is shown any more."""
    _clear[:] = [] if clear is None else [clear]


@contextmanager
def clear_of_progress(*, erase: bool = True) -> Iterator[None]:
    """Within it no progress line is on the terminal, and none comes; without ``erase``, one that is there stays."""
    with _terminal:
        if erase and _clear:
            _clear[0]()
        yield


@contextmanager
def room_for_question() -> Iterator[None]:
    """Within it nothing stands where a question is asked: no progress line, and no table that takes whole lines."""
    write_waiting()
    with clear_of_progress(), getattr(sys.stderr, "making_room", nullcontext)():
        yield


def write_line(line: str) -> None:
    """One line on stderr. From another thread than the main one, it waits until that writes something or waits."""
    _waiting.append(line)
    if threading.current_thread() is threading.main_thread():
        write_waiting()


def write_waiting() -> None:
    """Write the lines of other threads. For the main thread."""
    if not _waiting:
        return
    with clear_of_progress():
        while _waiting:
            click.echo(in_this_locale(_waiting.popleft()), err=True)


def in_this_locale(line: str) -> str:
    """``line`` as stderr can show it."""
    if line.isascii() or not wants_ascii(sys.stderr):
        return line
    from davlock.render.ascii_marks import ASCII_MARKS

    return line.translate(ASCII_MARKS)


def echo_for_script(text: str) -> None:
    """A line that a script reads as it is. What acts in a terminal or a CI log is escaped, and stderr says so: no
    honest server has it in a token.
    """
    shown = visible(text)
    if shown != text:
        complain("the token has characters that act in a terminal or a CI log: they are escaped, --json has them")
    with clear_of_progress():
        click.echo(shown)


def chosen_format(shared: Shared, stream: TextIO | None = None) -> str:
    """``auto`` is TSV for a list that no terminal gets, else a table; ``stream`` is stdout unless it is named."""
    if shared.format != "auto":
        return shared.format
    for_people = shared.document or shared.color == "always" or (stream or sys.stdout).isatty()
    return "table" if for_people else "tsv"


def wants_color(shared: Shared, terminal: bool) -> bool:
    """--color decides, then FORCE_COLOR, then NO_COLOR, then whether there is a terminal that can."""
    if shared.color != "auto":
        return shared.color == "always"
    if os.environ.get("FORCE_COLOR"):
        return True
    if os.environ.get("NO_COLOR"):
        return False
    return terminal and os.environ.get("TERM") != "dumb"


@contextmanager
def paged_console(shared: Shared) -> "Iterator[Console]":
    """A console for stdout. What is written to it is printed at the end, through the pager if that is needed."""
    with _paged(shared) as kept:
        yield console(wants_color(shared, sys.stdout.isatty()), kept)


def print_lines(shared: Shared, lines: Callable[[int, bool], Iterable[str]]) -> None:
    """Prints as :func:`paged_console` does, without colours. ``lines`` gets the columns, and whether all is ASCII."""
    from davlock.render.sinks import LogLines
    from davlock.render.styled_lines import NARROWEST

    with _paged(shared) as kept:
        ascii_only = wants_ascii(kept)
        stream = LogLines(kept, ascii_marks=ascii_only)
        for line in lines(max(_width(), NARROWEST), ascii_only):
            stream.write(f"{line}\n")


@contextmanager
def _paged(shared: Shared) -> Iterator[TextIO]:
    if not sys.stdout.isatty():  # no pager: a long list need not be in memory as a whole
        try:
            yield sys.stdout
        finally:
            sys.stdout.flush()
        return
    from davlock.cli.pager import print_long

    kept = io.TextIOWrapper(io.BytesIO(), encoding=sys.stdout.encoding or "utf-8", errors="backslashreplace")
    try:
        yield kept
    finally:
        kept.seek(0)
        print_long(kept.read(), pager=not (shared.no_pager or shared.no_input))


def console(color: bool, stream: TextIO | None = None) -> "Console":
    """A console on stdout, or on ``stream``: as wide as COLUMNS says, else the terminal, else 80."""
    stream = stream or sys.stdout
    return console_on(stream, color=color, columns=_width(), ascii_marks=wants_ascii(stream))


def _width() -> int:
    """Columns of a screen: in a file as in a pipe, whatever the terminal has."""
    if isinstance(sys.stdout, CheckedStdout) and sys.stdout.of_file:
        typed = os.environ.get("COLUMNS", "")
        return int(typed) if typed.isdecimal() and int(typed) else COLUMNS
    import shutil

    return shutil.get_terminal_size((COLUMNS, 24)).columns


def console_on(stream: TextIO, *, color: bool, columns: int, ascii_marks: bool = False) -> "Console":
    """A console on ``stream`` of that many ``columns``."""
    from davlock.render.tables import console_for

    return console_for(stream, color=color, width=columns, ascii_marks=ascii_marks)


def wants_ascii(stream: TextIO) -> bool:
    """Whether marks beyond ASCII may not be readable: by the encoding, or because the locale is named C or POSIX.

    Python writes UTF-8 in that locale (PEP 540), whatever the terminal can show.
    """
    locale = next(filter(None, (os.environ.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG"))), "")
    encoding = (getattr(stream, "encoding", None) or "utf-8").lower().replace("_", "-")
    return locale in ("C", "POSIX") or not encoding.startswith("utf")
