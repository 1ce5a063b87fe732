"""Evidence through the rules: the findings, most severe first.

Of davlock's own causes the first that matches speaks. A plug-in's cause is asked after them, and speaks in their stead
only where it is surer: what an appliance says in words that only its plug-in knows is worth more than what usually
lies behind such a status, and nothing is worth more than what the server said for certain.
"""

from collections.abc import Callable, Iterable

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Certainty, Finding
from davlock.diagnosis.printed_command import printable
from davlock.diagnosis.rule import BUILT_IN, Match, Role, Rule
from davlock.diagnosis.rules.order import rules_for

Unfit = Callable[[Rule, BaseException], object]
"""Told of a plug-in's rule that raised, or gave something that is no match."""


def apply_rules(
    evidence: Evidence, rules: Iterable[Rule] | None = None, *, unfit: Unfit | None = None
) -> tuple[Finding, ...]:
    """What ``evidence`` shows: one cause of a refusal at the most, and everything else worth knowing.

    Without ``rules``, davlock's own are asked.

    A plug-in's rule that is unfit counts as silent if ``unfit`` is there to report it. Without it, and always where
    the rule is davlock's own, whatever it raised is raised.
    """
    findings: list[Finding] = []
    fallbacks: list[Rule] = []
    cause: Finding | None = None
    for rule in rules_for(evidence) if rules is None else rules:
        if rule.role is Role.FALLBACK:
            fallbacks.append(rule)
            continue
        if rule.role is Role.CAUSE and cause is not None and (rule.origin == BUILT_IN or _is_certain(cause)):
            continue
        finding = _finding(rule, evidence, unfit)
        if finding is None:
            continue
        if rule.role is Role.CAUSE:
            if cause is not None:
                if finding.certainty <= cause.certainty:
                    continue
                findings.remove(cause)
            cause = finding
        findings.append(finding)
    for rule in fallbacks:
        if cause is None and (cause := _finding(rule, evidence, unfit)) is not None:
            findings.append(cause)
    return tuple(sorted(findings, key=lambda finding: -finding.severity))


def _is_certain(finding: Finding) -> bool:
    return finding.certainty is Certainty.CERTAIN


def _finding(rule: Rule, evidence: Evidence, unfit: Unfit | None) -> Finding | None:
    if rule.origin == BUILT_IN or unfit is None:
        match = rule.check(evidence)
    else:
        try:
            match = rule.check(evidence)
            if match is not None:
                _require_fit(match, evidence)
        except (Exception, SystemExit) as error:
            unfit(rule, error)
            return None
    return None if match is None else _from_match(rule, match, evidence)


def _require_fit(match: Match, evidence: Evidence) -> None:
    """Raise TypeError or ValueError unless ``match`` can be shown, whatever the format."""
    from davlock.diagnosis.validate import checked  # only what plug-ins made is checked

    checked(match, Match, "match")
    if not match.evidence:
        raise ValueError("match.evidence is empty: a finding quotes what it rests on")
    for number, quote in enumerate(match.evidence):
        if quote.exchange is not None and not 0 <= quote.exchange < len(evidence.exchanges):
            raise ValueError(f"match.evidence[{number}].exchange is {quote.exchange}, and there is no such exchange")


def _from_match(rule: Rule, match: Match, evidence: Evidence) -> Finding:
    return Finding(
        id=rule.id,
        severity=rule.severity,
        certainty=match.certainty,
        headline=_one_line(match.headline),
        explanation=_one_line(match.explanation),
        retry=match.retry,
        evidence=match.evidence,
        remedies=tuple(printable(remedy, evidence) for remedy in match.remedies),
        facts=match.facts,
        alternatives=match.alternatives,
        references=rule.references,
        is_cause=rule.role is not Role.NOTE,
        scope=rule.scope,
    )


def _one_line(words: str) -> str:
    """Words from the wire bring line breaks with them."""
    return " ".join(words.split())
