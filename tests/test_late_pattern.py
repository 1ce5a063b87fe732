"""Patterns that are compiled late are right, and work as compiled ones."""

import pkgutil
import re
from importlib import import_module

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
