"""TAP 14, read by a parser as strict as the grammar."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from davlock.checks.results import Checked, CheckOutcome, Level, Run
from davlock.render.tap import document
from tests.render.runs import LEVELS, asked, checked, hostile_runs, run

POINT = re.compile(
    r"(?P<status>ok|not ok) (?P<number>[1-9]\d*) - (?P<description>(?:[^#\\]|\\[#\\])*?)"
    r"(?: # (?P<directive>SKIP|TODO)(?: (?P<reason>(?:[^#\\]|\\[#\\])+))?)?"
)


@dataclass
class Point:
    ok: bool
    description: str
    directive: str | None
    reason: str
    diagnostic: dict[str, object] | None = None


@dataclass
class Tap:
    plan: str
    points: list[Point] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    bail: str | None = None


def unescaped(text: str) -> str:
    return re.sub(r"\\([#\\])", r"\1", text)


def parse(text: str) -> Tap:
    """Nothing is forgiven: no line of an unknown kind, no number out of order, no block that does not end."""
    text.encode()  # TAP is UTF-8
    assert text.endswith("\n")
    assert text.splitlines() == text.removesuffix("\n").split("\n")  # no other line break is in it
    lines = iter(text.splitlines())
    assert next(lines) == "TAP version 14"
    plan = re.fullmatch(r"1\.\.(\d+)(?: # (SKIP .+))?", next(lines))
    assert plan
    tap = Tap(plan[0])
    for line in lines:
        point = POINT.fullmatch(line)
        if point:
            assert tap.bail is None
            assert int(point["number"]) == len(tap.points) + 1
            reason = unescaped(point["reason"] or "")
            tap.points.append(
                Point(point["status"] == "ok", unescaped(point["description"]), point["directive"], reason)
            )
        elif line == "  ---":
            assert tap.points[-1].diagnostic is None
            tap.points[-1].diagnostic = block(lines)
        elif line.startswith("Bail out! "):
            tap.bail = unescaped(line.removeprefix("Bail out! "))
        else:
            assert line.startswith("# ")
            assert not line.startswith("# Subtest")
            tap.comments.append(line.removeprefix("# "))
    assert int(plan[1]) == len(tap.points)
    return tap


def block(lines: Iterator[str]) -> dict[str, object]:
    found: dict[str, object] = {}
    items: list[object] = []
    for line in lines:
        if line == "  ...":
            return found
        key = re.fullmatch(r"  ([a-z]+):(?: (.+))?", line)
        if key:
            items = []
            found[key[1]] = json.loads(key[2]) if key[2] else items
        else:
            items.append(json.loads(line.removeprefix("    - ")))
    raise AssertionError("the block does not end")


def read(*runs: Run, fail_level: Level = Level.MUST) -> Tap:
    return parse(document(runs, fail_level=fail_level))


CASES: list[tuple[str, Checked, Level, tuple[bool, str | None, str], bool]] = [
    ("a failure", checked(CheckOutcome.FAIL, "w"), Level.MUST, (False, None, ""), True),
    ("a weaker demand", checked(CheckOutcome.FAIL, "w", Level.SHOULD), Level.MUST, (False, "TODO", "SHOULD: w"), True),
    ("one that counts", checked(CheckOutcome.FAIL, "w", Level.SHOULD), Level.MAY, (False, None, ""), True),
    ("expected", checked(CheckOutcome.FAIL, expected=True), Level.MUST, (False, "TODO", "expected failure"), True),
    ("not told", checked(CheckOutcome.UNKNOWN, "w"), Level.MUST, (True, "SKIP", "undecided: w"), True),
    ("skipped", checked(CheckOutcome.SKIP, "w"), Level.MUST, (True, "SKIP", "w"), False),
    ("skipped without words", checked(CheckOutcome.SKIP), Level.MUST, (True, "SKIP", ""), False),
    ("a warning", checked(CheckOutcome.WARN, "w"), Level.MUST, (True, None, ""), True),
    ("a pass", checked(CheckOutcome.PASS), Level.MUST, (True, None, ""), False),
    (
        "a pass after all",
        checked(CheckOutcome.PASS, expected=True),
        Level.MUST,
        (True, "TODO", "passed, although --expect names it"),
        True,
    ),
]


@pytest.mark.parametrize(("description", "one", "level", "told", "explained"), CASES, ids=[case[0] for case in CASES])
def test_points(
    description: str, one: Checked, level: Level, told: tuple[bool, str | None, str], explained: bool
) -> None:
    tap = read(run(one), fail_level=level)
    (point,) = tap.points
    assert tap.plan == "1..1"
    assert point.description == "put-without-token: A write without the token is refused"
    assert (point.ok, point.directive, point.reason) == told, description
    assert (point.diagnostic is not None) is explained


def test_a_diagnostic() -> None:
    one = checked(CheckOutcome.FAIL, "it was \u202ewritten", exchanges=(0, 1), findings=("no-class-2",))
    text = document([run(one, exchanges=(asked("LOCK", "/f", 200), asked("PUT", "/f", 204)))], fail_level=Level.MUST)
    assert text == (
        "TAP version 14\n"
        "1..1\n"
        "not ok 1 - put-without-token: A write without the token is refused\n"
        "  ---\n"
        '  level: "MUST"\n'
        '  outcome: "fail"\n'
        '  why: "it was \\\\u202ewritten"\n'
        '  reference: "RFC 4918 §7.5"\n'
        '  litmus: "fail_cond_put"\n'
        "  findings:\n"
        '    - "no-class-2"\n'
        "  exchanges:\n"
        '    - "LOCK /f: 200"\n'
        '    - "PUT /f: 204"\n'
        "  ...\n"
    )


def test_targets_stand_before_descriptions_where_there_are_several() -> None:
    other = run(checked(CheckOutcome.PASS), target="https://other.example/#x", left="y")
    tap = read(run(checked(CheckOutcome.PASS)), other)
    assert [point.description.partition(" ")[0] for point in tap.points] == [
        "https://dav.example/files/:",
        "https://other.example/#x:",
    ]
    assert tap.comments == ["https://other.example/#x: left behind: y"]


def test_a_run_that_ended_early_says_so() -> None:
    tap = read(run(checked(CheckOutcome.PASS), stopped="interrupted"))
    assert (tap.comments, tap.bail) == (["stopped: interrupted"], None)


@pytest.mark.parametrize("some", [(), (checked(CheckOutcome.SKIP, "stopped"),)])
def test_giving_up(some: tuple[Checked, ...]) -> None:
    tap = read(run(*some, stopped="503 # of \\ them"))
    assert tap.bail == "503 # of \\ them"
    assert [point.ok for point in tap.points] == [*(True for _ in some), False]
    assert tap.points[-1].description == "the checks are run"


def test_one_target_of_several_that_gave_up_fails() -> None:
    """Bail out would end the others, and a comment is overlooked."""
    tap = read(run(checked(CheckOutcome.PASS)), run(target="https://other.example/", stopped="no answer"))
    assert [point.ok for point in tap.points] == [True, False]
    assert tap.points[1].description == "https://other.example/: the checks are run"
    assert tap.points[1].diagnostic == {"why": "no answer"}
    assert tap.bail is None


def test_nothing_at_all() -> None:
    assert read().plan == "1..0 # SKIP nothing to check"


@pytest.mark.long
@given(st.lists(hostile_runs(), max_size=3), LEVELS)
def test_no_text_breaks_out(runs: list[Run], fail_level: Level) -> None:
    tap = read(*runs, fail_level=fail_level)
    stopped = sum(each.stopped != "" for each in runs)
    given_up = sum(
        each.stopped != "" and all(one.outcome is CheckOutcome.SKIP for one in each.checked) for each in runs
    )
    assert len(tap.points) == sum(len(each.checked) for each in runs) + stopped
    assert (tap.bail is not None) is (0 < given_up == len(runs))
    some = [one for each in runs for one in each.checked]
    failing = [point for point in tap.points if not point.ok and point.directive is None]
    counted = [one for one in some if one.counts and one.about.level.weight >= fail_level.weight]
    assert len(failing) == len(counted) + stopped
