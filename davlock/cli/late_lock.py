"""How ``ledger recover`` waits while a server may still create the lock of a davlock that was killed."""

import math
from time import sleep as pause
from time import time as now

from davlock.cli.options import Shared
from davlock.cli.output import complain

__all__ = ["now", "wait_for_late_lock"]


def wait_for_late_lock(shared: Shared, url: str, seconds: float) -> None:
    """Wait for ``seconds``, but not beyond the deadline, and say so."""
    left = shared.budget.seconds_left() if shared.budget is not None else None
    seconds = seconds if left is None else min(seconds, left)
    complain(f"{url}: the server may still work on the LOCK; davlock waits {math.ceil(seconds)} s and looks again")
    pause(seconds)
