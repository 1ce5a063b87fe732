"""Several looks at one lock, timed by our own clock: whether somebody refreshes it.

RFC 4918 tells nobody who reads when a lock was refreshed. On a server that shows the time that is left, a refresh makes
it end later than it would have; :mod:`davlock.diagnosis.lifetime` tells the same of a capture, by its Dates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

ROUNDING = 1.0
"""Seconds by which two times may differ for nothing: servers cut them to whole seconds."""

TELLING = 3.0
"""Seconds between two looks from which on a time that runs down can be told from one that stands."""

_USUAL_MINUTES = (1, 2, 5, 10, 30, 60, 120, 240, 480, 1440, 2880, 10080, 40320)
USUAL = (10.0, 20.0, 30.0, *(60.0 * minutes for minutes in _USUAL_MINUTES))
"""Seconds that clients ask for and servers grant. Few, so that a lock is rather given more time than it has."""


class Life(Enum):
    """What is known of the holder."""

    ALIVE = "alive"
    """The lock was refreshed not long ago."""
    DECAYING = "decaying"
    """No refresh was seen yet, and there was time left for one."""
    GONE = "gone"
    """More than half of the time granted went by without a refresh."""
    UNKNOWN = "unknown"
    """A refresh would not show here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One look: the seconds shown, ``None`` of a lock without an end or a time; when it was asked for and answered, in
    seconds by our clock; whether the time was over by the server's own count.
    """

    seconds: float | None
    sent: float
    received: float
    over: bool = False


def runs_down(one: Sight, other: Sight) -> bool | None:
    """Whether the time shown is seen to be what is left; ``None`` where two looks cannot tell."""
    if one.seconds is None or other.seconds is None or other.sent - one.received < TELLING:
        return None
    passed = other.sent - one.received, other.received - one.sent
    lost = one.seconds - other.seconds
    if passed[0] - 2 * ROUNDING <= lost <= passed[1] + 2 * ROUNDING:
        return True
    return False if lost == 0 else None


def shows_refresh(sights: Sequence[Sight], counts_down: bool | None) -> bool:
    """Whether a refresh would show in the time that is told; ``counts_down`` is what is known of the product."""
    if counts_down is not None:
        return counts_down
    return any(runs_down(one, other) is True for one, other in pairwise(sights))


def renewed(one: Sight, other: Sight, *, shows: bool) -> bool:
    """Whether the lock was seen to be refreshed between two looks.

    More time than before is a refresh on any server; where what is left is shown, so is an end that moved.
    """
    if one.seconds is None or other.seconds is None:
        return one.seconds is not other.seconds
    if other.over:
        return False  # chezdav keeps such a lock for good: its end does not move, though it is read as 0 seconds
    if other.seconds > one.seconds + ROUNDING:
        return True
    return shows and other.sent + other.seconds > one.received + one.seconds + ROUNDING


def last_renewal(sights: Sequence[Sight], *, shows: bool) -> int | None:
    """The number of the first look after the latest refresh that was seen."""
    return next(
        (number for number in range(len(sights) - 1, 0, -1) if renewed(*sights[number - 1 : number + 1], shows=shows)),
        None,
    )


def probable_grant(sights: Sequence[Sight], known: float | None) -> float | None:
    """The seconds granted: ``known``, or the next that is usual above all that was seen; ``None`` without an end."""
    most = max((sight.seconds for sight in sights if sight.seconds is not None), default=None)
    if most is None:
        return None
    if known is not None and known >= most - ROUNDING:
        return known
    return next((seconds for seconds in USUAL if seconds >= most - ROUNDING), most)


def silence(sights: Sequence[Sight], *, shows: bool) -> float:
    """Seconds for which no refresh was seen, at least."""
    first = sights[last_renewal(sights, shows=shows) or 0]
    return max(0.0, sights[-1].sent - first.received)


def life(sights: Sequence[Sight], *, granted: float | None, counts_down: bool | None) -> Life:
    """What the looks tell of the holder; ``granted`` is the time that is known to have been granted."""
    shows = shows_refresh(sights, counts_down)
    seen = last_renewal(sights, shows=shows)
    grant = probable_grant(sights, granted)
    if grant is None or not (shows or seen is not None):
        return Life.UNKNOWN
    late = silence(sights, shows=shows) > grant / 2
    if not shows:
        return Life.UNKNOWN if late else Life.ALIVE
    if late:
        return Life.GONE
    return Life.ALIVE if seen is not None else Life.DECAYING
