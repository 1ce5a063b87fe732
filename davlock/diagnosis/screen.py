"""What a person reads about one target, decided but not laid out: no width, no colour, no zone, no sink."""

from datetime import datetime

from davlock.diagnosis.finding import Finding, Remedy
from davlock.diagnosis.remedies import Command
from davlock.diagnosis.skipped import Skipped
from davlock.diagnosis.verdict import Verdict
from davlock.values import dataclass


@dataclass(frozen=True, slots=True)
class StateWord:
    """The word that says how things stand, such as ``LOCKED``; ``verdict`` is what it means for the reader."""

    word: str
    verdict: Verdict


Line = tuple[str | StateWord | datetime, ...]
"""One sentence or more. A moment in it is written in the zone of the reader."""


@dataclass(frozen=True, slots=True)
class Headline:
    """How things stand, and what that means."""

    lead: Line
    meaning: Line = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRow:
    """One of several locks: where it is, who holds it, how long it lasts and until when, if that is known."""

    name: str
    holder: str
    left: str
    ends: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """One thing to do. Without commands, ``title`` is a whole sentence; several are joined by ``&&``."""

    title: str
    commands: tuple[Command, ...] = ()
    note: str = ""
    """What the reader needs to know before; of a step that hurts others: when it is right, and who it hurts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetScreen:
    """``headline`` says how things stand, ``meaning`` what that means for the reader.

    ``rows`` are the locks, where there are several; ``more_rows`` is how many are left out. ``harmful`` is a step that
    hurts others. ``lead`` is the finding that all of this rests on; ``beside`` are further findings worth a line.
    """

    headline: Line
    meaning: Line = ()
    rows: tuple[LockRow, ...] = ()
    more_rows: int = 0
    token: str = ""
    """The token of the lock that was just taken: the reader needs it to go on."""
    beside: tuple[Finding, ...] = ()
    steps: tuple[NextStep, ...] = ()
    harmful: NextStep | None = None
    lead: Finding | None = None
    notes: tuple[Skipped, ...] = ()
    """What the reader asked davlock to do, and it did not."""
    left: tuple[Remedy, ...] = ()
    """The ways out that no step stands for: ``--why`` shows them."""
