"""Failed checks joined to the rules: the same findings as a diagnosis."""

from dataclasses import replace

from davlock.checks.registry import GROUND
from davlock.checks.results import Checked, CheckOutcome, Run, Stop
from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.insecure_login import about_the_login
from davlock.cli.refused_login import RULE_ID as REFUSED_LOGIN
from davlock.diagnosis.build_evidence import from_exchanges
from davlock.diagnosis.evidence import CHALLENGES, Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import Finding, Severity
from davlock.diagnosis.merge import joined, seen_in_scratch, shifted
from davlock.errors import NoResponse, NoResponseKind
from davlock.render.build_result import result
from davlock.render.check_table import as_list, counts
from davlock.render.result import Result

FIRST = 40
"""Exchanges by which the server is described."""


def _refused_login(run: Run) -> int | None:
    """The number of the exchange that ended the run because of a login."""
    if run.stop is not Stop.LOGIN:
        return None
    for number in reversed(range(len(run.exchanges))):
        exchange = run.exchanges[number]
        unreached = isinstance(exchange.outcome, NoResponse) and exchange.outcome.kind is NoResponseKind.PROXY_LOGIN
        if unreached or exchange.status in CHALLENGES:
            return number
    return None


def explained(run: Run, known: CommandKnowledge) -> tuple[Run, Result]:
    """The run with the ids of what explains its failures, and the RESULT."""

    def find(evidence: Evidence) -> tuple[Finding, ...]:
        return known.judge(evidence).findings

    described = result(
        known.judge(from_exchanges(run.exchanges[:FIRST], target=run.target, guess=False, profiles=known.profiles))
    )
    findings: tuple[Finding, ...] = ()
    checked: list[Checked] = []
    for one in run.checked:
        if one.outcome is not CheckOutcome.FAIL or not one.exchanges or one.subject is None:
            checked.append(one)
            continue
        # What was read of the place before is a part of why nothing can be made in it.
        first = 0 if one.about.id == GROUND else one.exchanges[0]
        exchanges = run.exchanges[first : one.exchanges[-1] + 1]
        evidence = from_exchanges(
            exchanges,
            target=run.exchanges[one.subject].request.url,
            subject=one.subject - first,
            guess=False,
            profiles=known.profiles,
        )
        if one.about.id == GROUND:  # nothing of ours stands in the way yet: whatever the rules say is about the place
            found = tuple(
                replace(told, evidence=shifted(told.evidence, first))
                for told in find(evidence)
                if told.severity is Severity.ERROR
            )
        else:
            found = seen_in_scratch([evidence], find, offset=first)
        findings = joined(findings, found)
        checked.append(replace(one, findings=tuple(finding.id for finding in found)))
    if run.one_user is not None:
        asked = from_exchanges(run.exchanges[run.one_user :][:1], target=run.target, guess=False)
        evidence = replace(asked, users_told_apart=Known(False, 0))
        findings = joined(findings, seen_in_scratch([evidence], find, offset=run.one_user))
    if (refused := _refused_login(run)) is not None:
        evidence = from_exchanges(run.exchanges[refused : refused + 1], target=run.target, subject=0, guess=False)
        told = known.judge(evidence, user=run.refused_user).findings
        findings = joined(findings, (replace(one, evidence=shifted(one.evidence, refused)) for one in told))
        why = next((one.headline for one in told if one.id == REFUSED_LOGIN), "")
        run = replace(run, stopped=f"{run.stopped}. {why}" if why else run.stopped)
    findings = joined(findings, about_the_login(described.findings))
    run = replace(run, checked=tuple(checked))
    shown = Result(
        target=run.target,
        product=described.product,
        product_title=described.product_title,
        dav=described.dav,
        allow=described.allow,
        findings=findings,
        skipped=run.skipped,
        exchanges=run.exchanges,
        extra=(
            ("checks", as_list(run)),
            ("counts", counts(run)),
            ("scratch", run.scratch),
            ("left", run.left),
            ("stopped", run.stopped),
        ),
    )
    return run, shown
