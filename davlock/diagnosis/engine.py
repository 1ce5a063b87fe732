"""Evidence through the rules: the findings, most severe first."""

from collections.abc import Iterable

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Finding
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
        headline=match.headline,
        explanation=match.explanation,
        retry=match.retry,
        evidence=match.evidence,
        remedies=match.remedies,
        facts=match.facts,
        alternatives=match.alternatives,
        references=rule.references,
    )
