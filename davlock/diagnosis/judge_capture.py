"""What a capture shows: one diagnosis for each incident, by the same rules as a live answer."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

from davlock.diagnosis.build_evidence import from_exchanges
from davlock.diagnosis.diagnosis import Diagnosis
from davlock.diagnosis.finding import NOT_NEEDED, Finding, Quote, Severity
from davlock.diagnosis.incidents import INCIDENT_LIMIT, Incident, Incidents, split_capture, until_changed
from davlock.diagnosis.judge import RulesAsked, conclude
from davlock.diagnosis.knowledge import OWN_KNOWLEDGE, Knowledge
from davlock.diagnosis.member_locks import captured_members
from davlock.diagnosis.predicates.sequence import went_through_later
from davlock.diagnosis.resource import read_propfind
from davlock.diagnosis.skipped import Skipped
from davlock.locks.observed import ObservedLock
from davlock.protocol.deviation import Deviation
from davlock.protocol.message import Exchange
from davlock.protocol.url import resolve, same_path

REMARKS = 5
"""Remarks on how a capture could be read that are shown."""

_WENT_THROUGH = "was tried again later, and went through."


def judge_capture(
    exchanges: tuple[Exchange, ...], knowledge: Knowledge = OWN_KNOWLEDGE, *, deviations: Iterable[Deviation] = ()
) -> Iterator[Diagnosis]:
    """A diagnosis for each incident in ``exchanges``; where there is none, one that says what was read.

    The last also has what was passed over, and the ``deviations`` that reading the capture had to forgive.
    """
    remarks = tuple(
        Skipped(f"the capture's {deviation.where}".replace("the capture's capture", "the capture"), deviation.what)
        for deviation in dict.fromkeys(deviations)
    )[:REMARKS]
    split = split_capture(exchanges)
    if not split.incidents:
        yield _without_incident(exchanges, remarks)
    del exchanges  # of a long capture, most are in no incident
    total = len(split.incidents)
    for number, incident in enumerate(split.incidents, 1):
        beside = (*_passed_over(split), *remarks) if number == total else ()
        yield replace(judge_incident(incident, knowledge, skipped=beside), number=number, total=total)


def judge_incident(
    incident: Incident, knowledge: Knowledge = OWN_KNOWLEDGE, *, skipped: Iterable[Skipped] = ()
) -> Diagnosis:
    """The verdict as it was in the end, on the last subject, and the findings on every subject: most severe first,
    the last refusal's before the others', and each finding once. ``skipped`` is what else was left out.
    """
    read = partial(from_exchanges, profiles=knowledge.profiles, added_applications=knowledge.added_applications)
    findings: dict[str, Finding] = {}
    asked = RulesAsked(knowledge)

    def found(subject: int) -> tuple[Finding, ...]:
        # What was taken, moved or released later does not explain this answer.
        seen = incident.exchanges[: until_changed(incident.exchanges, subject)]
        return asked.find(read(seen, subject=subject))

    for subject in reversed(incident.subjects):
        for finding in found(subject):
            findings.setdefault(finding.id, _of_one(finding, incident, subject))
    for aside in reversed(incident.asides):
        for finding in found(aside):
            if finding.severity >= Severity.WARNING:
                findings.setdefault(finding.id, _of_one(finding, incident, aside))
    if incident.subjects:
        end = read(incident.exchanges, subject=incident.subjects[-1])
    else:
        end = read(incident.exchanges, target=incident.target, guess=False)
        members = captured_members(end)
        end = replace(end, member_locks=members) if members is not None else end
        findings = {finding.id: finding for finding in asked.find(end)}
    diagnosis = conclude(
        end,
        tuple(sorted(findings.values(), key=lambda finding: -finding.severity)),
        (*_left_out(incident), *skipped, *asked.left_out),
        listed=_listed(incident),
    )
    if diagnosis.answer or not incident.subjects:
        return diagnosis
    method = incident.exchanges[incident.subjects[-1]].request.method
    return replace(diagnosis, answer=f"{method or 'The request'} had no answer")


def _without_incident(exchanges: tuple[Exchange, ...], remarks: tuple[Skipped, ...]) -> Diagnosis:
    what = f"{len(exchanges)} exchanges"
    why = "none failed, and none was about a lock"
    diagnosis = conclude(from_exchanges(exchanges, target="", guess=False), (), ())
    return replace(diagnosis, answer=f"{what} were read: {why}", went_well=True, skipped=(Skipped(what, why), *remarks))


def _of_one(finding: Finding, incident: Incident, subject: int) -> Finding:
    """The finding with the request that it is about quoted first, where there are several, and with what became of
    it.
    """
    later = went_through_later(incident.exchanges, subject) if finding.is_cause else None
    if later is not None:
        answered = Quote(
            incident.exchanges[later].request.method, f"answered {incident.exchanges[later].status}", later
        )
        explanation = f"{finding.explanation} {answered.source} {_WENT_THROUGH}"
        finding = replace(finding, explanation=explanation, retry=NOT_NEEDED, evidence=(*finding.evidence, answered))
    if len(incident.subjects) + len(incident.asides) == 1:
        return finding
    request = incident.exchanges[subject].request
    quote = Quote("request", f"{request.method} {request.url}".strip() or "(not captured)", subject)
    return replace(finding, evidence=(quote, *finding.evidence))


def _listed(incident: Incident) -> tuple[ObservedLock, ...] | None:
    """The locks in a listing that shows some on members, which are not the target's own."""
    asked = incident.exchanges[-1]
    if incident.subjects or asked.request.method.upper() != "PROPFIND":
        return None
    answer = read_propfind(asked)
    if isinstance(answer, str):
        return None
    rows = tuple(
        ObservedLock(url=resolve(asked.request.url, element.hrefs[0]), lock=lock)
        for element in answer.responses
        for propstat in element.propstats
        if propstat.ok
        for lock in propstat.locks or ()
    )
    return rows if any(not same_path(row.url, incident.target) for row in rows) else None


def _left_out(incident: Incident) -> Iterable[Skipped]:
    if incident.alike:
        asked = incident.exchanges[incident.subjects[-1] if incident.subjects else -1]
        what = f"{incident.alike} more {asked.request.method} request{'s' if incident.alike > 1 else ''}"
        answer = "had no answer" if asked.status is None else f"answered {asked.status}"
        yield Skipped(what, f"{answer} as well, on other resources of this server")
    if incident.left_out:
        yield Skipped(
            f"{incident.left_out} more exchanges on this resource", "repetitions, or long before the last ones"
        )
    if incident.unexplained:
        why = f"of one resource the last {len(incident.subjects)} are explained"
        yield Skipped(f"{incident.unexplained} earlier refusals of other kinds", why)


def _passed_over(split: Incidents) -> Iterable[Skipped]:
    if split.passed_over:
        what = f"failed reads of {split.passed_over} other resource{'s' if split.passed_over > 1 else ''}"
        yield Skipped(what, "no write was tried there, and nothing was said about locks")
    if split.untold:
        why = f"of one capture, {INCIDENT_LIMIT} are told; cut it down to those in question"
        yield Skipped(f"{split.untold} more resources with trouble", why)
