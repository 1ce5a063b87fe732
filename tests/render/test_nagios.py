"""Output for monitoring systems, as the Monitoring Plugins Development Guidelines describe it."""

import re

import pytest

from davlock.checks.results import CheckOutcome, Level, Run
from davlock.render import nagios
from tests.render.runs import TARGET, checked, run

PASS, WARN, FAIL, SKIP = CheckOutcome.PASS, CheckOutcome.WARN, CheckOutcome.FAIL, CheckOutcome.SKIP

_NUMBER = r"(?:-?[0-9.]+)"
_RANGE = rf"(?:@?(?:~|{_NUMBER})?:?{_NUMBER}?)"
PERFORMANCE = re.compile(rf"[a-z_]+={_NUMBER}(?:s|%|B|c)?;{_RANGE};{_RANGE};{_NUMBER};{_NUMBER}?")
"""'label'=value[UOM];[warn];[crit];[min];[max]"""


def output(*runs: Run, states: tuple[str, ...], state: str, level: Level = Level.MUST) -> list[str]:
    text = nagios.document(runs, states, state=state, fail_level=level)
    assert text.endswith("\n")
    assert len(text.encode()) <= 4096
    first, *others = text.splitlines()
    words, numbers = first.split(" | ")
    assert all(PERFORMANCE.fullmatch(number) for number in numbers.split(" ")), numbers
    assert "|" not in "".join((words, *others))
    return [words, *others]


@pytest.mark.parametrize(
    ("one", "state", "lines"),
    [
        (run(checked(PASS), checked(WARN), checked(SKIP)), "OK", [f"DAVLOCK OK - {TARGET}: 2 of 2 checks passed"]),
        (
            run(checked(FAIL, "a | b\nc", id="token-in-if"), checked(PASS)),
            "CRITICAL",
            [
                f"DAVLOCK CRITICAL - {TARGET}: 1 of 2 checks failed: token-in-if",
                "[CRITICAL] token-in-if (MUST): a / b\\nc",
            ],
        ),
        (
            run(checked(FAIL, "no body", Level.SHOULD, id="code"), left="davlock-check-1/ is still there"),
            "WARNING",
            [
                f"DAVLOCK WARNING - {TARGET}: 0 of 1 checks passed, 1 below MUST failed; something was left behind",
                "[WARNING] code (SHOULD): no body",
                "[WARNING] davlock-check-1/ is still there",
            ],
        ),
        (run(stopped="no connection"), "CRITICAL", [f"DAVLOCK CRITICAL - {TARGET}: no connection"]),
        (
            run(checked(FAIL, "lost", id="put"), stopped="the deadline has passed"),
            "CRITICAL",
            [
                f"DAVLOCK CRITICAL - {TARGET}: 1 of 1 checks failed: put",
                "[CRITICAL] put (MUST): lost",
                f"{TARGET}: the deadline has passed",
            ],
        ),
        (run(checked(FAIL, expected=True)), "OK", [f"DAVLOCK OK - {TARGET}: 0 of 1 checks passed"]),
    ],
)
def test_one_url(one: Run, state: str, lines: list[str]) -> None:
    assert output(one, states=(state,), state=state) == lines


def test_several_urls() -> None:
    good, bad = run(checked(PASS), target="https://a/"), run(checked(FAIL, "why", id="put"), target="https://b/")
    assert output(good, bad, states=("OK", "CRITICAL"), state="CRITICAL") == [
        "DAVLOCK CRITICAL - 1 of 2 URLs: https://b/: 1 of 1 checks failed: put",
        "[OK] https://a/: 1 of 1 checks passed",
        "[CRITICAL] https://b/: 1 of 1 checks failed: put",
        "[CRITICAL] https://b/: put (MUST): why",
    ]
    assert output(good, states=("OK",), state="UNKNOWN") == ["DAVLOCK UNKNOWN - https://a/: 1 of 1 checks passed"]


def test_what_does_not_fit_is_counted() -> None:
    many = [checked(FAIL, "\u00e9|" * 500, id=f"check-{number}") for number in range(50)]
    lines = output(run(*many), states=("CRITICAL",), state="CRITICAL")
    assert re.fullmatch(r"\d+ more lines", lines[-1])
    assert lines[0].startswith(f"DAVLOCK CRITICAL - {TARGET}: 50 of 50 checks failed: check-0, ")


def test_the_numbers() -> None:
    text = nagios.document([run(checked(PASS), checked(FAIL))], ["CRITICAL"], state="CRITICAL", fail_level=Level.MUST)
    numbers = text.splitlines()[0].partition(" | ")[2].split(" ")
    assert numbers[:3] == ["checks=2;;;0;", "passed=1;;;0;2", "failed=1;;0;0;2"]
