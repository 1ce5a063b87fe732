"""Tables for people at a terminal, and the console that all of them are written to."""

import re
from collections.abc import Sequence
from typing import IO, TextIO, cast

from rich.console import Console as Console  # cli takes the name from here: only render imports rich
from rich.table import Table
from rich.text import Text

from davlock.protocol.visible import visible
from davlock.render.draw_rows import show_rows
from davlock.render.notes import note_lines
from davlock.render.result import Result
from davlock.render.row_list import RowColumn, row_list
from davlock.render.sinks import LogLines
from davlock.render.styled_lines import NARROWEST
from davlock.render.trimmed import Trimmed


def console_for(
    stream: TextIO, *, color: bool, width: int | None = None, live: bool = False, ascii_marks: bool = False
) -> Console:
    """A console on ``stream`` that interprets nothing in what it is given; ``width`` in columns, ``live`` if what is
    there is drawn again, ``ascii_marks`` if the terminal may know nothing but ASCII.
    """
    return Console(
        file=cast("IO[str]", LogLines(stream, ascii_marks=ascii_marks)),
        force_terminal=live or color,
        color_system="standard" if color else None,
        no_color=not color,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=False,
        width=max(width, NARROWEST) if width is not None else None,
        legacy_windows=False,
    )


def plain_text(words: str, style: str = "", *, keep_lines: bool = False) -> Text:
    """Wire text as plain text: no markup, no escape sequences."""
    return Text(visible(words, keep_lines=keep_lines), style=style)


def show_table(
    console: Console, header: Sequence[str], rows: Sequence[Sequence[str]], *, whole: str | None = None
) -> None:
    """A table of strings. The column ``whole`` is never folded."""
    shown = row_list([RowColumn(title=name, whole=name == whole) for name in header], rows, heavy=False)
    show_rows(console, shown)


def hang(console: Console, lead: Text, words: str, style: str = "") -> None:
    """``words`` wrapped behind ``lead``, further lines under the first, and no white space at the end of any."""
    indent = lead.cell_len + 1
    lines = plain_text(words, style).wrap(console, max(console.width - indent, 20), overflow="fold")
    for number, line in enumerate(lines):
        line.rstrip()
        before = Text.assemble(lead, " ") if number == 0 else Text(" " * indent)
        console.print(Text.assemble(before, line), soft_wrap=True)


def cut_short(text: str, most: int) -> str:
    """``text`` on one line, and no more of it than a person reads."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else f"{flat[:most]} … ({len(flat) - most} more characters)"


def show_skipped(console: Console, result: Result) -> None:
    """What was not asked or could not be told."""
    for line in note_lines(result.skipped):
        console.print(plain_text(f"Note: {line}", "dim"))


def without_declarations(xml: str) -> str:
    """A property's content as a person reads it: namespace declarations are noise here, and TSV and JSON have them."""
    return " ".join(re.sub(r"""\sxmlns(?::[\w.-]+)?=("[^"]*"|'[^']*')""", "", xml).split())


def show_pairs(console: Console, pairs: Sequence[tuple[str, str]]) -> None:
    """Names and values."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, words in pairs:
        table.add_row(plain_text(name), plain_text(words, keep_lines=True))
    console.print(Trimmed(table, whole=False))
