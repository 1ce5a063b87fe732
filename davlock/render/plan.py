"""The plan of a clean-up and what came of it: lines for pipes, a table for people."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from davlock.diagnosis.verdict import Verdict
from davlock.diagnosis.wording import seconds_in_words
from davlock.locks.server_record import holder_name
from davlock.operations.results import Decision, ReleaseOutcome
from davlock.render.result import Result
from davlock.render.sinks import exact
from davlock.render.tsv import row

if TYPE_CHECKING:
    from davlock.render.tables import Console

COLUMNS = ("what", "lockroot", "owner", "token", "scope", "depth", "timeout", "age", "why")

MARKS = {
    ReleaseOutcome.RELEASED.value: ("✓", "green"),
    ReleaseOutcome.ALREADY_GONE.value: ("✓", "green"),
    ReleaseOutcome.REFUSED.value: ("✗", "red"),
    ReleaseOutcome.UNSURE.value: ("?", "yellow"),
    Decision.RELEASE.value: ("→", "yellow"),
}


def plan_lines(result: Result) -> Iterator[str]:
    """COLUMNS, a line a lock."""
    for view in result.plan or ():
        active = view.lock.lock
        yield row(
            (
                view.what,
                exact(view.lock.root or view.lock.url),
                holder_name(active) or None,
                exact(active.token.uri) if active.token else None,
                active.scope.value if active.scope else None,
                active.depth.value if active.depth else None,
                "infinite" if view.lock.endless else active.timeout.as_sent if active.timeout else None,
                view.lock.age.seconds if view.lock.age else None,
                view.because,
            )
        )


def show_plan(console: "Console", result: Result) -> None:
    """A table, and what a refusal means below it."""
    from davlock.render import details, tables

    views = result.plan or ()
    if not views:
        unknown = result.verdict is Verdict.UNKNOWN
        console.print("No lock was found, and not everything could be read." if unknown else "There are no locks.")
        return
    rows = []
    for view in views:
        active = view.lock.lock
        owner = holder_name(active) or "(not shown)"
        timeout = "never ends" if view.lock.endless else active.timeout.as_sent if active.timeout else "unknown"
        mark, _ = MARKS.get(view.what, (" ", ""))
        rows.append(
            [
                mark,
                tables.short(view.lock.root or view.lock.url, result.target),
                " ".join(owner.split()),
                timeout,
                seconds_in_words(view.lock.age.seconds) if view.lock.age else "",
                view.what,
                view.because,
            ]
        )
    header = ("", "Lock root", "Owner", "Timeout", "Age", "What", "Why")
    kept = [index for index in range(len(header)) if any(cells[index] for cells in rows)]
    tables.show_table(console, [header[index] for index in kept], [[cells[index] for index in kept] for cells in rows])
    console.print()
    for finding in result.findings:
        details.show_finding(console, finding)
    details.show_remedies(console, result.findings)
    tables.show_skipped(console, result)
