"""Golden requests and reasons: see golden.py for how to write them anew."""

from difflib import unified_diff
from pathlib import Path

import pytest

from tests.checks.golden import FILES, FOLDER, text


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_each_check_sends_and_says_what_it_did(path: Path) -> None:
    before = path.read_text(encoding="utf-8")
    now = text(path)
    if now != before:
        diff = unified_diff(before.splitlines(), now.splitlines(), "golden", "now", n=4, lineterm="")
        pytest.fail("\n".join(diff), pytrace=False)


def test_no_golden_file_is_left_over() -> None:
    assert set(FOLDER.iterdir()) == set(FILES)
