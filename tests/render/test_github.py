"""Annotations as the runner reads them, and a summary as a page."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from davlock.checks.results import Checked, CheckOutcome, Level, Run
from davlock.protocol.visible import visible
from davlock.render.github import MOST_BYTES, annotations, summary
from tests.render.runs import HOSTILE, LEVELS, TARGET, asked, checked, hostile_runs, run

COMMAND = re.compile(r"::(?P<kind>[a-z]+) title=(?P<title>[^:,\r\n]*)::(?P<message>[^\r\n]*)")


def unescaped(text: str) -> str:
    """As the runner does it: the percent sign last."""
    for escape, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escape, character)
    return text


def read(*runs: Run, fail_level: Level = Level.MUST) -> list[tuple[str, str, list[str]]]:
    """Kind, title, and the lines of the message."""
    found = []
    text = annotations(runs, fail_level=fail_level)
    text.encode()
    for line in text.splitlines():
        if line.startswith("davlock check "):  # what needs no annotation
            assert not COMMAND.match(line.lstrip())
            continue
        command = COMMAND.fullmatch(line)
        assert command
        found.append((command["kind"], unescaped(command["title"]), unescaped(command["message"]).split("\n")))
    return found


KINDS: list[tuple[str, Checked, Level, tuple[str, str] | None]] = [
    ("a failure", checked(CheckOutcome.FAIL, "w"), Level.MUST, ("error", "w")),
    ("a failure without words", checked(CheckOutcome.FAIL), Level.MUST, ("error", "fail")),
    ("a weaker demand", checked(CheckOutcome.FAIL, "w", Level.SHOULD), Level.MUST, None),
    ("a weaker demand that counts", checked(CheckOutcome.FAIL, "w", Level.MAY), Level.MAY, ("error", "w")),
    ("an expected failure", checked(CheckOutcome.FAIL, "w", expected=True), Level.MUST, None),
    ("not told", checked(CheckOutcome.UNKNOWN, "w"), Level.MUST, None),
    ("a warning", checked(CheckOutcome.WARN, "w"), Level.MUST, None),
    ("skipped", checked(CheckOutcome.SKIP, "w"), Level.MUST, None),
    ("a pass", checked(CheckOutcome.PASS), Level.MUST, None),
    ("a pass after all", checked(CheckOutcome.PASS, expected=True), Level.MUST, None),
]


@pytest.mark.parametrize(("description", "one", "level", "told"), KINDS, ids=[case[0] for case in KINDS])
def test_kinds(description: str, one: Checked, level: Level, told: tuple[str, str] | None) -> None:
    found = read(run(one), fail_level=level)
    assert [(kind, lines[0]) for kind, _, lines in found] == ([told] if told else []), description


def test_an_annotation() -> None:
    one = checked(CheckOutcome.FAIL, "100 % wrong, a::b\r\n::add-mask::x", exchanges=(0,))
    assert annotations([run(one, exchanges=(asked("PUT", "/f", 204),))], fail_level=Level.MUST) == (
        "::error title=put-without-token%3A A write without the token is refused"
        "::100 %25 wrong, a::b\\r\\n::add-mask::x%0Ahttps://dav.example/files/%0AMUST by RFC 4918 §7.5"
        "%0Alitmus: fail_cond_put%0APUT /f: 204\n"
        "davlock check https://dav.example/files/: 1 failed in 1.5 s\n"
    )


def test_what_passes_annotates_nothing() -> None:
    """A line says the rest, with the names of what a person may want to see."""
    some = (
        checked(CheckOutcome.PASS, id="p"),
        checked(CheckOutcome.SKIP, "no second user", id="s"),
        checked(CheckOutcome.WARN, "refused with 403", id="w"),
        checked(CheckOutcome.UNKNOWN, "w", id="u"),
        checked(CheckOutcome.FAIL, "x", Level.SHOULD, id="f1"),
        checked(CheckOutcome.FAIL, "x", Level.SHOULD, id="f2"),
    )
    assert annotations([run(*some)], fail_level=Level.MUST) == (
        "davlock check https://dav.example/files/: 2 failed below MUST (f1, f2), 1 undecided (u),"
        " 1 passed with a warning (w), 1 skipped, 1 passed in 1.5 s\n"
    )


def test_a_run_that_never_began_has_its_error_alone() -> None:
    assert annotations([run(stopped="no answer")], fail_level=Level.MUST) == (
        "::error title=davlock check was stopped::no answer%0Ahttps://dav.example/files/\n"
    )


def test_the_gravest_come_first() -> None:
    """GitHub shows ten of a kind."""
    first = run(
        checked(CheckOutcome.WARN),
        checked(CheckOutcome.FAIL, level=Level.MAY, id="may"),
        checked(CheckOutcome.FAIL, id="must"),
    )
    second = run(checked(CheckOutcome.PASS), stopped="interrupted", left="a file")
    found = read(first, second, fail_level=Level.SHOULD)
    assert [(kind, title.partition(":")[0]) for kind, title, _ in found] == [
        ("error", "davlock check was stopped"),
        ("error", "must"),
        ("warning", "davlock check left something behind"),
    ]


@pytest.mark.long
@given(st.lists(hostile_runs(), max_size=3), LEVELS)
def test_no_text_becomes_a_command(runs: list[Run], fail_level: Level) -> None:
    found = read(*runs, fail_level=fail_level)
    some = [one for each in runs for one in each.checked]
    failed = sum(one.counts and one.about.level.weight >= fail_level.weight for one in some)
    errors = [title for kind, title, _ in found if kind == "error"]
    assert len(errors) == failed + sum(bool(each.stopped) for each in runs)
    assert len(found) - len(errors) == sum(bool(each.left) for each in runs)


# -- the summary


class Page(HTMLParser):
    """Tags in order, and the text in between, as a reader sees them."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.cells: list[str] = []
        self.in_cell = False
        self.text = ""
        self.feed(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not attrs
        self.tags.append(tag)
        if tag == "td":
            self.cells.append("")
            self.in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "td":
            self.in_cell = False

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.in_cell:
            self.cells[-1] += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def test_a_summary() -> None:
    some = (
        checked(CheckOutcome.PASS, id="p"),
        checked(CheckOutcome.SKIP, "no second user", id="s"),
        checked(CheckOutcome.WARN, "refused with 403", id="w"),
        checked(CheckOutcome.FAIL, "a|b", Level.SHOULD, id="f"),
        checked(CheckOutcome.FAIL, "@octocat <b>`x`</b>\n#12", id="g"),
    )
    text = summary([run(*some, left="x")], fail_level=Level.MUST)
    page = Page(text)
    assert text.startswith(
        "## ❌ davlock check: 1 failed, 1 failed below MUST, 1 passed with a warning, 1 skipped, 1 passed\n"
    )
    assert page.tags.count("tr") == 2 + len(some)
    assert page.tags.count("details") == 1
    assert "left behind: x" in page.text
    title = "A write without the token is refused"
    assert page.cells[:10] == [
        *("g" + title, "MUST", "fail", "@\u200boctocat <b>`x`</b>\\n#\u200b12", "RFC 4918 §7.5"),
        *("f" + title, "SHOULD", "fail", "SHOULD: a|b", "RFC 4918 §7.5"),
    ]
    assert [cell for cell in page.cells if cell.endswith(title)] == [each + title for each in "gfwsp"]


def test_a_good_run() -> None:
    text = summary([run(checked(CheckOutcome.PASS))], fail_level=Level.MUST)
    assert text.startswith(f"## ✅ davlock check: 1 passed\n\n### <code>{escaped(TARGET)}</code>\n")
    assert Page(text).tags.count("table") == 1


def test_no_run_at_all() -> None:
    assert summary([], fail_level=Level.MUST) == "## ✅ davlock check: no check was run\n"


def test_a_stopped_run_is_no_good_run() -> None:
    text = summary([run(stopped="interrupted")], fail_level=Level.MUST)
    assert text.startswith("## ❌ davlock check: no check was run\n")
    assert "stopped&#58; interrupted" in text


def escaped(text: str) -> str:
    return text.replace(":", "&#58;").replace(".", "&#46;")


def test_a_summary_stays_within_what_github_takes() -> None:
    runs = [run(*[checked(CheckOutcome.FAIL, "<" * 5000)] * 90) for _ in range(8)]
    text = summary(runs, fail_level=Level.MUST)
    assert MOST_BYTES / 2 < len(text.encode()) < MOST_BYTES + 100
    assert re.search(r"\n\d more targets do not fit here\.\n$", text)


@pytest.mark.long
@given(st.lists(hostile_runs(), max_size=3), LEVELS)
def test_no_text_is_markup(runs: list[Run], fail_level: Level) -> None:
    text = summary(runs, fail_level=fail_level)
    text.encode()
    assert not re.search(r"@|://|www\.", text)
    page = Page(text)
    assert set(page.tags) <= {
        *("h2", "h3", "p", "code", "br", "details", "summary", "table", "thead", "tbody", "tr", "th", "td")
    }
    some = sum(len(each.checked) for each in runs)
    assert page.tags.count("td") == 5 * some
    assert page.tags.count("br") == some
    assert page.tags.count("code") == some + len(runs)
    assert not re.search(r"[@#]\w", re.sub(r"(?s)<code>.*?</code>", "", text).replace("&#", ""))


@given(HOSTILE)
@example("\ufffe::")
def test_what_is_shown_is_what_was_said(why: str) -> None:
    page = Page(summary([run(checked(CheckOutcome.WARN, why))], fail_level=Level.MUST))
    shown = page.cells[3].replace("\u200b", "")
    said = " ".join(visible(why).replace("\\ufffe", "").replace("\\uffff", "")[:200].split())
    assert " ".join(shown.replace("\\ufffe", "").replace("\\uffff", "").split()).startswith(said[:150].rstrip())
