"""The promises of every finding: its severity, family, role, retry and certainty, and the statuses that it declares."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from davlock.capture.detect import read_capture
from davlock.capture.supplement import Supplement
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Certainty, Finding, RetryVerdict
from davlock.diagnosis.incidents import split_capture
from davlock.diagnosis.judge_capture import judge_incident
from davlock.diagnosis.rule import Family, Role, Rule, Scope
from davlock.diagnosis.rules.registry import BY_ID, RULES
from davlock.diagnosis.topics import TOPICS
from tests.diagnosis.scenario import judged, load_all

CONTRACT: dict[str, dict[str, Any]] = tomllib.loads((Path(__file__).parent / "contract.toml").read_text("utf-8"))

PASTE = Path(__file__).parent.parent / "capture" / "shapes" / "requests.txt"

IDS = [rule.id for rule in RULES]


def test_the_contract_names_every_rule() -> None:
    assert sorted(CONTRACT) == sorted(IDS)
    assert len(set(IDS)) == len(IDS)


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_a_rule_keeps_the_contract(rule: Rule) -> None:
    assert {name: value for name, value in CONTRACT[rule.id].items() if name != "certainty"} == {
        "severity": rule.severity.word,
        "family": rule.family.value,
        "role": rule.role.value,
        "retry": [verdict.value for verdict in rule.retry],
        **({"scope": "server"} if rule.scope is Scope.SERVER else {}),
    }


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_a_rule_lies_in_the_folder_of_its_family(rule: Rule) -> None:
    assert rule.check.__module__.split(".")[-2] == rule.family.value


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_a_rules_file_is_the_slug_of_its_id(rule: Rule) -> None:
    """``423-held-by-other`` is ``held_by_other.py``."""
    slug = re.sub(r"^\d{3}-", "", rule.id).replace("-", "_")
    assert rule.check.__module__.rsplit(".", 1)[1] == slug


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_statuses_are_ascending_and_have_a_page(rule: Rule) -> None:
    assert list(rule.statuses) == sorted(set(rule.statuses))
    assert set(rule.statuses) <= set(TOPICS)


def _explained(evidence: Evidence, rule: Rule) -> Iterator[int]:
    """The statuses of the refusal that a finding is about: its own, and that of the multistatus around it."""
    cause = evidence.cause
    if cause is None or evidence.status is None:
        return
    if rule.role is not Role.NOTE:
        yield from {cause.status, evidence.status}
    elif rule.family is Family.MULTISTATUS:
        yield evidence.status


@dataclass(slots=True)
class Seen:
    """What a finding comes with, in the scenarios and in a paste."""

    statuses: set[int] = field(default_factory=set)
    retries: set[RetryVerdict] = field(default_factory=set)
    certainties: set[Certainty] = field(default_factory=set)

    def add(self, finding: Finding) -> None:
        self.retries.add(finding.retry.verdict)
        self.certainties.add(finding.certainty)


@pytest.fixture(scope="module")
def seen() -> dict[str, Seen]:
    """By the id of a finding."""
    findings: dict[str, Seen] = defaultdict(Seen)
    for scenario in load_all():
        case = judged(scenario)
        for finding in case.findings:
            findings[finding.id].add(finding)
            findings[finding.id].statuses.update(_explained(case.evidence, BY_ID[finding.id]))
    # Scenarios hold whole messages. A paste shows what a part of one leads to.
    for story in split_capture(read_capture(PASTE.read_bytes(), Supplement()).exchanges).incidents:
        for finding in judge_incident(story).findings:
            findings[finding.id].add(finding)
    return findings


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_a_rule_declares_what_the_scenarios_show(rule: Rule, seen: dict[str, Seen]) -> None:
    """Each declared status and verdict occurs in a scenario, and no other does. So does each certainty of the table."""
    shown = seen[rule.id]
    assert set(rule.statuses) == shown.statuses & set(TOPICS)
    assert set(rule.retry) == shown.retries
    assert CONTRACT[rule.id]["certainty"] == [certainty.word for certainty in sorted(shown.certainties)]
