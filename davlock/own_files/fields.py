"""Checks of single values that stood in one of davlock's own files, whatever type they have there.

Each function takes the name of the field and its value, returns the value, and raises Damage.
"""

import math
import re
from collections.abc import Callable
from enum import Enum
from typing import TypeVar
from urllib.parse import urlsplit

from davlock.protocol.visible import has_control

T = TypeVar("T")
E = TypeVar("E", bound=Enum)

YEAR_10000 = 253_402_300_800.0
"""Seconds since 1970 beyond which no date can be shown."""

LARGEST = 1e15
"""Beyond it, a number of seconds means nothing."""

LONGEST = 16 * 1024 * 1024
"""Characters of one text."""


class Damage(ValueError):
    """A value that davlock cannot have written. ``why`` is a clause; ``field`` is its name, empty for all of a line."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}" if field else why)
        self.field = field
        self.why = why


def optional(check: Callable[[str, object], T], field: str, value: object) -> T | None:
    """``None``, or what ``check`` returns."""
    return None if value is None else check(field, value)


def prose(field: str, value: object) -> str:
    """Text of several lines. NUL and lone surrogates are damage."""
    if not isinstance(value, str):
        raise Damage(field, "it is missing" if value is None else "it is not text")
    if len(value) > LONGEST:
        raise Damage(field, "it is too long")
    if "\0" in value:
        raise Damage(field, "it has a NUL character")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise Damage(field, "it has half of a character")
    return value


def text(field: str, value: object) -> str:
    """One line of text: control characters are damage, too."""
    line = prose(field, value)
    if has_control(line):
        raise Damage(field, "it has a control character")
    return line


def some_text(field: str, value: object) -> str:
    """Text that is not empty."""
    if not text(field, value):
        raise Damage(field, "it is empty")
    return str(value)


def matching(pattern: re.Pattern[str], words: str) -> Callable[[str, object], str]:
    """A check for text that ``pattern`` matches as a whole; ``words`` say what it ought to be."""

    def check(field: str, value: object) -> str:
        checked = text(field, value)
        if not pattern.fullmatch(checked):
            raise Damage(field, f"it is not {words}")
        return checked

    return check


def whole(field: str, value: object, *, least: int = 0, most: int = 2**31 - 1) -> int:
    """A whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise Damage(field, "it is missing" if value is None else "it is not a whole number")
    if not least <= value <= most:
        raise Damage(field, "it is out of range")
    return value


def number(field: str, value: object, *, least: float = 0.0, most: float = LARGEST) -> float:
    """A finite number."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise Damage(field, "it is missing" if value is None else "it is not a number")
    if isinstance(value, float) and not math.isfinite(value):
        raise Damage(field, "it is not finite")
    if not least <= value <= most:
        raise Damage(field, "it is out of range")
    return value


def moment(field: str, value: object) -> float:
    """Seconds since 1970."""
    return number(field, value, most=YEAR_10000)


def flag(field: str, value: object) -> bool:
    """True or false, as JSON has it."""
    if not isinstance(value, bool):
        raise Damage(field, "it is missing" if value is None else "it is neither true nor false")
    return value


def choice(kind: type[E]) -> Callable[[str, object], E]:
    """A check for the value of one member of ``kind``; the member is returned."""

    def check(field: str, value: object) -> E:
        words = text(field, value)
        try:
            return kind(words)
        except ValueError:
            known = ", ".join(str(member.value) for member in kind)
            raise Damage(field, f"it is not one of {known}") from None

    return check


def web_address(field: str, value: object) -> str:
    """An absolute http or https URL without a user and a password. A name in it may be escaped or not."""
    url = some_text(field, value)
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or parts.scheme not in ("http", "https"):
        raise Damage(field, "it is not an http or https URL")
    if "@" in parts.netloc or " " in parts.netloc:
        raise Damage(field, "it has a user name or a space before its path")
    return url


def record(field: str, value: object) -> dict[str, object]:
    """An object of JSON."""
    if not isinstance(value, dict):
        raise Damage(field, "it is missing" if value is None else "it is no object")
    return value


def items(count: int | None = None) -> Callable[[str, object], list[object]]:
    """A check for an array of JSON, with ``count`` values where that is given."""

    def check(field: str, value: object) -> list[object]:
        if not isinstance(value, list):
            raise Damage(field, "it is missing" if value is None else "it is no array")
        if count is not None and len(value) != count:
            raise Damage(field, f"it has {len(value)} values in place of {count}")
        return value

    return check
