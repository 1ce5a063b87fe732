"""What stands for davlock's marks where there is nothing but ASCII."""

import codecs
import io

import pytest

from davlock.cli.output import wants_ascii
from davlock.render.ascii_marks import ASCII_MARKS, replace_unencodable

MARKS = "→ · “ ” … × ✓ ✗"


def test_each_mark_has_a_form() -> None:
    assert MARKS.translate(ASCII_MARKS) == '-> - " " ... x + x'


def test_an_encoding_gets_what_it_has() -> None:
    """Latin-1 has the dot and the cross; what nobody can write is escaped."""
    codecs.register_error("davlock.test", replace_unencodable)
    assert "→ · ü 日".encode("latin-1", "davlock.test").decode("latin-1") == "-> · ü \\u65e5"
    assert "→ · ü".encode("ascii", "davlock.test") == b"-> - \\xfc"


@pytest.mark.parametrize(
    ("names", "encoding", "ascii_marks"),
    [
        ({"LC_ALL": "C"}, "utf-8", True),
        ({"LC_CTYPE": "POSIX", "LANG": "en_US.UTF-8"}, "utf-8", True),
        ({"LC_ALL": "en_US.UTF-8", "LANG": "C"}, "utf-8", False),
        ({"LC_ALL": "C.UTF-8"}, "UTF-8", False),
        ({}, "utf-8", False),
        ({}, "iso8859-1", True),
    ],
)
def test_which_terminals_want_ascii(
    monkeypatch: pytest.MonkeyPatch, names: dict[str, str], encoding: str, ascii_marks: bool
) -> None:
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    assert wants_ascii(io.TextIOWrapper(io.BytesIO(), encoding=encoding)) is ascii_marks
