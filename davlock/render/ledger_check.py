"""What is wrong with the ledger's file, for JSON, for pipes and for people."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, cast

from davlock.render.result import Result
from davlock.render.tsv import row

if TYPE_CHECKING:
    from davlock.ledger.check import LedgerCheck, Repair
    from davlock.render.tables import Console

HEADER = ("What", "Name", "Field", "Why")


def check_facts(checked: "LedgerCheck", mended: "Repair | None") -> tuple[tuple[str, object], ...]:
    """The keys of the contract that stand beside ``rows``."""
    return (
        (
            "damaged",
            [{"row": row.number, "run": row.run, "field": row.field, "why": row.why} for row in checked.damaged],
        ),
        ("integrity", list(checked.integrity)),
        ("stray", [{"name": stray.name, "why": stray.why} for stray in checked.stray]),
        (
            "repair",
            None
            if mended is None
            else {
                "kept": mended.kept,
                "lost": checked.lost,
                "aside": None if mended.aside is None else str(mended.aside),
                "removed": list(mended.removed),
            },
        ),
    )


def _faults(result: Result) -> Iterator[tuple[str, str, str, str]]:
    """By the columns of HEADER."""
    facts = dict(result.extra)
    for damaged in cast("list[Mapping[str, object]]", facts["damaged"]):
        name = damaged["run"] if damaged["run"] is not None else f"number {damaged['row']}"
        yield "damaged row", str(name), str(damaged["field"]), str(damaged["why"])
    for line in cast("list[str]", facts["integrity"]):
        yield "database", "", "", line
    for stray in cast("list[Mapping[str, object]]", facts["stray"]):
        yield "stray file", str(stray["name"]), "", str(stray["why"])


def check_lines(result: Result) -> Iterator[str]:
    """A line for each fault."""
    for fault in _faults(result):
        yield row(fault)


def show_check(console: "Console", result: Result) -> None:
    """The faults as a table, and how many rows are whole."""
    from davlock.render.tables import show_table

    faults = list(_faults(result))
    rows = cast("list[object]", dict(result.extra)["rows"])
    if faults:
        show_table(console, HEADER, faults)
        console.print()
    count = "1 row is" if len(rows) == 1 else f"{len(rows)} rows are"
    console.print(f"{count} whole; {len(faults) or 'no'} fault{'' if len(faults) == 1 else 's'} found.")
    if faults and dict(result.extra)["repair"] is None:
        console.print("Repair the file: davlock ledger check --repair")
