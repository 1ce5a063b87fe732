"""Several looks at a resource, one after the other: what happened to its locks in between.

Everything here is a function of what was known and what a new look shows; :mod:`davlock.operations.rounds` takes the
looks. Whether somebody refreshes a lock is judged by :mod:`davlock.diagnosis.life`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from davlock.diagnosis.life import ROUNDING, Life, Sight, life, probable_grant, renewed, runs_down, silence
from davlock.diagnosis.wording import is_overdue, seconds_in_words
from davlock.protocol.lock import ActiveLock

Key = tuple[str, ...]
"""What tells one lock from the others: its token; where the server hides it, root, owner and scope."""


class Happening(Enum):
    """The word of the JSON contract."""

    SEEN = "seen"
    """It was there at the first look."""
    TAKEN = "taken"
    REFRESHED = "refreshed"
    DECAYING = "decaying"
    """Its time runs down, and no refresh was seen yet."""
    GONE = "gone"
    """Its holder seems to be gone: no refresh for too long."""
    CHANGED = "changed"
    ENDED = "ended"
    """The lock is shown no more."""
    FREE = "free"
    """No lock is shown any more, or none was at the first look."""
    TROUBLE = "trouble"
    """The locks could not be read."""


class Obstacle(Enum):
    """What kept a look from the locks."""

    NO_ANSWER = "no answer"
    BUSY = "busy"
    """429 or 503: the server asks to wait."""
    REFUSED = "refused"
    """401, 403 or 407: asking again does not help."""
    WITHHELD = "withheld"
    """The answer was read, and this server does not disclose its locks."""
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why a look showed nothing. ``wait`` is the server's advice, in seconds; ``status`` is the answer's, if any."""

    obstacle: Obstacle
    words: str
    status: int | None = None
    wait: float | None = None

    def like(self, other: "Trouble | None") -> bool:
        """Whether it is the same again: told once."""
        return other is not None and (self.obstacle, self.status) == (other.obstacle, other.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One lock in one look. ``seconds`` is ``None`` of a lock without an end, or where what is shown is no measure."""

    url: str
    """The resource that showed it, where a collection was listed; else the one that is watched."""
    lock: ActiveLock
    root: str | None
    mine: bool | None = None
    endless: bool = False
    seconds: float | None = None
    sent: float
    received: float

    @property
    def sight(self) -> Sight:
        """The time that it shows."""
        return Sight(seconds=self.seconds, sent=self.sent, received=self.received, over=is_overdue(self.lock.timeout))

    @property
    def owner(self) -> str:
        """What the client that took it wrote about itself; empty where that is not shown."""
        return " ".join(self.lock.claimed.split())

    @property
    def token(self) -> str | None:
        """The token's text, where the server shows it."""
        return self.lock.token.uri if self.lock.token else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look told. ``locks`` is ``None`` where there was ``trouble``; ``counts_down`` is what is known of the
    product; ``at`` is by the clock on the wall, ``asked`` and the times of a lock are by one that nobody sets.
    """

    url: str
    at: datetime
    asked: float
    locks: tuple[Shown, ...] | None = None
    counts_down: bool | None = None
    left_out: bool = False
    """Whether lockdiscovery was left out as the product does where a lock ran out: of the others it tells nothing."""
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One lock, followed from look to look."""

    key: Key
    shown: Shown
    """As it was last seen."""
    sights: tuple[Sight, ...]
    """The one before the latest refresh, the one after it, and the last: all that :mod:`davlock.diagnosis.life` needs.
    """
    longest: Sight
    """The one that showed the most time: the grant was at least that."""
    counts_down: bool | None
    """Whether the time shown is what is left: by the product, or once it was seen to run down."""
    refreshed_at: datetime | None = None
    life: Life = Life.UNKNOWN

    @property
    def grant(self) -> float | None:
        """The seconds that were probably granted; ``None`` without an end."""
        return probable_grant((*self.sights, self.longest), None)

    @property
    def silence(self) -> float:
        """Seconds for which no refresh was seen, at least."""
        return silence(self.sights, shows=self.counts_down is True)

    def left(self, now: float) -> float | None:
        """Seconds that are left at ``now``, by our own clock since the last look; ``None`` where that is not known."""
        seconds = self.shown.seconds
        if seconds is None or self.counts_down is not True:
            return None
        return max(0.0, seconds - (now - self.shown.sent))


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that a look brought to light. ``held`` is the lock, as it is or was, with ``left`` seconds where that
    is known; ``None`` of the resource itself.
    """

    happening: Happening
    at: datetime
    url: str
    words: str
    held: Held | None = None
    left: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is known of a watched resource. ``trouble`` is the last look's; the locks are those seen before it."""

    url: str
    at: datetime
    read: bool = False
    """Whether its locks were ever read."""
    held: tuple[Held, ...] = ()
    trouble: Trouble | None = None

    @property
    def free(self) -> bool:
        """Whether the last look showed that there is no lock."""
        return self.read and self.trouble is None and not self.held


def follow(before: Place | None, look: Look) -> tuple[Place, tuple[Event, ...]]:
    """What is known after ``look``, and what happened since ``before``."""
    known = before if before is not None else Place(url=look.url, at=look.at)
    if look.locks is None:
        trouble = look.trouble or Trouble(obstacle=Obstacle.UNUSABLE, words="the locks could not be read")
        told = () if trouble.like(known.trouble) else (_event(Happening.TROUBLE, look, trouble.words),)
        return replace(known, at=look.at, trouble=trouble), told
    was = {held.key: held for held in known.held}
    now = {key: _followed(was.get(key), key, shown, look) for key, shown in keyed(look.locks)}
    if look.left_out:
        now = {held.key: held for held in known.held if not _is_over(held, look)}
    events: list[Event] = []
    for key, held in was.items():
        if key not in now:
            events.append(_event(Happening.ENDED, look, _ending(held, look), held))
    for key, held in now.items():
        if key not in was:
            happening = Happening.TAKEN if known.read else Happening.SEEN
            events.append(_event(happening, look, description(held), held))
        else:
            events += _changes(was[key], held, look)
    if not now and (was or not known.read):
        besides = ": this server leaves lockdiscovery out where a lock ran out" if look.left_out else ""
        events.append(_event(Happening.FREE, look, f"no lock is shown{besides}"))
    elif known.read and known.trouble is not None and not events:
        events.append(_event(Happening.CHANGED, look, "the locks can be read again, and are what they were"))
    return Place(url=look.url, at=look.at, read=True, held=tuple(now.values())), tuple(events)


def keyed(locks: Iterable[Shown]) -> Iterator[tuple[Key, Shown]]:
    """Each lock with its key, in the order of their URLs: servers list members in another order every time.

    A deep lock that is shown by many resources is one lock, at its root if that is shown.
    """
    found: dict[Key, Shown] = {}
    for shown in locks:
        if shown.token is not None:
            key: Key = (shown.token,)
            if key not in found or shown.url == shown.root:
                found[key] = shown
            continue
        scope = shown.lock.scope.value if shown.lock.scope else ""
        number = 0
        while (key := (shown.root or shown.url, shown.owner, scope, str(number))) in found:
            number += 1  # shared locks of one owner, which nothing else tells apart
        found[key] = shown
    yield from sorted(found.items(), key=lambda entry: entry[1].url)


def _followed(before: Held | None, key: Key, shown: Shown, look: Look) -> Held:
    """The lock with one more look at it."""
    new = shown.sight
    if before is None:
        first = Held(key=key, shown=shown, sights=(new,), longest=new, counts_down=look.counts_down)
        return replace(first, life=_life(first))
    counts = look.counts_down
    if counts is None:
        since = before.sights[0 if before.refreshed_at is None else 1]
        counts = True if runs_down(since, new) is True else before.counts_down
    last = before.sights[-1]
    refreshed = renewed(last, new, shows=counts is True)
    if refreshed:
        sights: tuple[Sight, ...] = (last, new)
    elif before.refreshed_at is not None:
        sights = (*before.sights[:2], new)
    else:
        sights = (before.sights[0], new)
    after = replace(
        before,
        shown=shown,
        sights=sights,
        longest=max(before.longest, new, key=lambda sight: sight.seconds or 0.0),
        counts_down=counts,
        refreshed_at=look.at if refreshed else before.refreshed_at,
    )
    return replace(after, life=_life(after))


def _life(held: Held) -> Life:
    return life(held.sights, granted=held.grant, counts_down=held.counts_down)


def _changes(before: Held, after: Held, look: Look) -> Iterator[Event]:
    """What became of a lock that is still there."""
    if differences := tuple(_differences(before.shown, after.shown)):
        yield _event(Happening.CHANGED, look, "; ".join(differences), after)
    if after.refreshed_at != before.refreshed_at:
        yield _event(Happening.REFRESHED, look, _refresh(before, after), after)
    elif after.life is not before.life:
        happening = {Life.DECAYING: Happening.DECAYING, Life.GONE: Happening.GONE}.get(after.life, Happening.CHANGED)
        yield _event(happening, look, why(after), after)


def _differences(before: Shown, after: Shown) -> Iterator[str]:
    one, other = before.lock, after.lock
    for name, old, new in (
        ("owner", before.owner, after.owner),
        ("scope", one.scope and one.scope.value, other.scope and other.scope.value),
        ("depth", one.depth and one.depth.value, other.depth and other.depth.value),
        ("lock root", before.root, after.root),
    ):
        if old != new:
            yield f"its {name} was {old or 'not shown'}, and is {new or 'not shown'}"
    if before.mine is not after.mine:
        yield "it is yours" if after.mine else "it is not known any more to be yours"


def _refresh(before: Held, after: Held) -> str:
    old, new = before.shown, after.shown
    if new.seconds is None:
        return "it was refreshed, and has no end now"
    if old.seconds is None:
        return f"it was refreshed, and ends in {seconds_in_words(new.seconds)}"
    due, verb = old.seconds, "shown"
    if after.counts_down is True:
        due, verb = max(0.0, old.seconds - (new.sent - old.received)), "left"
    words = seconds_in_words(new.seconds), seconds_in_words(due)
    if words[0] == words[1]:
        words = f"{new.seconds:.0f} s", f"{due:.0f} s"
    return f"it was refreshed: {words[0]} are {verb} instead of {words[1]}"


def _ending(held: Held, look: Look) -> str:
    """Why a lock is there no more, as far as the time that it had tells."""
    shown = held.shown
    if _is_over(held, look):
        return "its time ran out"
    if (left := held.left(look.asked)) is not None:
        return f"it was released or broken, with {seconds_in_words(left)} left"
    return "it was released or broken" if shown.endless else "it was released or broken, or its time ran out"


def _is_over(held: Held, look: Look) -> bool:
    """Whether its time was over when it was looked for, by our own clock."""
    left = held.left(look.asked)
    return left is not None and left <= ROUNDING


def description(held: Held) -> str:
    """What kind of lock it is: ``exclusive, depth infinity, root https://…; no refresh seen yet …``."""
    lock = held.shown.lock
    parts = [lock.scope.value if lock.scope else "of unknown scope"]
    parts.append(f"depth {lock.depth.value if lock.depth else 'unknown'}")
    if held.shown.root is not None:
        parts.append(f"root {held.shown.root}")
    return f"{', '.join(parts)}; {why(held)}"


def why(held: Held) -> str:
    """What is known of the holder, in words."""
    shown = held.shown
    if held.life is Life.ALIVE:
        return "its holder refreshes it"
    if held.life is Life.GONE:
        grant = seconds_in_words(held.grant or 0)
        return f"no refresh for {seconds_in_words(held.silence)}, more than half of the {grant} that it is granted for"
    if held.life is Life.DECAYING:
        half = seconds_in_words((held.grant or 0) / 2)
        return f"no refresh seen yet; after {half} without one its holder counts as gone"
    if shown.endless:
        return "it has no end, so nobody needs to refresh it"
    if shown.seconds is None:
        return "the server shows no time from which a refresh could be told"
    if held.counts_down is False:
        return "the server shows the time that was granted, not what is left: a refresh does not show"
    return "whether the server shows what is left is not known yet"


def _event(happening: Happening, look: Look, words: str, held: Held | None = None) -> Event:
    if held is None:
        return Event(happening=happening, at=look.at, url=look.url, words=words)
    left = None if happening is Happening.ENDED else held.left(look.asked)
    return Event(happening=happening, at=look.at, url=held.shown.url, words=words, held=held, left=left)
