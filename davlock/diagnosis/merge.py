"""Findings that were made beside the diagnosis of the target itself, told among those about the target."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, Finding, Quote, Scope

Find = Callable[[Evidence], tuple[Finding, ...]]


def seen_in_scratch(pieces: Iterable[Evidence], find: Find, *, offset: int) -> tuple[Finding, ...]:
    """What the exchanges in a scratch collection tell about the server; ``offset`` is the number of the first of them
    in the result.
    """
    by_id: dict[str, Finding] = {}
    for evidence in pieces:
        for finding in find(evidence):
            if finding.scope is Scope.SERVER and (
                finding.id not in by_id or by_id[finding.id].certainty < finding.certainty
            ):
                by_id[finding.id] = _told(finding, evidence.target, offset)
    return tuple(by_id.values())


def seen_of_condition(evidence: Evidence, find: Find, *, offset: int) -> tuple[Finding, ...]:
    """Why an If-Match that was tried does not match; locks are judged by what was read of the target itself."""
    return tuple(
        replace(finding, evidence=shifted(finding.evidence, offset))
        for finding in find(evidence)
        if finding.id.startswith("412-")
    )


def seen_of_overcome(refused: Evidence, find: Find) -> tuple[Finding, ...]:
    """What a refusal tells of the server, though another form of the same request went through."""
    return tuple(
        replace(
            finding, explanation=f"{finding.explanation} Another form of the request went through.", retry=NOT_NEEDED
        )
        for finding in find(refused)
        if finding.id == "412-tagged-list-mismatch"
    )


def _told(finding: Finding, url: str, offset: int) -> Finding:
    verb = "proved" if finding.certainty is Certainty.CERTAIN else "seen"
    return replace(
        finding,
        headline=f"{finding.headline} ({verb} in a scratch collection)",
        evidence=shifted(finding.evidence, offset),
        # The collection is gone: a command that names it leads nowhere.
        remedies=tuple(r for r in finding.remedies if not any(url in word for word in r.command or ())),
    )


def shifted(quotes: Iterable[Quote], offset: int) -> tuple[Quote, ...]:
    """Quotes with the numbers that their exchanges have further back in a list."""
    return tuple(
        quote if quote.exchange is None else replace(quote, exchange=quote.exchange + offset) for quote in quotes
    )


def joined(findings: Iterable[Finding], more: Iterable[Finding]) -> tuple[Finding, ...]:
    """Both, each id once: with the greater certainty, else the first; most severe first."""
    by_id = {finding.id: finding for finding in findings}
    for finding in more:
        if finding.id not in by_id or by_id[finding.id].certainty < finding.certainty:
            by_id[finding.id] = finding
    return tuple(sorted(by_id.values(), key=lambda finding: -finding.severity))
