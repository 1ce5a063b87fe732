"""Which column of a ledger's file holds what. The name decides, and never the place in the row."""

from collections.abc import Mapping, Sequence

from davlock.errors import RemoteProtocolError
from davlock.own_files.fields import LARGEST
from davlock.protocol.headers import parse_timeout

STORED = (
    *("run", "url", "login", "root", "token", "state", "kept", "scope", "depth", "asked_at", "taken_at", "renewed_at"),
    *("timeout", "seconds", "ended_at", "host", "boot", "pid", "started", "sign", "owner"),
)
"""The columns in the order of davlock's own table; in version 1 without the last."""

MAY_BE_NULL = frozenset({"root", "token", "taken_at", "renewed_at", "timeout", "seconds", "ended_at", "owner"})
"""Columns without which a row is still whole."""

FEWEST = len(STORED) - len(MAY_BE_NULL)
"""Values that a row of the ledger has at least."""


def names_of(columns: Sequence[str]) -> tuple[str, ...]:
    """For each column of a file, the column of davlock's table that it is; empty for a column of somebody else.

    A name with one wrong letter, in its usual place, counts as the right name: a damaged disk changes letters.
    """
    names = [column.casefold() if column.casefold() in STORED else "" for column in columns]
    if len(columns) == len(STORED):
        for place, (column, usual) in enumerate(zip(columns, STORED, strict=True)):
            if usual not in names and _differ_by_one_letter(column, usual):
                names[place] = usual
    return tuple(names)


def _differ_by_one_letter(one: str, other: str) -> bool:
    return len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1


def completed(row: Mapping[str, object]) -> dict[str, object]:
    """``row`` with every column: what the file lacks is ``None``, or follows from the other columns."""
    values = {name: row.get(name) for name in STORED}
    timeout = values["timeout"]
    if "seconds" not in row and isinstance(timeout, str):
        values["seconds"] = _seconds_of(timeout)  # else the lock looks endless
    return values


def _seconds_of(timeout: str) -> float | None:
    try:
        seconds = parse_timeout(timeout)[0].seconds
    except RemoteProtocolError:
        return None
    return None if seconds is None else min(seconds, LARGEST)
