"""The outcome of checks: a table for people, lines for scripts, the ``checks`` of the JSON contract."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from davlock.checks.results import OUTCOMES, About, Checked, CheckOutcome, Level, Mark, Run, mark, ran_nothing
from davlock.diagnosis.diagnosis import Diagnosis
from davlock.render.build_result import result
from davlock.render.result import Result
from davlock.render.sinks import exact
from davlock.render.tsv import row

if TYPE_CHECKING:
    from davlock.render.tables import Console

MARKS = {
    CheckOutcome.PASS: ("✓", "bold green"),
    CheckOutcome.FAIL: ("✗", "bold red"),
    CheckOutcome.WARN: ("!", "bold yellow"),
    CheckOutcome.SKIP: ("-", "dim"),
    CheckOutcome.UNKNOWN: ("?", "bold yellow"),
}

FEW = 8
"""Checks that were left out for the same reason and are named; of more, the number is told."""

WORDS = {
    CheckOutcome.FAIL: "failed",
    CheckOutcome.UNKNOWN: "could not tell",
    CheckOutcome.WARN: "warned",
    CheckOutcome.SKIP: "not run",
    CheckOutcome.PASS: "passed",
}


def ordered(checked: Sequence[Checked]) -> list[Checked]:
    """The failure that matters first: by outcome, of failures by level; else in the order in which they were run."""
    return sorted(
        checked,
        key=lambda checked: (
            OUTCOMES.index(checked.outcome),
            checked.expected,
            -checked.about.level.weight if checked.outcome is CheckOutcome.FAIL else 0,
        ),
    )


def as_list(run: Run) -> list[dict[str, object]]:
    """``checks``, in the order in which they were run."""
    return [
        {
            "id": checked.about.id,
            "group": checked.about.group,
            "title": checked.about.title,
            "level": checked.about.level.value,
            "outcome": checked.outcome.value,
            "why": checked.why,
            "reference": checked.about.reference,
            "litmus": checked.about.litmus,
            "elapsed_ms": round(checked.elapsed_ms, 1),
            "expected": checked.expected,
            "findings": list(checked.findings),
            "exchanges": list(checked.exchanges),
        }
        for checked in run.checked
    ]


def check_result(run: Run, diagnosis: Diagnosis) -> Result:
    """The RESULT of a run. It has no verdict: the checks are about the server, and not about one resource."""
    described = result(diagnosis)
    return Result(
        target=run.target,
        product=described.product,
        product_title=described.product_title,
        dav=described.dav,
        allow=described.allow,
        findings=diagnosis.findings,
        skipped=run.skipped,
        exchanges=run.exchanges,
        extra=(
            ("checks", as_list(run)),
            ("counts", counts(run)),
            ("scratch", run.scratch),
            ("left", run.left),
            ("stopped", run.stopped),
        ),
    )


def counts(run: Run) -> dict[str, int]:
    """How many checks had each outcome."""
    return {outcome.value: sum(checked.outcome is outcome for checked in run.checked) for outcome in OUTCOMES}


def baseline(runs: Sequence[Run]) -> str:
    """What ``--expect`` reads: every check that fails now."""
    ids = dict.fromkeys(
        checked.about.id for run in runs for checked in run.checked if checked.outcome is CheckOutcome.FAIL
    )
    return "".join(f"{id}\n" for id in ids) or "# nothing failed\n"


def rows(run: Run, *, several: bool = False) -> Iterator[str]:
    """TSV, a line a check."""
    for checked in ordered(run.checked):
        about = checked.about
        yield row(
            (
                checked.outcome.value,
                about.id,
                about.level.value,
                checked.why,
                about.reference,
                about.litmus,
                ",".join(checked.findings),
                round(checked.elapsed_ms, 1),
                "expected" if checked.expected else None,
                *((exact(run.target),) if several else ()),
            )
        )


def list_row(about: About) -> str:
    """TSV of a check that is only listed."""
    return row((about.id, about.group, about.level.value, about.title, about.reference, about.litmus))


def show_list(console: "Console", abouts: Sequence[About]) -> None:
    """A table of checks that are only listed."""
    from davlock.render import tables

    header = ("Id", "Level", "What", "Clause", "litmus")
    group = ""
    cells: list[list[str]] = []
    for about in abouts:
        if about.group != group:
            if cells:
                tables.show_table(console, header, cells, whole=header[0])
            group, cells = about.group, []
            console.print()
            console.print(group, style="bold")
        title = about.title + (" (hostile)" if about.hostile else "") + (" (two users)" if about.two_users else "")
        cells.append([about.id, about.level.value, title, about.reference, about.litmus or ""])
    tables.show_table(console, header, cells, whole=header[0])


def show(console: "Console", run: Run, result: Result, *, fail_level: Level) -> None:
    """The failure that matters in the first line; a summary in the last."""
    from rich.text import Text

    from davlock.render import tables

    if ran_nothing(run):
        tables.hang(console, Text("✗", style="bold red"), not_run(run), "bold")
        return
    shown = [checked for checked in ordered(run.checked) if checked.outcome is not CheckOutcome.PASS]
    left_out = [checked for checked in shown if checked.outcome is CheckOutcome.SKIP]
    for checked in shown:
        if checked.outcome is CheckOutcome.SKIP:
            continue
        mark, style = MARKS[checked.outcome]
        expected = " · expected" if checked.expected else ""
        tables.hang(
            console, Text(mark, style=style), f"{checked.about.id}: {checked.why}", "bold" if checked.counts else ""
        )
        about = [checked.about.title, checked.about.level.value, checked.about.reference]
        if checked.about.litmus:
            about.append(f"litmus {checked.about.litmus}")
        about += checked.findings
        tables.hang(console, Text(" "), " · ".join(about) + expected, "dim")
    if shown:
        console.print()
    for finding in result.findings:
        tables.show_finding(console, finding)
    tables.show_remedies(console, result.findings)
    fixed = [checked.about.id for checked in run.checked if checked.fixed]
    if fixed:
        tables.hang(console, Text("✓", style="bold green"), f"expected to fail, and passing now: {', '.join(fixed)}")
    for why in dict.fromkeys(checked.why for checked in left_out):
        same = [checked.about.id for checked in left_out if checked.why == why]
        which = ", ".join(same) if len(same) <= FEW else f"{len(same)} checks"
        tables.hang(console, Text("-", style="dim"), f"not run, {why}: {which}", "dim")
    if run.stopped:
        tables.hang(console, Text("!", style="bold yellow"), ended_early(run))
    console.print()
    _show_groups(console, run)
    console.print(summary(run, result, fail_level), style="bold", soft_wrap=True)


def _show_groups(console: "Console", run: Run) -> None:
    """How each group went."""
    from davlock.render import tables

    kept = [outcome for outcome in reversed(OUTCOMES) if any(checked.outcome is outcome for checked in run.checked)]
    rows = []
    for group in dict.fromkeys(checked.about.group for checked in run.checked):
        inside = [checked for checked in run.checked if checked.about.group == group]
        numbers = [sum(checked.outcome is outcome for checked in inside) for outcome in kept]
        took = sum(checked.elapsed_ms for checked in inside) / 1000
        rows.append([group, *(str(number) if number else "" for number in numbers), f"{took:.1f} s"])
    tables.show_table(console, ("Group", *(WORDS[outcome] for outcome in kept), "Time"), rows)


def not_run(run: Run) -> str:
    """The one line for a run that was stopped before any check."""
    return f"no check was run at {run.target}: {run.stopped}"


def ended_early(run: Run) -> str:
    """The line for a run that reached some checks."""
    return f"ended early at {run.target}: {run.stopped}; {run.missed} checks were not run"


def summary(run: Run, result: Result, fail_level: Level) -> str:
    """One line."""
    from davlock.protocol.visible import visible

    numbers = counts(run)
    bad = any(mark(checked, fail_level) is Mark.FAILED for checked in run.checked)
    words = WORDS if bad else WORDS | {CheckOutcome.FAIL: f"{WORDS[CheckOutcome.FAIL]} below {fail_level.value}"}
    words_of = ", ".join(f"{numbers[outcome.value]} {words[outcome]}" for outcome in OUTCOMES if numbers[outcome.value])
    verdict = "FAILED" if bad else "STOPPED" if run.stopped else "OK"
    who = f" · {result.product_title}" if result.product_title else ""
    return visible(f"{verdict} {run.target}{who}: {words_of} in {run.elapsed_ms / 1000:.1f} s")
