"""Processor time to draw 10,000 locks as a table of 100 columns, in milliseconds. ``davlock|rich``"""

import io
import sys
import time
from datetime import UTC, datetime, timedelta

from rich.console import Console
from rich.table import Table

ROWS = 10_000
WIDTH = 100
NOW = datetime(2026, 1, 31, 10, 41, tzinfo=UTC)
HOLDERS = ("Alice Miller", "bob", "Carol of the other team", "dav")


def holder(number: int) -> str:
    return HOLDERS[number % len(HOLDERS)]


def path(number: int) -> str:
    return f"team{number % 40}/part{number % 7}/report-{number}.odt"


def minutes(number: int) -> int:
    return 1 + number % 900


def by_davlock(rows: int) -> float:
    """What a person gets of ``davlock locks -r``, from the values of the locks to the lines."""
    from davlock.diagnosis.expiry import TimeShown
    from davlock.locks.holder_words import holder_words
    from davlock.protocol.lock import ActiveLock, Depth, LockScope, LockToken, Owner
    from davlock.render.draw_rows import show_rows
    from davlock.render.lock_list import ListView, lock_list
    from davlock.render.result import LockView, Result
    from davlock.render.tables import console_for

    def view(number: int) -> LockView:
        url = f"https://dav.example/{path(number)}"
        lock = ActiveLock(
            scope=LockScope.EXCLUSIVE,
            type=None,
            depth=Depth.ZERO if number % 3 else Depth.INFINITY,
            owner=Owner(holder(number), holder(number)),
            timeout=None,
            token=LockToken(f"urn:x:{number}"),
            root=None,
        )
        left = minutes(number)
        return LockView(
            url=url,
            lock=lock,
            holder=holder_words(lock),
            root=url,
            direct=True,
            mine=None,
            endless=False,
            ends_at=NOW + timedelta(minutes=left),
            time=TimeShown(left=left * 60.0),
        )

    result = Result(target="https://dav.example/", locks=tuple(map(view, range(rows))))
    stream = io.StringIO()
    begin = time.process_time()
    shown = lock_list(result, ListView(now=NOW, command=("davlock", "diagnose")))
    show_rows(console_for(stream, color=True, width=WIDTH), shown)
    spent = time.process_time() - begin
    assert stream.getvalue().count(".odt") >= rows
    return spent


def by_rich(rows: int) -> float:
    """A rich table of the same columns, from strings that are ready."""
    cells = [
        (
            path(number),
            holder(number),
            "0" if number % 3 else "infinity",
            f"{minutes(number)} min",
            f"{NOW + timedelta(minutes=minutes(number)):%H:%M}",
        )
        for number in range(rows)
    ]
    stream = io.StringIO()
    begin = time.process_time()
    table = Table("FILE", "HOLDER", "DEPTH", "LEFT", "ENDS", box=None)
    for row in cells:
        table.add_row(*row)
    Console(file=stream, width=WIDTH, force_terminal=True).print(table)
    spent = time.process_time() - begin
    assert stream.getvalue().count(".odt") >= rows
    return spent


draw = {"davlock": by_davlock, "rich": by_rich}[sys.argv[1]]
draw(20)  # imports
print(draw(ROWS) * 1000)
