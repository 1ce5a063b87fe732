"""Tables for people at a terminal, and the console that all of them are written to."""

import re
from collections.abc import Iterable, Sequence
from typing import IO, TextIO, cast

from rich import box
from rich.console import Console as Console  # cli takes the name from here: only render imports rich
from rich.table import Table
from rich.text import Text

from davlock.diagnosis.age import AgeSource
from davlock.diagnosis.wording import seconds_in_words
from davlock.locks.server_record import holder_name, lock_comment
from davlock.protocol.visible import columns, visible
from davlock.render.notes import note_lines
from davlock.render.result import LockView, Result
from davlock.render.sinks import LogLines

BIG_TABLE = 200
"""Rows beyond which a table is written by :func:`_columns`: rich takes 0.4 ms a row, more than fetching the locks
did.
"""

LOCK_HEADER = ("Owner", "Scope", "Depth", "Timeout", "Ends", "Lock root")

AGE_WORDS = {
    AgeSource.LOCK_TIME: "since it was taken (nc:lock-time)",
    AgeSource.SVN_DATE: "since it was taken or renewed (X-SVN-Creation-Date)",
    AgeSource.LEDGER: "since davlock took it (ledger)",
    AgeSource.UUID1: "since its token was made (the time in it)",
    AgeSource.COUNTDOWN: "since its last refresh (its countdown)",
}


def console_for(
    stream: TextIO, *, color: bool, width: int | None = None, live: bool = False, ascii_marks: bool = False
) -> Console:
    """A console on ``stream`` that interprets nothing in what it is given; ``width`` in columns, ``live`` if what is
    there is drawn anew, ``ascii_marks`` if the terminal may know nothing but ASCII.
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
        width=width,
        legacy_windows=False,
    )


def plain_text(words: str, style: str = "", *, keep_lines: bool = False) -> Text:
    """Wire text as plain text: no markup, no escape sequences."""
    return Text(visible(words, keep_lines=keep_lines), style=style)


def show_locks(console: Console, locks: Sequence[LockView], target: str | None) -> None:
    """Active locks as a table; the tokens below it, each whole on a line of its own.

    The resource of each is shown where any of them was seen on another than ``target``.
    """
    several = len(locks) > 1 and any(view.url != target for view in locks)
    if len(locks) == 1:
        pairs = list(zip(LOCK_HEADER, _lock_cells(locks[0]), strict=True))
        if age := _age_cell(locks[0]):
            pairs.append(("Age", age))
        if locks[0].url and locks[0].url not in (target, locks[0].root):
            pairs.append(("Shown on", locks[0].url))
        show_pairs(console, pairs)
    else:
        ages = [_age_cell(view) for view in locks]
        header = [*(["Resource"] if several else []), *LOCK_HEADER, *(["Age"] if any(ages) else [])]
        rows = [
            [*([short(view.url, target)] if several else []), *_lock_cells(view), *([age] if any(ages) else [])]
            for view, age in zip(locks, ages, strict=True)
        ]
        show_table(console, header, rows)
    tokens = [view for view in locks if view.lock.token is not None]
    if tokens:
        console.print()
    for view in tokens:
        mark = "  (yours)" if view.mine else ""
        label = f"{view.url}  " if several else "token  "
        console.print(plain_text(f"{label}{view.lock.token}{mark}"), soft_wrap=True)


def short(url: str, target: str | None) -> str:
    """``url`` from the collection that was asked on; whole where it is elsewhere."""
    if not target:
        return url
    above = target.rstrip("/") + "/"
    return (url.removeprefix(above) or ".") if url.startswith(above) else url


MOST_OF_AN_OWNER = 200
"""Characters of an owner that a person is shown: clients have written whole documents there."""


def _lock_cells(view: LockView) -> list[str]:
    active = view.lock
    owner = holder_name(active) or "(not shown)"
    if comment := lock_comment(active):
        owner += f" (comment: {comment})"
    timeout = active.timeout.as_sent if active.timeout else "unknown"
    seconds = active.timeout.seconds if active.timeout and not view.endless else None
    if seconds:
        timeout += f" ({seconds_in_words(seconds)})"
    ends = "never" if view.endless else view.ends_at.strftime("%Y-%m-%d %H:%M:%SZ") if view.ends_at else "not known"
    return [
        cut_short(owner, MOST_OF_AN_OWNER),
        active.scope.value if active.scope else "unknown",
        active.depth.value if active.depth else "unknown",
        timeout,
        ends,
        f"{view.root}{'' if active.root else ' (inferred)'}" if view.root else "not told",
    ]


def _age_cell(view: LockView) -> str:
    """The age and how it is known; nothing where it is not, nor of a countdown that the holder began."""
    if view.age is None or (view.mine and view.age.since_refresh):
        return ""
    return f"{seconds_in_words(view.age.seconds)} {AGE_WORDS[view.age.source]}"


def show_table(
    console: Console, header: Sequence[str], rows: Sequence[Sequence[str]], *, whole: str | None = None
) -> None:
    """A table of strings; a very long one is written without rich. The column ``whole`` is never folded."""
    if len(rows) > BIG_TABLE:
        for line in _columns(header, rows):
            console.file.write(line + "\n")
        return
    table = Table(box=box.ROUNDED, header_style="bold", border_style="dim", pad_edge=True)
    for name in header:
        table.add_column(name, overflow="fold", no_wrap=name == whole)
    for cells in rows:
        table.add_row(*(plain_text(cell) for cell in cells))
    console.print(table)


def _columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterable[str]:
    shown = [[visible(cell) for cell in cells] for cells in (header, *rows)]
    plain = all(cell.isascii() for cells in shown for cell in cells)
    measure = len if plain else columns
    widths = [max(measure(cells[index]) for cells in shown) for index in range(len(header))]
    for cells in shown:
        padded = [cell + " " * (width - measure(cell)) for cell, width in zip(cells[:-1], widths[:-1], strict=True)]
        yield "  ".join([*padded, cells[-1]])


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


def show_properties(console: Console, result: Result) -> None:
    """Properties of one or more resources, with the status of each propstat."""
    several = len({entry.url for entry in result.properties or ()}) > 1
    header = [*(["Resource"] if several else []), "Property", "Status", "Value"]
    rows = [
        [
            *([entry.url] if several else []),
            entry.property.name,
            str(entry.status) if entry.status is not None else "none",
            without_declarations(entry.property.xml or entry.property.text),
        ]
        for entry in result.properties or ()
    ]
    show_table(console, header, rows)


def without_declarations(xml: str) -> str:
    """A property's content as a person reads it: namespace declarations are noise here, and TSV and JSON have them."""
    return " ".join(re.sub(r"""\sxmlns(?::[\w.-]+)?=("[^"]*"|'[^']*')""", "", xml).split())


def show_pairs(console: Console, pairs: Sequence[tuple[str, str]]) -> None:
    """Names and values."""
    table = Table(box=box.ROUNDED, show_header=False, border_style="dim")
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, words in pairs:
        table.add_row(plain_text(name), plain_text(words, keep_lines=True))
    console.print(table)
