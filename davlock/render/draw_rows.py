"""Draws a list at a terminal: a rich table, and for very long lists the same look without rich."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from davlock.late_pattern import late_pattern
from davlock.protocol.visible import columns, visible
from davlock.render.commands import shell_line
from davlock.render.row_list import RowColumn, RowList
from davlock.render.trimmed import Trimmed

MOST_WITH_RICH = 200
"""Rows beyond which rich is not asked: it takes 0.4 ms a row, more than fetching the locks did."""

LONGEST_WITH_RICH = 200_000
"""Characters in all rows beyond which rich is not asked: it takes sixteen times their memory."""

GAP = 2
"""Blanks between two columns."""

NARROWEST = 8
"""Columns of the terminal that a text keeps at least, however narrow the terminal is."""

PLAIN_LINE = box.Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
"""``SIMPLE_HEAD`` for terminals without line drawing."""


def show_rows(console: Console, shown: RowList) -> None:
    """Print a list: its head, the rows, its foot, and last the commands, each whole on a line of its own."""
    if shown.head:
        console.print(Text(visible(shown.head), style="bold"), soft_wrap=True)
    if shown.columns:
        _show_table(console, shown)
    for line in shown.lines:
        console.file.write(visible(line) + "\n")  # rich takes some hundred times the memory of a long line
    for sentence in shown.foot:
        for line in _sentence_lines(console, visible(sentence)):
            console.print(Text(line), soft_wrap=True)
    for command in shown.commands:
        console.print(Text.assemble("→ ", (shell_line(command), "bold")), soft_wrap=True)


def _show_table(console: Console, shown: RowList) -> None:
    shown, rows, widths = _fitted(shown, console.width)
    if len(rows) > MOST_WITH_RICH or sum(len(cell) for row in rows for cell in row) > LONGEST_WITH_RICH:
        for line in _lines(console, shown, rows, widths):
            console.file.write(line + "\n")
    else:
        console.print(_table(console, shown, rows, widths))


def rows_table(console: Console, shown: RowList) -> Trimmed:
    """Returns the rows of a short list as something that rich can draw again and again."""
    return _table(console, *_fitted(shown, console.width))


def _table(console: Console, shown: RowList, rows: Sequence[Sequence[str]], widths: Sequence[int]) -> Trimmed:
    style = box.SIMPLE_HEAD if not console.options.ascii_only else PLAIN_LINE
    table = Table(
        box=style if shown.heavy else None,
        show_edge=False,
        pad_edge=False,
        padding=(0, GAP - 1 if shown.heavy else GAP, 0, 0),  # a box has a blank of its own between two columns
        header_style="bold",
        border_style="dim",
        show_header=any(column.title for column in shown.columns),
    )
    for column, width in zip(shown.columns, widths, strict=True):
        table.add_column(column.title, width=width, justify="right" if column.right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell, _style(column, cell)) for column, cell in zip(shown.columns, row, strict=True)))
    return Trimmed(table, whole=False)


def _style(column: RowColumn, cell: str) -> str:
    if column.good and cell.startswith(column.good):
        return "green"
    return "yellow" if column.bad and cell.startswith(column.bad) else ""


SEPARATOR = " · "


def _sentence_lines(console: Console, sentence: str) -> Iterator[str]:
    """Yields a sentence in lines; one of several parts is parted between two of them, if that is enough."""
    line = ""
    for part in sentence.split(SEPARATOR):
        longer = line + SEPARATOR + part if line else part
        if columns(longer) > console.width and line:
            yield from _folded(console, line, console.width)
            longer = part
        line = longer
    yield from _folded(console, line, console.width)


_GUIDES = "│├└─ "
"""What the drawing of a tree begins with: harmless, one column each, and not worth a look at every character."""


def _visible_cell(cell: str) -> str:
    name = cell.lstrip(_GUIDES)
    return cell[: len(cell) - len(name)] + visible(name)


def _cell_width(cell: str) -> int:
    if cell.isascii():
        return len(cell)
    name = cell.lstrip(_GUIDES)
    return len(cell) - len(name) + columns(name)


Cells = list[tuple[str, ...]]


def _fitted(shown: RowList, room: int) -> tuple[RowList, Cells, list[int]]:
    """Returns a list that fits in ``room`` if that can be, its rows as they are printed, and the width of each column.

    If it is too wide, the columns that it can do without go first, the last one before all others. Then dates lose the
    year, and at last the widest texts are folded.
    """
    rows = [tuple(map(_visible_cell, row)) for row in shown.rows]
    widths = _whole_widths(shown, rows)
    while _sum(widths) > room and any(column.spare for column in shown.columns):
        spare = max(place for place, column in enumerate(shown.columns) if column.spare)
        shown = replace(shown, columns=shown.columns[:spare] + shown.columns[spare + 1 :])
        rows = [row[:spare] + row[spare + 1 :] for row in rows]
        del widths[spare]
    if _sum(widths) <= room:
        return shown, rows, widths
    rows = _changed(shown, rows, lambda column, cell, width: _YEAR.sub("", cell) if column.dated else cell, widths)
    widths = _folded_widths(shown, rows, room)
    folded = _changed(shown, rows, lambda column, cell, width: _fold_path(cell, width) if column.path else cell, widths)
    return shown, folded, widths


_YEAR = late_pattern(r"\b\d{4}-(?=\d\d-\d\d )")


def _changed(shown: RowList, rows: Cells, change: Callable[[RowColumn, str, int], str], widths: Sequence[int]) -> Cells:
    return [
        tuple(change(column, cell, width) for column, cell, width in zip(shown.columns, row, widths, strict=True))
        for row in rows
    ]


def _sum(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1)


def _whole_widths(shown: RowList, rows: Cells) -> list[int]:
    titles = tuple(column.title for column in shown.columns)
    return [max(map(_cell_width, cells)) for cells in zip(titles, *rows, strict=True)]


def _folded_widths(shown: RowList, rows: Cells, room: int) -> list[int]:
    """Returns the width of each column, where the widest texts are folded first.

    No word and no name of a path is broken as long as there is another way.
    """
    needed = _whole_widths(shown, rows)
    room -= GAP * (len(needed) - 1)
    some, every = [not column.whole for column in shown.columns], [True] * len(needed)
    words = [
        max(_longest_part(cell, path=column.path) for cell in (column.title, *cells))
        for column, cells in zip(shown.columns, zip(*rows, strict=True), strict=True)
    ]
    for may_fold, least in ((some, words), (some, None), (every, None)):
        if sum(needed) > room:
            needed = _narrowed(needed, may_fold, room, least or [0] * len(needed))
    return needed


def _longest_part(cell: str, *, path: bool) -> int:
    """Returns the width of the longest word of a cell, or of the longest name of a path."""
    return max(map(_cell_width, cell.replace("/", "/ ").split() if path else cell.split()), default=0)


def _fold_path(cell: str, width: int) -> str:
    """Returns a path with line breaks: behind slashes, and in a name only if that is too long. A tree is drawn on."""
    if _cell_width(cell) <= width:
        return cell
    name = cell.lstrip(_GUIDES)
    lead = cell[: len(cell) - len(name)]
    lines = [""]
    for part in re.split("(?<=/)", name):
        if lines[-1] and _cell_width(lines[-1] + part) > width - len(lead):
            lines.append("")
        for character in part:
            if lines[-1] and _cell_width(lines[-1] + character) > width - len(lead):
                lines.append("")
            lines[-1] += character
    below = lead.translate(_BELOW)
    # The blanks of a tree must not become line breaks.
    return "\n".join([lead + lines[0], *(below + line for line in lines[1:])]).replace(" ", "\u00a0")


_BELOW = str.maketrans("├└─", "│  ")
"""What stands below the drawing of a tree where a name goes on in the next line."""


def _narrowed(needed: list[int], may_fold: list[bool], room: int, least: list[int]) -> list[int]:
    """Returns the widths with the widest of those that may fold cut to one limit, so that all fit if that can be.

    No column becomes narrower than ``least``.
    """
    kept = sum(width for width, folds in zip(needed, may_fold, strict=True) if not folds)
    limit = min(max((width for width, folds in zip(needed, may_fold, strict=True) if folds), default=0), room)

    def cut(limit: int) -> list[int]:
        return [
            min(width, max(limit, low)) if folds else width
            for width, folds, low in zip(needed, may_fold, least, strict=True)
        ]

    while limit > NARROWEST and sum(cut(limit)) > room and kept < room:
        limit -= 1
    return cut(limit)


def _lines(console: Console, shown: RowList, rows: Sequence[Sequence[str]], widths: Sequence[int]) -> Iterator[str]:
    """Yields what the table would show, line by line."""
    rights = [column.right for column in shown.columns]
    if titles := [column.title for column in shown.columns]:
        yield _line(titles, widths, rights)
    if shown.heavy:
        yield ("-" if console.options.ascii_only else "─") * (sum(widths) + GAP * (len(widths) - 1))
    for row in rows:
        if all(_cell_width(cell) <= width for cell, width in zip(row, widths, strict=True)):
            yield _line(row, widths, rights)
            continue
        folded = [_folded(console, cell, width) for cell, width in zip(row, widths, strict=True)]
        for number in range(max(map(len, folded))):
            yield _line([lines[number] if number < len(lines) else "" for lines in folded], widths, rights)


def _line(cells: Iterable[str], widths: Iterable[int], rights: Iterable[bool]) -> str:
    padded = []
    for cell, width, right in zip(cells, widths, rights, strict=True):
        blank = " " * (width - _cell_width(cell))
        padded.append(blank + cell if right else cell + blank)
    return (" " * GAP).join(padded).rstrip()


def _folded(console: Console, cell: str, width: int) -> list[str]:
    return [line.plain.rstrip() for line in Text(cell).wrap(console, width, overflow="fold")]
