"""Metrics, read by Prometheus's own two parsers: both must find the same."""

from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import Metric
from prometheus_client.openmetrics import parser as openmetrics_parser
from prometheus_client.parser import text_string_to_metric_families as classic

from davlock.checks.results import Checked, CheckOutcome, Level, Run
from davlock.errors import NoResponseKind
from davlock.render.openmetrics import document
from tests.render.runs import BEGAN_AT, LEVELS, TARGET, asked, checked, hostile_runs, run

openmetrics: Callable[[str], Iterable[Metric]] = openmetrics_parser.text_string_to_metric_families
"""It says no types of its own."""

Labels = frozenset[tuple[str, str]]


def samples(families: Iterable[Metric]) -> dict[tuple[str, Labels], float]:
    """By name and labels, none of them twice, each family in one piece."""
    found: dict[tuple[str, Labels], float] = {}
    names: list[str] = []
    for family in families:
        names.append(family.name)
        assert family.type in ("gauge", "summary")
        assert family.documentation
        for sample in family.samples:
            key = sample.name, frozenset(sample.labels.items())
            assert key not in found
            found[key] = sample.value
    assert len(set(names)) == len(names)
    return found


def read(*runs: Run, fail_level: Level = Level.MUST) -> dict[tuple[str, Labels], float]:
    text = document(runs, fail_level=fail_level)
    text.encode()
    assert text.endswith("\n# EOF\n")
    found = samples(openmetrics(text))
    assert samples(classic(text)) == found
    return found


def value(found: dict[tuple[str, Labels], float], name: str, **labels: str) -> float:
    return found[f"davlock_check_{name}", frozenset({"target": TARGET, **labels}.items())]


def test_a_run() -> None:
    found = read(
        run(
            checked(CheckOutcome.FAIL, "w"),
            checked(CheckOutcome.FAIL, "w", Level.SHOULD, id="b"),
            checked(CheckOutcome.FAIL, "w", Level.SHOULD, id="c"),
            left="x",
        )
    )
    assert value(found, "success") == 0
    assert value(found, "outcome", check="b", group="writes", level="SHOULD", outcome="fail") == 1
    assert value(found, "checks", level="SHOULD", outcome="fail") == 2
    assert value(found, "checks", level="MUST", outcome="fail") == 1
    assert value(found, "checks", level="MUST", outcome="pass") == 0
    assert value(found, "seconds") == 1.5
    assert value(found, "timestamp_seconds") == BEGAN_AT
    assert value(found, "scratch_left") == 1
    assert sum(name == "davlock_check_outcome" for name, _ in found) == 3
    assert sum(name == "davlock_check_checks" for name, _ in found) == 15


SUCCESSES: list[tuple[str, Checked, str, Level, bool]] = [
    ("a pass", checked(CheckOutcome.PASS), "", Level.MUST, True),
    ("a failure", checked(CheckOutcome.FAIL), "", Level.MUST, False),
    ("a weaker demand", checked(CheckOutcome.FAIL, level=Level.SHOULD), "", Level.MUST, True),
    ("a weaker demand that counts", checked(CheckOutcome.FAIL, level=Level.SHOULD), "", Level.SHOULD, False),
    ("an expected failure", checked(CheckOutcome.FAIL, expected=True), "", Level.MUST, True),
    ("not told", checked(CheckOutcome.UNKNOWN), "", Level.MAY, True),
    ("a warning", checked(CheckOutcome.WARN), "", Level.MAY, True),
    ("stopped", checked(CheckOutcome.PASS), "interrupted", Level.MUST, False),
]


@pytest.mark.parametrize(("description", "one", "stopped", "level", "well"), SUCCESSES, ids=[c[0] for c in SUCCESSES])
def test_success(description: str, one: Checked, stopped: str, level: Level, well: bool) -> None:
    assert value(read(run(one, stopped=stopped), fail_level=level), "success") == well, description


def test_how_long_answers_took() -> None:
    puts = [asked("PUT", "/f", 204, float(took)) for took in range(100, 0, -1)]
    others = (asked("LOCK", "/f", 200, 250.0), asked("LOCK", "/f", NoResponseKind.TIMEOUT), asked("GET", "/f", 200))
    moves = [asked("MOVE", "/f", 201, took) for took in (1.0, 2.0, 3.0)]
    found = read(run(exchanges=(*puts, *others, *moves)))
    assert value(found, "request_seconds", method="MOVE", quantile="0.5") == 0.002
    assert [value(found, "request_seconds", method="PUT", quantile=q) for q in ("0.5", "0.9", "0.99")] == [
        *(0.05, 0.09, 0.099)
    ]
    assert value(found, "request_seconds_sum", method="PUT") == pytest.approx(5.05)
    assert value(found, "request_seconds_count", method="PUT") == 100
    assert [value(found, "request_seconds", method="LOCK", quantile=q) for q in ("0.5", "0.99")] == [0.25, 0.25]
    assert value(found, "request_seconds_count", method="LOCK") == 1
    assert not any(("method", "GET") in labels for _, labels in found)


def test_a_target_named_twice_is_told_once_and_hides_no_failure() -> None:
    password = TARGET.replace("//", "//alice:secret@")
    one = run(checked(CheckOutcome.FAIL, "w"), exchanges=(asked("PUT", "/f", 204, 1.0),), left="x")
    found = read(one, run(checked(CheckOutcome.PASS), exchanges=(asked("PUT", "/f", 204, 2.0),), target=password))
    assert value(found, "success") == 0
    assert value(found, "scratch_left") == 1
    assert value(found, "seconds") == 3
    assert value(found, "request_seconds_count", method="PUT") == 2
    assert not any("secret" in text for _, labels in found for _, text in labels)


def test_the_text() -> None:
    lines = document(
        [run(checked(CheckOutcome.PASS), target='https://dav.example/"\\')], fail_level=Level.MUST
    ).splitlines()
    assert lines[:3] == [
        "# TYPE davlock_check_success gauge",
        "# HELP davlock_check_success 1 if the run reached its end and no check failed that counts.",
        'davlock_check_success{target="https://dav.example/\\"\\\\"} 1',
    ]
    assert "# UNIT davlock_check_timestamp_seconds seconds" in lines
    assert "davlock_check_request_seconds" not in "".join(lines)


def test_nothing_at_all() -> None:
    assert document([], fail_level=Level.MUST) == "# EOF\n"


@pytest.mark.long
@given(st.lists(hostile_runs(), max_size=3), LEVELS)
def test_both_parsers_agree_whatever_a_server_says(runs: list[Run], fail_level: Level) -> None:
    found = read(*runs, fail_level=fail_level) if runs else {}
    counted = sum(number for (name, _), number in found.items() if name == "davlock_check_checks")
    assert counted == sum(len(one.checked) for one in runs)
