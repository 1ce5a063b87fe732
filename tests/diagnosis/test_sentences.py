"""Findings are short: every sentence of every scenario's findings is counted."""

import re
from collections.abc import Iterator

import pytest

from davlock.diagnosis.finding import Finding
from davlock.diagnosis.rule import Family
from davlock.diagnosis.rules.registry import BY_ID
from tests.diagnosis.scenario import judged, load_all

NOT_YET_SHARED = (
    "If the holder is gone for good",
    "As a last resort",
    "If the lock is yours, submit",
    "to finish and release the lock",
    "the server does not show how much is left",
    "what this server shows is no measure of it",
    "a time below zero",
    "Not known: ",
)
"""Words of sentences that many rules share, and that are still too long."""

_QUOTED = re.compile(r"“[^”]*”|\bhttps?://\S*[^\s.,;:)>]")
"""Words of a server or a holder, and URLs: each counts as one word."""

_CERTAINTY = re.compile(r"\b(?:certainly|probably|likely|perhaps|possibly)\b", re.IGNORECASE)
_ID = re.compile(r"\b\d{3}-[a-z]")
_SENTENCE_END = re.compile(r"(?<=[.!?:;])\s+")


@pytest.fixture(scope="module")
def wordings() -> list[tuple[str, Finding]]:
    """One finding for each wording, with the name of a scenario that leads to it."""
    findings = {
        (finding.headline, finding.explanation, finding.remedies): (scenario.name, finding)
        for scenario in load_all()
        for finding in judged(scenario).findings
    }
    return list(findings.values())


@pytest.mark.parametrize("family", Family, ids=lambda family: family.value)
def test_every_sentence_is_short(family: Family, wordings: list[tuple[str, Finding]]) -> None:
    faults = [
        f"{name}, {finding.id}: {fault}"
        for name, finding in wordings
        if BY_ID[finding.id].family is family
        for fault in _faults(finding)
        if not any(words in fault for words in NOT_YET_SHARED)
    ]
    assert not faults, "\n".join(faults)


def _faults(finding: Finding) -> Iterator[str]:
    headline, explanation = finding.headline, finding.explanation
    if _words(headline) > 20 or len(headline) > 120:
        yield f"headline of {_words(headline)} words and {len(headline)} characters: {headline}"
    if headline.endswith(".") or (headline[:1].islower() and headline.partition(" ")[0] not in str(finding.facts)):
        yield f"headline begins in lower case or ends with a full stop: {headline}"
    if _CERTAINTY.search(_QUOTED.sub("X", headline)) or _ID.search(headline):
        yield f"headline says how certain it is, or has an id: {headline}"
    sentences = _SENTENCE_END.split(_QUOTED.sub("X", explanation))
    if sum(sentence.endswith(".") for sentence in sentences) > 3 or not explanation.endswith("."):
        yield f"explanation of more than three sentences, or without a full stop: {explanation}"
    yield from (f"sentence of {_words(sentence)} words: {sentence}" for sentence in sentences if _words(sentence) > 30)
    yield from (
        f"remedy of {_words(remedy.title)} words: {remedy.title}"
        for remedy in finding.remedies
        if _words(remedy.title) > 10 or remedy.title.endswith(".")
    )


def _words(text: str) -> int:
    return len(_QUOTED.sub("X", text).split())
