"""Holds back what was selected by a time while its holder may still be alive.

davfs2 renews a lock 60 s before its end by default, LibreOffice 30 s. As long as more is left, a lock that nobody
renewed can be in use.
"""

from dataclasses import replace

from davlock.diagnosis.age import age_at
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.wording import seconds_in_words
from davlock.locks.observed import ObservedLock
from davlock.locks.renewal import may_be_alive
from davlock.operations.cleanup.reread import reading_of
from davlock.operations.results import Decision, Planned
from davlock.values import dataclass

MARK = "may-be-alive"
"""The word of the plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AliveGate:
    """Which locks it concerns: those selected by how long they were not renewed.

    ``unrenewed``: by two readings; ``older_than``: by an age, where the server shows the time that is left. Then an age
    from another source says less than the countdown: others can renew a lock with its token. ``opened``: the person
    releases such locks all the same, or is asked about each.
    """

    unrenewed: bool = False
    older_than: bool = False
    opened: bool = False

    def mark(self, planned: Planned, evidence: Evidence) -> Planned:
        """A lock of the plan; one that may be alive is marked, and stays unless the gate is opened."""
        if planned.decision is not Decision.RELEASE:
            return planned
        if not (why := self._why(planned.found, evidence)):
            return self._ending(planned, evidence)
        if self.opened:
            return replace(planned, may_be_alive=True, why=f"{planned.why}; {why}")
        why = f"{planned.why}; {why}: --even-if-alive releases it"
        return replace(planned, may_be_alive=True, decision=Decision.SKIP, why=why)

    def _ending(self, planned: Planned, evidence: Evidence) -> Planned:
        """With the time after which a lock that nobody renews needs no release."""
        reading = reading_of(planned.found, evidence)
        if not self.unrenewed or reading is None or not reading.seconds:
            return planned
        return replace(planned, why=f"{planned.why}; it ends by itself in {seconds_in_words(reading.seconds)}")

    def held_back(self, observed: ObservedLock, evidence: Evidence) -> str:
        """Why a lock that is about to be released stays; empty where it does not."""
        why = "" if self.opened else self._why(observed, evidence)
        return why and f"{why}: --even-if-alive releases it"

    def _why(self, observed: ObservedLock, evidence: Evidence) -> str:
        reading = reading_of(observed, evidence)
        if (
            reading is None
            or not may_be_alive(reading)
            or not (self.unrenewed or self._by_countdown(observed, evidence))
        ):
            return ""
        return f"{MARK}, {seconds_in_words(reading.seconds or 0.0)} are left"

    def _by_countdown(self, observed: ObservedLock, evidence: Evidence) -> bool:
        age = age_at(observed.lock, evidence, observed.observation.date if observed.observation is not None else None)
        if not self.older_than or age is None:  # --assume-old takes an unknown age for old, and says so
            return False
        return age.since_refresh or (evidence.server is not None and evidence.server.counts_down is True)
