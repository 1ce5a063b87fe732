"""Two spellings of one name, and in what they differ."""

import pytest

from davlock.protocol.spelling import Difference, differences, is_raw, path_of


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ("/a.txt", "/a.txt", ()),
        ("http://one.example/a", "https://two.example:8443/a", ()),
        ("http://dav.example", "/", ()),
        ("/%c3%bc", "/%C3%BC", (Difference.HEX_CASE,)),
        ("/%7Ebob/%61", "/~bob/a", (Difference.NEEDLESS,)),
        ("/n%40g.com", "/n@g.com", (Difference.RESERVED,)),
        ("/n%40g.com/%c3%bc", "/n@g.com/%C3%BC", (Difference.RESERVED,)),
        ("/a b", "/a%20b", (Difference.RAW,)),
        ("/ü", "/%C3%BC", (Difference.RAW,)),
        ("/50%", "/50%25", (Difference.RAW,)),
        ("/col", "/col/", (Difference.LAST_SLASH,)),
        ("/dav//a", "/dav/a", (Difference.SLASHES,)),
        ("//", "/", (Difference.SLASHES,)),
        ("/u%CC%88", "/%C3%BC", (Difference.UNICODE,)),
        ("/u\u0308", "/\u00fc", (Difference.UNICODE,)),
        ("/dav//%c3%bc", "/dav/%C3%BC/", (Difference.LAST_SLASH, Difference.SLASHES, Difference.HEX_CASE)),
        ("/a", "/b", None),
        ("/A", "/a", None),
        ("/a%2520b", "/a%20b", None),
        ("/%ff", "/%fe", None),
        ("/%ff", "/%FF", (Difference.HEX_CASE,)),
    ],
)
def test_differences(one: str, other: str, found: tuple[Difference, ...] | None) -> None:
    assert differences(one, other) == found
    assert differences(other, one) == found


def test_nothing_is_too_odd() -> None:
    """A capture's bytes that are no UTF-8 stand in the text as surrogates."""
    assert differences("/\udcff", "/a") is None
    assert differences("/\udcff", "/\udcff/") == (Difference.LAST_SLASH,)
    assert differences("/\udcff~", "/\udcff%7E") == (Difference.NEEDLESS,)
    assert differences("", "/") == ()
    assert path_of("") == "/"


def test_a_raw_path_is_not_cut_at_a_question_mark() -> None:
    """nginx and sabre/dav write it so into a lockroot."""
    assert path_of("http://dav.example/why?.txt") == "/why?.txt"
    assert path_of("/saved/http://dav.example/a") == "/saved/http://dav.example/a"
    assert is_raw("/why?.txt")
    assert is_raw("/#1.txt")
    assert not is_raw("https://dav.example:8443/a;b,c=d/%20")
