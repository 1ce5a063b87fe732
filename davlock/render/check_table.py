"""Outcomes of checks: lines for scripts, the ``checks`` of the JSON contract, and the list of all checks."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from davlock.checks.results import OUTCOMES, About, Checked, CheckOutcome, Run
from davlock.diagnosis.diagnosis import Diagnosis
from davlock.render.build_result import result
from davlock.render.result import Result
from davlock.render.sinks import exact
from davlock.render.tsv import row

if TYPE_CHECKING:
    from davlock.render.tables import Console


def ordered(checked: Sequence[Checked]) -> list[Checked]:
    """Sorts by outcome, the worst first, and failures by level; the rest stays in the order of the run."""
    return sorted(
        checked,
        key=lambda checked: (
            OUTCOMES.index(checked.outcome),
            checked.expected,
            -checked.about.level.weight if checked.outcome is CheckOutcome.FAIL else 0,
        ),
    )


def as_list(run: Run) -> list[dict[str, object]]:
    """Returns ``checks`` of the JSON, in the order of the run."""
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
    """Returns the RESULT of a run. It has no verdict: checks are about the server, not about one resource."""
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
    """Returns how many checks had each outcome."""
    return {outcome.value: sum(checked.outcome is outcome for checked in run.checked) for outcome in OUTCOMES}


def baseline(runs: Sequence[Run]) -> str:
    """Returns a file for ``--expect``: the ids of all failed checks."""
    ids = dict.fromkeys(
        checked.about.id for run in runs for checked in run.checked if checked.outcome is CheckOutcome.FAIL
    )
    return "".join(f"{id}\n" for id in ids) or "# nothing failed\n"


def rows(run: Run, *, several: bool = False) -> Iterator[str]:
    """Yields TSV, one line a check."""
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
    """Returns the TSV line of a check that is only listed."""
    return row((about.id, about.group, about.level.value, about.title, about.reference, about.litmus))


def show_list(console: "Console", abouts: Sequence[About]) -> None:
    """Tables of checks that are only listed, a group each; TSV and the manual also have the clauses."""
    from davlock.render import tables

    header = ("Check", "Level", "What a correct server does")
    group = ""
    cells: list[list[str]] = []
    for about in abouts:
        if about.group != group:
            if cells:
                tables.show_table(console, header, cells, whole=header[0])
            group, cells = about.group, []
            console.print()
            console.print(group, style="bold")
        title = about.title + (" (--hostile)" if about.hostile else "") + (" (--user2)" if about.two_users else "")
        cells.append([about.id, about.level.value, title])
    tables.show_table(console, header, cells, whole=header[0])
