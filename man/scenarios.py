"""The generated block of docs/scenarios.md: each public case, and the findings of the scenarios that cite it."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from man.blocks import fresh, table

SCENARIOS = Path(__file__).parent.parent / "tests" / "diagnosis" / "scenarios"

NAME = "docs/scenarios.md"


def scenarios(text: str) -> str:
    """Returns docs/scenarios.md with a fresh block."""
    findings = cited()
    rows = (
        (f"[{case}](#{_anchor(case, title)})", title, ", ".join(map(_linked, sorted(findings[case]))))
        for case, title in cases(text)
    )
    return fresh(NAME, text, {"cases": table(("case", "what it is", "findings of its scenarios"), *rows)})


def cases(text: str) -> Iterator[tuple[str, str]]:
    """The cases that the document describes: number and title."""
    yield from re.findall(r"^### (S\d\d) (.+)$", text, re.MULTILINE)


def origins() -> dict[str, str]:
    """What each scenario says after ``# from:``, by the name of its file without the suffix."""
    texts = ((path.stem, path.read_text(encoding="utf-8")) for path in sorted(SCENARIOS.glob("*.http")))
    return {name: match[1] for name, text in texts if (match := re.search(r"^# from: (.+)$", text, re.MULTILINE))}


def cited() -> dict[str, set[str]]:
    """By case: the findings that the scenarios which cite it are named for."""
    findings: dict[str, set[str]] = defaultdict(set)
    for name, origin in origins().items():
        for case in re.findall(r"\bS\d\d\b", origin):
            findings[case].add(name.partition("--")[0])
    return findings


def _linked(leading: str) -> str:
    """A finding; a scenario can also be named for expecting nothing."""
    return "no finding" if leading == "nothing" else f"[`{leading}`](findings.md#{leading})"


def _anchor(case: str, title: str) -> str:
    """The address of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", f"{case} {title}".lower()).replace(" ", "-")
