"""The rules explain a run's failures, and each finding points at the exchange of the run that it rests on."""

from dataclasses import replace

from davlock.checks.judge_run import judge_run
from davlock.checks.results import CheckOutcome, Run, Stop
from davlock.diagnosis.diagnosis import Diagnosis
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Finding
from davlock.diagnosis.judge import judge
from davlock.errors import NoResponse, NoResponseKind
from davlock.protocol.message import Exchange, Request, Response
from tests.checks.broken import ALICE, BOB, FAILS, refusing
from tests.checks.world import Hook, World, answer, chosen, context, run_in


def as_person(evidence: Evidence, *, user: str = "") -> Diagnosis:
    return judge(replace(evidence, user=user))


def judged(hook: Hook, *ids: str) -> tuple[Run, dict[str, Finding]]:
    run, diagnosis = judge_run(run_in(context(World(hook=hook), ALICE, BOB), chosen(*ids)), as_person)
    return run, {finding.id: finding for finding in diagnosis.findings}


def quoted(run: Run, finding: Finding) -> set[tuple[str, int | None]]:
    """The method and the status of each exchange that a finding quotes."""
    exchanges = (run.exchanges[quote.exchange] for quote in finding.evidence if quote.exchange is not None)
    return {_summary(exchange) for exchange in exchanges}


def _summary(exchange: Exchange) -> tuple[str, int | None]:
    return exchange.request.method, exchange.status


def test_a_refused_collection_is_explained_by_its_own_mkcol() -> None:
    run, findings = judged(refusing("MKCOL", 507), "propfind", "scratch")
    assert list(findings) == ["507-no-space"]
    assert quoted(run, findings["507-no-space"]) == {("MKCOL", 507)}
    assert {checked.about.id: checked.findings for checked in run.checked} == {
        "propfind": (),
        "scratch": ("507-no-space",),
    }


def test_a_later_failure_points_at_its_own_exchange() -> None:
    run, findings = judged(refusing("LOCK", 403), "scratch", "put", "lock")
    assert quoted(run, findings["403-lock-refused"]) == {("PUT", 201), ("LOCK", 403)}
    assert [checked.findings for checked in run.checked] == [(), (), tuple(findings)]


def test_a_pass_and_a_warning_need_no_explanation() -> None:
    """Also where a rule would find something in their exchanges."""
    run, findings = judged(FAILS["if-match-wrong"], "scratch", "put", "lock", "lock-excludes")
    assert {checked.outcome for checked in run.checked} == {CheckOutcome.PASS}
    assert findings == {}
    assert {checked.findings for checked in run.checked} == {()}


def test_a_refused_login_ends_the_run_and_is_explained() -> None:
    def hook(world: World, request: Request) -> Response | None:
        return answer(401, b"", ("WWW-Authenticate", 'Basic realm="files"'))

    run, findings = judged(hook, "propfind", "scratch", "put")
    assert "401-not-authenticated" in findings
    assert run.stopped.endswith(f". {findings['401-not-authenticated'].headline}")
    assert quoted(run, findings["401-not-authenticated"]) == {(run.exchanges[-1].request.method, 401)}


def test_a_login_that_the_proxy_wants_is_explained_without_an_answer() -> None:
    proxy = NoResponse(NoResponseKind.PROXY_LOGIN, "http://proxy.example:3128", "the proxy wants a login", sent=False)
    run, findings = judged(lambda world, request: proxy, "propfind", "scratch", "put")
    assert run.stop is Stop.LOGIN
    assert "401-not-authenticated" in findings


def test_what_was_not_run_took_no_time() -> None:
    run, _ = judged(refusing("MKCOL", 403), "scratch", "put")
    assert [(checked.outcome, checked.elapsed_ms) for checked in run.checked] == [
        (CheckOutcome.FAIL, 0.0),
        (CheckOutcome.SKIP, 0.0),
    ]


def test_a_failure_counts_unless_a_baseline_names_it() -> None:
    run, _ = judged(refusing("LOCK", 403), "scratch", "put", "lock")
    assert [(checked.counts, checked.fixed) for checked in run.checked] == [
        (False, False),
        (False, False),
        (True, False),
    ]
    known = [replace(checked, expected=True) for checked in run.checked]
    assert [(checked.counts, checked.fixed) for checked in known] == [(False, True), (False, True), (False, False)]


def test_a_failure_that_no_single_exchange_shows_has_no_explanation() -> None:
    """Without a subject there is nothing that a rule could judge."""
    run = run_in(context(World(hook=refusing("LOCK", 403)), ALICE, BOB), chosen("scratch", "put", "lock"))
    failed = replace(run.checked[-1], subject=None)
    assert failed.exchanges
    judged_run, diagnosis = judge_run(replace(run, checked=(*run.checked[:-1], failed)), as_person)
    assert (judged_run.checked[-1].findings, diagnosis.findings) == ((), ())
