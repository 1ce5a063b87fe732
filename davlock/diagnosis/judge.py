"""Evidence and knowledge joined, once: the verdict, the findings, and what could not be told."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from davlock.applications.recognition import recognise_application
from davlock.diagnosis.build_evidence import from_exchanges
from davlock.diagnosis.diagnosis import Diagnosis
from davlock.diagnosis.engine import apply_rules
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import NotAsked, Unreadable
from davlock.diagnosis.finding import Finding
from davlock.diagnosis.knowledge import OWN_KNOWLEDGE, Knowledge
from davlock.diagnosis.lock_verdict import lock_verdict
from davlock.diagnosis.merge import joined, seen_in_scratch, seen_of_condition, seen_of_overcome
from davlock.diagnosis.predicates.applications import application_refusal
from davlock.diagnosis.rule import Rule
from davlock.diagnosis.scratch_outcomes import ScratchOutcomes
from davlock.diagnosis.skipped import Skipped
from davlock.locks.observed import ObservedLock


def judge(
    evidence: Evidence,
    knowledge: Knowledge = OWN_KNOWLEDGE,
    *,
    skipped: Iterable[Skipped] = (),
    listed: tuple[ObservedLock, ...] | None = None,
) -> Diagnosis:
    """What ``evidence`` shows. ``skipped`` is what was not asked; ``listed`` are the locks of a listing."""
    asked = RulesAsked(knowledge)
    evidence = asked.recognised(evidence)
    findings = asked.find(evidence)
    exchanges = evidence.exchanges
    if evidence.overcome is not None:
        before = replace(evidence.overcome, invocation=evidence.invocation, user=evidence.user)
        findings = joined(findings, seen_of_overcome(before, asked.find))
    if evidence.condition is not None:
        condition = replace(evidence.condition, invocation=evidence.invocation, user=evidence.user)
        findings = joined(findings, seen_of_condition(condition, asked.find, offset=len(exchanges)))
        exchanges += evidence.condition.exchanges
    in_scratch: tuple[Finding, ...] = ()
    if evidence.scratch is not None:
        pieces = _failed_in_scratch(evidence.scratch, knowledge)
        in_scratch = seen_in_scratch(pieces, asked.find, offset=len(exchanges))
        findings = joined(findings, in_scratch)
        exchanges += evidence.scratch.exchanges
    diagnosis = conclude(evidence, findings, (*skipped, *asked.left_out), listed=listed)
    return replace(diagnosis, exchanges=exchanges, seen_in_scratch=in_scratch)


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
        findings=findings,
        skipped=(*skipped, *_unread_locks(evidence)),
        exchanges=evidence.exchanges,
        listed=listed,
        answer=_answer(evidence),
        went_well=response is not None and response.ok and not evidence.refusals,
    )


class RulesAsked:
    """Asks the rules about several pieces of evidence, and keeps which rules of plug-ins failed."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._left_out: dict[Skipped, None] = {}

    @property
    def left_out(self) -> tuple[Skipped, ...]:
        """The rules that failed, each once."""
        return tuple(self._left_out)

    def find(self, evidence: Evidence) -> tuple[Finding, ...]:
        """What the rules make of ``evidence``."""
        unfit = self._leave_out if self._knowledge.unfit is not None else None
        return apply_rules(self.recognised(evidence), self._knowledge.rules_for(evidence), unfit=unfit)

    def recognised(self, evidence: Evidence) -> Evidence:
        """``evidence`` with what an application says in the answer under question."""
        if evidence.asked is None:
            return evidence
        application = recognise_application(evidence.asked, self._knowledge.added_applications)
        return replace(evidence, application=application)

    def _leave_out(self, rule: Rule, error: BaseException) -> None:
        if self._knowledge.unfit is not None:
            self._left_out[self._knowledge.unfit(rule, error)] = None


def _failed_in_scratch(scratch: ScratchOutcomes, knowledge: Knowledge) -> Iterator[Evidence]:
    """A piece of evidence for each check that failed."""
    for failure in scratch.failures:
        yield from_exchanges(
            scratch.exchanges[: failure.last + 1],
            target=scratch.exchanges[failure.subject].request.url,
            subject=failure.subject,
            guess=False,
            profiles=knowledge.profiles,
        )


def _answer(evidence: Evidence) -> str:
    response = evidence.response
    if response is None:
        return ""
    reason = f" {response.reason}" if response.reason else ""
    return f"{evidence.method or 'The request'} got {response.status}{reason}"


def _unread_locks(evidence: Evidence) -> tuple[Skipped, ...]:
    if isinstance(evidence.locks, Unreadable):
        return (Skipped("locks", evidence.locks.reason),)
    if isinstance(evidence.locks, NotAsked) and application_refusal(evidence) is None:
        return (Skipped("locks", evidence.locks.why),)
    return ()
