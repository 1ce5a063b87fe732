"""Golden outputs: see golden.py for how to write them anew."""

import pytest

from tests.cli.golden import CASES, FOLDER, output, path


@pytest.mark.parametrize(("subject", "shape"), CASES)
def test_golden(subject: str, shape: str) -> None:
    assert output(subject, shape) == path(subject, shape).read_text(encoding="utf-8")


def test_no_golden_file_is_left_over() -> None:
    assert set(FOLDER.iterdir()) == {path(*case) for case in CASES}
