"""The rows of the ledger that a person means, and how they are shown."""

import time
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from davlock.cli.options import Shared
from davlock.cli.output import Presenter
from davlock.ledger import Entry, Holder, Ledger, State
from davlock.operations.recovery import Recovered, Verified
from davlock.protocol.url import is_ancestor, same_origin, same_resource, without_credentials
from davlock.render.json_v1 import iso
from davlock.render.ledger_rows import COLUMNS, ledger_lines, ledger_list

if TYPE_CHECKING:
    from davlock.render.result import Result
    from davlock.render.tables import Console

OPEN = (State.INTENDED, State.HELD)


def chosen_entries(ledger: Ledger, typed: list[str], states: tuple[State, ...]) -> tuple[Entry, ...]:
    wanted = [without_credentials(url) for url in typed]
    return tuple(
        entry
        for entry in ledger.entries(*states)
        if not typed or any(_at_or_below(entry.place, url) or entry.covers(url) for url in wanted)
    )


def entry_address(entry: Entry, typed: list[str]) -> str:
    """Where the row's lock is, with the user and password of a URL that was typed for this server."""
    for url in typed:
        userinfo, at, _ = urlsplit(url).netloc.rpartition("@")
        if at and same_origin(without_credentials(url), entry.url):
            parts = urlsplit(entry.url)
            return urlunsplit(parts._replace(netloc=f"{userinfo}@{parts.netloc}"))
    return entry.url


def _at_or_below(place: str, url: str) -> bool:
    return same_resource(place, url) or is_ancestor(url, place)


def entry_row(
    entry: Entry,
    ledger: Ledger,
    *,
    verified: Verified | str | None = None,
    recovered: Recovered | None = None,
) -> dict[str, object]:
    """One of ``rows`` in the contract."""
    holder = ledger.holder(entry)
    ends = entry.renewed_at + entry.seconds if entry.renewed_at is not None and entry.seconds is not None else None
    standing = verified.standing.value if isinstance(verified, Verified) else "unknown" if verified else None
    why = verified.why if isinstance(verified, Verified) else verified
    return {
        "run": entry.run,
        "url": entry.url,
        "login": entry.login,
        "lockroot": entry.root,
        "token": entry.token,
        "state": entry.state.value,
        "kept": entry.kept,
        "scope": entry.scope.value,
        "depth": entry.depth.value,
        "asked_at": _iso(entry.asked_at),
        "taken_at": _iso(entry.taken_at),
        "renewed_at": _iso(entry.renewed_at),
        "expires_at": _iso(ends),
        "ended_at": _iso(entry.ended_at),
        "timeout": {
            "as_sent": entry.timeout,
            "seconds": entry.seconds,
            "infinite": entry.timeout is not None and entry.seconds is None,
        },
        "host": entry.process.host,
        "pid": entry.process.pid,
        "process_runs": None if holder in (Holder.ELSEWHERE, Holder.UNKNOWN) else holder is Holder.RUNS,
        "standing": standing,
        "outcome": recovered.outcome.value if recovered is not None else None,
        "commands": [list(line) for line in recovered.commands] if recovered is not None else [],
        "why": recovered.why if recovered is not None else why,
    }


def entry_presenter(
    shared: Shared, *, tokens: bool = False, verified: bool = True, targets: tuple[str, ...] = ()
) -> Presenter:
    """``tokens``: people see them. ``verified``: the rows need no comparison with the server; else the command for it
    names the ``targets``, which have a login of their own.
    """
    now = now_iso()

    def show(console: "Console", result: "Result") -> None:
        from davlock.render.draw_rows import show_rows

        show_rows(console, ledger_list([result], now=now, tokens=tokens, verified=verified, targets=targets))

    return Presenter("ledger", shared, rows=partial(ledger_lines, now=now), columns=COLUMNS, show=show, paged=True)


def now_iso() -> str:
    return _iso(time.time()) or ""


def _iso(moment: float | None) -> str | None:
    if moment is None:
        return None
    try:
        return iso(datetime.fromtimestamp(moment, UTC))
    except (OverflowError, ValueError, OSError):
        return None
