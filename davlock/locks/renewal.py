"""Was a lock renewed? What two readings of the time that is left can say, and what they cannot.

RFC 4918 calls a renewal a refresh. It keeps the token, and no property says when it happened. So nobody can see that a
holder is gone. A reader can only see that a lock was not renewed for a while: its time fell by what passed.
"""

from collections.abc import Sequence
from enum import Enum
from itertools import pairwise

from davlock.locks.observed import Observation
from davlock.values import dataclass

ROUNDING = 2.0
"""Seconds by which two times can differ without a reason: servers cut times and Dates to whole seconds."""

SHORTEST_SILENCE = 5.0
"""Seconds: over less than this, rounding hides whether the time fell."""

LATEST_RENEWAL = 60.0
"""Seconds before the end at which clients renew, at the earliest that counts as late.

By default davfs2 renews 60 s before the end, LibreOffice 30 s. With more time left, a holder may still be alive.
"""


class Renewal(Enum):
    """What two readings say. None of the words is about the holder."""

    RENEWED = "renewed"
    NOT_RENEWED = "not-renewed"
    UNSURE = "unsure"
    """A renewal would not show, or the readings fit neither."""


class EndShift(Enum):
    """How the end of a lock moved between two readings, beyond the rounding."""

    LATER = "later"
    SAME = "same"
    EARLIER = "earlier"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeReading:
    """The time that one answer showed for a lock.

    ``seconds`` is ``None`` where the lock is ``endless``, and where the server shows no time that means anything.
    ``over``: the server itself says that the time has ended. ``as_sent`` is the text of the timeout.
    """

    seconds: float | None
    observation: Observation
    endless: bool = False
    over: bool = False
    as_sent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalRecord:
    """What a series of readings says.

    ``last_renewal`` is the number of the first reading after the latest renewal that was seen. ``unrenewed_for`` is how
    many seconds passed at least without a renewal, up to the last reading; ``None`` where that is unsure.
    ``counts_down``: whether the time shown is the time that is left.
    """

    last_renewal: int | None
    unrenewed_for: float | None
    counts_down: bool | None


def passed(first: Observation, second: Observation) -> tuple[float, float] | None:
    """How many seconds passed between two observations: at least, at most.

    The server's Date decides where both have one and both were quick, else our own clock; ``None`` where neither is
    known.
    """
    dated = first.quick and second.quick
    if dated and first.date is not None and second.date is not None:
        seconds = (second.date - first.date).total_seconds()
        return seconds, seconds
    if first.sent is None or first.received is None or second.sent is None or second.received is None:
        return None
    return second.sent - first.received, second.received - first.sent


def end_shift(first: TimeReading, second: TimeReading) -> EndShift:
    """How the end moved, if each time shown is the time that is left."""
    if _shows_more(first, second):
        return EndShift.LATER
    if first.seconds is None or second.seconds is None:
        return EndShift.UNKNOWN
    time = passed(first.observation, second.observation)
    if time is None:
        return EndShift.UNKNOWN
    least, most = time
    fell = first.seconds - second.seconds
    if fell > most + ROUNDING:
        return EndShift.EARLIER
    # A time that has ended is read as 0 and falls no further.
    return EndShift.SAME if second.over or fell >= least - ROUNDING else EndShift.LATER


def renewal(first: TimeReading, second: TimeReading, *, counts_down: bool | None) -> Renewal:
    """What two readings of one lock say; ``counts_down`` is what is known of the server.

    More time than before is a renewal on every server. Where the time shown is the time that is left, more than should
    be left is a renewal too. On a server that nobody knows, a time that fell by what passed shows that it counts down.
    """
    if _shows_more(first, second):
        return Renewal.RENEWED
    shift = end_shift(first, second)
    if counts_down is False or shift in (EndShift.UNKNOWN, EndShift.EARLIER):
        return Renewal.UNSURE
    if shift is EndShift.LATER:
        return Renewal.RENEWED if counts_down else Renewal.UNSURE
    return Renewal.NOT_RENEWED if counts_down or second.over or _fell(first, second) else Renewal.UNSURE


def may_have_been_renewed(first: TimeReading, second: TimeReading, *, counts_down: bool | None) -> bool:
    """Returns true if the second time is another time than the first, although that does not prove a renewal.

    A time that fell faster than the clock is another time, on a server that counts down and on one that does not. So is
    a time after a ``Second-0`` that can mean "over" as well as "never".
    """
    if first.as_sent and first.seconds is None and not first.endless and second.seconds is not None:
        return True
    shift = end_shift(first, second)
    return shift is EndShift.EARLIER or (counts_down is None and shift is EndShift.LATER)


def unrenewed_for(first: TimeReading, second: TimeReading, *, counts_down: bool | None) -> float | None:
    """For how many seconds the lock was not renewed, at least; ``None`` where it was renewed, or that is unsure."""
    time = passed(first.observation, second.observation)
    if time is None or renewal(first, second, counts_down=counts_down) is not Renewal.NOT_RENEWED:
        return None
    return max(0.0, time[0])


def counted_down(first: TimeReading, second: TimeReading) -> bool | None:
    """Whether the server is seen to show the time that is left; ``False``: the time stood still while the clock ran.

    ``None`` where two readings cannot tell.
    """
    if first.seconds is None or second.seconds is None or second.over:
        return None
    time = passed(first.observation, second.observation)
    if time is None or time[0] <= ROUNDING:
        return None
    if end_shift(first, second) is EndShift.SAME and _fell(first, second):
        return True
    return False if first.seconds == second.seconds else None


def record(readings: Sequence[TimeReading], *, counts_down: bool | None) -> RenewalRecord:
    """What the readings of one lock say, in the order in which they were made."""
    counts = counts_down
    if counts is None and any(counted_down(first, second) is True for first, second in pairwise(readings)):
        counts = True
    last = next(
        (
            number
            for number in range(len(readings) - 1, 0, -1)
            if renewal(readings[number - 1], readings[number], counts_down=counts) is Renewal.RENEWED
        ),
        None,
    )
    since = readings[last or 0 :]
    silence = unrenewed_for(since[0], since[-1], counts_down=counts) if len(since) > 1 else None
    return RenewalRecord(last_renewal=last, unrenewed_for=silence, counts_down=counts)


def time_left(reading: TimeReading, at: float) -> float | None:
    """Seconds that are left at the moment ``at`` of our own clock, at least, unless the lock was renewed.

    ``None`` where no time was shown, or when it was read is not known. Only where the server counts down.
    """
    sent = reading.observation.sent
    return None if reading.seconds is None or sent is None else max(0.0, reading.seconds - (at - sent))


def may_be_over(reading: TimeReading, at: float) -> bool:
    """Returns true if the time can have ended at the moment ``at`` of our own clock."""
    left = time_left(reading, at)
    return left is not None and left <= ROUNDING


def must_be_over(reading: TimeReading, at: float) -> bool:
    """Returns true if the time has ended at the moment ``at`` of our own clock, however the server rounds."""
    received = reading.observation.received
    return reading.seconds is not None and received is not None and at > received + reading.seconds + ROUNDING


def may_be_alive(reading: TimeReading) -> bool:
    """Returns true if so much time is left that a holder which renews late need not have renewed yet."""
    return reading.seconds is not None and not reading.over and reading.seconds > LATEST_RENEWAL


def _shows_more(first: TimeReading, second: TimeReading) -> bool:
    if first.endless or second.endless:
        other = second if first.endless else first
        return not (first.endless and second.endless) and other.seconds is not None
    return first.seconds is not None and second.seconds is not None and second.seconds > first.seconds + ROUNDING


def _fell(first: TimeReading, second: TimeReading) -> bool:
    return (first.seconds or 0.0) - (second.seconds or 0.0) > ROUNDING
