"""The screen of a run: the failure to fix and its cause come first, the counts last, and it is short."""

import io
from dataclasses import replace

import pytest

from davlock.checks.results import Checked, CheckOutcome, Level, Omission, Run
from davlock.diagnosis.finding import Certainty, Finding, Remedy, Retry, RetryVerdict, Risk, Severity, Who
from davlock.render.check_screen import CheckScreen
from davlock.render.result import Result
from davlock.render.tables import console_for
from tests.render.runs import checked, run

CAUSE = Finding(
    id="proxy-header-dropped",
    severity=Severity.ERROR,
    certainty=Certainty.CERTAIN,
    headline="A proxy drops the If header",
    explanation="It does.",
    evidence=(),
    retry=Retry(RetryVerdict.NEVER),
    remedies=(Remedy(Who.SERVER_ADMIN, "Let the proxy pass If", risk=Risk.SAFE),),
)


def needs(id: str, ground: str) -> Checked:
    why = f"it needs {ground}, which failed"
    return replace(checked(CheckOutcome.SKIP, why, id=id), omission=Omission.GROUND, ground=ground)


FAULT = checked(
    CheckOutcome.FAIL, "the server refused PUT with the token (423)", id="token-in-if", findings=(CAUSE.id,)
)
ONE_FAULT = run(
    *(checked(CheckOutcome.PASS, id=f"good{number}") for number in range(129)),
    *(checked(CheckOutcome.WARN, f"the answer is wrong in {number} ways", id=f"w{number}") for number in range(3)),
    FAULT,
    *(needs(f"n{number}", "token-in-if" if number == 0 else f"n{number - 1}") for number in range(12)),
)


def shown(run: Run, *, columns: int = 80, why: bool = False, list_warnings: bool = False) -> list[str]:
    stream = io.StringIO()
    causes = (CAUSE,) if any(checked.findings for checked in run.checked) else ()
    result = Result(target=run.target, findings=causes, product_title="Apache")
    screen = CheckScreen(fail_level=Level.MUST, why=why, list_warnings=list_warnings)
    screen.show(console_for(stream, color=False, width=columns), run, result)
    return stream.getvalue().splitlines()


def test_one_fault() -> None:
    assert shown(ONE_FAULT, columns=100) == [
        "✗ The server refused PUT with the token (423). A proxy drops the If header.",
        "  token-in-if · MUST · RFC 4918 §7.5 · proxy-header-dropped",
        "→ Let the proxy pass If (the server's administrator)",
        "1 failed, 3 warned, 12 not run (they need the one that failed), 129 passed in 1.5 s on Apache.",
        "--list-warnings · --why · davlock explain proxy-header-dropped",
    ]


@pytest.mark.parametrize("columns", [60, 80])
def test_it_fits(columns: int) -> None:
    lines = shown(ONE_FAULT, columns=columns)
    assert len(lines) <= 12
    assert max(map(len, lines)) <= columns


def test_more_is_shown_if_it_is_wanted() -> None:
    assert "! The answer is wrong in 2 ways." in shown(ONE_FAULT, list_warnings=True)
    why = shown(ONE_FAULT, why=True)
    assert "! The answer is wrong in 2 ways." in why
    assert any("writes" in line and " 129 " in line for line in why), "the table of the groups"


def test_a_warning_of_several_checks_is_shown_once() -> None:
    twice = run(*(checked(CheckOutcome.WARN, "the name is not escaped", id=id) for id in ("a", "b")))
    assert shown(twice, list_warnings=True)[:2] == ["! The name is not escaped.", "  a, b"]


def test_must_comes_before_should_and_the_rest_is_named() -> None:
    faults = run(
        checked(CheckOutcome.FAIL, "late", Level.SHOULD, id="s"),
        *(checked(CheckOutcome.FAIL, f"early {number}", id=f"m{number}") for number in range(5)),
    )
    lines = shown(faults)
    assert [line for line in lines if line.startswith("✗")] == [
        *(f"✗ Early {number}." for number in range(4)),
        "✗ Also failed: MUST m4",
    ]
    assert lines[-2] == "~ Failed below MUST, so it does not count: s"
    assert lines[-1] == "5 failed, 1 failed below MUST in 1.5 s on Apache.   --why"


def test_what_does_not_count_has_another_sign() -> None:
    lines = shown(run(checked(CheckOutcome.FAIL, "late", Level.SHOULD, id="s"), checked(CheckOutcome.PASS, id="p")))
    assert lines == [
        "✓ Nothing to fix at --fail-level MUST. These checks failed, but do not count:",
        "~ Late.",
        "  s · SHOULD · RFC 4918 §7.5",
        "OK: 1 failed below MUST, 1 passed in 1.5 s on Apache.   --why",
    ]


def test_why_checks_were_not_run() -> None:
    skipped = run(
        checked(CheckOutcome.SKIP, "no entity tag", id="tag"),
        replace(needs("tags", "tag"), why="it needs tag, which was not run"),
        replace(checked(CheckOutcome.SKIP, "x", id="two"), omission=Omission.SECOND_USER),
        checked(CheckOutcome.PASS, id="good"),
    )
    assert "OK: 3 not run (2 do not apply here, 1 needs --user2), 1 passed in 1.5 s on Apache." in " ".join(
        shown(skipped)
    )
