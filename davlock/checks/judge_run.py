"""Explain the failures of a run with the rules of a diagnosis."""

from dataclasses import replace
from typing import Protocol

from davlock.checks.registry import GROUND
from davlock.checks.results import Checked, CheckOutcome, Run, Stop
from davlock.diagnosis.build_evidence import from_exchanges
from davlock.diagnosis.diagnosis import Diagnosis
from davlock.diagnosis.evidence import CHALLENGES, Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import Finding, Severity
from davlock.diagnosis.merge import Find, joined, seen_in_scratch, shifted
from davlock.errors import NoResponse, NoResponseKind
from davlock.servers import PROFILES
from davlock.servers.profile import Profile

FIRST = 40
"""Exchanges that describe the server."""

INSECURE_LOGIN = "insecure-login"
REFUSED_LOGIN = "401-not-authenticated"


class Judge(Protocol):
    """Judges evidence for a command. ``user`` names who sent the requests, if it was not the person."""

    def __call__(self, evidence: Evidence, *, user: str = "") -> Diagnosis:
        """Returns the diagnosis."""


def judge_run(run: Run, judge: Judge, *, profiles: tuple[Profile, ...] = PROFILES) -> tuple[Run, Diagnosis]:
    """Returns the run, with the findings that explain each failure, and a diagnosis of the server."""
    described = judge(from_exchanges(run.exchanges[:FIRST], target=run.target, guess=False, profiles=profiles))
    findings: tuple[Finding, ...] = ()
    checked: list[Checked] = []
    for outcome in run.checked:
        explained = _explained(outcome, run, judge, profiles)
        findings = joined(findings, explained)
        checked.append(replace(outcome, findings=tuple(finding.id for finding in explained)))
    if run.one_user is not None:
        asked = from_exchanges(run.exchanges[run.one_user :][:1], target=run.target, guess=False)
        evidence = replace(asked, users_told_apart=Known(False, 0))
        findings = joined(findings, seen_in_scratch([evidence], _find(judge), offset=run.one_user))
    if (refused := _refused_login(run)) is not None:
        evidence = from_exchanges(run.exchanges[refused : refused + 1], target=run.target, subject=0, guess=False)
        about_login = judge(evidence, user=run.refused_user).findings
        findings = joined(findings, (_moved(finding, refused) for finding in about_login))
        why = next((finding.headline for finding in about_login if finding.id == REFUSED_LOGIN), "")
        run = replace(run, stopped=f"{run.stopped}. {why}" if why else run.stopped)
    findings = joined(findings, (finding for finding in described.findings if finding.id == INSECURE_LOGIN))
    diagnosis = replace(described, findings=findings, exchanges=run.exchanges, skipped=run.skipped)
    return replace(run, checked=tuple(checked)), diagnosis


def _explained(outcome: Checked, run: Run, judge: Judge, profiles: tuple[Profile, ...]) -> tuple[Finding, ...]:
    """Returns the findings that explain a failure; nothing for another outcome."""
    if outcome.outcome is not CheckOutcome.FAIL or not outcome.exchanges or outcome.subject is None:
        return ()
    # What davlock read of the place before helps to explain why MKCOL fails there.
    first = 0 if outcome.about.id == GROUND else outcome.exchanges[0]
    evidence = from_exchanges(
        run.exchanges[first : outcome.exchanges[-1] + 1],
        target=run.exchanges[outcome.subject].request.url,
        subject=outcome.subject - first,
        guess=False,
        profiles=profiles,
    )
    if outcome.about.id != GROUND:
        return seen_in_scratch([evidence], _find(judge), offset=first)
    # davlock locked nothing yet: whatever the rules say is about the place.
    errors = (finding for finding in judge(evidence).findings if finding.severity is Severity.ERROR)
    return tuple(_moved(finding, first) for finding in errors)


def _find(judge: Judge) -> Find:
    return lambda evidence: judge(evidence).findings


def _moved(finding: Finding, offset: int) -> Finding:
    return replace(finding, evidence=shifted(finding.evidence, offset))


def _refused_login(run: Run) -> int | None:
    """Returns the number of the exchange that ended the run because of a login; ``None`` if none did."""
    if run.stop is not Stop.LOGIN:
        return None
    for number in reversed(range(len(run.exchanges))):
        exchange = run.exchanges[number]
        unreached = isinstance(exchange.outcome, NoResponse) and exchange.outcome.kind is NoResponseKind.PROXY_LOGIN
        if unreached or exchange.status in CHALLENGES:
            return number
    return None
