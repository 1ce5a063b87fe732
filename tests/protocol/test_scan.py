"""A scan for locks passes over what is not locked, and nothing else."""

import re
from itertools import product

import pytest

from davlock.errors import RemoteProtocolError
from davlock.protocol.multistatus import MultistatusParser, ResponseElement
from tests.capture.recordings import NAMES, response_of

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


@pytest.mark.parametrize("byte", ["\v", "\f"])
def test_white_space_of_python_that_xml_forbids_is_no_end_of_a_listing(byte: str) -> None:
    assert scan(response("<D:lockdiscovery/>"), " \t\r\n") == (1, [])
    with pytest.raises(RemoteProtocolError):
        scan(response("<D:lockdiscovery/>"), byte)


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


def read(body: bytes, size: int) -> tuple[object, ...]:
    """All that a scan makes of ``body``, which arrives in pieces of ``size``."""
    seen: list[ResponseElement] = []
    passed: list[str] = []
    parser = MultistatusParser("http://dav.example/", seen.append, properties=False, collections=True)
    parser.passing_over = passed.append
    try:
        for start in range(0, len(body), size):
            parser.feed(body[start : start + size])
        parser.close()
    except RemoteProtocolError as error:
        return (str(error),)
    return parser.free, passed, seen, parser.deviations


def lockdiscovery(*locks: str) -> str:
    return f"<D:lockdiscovery>{''.join(locks)}</D:lockdiscovery>"


FORMS = {
    "free": response("<D:resourcetype/><D:lockdiscovery/>"),
    "a collection": response("<D:lockdiscovery/>" + COLLECTION),
    "locked": response(f"<D:lockdiscovery>{LOCK}</D:lockdiscovery><D:resourcetype/>"),
    "all of a lock": response(
        "<D:resourcetype/><D:lockdiscovery><D:activelock><D:locktype><D:write/></D:locktype><D:lockscope><D:shared/>"
        "</D:lockscope><D:depth>infinity</D:depth><D:owner><D:href>TEXT</D:href></D:owner><D:timeout>Second-61</D:timeout>"
        "<D:locktoken><D:href>urn:uuid:TEXT</D:href></D:locktoken><D:lockroot><D:href>/TEXT</D:href></D:lockroot>"
        "</D:activelock></D:lockdiscovery>"
    ),
    "two locks, and an owner without markup": response(
        lockdiscovery(LOCK, LOCK.replace("urn:uuid:1", "TEXT").replace("<D:depth>", "<D:owner>TEXT</D:owner><D:depth>"))
    ),
    "parts of texts": response(lockdiscovery(LOCK.replace("1</D:href>", "TEXT<D:b/>TEXT</D:href>"))),
    "two tokens": response(
        lockdiscovery(LOCK.replace("</D:activelock>", "<D:locktoken>TEXT</D:locktoken></D:activelock>"))
    ),
    "a timeout that is a text": response(
        lockdiscovery(LOCK.replace("<D:depth>", "<D:timeout>TEXT</D:timeout><D:depth>"))
    ),
    "a vendor's element": response(lockdiscovery(LOCK.replace("<D:depth>", '<v xmlns="urn:v">TEXT</v><D:depth>'))),
    "two propstats": response(
        "<D:resourcetype/>",
        more="<D:propstat><D:prop><D:lockdiscovery/></D:prop><D:status>HTTP/1.1 404 TEXT</D:status></D:propstat>",
    ),
    "beside prop": response("", more=f"<D:propstat><D:lockdiscovery>{LOCK}</D:lockdiscovery></D:propstat>"),
    "refused": "<D:response><D:href>/TEXT</D:href><D:status>HTTP/1.1 403 TEXT</D:status></D:response>",
    "two hrefs": "<D:response><D:href>/TEXT</D:href><D:href>/b</D:href><D:status>HTTP/1.1 403</D:status></D:response>",
    "no href": response("<D:lockdiscovery/>").replace("<D:href>/a</D:href>", ""),
    "a space in place of the href": response("<D:lockdiscovery/>").replace("/a", " "),
    "another namespace": response("<D:lockdiscovery/>").replace("<D:href>/a</D:href>", '<href xmlns="DAV">/a</href>'),
    "a namespace of its own": response("<D:lockdiscovery/>").replace("<D:response>", '<D:response xmlns:D="DAV:">'),
    "a prefix for something else": response("<D:lockdiscovery/>").replace("<D:prop>", '<D:prop xmlns:D="urn:x">'),
    "an attribute with an end of a tag": response("<D:lockdiscovery/>").replace("<D:href>", '<D:href x="TEXT>TEXT">'),
    "a comment": response("<D:lockdiscovery/>").replace("/a", "/<!-- TEXT > TEXT -->a"),
    "an end tag in a comment": response("<D:lockdiscovery/>").replace("/a", "/<!-- </D:response> -->a"),
    "an instruction": response("<D:lockdiscovery/>").replace("/a", "/<?x TEXT?>a"),
    "raw text": response("<D:lockdiscovery/>").replace("/a", "<![CDATA[/TEXT]]>"),
    "a response in a property": response("<D:lockdiscovery/><x><D:response><D:href>/b</D:href></D:response></x>"),
    "lines of Windows": response("<D:resourcetype/>\r\n<D:lockdiscovery/>\r\n", more="\r\n").replace("/a", "/a\r\n"),
    "text between responses": "text" + response("<D:resourcetype/><D:lockdiscovery/>"),
    "no markup": "<D:response>TEXT</D:response>",
    "another element": "<D:responsedescription>TEXT</D:responsedescription>",
    "an undeclared prefix": response("<D:lockdiscovery/><x:y/>"),
    "an element that is not closed": response("<D:lockdiscovery>"),
    "an end of the listing": "</D:multistatus>",
}
TEXTS = (
    "a",
    "b c",
    "é",
    "&amp;lt;b&amp;gt;",
    "a &gt; b",
    "&#233;",
    "> ",
    " \n",
    "Second-7",
    "Infinite",
    "\u00a0",
    "-1",
    " c ",
)
BAD_TEXTS = ("&b;", "]]>", "&amp;]]>", "a\x1d", "\x01", "\ufffe", "&", "\udcff")


OPENINGS = (b'<D:multistatus xmlns:D="DAV:">', b'<?xml version="1.0"?>\r\n<D:multistatus xmlns:x="a" xmlns:D="DAV:">\n')
NOT_A_RESPONSE = b'<x xmlns="urn:x"/>'
"""Before the first response of a listing, it has all of the listing read as XML."""


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_form_that_was_met_says_what_its_elements_say(form: str) -> None:
    varied = [form.replace("/a", f"/{text}").replace("TEXT", text) for text in TEXTS]
    listings = [[form] * 3 + varied, [form.replace("TEXT", "urn:x")] * 3]
    listings += [[form] * 3 + [form.replace("/a", f"/{text}").replace("TEXT", text)] for text in BAD_TEXTS]
    for opening, responses, size in product(OPENINGS, listings, (1 << 16, 150)):
        body = f"{''.join(responses)}</D:multistatus>\n".encode("utf-8", "surrogateescape")
        assert read(opening + body, size) == read(opening + NOT_A_RESPONSE + body, size)


def test_a_listing_that_was_recorded_says_the_same_once_its_forms_were_met() -> None:
    for body in (response_of(name).partition(b"\r\n\r\n")[2] for name in NAMES if "propfind" in name):
        as_xml = re.sub(rb"multistatus[^>]*>", lambda opening: opening[0] + NOT_A_RESPONSE, body, count=1)
        assert [read(body, 1 << 16) for _ in range(3)] == [read(as_xml, 1 << 16)] * 3
