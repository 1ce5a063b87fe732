"""Sinks × strings: nothing that a server writes acts in any output."""

import io
import json
import re
import subprocess
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from rich.text import Text

from davlock.checks.results import CheckOutcome, Level
from davlock.diagnosis.screen import LockRow, NextStep, StateWord, TargetScreen
from davlock.diagnosis.skipped import Skipped
from davlock.diagnosis.verdict import Verdict
from davlock.locks.holder_words import holder_words
from davlock.protocol.lock import ActiveLock, Depth, LockScope, LockToken, Owner
from davlock.protocol.message import Exchange, Headers, Request, Response
from davlock.protocol.visible import MOST_MARKS, columns, pieces, visible
from davlock.render import check_table, github, json_v1, junit, openmetrics, plain, screens, sinks, tables, tap, tree
from davlock.render.draw_rows import MOST_WITH_RICH, show_rows
from davlock.render.lock_list import ListView, lock_list
from davlock.render.result import LockView, Result
from davlock.render.row_list import RowColumn, row_list
from davlock.transport.trace import traced
from tests.render.runs import HOSTILE, run
from tests.render.runs import checked as one_check

URL = "https://dav.example/files/a.txt"
VIEW = ListView(now=datetime(2026, 1, 31, 10, 41, tzinfo=UTC), tokens=True, command=("davlock", "diagnose"))

STRINGS = {
    "escape sequence": "\x1b[2Jx\x9b31mx\x07",
    "line breaks": "a\r\nb\x0bc\x0cd\x85e\u2028f\u2029g",
    "tab": "a\tb",
    "github command": "::error::x",
    "github command behind blanks": " \u00a0\u3000::add-mask::x",
    "github command on a line of its own": "a\n::stop-commands::x",
    "github command after words": "word word word word word word ::set-output name=x::y",
    "old github command": "x ##[add-path]/tmp/evil",
    "azure command": "x ##vso[task.setvariable variable=PATH]/tmp/evil",
    "teamcity command": "###teamcity[buildStatus]",
    "bidi": "a\u202eb\u2066c\u2069d\u200ee\u200ff\u061cg",
    "deprecated formats": "a\u206ab\u206fc",
    "fillers": "a\u3164b\u115fc\u1160d\uffa0e\u2800f\u034fg\u17b4h",
    "variation selectors": "a\ufe0fb\U000e0101c\u180bd",
    "tags": "a\U000e0041\U000e007fb",
    "private, unassigned, noncharacters": "a\ue000b\U000f0000c\u0378d\ufffee\uffff\ufdd0f",
    "surrogates": "a\udcffb\ud800c",
    "many marks": "a" + "\u0301" * 40,
    "marks on nothing": "\u0301\u20dda",
    "joiners between no letters": "\u200da\u200d\u200cb \u200c1\u200d2",
    "markup": "<b>&amp;]]></failure><![CDATA[x]]>",
    "tap": "x\nnot ok 1 - y\nBail out! z # TODO w",
    "yaml": '"\n...\n---\nx: y',
    "metrics": 'x"} 1\n# EOF\n\\',
    "formula": "=cmd|'/c calc'!A1",
    "formula behind blanks": ' \u00a0"@SUM(1)',
    "full-width formula": "\uff1d1+1",
    "shell": "$(touch /tmp/evil) `id` ; '",
    "markdown": "| [x](http://evil.example) @octocat ```",
}

ACTS = re.compile(r"##vso\[|##\[|##teamcity\[|^[^\S\n]*::(?!error title=|warning title=)", re.MULTILINE)


def assert_harmless(text: str) -> None:
    """Neither a terminal nor a CI system does anything about it."""
    assert not ACTS.search(text)
    text.encode()
    marks = 0
    for index, character in enumerate(text):
        kind = unicodedata.category(character)
        if character in "\u200c\u200d":
            assert unicodedata.category(text[index - 1])[0] in "LM"
            assert unicodedata.category(text[index + 1])[0] in "LM"
            continue
        assert character in "\n\t" or (kind[0] in "LMNPS" or kind == "Zs"), repr(character)
        assert character not in "\u3164\u115f\u1160\uffa0\u2800\u034f\ufe0f\ufe00\U000e0101\u180b\u17b4"
        marks = marks + 1 if kind[0] == "M" else 0
        assert marks <= MOST_MARKS


# -- what is written where a text from the wire stands


def _lock(text: str) -> LockView:
    active = ActiveLock(
        scope=LockScope.EXCLUSIVE,
        type=None,
        depth=Depth.ZERO,
        owner=Owner(xml=text, text=text),
        timeout=None,
        token=LockToken(text),
        root=None,
    )
    return LockView(
        url=URL,
        lock=active,
        holder=holder_words(active),
        root=URL,
        direct=True,
        mine=None,
        endless=False,
        ends_at=None,
    )


def _shown(text: str, width: int, show: Callable[[tables.Console], None]) -> str:
    stream = io.StringIO()
    show(tables.console_for(stream, color=False, width=width))
    return stream.getvalue()


def _screen(text: str, width: int) -> str:
    return _shown(text, width, lambda console: screens.show_result(console, _result(text), why=True))


def _result(text: str) -> Result:
    words = TargetScreen(
        headline=(text, StateWord(text, Verdict.BLOCKED)),
        meaning=(text,),
        rows=(LockRow(name=text, holder=text, left=text, ends=None),),
        token=text,
        steps=(NextStep(title=text, commands=(("davlock", text),)), NextStep(title=text, note=text)),
        harmful=NextStep(title=text, commands=((text,),), note=text),
        notes=(Skipped(text, text),),
    )
    return Result(
        target=URL,
        make_screen=lambda: words,
        locks=(_lock(text),),
        skipped=(Skipped(text, text),),
        heading=text,
        answer=text,
    )


def _in_tree(text: str) -> Result:
    root = f"https://dav.example/{text.replace('/', '')}/x"
    return Result(target="https://dav.example/", locks=(replace(_lock(text), root=root),))


def _trace(text: str) -> str:
    lines: list[str] = []
    response = Response(status=200, reason=text, headers=Headers.of([("X-Words", text)]))
    send = traced(lambda request, feed=None: Exchange(request=request, outcome=response), lines.append)
    send(Request(method="GET", url=URL))
    return "\n".join(lines)


def _table(width: int, rows: int = 2) -> Callable[[str], str]:
    def shown(text: str) -> str:
        columns = (RowColumn(title="A"), RowColumn(title="B", common="{}"))
        listed = row_list(columns, [(text, text)] * rows, head=text, lines=(text,), foot=(text,))
        return _shown(text, width, lambda console: show_rows(console, listed))

    return shown


REPORTS = {
    "junit": lambda runs: junit.document(runs, fail_level=Level.MUST),
    "tap": lambda runs: tap.document(runs, fail_level=Level.MUST),
    "github": lambda runs: github.annotations(runs, fail_level=Level.MUST),
    "summary": lambda runs: github.summary(runs, fail_level=Level.MUST).replace("&#8203;", ""),
    "openmetrics": lambda runs: openmetrics.document(runs, fail_level=Level.MUST),
    "check": lambda runs: "\n".join(check_table.rows(runs[0], several=True)),
}


def _report(kind: str) -> Callable[[str], str]:
    def written(text: str) -> str:
        found = one_check(CheckOutcome.FAIL, text, id=text, findings=(text,))
        return REPORTS[kind]([run(found, stopped=text, left=text, target=f"{URL}?{text}")])

    return written


SINKS: dict[str, Callable[[str], str]] = {
    "terminal": visible,
    "terminal, with its lines": lambda text: visible(text, keep_lines=True),
    "result": lambda text: _shown(text, 80, lambda console: screens.show_result(console, _result(text), why=True)),
    "result, narrow": lambda text: _shown(
        text, 20, lambda console: screens.show_result(console, _result(text), why=True)
    ),
    "table": _table(80),
    "table, narrow": _table(12),
    "table, long": _table(80, MOST_WITH_RICH + 1),
    "locks": lambda text: _shown(text, 60, lambda console: show_rows(console, lock_list(_result(text), VIEW))),
    "words behind a mark": lambda text: _shown(
        text, 24, lambda console: tables.hang(console, Text("!"), "x" * 21 + "::" + text)
    ),
    "tree": lambda text: "\n".join(tree.tree_rows(_in_tree(text))),
    "tree, drawn": lambda text: _shown(
        text, 80, lambda console: show_rows(console, tree.tree_list(_in_tree(text), VIEW))
    ),
    "tsv": lambda text: "\n".join(plain.lock_rows(_result(text))),
    "tsv, first cell": lambda text: plain.row((None, text)),
    "json": lambda text: json_v1.document("locks", [_result(text)]),
    "jsonl": lambda text: json_v1.line("locks", _result(text)),
    "command": lambda text: sinks.shell_word(text),
    "trace": _trace,
    **{kind: _report(kind) for kind in REPORTS},
}


@pytest.mark.parametrize("sink", SINKS)
def test_nothing_acts(sink: str) -> None:
    for kind, text in STRINGS.items():
        written = SINKS[sink](text)
        try:
            assert_harmless(written)
        except (AssertionError, UnicodeError) as error:
            error.add_note(f"{kind}: {written!r}")
            raise


@given(st.text() | HOSTILE)
def test_any_text_leaves_only_what_is_allowed(text: str) -> None:
    assert_harmless(visible(text))
    assert "\n" not in visible(text)
    assert_harmless(visible(text, keep_lines=True))
    assert "".join(pieces(text)) == visible(text)
    assert len(list(pieces(text))) == len(text)


@given(st.text(st.characters(categories=("Mn", "Me", "Lo", "Cf")) | st.sampled_from("a:# \u200c\u200d\u0301\n")))
def test_marks_joiners_and_commands_in_any_order(text: str) -> None:
    assert_harmless(visible(text))
    assert_harmless(visible(text, keep_lines=True))


@given(HOSTILE, st.integers(8, 40))
def test_no_wrapped_line_begins_a_command(text: str, width: int) -> None:
    assert_harmless(_shown(text, width, lambda console: tables.hang(console, Text("i"), text)))


def test_no_character_that_controls_anything_passes() -> None:
    codes = (*range(0x3400), *range(0xD700, 0x10000), *range(0xE0000, 0xE0200), *range(0x10000, 0x110000, 251))
    shown = [chr(code) for code in codes if visible(f"a{chr(code)}b") == f"a{chr(code)}b"]
    assert {unicodedata.category(one) for one in shown} - {"Zs"} <= {
        *("Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No"),
        *("Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Cf"),
    }
    assert [one for one in shown if unicodedata.category(one) == "Cf"] == ["\u200c", "\u200d"]


READABLE = [
    "Alice Müller, “at her desk” – 9:30",
    "e\u0301te\u0301",  # NFD
    "Việt Nam",
    "نمی\u200cخواهم",  # Persian
    "क्\u200dष র\u200d্য ශ්\u200dරී",  # Hindi, Bengali, Sinhala
    "בְּרֵאשִׁית",
    "ภาษาไทยที่นี่",
    "漢字 かな ｶﾅ 한글 😀",
    "http://[::1]:8080/a#b",
    "std::vector, a :: b",
    "{DAV:}getetag",
    "C# and F#, # 1",
    "",
]


@pytest.mark.parametrize("text", READABLE)
def test_what_people_write_is_shown_as_it_is(text: str) -> None:
    assert visible(text) == text
    assert plain.row((text,)) == text


def test_the_escape_says_which_character_it_was() -> None:
    assert visible("\x1b\u202e\U000e0041##[::") == "\\x1b\\u202e\\U000e0041#\\x23[::"
    assert visible(" ::a") == " :\\x3aa"


def test_a_long_text_takes_no_longer_than_its_length() -> None:
    """Each character is looked at once: with a second way to read each letter this would never end."""
    assert visible("a" * 100_000 + "\n") == "a" * 100_000 + "\\n"


@pytest.mark.parametrize(("text", "width"), [("ที่", 1), ("漢", 2), ("a\u0301", 1), ("ab", 2)])
def test_columns(text: str, width: int) -> None:
    assert columns(text) == width


# -- spreadsheets

CELLS: list[tuple[object, str]] = [
    ("=1+1", "'=1+1"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("+cmd", "'+cmd"),
    ("-cmd", "'-cmd"),
    (" =1", "' =1"),
    ('"=1"', '\'"=1"'),
    ("\uff1d1", "'\uff1d1"),
    ("-3", "-3"),
    ("+4.5e3", "+4.5e3"),
    ("-1+cmd", "'-1+cmd"),
    (-3, "-3"),
    (-0.5, "-0.5"),
    (sinks.exact("-token"), "-token"),
    (sinks.exact("=cmd"), "=cmd"),
    ('"etag"', '"etag"'),
    ("a=b", "a=b"),
    ("", ""),
    (None, ""),
]


@pytest.mark.parametrize(("cell", "written"), CELLS)
def test_a_spreadsheet_computes_no_text(cell: object, written: str) -> None:
    assert sinks.tsv_cell(cell) == written


def test_tokens_urls_and_commands_stay_in_tsv() -> None:
    (row,) = plain.lock_rows(_result("=1"), command=lambda words, target: words)
    cells = dict(zip(plain.LOCK_COLUMNS, row.split("\t"), strict=True))
    assert (cells["owner"], cells["token"], cells["url"]) == ("'=1", "=1", URL)


# -- what stays lossless


@given(st.text() | HOSTILE)
def test_json_is_lossless(text: str) -> None:
    written = sinks.json_text({text: [text]}, 2)
    assert json.loads(written) == {text: [text]}
    assert "##" not in written
    assert written.isascii()


@pytest.mark.parametrize("indent", [None, 2])
def test_json_in_pieces_is_the_same(indent: int | None) -> None:
    def made(several: Callable[[list[object]], object]) -> dict[str, object]:
        locks = several([{"url": "##\n", "vendor": {}, "timeout": {"as_sent": None}}, [], "x"] * 9)
        return {"a": 1, "results": several([{"locks": locks, "plan": several([])}, {"locks": None}])}

    pieces = list(sinks.json_pieces(made(iter), indent))
    assert "".join(pieces) == sinks.json_text(made(list), indent)
    assert max(map(len, pieces)) < 200


@pytest.mark.parametrize("shell", ["bash"])
@pytest.mark.parametrize("kind", STRINGS)
def test_a_printed_command_means_what_it_meant(shell: str, kind: str) -> None:
    text = STRINGS[kind].replace("\ud800", "")
    done = subprocess.run([shell, "-c", f"printf %s {sinks.shell_word(text)}"], capture_output=True, check=True)
    assert done.stdout.decode(errors="surrogateescape") == text


def test_junit_keeps_what_xml_allows() -> None:
    text = SINKS["junit"]("é 漢 <b>")
    assert etree.fromstring(text.encode()).find(".//failure") is not None
    assert "\\x" not in text
