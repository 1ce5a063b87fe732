"""The pages of ``davlock explain`` as plain JSON values and as rows: a status told apart from its look-alikes, a
finding's manual page, the table of all findings.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, TypedDict, final

from davlock.diagnosis.page import retries, sections, sentence, title_and_sections
from davlock.diagnosis.status_findings import FINDINGS, TITLES
from davlock.render.tsv import row

if TYPE_CHECKING:
    from davlock.diagnosis.mentions import Mention
    from davlock.diagnosis.reference import Reference
    from davlock.diagnosis.rule import Rule
    from davlock.diagnosis.topic import Topic

RULE_COLUMNS = ("id", "severity", "family", "title", "origin")


class _Common(TypedDict):
    """What every ``topic`` of the JSON contract has. ``findings`` are those that explain a status."""

    kind: str
    id: str
    title: str
    sections: dict[str, str]
    findings: list[str]
    references: list[dict[str, str]]


@final
class StatusPage(_Common):
    """The page of a status."""


@final
class FindingPage(_Common):
    """``observed`` is the title as a phrase, ``retry`` are the verdicts that occur, ``statuses`` those it explains."""

    severity: str
    observed: str
    retry: list[str]
    statuses: list[int]
    origin: str


Page = StatusPage | FindingPage


def status_page(status: int, topic: "Topic") -> StatusPage:
    """The page of a status."""
    return {
        "kind": "status",
        "id": str(status),
        "title": topic.names[status],
        "sections": sections(topic.page),
        "findings": list(FINDINGS[status]),
        "references": _references(topic.references),
    }


def finding_page(rule: "Rule") -> FindingPage:
    """The page of a finding, split at its own headings."""
    _, parts = title_and_sections(rule.page)
    return {
        "kind": "finding",
        "id": rule.id,
        "title": sentence(rule.title),
        "severity": rule.severity.word,
        "observed": rule.title,
        "retry": [verdict.value for verdict in rule.retry],
        "statuses": list(rule.statuses),
        "origin": rule.origin,
        "sections": parts,
        "findings": [],
        "references": _references(rule.references),
    }


def rule_list(rules: Iterable["Rule"]) -> list[dict[str, str]]:
    """``rules`` of ``davlock explain --list``: family by family, in the order of the findings' manual page."""
    from davlock.diagnosis.rule import Family

    families = list(Family)
    return [
        {
            "id": rule.id,
            "severity": rule.severity.word,
            "family": rule.family.value,
            "title": rule.title,
            "origin": rule.origin,
        }
        for rule in sorted(rules, key=lambda rule: (families.index(rule.family), rule.id))
    ]


def mention_list(mentions: "Iterable[Mention]") -> list[dict[str, object]]:
    """What a text mentions, as plain JSON values."""
    return [{"words": entry.words, "meaning": entry.meaning, "see": list(entry.see)} for entry in mentions]


def mention_rows(mentions: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """For pipes: the words, what they are and the pages on them, a line a mention."""
    for entry in mentions:
        see = entry["see"]
        yield row((str(entry["words"]), str(entry["meaning"]), ", ".join(see) if isinstance(see, list) else ""))


def facts(page: Page) -> list[tuple[str, str]]:
    """What a finding's page says in a word or two; nothing for a status."""
    if "severity" not in page:
        return []
    pairs = (
        ("Severity", page["severity"]),
        ("Retry", retries(page["retry"])),
        ("Statuses", ", ".join(map(str, page["statuses"]))),
        ("From", page["origin"] if page["origin"] != "davlock" else ""),
    )
    return [(name, words) for name, words in pairs if words]


def related(page: Page) -> list[tuple[str, str]]:
    """The findings that explain a status: their ids, and what was observed."""
    return [(name, TITLES[name]) for name in page["findings"]]


def page_rows(page: Page) -> Iterator[str]:
    """For pipes: a name, a tab and the words, a line each; the id and the title first."""
    yield row((page["id"], page["title"]))
    for name, words in (*facts(page), *page["sections"].items()):
        yield row((name, words))
    if page["findings"]:
        yield row(("Findings", ", ".join(page["findings"])))
    for entry in page["references"]:
        yield row(("See", f"{entry['title']}: {entry['url']}"))


def rule_rows(rules: Iterable[Mapping[str, str]]) -> Iterator[str]:
    """For pipes: RULE_COLUMNS, a line a finding."""
    for rule in rules:
        yield row(rule[name] for name in RULE_COLUMNS)


def _references(references: Iterable["Reference"]) -> list[dict[str, str]]:
    return [{"title": entry.title, "url": entry.url} for entry in references]
