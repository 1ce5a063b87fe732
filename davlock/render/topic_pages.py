"""The pages of ``davlock explain`` as plain JSON values and as rows: a status, several statuses side by side, a
finding, the list of findings.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict, final

from davlock.diagnosis.page import retries, sentence, title_and_sections
from davlock.diagnosis.status_findings import FINDINGS, TITLES
from davlock.render.tsv import row

if TYPE_CHECKING:
    from davlock.diagnosis.mentions import Mention
    from davlock.diagnosis.reference import Reference
    from davlock.diagnosis.rule import Rule
    from davlock.diagnosis.topics.topic import Topic

FACTS = {
    "it_is_about": "It is about",
    "it_ends_when": "It ends when",
    "do": "Do",
    "do_not": "Do not",
    "check": "Check",
    "also_used_by": "Also used by",
}
"""What a comparison shows of each status: the key in JSON, and the words for people."""

HEADINGS = {"Its look-alikes": "Often confused with", "How to tell": "How to recognise it"}
"""Sections whose key in JSON is older than their heading. A key is never renamed."""

FEW = 5
"""Findings that the page of a status shows. The others are in ``davlock explain --list STATUS``."""

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
    """The page of a status. ``summary`` has the keys of FACTS."""

    summary: dict[str, str]


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
        "summary": {
            "it_is_about": topic.it_is_about,
            "it_ends_when": topic.it_ends_when,
            "do": topic.do,
            "do_not": topic.do_not,
            "check": topic.check,
            "also_used_by": topic.also_used_by,
        },
        "sections": {
            "What it means": topic.meaning,
            "Its look-alikes": topic.confused_with,
            "How to tell": topic.recognise,
            "What to do": topic.remedy,
        },
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


def rule_list(rules: Iterable["Rule"], statuses: Sequence[int] = ()) -> list[dict[str, str]]:
    """``rules`` of ``davlock explain --list``: family by family, in the order of the findings' manual page.

    With ``statuses``, only those that explain one of them.
    """
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
        if not statuses or not set(rule.statuses).isdisjoint(statuses)
    ]


def mention_list(mentions: "Iterable[Mention]") -> list[dict[str, object]]:
    """What a text mentions, as plain JSON values."""
    return [{"words": entry.words, "meaning": entry.meaning, "see": list(entry.see)} for entry in mentions]


def mention_rows(mentions: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """For pipes: the words, what they are and the pages on them, a line a mention."""
    for entry in mentions:
        see = entry["see"]
        yield row((str(entry["words"]), str(entry["meaning"]), ", ".join(see) if isinstance(see, list) else ""))


def answers(page: Page) -> list[tuple[str, str]]:
    """What a person asks first: what this is, and what to do. Headings and words."""
    parts = page["sections"]
    if "summary" not in page:
        return [(name, parts[name]) for name in ("What happened", "What to do") if name in parts]
    short = page["summary"]
    pairs = (
        ("What it means", parts.get("What it means", "")),
        ("It ends when", short["it_ends_when"]),
        ("What to do", parts.get("What to do", "")),
        ("Do not", short["do_not"]),
        ("Check", short["check"]),
    )
    return [(name, words) for name, words in pairs if words]


def background(page: Page) -> list[tuple[str, str]]:
    """The rest of the page, without its findings and references. Headings and words."""
    answered = {name for name, _ in answers(page)}
    rest = [(HEADINGS.get(name, name), words) for name, words in page["sections"].items() if name not in answered]
    if "summary" in page:
        return rest + [("Also used by", words) for words in (page["summary"]["also_used_by"],) if words]
    pairs = (
        ("Severity", page["severity"]),
        ("Retry", retries(page["retry"])),
        ("Statuses", ", ".join(map(str, page["statuses"]))),
        ("From", page["origin"] if page["origin"] != "davlock" else ""),
    )
    return rest + [(name, words) for name, words in pairs if words]


def commonest(page: Page) -> list[tuple[str, str]]:
    """The findings that most often explain a status: their ids, and what was observed."""
    return [(name, TITLES[name]) for name in page["findings"][:FEW]]


def comparison(pages: Sequence[StatusPage]) -> list[tuple[str, list[str]]]:
    """The facts of several statuses: a heading, and the words for each status. What no status has is left out."""
    rows = [(words, [page["summary"][key] for page in pages]) for key, words in FACTS.items()]
    return [(words, cells) for words, cells in rows if any(cells)]


def comparison_rows(pages: Sequence[StatusPage]) -> Iterator[str]:
    """For pipes: a heading and the words for each status, a line each; the statuses first."""
    yield row(("Status", *(f"{page['id']} {page['title']}" for page in pages)))
    for heading, cells in comparison(pages):
        yield row((heading, *cells))


def page_rows(page: Page) -> Iterator[str]:
    """For pipes: a name, a tab and the words, a line each; the id and the title first."""
    yield row((page["id"], page["title"]))
    for name, words in (*answers(page), *background(page)):
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
