"""Poll several resources: each in its turn, and never sooner than its server asks."""

from collections.abc import Callable
from enum import Enum

from davlock.operations.changes import LockChange, Obstacle, Poll, WatchedResource, follow
from davlock.protocol.url import same_origin
from davlock.values import dataclass

BACKOFF = 60.0
"""Seconds beyond which the pause between two polls that fail does not grow, unless it was longer from the start."""


class WatchEnding(Enum):
    """Why the watch is over."""

    FREE = "free"
    """No lock is shown any more, as was waited for."""
    OVER = "over"
    """The time that was given is over."""
    FAILED = "failed"
    """Nothing could be read anywhere, and will not be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """``interval`` seconds between two polls of a resource, times what ``jitter`` says, so that many who watch do not
    ask all at once; ``lasting`` seconds in all.
    """

    interval: float
    jitter: Callable[[], float] = lambda: 1.0
    lasting: float | None = None
    until_free: bool = False
    enough: float = 60.0
    """Seconds without a renewal from which on a lock is called not renewed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One poll of one resource: what is known since, what happened, and by the clock when the next one is due."""

    number: int
    place: WatchedResource
    events: tuple[LockChange, ...]
    poll: Poll
    due: float


@dataclass(slots=True)
class _Turn:
    """One resource: what is known of it, when it is due, and how many polls have failed in a row."""

    url: str
    due: float
    place: WatchedResource | None = None
    failures: int = 0


def watch(
    urls: tuple[str, ...],
    observe: Callable[[int], Poll],
    *,
    rhythm: Rhythm,
    tell: Callable[[Step], object],
    clock: Callable[[], float],
    sleep: Callable[[float], object],
) -> WatchEnding:
    """``observe`` each of ``urls`` by its number, and ``tell`` of it, until the ``rhythm`` says that it is enough.

    What fails at the first poll, everywhere, is no watch; what fails later passes, unless it is the login.
    """
    begun = clock()
    turns = [_Turn(url, begun) for url in urls]
    while True:
        turn = min(turns, key=lambda candidate: candidate.due)
        end = None if rhythm.lasting is None else begun + rhythm.lasting
        late = end is not None and turn.due >= end and turn.place is not None
        pause = (end if end is not None and late else turn.due) - clock()
        if pause > 0:
            sleep(pause)
        if late:
            return WatchEnding.OVER
        poll = observe(turns.index(turn))
        turn.place, events = follow(turn.place, poll, enough=rhythm.enough)
        turn.due = clock() + _pause(turn, rhythm)
        _hold_back(turn, turns)
        tell(Step(number=turns.index(turn), place=turn.place, events=events, poll=poll, due=turn.due))
        turn.due = max(turn.due, clock())
        places = [turn.place for turn in turns]
        known = [place for place in places if place is not None]
        if len(known) == len(places) and (ending := _ending(known, rhythm)) is not None:
            return ending


def _pause(turn: _Turn, rhythm: Rhythm) -> float:
    """Seconds until the next poll: as the server advises, else more and more of them while polls fail."""
    usual = rhythm.interval * rhythm.jitter()
    trouble = turn.place.trouble if turn.place is not None else None
    if trouble is None or trouble.obstacle is Obstacle.WITHHELD:
        turn.failures = 0
        return usual
    turn.failures += 1
    if trouble.wait is not None and trouble.wait > 0:
        return max(usual, trouble.wait)
    return max(usual, min(usual * 2.0 ** min(turn.failures, 20), BACKOFF))


def _hold_back(turn: _Turn, turns: list[_Turn]) -> None:
    """A server that asks to wait gets no request in the meantime, once each resource was polled."""
    trouble = turn.place.trouble if turn.place is not None else None
    if trouble is not None and trouble.obstacle is Obstacle.BUSY:
        for other in turns:
            if other.place is not None and same_origin(other.url, turn.url):
                other.due = max(other.due, turn.due)


def _ending(places: list[WatchedResource], rhythm: Rhythm) -> WatchEnding | None:
    """Returns how the watch ends, if it does, now that every resource was read."""
    withheld = [place for place in places if place.trouble and place.trouble.obstacle is Obstacle.WITHHELD]
    if not any(place.read for place in places):
        return WatchEnding.FAILED
    if all(place.trouble and place.trouble.obstacle is Obstacle.REFUSED for place in places):
        return WatchEnding.FAILED
    if rhythm.until_free and all(place.free for place in places if place not in withheld):
        return WatchEnding.FREE if len(withheld) < len(places) else WatchEnding.FAILED
    return None
