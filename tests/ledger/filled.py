"""A ledger with rows, for tests that damage it."""

import contextlib
import os
import sqlite3
from pathlib import Path

from davlock.ledger import Ledger, Process
from davlock.ledger.columns import STORED
from davlock.protocol.lock import Depth, LockScope, LockToken, Timeout

HOST = "http://dav.example"


def state() -> Path:
    """The folder that the commands of this test use."""
    return Path(os.environ["XDG_STATE_HOME"]) / "davlock"


def database() -> Path:
    """Its ledger."""
    return state() / "ledger.sqlite"


def fill(count: int = 3, *, folder: Path | None = None) -> list[str]:
    """Write ``count`` rows of a davlock that ended, and return their run ids."""
    process = Process(host=os.uname().nodename, boot="an earlier boot", pid=1, started="1")
    runs: list[str] = []
    with Ledger(folder or state(), process=process, now=lambda: 1_700_000_000.0 + len(runs), complain=print) as ledger:
        for number in range(count):
            run = ledger.new_run()
            url = f"{HOST}/{number}.txt"
            ledger.intend(run, url, owner=f"me, davlock {run}", scope=LockScope.SHARED, depth=Depth.ZERO, kept=True)
            token = LockToken(f"opaquelocktoken:00000000-0000-4000-8000-{number:012d}")
            ledger.granted(run, token, root=url, timeout=Timeout(600.0, "Second-600"))
            runs.append(run)
    return runs


def damage(run: str, column: str, value: object, *, path: Path | None = None) -> None:
    """Put ``value`` into a row, as no davlock would."""
    assert column in STORED
    with contextlib.closing(sqlite3.connect(path or database())) as rows:
        rows.execute(f"UPDATE locks SET {column} = ? WHERE run = ?", (value, run))  # noqa: S608 -- a name of a column
        rows.commit()
