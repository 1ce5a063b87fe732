"""The rows of the ledger, as the ``rows`` of a RESULT have them: lines for pipes, a table for people."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import cast

from davlock.operations.results import READ_BACK
from davlock.protocol.natural_order import natural_key
from davlock.render.local_time import local_time
from davlock.render.lock_list import common_zone
from davlock.render.plural import count
from davlock.render.result import Result
from davlock.render.row_list import RowColumn, RowList, common_folder, place_below, row_list
from davlock.render.sinks import exact
from davlock.render.tsv import row

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


def _is_over(entry: Row, now: str) -> bool:
    """Returns true if nobody needs to look at the lock any more, unless somebody else renewed it."""
    return (
        not _stands(entry) or entry["standing"] == "gone" or (not entry["standing"] and _state(entry, now) == OVERDUE)
    )


OVERDUE = "ended, unless renewed"
"""A lock whose time is over by our own clock: whoever has its token may have renewed it."""


def ledger_list(
    results: Iterable[Result], *, now: str, tokens: bool = False, verified: bool = True, targets: tuple[str, ...] = ()
) -> RowList:
    """Returns the locks of all results as one list for people. ``now`` is the time as the rows write it.

    Below a list that was not ``verified`` stands the command that compares it with the server. It names ``targets``
    of a profile, which have the login, else the login.
    """
    entries = [entry for result in results for entry in rows_of(result)]
    if not entries:
        return RowList(head="The ledger has no lock.")
    folder = common_folder([_url(entry) for entry in entries])
    entries.sort(key=lambda entry: (_is_over(entry, now), natural_key(place_below(_url(entry), folder))))
    ended = sum(_is_over(entry, now) for entry in entries)
    beside = f", {ended} of them ended" if 0 < ended < len(entries) else ""
    moment = datetime.fromisoformat(now)
    taken = [_time(entry["taken_at"]) for entry in entries]
    ends = [_time(entry["expires_at"]) if _stands(entry) else None for entry in entries]
    zone = common_zone(time for time in (*taken, *ends) if time is not None)

    def local(time: datetime | None) -> str:
        return "" if time is None else local_time(time, moment, zone=not zone)

    rows = [
        (
            MARKS.get(str(entry["standing"]), ""),
            place_below(_url(entry), folder),
            str(entry["login"]),
            str(entry["outcome"] or entry["standing"] or _state(entry, now)),
            local(began),
            local(over) or ("never" if entry["token"] and _stands(entry) and entry["state"] == "held" else ""),
            "" if entry["kept"] else f"{entry['pid']} {_process(entry)}",
            "" if entry["why"] == READ_BACK else str(entry["why"] or ""),
        )
        for entry, began, over in zip(entries, taken, ends, strict=True)
    ]
    columns = (
        RowColumn(title="", whole=True),
        RowColumn(title="FILE"),
        RowColumn(title="AS", common="as {}"),
        RowColumn(title="STATE", common="{}"),
        RowColumn(title="TAKEN" if any(ends) or not zone else f"TAKEN ({zone})", whole=True),
        RowColumn(title=f"ENDS ({zone})" if any(ends) and zone else "ENDS", whole=True),
        RowColumn(title="PROCESS", whole=True),
        RowColumn(title="WHY"),
    )
    hidden = any(entry["token"] for entry in entries) and not tokens
    logins = {str(entry["login"]) for entry in entries}
    login = ("-u", *logins) if len(logins) == 1 and logins != {""} and not targets else ()
    return row_list(
        columns,
        rows,
        head=f"{count(len(entries), 'lock')} that davlock took{f' below {folder}' if folder else ''}{beside}",
        lines=[f"{place_below(_url(entry), folder)}  {entry['token']}" for entry in entries if entry["token"]]
        if tokens
        else (),
        foot=["Tokens: --tokens"] if hidden and not verified else (),
        commands=[] if verified else [("davlock", "ledger", "list", *login, "--verify", *targets)],
    )


def _url(entry: Row) -> str:
    return str(entry["lockroot"] or entry["url"])


def _stands(entry: Row) -> bool:
    """Returns true if the lock may still be there, by its row."""
    return entry["state"] in ("intended", "held") and entry["outcome"] not in ("released", "already-gone")


def _time(written: object) -> datetime | None:
    return datetime.fromisoformat(str(written)) if written else None


def _process(entry: Row) -> str:
    return {True: "runs", False: "ended", None: "elsewhere"}[cast("bool | None", entry["process_runs"])]
