"""Every scenario leads to the findings that it names, in their order, and to no other."""

from pathlib import Path

import pytest

from davlock.diagnosis.engine import diagnose
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Certainty, Finding, Retry, RetryVerdict, Risk, Severity, Verdict
from davlock.diagnosis.judge import judge
from davlock.diagnosis.rules import BY_ID, RULES
from tests.diagnosis.scenario import FOLDER, Scenario, load, load_all

SCENARIOS = load_all()
NAMES = [scenario.name for scenario in SCENARIOS]

PROGRAMS = frozenset({"davlock", "curl", "occ", "svn", "svnadmin", "redis-cli", "terraform", "git", "az"})

every_scenario = pytest.mark.parametrize("scenario", SCENARIOS, ids=NAMES)


def _evidence(scenario: Scenario) -> Evidence:
    return scenario.evidence


def _findings(scenario: Scenario) -> dict[str, Finding]:
    return {finding.id: finding for finding in diagnose(_evidence(scenario))}


def _retry(retry: Retry) -> str:
    seconds = "" if retry.after_seconds is None else f":{retry.after_seconds:g}"
    return f"{retry.verdict.value}{seconds}"


def _fact(value: object) -> str:
    return " ".join(str(entry) for entry in value) if isinstance(value, tuple) else str(value)


@every_scenario
def test_exactly_the_expected_findings(scenario: Scenario) -> None:
    """Those expected, most severe first; any other is a false alarm."""
    assert tuple(_findings(scenario)) == scenario.expect, scenario.what


@every_scenario
def test_certainty_retry_and_facts(scenario: Scenario) -> None:
    """How sure, when to try again, and the facts for machines, where the scenario names them."""
    findings = _findings(scenario)
    for name, word in scenario.certainty:
        assert findings[name].certainty is Certainty[word.upper()], name
    for name, words in scenario.retry:
        assert _retry(findings[name].retry) == words, name
    for name, key, value in scenario.facts:
        assert _fact(dict(findings[name].facts)[key]) == value, f"{name}.{key}"


@pytest.mark.parametrize(
    "scenario",
    [scenario for scenario in SCENARIOS if scenario.verdict],
    ids=[scenario.name for scenario in SCENARIOS if scenario.verdict],
)
def test_verdict(scenario: Scenario) -> None:
    """Whether a write by the person would be refused because of a lock."""
    assert judge(_evidence(scenario)).verdict is Verdict(scenario.verdict)


@every_scenario
def test_each_finding_can_be_shown(scenario: Scenario) -> None:
    """Texts of one line, evidence quoted, and numbers of exchanges that exist."""
    for finding in diagnose(_evidence(scenario)):
        for text in (finding.headline, finding.explanation):
            assert text.strip(), finding.id
            assert "\n" not in text, finding.id
            assert "  " not in text, finding.id
        assert finding.evidence, finding.id
        for quote in finding.evidence:
            assert quote.source, finding.id
            assert quote.text.strip(), f"{finding.id}: {quote.source}"
            assert quote.exchange is None or 0 <= quote.exchange < len(scenario.exchanges), finding.id


@every_scenario
def test_remedies_are_fit_to_be_followed(scenario: Scenario) -> None:
    """A command names a known program and has no empty argument; what can cost somebody's work never comes first."""
    evidence = _evidence(scenario)
    foreign = any(not covering.mine for covering in evidence.covering)
    for finding in diagnose(evidence):
        for remedy in finding.remedies:
            assert remedy.title.strip(), finding.id
            assert "\n" not in remedy.title, finding.id
            if remedy.command is not None:
                assert remedy.command[0] in PROGRAMS, finding.id
                assert all(remedy.command), f"{finding.id}: {remedy.command}"
        if foreign and finding.remedies:
            assert finding.remedies[0].risk is not Risk.DESTRUCTIVE, finding.id


@every_scenario
def test_alternatives_say_how_to_decide(scenario: Scenario) -> None:
    """POSSIBLE names what else it could be or is a fallback; no finding is an alternative to itself."""
    for finding in diagnose(_evidence(scenario)):
        for alternative in finding.alternatives:
            assert alternative.id != finding.id
            assert alternative.decided_by.strip()
        if finding.certainty is Certainty.POSSIBLE and not finding.id.endswith("-unexplained"):
            assert finding.alternatives, finding.id


@every_scenario
def test_severity_and_retry_agree(scenario: Scenario) -> None:
    """An error is never said to need no retry, and good news never to need one."""
    for finding in diagnose(_evidence(scenario)):
        if finding.severity is Severity.ERROR:
            assert finding.retry.verdict is not RetryVerdict.NOT_NEEDED, finding.id
        if finding.severity is Severity.OK:
            assert finding.retry.verdict is RetryVerdict.NOT_NEEDED, finding.id


OF_PASTES = {"capture-fragment"}
"""A scenario holds whole messages: what is found of a part of one is tested with the shapes of pastes."""


def test_every_rule_fires_somewhere() -> None:
    """A rule that no scenario reaches is untested, and perhaps unreachable."""
    fired = {name for scenario in SCENARIOS for name in _findings(scenario)}
    assert sorted(set(BY_ID) - fired) == sorted(OF_PASTES)


def test_every_rule_leads_a_scenario() -> None:
    """Each rule has a case of its own, not only as a companion."""
    leading = {scenario.leading for scenario in SCENARIOS}
    assert sorted({rule.id for rule in RULES} - leading) == sorted(OF_PASTES)


@every_scenario
def test_a_file_is_named_for_what_it_expects(scenario: Scenario) -> None:
    """``<finding-id>--<case>``: the id is among those expected; ``nothing--<case>`` expects none."""
    if scenario.leading == "nothing":
        assert scenario.expect == ()
    else:
        assert scenario.leading in scenario.expect


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*")), ids=lambda path: path.name)
def test_files_keep_to_the_form(path: Path) -> None:
    """LF only, one line each of what and from, and every id, certainty and verdict a known word."""
    assert path.suffix == ".http"
    assert b"\r" not in path.read_bytes()
    scenario = load(path)
    assert "--" in scenario.name
    assert scenario.exchanges
    named = {*scenario.expect, *(name for name, _ in scenario.certainty), *(name for name, _ in scenario.retry)}
    assert named <= set(BY_ID)


def test_reads_unknown_requests_and_missing_answers(tmp_path: Path) -> None:
    """The two forms in parentheses."""
    path = tmp_path / "x--y.http"
    path.write_text(
        "# what: w\n# from: f\n# expect:\n"
        "(not captured)\n%%%%%%%% RESPONSE %%%%%%%%\nHTTP/1.1 423\n\n(not captured)\n"
        "%%%%%%%% NEXT %%%%%%%%\n"
        "PUT http://a.example/x HTTP/1.1\nHost: b.example\n\n%%%%%%%% RESPONSE %%%%%%%%\n(none: TIMEOUT)\n"
    )
    first, second = load(path).exchanges
    assert first.request.method == ""
    assert not first.request.headers.complete
    assert first.request.body is None
    assert first.response is not None
    assert first.response.body is None
    assert second.request.url == "http://a.example/x"
    assert second.request.body == b""
    assert second.response is None


@pytest.mark.parametrize(
    "text",
    [
        "# where: x\n",
        "# what: a\n# what: b\n# from: f\n",
        "# what: w\n# from: f\n# expect:\n# certainty: certain\nGET / HTTP/1.1\n",
        "# what: w\n# from: f\n# expect:\n# fact: id=value\n",
        "# what: w\n# from: f\n# expect:\nGET / HTTP/1.1\nHost: h\n",
    ],
    ids=["unknown key", "two of one key", "no pair", "no dot", "no response"],
)
def test_refuses_a_file_of_another_form(tmp_path: Path, text: str) -> None:
    """A slip in a scenario is an error, not a scenario that tests less."""
    path = tmp_path / "x--y.http"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"."):
        load(path)
