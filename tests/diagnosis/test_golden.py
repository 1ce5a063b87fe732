"""Golden outcomes: see golden.py for how to write them anew."""

from difflib import unified_diff
from pathlib import Path

import pytest

from tests.diagnosis.golden import FOLDER, files, text

FILES = files()


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_every_outcome_is_as_before(path: Path) -> None:
    """The assertion shows the lines that changed, each with its scenario above it."""
    before = path.read_text(encoding="utf-8")
    now = text(FILES[path])
    if now != before:
        diff = unified_diff(before.splitlines(), now.splitlines(), "golden", "now", n=8, lineterm="")
        pytest.fail("\n".join(diff), pytrace=False)


def test_no_golden_file_is_left_over() -> None:
    assert set(FOLDER.iterdir()) == set(FILES)
