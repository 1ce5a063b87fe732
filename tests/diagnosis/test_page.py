"""Manual pages: their form, and that every rule's has what a person needs."""

import pytest

from davlock.diagnosis.page import retries, sections, title_and_sections
from davlock.diagnosis.rule import Rule
from davlock.diagnosis.rules.registry import RULES

HEADINGS = ["What happened", "How sure we are", "What to do", "How to confirm"]


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_every_rule_has_its_page(rule: Rule) -> None:
    title, parts = title_and_sections(rule.page)
    assert title
    assert [heading for heading in parts if heading in HEADINGS] == HEADINGS
    for heading, words in parts.items():
        assert len(words) > 5, heading
        assert words.count("`") % 2 == 0, heading
    assert rule.title
    assert not rule.title.endswith("."), "a phrase"


def test_form() -> None:
    page = """If: a title with a colon.

What happened: one
line: and another.

It goes on: but that is a sentence, since no heading is so long as this: see.

What to do: nothing.
"""
    assert title_and_sections(page) == (
        "If: a title with a colon.",
        {
            "What happened": "one line: and another.",
            "It goes on": "but that is a sentence, since no heading is so long as this: see.",
            "What to do": "nothing.",
        },
    )


def test_words_without_a_heading() -> None:
    assert sections("") == {}
    assert sections("Some words.\n\nMore of them.") == {"More": "Some words. More of them."}
    assert sections("How: so.\n\nA long sentence with a colon: here.") == {
        "How": "so. A long sentence with a colon: here."
    }


def test_retries() -> None:
    assert retries(()) == ""
    assert retries(("after-wait", "after-change")) == "after a wait, or after something changed"
