"""Lines without rich are those that rich makes."""

import io

import pytest
from rich.text import Text

from davlock.diagnosis.rules.registry import RULES
from davlock.diagnosis.topics import TOPICS
from davlock.render.page_lines import page_lines
from davlock.render.styled_lines import plain, trimmed, wrapped
from davlock.render.tables import console_for
from davlock.render.topic_pages import finding_page, status_page
from davlock.render.topic_tables import show_page

TEXTS = (
    "",
    "word",
    "several words that go on, and  two blanks ",
    " a blank before words",
    "a 423-own-lock-token-missing in the middle of it",
    "urn:uuid:5e55e11e-0000-4000-8000-000000000000",
    "ein größerer Weißraum – “quoted” …",
)

WIDE = "日本語の文章 と words"
"""Only folded: elsewhere rich counts a blank at the end of a line, and cuts the word before it."""


@pytest.mark.parametrize("width", [5, 7, 12, 20, 60])
@pytest.mark.parametrize("text", [*TEXTS, WIDE])
def test_words_wrap_as_rich_wraps_them(text: str, width: int) -> None:
    console = console_for(io.StringIO(), color=False)
    for folds in (True,) if text == WIDE else (True, False):
        lines = Text(text).wrap(console, width, overflow="fold" if folds else "ellipsis")
        assert [plain(line) for line in wrapped(((text, ""),), width, folds=folds)] == [line.plain for line in lines]


def test_styles_stay_with_their_words() -> None:
    line = (("see ", ""), ("davlock locks", "bold"), (" URL  ", ""))
    assert list(wrapped(line, 12)) == [(("see ", ""), ("davlock ", "bold")), (("locks", "bold"), (" URL  ", ""))]
    assert trimmed(line) == (("see ", ""), ("davlock locks", "bold"), (" URL", ""))


@pytest.mark.parametrize("width", [20, 33, 80, 120])
def test_a_pipe_gets_the_lines_that_a_terminal_shows(width: int) -> None:
    for page in (status_page(423, TOPICS[423]), finding_page(RULES[0])):
        shown = io.StringIO()
        show_page(console_for(shown, color=False, width=width), page)
        lines = [plain(line) for line in page_lines(page, width, ascii_only=False)]
        assert shown.getvalue().splitlines() == lines
        assert max(map(len, lines[:-1])) <= max(
            width, *(len(f"{see['title']}: {see['url']}") for see in page["references"])
        )
