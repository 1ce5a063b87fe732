"""Patterns that are compiled late are right, and work as compiled ones."""

import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from re import _parser  # type: ignore[attr-defined]  # private, and the only parser of patterns
from typing import Any

import pytest

import davlock
from davlock.late_pattern import _LatePattern, late_pattern


def test_it_is_compiled_when_it_is_used_and_not_before() -> None:
    wrong = late_pattern("(")
    with pytest.raises(re.error):
        wrong.search("")
    number, word = late_pattern(r"\d+", re.ASCII), late_pattern(rb"(?P<word>WORD)", re.IGNORECASE)
    for _ in range(2):
        assert number.fullmatch("12")
        assert not number.fullmatch("١")
        assert number.sub("n", "a12") == "an"
        assert word.search(b"a word")["word"] == b"word"  # type: ignore[index]
    assert number.pattern == r"\d+"


def test_every_late_pattern_of_davlock_can_be_compiled() -> None:
    modules = [import_module(found.name) for found in pkgutil.walk_packages(davlock.__path__, "davlock.")]
    late = [value for module in modules for value in vars(module).values() if isinstance(value, _LatePattern)]
    assert late
    for value in late:
        assert value.pattern


def test_no_pattern_repeats_a_group_possessively() -> None:
    """Python before 3.11.5, as Debian 12 has it, matches "(?:a|b)*+" where it must not: ".." was a plain name."""
    modules = [import_module(found.name) for found in pkgutil.walk_packages(davlock.__path__, "davlock.")]
    values = [value for module in modules for value in vars(module).values()]
    patterns = {value.pattern for value in values if isinstance(value, _LatePattern | re.Pattern)}
    assert [pattern for pattern in patterns if any(map(_is_group, _possessive(_parser.parse(pattern))))] == []


def _possessive(parsed: Any) -> Iterator[Any]:
    """What is repeated possessively, or is atomic, anywhere in a parsed pattern."""
    for code, arguments in parsed:
        if str(code) == "POSSESSIVE_REPEAT":
            yield arguments[2]
        elif str(code) == "ATOMIC_GROUP":
            yield arguments
        nested = arguments if isinstance(arguments, tuple | list) else [arguments]
        for part in (*nested, *(part for parts in nested if isinstance(parts, list) for part in parts)):
            if isinstance(part, _parser.SubPattern):
                yield from _possessive(part)


def _is_group(repeated: Any) -> bool:
    return len(repeated) != 1 or str(repeated[0][0]) not in ("IN", "LITERAL", "NOT_LITERAL", "ANY")
