"""When two URLs name one resource, which stands above which, and what may be shown of them."""

import time
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from davlock.protocol.url import (
    DEEPEST,
    LONGEST,
    ancestors,
    escaped,
    has_unusual_characters,
    host_and_path,
    is_ancestor,
    is_path_above,
    names_of,
    origin,
    parent,
    resolve,
    resolve_name,
    resolve_raw_path,
    same_origin,
    same_path,
    same_resource,
    without_credentials,
)

H = "http://dav.example"
BAD = "http://[::1"
"""urllib's answer to this one is an exception."""

RESOLVED = [
    ("a path", f"{H}/a/b", "/c", f"{H}/c"),
    ("an absolute URL", f"{H}/a", "https://other.example/c", "https://other.example/c"),
    ("relative to a file", f"{H}/a/b", "c", f"{H}/a/c"),
    ("relative to a collection", f"{H}/a/", "c", f"{H}/a/c"),
    ("empty, the request itself (RFC 3986 §4.4)", f"{H}/a/b", "", f"{H}/a/b"),
    ("white space around it", f"{H}/a", "\n /c ", f"{H}/c"),
    ("without a scheme", f"{H}/a", "//other.example/c", "http://other.example/c"),
    ("dots", f"{H}/a/b/", "../c", f"{H}/a/c"),
    ("nothing that can be read", f"{H}/a", BAD, BAD),
    ("a base that cannot be read", BAD, "/c", "/c"),
    ("escapes stay", f"{H}/a", "/%c3%a9%2F", f"{H}/%c3%a9%2F"),
]


@pytest.mark.parametrize(("base", "href", "url"), [row[1:] for row in RESOLVED], ids=[row[0] for row in RESOLVED])
def test_resolve(base: str, href: str, url: str) -> None:
    assert resolve(base, href) == url


NAMED = [
    ("an absolute path", f"{H}/dav/a/b", "/a/b", f"{H}/a/b"),
    ("an absolute URL", f"{H}/dav/a/b", "http://other.example/a", "http://other.example/a"),
    ("empty, the request itself", f"{H}/dav/a/b", "", f"{H}/dav/a/b"),
    ("sabre: the resource asked for, from the root of its tree", f"{H}/dav/a/b", "a/b", f"{H}/dav/a/b"),
    ("sabre: a collection above it", f"{H}/dav/a/b", "a", f"{H}/dav/a"),
    ("sabre: a member of it", f"{H}/dav/a", "a/b%20c", f"{H}/dav/a/b%20c"),
    ("escaped otherwise", f"{H}/dav/%c3%a9", "%C3%A9", f"{H}/dav/%c3%a9"),
    ("nothing in common: as RFC 3986 has it", f"{H}/dav/a", "x", f"{H}/dav/x"),
    ("a base that cannot be read", BAD, "a", "a"),
    ("half of a character, as a HAR can have it", f"{H}/\ud800/a", "a/b", f"{H}/\ud800/a/b"),
]


@pytest.mark.parametrize(("base", "href", "url"), [row[1:] for row in NAMED], ids=[row[0] for row in NAMED])
def test_resolve_name(base: str, href: str, url: str) -> None:
    assert resolve_name(base, href) == url


SAME = [
    ("itself", "/a", "/a", True),
    ("a slash at the end of a collection (RFC 4918 §5.2)", "/a/", "/a", True),
    ("the root", "", "/", True),
    ("lower case escapes, as of Apache", "/%c3%a9", "/%C3%A9", True),
    ("escaped and raw, as of nginx's lockroot", "/sp%20ace%20%C3%A9", "/sp ace é", True),
    ("an escape that need not be one", "/%7Eejw", "/~ejw", True),
    ("decoded once and no more", "/%2541", "/%41", False),
    ("and equal then", "/%2541", "/%25%34%31", True),
    ("upper and lower case", "/A", "/a", False),
    ("composed and decomposed letters are two names", "/\u00e9", "/e\u0301", False),
    ("another name", "/a", "/b", False),
    ("a name that begins alike", "/a", "/ab", False),
    ("a member", "/a", "/a/b", False),
    ("a query does not count", "/a?x=1", "/a", True),
    ("two slashes within are no slash", "/a//b", "/a/b", False),
    ("a byte that is no UTF-8, as a capture keeps it", "/\udce9", "/\udce9", True),
    ("an escaped slash is part of a name", "/a%2Fb", "/a/b", False),
    ("an escaped slash in either case", "/a%2Fb/", "/a%2fb", True),
    ("an escaped slash at the end is no slash at the end", "/a%2F", "/a/", False),
    ("an escaped slash and NUL", "/a%2Fb", "/a%00b", False),
    ("an escaped slash and what stands for it within", "/a%2Fb", "/a%00%01b", False),
    ("NUL twice", "/a%00%00b", "/a%00b", False),
    ("NUL escaped and raw", "/a%00b", "/a\0b", True),
]


@pytest.mark.parametrize(("one", "other", "same"), [row[1:] for row in SAME], ids=[row[0] for row in SAME])
def test_same_path(one: str, other: str, same: bool) -> None:
    assert same_path(one, other) is same
    assert same_path(H + one, other) is same
    assert same_resource(H + one, H + other) is same
    assert same_resource(H + other, H + one) is same


ORIGINS = [
    ("the port that goes without saying", "http://dav.example:80/a", f"{H}/a", True),
    ("for https too", "https://dav.example/a", "https://dav.example:443/a", True),
    ("another port", "http://dav.example:8080/a", f"{H}/a", False),
    ("another scheme", "https://dav.example/a", f"{H}/a", False),
    ("another host", "http://other.example/a", f"{H}/a", False),
    ("host and scheme without case", "HTTP://DAV.Example/a", f"{H}/a", True),
    ("a user does not count", "http://alice:pw@dav.example/a", f"{H}/a", True),
    ("IPv6", "http://[::1]/a", "http://[::1]:80/a", True),
    ("a port that is none", "http://dav.example:port/a", f"{H}/a", False),
    ("what cannot be read, and itself", BAD, BAD, True),
    ("what cannot be read, and another", BAD, f"{H}/", False),
]


@pytest.mark.parametrize(("one", "other", "same"), [row[1:] for row in ORIGINS], ids=[row[0] for row in ORIGINS])
def test_same_resource_minds_the_origin(one: str, other: str, same: bool) -> None:
    assert same_resource(one, other) is same


ABOVE = [
    ("a collection and its member", "/a/", "/a/b", True),
    ("written without its slash", "/a", "/a/b", True),
    ("further down", "/a/", "/a/b/c/d", True),
    ("the root", "/", "/a", True),
    ("itself", "/a/", "/a", False),
    ("the root and itself", "/", "/", False),
    ("a name that begins alike", "/a", "/ab", False),
    ("the other way round", "/a/b", "/a", False),
    ("escaped in one of them", "/%C3%A9/", "/é/b", True),
    ("an escaped slash below it", "/a/", "/a%2Fb", False),
    ("an escaped slash above it", "/a%2Fb/", "/a/b/c", False),
    ("a name with an escaped slash and its member", "/a%2Fb/", "/a%2fb/c", True),
]


@pytest.mark.parametrize(("above", "below", "so"), [row[1:] for row in ABOVE], ids=[row[0] for row in ABOVE])
def test_is_ancestor(above: str, below: str, so: bool) -> None:
    assert is_path_above(above, below) is so
    assert is_ancestor(H + above, H + below) is so
    assert is_ancestor("https://other.example" + above, H + below) is False
    assert is_path_above("https://other.example" + above, H + below) is so


PARENTS = [
    ("a file", f"{H}/a/b.txt", f"{H}/a/"),
    ("a collection", f"{H}/a/b/", f"{H}/a/"),
    ("a member of the root", f"{H}/a", f"{H}/"),
    ("the root", f"{H}/", None),
    ("no path", H, None),
    ("query and fragment go", f"{H}/a/b?x=1#y", f"{H}/a/"),
    ("a path alone", "/a/b", "/a/"),
    ("escapes stay", f"{H}/%c3%a9/b", f"{H}/%c3%a9/"),
    ("no slash at all", "a", "/"),
    ("nothing that can be read", BAD, None),
]


@pytest.mark.parametrize(("url", "above"), [row[1:] for row in PARENTS], ids=[row[0] for row in PARENTS])
def test_parent(url: str, above: str | None) -> None:
    assert parent(url) == above


def test_ancestors_come_nearest_first() -> None:
    assert ancestors(f"{H}/a/b/c.txt") == (f"{H}/a/b/", f"{H}/a/", f"{H}/")
    assert ancestors(f"{H}/") == ()


OWN_ORIGINS = [
    ("plain", f"{H}/a", H),
    ("a port", "https://dav.example:8443/a", "https://dav.example:8443"),
    ("a user", "https://alice:pw@dav.example/a", "https://dav.example"),
    ("nothing that can be read has one of its own", BAD, BAD),
]


@pytest.mark.parametrize(("url", "found"), [row[1:] for row in OWN_ORIGINS], ids=[row[0] for row in OWN_ORIGINS])
def test_origin(url: str, found: str) -> None:
    assert origin(url) == found


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://dav.example/a", "HTTPS://DAV.example:443/b/", True),
        ("http://[::1]/", "http://[::1]:80/a", True),
        ("http://dav.example/", "https://dav.example/", False),
        ("http://dav.example/", "http://dav.example:8080/", False),
        ("http://dav.example/", "http://www.dav.example/", False),
        (f"{H}/", BAD, False),
    ],
)
def test_same_origin(one: str, other: str, same: bool) -> None:
    assert same_origin(one, other) is same


ESCAPED = [
    ("bytes that are no UTF-8", f"{H}/\udcff?\udcfe", f"{H}/%FF?%FE"),
    ("nothing to do", f"{H}/a/b.txt", f"{H}/a/b.txt"),
    ("blanks and letters beyond ASCII", f"{H}/sp ace/é", f"{H}/sp%20ace/%C3%A9"),
    ("escapes stay", f"{H}/%c3%a9%2F", f"{H}/%c3%a9%2F"),
    ("pchar stays (RFC 3986 §3.3)", f"{H}/a:@!$&'()*+,;=-._~", f"{H}/a:@!$&'()*+,;=-._~"),
    ("what ends a tag in the If header", f"{H}/<a>", f"{H}/%3Ca%3E"),
    ("a query stays, a fragment goes", f"{H}/a?b=c#d", f"{H}/a?b=c"),
]


@pytest.mark.parametrize(("url", "found"), [row[1:] for row in ESCAPED], ids=[row[0] for row in ESCAPED])
def test_escaped(url: str, found: str) -> None:
    assert escaped(url) == found
    assert escaped(found) == found


SHOWN = [
    ("nothing to hide", f"{H}/a@b", f"{H}/a@b"),
    ("a user", "http://alice@dav.example/a", f"{H}/a"),
    ("a user and a password", "http://alice:s3cret@dav.example:8080/a?b#c", "http://dav.example:8080/a?b#c"),
    ("an @ in the password", "http://alice:s3@cret@dav.example/", f"{H}/"),
    ("a URL that cannot be read hides its password all the same", "http://alice:s3cret@[::1/a", "http://[::1/a"),
    ("no URL", "alice", "alice"),
]


@pytest.mark.parametrize(("url", "found"), [row[1:] for row in SHOWN], ids=[row[0] for row in SHOWN])
def test_without_credentials(url: str, found: str) -> None:
    assert without_credentials(url) == found
    assert "s3" not in without_credentials(url)


UNUSUAL = [
    ("plain", f"{H}/a/b-c_d.txt", False),
    ("an escaped blank", f"{H}/sp%20ace", True),
    ("a blank", f"{H}/sp ace", True),
    ("an escaped letter", f"{H}/%C3%A9", True),
    ("a letter", f"{H}/é", True),
    ("an escape of something plain", f"{H}/%7Eejw", False),
    ("in the query only", f"{H}/a?b=%20", False),
    ("nothing that can be read", BAD, False),
]


@pytest.mark.parametrize(("url", "so"), [row[1:] for row in UNUSUAL], ids=[row[0] for row in UNUSUAL])
def test_has_unusual_characters(url: str, so: bool) -> None:
    assert has_unusual_characters(url) is so


PARTS = st.sampled_from(
    ["http:", "//", "/", "a", "%41", "%", "é", " ", "@", ":", "[", "]", "?", "#", "..", "\udce9", "\n"]
)
URLS = st.one_of(st.text(max_size=20), st.lists(PARTS, max_size=10).map("".join))


@given(URLS, URLS)
def test_what_a_server_sends_breaks_nothing(one: str, other: str) -> None:
    resolved = resolve(H + "/a/", one)
    assert isinstance(resolve_name(one, other) + resolve_raw_path(one, other), str)
    assert same_resource(resolved, resolved)
    assert same_path(one, other) == same_path(other, one)
    assert not (is_ancestor(one, other) and is_ancestor(other, one))
    assert not is_ancestor(one, one)
    assert len(ancestors(one)) <= one.count("/") + 1
    assert isinstance(origin(one) + without_credentials(one), str)
    assert has_unusual_characters(one) in (True, False)


def test_ancestors_of_what_is_no_path_that_anybody_meant() -> None:
    """Their number and their length are bounded: together they would be the square of a capture."""
    found = ancestors("http://h" + "/a" * 1000)
    assert (len(found), found[0]) == (DEEPEST, "http://h" + "/a" * 999 + "/")
    assert ancestors("data:text/plain," + "/a" * LONGEST) == ()


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/a/b/", (b"a", b"b")),
        ("//a//b", (b"a", b"b")),
        ("/a%2Fb/c", (b"a/b", b"c")),
        ("/%2f", (b"/",)),
        ("/a%00%01b%2F/", (b"a\0\1b/",)),
        ("/%00%00%01", (b"\0\0\1",)),
        ("/a%252Fb", (b"a%2Fb",)),
        ("/", ()),
    ],
)
def test_names_of(path: str, names: tuple[bytes, ...]) -> None:
    assert names_of(H + path) == names


@given(*[st.lists(st.sampled_from(["a", "/", "%2f", "%2F", "%00", "\0", "%01", "%25", "2f", "%"]), max_size=8)] * 2)
def test_paths_of_other_names_are_never_one(one: list[str], other: list[str]) -> None:
    """Whatever stands for an escaped slash within."""
    paths = ["/" + "".join(pieces) for pieces in (one, other)]
    plain = [[unquote_to_bytes(name) for name in path.rstrip("/").split("/")] for path in paths]
    assert same_path(*(H + path for path in paths)) is (plain[0] == plain[1])


def test_host_and_path() -> None:
    """Whatever the scheme, the port, the slash at the end and the way of writing."""
    assert (
        host_and_path("HTTPS://Dav.example:8443/a%7e/")
        == host_and_path("http://dav.example/a~")
        == ("dav.example", b"/a~")
    )
    assert host_and_path("http://dav.example/a") != host_and_path("http://other.example/a")


def test_a_name_that_is_far_longer_than_the_url_takes_no_time() -> None:
    started = time.thread_time()
    resolve_name("https://dav.example/files/a", "/".join([".."] * 32_000))
    resolve_name("https://dav.example/" + "a/" * 8_000, "/".join(["a"] * 4_000) + "/b")
    assert time.thread_time() - started < 2
