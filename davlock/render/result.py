"""What is shown of one target, whatever the format: the RESULT of the ``davlock/1`` contract, before it is words."""

from collections.abc import Callable
from dataclasses import field, replace
from typing import TYPE_CHECKING

from davlock.diagnosis.verdict import Verdict
from davlock.values import dataclass

if TYPE_CHECKING:  # a page of the manual is a result too, and needs none of these
    from datetime import datetime

    from davlock.diagnosis.age import Age
    from davlock.diagnosis.expiry import TimeShown
    from davlock.diagnosis.finding import Finding
    from davlock.diagnosis.screen import TargetScreen
    from davlock.diagnosis.skipped import Skipped
    from davlock.locks.holder_words import HolderWords
    from davlock.operations.results import Decision, PropertyRow, ReleaseOutcome
    from davlock.protocol.lock import ActiveLock
    from davlock.protocol.message import Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class LockView:
    """One lock as it is shown. ``ends_at`` is known only where the timeout is known to count down, or was just
    granted.
    """

    url: str
    lock: "ActiveLock"
    holder: "HolderWords"
    root: str | None
    direct: bool | None
    mine: bool | None
    """True if davlock took it; ``None`` where that is not known: a token that was typed may be anybody's."""
    endless: bool
    ends_at: "datetime | None"
    time: "TimeShown | None" = None
    """What the server shows of its time; ``None`` where no server was asked."""
    age: "Age | None" = None
    held: bool = False
    """True if its token is known, taken or typed."""
    inside: bool | None = None
    """True if its root is at or below the collection that was walked; ``None`` too where there was no walk."""
    seen_at: "datetime | None" = None
    """When a walk saw it, by our clock."""
    server_time: "datetime | None" = None
    """The same moment by the server's clock, where its answer took no longer than a moment."""
    ahead: float = 0.0
    """Seconds by which that clock is ahead of ours; 0 where that is not known."""


@dataclass(frozen=True, slots=True)
class MethodView:
    """The verdict of one method; ``lock`` is the number of the lock that it meets in the result's locks."""

    verdict: Verdict
    lock: int | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """One lock: what is to be done and why, and, once it was tried, what came of it and why."""

    lock: LockView
    decision: "Decision"
    why: str
    may_be_alive: bool = False
    """True if the plan marks it: selected by a time, with more than 60 s left."""
    outcome: "ReleaseOutcome | None" = None
    outcome_why: str = ""
    stands: bool = False
    """Whether it was read again after the UNLOCK."""

    @property
    def what(self) -> str:
        """The one word for it."""
        return self.outcome.value if self.outcome is not None else self.decision.value

    @property
    def because(self) -> str:
        """Why that."""
        return self.outcome_why if self.outcome is not None else self.why


@dataclass(frozen=True, slots=True)
class Filtered:
    """How many locks a listing found and does not show: they do not meet its criteria, or nobody can say."""

    left_out: int
    unknown: int
    why_unknown: str = ""
    """Why nobody can say, of most of them; a few words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One target. ``locks`` is ``None`` where they could not be read, which is not the same as none."""

    target: str | None
    verdict: Verdict = Verdict.UNKNOWN
    methods: tuple[tuple[str, MethodView], ...] = ()
    """The verdict of each method; empty for results that concern no resource of their own."""
    make_screen: "Callable[[], TargetScreen] | None" = None
    """Makes what a person reads first; ``None`` for what is shown in a way of its own. No script waits for it."""
    product: str | None = None
    product_title: str = ""
    dav: tuple[str, ...] = ()
    allow: tuple[str, ...] | None = None
    locks: tuple[LockView, ...] | None = None
    filtered: Filtered | None = None
    """What the criteria of a listing kept from ``locks``; ``None`` if there were none."""
    findings: "tuple[Finding, ...]" = ()
    skipped: "tuple[Skipped, ...]" = ()
    exchanges: "tuple[Exchange, ...]" = ()
    properties: "tuple[PropertyRow, ...] | None" = None
    plan: tuple[PlanView, ...] | None = None
    """Of a clean-up: what is to be done, and what came of it."""
    answer: str = ""
    """The request under question and its answer, for when there is nothing to say about it."""
    heading: str = ""
    """What tells it from others of the same run, at a terminal."""
    went_well: bool = False
    """True if its status is a success."""
    extra: tuple[tuple[str, object], ...] = field(default=())
    """More keys of the command's own, as plain JSON values."""

    def without_locks(self) -> "Result":
        """Returns it without its locks, which were shown before."""
        return replace(self, locks=(), methods=tuple((name, replace(met, lock=None)) for name, met in self.methods))

    @property
    def screen(self) -> "TargetScreen | None":
        """What a person reads first."""
        return self.make_screen() if self.make_screen is not None else None
