"""Words with a style, wrapped and set in two columns, without rich."""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise, zip_longest

from davlock.protocol.visible import columns

NARROWEST = 20
"""Columns below which no terminal is laid out: no name would be left of a row."""

Line = tuple[tuple[str, str], ...]
"""The parts of a line: a text and its style, such as ``bold``."""


def plain(line: Line) -> str:
    """``line`` without its styles."""
    return "".join(text for text, _ in line)


def widest(cells: Iterable[Line]) -> int:
    """The columns of the widest of ``cells``."""
    return max((columns(plain(cell)) for cell in cells), default=0)


def trimmed(line: Line) -> Line:
    """``line`` without blanks at its end."""
    return _cut(line, 0, len(plain(line).rstrip()))


def wrapped(line: Line, width: int, *, folds: bool = True) -> Iterator[Line]:
    """``line`` in lines of ``width`` columns. A longer word is folded, or cut if it must not fold."""
    text = plain(line)
    for start, end in pairwise((0, *_breaks(text, width, folds=folds), len(text))):
        blanks = end - start - len(text[start:end].rstrip())
        end -= min(blanks, max(columns(text[start:end]) - width, 0))
        yield _cut(line, start, end) if folds else _shortened(_cut(line, start, end), width)


def beside(cells: tuple[Line, Line], widths: tuple[int, int], *, folds: bool = True) -> Iterator[tuple[Line, Line]]:
    """Two cells wrapped side by side, and filled with blanks. The words of the first are cut rather than folded;
    without ``folds``, it stays on one line.
    """
    name, words = cells
    first = list(wrapped(name, widths[0], folds=False)) if folds else [_shortened(name, widths[0])]
    second = list(wrapped(words, widths[1])) if widths[1] > 0 else []
    for left, right in zip_longest(first, second, fillvalue=()):
        yield _filled(left, widths[0]), _filled(right, widths[1])


def _filled(line: Line, width: int) -> Line:
    return (*line, (" " * (width - columns(plain(line))), ""))


def _shortened(line: Line, width: int) -> Line:
    text = plain(line)
    return line if columns(text) <= width else ((f"{_pieces(text, width - 1)[0]}…", line[0][1]),)


def _cut(line: Line, start: int, end: int) -> Line:
    """The part of ``line`` between two places of its text."""
    parts, place = [], 0
    for text, style in line:
        if part := text[max(start - place, 0) : max(end - place, 0)]:
            parts.append((part, style))
        place += len(text)
    return tuple(parts)


def _breaks(text: str, width: int, *, folds: bool) -> Iterator[int]:
    """The places where new lines begin: before the first word that has no room, and in words that are too long."""
    used = 0
    for match in re.finditer(r"\s*\S+\s*", text):
        word, start = match[0], match.start()
        needed = columns(word.rstrip())
        if needed <= width - used:
            used += columns(word)
            continue
        pieces = _pieces(word, width) if folds and needed > width else [word]
        for piece in pieces:
            if start:
                yield start
            start += len(piece)
        used = columns(pieces[-1])


def _pieces(word: str, width: int) -> list[str]:
    """``word`` in pieces of ``width`` columns."""
    pieces = [""]
    for character in word:
        if pieces[-1] and columns(pieces[-1] + character) > width:
            pieces.append("")
        pieces[-1] += character
    return pieces
