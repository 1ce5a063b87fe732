"""Each promise of the threat model names tests that exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PROMISES = (ROOT / "docs/threats.md").read_text("utf-8").partition("\n## Promises\n")[2].partition("\n## ")[0]


@cache
def functions_of(path: str) -> frozenset[str]:
    """The functions of a file, read off its code: nothing is imported."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def rows() -> list[tuple[str, str]]:
    """Each promise, and the cell that names its tests."""
    lines = re.findall(r"^\| (.+) \| (.+) \|$", PROMISES, re.MULTILINE)
    return [(promise, tests) for promise, tests in lines if promise != "davlock promises"]


def test_there_are_promises_and_no_row_is_overlooked() -> None:
    assert len(rows()) >= 30
    headings = PROMISES.count("\n### ")
    assert len(rows()) == len(re.findall(r"^\|", PROMISES, re.MULTILINE)) - 2 * headings


@pytest.mark.parametrize(("promise", "tests"), rows(), ids=[promise[:40] for promise, _ in rows()])
def test_a_promise_has_tests(promise: str, tests: str) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", tests)
    assert named, promise
    assert re.sub(r"`[^`]+`(, )?", "", tests) == "", "names of tests, and nothing else"
    assert [f"{path}::{name}" for path, name in named if name not in functions_of(path)] == []


def test_the_tests_that_pages_name_exist() -> None:
    pages = [ROOT / "README.md", ROOT / "SECURITY.md", *(ROOT / "docs").glob("*.md")]
    named = {(page.name, path) for page in pages for path in re.findall(r"tests/[\w./]+\w", page.read_text("utf-8"))}
    assert len(named) >= 20
    assert [place for place in sorted(named) if not (ROOT / place[1]).exists()] == []
