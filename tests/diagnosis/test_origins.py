"""What a scenario says after ``# from:`` can be opened: in docs/scenarios.md, docs/servers.md, a recording, an RFC."""

import re
from pathlib import Path

from man.scenarios import cases, cited, origins
from tests.diagnosis.archive import SERVERS, recorded

DOCS = Path(__file__).parents[2] / "docs"

PAGE = (DOCS / "scenarios.md").read_text("utf-8")

CASES = dict(cases(PAGE))

PRODUCTS = (DOCS / "servers.md").read_text("utf-8").partition("\n## What most often")[0].lower()

KINDS = (
    r"\bS\d\d\b",
    r"\bRFC \d+ §\d",
    r"\brecording [a-z]",
    r"\bmeasured (on|behind) [a-z]",
    r"^public (thread|source)\b",
    r"\breconstructed\b",
    r"\bMS-[A-Z0-9]+\b",
    r"[\w.-]+/[\w.-]+",  # a file of a public source
)


def test_each_scenario_names_its_origin_in_a_known_way() -> None:
    """Those of the first table of docs/scenarios.md."""
    known = re.compile("|".join(KINDS))
    assert [f"{name}: {origin}" for name, origin in origins().items() if not known.search(origin)] == []


def test_each_cited_case_is_described_and_each_described_one_is_cited() -> None:
    assert sorted(cited()) == sorted(CASES) == list(CASES)


def test_each_case_has_words_and_a_source() -> None:
    sections = re.findall(r"^### (S\d\d) .+\n\n(?:.+\n)+\nSource: .+\.$", PAGE, re.MULTILINE)
    assert sections == list(CASES)


def test_a_measured_product_stands_in_the_table_of_servers() -> None:
    named = {
        match[1]
        for origin in origins().values()
        for match in re.finditer(r"\b(?:recording|measured on) ([a-z][\w-]+)", origin)
    }
    assert len(named) > 10
    assert [name for name in sorted(named) if name not in PRODUCTS] == []


def test_a_named_exchange_is_recorded() -> None:
    """As ``measured on apache, 21d``."""
    names = {recording.name for server in SERVERS for recording in recorded(server)}
    cited_ones = [
        match.groups()
        for origin in origins().values()
        for match in re.finditer(rf"\b({'|'.join(SERVERS)}), (\d\d[a-z]?)\b", origin)
    ]
    assert cited_ones
    missing = [
        f"{server} {exchange}"
        for server, exchange in cited_ones
        if not any(name.startswith(f"{server}/plain/{exchange}-") for name in names)
    ]
    assert missing == []
