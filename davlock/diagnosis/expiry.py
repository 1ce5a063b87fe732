"""When a lock ends, by the server's own clock."""

from datetime import UTC, datetime, timedelta

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.wording import has_no_end, is_overdue, may_be_endless, tells_no_time, time_left_at
from davlock.locks.server_record import server_record
from davlock.protocol.lock import ActiveLock
from davlock.values import dataclass


def ends_at(
    lock: ActiveLock, evidence: Evidence, answered: datetime | None, *, just_granted: bool = False
) -> datetime | None:
    """When ``lock`` ends; ``None`` unless its timeout is known to count down, or was ``just_granted``.

    ``answered`` is the Date of the answer that shows it: the only clock that the server's locks go by.
    """
    if (ends := server_record(lock).ends) is not None:
        return ends
    counts = just_granted or (evidence.server is not None and evidence.server.counts_down is True)
    seconds = lock.timeout.seconds if lock.timeout else None
    if not counts or seconds is None or has_no_end(lock, evidence) or is_overdue(lock.timeout):
        return None
    try:
        return answered.astimezone(UTC) + timedelta(seconds=seconds) if answered else None
    except OverflowError:
        return None


def on_our_clock(moment: datetime, ahead: float) -> datetime:
    """Returns what our clock shows at ``moment`` by the clock of a server that is ``ahead`` of ours, in seconds."""
    try:
        return moment - timedelta(seconds=ahead)
    except OverflowError:
        return moment


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeShown:
    """What a server shows of the time of a lock, in seconds; ``None`` where it does not show that.

    ``left`` is what is left at most. ``granted`` is all that is known where the server shows only what it granted.
    """

    left: float | None = None
    granted: float | None = None


def time_shown(lock: ActiveLock, evidence: Evidence, answered: datetime | None) -> TimeShown:
    """Returns the time that an answer of the moment ``answered``, by the server's clock, shows of ``lock``."""
    if has_no_end(lock, evidence):
        return TimeShown()
    if server_record(lock).ends is None and tells_no_time(evidence):
        return TimeShown()
    left = time_left_at(lock, evidence, answered)
    if left is not None or lock.timeout is None or is_overdue(lock.timeout):
        return TimeShown(left=left)
    return TimeShown(granted=None if may_be_endless(lock.timeout, evidence) else lock.timeout.seconds)
