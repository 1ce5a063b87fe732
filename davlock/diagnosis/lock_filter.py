"""Which locks a person means: criteria, each says if a lock meets it, and why, in words.

The same for a listing and for a clean-up. A listing shows what surely meets them all; who is about to release a lock
wants to know of the others too which criterion kept them out, and if that was because something is not known.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Generic, Protocol, TypeVar

from davlock.diagnosis.age import Age
from davlock.diagnosis.wording import seconds_in_words
from davlock.locks.server_record import holder_name, server_record
from davlock.protocol.lock import ActiveLock, LockScope
from davlock.protocol.requests import owner_without_run
from davlock.protocol.url import is_path_above, same_path
from davlock.values import dataclass


class Candidate(Protocol):
    """What the criteria look at; whatever shows a lock has it."""

    @property
    def url(self) -> str:
        """The resource that showed it."""
        ...

    @property
    def lock(self) -> ActiveLock:
        """As it was shown."""
        ...

    @property
    def root(self) -> str | None:
        """Its root, where that is known."""
        ...

    @property
    def mine(self) -> bool | None:
        """Whether its token is held; ``None`` if nobody can see that."""
        ...

    @property
    def endless(self) -> bool:
        """Returns true if it never expires."""
        ...

    @property
    def age(self) -> Age | None:
        """How old it is, where that is known."""
        ...


@dataclass(frozen=True, slots=True)
class Judgement:
    """The answer to one criterion, or to all: ``met`` is ``None`` if nobody can say. ``why`` is a few words."""

    met: bool | None
    why: str


_C = TypeVar("_C", bound=Candidate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen(Generic[_C]):
    """Those of many locks that surely meet all criteria, and the number of the others."""

    locks: tuple[_C, ...]
    left_out: int = 0
    """Those that surely do not."""
    unknown: int = 0
    """Those that nobody can judge."""
    why_unknown: str = ""
    """Why not, of most of them; a few words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The criteria that were given; a lock is selected if it meets all of them. Durations are in seconds."""

    owner: re.Pattern[str] | None = None
    scope: LockScope | None = None
    infinite: bool = False
    expires_within: float | None = None
    expires_after: float | None = None
    mine: bool = False
    under: str | None = None
    """A URL; its path counts, for a server behind a proxy may write another host into its lock roots."""
    assume_old: bool = False
    """True if a lock of unknown age counts as old enough."""
    older_than: float | None = None
    """Time since the last refresh that is known of: a lock's creation says nothing about whether it is in use."""

    @property
    def empty(self) -> bool:
        """Returns true if no criterion was given, so that every lock is selected."""
        return self == Selection()

    def judgements(self, lock: Candidate) -> tuple[Judgement, ...]:
        """Of each criterion that was given, in a fixed order."""
        return tuple(self._each(lock))

    def judge(self, lock: Candidate) -> Judgement:
        """Of all of them: what is not met decides before what is not known."""
        judgements = self.judgements(lock)
        for met in (False, None):
            against = [judgement.why for judgement in judgements if judgement.met is met]
            if against:
                return Judgement(met, "; ".join(against))
        return Judgement(True, "; ".join(judgement.why for judgement in judgements))

    def choose(self, locks: Iterable[_C]) -> Chosen[_C]:
        """Returns those of ``locks`` that surely meet all criteria, in their order, and how many do not."""
        chosen: list[_C] = []
        left_out, unknown = 0, Counter[str]()
        for lock in locks:
            judgement = self.judge(lock)
            if judgement.met:
                chosen.append(lock)
            elif judgement.met is None:
                unknown[judgement.why] += 1
            else:
                left_out += 1
        why = unknown.most_common(1)[0][0] if unknown else ""
        return Chosen(locks=tuple(chosen), left_out=left_out, unknown=unknown.total(), why_unknown=why)

    def _each(self, lock: Candidate) -> Iterator[Judgement]:
        if self.owner is not None:
            yield self._by_owner(lock, self.owner)
        if self.scope is not None:
            yield _by_scope(lock, self.scope)
        if self.infinite:
            yield _by_end(lock)
        if self.expires_within is not None:
            yield _by_time_left(lock, self.expires_within, within=True)
        if self.expires_after is not None:
            yield _by_time_left(lock, self.expires_after, within=False)
        if self.mine:
            yield _by_token(lock)
        if self.under is not None:
            yield _by_place(lock, self.under)
        if self.older_than is not None:
            aged = _by_age(lock, self.older_than)
            if aged.met is None and self.assume_old:
                aged = Judgement(True, f"{aged.why}; --assume-old counts it as old")
            yield aged

    def _by_owner(self, lock: Candidate, pattern: re.Pattern[str]) -> Judgement:
        claimed = holder_name(lock.lock)
        texts = (claimed, owner_without_run(claimed), lock.lock.claimed, *server_record(lock.lock).users)
        if any(pattern.search(text) is not None for text in texts):
            return Judgement(True, "the holder matches" if claimed else "the empty holder matches")
        # lighttpd and nginx drop the owner: nobody knows who it was.
        return (
            Judgement(False, f"the holder is {_quoted(claimed)}")
            if claimed
            else Judgement(None, "the holder is not shown")
        )


def _by_token(lock: Candidate) -> Judgement:
    if lock.mine:
        return Judgement(True, "you hold its token")
    if lock.mine is False:
        return Judgement(False, "not yours: it has the token of your lock, and another holder")
    if lock.lock.token is None:
        return Judgement(None, "its token is not shown, so it may be yours")
    return Judgement(False, "you do not hold its token")


def _by_scope(lock: Candidate, scope: LockScope) -> Judgement:
    shown = lock.lock.scope
    if shown is None:
        return Judgement(None, "its scope is not shown")
    return Judgement(shown is scope, shown.value)


def _by_end(lock: Candidate) -> Judgement:
    if lock.endless:
        return Judgement(True, "never expires")
    if lock.lock.timeout is None:
        return Judgement(None, "its timeout is not shown")
    seconds = lock.lock.timeout.seconds
    when = seconds_in_words(seconds) if seconds is not None else lock.lock.timeout.as_sent
    return Judgement(False, f"expires in {when}" if seconds is not None else f"expires: its timeout is {when}")


def _by_time_left(lock: Candidate, seconds: float, *, within: bool) -> Judgement:
    if lock.endless:
        return Judgement(not within, "never expires")
    timeout = lock.lock.timeout
    if timeout is None or timeout.seconds is None:
        return Judgement(None, "its timeout is not shown")
    left = timeout.seconds
    return Judgement(left <= seconds if within else left > seconds, f"{seconds_in_words(left)} left by its timeout")


def _by_place(lock: Candidate, under: str) -> Judgement:
    if lock.root is None:
        # Where it was seen is at or below its root, so that a root may still be above the place.
        return Judgement(None, "it is not known where it was taken")
    inside = same_path(under, lock.root) or is_path_above(under, lock.root)
    return Judgement(inside, f"it was taken on {lock.root}")


def _by_age(lock: Candidate, seconds: float) -> Judgement:
    age = lock.age
    if age is None:
        return Judgement(None, "its last renewal is not known")
    words = seconds_in_words(age.seconds)
    if age.idle is not None:
        what = "renewed" if age.since_refresh else "taken or renewed"
        return Judgement(age.idle > seconds, f"{what} {seconds_in_words(age.idle)} ago")
    if age.seconds <= seconds:
        return Judgement(False, f"taken {words} ago")  # and so cannot have been refreshed before that
    return Judgement(None, f"taken {words} ago, and perhaps renewed since")


def _quoted(text: str) -> str:
    flat = " ".join(owner_without_run(text).split())
    return f"“{flat[:60]}…”" if len(flat) > 60 else f"“{flat}”"
