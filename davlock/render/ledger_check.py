"""What is wrong with the ledger's file, for JSON, for pipes and for people."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, cast

from davlock.render.plural import count
from davlock.render.result import Result
from davlock.render.row_list import RowColumn, RowList, row_list
from davlock.render.tsv import row

if TYPE_CHECKING:
    from davlock.ledger.check import LedgerCheck, Repair

COLUMNS = ("what", "name", "field", "why")


def check_facts(checked: "LedgerCheck", mended: "Repair | None") -> tuple[tuple[str, object], ...]:
    """The keys of the contract that stand beside ``rows``."""
    return (
        (
            "damaged",
            [{"row": row.number, "run": row.run, "field": row.field, "why": row.why} for row in checked.damaged],
        ),
        ("integrity", list(checked.integrity)),
        (
            "stray",
            [{"name": stray.name, "why": stray.why, "left_by_crash": stray.left_by_crash} for stray in checked.stray],
        ),
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
    """By COLUMNS; also what a crash left, which is no fault."""
    facts = dict(result.extra)
    for damaged in cast("list[Mapping[str, object]]", facts["damaged"]):
        name = damaged["run"] if damaged["run"] is not None else f"number {damaged['row']}"
        yield "damaged row", str(name), str(damaged["field"]), str(damaged["why"])
    for line in cast("list[str]", facts["integrity"]):
        yield "database", "", "", line
    for stray in cast("list[Mapping[str, object]]", facts["stray"]):
        yield "stray file", str(stray["name"]), "", str(stray["why"])


def check_lines(result: Result) -> Iterator[str]:
    """A line for each fault, and for each file that a crash left."""
    for fault in _faults(result):
        yield row(fault)


def check_list(result: Result) -> RowList:
    """The faults for people, how many rows are whole, and the command that repairs the file."""
    facts = dict(result.extra)
    lines = list(_faults(result))
    left = sum(bool(stray["left_by_crash"]) for stray in cast("list[Mapping[str, object]]", facts["stray"]))
    faults = len(lines) - left
    whole = len(cast("list[object]", facts["rows"]))
    repairable = bool(faults) and facts["repair"] is None
    verb = "is" if whole == 1 else "are"
    return row_list(
        [RowColumn(title=name.upper(), whole=name == "what") for name in COLUMNS],
        lines,
        foot=[f"{count(whole, 'row')} {verb} whole; {count(faults, 'fault') if faults else 'no faults'} found."],
        commands=[("davlock", "ledger", "check", "--repair")] if repairable else [],
    )
