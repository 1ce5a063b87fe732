"""What pasting does to a text, undone: marks, quotes, numbers and escapes that were not there when it was recorded.

Each step leaves a text alone that does not have its mark throughout, so that a body which happens to look so stays as
it is. The steps are tried again after each that changed something: a quoted listing has line numbers below its quotes.
"""

import json
import re
from collections.abc import Callable
from itertools import pairwise

from davlock.capture.foreign import without_colours
from davlock.protocol.character_references import unescaped
from davlock.values import dataclass

ROUNDS = 4
"""How often the steps are tried."""

_QUOTE = re.compile(r"^[ \t]{0,3}>[ \t]?", re.MULTILINE)
_NUMBERED = re.compile(r"[ \t]{0,8}(\d{1,6})(?:[:|)]?[ \t]|[:|)]|$)[ \t|]{0,3}")
_NUMBER = re.compile(r"^[ \t]{0,8}\d{1,6}[:|)]?[ \t]?")
_PREFIX = re.compile(r"([\w.-]{1,40}[ \t]*\| ?|[│┃|] ?)")
_BOX = re.compile(r"^[╷╵╭╰─]+[ \t]*$\n?", re.MULTILINE)
_FENCE = re.compile(r"^[ \t]{0,8}(?:```|~~~)[\w+-]{0,20}[ \t]*$\n?", re.MULTILINE)
_SYSLOG = re.compile(r"^(?:<\d{1,3}>)?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S{1,80} \S{1,80}: ?", re.MULTILINE)
_LOGCAT = re.compile(
    r"^\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\s{1,6}\d{1,7}\s{1,6}\d{1,7} [VDIWEF] [\w.-]{1,60} {0,20}: ?", re.MULTILINE
)
_BRACKETED = re.compile(r"^\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z?\] ", re.MULTILINE)
_CONTAINER = re.compile(
    r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}(?:Z|[+-]\d\d:\d\d) (?:stdout|stderr) [FP] ", re.MULTILINE
)
_DOCKER = re.compile(r"\{\"log\":\"")
_ERASE = re.compile(r"\x1b\[\d?K")
_ENTITY = re.compile(r"&(?:lt|gt|quot|amp|#3[49]|nbsp);")
_TAG = re.compile(r"<[?/]?[A-Za-z]")


@dataclass(frozen=True, slots=True)
class UndoneText:
    """A text as it was before it was pasted, and what had to be removed for that."""

    text: str
    removed: tuple[str, ...] = ()


def undo_pasting(text: str) -> UndoneText:
    """Undoes what pasting did to ``text``."""
    removed: list[str] = []
    text = text.replace("\r\n", "\n").replace("\r\r\n", "\n")
    for _ in range(ROUNDS):
        before = text
        for name, step in _STEPS:
            changed = step(text)
            if changed != text:
                text = changed
                if name not in removed:
                    removed.append(name)
        if text == before:
            break
    return UndoneText(text, tuple(removed))


def is_quoted(text: str) -> bool:
    """Returns true if every line is quoted as in a mail: those are the lines that curl sends."""
    lines = [line for line in text.split("\n") if line.strip()]
    return len(lines) > 1 and all(line.lstrip().startswith(">") for line in lines)


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def _without_quotes(text: str) -> str:
    lines = _lines(text)
    quoted = sum(line.lstrip().startswith(">") for line in lines)
    if quoted * 10 < len(lines) * 6 or not lines:
        return text
    # What curl -v sent is marked the same way; its answer then is marked with another sign.
    if any(line.startswith(("< ", "* ")) for line in lines):
        return text
    return _QUOTE.sub("", text)


def _without_numbers(text: str) -> str:
    numbers: list[int] = []
    lines = text.split("\n")
    for line in lines:
        if not line.strip():
            continue
        match = _NUMBERED.match(line)
        if match is None:
            return text
        numbers.append(int(match[1]))
    if text.count("\t") == 0 and len(numbers) < 2:
        return text
    if not numbers or numbers[0] > 1000 or any(after != before + 1 for before, after in pairwise(numbers)):
        return text
    return "\n".join(_NUMBER.sub("", line) for line in lines)


def _without_prefix(text: str) -> str:
    text = _BOX.sub("", text) if "╷" in text else text
    lines = _lines(text)
    first = next((match for line in lines[:4] if (match := _PREFIX.match(line)) is not None), None)
    if first is None or len(lines) < 2:
        return text
    prefix = first[1].rstrip()
    if sum(line.startswith(prefix) for line in lines) * 10 < len(lines) * 8:
        return text
    mark = re.compile(r"^" + re.escape(prefix) + r" ?", re.MULTILINE)
    return mark.sub("", text)


def _without_indent(text: str) -> str:
    lines = _lines(text)
    width = min((len(line) - len(line.lstrip(" \t")) for line in lines), default=0)
    if not width:
        return text
    return "\n".join(line[width:] if line.strip() else "" for line in text.split("\n"))


def _without_escapes(text: str) -> str:
    if _ENTITY.search(text) is None or _TAG.search(text) is not None:
        return text
    return unescaped(text)


def _without_syslog(text: str) -> str:
    if _SYSLOG.match(text) is None:
        return text
    return _SYSLOG.sub("", text).replace("#015", "").replace("#012", "\n")


def _without_log_prefix(text: str) -> str:
    """Without what Android's logcat, Jenkins or a container's runtime writes before most lines."""
    lines = len(_lines(text))
    for prefix in (_LOGCAT, _BRACKETED, _CONTAINER):
        if prefix.search(text) is not None and len(prefix.findall(text)) * 10 >= lines * 8:
            return prefix.sub("", text)
    return text


def _without_docker(text: str) -> str:
    """The lines that Docker's json-file driver wrapped."""
    if _DOCKER.match(text.lstrip()) is None:
        return text
    kept = []
    for line in _lines(text):
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            entry = None
        log = entry.get("log") if isinstance(entry, dict) else None
        kept.append(log.removesuffix("\n") if isinstance(log, str) else line)
    return "\n".join(kept)


def _without_string(text: str) -> str:
    """The text that stands as one string of JSON."""
    bare = text.strip()
    if bare[:1] != '"' or bare[-1:] != '"' or "\n" in bare:
        return text
    try:
        return str(json.loads(bare)).replace("\r\n", "\n")
    except (ValueError, RecursionError):
        return text


def _without_colours(text: str) -> str:
    return _ERASE.sub("", without_colours(text.encode("utf-8", "replace")).decode("utf-8")) if "\x1b[" in text else text


_STEPS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("colours", _without_colours),
    ("Docker's JSON", _without_docker),
    ("the escapes of a string", _without_string),
    ("a Markdown fence", lambda text: _FENCE.sub("", text)),
    ("quotes of a mail", _without_quotes),
    ("line numbers", _without_numbers),
    ("a prefix of every line", _without_prefix),
    ("syslog's prefix", _without_syslog),
    ("a log's prefix", _without_log_prefix),
    ("the indent", _without_indent),
    ("HTML escapes", _without_escapes),
)
