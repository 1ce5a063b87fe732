"""The rows of the ledger, as the ``rows`` of a RESULT have them: lines for pipes, a table for people."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from davlock.protocol.visible import visible
from davlock.render.result import Result
from davlock.render.sinks import exact
from davlock.render.tsv import row

if TYPE_CHECKING:
    from davlock.render.tables import Console

Row = Mapping[str, object]

COLUMNS = (
    *("url", "token", "state", "login", "taken_at", "expires_at", "lockroot", "process", "standing", "outcome", "why"),
    *("run",),
)

MARKS = {"mine": "K", "stolen": "T", "gone": "B", "unknown": "?"}
"""As ``svn status -u`` marks its locks: Kept here, sTolen, Broken."""


def rows_of(result: Result) -> tuple[Row, ...]:
    """``rows`` of the contract."""
    return tuple(cast("Iterable[Row]", dict(result.extra).get("rows", ())))


def ledger_lines(result: Result, *, now: str) -> Iterator[str]:
    """COLUMNS, a line a row. ``now`` is the time as the rows write it."""
    for entry in rows_of(result):
        yield row(_cell(entry, name, now) for name in COLUMNS)


def _cell(entry: Row, name: str, now: str) -> object:
    if name == "process":
        return _process(entry)
    if name == "state":
        return _state(entry, now)
    return exact(entry[name]) if name in ("url", "token", "lockroot") else entry[name]


def _state(entry: Row, now: str) -> object:
    """The state as the ledger has it; of a held lock whose time is over, what that means."""
    over = entry["state"] == "held" and bool(entry["expires_at"]) and str(entry["expires_at"]) < now
    return OVERDUE if over else entry["state"]


OVERDUE = "ended, unless renewed"
"""A lock whose time is over by our own clock: whoever has its token may have renewed it."""

HEADER = ("Mark", "Lock root", "As", "State", "Taken", "Ends", "Process", "Why")


def _cells(entry: Row, now: str) -> dict[str, str]:
    """By the names of HEADER. The whole URL stands with the token below the table."""
    ends = _minute(entry["expires_at"]) or ("never" if entry["token"] and entry["state"] == "held" else "")
    return {
        "Mark": MARKS.get(str(entry["standing"]), ""),
        "Lock root": urlsplit(str(entry["lockroot"] or entry["url"])).path,
        "As": str(entry["login"]),
        "State": str(entry["outcome"] or entry["standing"] or _state(entry, now)),
        "Taken": _minute(entry["taken_at"]),
        "Ends": ends,
        "Process": "" if entry["kept"] else f"{entry['pid']} {_process(entry)}",
        "Why": str(entry["why"] or ""),
    }


def _minute(moment: object) -> str:
    return str(moment or "").replace("T", " ")[:16]


def _process(entry: Row) -> str:
    return {True: "runs", False: "ended", None: "elsewhere"}[cast("bool | None", entry["process_runs"])]


def show_rows(console: "Console", result: Result, *, now: str) -> None:
    """The locks of one result as a table. ``now`` is the time as the rows write it."""
    show_all_rows(console, [result], now=now)


def show_all_rows(console: "Console", results: Iterable[Result], *, now: str) -> None:
    """The locks of all results as one table, the tokens below it, each whole on a line of its own."""
    from davlock.render.tables import show_table

    entries = [entry for result in results for entry in rows_of(result)]
    if not entries:
        console.print("The ledger has no lock.")
        return
    cells = [_cells(entry, now) for entry in entries]
    kept = [name for name in HEADER if any(row[name] for row in cells)]  # a column that says nothing takes room
    show_table(
        console, ["" if name == "Mark" else name for name in kept], [[row[name] for name in kept] for row in cells]
    )
    console.print()
    for entry in entries:
        if entry["token"]:
            console.print(visible(f"{entry['url']}  {entry['token']}"), soft_wrap=True)
