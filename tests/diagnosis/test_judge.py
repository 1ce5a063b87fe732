"""Evidence and knowledge joined: what was tried beside the target, and rules of plug-ins that fail."""

from dataclasses import replace

import pytest

from davlock.diagnosis.build_evidence import from_exchanges
from davlock.diagnosis.diagnosis import Diagnosis
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Certainty
from davlock.diagnosis.judge import judge
from davlock.diagnosis.judge_capture import judge_capture
from davlock.diagnosis.knowledge import OWN_KNOWLEDGE, Knowledge
from davlock.diagnosis.rule import Match, Rule
from davlock.diagnosis.scratch_outcomes import ScratchFailure, ScratchOutcomes
from davlock.diagnosis.skipped import Skipped
from davlock.protocol.message import Exchange
from tests.diagnosis.exchanges import BASE, TOKEN, activelock, exchange, put, shows

TARGET = f"{BASE}/f"
CLASS_1 = exchange("OPTIONS", "/f", 200, answered={"DAV": "1", "Allow": "OPTIONS, GET, PUT, PROPFIND"})


def target(*exchanges: Exchange) -> Evidence:
    return from_exchanges(exchanges or (shows("/f"),), target=TARGET, guess=False)


def ids(diagnosis: Diagnosis) -> list[str]:
    return [finding.id for finding in diagnosis.findings]


def test_a_lock_granted_in_scratch_outweighs_what_options_announces() -> None:
    evidence = target(CLASS_1, shows("/f"))
    assert "lock-not-supported" in ids(judge(evidence))
    granted = replace(evidence, scratch=ScratchOutcomes(lock_granted=True))
    assert "lock-not-supported" not in ids(judge(granted))
    none = replace(evidence, scratch=ScratchOutcomes())
    assert "lock-not-supported" in ids(judge(none))


def test_what_a_scratch_collection_shows_is_of_the_server_and_quotes_its_own_exchanges() -> None:
    refused = exchange("LOCK", "/s/g", 405)
    scratch = ScratchOutcomes(
        exchanges=(put("/s/g", 201), refused), failures=(ScratchFailure(check="lock", subject=1, last=1),)
    )
    evidence = replace(target(), scratch=scratch)
    diagnosis = judge(evidence)
    (finding,) = diagnosis.seen_in_scratch
    assert finding in diagnosis.findings
    assert finding.headline.endswith(" in a scratch collection)")
    assert diagnosis.exchanges == (*evidence.exchanges, *scratch.exchanges)
    assert {diagnosis.exchanges[quote.exchange] for quote in finding.evidence if quote.exchange is not None} == {
        refused
    }
    # The verdict is of the target.
    assert diagnosis.verdict is judge(target()).verdict


def test_a_condition_that_was_tried_explains_only_itself() -> None:
    refused = put("/f", 412, If_Match='"1"')
    condition = from_exchanges((refused,), target=TARGET, subject=0)
    diagnosis = judge(replace(target(), condition=condition))
    beside = set(ids(diagnosis)) - set(ids(judge(target())))
    assert beside
    assert all(id.startswith("412-") for id in beside)
    assert diagnosis.exchanges[-1] is refused


def failing(evidence: Evidence) -> Match | None:
    raise ValueError("no such thing")


@pytest.fixture
def knowledge() -> Knowledge:
    """With a plug-in's rule that fails."""
    bad: Rule = replace(OWN_KNOWLEDGE.rules[0], id="acme", check=failing, origin="acme 1")
    return Knowledge(added_rules=(bad,), unfit=lambda rule, error: Skipped(f"rule {rule.id}", str(error)))


def test_a_rule_that_fails_is_left_out_once(knowledge: Knowledge) -> None:
    left_out = Skipped("rule acme", "no such thing")
    assert judge(target(), knowledge).skipped.count(left_out) == 1
    (diagnosis,) = judge_capture((put("/f", 423), put("/f", 412)), knowledge)
    assert diagnosis.skipped.count(left_out) == 1
    with pytest.raises(ValueError, match="no such thing"):
        judge(target(), replace(knowledge, unfit=None))


@pytest.mark.parametrize(("user", "certainty"), [("", Certainty.CERTAIN), ("bob", Certainty.POSSIBLE)])
def test_a_typed_token_names_the_lock_that_it_is_of(user: str, certainty: Certainty) -> None:
    """Who logs in may not be the one who took the lock."""
    evidence = from_exchanges([shows("/f", activelock())], target=TARGET, guess=False, held=[TOKEN])
    findings = judge(replace(evidence, user=user)).findings
    (finding,) = (finding for finding in findings if finding.id == "lock-is-yours")
    assert (finding.certainty, dict(finding.facts)["token"]) == (certainty, TOKEN)


def test_an_answer_without_a_reason_is_its_status_alone() -> None:
    """HTTP/2 has no reason phrases."""
    assert judge(from_exchanges([exchange("GET", "/f", 200)], subject=0)).answer == "GET got 200"
