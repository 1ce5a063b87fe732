"""A scan for locks passes over what is not locked, and nothing else."""

import pytest

from davlock.protocol.multistatus import MultistatusParser, ResponseElement

LOCK = (
    "<D:activelock><D:lockscope><D:exclusive/></D:lockscope><D:depth>0</D:depth>"
    "<D:locktoken><D:href>urn:uuid:1</D:href></D:locktoken></D:activelock>"
)


def scan(*responses: str) -> tuple[int, list[ResponseElement]]:
    seen: list[ResponseElement] = []
    parser = MultistatusParser("http://dav.example/", seen.append, properties=False)
    parser.feed(f'<D:multistatus xmlns:D="DAV:">{"".join(responses)}</D:multistatus>'.encode())
    parser.close()
    return parser.free, seen


def response(inside: str, *, status: str = "HTTP/1.1 200 OK", more: str = "") -> str:
    prop = f"<D:propstat><D:prop>{inside}</D:prop><D:status>{status}</D:status></D:propstat>"
    return f"<D:response><D:href>/a</D:href>{prop}{more}</D:response>"


def test_what_is_free_is_only_counted() -> None:
    assert scan(response("<D:lockdiscovery/>"), response("<D:lockdiscovery></D:lockdiscovery>")) == (2, [])


@pytest.mark.parametrize(
    ("what", "element"),
    [
        ("a lock", response(f"<D:lockdiscovery>{LOCK}</D:lockdiscovery>")),
        ("not disclosed", response("<D:lockdiscovery/>", status="HTTP/1.1 404 Not Found")),
        ("left out", response("<D:getetag/>")),
        (
            "refused as a whole",
            "<D:response><D:href>/a</D:href><D:status>HTTP/1.1 403 Forbidden</D:status></D:response>",
        ),
        (
            "two propstats",
            response("<D:lockdiscovery/>", more="<D:propstat><D:status>HTTP/1.1 200 OK</D:status></D:propstat>"),
        ),
        ("no status", response("<D:lockdiscovery/>", status="")),
    ],
)
def test_anything_else_is_read(what: str, element: str) -> None:
    free, seen = scan(element)
    assert (free, len(seen)) == (0, 1), what


def test_other_namespaces_are_read() -> None:
    free, seen = scan("<response><href>/a</href><propstat><prop><lockdiscovery/></prop></propstat></response>")
    assert (free, len(seen)) == (0, 1)


COLLECTION = "<D:resourcetype><D:collection/></D:resourcetype>"


@pytest.mark.parametrize(
    ("what", "inside", "collection"),
    [
        ("a file", "<D:resourcetype/>", None),
        ("a collection", COLLECTION, True),
        ("a collection of another namespace's kind too", COLLECTION.replace("/></", '/><x xmlns="urn:x"/></'), True),
        ("something else", '<D:resourcetype><x xmlns="urn:x"/></D:resourcetype>', False),
        ("it does not say", "", None),
    ],
)
def test_collections_too(what: str, inside: str, collection: bool | None) -> None:
    """A walk goes on from them; that they are not locked does not make them uninteresting."""
    seen: list[ResponseElement] = []
    passed: list[str] = []
    parser = MultistatusParser("http://dav.example/", seen.append, properties=False, collections=True)
    parser.passing_over = passed.append
    parser.feed(f'<D:multistatus xmlns:D="DAV:">{response("<D:lockdiscovery/>" + inside)}</D:multistatus>'.encode())
    parser.close()
    if what == "a file":
        assert (parser.free, passed, seen) == (1, ["/a"], [])
    else:
        assert (parser.free, passed) == (0, [])
        assert [propstat.collection for element in seen for propstat in element.propstats] == [collection]
