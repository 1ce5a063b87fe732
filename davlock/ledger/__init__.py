"""The locks that davlock took, kept between runs: SQLite, in a folder that nobody else can read.

davlock writes a row before it sends LOCK, and the run id in the row goes into the lock's owner. So a lock whose
answer never arrived can be found again, however davlock ended. Nothing is kept but locks: no passwords, no contents.

The file is input: each row is checked when it is read, and a damaged one is named and left out.
"""

from davlock.ledger.entry import DamagedRow, Entry, Holder, Process, State, started, this_process
from davlock.ledger.store import Ledger

__all__ = ["DamagedRow", "Entry", "Holder", "Ledger", "Process", "State", "started", "this_process"]
