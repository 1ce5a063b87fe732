"""What each output escapes, one function a sink.

A text from the wire passes through one of these on its way out, and nowhere else. Each begins with
:func:`~davlock.protocol.visible.visible`, but for JSON, which stays lossless, and for commands, which a shell reads.
"""

import json
import re
import shlex
from collections.abc import Iterator
from typing import IO

from davlock.late_pattern import late_pattern
from davlock.protocol.visible import visible
from davlock.render.ascii_marks import ASCII_MARKS

LONGEST = 1000
"""Characters of one text in a report: a reason phrase has no bound, and a report has."""


class Exact(str):
    """A cell for scripts: a URL, a token or a command, that no spreadsheet guard may change."""

    __slots__ = ()


# -- terminals and logs


class LogLines:
    """The stream that rich writes to. No line of it begins as a command of a CI log, wherever rich wrapped the text.

    With ``ascii_marks``, davlock's own marks are written in ASCII, and rich draws nothing else. Everything but
    ``write`` is that of the stream behind it.
    """

    def __init__(self, stream: IO[str], *, ascii_marks: bool = False) -> None:
        self._stream = stream
        self._at_start = True
        self._ascii_marks = ascii_marks

    @property
    def encoding(self) -> str:
        """What rich chooses its lines and marks by."""
        return "ascii" if self._ascii_marks else str(getattr(self._stream, "encoding", None) or "utf-8")

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """As the stream's. A line that only goes on here does not begin here."""
        if self._ascii_marks:
            text = text.translate(ASCII_MARKS)
        begins = self._at_start
        self._at_start = text.endswith("\n") if text else begins
        return self._stream.write(_COMMAND.sub(lambda match: _apart(match, begins), text))


_COMMAND = late_pattern(r"(?m)^((?:[^\S\n]|\x1b\[[0-9;?]*[A-Za-z])*):(?=:)(?:\x1b\[[0-9;]*m)*:")
"""``::`` at the beginning of a line, behind blanks and colours."""


def _apart(match: re.Match[str], begins: bool) -> str:
    return f"{match[1]}:\\x3a" if begins or match.start() else match[0]


def one_line(text: str, most: int = LONGEST) -> str:
    """For a report: no more than ``most`` characters, on one line. XML 1.0 §2.2 and YAML 1.2 §5.1 allow all that
    stays.
    """
    return visible(text if len(text) <= most else f"{text[:most]} …")


# -- tab-separated values

_FORMULA = late_pattern(r"[\s\"']*[=+\-@\uff1d\uff0b\uff0d\uff20]")
"""What a spreadsheet computes. It takes quotes away, and some of them full-width signs for the plain ones."""

_NUMBER = late_pattern(r"[+-]?[0-9]+(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]+)?")


def tsv_cell(cell: object) -> str:
    """An unknown one is empty. A text that a spreadsheet would compute begins with ``'``; numbers and what is
    :class:`Exact` stay.
    """
    if cell is None:
        return ""
    shown = visible(str(cell))
    if isinstance(cell, str) and not isinstance(cell, Exact) and _FORMULA.match(shown) and not _NUMBER.fullmatch(shown):
        return f"'{shown}"
    return shown


def exact(text: object) -> Exact | None:
    """``text`` as :class:`Exact`; ``None`` stays."""
    return None if text is None else Exact(text)


# -- JSON


def json_text(value: object, indent: int | None = None) -> str:
    """JSON in ASCII: a lone surrogate cannot be written to a UTF-8 stream. ``##`` stands escaped, so that no CI system
    finds a command; only a string can hold it.
    """
    return json.dumps(value, ensure_ascii=True, indent=indent).replace("##", "\\u0023\\u0023")


def json_pieces(value: object, indent: int | None = None, *, level: int = 0) -> Iterator[str]:
    """The same in pieces. An iterator in ``value``, or in an object around it, becomes an array whose entries are made
    one by one: a long list is never in memory as JSON.
    """
    if isinstance(value, Iterator):
        opening, closing = "[", "]"
        entries = (("", entry) for entry in value)
    elif isinstance(value, dict) and any(isinstance(entry, Iterator) for entry in value.values()):
        opening, closing = "{", "}"
        entries = ((f"{json_text(name)}: ", entry) for name, entry in value.items())
    else:
        yield json_text(value, indent).replace("\n", _line(indent, level))  # no string of JSON has a line break
        return
    empty = True
    for name, entry in entries:
        yield f"{opening if empty else ',' if indent else ', '}{_line(indent, level + 1)}{name}"
        yield from json_pieces(entry, indent, level=level + 1)
        empty = False
    yield f"{opening}{closing}" if empty else f"{_line(indent, level)}{closing}"


def _line(indent: int | None, level: int) -> str:
    return f"\n{' ' * (indent * level)}" if indent else ""


# -- reports


def yaml_text(value: str | list[str] | None) -> str:
    """A scalar of YAML 1.2 as a JSON string: no text in it can end it."""
    return json.dumps(value, ensure_ascii=False)


def tap_text(text: str) -> str:
    """A description or a reason in TAP 14. Only these two have an escape; a ``#`` could begin a directive."""
    return text.replace("\\", "\\\\").replace("#", "\\#")


def label_value(text: str) -> str:
    """The value of a label in OpenMetrics."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def command_data(text: str) -> str:
    """The message of a workflow command, as github.com/actions/toolkit escapes it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def command_property(text: str) -> str:
    """A property of a workflow command."""
    return command_data(text).replace(":", "%3A").replace(",", "%2C")


_PUNCTUATION = late_pattern(r"[!-+.:-@\[-`{-~]")


def markdown_code(text: str, most: int) -> str:
    """Whatever means something in Markdown, HTML or a table, as a reference: ``|`` and the ``.`` of ``www.`` too."""
    return _PUNCTUATION.sub(lambda sign: f"&#{ord(sign[0])};", one_line(text, most))


def markdown_text(text: str, most: int) -> str:
    """The same outside of code. GitHub finds @names and #numbers in the finished page, where references are undone: an
    empty space parts them.
    """
    return re.sub(r"&#(?:64|35);", r"\g<0>&#8203;", markdown_code(text, most))


# -- commands


def shell_word(word: str) -> str:
    """One word for a POSIX shell, with the meaning that it has. What could act in a terminal stands as ``$'…'``."""
    if visible(word) == word:
        return shlex.quote(word)
    return f"$'{''.join(map(_quoted, word))}'"


_SAFE = frozenset(map(chr, range(0x20, 0x7F))) - frozenset("#:")

_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "'": "\\'", "\\": "\\\\"}


def _quoted(character: str) -> str:
    """Within ``$'…'``. Octal bytes: a shell reads three digits, and never takes what follows for a fourth."""
    if character in _NAMED:
        return _NAMED[character]
    if character in _SAFE or (character.isalnum() and visible(character) == character):
        return character
    try:
        data = character.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        data = character.encode(errors="surrogatepass")
    return "".join(f"\\{byte:03o}" for byte in data)
