"""What outlives a run: the ledger, and who is writing there."""

import os
import time
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from davlock.cli.options import Shared
from davlock.cli.output import complain
from davlock.diagnosis.resource import OwnLock
from davlock.own_files.user_folders import LEDGER_FILE, state_folder

if TYPE_CHECKING:
    from davlock.ledger import Ledger


def open_ledger(shared: Shared) -> "Ledger":
    """The ledger, or with --no-ledger one that keeps nothing."""
    from davlock.ledger import Ledger, this_process

    folder = None if shared.no_ledger else state_folder()
    return Ledger(folder, process=this_process(), now=time.time, complain=complain)


def open_ledger_to_read(shared: Shared) -> "AbstractContextManager[Ledger | None]":
    """The ledger, or none if its file does not exist: then a command that only reads imports nothing about it."""
    try:
        os.lstat(state_folder() / LEDGER_FILE)
    except FileNotFoundError:
        return nullcontext()
    except OSError:
        pass  # it is there; the ledger says what is wrong
    return open_ledger(shared)


def own_locks(
    ledger: "Ledger | None",
    url: str,
    *,
    in_use: bool = True,
    login: str | None = None,
    tokens: frozenset[str] | None = None,
) -> tuple[OwnLock, ...]:
    """The locks that davlock holds on the server of ``url``, and since when; unless ``in_use``, without those that a
    davlock holds just now for as long as it runs. With ``tokens``, only these. None without a ``ledger``.
    """
    if ledger is None:
        return ()
    from davlock.ledger import Holder

    now = time.time()
    return tuple(
        OwnLock(
            entry.token,
            now - (entry.taken_at or now),
            now - (entry.renewed_at or now),
            entry.owner,
            entry.url,
            None if entry.taken_at is None else datetime.fromtimestamp(entry.taken_at, UTC),
            entry.process.pid if not entry.kept and ledger.holder(entry) is Holder.RUNS else None,
            over=entry.overdue(now),
        )
        for entry in ledger.held(url, login, tokens=tokens)
        if entry.token is not None and (in_use or entry.kept or ledger.holder(entry) is Holder.ENDED)
    )
