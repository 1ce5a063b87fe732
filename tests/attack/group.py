"""What an attack is made of: groups of runs, each with a name, a way to do it, and a verdict."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.attack.victim import Ended, Victim


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One run, or a few that belong together: ``make`` gets a victim in an empty folder."""

    name: str
    make: Callable[[Victim], list[Ended]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Attacks of one kind, drawn with a seed."""

    name: str
    what: str
    """The kind in one sentence, for docs/robustness.md."""
    attacks: Callable[["Draw"], Iterator[Attack]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """How many, and which."""

    seed: int
    scale: float
    """1.0 is the whole attack; smaller for a look, larger for a night."""
    folder: Path
    """For what the attacks of a group share; empty."""
    stack: ExitStack
    """For servers that the attacks of a group share: it closes when the last attack has ended."""
    leave_out: Callable[[str], object]
    """Told what cannot be attacked on this machine, and why: in words, for the record."""

    def count(self, whole: int) -> int:
        """How many at this scale, where the whole attack has ``whole``; at least one."""
        return max(1, round(whole * self.scale))


@dataclass(slots=True)
class Tally:
    """What came of a group."""

    runs: int = 0
    executions: int = 0
    """Of readers in one process: fuzzing counts these, not processes."""
    seconds: float = 0.0
    slowest: tuple[float, str] = (0.0, "")
    peak: tuple[int, str] = (0, "")
    statuses: dict[int, int] = field(default_factory=dict)
    faults: list[tuple[str, str]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """What this machine could not do, and why."""

    def add(self, ended: Ended) -> None:
        """Count a run."""
        self.runs += 1
        self.executions += ended.executions
        self.slowest = max(self.slowest, (ended.measured.seconds, ended.name))
        self.peak = max(self.peak, (ended.measured.peak_bytes, ended.name))
        self.statuses[ended.measured.code] = self.statuses.get(ended.measured.code, 0) + 1
        self.faults += [(ended.name, fault) for fault in ended.faults]
