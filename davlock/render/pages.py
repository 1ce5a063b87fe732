"""The pages of ``davlock explain``: a status told apart from its look-alikes, a finding's manual page. As plain JSON
values.
"""

from collections.abc import Iterator, Mapping

from davlock.diagnosis.rule import Rule
from davlock.diagnosis.topics import Topic
from davlock.render.plain import row


def status_topic(topic: Topic) -> dict[str, object]:
    """``topic`` of a status."""
    return {
        "kind": "status",
        "id": str(topic.status),
        "title": topic.name,
        "sections": {
            "What it means": topic.meaning,
            "Its look-alikes": topic.look_alikes,
            "How to tell": topic.how_to_tell,
            "What to do": topic.what_to_do,
        },
        "findings": list(topic.findings),
        "references": [{"title": entry.title, "url": entry.url} for entry in topic.references],
    }


def rule_topic(rule: Rule) -> dict[str, object]:
    """``topic`` of a finding: its page, split at its own headings."""
    first, *paragraphs = [" ".join(part.split()) for part in rule.page.strip().split("\n\n")]
    sections = {}
    for paragraph in paragraphs:
        heading, colon, words = paragraph.partition(": ")
        sections[heading if colon else "More"] = words if colon else paragraph
    return {
        "kind": "finding",
        "id": rule.id,
        "title": first,
        "severity": rule.severity.word,
        "observed": rule.title,
        "sections": sections,
        "findings": [],
        "references": [{"title": entry.title, "url": entry.url} for entry in rule.references],
    }


def topic_pairs(topic: Mapping[str, object]) -> list[tuple[str, str]]:
    """The page as names and words, in order."""
    sections = topic["sections"]
    pairs = [(str(name), str(words)) for name, words in sections.items()] if isinstance(sections, dict) else []
    findings = topic.get("findings")
    if isinstance(findings, list) and findings:
        pairs.append(("Findings", ", ".join(str(entry) for entry in findings)))
    references = topic.get("references")
    if isinstance(references, list) and references:
        pairs.append(("See", "\n".join(f"{entry['title']}: {entry['url']}" for entry in references)))
    return pairs


def topic_rows(topic: Mapping[str, object]) -> Iterator[str]:
    """For pipes: a name, a tab and the words, a line each; the id and the title first."""
    yield row((topic["id"], topic["title"]))
    for name, words in topic_pairs(topic):
        yield row((name, " ".join(words.split())))
