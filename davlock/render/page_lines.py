"""The page of a status or a finding as lines of styled words: the answer stands in a light frame, above the rest.

At a terminal rich colours the lines. A pipe needs no rich, and importing it takes longer than all the rest.
"""

import re
from collections.abc import Iterator, Sequence
from math import ceil

from davlock.protocol.visible import visible
from davlock.render.styled_lines import Line, beside, trimmed, widest, wrapped
from davlock.render.topic_pages import FEW, Page, answers, background, commonest

WIDEST = 100
"""Columns: longer lines are hard to read, however wide the terminal is."""

LABEL = len("What it means")

_GAP = 2
"""Columns between a name and its words, also where a frame is drawn there."""

_FRAME, _ASCII_FRAME = ("╭─┬╮", "│", "╰─┴╯"), ("+--+", "|", "+--+")
"""The marks of the edge above, of the sides, and of the edge below; of an edge the left, the line, the middle and the
right.
"""

_Row = tuple[Line, Line]


def page_lines(page: Page, room: int, *, ascii_only: bool) -> Iterator[Line]:
    """One page in ``room`` columns: the answer, what it may be confused with, and the commonest findings."""
    width = min(room, WIDEST)
    if page["kind"] == "status":
        yield from wrapped(((visible(f"{page['id']} {page['title']}"), "bold"),), room)
    else:
        yield from wrapped(((visible(page["id"]), "bold"),), room)
        yield from wrapped(styled(page["title"]), width)
    yield from _framed(_rows(answers(page)), width, _ASCII_FRAME if ascii_only else _FRAME)
    yield from map(trimmed, _pairs(_rows(background(page)), width))
    if page["findings"]:
        yield ()
        yield from map(trimmed, _findings(page, room))
    yield ()
    for entry in page["references"]:
        yield ((f"{visible(entry['title'])}: {visible(entry['url'])}", ""),)


def styled(words: str) -> Line:
    """Plain words. What stands between backquotes is bold, and loses them."""
    parts = re.split(r"`([^`]+)`", visible(words))
    return tuple((part, "bold" if place % 2 else "") for place, part in enumerate(parts) if part)


def _rows(pairs: Sequence[tuple[str, str]]) -> list[_Row]:
    return [(((visible(name), "bold"),), styled(words)) for name, words in pairs]


def _framed(rows: Sequence[_Row], width: int, marks: tuple[str, str, str]) -> Iterator[Line]:
    """Rows in a frame of ``width`` columns. What the words do not need is shared by both columns."""
    above, side, below = marks
    room = width - 3
    label = min(widest(row[0] for row in rows), LABEL)
    names, words = _widths(label + _GAP, widest(row[1] for row in rows) + _GAP, room)
    spare = room - names - words
    names, words = names + ceil(spare * names / (names + words)), words + spare * words // (names + words)
    yield _edge(above, names, words)
    edge, blank = (side, "dim"), (" ", "")
    for row in rows:
        for name, text in beside(row, (names - _GAP, words - _GAP)):
            yield (edge, blank, *name, blank, edge, blank, *text, blank, edge)
    yield _edge(below, names, words)


def _edge(marks: str, names: int, words: int) -> Line:
    return ((f"{marks[0]}{marks[1] * names}{marks[2]}{marks[1] * words}{marks[3]}", "dim"),)


def _pairs(rows: Sequence[_Row], room: int) -> Iterator[Line]:
    """Rows without a frame, as wide as their words."""
    label = min(widest(row[0] for row in rows), LABEL)
    names, words = _widths(label + _GAP, widest(row[1] for row in rows), room)
    for row in rows:
        for name, text in beside(row, (names - _GAP, words)):
            yield (*name, (" " * _GAP, ""), *text)


def _findings(page: Page, room: int) -> Iterator[Line]:
    """What explains a status most often, below a heading as wide as the list. The ids are never folded."""
    count = len(page["findings"])
    all_of_them = f" All {count}: `davlock explain --list {page['id']}`" if count > FEW else ""
    rows: list[_Row] = [(((visible(name), ""),), styled(words)) for name, words in commonest(page)]
    names, words = _widths(widest(row[0] for row in rows) + _GAP, widest(row[1] for row in rows), room, folds=False)
    yield from wrapped(styled(f"What davlock finds most often.{all_of_them}"), names + words)
    for row in rows:
        for name, text in beside(row, (names - _GAP, words), folds=False):
            yield (*name, (" " * _GAP, ""), *text)


def _widths(first: int, second: int, room: int, *, folds: bool = True) -> tuple[int, int]:
    """Two columns that fit in ``room``: the wider one shrinks, down to the other; then both. Without ``folds``, the
    first shrinks only if nothing is left of the second.
    """
    first, second = min(first, room), min(second, room)
    if not folds:
        second = min(second, max(room - first, 0))
        return min(first, room), second
    excess = max(first + second - room, 0)
    wider, narrower = max(first, second), min(first, second)
    if excess <= wider - narrower:
        return (first, second - excess) if second >= first else (first - excess, second)
    rest = 2 * narrower - room
    return narrower - round(rest / 2), narrower - (rest - round(rest / 2))
