"""Profiles and settings of ``davlock config``: lines for pipes, a table for people."""

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from davlock.render.plural import count
from davlock.render.result import Result
from davlock.render.row_list import RowColumn, RowList, row_list
from davlock.render.sinks import exact
from davlock.render.tsv import row

Entry = Mapping[str, object]

PROFILE_COLUMNS = ("name", "url", "user", "keys")
SETTING_COLUMNS = ("setting", "value", "source", "from")


def _entries(result: Result, key: str) -> tuple[Entry, ...]:
    return tuple(cast("Iterable[Entry]", dict(result.extra).get(key, ())))


def profile_lines(result: Result) -> Iterator[str]:
    """PROFILE_COLUMNS, a line a profile."""
    for entry in _entries(result, "profiles"):
        yield row((entry["name"], exact(str(entry["url"])), entry["user"], ",".join(_keys(entry))))


def profile_list(result: Result, path: str) -> RowList:
    """The profiles for people. ``path`` is the file."""
    entries = _entries(result, "profiles")
    if not entries:
        return RowList(head=f"There is no profile in {path}.", commands=(("davlock", "help", "profiles"),))
    columns = (RowColumn(title="PROFILE", whole=True), RowColumn(title="URL", path=True), RowColumn(title="USER"))
    rows = [(f"{entry['name']}:", str(entry["url"]), str(entry["user"] or "")) for entry in entries]
    first = str(entries[0]["name"])
    return row_list(
        columns,
        rows,
        head=f"{count(len(entries), 'profile')} in {path}",
        commands=[("davlock", "config", "explain", f"{first}:")],
    )


def _keys(entry: Entry) -> tuple[str, ...]:
    return tuple(cast("Iterable[str]", entry["keys"]))


def setting_lines(result: Result) -> Iterator[str]:
    """SETTING_COLUMNS, a line a setting."""
    for entry in _entries(result, "settings"):
        value, place = entry["value"], entry["from"]
        shown = str(value).lower() if isinstance(value, bool) else exact(str(value)) if value is not None else None
        yield row((entry["setting"], shown, entry["source"], exact(place) if place else None))


def setting_list(result: Result) -> RowList:
    """The settings that are set, for people. The URL and the file of the profile stand once, its lines in the rows."""
    every = _entries(result, "settings")
    entries = [entry for entry in every if entry["setting"] != "url"]
    rows = [
        (str(entry["setting"]), _shown(entry["value"]), str(entry["source"]), _place(entry)[1])
        for entry in entries
        if entry["value"] not in (None, False) or entry["source"] != "default"
    ]
    columns = (
        RowColumn(title="SETTING", whole=True),
        RowColumn(title="VALUE"),
        RowColumn(title="SOURCE", whole=True),
        RowColumn(title="FROM"),
    )
    files = dict.fromkeys(_place(entry)[0] for entry in every if entry["source"] == "profile")
    foot = [f"The profile is in {file}." for file in files]
    if unset := len(entries) - len(rows):
        foot.append(f"{unset} more are not set: --format tsv lists them.")
    return row_list(columns, rows, head=f"Settings for {result.target}", foot=foot)


def _place(entry: Entry) -> tuple[str, str]:
    """Of a setting of a profile the file and the line; else what to change."""
    file, _, line = str(entry["from"] or "").rpartition(":")
    return (file, f"line {line}") if entry["source"] == "profile" and file else (file, str(entry["from"] or ""))


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else "" if value is None else str(value)
