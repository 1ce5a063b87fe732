"""When a lock ends, by the server's own clock."""

from datetime import UTC, datetime, timedelta

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.wording import has_no_end, is_overdue
from davlock.locks.server_record import server_record
from davlock.protocol.lock import ActiveLock


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
