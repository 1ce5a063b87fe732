"""Every scenario leads to the findings that it names, in their order, and to no other."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from davlock.diagnosis.finding import Certainty, Retry, RetryVerdict, Risk, Severity, Verdict
from davlock.diagnosis.lock_verdict import lock_verdict
from davlock.diagnosis.rules.registry import BY_ID, RULES
from tests.diagnosis.scenario import FOLDER, JudgedScenario, Scenario, judged, load, load_all

SCENARIOS = load_all()

PROGRAMS = frozenset({"davlock", "curl", "occ", "svn", "svnadmin", "redis-cli", "terraform", "git", "az"})


def _retry(retry: Retry) -> str:
    seconds = "" if retry.after_seconds is None else f":{retry.after_seconds:g}"
    return f"{retry.verdict.value}{seconds}"


def _fact(value: object) -> str:
    return " ".join(str(entry) for entry in value) if isinstance(value, tuple) else str(value)


# -- what holds for each scenario; test_scenario asks for all of it, and says all that does not hold


def exactly_the_expected_findings(case: JudgedScenario) -> None:
    """Those expected, most severe first; any other is a false alarm."""
    assert tuple(case.by_id) == case.scenario.expect, case.scenario.what


def certainty_retry_and_facts(case: JudgedScenario) -> None:
    """How sure, when to try again, and the facts for machines, where the scenario names them."""
    findings = case.by_id
    for name, word in case.scenario.certainty:
        assert findings[name].certainty is Certainty[word.upper()], name
    for name, words in case.scenario.retry:
        assert _retry(findings[name].retry) == words, name
    for name, key, value in case.scenario.facts:
        assert _fact(dict(findings[name].facts)[key]) == value, f"{name}.{key}"


def headline(case: JudgedScenario) -> None:
    """The first line that a person reads, where the scenario names it: a wrong holder or time would show here."""
    if case.scenario.headline is not None:
        assert case.by_id[case.scenario.leading].headline == case.scenario.headline


def verdict(case: JudgedScenario) -> None:
    """Whether a write by the person would be refused because of a lock."""
    if case.scenario.verdict:
        assert lock_verdict(case.evidence).verdict is Verdict(case.scenario.verdict)


def each_finding_can_be_shown(case: JudgedScenario) -> None:
    """Texts of one line, evidence quoted, and numbers of exchanges that exist."""
    for finding in case.findings:
        for text in (finding.headline, finding.explanation):
            assert text.strip(), finding.id
            assert "\n" not in text, finding.id
            assert "  " not in text, finding.id
        assert finding.evidence, finding.id
        for quote in finding.evidence:
            assert quote.source, finding.id
            assert quote.text.strip(), f"{finding.id}: {quote.source}"
            assert quote.exchange is None or 0 <= quote.exchange < len(case.scenario.exchanges), finding.id


def remedies_are_fit_to_be_followed(case: JudgedScenario) -> None:
    """A command names a known program and has no empty argument; what can cost somebody's work never comes first."""
    foreign = any(not covering.mine for covering in case.evidence.covering)
    for finding in case.findings:
        for remedy in finding.remedies:
            assert remedy.title.strip(), finding.id
            assert "\n" not in remedy.title, finding.id
            if remedy.command is not None:
                assert remedy.command[0] in PROGRAMS, finding.id
                assert all(remedy.command), f"{finding.id}: {remedy.command}"
        if foreign and finding.remedies:
            assert finding.remedies[0].risk is not Risk.DESTRUCTIVE, finding.id


def alternatives_say_how_to_decide(case: JudgedScenario) -> None:
    """POSSIBLE names what else it could be or is a fallback; no finding is an alternative to itself."""
    for finding in case.findings:
        for alternative in finding.alternatives:
            assert alternative.id != finding.id
            assert alternative.decided_by.strip()
        if finding.certainty is Certainty.POSSIBLE and not finding.id.endswith("-unexplained"):
            assert finding.alternatives, finding.id


def severity_and_retry_agree(case: JudgedScenario) -> None:
    """An error is never said to need no retry, and good news never to need one."""
    for finding in case.findings:
        if finding.severity is Severity.ERROR:
            assert finding.retry.verdict is not RetryVerdict.NOT_NEEDED, finding.id
        if finding.severity is Severity.OK:
            assert finding.retry.verdict is RetryVerdict.NOT_NEEDED, finding.id


def a_file_is_named_for_what_it_expects(case: JudgedScenario) -> None:
    """``<finding-id>--<case>``: the id is among those expected; ``nothing--<case>`` expects none."""
    if case.scenario.leading == "nothing":
        assert case.scenario.expect == ()
    else:
        assert case.scenario.leading in case.scenario.expect


def the_file_keeps_to_the_form(case: JudgedScenario) -> None:
    """LF only, and every id and certainty a known word."""
    scenario = case.scenario
    assert b"\r" not in (FOLDER / f"{scenario.name}.http").read_bytes()
    assert "--" in scenario.name
    assert scenario.exchanges
    named = {*scenario.expect, *(name for name, _ in scenario.certainty), *(name for name, _ in scenario.retry)}
    assert named <= set(BY_ID)


CLAIMS = (
    exactly_the_expected_findings,
    certainty_retry_and_facts,
    headline,
    verdict,
    each_finding_can_be_shown,
    remedies_are_fit_to_be_followed,
    alternatives_say_how_to_decide,
    severity_and_retry_agree,
    a_file_is_named_for_what_it_expects,
    the_file_keeps_to_the_form,
)


def broken(case: JudgedScenario, claims: Sequence[Callable[[JudgedScenario], None]] = CLAIMS) -> list[str]:
    """The claims that do not hold for it, with what was asserted."""
    failures = []
    for claim in claims:
        try:
            claim(case)
        except (AssertionError, LookupError) as error:
            failures.append(f"{claim.__name__}: {type(error).__name__}: {error}")
    return failures


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[scenario.name for scenario in SCENARIOS])
def test_scenario(scenario: Scenario) -> None:
    """It is judged once, and all that is claimed of it is looked at, whatever does not hold."""
    failures = broken(judged(scenario))
    assert not failures, "\n".join(failures)


def test_whatever_does_not_hold_is_said() -> None:
    """Each claim by its name: also those behind the first that is broken."""
    case = judged(next(scenario for scenario in SCENARIOS if scenario.expect and scenario.verdict == "clear"))
    other = replace(case.scenario, expect=("no-such-id",), certainty=(("no-such-id", "likely"),), verdict="blocked")
    names = [failure.partition(":")[0] for failure in broken(replace(case, scenario=other))]
    assert names == [
        "exactly_the_expected_findings",
        "certainty_retry_and_facts",
        "verdict",
        "a_file_is_named_for_what_it_expects",
        "the_file_keeps_to_the_form",
    ]


def test_every_file_is_a_scenario() -> None:
    assert [path.name for path in sorted(FOLDER.glob("*"))] == [f"{scenario.name}.http" for scenario in SCENARIOS]


OF_PASTES = {"capture-fragment"}
"""A scenario holds whole messages: what is found of a part of one is tested with the shapes of pastes."""


def test_every_rule_fires_somewhere() -> None:
    """A rule that no scenario reaches is untested, and perhaps unreachable; what is expected is what is found."""
    fired = {name for scenario in SCENARIOS for name in scenario.expect}
    assert sorted(set(BY_ID) - fired) == sorted(OF_PASTES)


def test_every_rule_leads_a_scenario() -> None:
    """Each rule has a case of its own, not only as a companion."""
    leading = {scenario.leading for scenario in SCENARIOS}
    assert sorted({rule.id for rule in RULES} - leading) == sorted(OF_PASTES)


def test_every_rule_has_its_headline_in_a_scenario() -> None:
    """One of the files that are named for it says what the person reads, in ``# headline:``."""
    worded = {scenario.leading for scenario in SCENARIOS if scenario.headline is not None}
    assert sorted({rule.id for rule in RULES} - worded) == sorted(OF_PASTES)


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
