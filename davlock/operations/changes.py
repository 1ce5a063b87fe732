"""What happened to the locks of a resource between two polls of it.

Everything here is a function of what was known and what a new poll shows; :mod:`davlock.operations.poll` polls.
Whether a lock was renewed is decided by :mod:`davlock.locks.renewal`; nothing here is about its holder.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from enum import Enum

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.readings import time_reading
from davlock.diagnosis.skipped import Skipped
from davlock.diagnosis.wording import seconds_in_words
from davlock.locks.observed import Observation, ObservedLock
from davlock.locks.renewal import (
    Renewal,
    TimeReading,
    counted_down,
    may_be_over,
    passed,
    renewal,
    time_left,
    unrenewed_for,
)
from davlock.locks.server_record import holder_name
from davlock.protocol.lock import ActiveLock, token_key
from davlock.protocol.url import same_resource
from davlock.values import dataclass

Key = tuple[str, ...]
"""What tells one lock from the others: its token; where the server hides it, root, owner and scope."""


class ChangeKind(Enum):
    """The word of the JSON contract."""

    SEEN = "seen"
    """It was there at the first poll."""
    TAKEN = "taken"
    REFRESHED = "refreshed"
    """It was renewed, which RFC 4918 calls a refresh."""
    NOT_RENEWED = "not-renewed"
    """It was not renewed for as long as was asked for; said once until the next renewal."""
    CHANGED = "changed"
    ENDED = "ended"
    """The lock is shown no more."""
    FREE = "free"
    """No lock is shown any more, or the first poll showed none."""
    TROUBLE = "trouble"
    """The locks could not be read."""


class Obstacle(Enum):
    """Why davlock could not read the locks."""

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
    """Why a poll read nothing. ``wait`` is the server's advice, in seconds; ``status`` is the answer's, if any."""

    obstacle: Obstacle
    words: str
    status: int | None = None
    wait: float | None = None

    def like(self, other: "Trouble | None") -> bool:
        """Returns true if it is the same again: told once."""
        return other is not None and (self.obstacle, self.status) == (other.obstacle, other.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """One reading of the locks of a resource, and the ``evidence`` that it rests on.

    ``locks`` is ``None`` where there was ``trouble``; ``rows`` are the locks of a listing as JSON shows them.
    ``counts_down`` is what is known of the product. ``at`` is by the clock on the wall; ``asked`` and the observations
    of the locks are by a clock that nobody sets.
    """

    url: str
    at: datetime
    asked: float
    evidence: Evidence
    locks: tuple[ObservedLock, ...] | None = None
    counts_down: bool | None = None
    left_out: bool = False
    """True if lockdiscovery was left out as the product does where a lock ran out: of the others it tells nothing."""
    trouble: Trouble | None = None
    rows: tuple[ObservedLock, ...] | None = None
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedLock:
    """One lock, followed from poll to poll."""

    key: Key
    observed: ObservedLock
    """As it was last seen."""
    reading: TimeReading
    """The time that it showed then."""
    since: TimeReading
    """The first reading after the latest renewal that was seen, else the first of all."""
    most: float | None
    """The most seconds that it ever showed."""
    counts_down: bool | None
    """True if the time shown is what is left: by the product, or once it was seen to fall by what passed."""
    enough: float
    """Seconds without a renewal from which on it is called not renewed."""
    refreshed_at: datetime | None = None

    @property
    def lock(self) -> ActiveLock:
        """The lock itself."""
        return self.observed.lock

    @property
    def owner(self) -> str:
        """The user that the server names, else what the client wrote about itself; empty where neither is shown."""
        return _owner(self.lock)

    @property
    def token(self) -> str | None:
        """The token's text, where the server shows it."""
        return _token(self.lock)

    @property
    def unrenewed_for(self) -> float | None:
        """Seconds for which it was not renewed, at least; ``None`` where a renewal would not show."""
        return unrenewed_for(self.since, self.reading, counts_down=self.counts_down)

    @property
    def renewal(self) -> Renewal:
        """Whether it was seen to be renewed, or not to be for long enough."""
        silence = self.unrenewed_for
        if silence is not None and silence >= self.enough:
            return Renewal.NOT_RENEWED
        return Renewal.RENEWED if self.refreshed_at is not None else Renewal.UNSURE

    def left(self, now: float) -> float | None:
        """Seconds that are left at ``now``, by our own clock since the last poll; ``None`` where that is not known."""
        return time_left(self.reading, now) if self.counts_down is True else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LockChange:
    """Something that a poll shows and the one before did not. ``held`` is the lock, as it is or was, with ``left``
    seconds where that is known; ``None`` if it is about the resource itself.
    """

    happening: ChangeKind
    at: datetime
    url: str
    words: str
    held: TrackedLock | None = None
    left: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedResource:
    """What is known of a watched resource. ``trouble`` is the last poll's; the locks are those seen before it."""

    url: str
    at: datetime
    read: bool = False
    """True if its locks were ever read."""
    held: tuple[TrackedLock, ...] = ()
    trouble: Trouble | None = None

    @property
    def free(self) -> bool:
        """Returns true if the last poll showed that there is no lock."""
        return self.read and self.trouble is None and not self.held


def follow(
    before: WatchedResource | None, poll: Poll, *, enough: float
) -> tuple[WatchedResource, tuple[LockChange, ...]]:
    """What is known after ``poll``, and what happened since ``before``.

    A lock is called not renewed once it was not for ``enough`` seconds.
    """
    known = before if before is not None else WatchedResource(url=poll.url, at=poll.at)
    if poll.locks is None:
        trouble = poll.trouble or Trouble(obstacle=Obstacle.UNUSABLE, words="davlock could not read the locks")
        trouble_events = () if trouble.like(known.trouble) else (_event(ChangeKind.TROUBLE, poll, trouble.words),)
        return replace(known, at=poll.at, trouble=trouble), trouble_events
    was = {held.key: held for held in known.held}
    now = {key: _followed(was.get(key), key, observed, poll, enough) for key, observed in keyed(poll.locks)}
    if poll.left_out:
        now = {held.key: held for held in known.held if not _is_over(held, poll)}
    events: list[LockChange] = []
    for key, held in was.items():
        if key not in now:
            events.append(_event(ChangeKind.ENDED, poll, _ending(held, poll), held))
    for key, held in now.items():
        if key not in was:
            happening = ChangeKind.TAKEN if known.read else ChangeKind.SEEN
            events.append(_event(happening, poll, description(held), held))
        else:
            events += _changes(was[key], held, poll)
    if not now and (was or not known.read):
        besides = ": this server shows nothing after a lock expired" if poll.left_out else ""
        events.append(_event(ChangeKind.FREE, poll, f"the server shows no lock{besides}"))
    elif known.read and known.trouble is not None and not events:
        events.append(_event(ChangeKind.CHANGED, poll, "davlock can read the locks again; nothing has changed"))
    return WatchedResource(url=poll.url, at=poll.at, read=True, held=tuple(now.values())), tuple(events)


def keyed(locks: Iterable[ObservedLock]) -> Iterator[tuple[Key, ObservedLock]]:
    """Each lock with its key, in the order of their URLs: servers list members in another order every time.

    A deep lock that is shown by many resources is one lock, at its root if that is shown.
    """
    by_key: dict[Key, ObservedLock] = {}
    for observed in locks:
        token = _token(observed.lock)
        if token is not None:
            key: Key = (token_key(token),)
            if key not in by_key or observed.url == observed.root:
                by_key[key] = observed
            continue
        scope = observed.lock.scope.value if observed.lock.scope else ""
        number = 0
        while (key := (observed.root or observed.url, _owner(observed.lock), scope, str(number))) in by_key:
            number += 1  # shared locks of one owner, which nothing else tells apart
        by_key[key] = observed
    yield from sorted(by_key.items(), key=lambda entry: entry[1].url)


def _owner(lock: ActiveLock) -> str:
    return " ".join(holder_name(lock).split())


def _token(lock: ActiveLock) -> str | None:
    return lock.token.uri if lock.token else None


def _followed(before: TrackedLock | None, key: Key, observed: ObservedLock, poll: Poll, enough: float) -> TrackedLock:
    """The lock with one more reading of it."""
    new = time_reading(observed.lock.timeout, poll.evidence, observed.observation or Observation())
    if before is None:
        return TrackedLock(
            key=key,
            observed=observed,
            reading=new,
            since=new,
            most=new.seconds,
            counts_down=poll.counts_down,
            enough=enough,
        )
    counts = poll.counts_down
    if counts is None:
        counts = True if counted_down(before.since, new) is True else before.counts_down
    renewed = renewal(before.reading, new, counts_down=counts) is Renewal.RENEWED
    return replace(
        before,
        observed=observed,
        reading=new,
        since=new if renewed else before.since,
        most=max(before.most or 0.0, new.seconds) if new.seconds is not None else before.most,
        counts_down=counts,
        refreshed_at=poll.at if renewed else before.refreshed_at,
    )


def _changes(before: TrackedLock, after: TrackedLock, poll: Poll) -> Iterator[LockChange]:
    """What became of a lock that is still there."""
    if differences := tuple(_differences(before, after)):
        yield _event(ChangeKind.CHANGED, poll, "; ".join(differences), after)
    if after.refreshed_at != before.refreshed_at:
        yield _event(ChangeKind.REFRESHED, poll, _refresh(before, after), after)
    elif after.renewal is Renewal.NOT_RENEWED and before.renewal is not Renewal.NOT_RENEWED:
        yield _event(ChangeKind.NOT_RENEWED, poll, why(after), after)


def _differences(before: TrackedLock, after: TrackedLock) -> Iterator[str]:
    old_lock, new_lock = before.lock, after.lock
    for name, old, new in (
        ("owner", before.owner, after.owner),
        ("scope", old_lock.scope and old_lock.scope.value, new_lock.scope and new_lock.scope.value),
        ("depth", old_lock.depth and old_lock.depth.value, new_lock.depth and new_lock.depth.value),
        ("lock root", before.observed.root, after.observed.root),
    ):
        if old != new:
            yield f"its {name} was {old or 'not shown'}, and is {new or 'not shown'}"
    if before.observed.mine is not after.observed.mine:
        yield "it is yours" if after.observed.mine else "it is no longer known to be yours"


def _refresh(before: TrackedLock, after: TrackedLock) -> str:
    old, new = before.reading, after.reading
    if new.seconds is None:
        return "somebody renewed it, and it never ends now"
    if old.seconds is None:
        return f"somebody renewed it; it ends in {seconds_in_words(new.seconds)}"
    due, verb = old.seconds, "shown"
    if after.counts_down is True and (time := passed(old.observation, new.observation)) is not None:
        due, verb = max(0.0, old.seconds - time[0]), "left"
    words = seconds_in_words(new.seconds), seconds_in_words(due)
    if words[0] == words[1]:
        words = f"{new.seconds:.0f} s", f"{due:.0f} s"
    return f"it was renewed: {words[0]} are {verb} instead of {words[1]}"


def _ending(held: TrackedLock, poll: Poll) -> str:
    """Why a lock is gone, from the time that it had."""
    if _is_over(held, poll):
        return "its time ran out"
    if (left := held.left(poll.asked)) is not None:
        return f"it was released or broken, with {seconds_in_words(left)} left"
    return "it was released or broken" if held.reading.endless else "it was released or broken, or its time ran out"


def _is_over(held: TrackedLock, poll: Poll) -> bool:
    """Returns true if its time was over when it was looked for, by our own clock."""
    return held.counts_down is True and may_be_over(held.reading, poll.asked)


def description(held: TrackedLock) -> str:
    """What kind of lock it is: ``exclusive, depth infinity, root https://…; no renewal seen``."""
    lock = held.lock
    parts = [lock.scope.value if lock.scope else "of unknown scope"]
    parts.append(f"depth {lock.depth.value if lock.depth else 'unknown'}")
    if held.observed.root is not None and not same_resource(held.observed.root, held.observed.url):
        parts.append(f"root {held.observed.root}")
    return f"{', '.join(parts)}; {why(held)}"


def why(held: TrackedLock) -> str:
    """What was seen of renewals, in words."""
    renewal = held.renewal
    if renewal is Renewal.NOT_RENEWED:
        return f"not renewed for {seconds_in_words(held.unrenewed_for or 0.0)}"
    if renewal is Renewal.RENEWED:
        return "renewed while davlock watched"
    if held.reading.endless:
        return "never expires, so it needs no renewal"
    if held.reading.seconds is None:
        return "the server shows no time, so nobody can see a renewal"
    if held.counts_down is False:
        return "the server shows only the granted time, so nobody can see a renewal"
    if held.counts_down is None:
        return "it is not known yet if the server shows the time that is left"
    return "no renewal seen"


def _event(happening: ChangeKind, poll: Poll, words: str, held: TrackedLock | None = None) -> LockChange:
    if held is None:
        return LockChange(happening=happening, at=poll.at, url=poll.url, words=words)
    left = None if happening is ChangeKind.ENDED else held.left(poll.asked)
    return LockChange(happening=happening, at=poll.at, url=held.observed.url, words=words, held=held, left=left)
