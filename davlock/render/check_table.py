"""The outcome of checks: a table for people, lines for scripts, the ``checks`` of the JSON contract."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from davlock.checks.results import OUTCOMES, About, Checked, CheckOutcome, Level, Mark, Run, mark, ran_nothing
from davlock.render.sinks import exact
from davlock.render.tsv import row

if TYPE_CHECKING:
    from davlock.render.result import Result
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
        key=lambda one: (
            OUTCOMES.index(one.outcome),
            one.expected,
            -one.about.level.weight if one.outcome is CheckOutcome.FAIL else 0,
        ),
    )


def as_list(run: Run) -> list[dict[str, object]]:
    """``checks``, in the order in which they were run."""
    return [
        {
            "id": one.about.id,
            "group": one.about.group,
            "title": one.about.title,
            "level": one.about.level.value,
            "outcome": one.outcome.value,
            "why": one.why,
            "reference": one.about.reference,
            "litmus": one.about.litmus,
            "elapsed_ms": round(one.elapsed_ms, 1),
            "expected": one.expected,
            "findings": list(one.findings),
            "exchanges": list(one.exchanges),
        }
        for one in run.checked
    ]


def counts(run: Run) -> dict[str, int]:
    """How many checks had each outcome."""
    return {outcome.value: sum(one.outcome is outcome for one in run.checked) for outcome in OUTCOMES}


def baseline(runs: Sequence[Run]) -> str:
    """What ``--expect`` reads: every check that fails now."""
    ids = dict.fromkeys(one.about.id for run in runs for one in run.checked if one.outcome is CheckOutcome.FAIL)
    return "".join(f"{id}\n" for id in ids) or "# nothing failed\n"


def rows(run: Run, *, several: bool = False) -> Iterator[str]:
    """TSV, a line a check."""
    for one in ordered(run.checked):
        about = one.about
        yield row(
            (
                one.outcome.value,
                about.id,
                about.level.value,
                one.why,
                about.reference,
                about.litmus,
                ",".join(one.findings),
                round(one.elapsed_ms, 1),
                "expected" if one.expected else None,
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


def show(console: "Console", run: Run, result: "Result", *, fail_level: Level) -> None:
    """The failure that matters in the first line; a summary in the last."""
    from rich.text import Text

    from davlock.render import tables

    if ran_nothing(run):
        tables.hang(console, Text("✗", style="bold red"), not_run(run), "bold")
        return
    shown = [one for one in ordered(run.checked) if one.outcome is not CheckOutcome.PASS]
    left_out = [one for one in shown if one.outcome is CheckOutcome.SKIP]
    for one in shown:
        if one.outcome is CheckOutcome.SKIP:
            continue
        mark, style = MARKS[one.outcome]
        expected = " · expected" if one.expected else ""
        tables.hang(console, Text(mark, style=style), f"{one.about.id}: {one.why}", "bold" if one.counts else "")
        about = [one.about.title, one.about.level.value, one.about.reference]
        if one.about.litmus:
            about.append(f"litmus {one.about.litmus}")
        about += one.findings
        tables.hang(console, Text(" "), " · ".join(about) + expected, "dim")
    if shown:
        console.print()
    for found in result.findings:
        tables.show_finding(console, found)
    tables.show_remedies(console, result.findings)
    fixed = [one.about.id for one in run.checked if one.fixed]
    if fixed:
        tables.hang(console, Text("✓", style="bold green"), f"expected to fail, and passing now: {', '.join(fixed)}")
    for why in dict.fromkeys(one.why for one in left_out):
        same = [one.about.id for one in left_out if one.why == why]
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

    kept = [outcome for outcome in reversed(OUTCOMES) if any(one.outcome is outcome for one in run.checked)]
    rows = []
    for group in dict.fromkeys(one.about.group for one in run.checked):
        inside = [one for one in run.checked if one.about.group == group]
        numbers = [sum(one.outcome is outcome for one in inside) for outcome in kept]
        took = sum(one.elapsed_ms for one in inside) / 1000
        rows.append([group, *(str(number) if number else "" for number in numbers), f"{took:.1f} s"])
    tables.show_table(console, ("Group", *(WORDS[outcome] for outcome in kept), "Time"), rows)


def not_run(run: Run) -> str:
    """The one line for a run that was stopped before any check."""
    return f"no check was run at {run.target}: {run.stopped}"


def ended_early(run: Run) -> str:
    """The line for a run that reached some checks."""
    return f"ended early at {run.target}: {run.stopped}; {run.missed} checks were not run"


def summary(run: Run, result: "Result", fail_level: Level) -> str:
    """One line."""
    from davlock.protocol.visible import visible

    found = counts(run)
    bad = any(mark(one, fail_level) is Mark.FAILED for one in run.checked)
    words = WORDS if bad else WORDS | {CheckOutcome.FAIL: f"{WORDS[CheckOutcome.FAIL]} below {fail_level.value}"}
    told = ", ".join(f"{found[outcome.value]} {words[outcome]}" for outcome in OUTCOMES if found[outcome.value])
    verdict = "FAILED" if bad else "STOPPED" if run.stopped else "OK"
    who = f" · {result.product_title}" if result.product_title else ""
    return visible(f"{verdict} {run.target}{who}: {told} in {run.elapsed_ms / 1000:.1f} s")
