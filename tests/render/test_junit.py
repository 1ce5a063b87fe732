"""JUnit XML: what is red, what is green, and that it is XML whatever a server says."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from davlock.checks.results import Checked, CheckOutcome, Level, Run
from davlock.diagnosis.skipped import Skipped
from davlock.errors import NoResponseKind
from davlock.render.check_words import MOST_EXCHANGES
from davlock.render.junit import document
from tests.render.runs import LEVELS, TARGET, asked, checked, hostile_runs, run

SCHEMA = etree.XMLSchema(etree.parse(str(Path(__file__).parent.parent / "fixtures" / "junit.xsd")))


def read(*runs: Run, fail_level: Level = Level.MUST) -> etree._Element:
    """The document, once it is valid."""
    text = document(runs, fail_level=fail_level)
    root = etree.fromstring(text.encode())
    SCHEMA.assertValid(root)
    return root


CASES: list[tuple[str, Checked, Level, tuple[str, str] | None]] = [
    ("a failure", checked(CheckOutcome.FAIL, "PUT was answered 204"), Level.MUST, ("failure", "PUT was answered 204")),
    ("a failure without words", checked(CheckOutcome.FAIL), Level.MUST, ("failure", "failed")),
    ("a weaker demand", checked(CheckOutcome.FAIL, "w", Level.SHOULD), Level.MUST, ("skipped", "SHOULD: w")),
    ("a weaker demand that counts", checked(CheckOutcome.FAIL, "w", Level.SHOULD), Level.SHOULD, ("failure", "w")),
    ("the weakest demand", checked(CheckOutcome.FAIL, "w", Level.MAY), Level.SHOULD, ("skipped", "MAY: w")),
    (
        "an expected failure",
        checked(CheckOutcome.FAIL, "w", expected=True),
        Level.MAY,
        ("skipped", "expected failure: w"),
    ),
    ("not told", checked(CheckOutcome.UNKNOWN, "w"), Level.MAY, ("skipped", "undecided: w")),
    ("not told, without words", checked(CheckOutcome.UNKNOWN), Level.MAY, ("skipped", "undecided")),
    ("skipped", checked(CheckOutcome.SKIP, "no second user"), Level.MAY, ("skipped", "no second user")),
    ("a warning", checked(CheckOutcome.WARN, "w"), Level.MAY, None),
    ("a pass", checked(CheckOutcome.PASS), Level.MAY, None),
    ("a pass after all", checked(CheckOutcome.PASS, expected=True), Level.MAY, None),
]


@pytest.mark.parametrize(("description", "one", "fail_level", "told"), CASES, ids=[case[0] for case in CASES])
def test_cases(description: str, one: Checked, fail_level: Level, told: tuple[str, str] | None) -> None:
    (suite,) = read(run(one), fail_level=fail_level)
    (case,) = suite.findall("testcase")
    found = [(child.tag, child.get("message")) for child in case if child.tag != "system-out"]
    assert found == ([told] if told else []), description
    counted = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    tag = told[0] if told else ""
    expected = {"tests": "1", "failures": "01"[tag == "failure"], "errors": "0", "skipped": "01"[tag == "skipped"]}
    assert counted == expected


def test_a_failure_says_all_that_is_known() -> None:
    exchanges = (
        asked("LOCK", "/files/f1.txt", 200),
        asked("GET", "/files/other.txt", 200),
        asked("PUT", "/files/f1.txt?token=secret#part", 204),
        asked("PUT", "https://alice:secret@dav.example/f%20g", NoResponseKind.TIMEOUT),
        asked("OPTIONS", "https://dav.example", 200),
    )
    one = checked(CheckOutcome.FAIL, "it was written", exchanges=(0, 2, 3, 4), findings=("no-class-2", "lock-not-kept"))
    root = read(run(one, exchanges=exchanges, target="https://alice:secret@dav.example/files/"))
    failure = root.find(".//failure")
    assert failure is not None
    assert failure.get("type") == "MUST"
    assert (failure.text or "").splitlines() == [
        "it was written",
        "MUST by RFC 4918 §7.5",
        "litmus: fail_cond_put",
        "LOCK /files/f1.txt: 200",
        "PUT /files/f1.txt: 204",
        "PUT /f%20g: no answer (timeout)",
        "OPTIONS /: 200",
        "findings: no-class-2, lock-not-kept",
    ]
    assert b"secret" not in etree.tostring(root)
    assert root[0].get("name") == TARGET


def test_very_many_requests_are_counted() -> None:
    one = checked(CheckOutcome.FAIL, "w", exchanges=(0,) * (MOST_EXCHANGES + 7))
    text = read(run(one, exchanges=(asked("PUT", "/f", 204),))).findtext(".//failure") or ""
    assert text.count("PUT /f: 204") == MOST_EXCHANGES
    assert text.endswith("\nand 7 more")


def test_a_warning_and_a_pass_after_all_are_told_beside_a_green_test() -> None:
    warned = checked(CheckOutcome.WARN, "refused with 403, not 423")
    fixed = checked(CheckOutcome.PASS, expected=True)
    told = [
        case.findtext("system-out") or ""
        for case in read(run(warned, fixed, checked(CheckOutcome.PASS))).iter("testcase")
    ]
    assert told[0].startswith("warning: refused with 403, not 423\n")
    assert told[1].startswith("passed, although --expect names it\n")
    assert told[2] == ""


def test_the_suite_says_when_how_long_and_where() -> None:
    (suite,) = read(run(checked(CheckOutcome.PASS)))
    assert (suite.get("timestamp"), suite.get("time")) == ("2025-11-22T23:43:20", "1.500")
    assert (suite[1].get("name"), suite[1].get("classname"), suite[1].get("time")) == (
        "put-without-token: A write without the token is refused",
        "davlock.writes",
        "0.013",
    )
    properties = {entry.get("name"): entry.get("value") for entry in suite.iter("property")}
    assert properties["target"] == TARGET
    assert properties["fail-level"] == "MUST"


def test_no_two_cases_of_several_targets_are_one() -> None:
    """GitLab takes those for one that agree in class and name."""
    root = read(run(checked(CheckOutcome.PASS)), run(checked(CheckOutcome.FAIL, "w"), target="https://other.example/"))
    names = [(case.get("classname"), case.get("name")) for case in root.iter("testcase")]
    assert len(set(names)) == 2
    assert names[1][1] == "put-without-token: A write without the token is refused (https://other.example/)"
    assert (root.get("tests"), root.get("failures"), root.get("errors"), root.get("time")) == ("2", "1", "0", "3.000")


def test_a_run_that_never_began_is_not_green() -> None:
    (suite,) = read(run(stopped="the server answered 503"))
    assert (suite.get("tests"), suite.get("errors")) == ("1", "1")
    error = suite.find("testcase/error")
    assert error is not None
    assert error.get("message") == "the server answered 503"


def test_a_run_that_ended_early_says_so() -> None:
    (suite,) = read(run(checked(CheckOutcome.PASS), stopped="interrupted", left="/x is still there"))
    assert (suite.get("tests"), suite.get("errors")) == ("2", "1"), "it is not green"
    assert suite.findtext("system-err") == "stopped: interrupted\nleft behind: /x is still there"


def test_what_was_not_asked_is_told() -> None:
    one = run(checked(CheckOutcome.PASS))
    (suite,) = read(Run(target=one.target, scratch=None, checked=one.checked, skipped=(Skipped("rules", "no time"),)))
    assert suite.findtext("system-err") == "not asked: rules: no time"


def test_nothing_at_all() -> None:
    assert read().get("tests") == "0"


@pytest.mark.long
@given(st.lists(hostile_runs(), max_size=3), LEVELS)
def test_it_is_valid_whatever_a_server_says(runs: list[Run], fail_level: Level) -> None:
    text = document(runs, fail_level=fail_level)
    assert text.isascii()
    root = read(*runs, fail_level=fail_level)
    assert len(root) == len(runs)
    for suite, one in zip(root, runs, strict=True):
        cases = suite.findall("testcase")
        assert len(cases) - len(one.checked) == len(suite.findall("testcase/error"))
        for element in suite.iter():
            for value in (element.text or "", *element.attrib.values()):
                assert all(
                    character.isprintable() or character == "\n" for character in str(value) if character < "\x80"
                )
