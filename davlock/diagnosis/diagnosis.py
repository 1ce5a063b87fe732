"""All that there is to say of one target, before it is shown."""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Finding
from davlock.diagnosis.lock_verdict import LockVerdict, MethodVerdict
from davlock.diagnosis.skipped import Skipped
from davlock.diagnosis.verdict import Verdict
from davlock.locks.observed import ObservedLock
from davlock.protocol.message import Exchange
from davlock.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """All that there is to say of one target. What is shown is made of this, and decides nothing."""

    evidence: Evidence
    in_the_way: LockVerdict
    findings: tuple[Finding, ...]
    """The most severe first. The exchanges that they quote are numbers into ``exchanges``."""
    skipped: tuple[Skipped, ...]
    exchanges: tuple[Exchange, ...]
    listed: tuple[ObservedLock, ...] | None = None
    """The locks of a listing, which shows more than the target's own; ``None`` where there was none."""
    answer: str = ""
    """The answer to the request under question; empty if there is none."""
    went_well: bool = False
    """True if that was a success."""
    achieved: bool = False
    """True if what a verb was to do is so now, as read back."""
    seen_in_scratch: tuple[Finding, ...] = ()
    """Those of the findings that a scratch collection showed, also where the target shows the same."""
    number: int = 1
    total: int = 1
    """Which of all diagnoses of one capture it is."""

    @property
    def news(self) -> tuple[Finding, ...]:
        """The findings to show: beside listed locks of members, it is no news that the collection itself has none."""
        return tuple(finding for finding in self.findings if not (self.listed and finding.id == "no-lock"))

    @property
    def verdict(self) -> Verdict:
        """Says if a lock keeps you from writing."""
        return self.in_the_way.verdict

    @property
    def methods(self) -> tuple[tuple[str, MethodVerdict], ...]:
        """The same for each method."""
        return self.in_the_way.methods

    @property
    def locks(self) -> tuple[ObservedLock, ...]:
        """The locks that bear on the verdict, the nearest first."""
        return self.in_the_way.locks
