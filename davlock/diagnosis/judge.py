"""Evidence and knowledge joined, once: the verdict, the findings, and what could not be told."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from davlock.applications import recognise_application
from davlock.diagnosis.engine import diagnose
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import NotAsked, Unreadable
from davlock.diagnosis.finding import Finding, Verdict
from davlock.diagnosis.first_line import first_line
from davlock.diagnosis.knowledge import OWN_KNOWLEDGE, Knowledge
from davlock.diagnosis.lock_verdict import LockVerdict, MethodVerdict, lock_verdict
from davlock.diagnosis.predicates.applications import application_refusal
from davlock.diagnosis.resource import CoveringLock
from davlock.diagnosis.rule import Rule
from davlock.diagnosis.skipped import Skipped
from davlock.locks.observed import ObservedLock
from davlock.protocol.message import Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """All that there is to say of one target. What is shown is made of this, and decides nothing."""

    evidence: Evidence
    in_the_way: LockVerdict
    first_line: str
    """The verdict in words."""
    findings: tuple[Finding, ...]
    """The most severe first. The exchanges that they quote are numbers into ``exchanges``."""
    skipped: tuple[Skipped, ...]
    exchanges: tuple[Exchange, ...]
    listed: tuple[ObservedLock, ...] | None = None
    """The locks of a listing, which shows more than the target's own; ``None`` where there was none."""
    answer: str = ""
    """What the request under question was answered; empty where there is none, or no answer."""
    went_well: bool = False
    """Whether that was a success."""
    number: int = 1
    total: int = 1
    """Which of all diagnoses of one capture it is."""

    @property
    def news(self) -> tuple[Finding, ...]:
        """The findings to show: beside listed locks of members, it is no news that the collection itself has none."""
        return tuple(finding for finding in self.findings if not (self.listed and finding.id == "no-lock"))

    @property
    def verdict(self) -> Verdict:
        """Whether a lock keeps you from writing."""
        return self.in_the_way.verdict

    @property
    def methods(self) -> tuple[tuple[str, MethodVerdict], ...]:
        """The same for each method."""
        return self.in_the_way.methods

    @property
    def locks(self) -> tuple[CoveringLock, ...]:
        """The locks that bear on the verdict, the nearest first."""
        return self.in_the_way.locks


def judge(
    evidence: Evidence,
    knowledge: Knowledge = OWN_KNOWLEDGE,
    *,
    skipped: Iterable[Skipped] = (),
    listed: tuple[ObservedLock, ...] | None = None,
) -> Diagnosis:
    """What ``evidence`` shows. ``skipped`` is what was not asked; ``listed`` are the locks of a listing."""
    if evidence.asked is not None:
        evidence = replace(evidence, application=recognise_application(evidence.asked, knowledge.applications))
    findings, left_out = find(evidence, knowledge)
    return conclude(evidence, findings, (*skipped, *left_out), listed=listed)


def conclude(
    evidence: Evidence,
    findings: tuple[Finding, ...],
    skipped: Iterable[Skipped],
    *,
    listed: tuple[ObservedLock, ...] | None = None,
) -> Diagnosis:
    """The verdict, beside ``findings`` that were made already."""
    in_the_way = lock_verdict(evidence)
    response = evidence.response
    return Diagnosis(
        evidence=evidence,
        in_the_way=in_the_way,
        first_line=first_line(evidence, in_the_way),
        findings=findings,
        skipped=(*skipped, *_unread_locks(evidence)),
        exchanges=evidence.exchanges,
        listed=listed,
        answer=_answer(evidence),
        went_well=response is not None and response.ok and not evidence.refusals,
    )


def find(evidence: Evidence, knowledge: Knowledge) -> tuple[tuple[Finding, ...], tuple[Skipped, ...]]:
    """What the rules make of ``evidence``, and the rules of plug-ins that failed."""
    unfit = knowledge.unfit
    if unfit is None:
        return diagnose(evidence, knowledge.rules), ()
    left_out: list[Skipped] = []

    def leave_out(rule: Rule, error: BaseException) -> None:
        left_out.append(unfit(rule, error))

    return diagnose(evidence, knowledge.rules, unfit=leave_out), tuple(left_out)


def _answer(evidence: Evidence) -> str:
    response = evidence.response
    if response is None:
        return ""
    reason = f" {response.reason}" if response.reason else ""
    return f"{evidence.method or 'The request'} was answered {response.status}{reason}"


def _unread_locks(evidence: Evidence) -> tuple[Skipped, ...]:
    if isinstance(evidence.locks, Unreadable):
        return (Skipped("locks", evidence.locks.reason),)
    if isinstance(evidence.locks, NotAsked) and application_refusal(evidence) is None:
        return (Skipped("locks", evidence.locks.why),)
    return ()
