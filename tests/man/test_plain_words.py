"""The words that no sentence of davlock has."""

import pytest

from man.plain_words import PATTERNS, complaints, patterns, unreleased


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('"""Take a lock, and look\n    again whether it is there."""', 1),
        ('first\n"the next "\n    "page"\n"take for one "\n    "another"', 4),
        ("# the locks that\n# never were", 1),
        ("fine words, and a holder who holds nothing", None),
    ],
)
def test_words_are_found_across_lines(text: str, line: int | None) -> None:
    found = list(complaints(text, patterns(PATTERNS.read_text(encoding="utf-8"))))
    assert [number for number, _ in found] == ([line] if line else [])


def test_what_was_released_stays_as_it_is() -> None:
    text = "# Changelog\n\n## [Unreleased]\n\nnew\n\n## [0.1]\n\nold\n"
    assert unreleased(text) == "# Changelog\n\n## [Unreleased]\n\nnew\n"
