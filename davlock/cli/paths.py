"""What outlives a run: the ledger, and who is writing there."""

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from davlock.cli.options import Shared
from davlock.cli.output import complain
from davlock.diagnosis.resource import OwnLock
from davlock.ledger import Holder, Ledger, this_process
from davlock.own_files.user_folders import state_folder

if TYPE_CHECKING:
    from davlock.diagnosis.resource import OwnLock
    from davlock.ledger import Ledger


def open_ledger(shared: Shared) -> "Ledger":
    """The ledger, or with --no-ledger one that keeps nothing."""
    folder = None if shared.no_ledger else state_folder()
    return Ledger(folder, process=this_process(), now=time.time, complain=complain)


def own_locks(ledger: "Ledger", url: str, *, in_use: bool = True, login: str | None = None) -> "tuple[OwnLock, ...]":
    """The locks that davlock holds on the server of ``url``, and since when; unless ``in_use``, without those that a
    davlock holds just now for as long as it runs.
    """
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
        )
        for entry in ledger.held(url, login)
        if entry.token is not None and (in_use or entry.kept or ledger.holder(entry) is Holder.ENDED)
    )
