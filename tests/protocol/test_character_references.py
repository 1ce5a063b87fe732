"""Character references, also with numbers that no character has."""

import pytest

from davlock.protocol.character_references import unescaped
from davlock.protocol.message import Headers, Response
from davlock.protocol.precondition import read_error


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("a &amp; b &#38; &#x26; &Auml; &nosuch;", "a & b & & \xc4 &nosuch;"),
        ("no reference", "no reference"),
        ("&#1114112;", "\ufffd"),
        (f"&#{'9' * 19};", "\ufffd"),
        (f"a&#{'9' * 4301};b", "a\ufffdb"),
        (f"&#{'0' * 5000}65 c", "\ufffd c"),
    ],
)
def test_what_references_mean(text: str, meant: str) -> None:
    assert unescaped(text) == meant


def test_a_page_with_a_number_that_is_too_long() -> None:
    page = f"<html><title>&#{'9' * 5000};</title><body>Locked &#{'9' * 5000}</body></html>".encode()
    response = Response(status=423, headers=Headers.of([("Content-Type", "text/html")]), body=page)
    assert "Locked" in (read_error(response, "http://dav.example/").message or "")
