"""Evidence through the rules: the findings, most severe first."""

from collections.abc import Iterable
from dataclasses import replace

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Finding, Remedy
from davlock.diagnosis.rule import Match, Role, Rule
from davlock.diagnosis.rules import RULES


def diagnose(evidence: Evidence, rules: Iterable[Rule] = RULES) -> tuple[Finding, ...]:
    """What ``evidence`` shows: one cause of a refusal at the most, and everything else worth knowing."""
    found: list[Finding] = []
    fallbacks: list[Rule] = []
    explained = False
    for rule in rules:
        if rule.role is Role.FALLBACK:
            fallbacks.append(rule)
            continue
        if rule.role is Role.CAUSE and explained:
            continue
        match = rule.check(evidence)
        if match is not None:
            explained = explained or rule.role is Role.CAUSE
            found.append(_finding(rule, match))
    for rule in fallbacks:
        if not explained and (match := rule.check(evidence)) is not None:
            explained = True
            found.append(_finding(rule, match))
    return tuple(sorted(found, key=lambda finding: -finding.severity))


def _finding(rule: Rule, match: Match) -> Finding:
    return Finding(
        id=rule.id,
        severity=rule.severity,
        certainty=match.certainty,
        headline=_one_line(match.headline),
        explanation=_one_line(match.explanation),
        retry=match.retry,
        evidence=match.evidence,
        remedies=tuple(_complete(remedy) for remedy in match.remedies),
        facts=match.facts,
        alternatives=match.alternatives,
        references=rule.references,
    )


def _one_line(words: str) -> str:
    """Words from the wire bring line breaks with them."""
    return " ".join(words.split())


def _complete(remedy: Remedy) -> Remedy:
    """Without its command where that lacks a word: the URL, in a capture that does not tell it."""
    return replace(remedy, command=None) if remedy.command is not None and "" in remedy.command else remedy
