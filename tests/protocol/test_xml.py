"""The XML reader: what is read, what is forgiven and said, what is refused, and that nothing gets past it."""

import re
import time
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from davlock.errors import RemoteProtocolError
from davlock.protocol.deviation import Deviation
from davlock.protocol.lock import Depth, LockScope
from davlock.protocol.request_bodies import lockinfo, propfind
from davlock.protocol.xml import DEPTH_WORDS, PROLOG_LIMIT, PullParser, parse_document
from davlock.protocol.xml_bounds import ELEMENT_LIMIT, TEXT_LIMIT
from davlock.protocol.xml_elements import dav_name, is_proper, text_of

EMPTY = b'<D:multistatus xmlns:D="DAV:"/>'


def outcome(pieces: list[bytes], charset: str | None = None) -> tuple[bytes, tuple[Deviation, ...]] | str:
    """The document as it was understood, or where it was refused."""
    parser = PullParser(("-",), charset=charset)
    try:
        for piece in pieces:
            for _ in parser.feed(piece):
                pass
        root, _ = parser.close()
    except RemoteProtocolError as error:
        return error.where
    assert root is not None
    return etree.tostring(root), parser.deviations


READABLE = [
    ("nothing but the root", EMPTY, "multistatus"),
    ("an XML declaration", b'<?xml version="1.0" encoding="utf-8"?>\n' + EMPTY, "multistatus"),
    (
        "an XML declaration in single quotes, as WsgiDAV's",
        b"<?xml version='1.0' encoding='UTF-8'?>" + EMPTY,
        "multistatus",
    ),
    (
        "a declaration with a blank in it, as nginx's",
        b'<?xml version="1.0" encoding="utf-8" ?>\n' + EMPTY,
        "multistatus",
    ),
    ("a tab in the declaration", b'<?xml\tversion="1.0"?>' + EMPTY, "multistatus"),
    ("UTF-8 with a byte order mark", b'\xef\xbb\xbf<?xml version="1.0"?>' + EMPTY, "multistatus"),
    ("comments and instructions in front", b"<!-- <a> -->\n<?pi <b> ?>\n<!-- -->" + EMPTY, "multistatus"),
    ("a comment and an instruction behind", EMPTY + b"\n<!-- -->\n<?pi?>\n", "multistatus"),
    ("comments and instructions inside", b'<D:error xmlns:D="DAV:"><!-- x --><?pi x?></D:error>', "error"),
    ("a DOCTYPE", b"<!DOCTYPE error>" + EMPTY, "multistatus"),
    (
        "a DOCTYPE with identifiers",
        b'<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://dtd.example/x.dtd">' + EMPTY,
        "multistatus",
    ),
    ("a DOCTYPE with a system identifier that holds a bracket", b"<!DOCTYPE a SYSTEM 'b>c[' >" + EMPTY, "multistatus"),
    ("a DOCTYPE with a harmless subset", b"<!DOCTYPE a [<!ELEMENT a (#PCDATA)>] >" + EMPTY, "multistatus"),
    ("a default namespace", b'<multistatus xmlns="DAV:"/>', "multistatus"),
    ("a name beyond ASCII", "<d:größe xmlns:d='DAV:'/>".encode(), "größe"),
    ("CDATA", b"<a><![CDATA[<b>&c;]]></a>", "a"),
    ("the five entities of XML and characters by number", b"<a b='&quot;'>&lt;&gt;&amp;&apos;&#233;&#xE9;</a>", "a"),
    ("a namespace that is no absolute URI, as oCIS's", b'<d:error xmlns:d="DAV"/>', "error"),
    ("XML 1.1", b'<?xml version="1.1"?>' + EMPTY, "multistatus"),
]


@pytest.mark.parametrize(("body", "name"), [row[1:] for row in READABLE], ids=[row[0] for row in READABLE])
def test_what_is_read(body: bytes, name: str) -> None:
    root, deviations = parse_document(body)
    assert etree.QName(root).localname == name
    assert deviations == ()


@pytest.mark.parametrize("body", [row[1] for row in READABLE], ids=[row[0] for row in READABLE])
def test_reading_is_the_same_wherever_the_bytes_are_split(body: bytes) -> None:
    whole = outcome([body])
    assert not isinstance(whole, str)
    assert outcome([body[at : at + 1] for at in range(len(body))]) == whole
    for at in range(len(body) + 1):
        assert outcome([body[:at], body[at:]]) == whole


ENCODED = [
    ("UTF-8 undeclared", "utf-8", "", None),
    ("ISO 8859-1 declared", "iso-8859-1", "iso-8859-1", None),
    ("Windows-1252 declared", "cp1252", "windows-1252", None),
    ("UTF-16 with a byte order mark", "utf-16", "utf-16", None),
    ("UTF-16 with a byte order mark, undeclared", "utf-16", "", None),
    ("UTF-16 little endian without a mark", "utf-16-le", "utf-16", None),
    ("UTF-16 big endian without a mark", "utf-16-be", "utf-16", None),
    ("the charset of Content-Type, where the body declares none", "iso-8859-15", "", "iso-8859-15"),
    ("the body's own declaration comes first", "utf-8", "utf-8", "iso-8859-1"),
    ("a charset that nobody knows does not matter then", "utf-8", "utf-8", "x-unheard-of"),
    ("a charset of UTF-16 neither, where the body says otherwise", "utf-8", "utf-8", "utf-16"),
    ("nor any other charset, where a byte order mark stands", "utf-8-sig", "", "iso-8859-1"),
]


@pytest.mark.parametrize(("encoding", "declared", "charset"), [row[1:] for row in ENCODED], ids=[r[0] for r in ENCODED])
def test_encodings(encoding: str, declared: str, charset: str | None) -> None:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    body = f"{declaration}<!-- é --><größe>é – €</größe>".replace("– €" if encoding.startswith("iso") else "\0", "")
    data = body.encode(encoding)
    root, deviations = parse_document(data, charset=charset)
    assert root.tag == "größe"
    assert text_of(root).startswith("é")
    assert deviations == ()
    whole = outcome([data], charset)
    for at in range(len(data) + 1):
        assert outcome([data[:at], data[at:]], charset) == whole
    assert outcome([data[at : at + 1] for at in range(len(data))], charset) == whole


FORGIVEN = [
    (
        "lighttpd's error body: a prefix that nobody declared",
        b'<?xml version="1.0" encoding="utf-8"?>\n<D:error><DAV:lock-token-matches-request-uri/></D:error>',
        ["Namespace prefix D on error", "Namespace prefix DAV on lock-token-matches-request-uri"],
    ),
    ("white space before the declaration", b'\r\n<?xml version="1.0"?>' + EMPTY, ["white space stands before it"]),
]


@pytest.mark.parametrize(("body", "said"), [row[1:] for row in FORGIVEN], ids=[row[0] for row in FORGIVEN])
def test_what_is_forgiven_is_said_once(body: bytes, said: list[str]) -> None:
    _, deviations = parse_document(body)
    assert [re.sub(" is not defined$", "", deviation.what) for deviation in deviations] == said
    assert {at: outcome([body[:at], body[at:]]) for at in range(len(body))} == dict.fromkeys(
        range(len(body)), outcome([body])
    )
    assert outcome([body[at : at + 1] for at in range(len(body))]) == outcome([body])


BOMB = b'<!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><b>&b;</b>'
BOMB_TEXT = BOMB.decode()

REFUSED = [
    ("nothing", b"", "XML", "no root element"),
    ("white space", b" \r\n", "XML", "no root element"),
    ("words", b"Locked", "XML", "not XML.*Locked"),
    ("words behind white space", b"\n  Locked", "XML", "not XML"),
    ("JSON", b'{"error": "locked"}', "XML", "not XML"),
    ("a declaration and nothing else", b'<?xml version="1.0"?>', "XML", "no root element"),
    ("a declaration that does not end", b'<?xml version="1.0"', "XML", "no root element"),
    ("a comment that does not end", b"<!-- <a/>", "XML", "no root element"),
    ("a tag that is none", b"<1/>", "XML", "no root element"),
    ("a tag that does not end", b"<a", "XML", "no root element"),
    ("a root that is not closed", b"<a>", "XML", "not well-formed"),
    ("a second root", b"<a/><b/>", "XML", "not well-formed"),
    ("words behind the root", b"<a/>b", "XML", "not well-formed"),
    ("tags that cross", b"<a><b></a></b>", "XML", "not well-formed, line 1"),
    ("a wrong line is named", b"<!--\n-->\n<!DOCTYPE a\n>\n<a>\n<b></a>", "XML", "not well-formed, line 6"),
    ("an attribute twice", b"<a b='1' b='2'/>", "XML", "not well-formed"),
    ("a bare ampersand", b"<a>Tom & Jerry</a>", "XML", "not well-formed"),
    ("an entity of HTML", b"<a>&nbsp;</a>", "XML", "Entity 'nbsp' not defined"),
    ("an entity that a DOCTYPE elsewhere may declare", b'<!DOCTYPE a SYSTEM "b"><a>&c;</a>', "XML", "'c' not defined"),
    ("such an entity in an attribute", b'<!DOCTYPE a SYSTEM "b"><a b="&c;"/>', "XML", "'c' not defined"),
    ("bytes that are no UTF-8", b"<a>\xe9</a>", "XML", "not well-formed"),
    ("a NUL", b"<a>\0</a>", "XML", "not well-formed"),
    ("an escape character", b"<a>\x1b[2J</a>", "XML", "not well-formed"),
    ("a control character by number", b"<a>&#27;</a>", "XML", "not well-formed"),
    ("half a surrogate pair by number", b"<a>&#xD800;</a>", "XML", "not well-formed"),
    ("a declaration of no version", b'<?xml encoding="utf-8"?><a/>', "XML", "not well-formed"),
    ("a declaration behind a comment", b'<!-- --><?xml version="1.0"?><a/>', "XML declaration", "stands before it"),
    ("two declarations", b'<?xml version="1.0"?><?xml version="1.0"?><a/>', "XML declaration", "stands before it"),
    ("a DOCTYPE behind the root", b"<a/><!DOCTYPE a>", "XML", "not well-formed"),
    ("an encoding that nobody knows", b'<?xml version="1.0" encoding="x-no"?><a/>', "XML declaration", "'x-no'"),
    ("UTF-7", b'<?xml version="1.0" encoding="utf-7"?>+ADw-a/+AD4-', "XML declaration", "'utf-7'"),
    ("a codec that is no encoding", b'<?xml version="1.0" encoding="rot13"?><a/>', "XML declaration", "'rot13'"),
    ("UTF-16 that is ASCII", b'<?xml version="1.0" encoding="UTF-16"?><a/>', "XML", "said to be UTF-16"),
    ("UTF-16 that ends in half a character", "<a/>".encode("utf-16") + b"\0", "XML", "not well-formed"),
    ("entities", BOMB, "DOCTYPE", "entities"),
    ("entities in upper and lower case", BOMB.replace(b"ENTITY", b"Entity"), "DOCTYPE", "entities"),
    ("entities in an attribute", BOMB.replace(b"<b>&b;</b>", b'<b c="&b;"/>'), "DOCTYPE", "entities"),
    ("a parameter entity", b'<!DOCTYPE b [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]><b/>', "DOCTYPE", "entities"),
    (
        "an entity from a file",
        b'<!DOCTYPE b [<!ENTITY a SYSTEM "file:///etc/passwd">]><b>&a;</b>',
        "DOCTYPE",
        "entities",
    ),
    ("an entity without quotes", b"<!DOCTYPE b [<!ENTITY a>]><b/>", "DOCTYPE", "entities"),
    ("entities in UTF-16", BOMB_TEXT.encode("utf-16"), "DOCTYPE", "entities"),
    ("entities in UTF-16 big endian without a mark", BOMB_TEXT.encode("utf-16-be"), "DOCTYPE", "entities"),
    (
        "entities in UTF-7",
        b'<?xml version="1.0" encoding="UTF-7"?>' + BOMB_TEXT.encode("utf-7"),
        "XML declaration",
        "'UTF-7'",
    ),
    ("entities behind a byte order mark", b"\xef\xbb\xbf" + BOMB, "DOCTYPE", "entities"),
    ("entities in a second DOCTYPE", b"<!DOCTYPE b>" + BOMB, "DOCTYPE", "entities"),
    ("a DOCTYPE that does not end", b"<!DOCTYPE b", "DOCTYPE", "more than davlock reads"),
    (
        "quotes that hide an entity",
        b"""<!DOCTYPE b [<!-- " --><!ENTITY a "<!-- ' -->">]><b>&a;</b>""",
        "DOCTYPE",
        "more than davlock reads",
    ),
    (
        "a comment that hides one",
        b'<!DOCTYPE b [<!-- ]><c -->  <!ENTITY a "ha"> ]><b d="&a;"/>',
        "DOCTYPE",
        "more than davlock reads",
    ),
    (
        "an instruction that hides one",
        b'<!DOCTYPE b [<?c ]><c ?> <!ENTITY a "ha"> ]><b>&a;</b>',
        "DOCTYPE",
        "more than davlock reads",
    ),
    (
        "a declaration that hides one: libxml2 goes on behind its first >",
        b'<?xml version="1.0" a><!DOCTYPE b [<!ENTITY a "ha">]><c ?><b>&a;</b>',
        "XML declaration",
        "malformed",
    ),
    (
        "an instruction with a control character",
        b"<?c \x01" + BOMB[: -len("<b>&b;</b>")] + b"?><b>&b;</b>",
        "XML",
        "'b' not defined",
    ),
]


@pytest.mark.parametrize(("body", "where", "why"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_is_refused(body: bytes, where: str, why: str) -> None:
    with pytest.raises(RemoteProtocolError, match=why) as caught:
        parse_document(body)
    assert caught.value.where == where


@pytest.mark.parametrize("body", [row[1] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_it_is_refused_wherever_the_bytes_are_split(body: bytes) -> None:
    assert isinstance(outcome([body[at : at + 1] for at in range(len(body))]), str)
    for at in range(len(body) + 1):
        assert isinstance(outcome([body[:at], body[at:]]), str)


@pytest.mark.parametrize("charset", ["x-no", "utf-7", "idna", "a\0b", "utf-16", "utf-16-le", "é", " " * 500])
def test_a_charset_that_cannot_be_is_refused(charset: str) -> None:
    assert isinstance(outcome([EMPTY], charset), str)


@pytest.mark.parametrize("at", range(1, len(BOMB) - len("<b>&b;</b>")))
def test_entities_are_refused_whatever_is_put_between_their_bytes(at: int) -> None:
    for put in (b"\0", b"\x01", b"\x0b", b"\xff", b"<!--", b"-->", b"<?", b"?>", b"]>", b"<a ", b'"', b"'", b"%", b">"):
        assert isinstance(outcome([BOMB[:at] + put + BOMB[at:]]), str)


def test_an_entity_bomb_costs_nothing() -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 30))
    body = f'<!DOCTYPE b [<!ENTITY e0 "ha">{levels}]><b a="&e29;">&e29;</b>'.encode()
    began = time.process_time()
    assert outcome([body]) == "DOCTYPE"
    assert time.process_time() - began < 2


SLOW = [
    ("a DOCTYPE of white space", b'<!DOCTYPE a PUBLIC "b"', b" "),
    ("white space in front of the root", b"", b" "),
    ("comments in front of the root", b"", b"<!---->"),
    ("a comment that does not end", b"<!--", b"-"),
    ("a root element's name that does not end", b"<", b"a"),
    ("a DOCTYPE's subset that does not end", b"<!DOCTYPE a [", b"<!a>"),
]


@pytest.mark.parametrize(("begin", "unit"), [row[1:] for row in SLOW], ids=[row[0] for row in SLOW])
def test_a_prolog_without_end_is_refused_soon(begin: bytes, unit: bytes) -> None:
    began = time.process_time()
    parser = PullParser(("-",))
    chunk = unit * (4096 // len(unit))
    list(parser.feed(begin))
    fed = 0

    def feed_on() -> None:
        nonlocal fed
        while fed < 10 * PROLOG_LIMIT:
            fed += len(chunk)
            list(parser.feed(chunk))

    with pytest.raises(RemoteProtocolError):
        feed_on()
    assert fed <= PROLOG_LIMIT + 2 * len(chunk)
    assert time.process_time() - began < 5


def test_an_element_too_large_is_refused_with_little_memory() -> None:
    chunk = b"x" * (1024 * 1024)
    parser = PullParser(("response",))
    list(parser.feed(b'<D:multistatus xmlns:D="DAV:"><D:response><D:href>'))
    tracemalloc.start()
    try:
        fed = 0

        def feed_on() -> None:
            nonlocal fed
            while fed < 100 * len(chunk):
                fed += len(chunk)
                list(parser.feed(chunk))

        with pytest.raises(RemoteProtocolError, match="one text or tag is longer than 1 MiB"):
            feed_on()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert fed <= TEXT_LIMIT + 2 * len(chunk)
    assert peak < 4 * len(chunk)


def test_an_element_too_large_is_refused_when_it_comes_at_once() -> None:
    texts = (b"x" * 100_000 + b"<b/>") * 50
    assert len(texts) > ELEMENT_LIMIT
    body = b"<a><response>" + texts + b"</response></a>"
    parser = PullParser(("response",))
    with pytest.raises(RemoteProtocolError, match="one element is larger than 2 MiB"):
        list(parser.feed(body))


def test_elements_beside_those_of_interest_do_not_lift_the_limit() -> None:
    parser = PullParser(("response",), inside="multistatus")
    list(parser.feed(b"<multistatus><response><prop>"))

    def feed_on() -> None:
        for _ in range(20):
            assert list(parser.feed(b"<response/>" * 100_000)) == []

    with pytest.raises(RemoteProtocolError, match="more than 100000 tags"):
        feed_on()


@pytest.mark.parametrize("depth", [10_000, 1_000_000])
def test_deep_nesting_is_read_or_refused_and_breaks_nothing(depth: int) -> None:
    body = b"<a>" * depth + b"</a>" * depth
    found = outcome([body])
    assert found == "XML" or isinstance(found[0], bytes)
    assert outcome([b"<a>" * depth]) == "XML"


def test_elements_come_as_they_are_finished() -> None:
    parser = PullParser(("response",))
    assert parser.root_name == ""
    assert list(parser.feed(b'<D:multistatus xmlns:D="DAV:"><D:response>')) == []
    assert parser.root_name == "multistatus"
    assert [element.tag for element in parser.feed(b"</D:response><D:response/>")] == ["{DAV:}response"] * 2
    root, rest = parser.close() if list(parser.feed(b"</D:multistatus>")) == [] else (None, [])
    assert root is not None
    assert root.tag == "{DAV:}multistatus"
    assert rest == []


def test_a_body_shorter_than_a_prolog_is_parsed_at_the_end() -> None:
    parser = PullParser(("a",))
    assert list(parser.feed(b"<a>")) == []
    with pytest.raises(RemoteProtocolError):
        parser.close()
    parser = PullParser(("a",))
    assert list(parser.feed(b"<a/")) == []
    with pytest.raises(RemoteProtocolError):
        parser.close()


FOUND = [
    ("in the DAV: namespace", b'<m xmlns="DAV:"><response/></m>', ["{DAV:}response"]),
    ("in none", b"<m><response/></m>", ["response"]),
    ("under the root's prefix, undeclared", b"<D:m><D:response/></D:m>", ["D:response"]),
    ("not under another name", b'<m xmlns="DAV:"><Response/><responses/></m>', []),
    ("at every depth", b"<m><response><response/></response></m>", ["response", "response"]),
]


@pytest.mark.parametrize(("body", "tags"), [row[1:] for row in FOUND], ids=[row[0] for row in FOUND])
def test_which_elements_are_found(body: bytes, tags: list[str]) -> None:
    parser = PullParser(("response",))
    assert [element.tag for element in parser.feed(body)] == tags


def test_only_children_of_the_element_named_are_found() -> None:
    parser = PullParser(("response",), inside="multistatus")
    body = b"<x><response a='1'/><multistatus><response a='2'><b><response a='3'/></b></response></multistatus></x>"
    assert [element.get("a") for element in parser.feed(body)] == ["2"]
    alone = PullParser(("response",), inside="multistatus")
    assert list(alone.feed(b"<response/>")) == []


def test_an_error_is_seen_behind_a_hundred_that_are_forgiven() -> None:
    """libxml2 cuts its error log; an error that mattered could fall off its end."""
    many = b"<D:a>" + b"<x:b/>" * 500
    _, deviations = parse_document(many + b"</D:a>")
    assert {deviation.where for deviation in deviations} == {"XML namespace"}
    assert outcome([many]) == "XML"
    assert outcome([many + b"<c></D:a>"]) == "XML"
    assert outcome([b"<D:a><c></d></c>" + b"<x:b/>" * 500 + b"</D:a>"]) == "XML"
    assert outcome([many + b"&nbsp;</D:a>"]) == "XML"


def test_no_element_with_an_entity_reference_is_handed_out() -> None:
    parser = PullParser(("response",))
    with pytest.raises(RemoteProtocolError, match="'nbsp' not defined"):
        list(parser.feed(b'<!DOCTYPE html PUBLIC "a" "b"><m><response>&nbsp;</response>'))


PIECES = st.sampled_from(
    [
        b"<",
        b">",
        b"/>",
        b"</",
        b"a",
        b"D:",
        b' xmlns:D="DAV:"',
        b"<D:multistatus",
        b"<D:response>",
        b"</D:response>",
        b"</D:multistatus>",
        b"<?xml ",
        b' version="1.0"',
        b' encoding="utf-16"',
        b' encoding="latin-1"',
        b"?>",
        b"<!--",
        b"-->",
        b"<!DOCTYPE a",
        b"[",
        b"]",
        b"<!ENTITY b 'c'>",
        b"<!ENTITY",
        b" SYSTEM 'd'",
        b"%b;",
        b"&b;",
        b"&amp;",
        b"<![CDATA[",
        b"]]>",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\0",
        b"\x1b",
        b"\xe9",
        b" ",
        b"\n",
        b"'",
        b'"',
    ]
)
BODIES = st.one_of(st.binary(max_size=60), st.lists(PIECES, max_size=14).map(b"".join))
CHARSETS = st.sampled_from([None, "utf-8", "utf-16", "iso-8859-1", "utf-7", "x"])


@given(BODIES, CHARSETS, st.lists(st.integers(0, 200), max_size=6))
@example(b'<!DOCTYPE a SYSTEM "b"><a>&c;</a>', None, [])
@example(b'<?xml version="1.0" encoding="utf-8"?><a/>', "utf-16", [5])
def test_any_bytes_are_read_or_refused_however_they_come(body: bytes, charset: str | None, cuts: list[int]) -> None:
    ends = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    whole, split = outcome([body], charset), outcome([body[a:b] for a, b in pairwise(ends)], charset)
    assert isinstance(whole, str) == isinstance(split, str)
    if not isinstance(whole, str):
        assert split == whole


@given(BODIES)
@example(BOMB)
def test_nothing_that_is_read_has_a_doctype(body: bytes) -> None:
    try:
        root, _ = parse_document(body)
    except RemoteProtocolError:
        return
    assert root.getroottree().docinfo.internalDTD is None
    assert all(isinstance(element.tag, str) for element in root.iter())


NAMES = [
    ("the DAV: namespace", "{DAV:}lockscope", "lockscope", True),
    ("no namespace, as in chezdav's activelock", "lockscope", "lockscope", False),
    ("a prefix that nobody declared", "D:lockscope", "lockscope", False),
    ("lighttpd's prefix", "DAV:propfind-finite-depth", "propfind-finite-depth", False),
    ("oCIS's namespace without a colon", "{DAV}error", "error", False),
    ("another namespace", "{http://sabredav.org/ns}exception", None, False),
    ("a namespace that only begins alike", "{DAV:x}error", None, False),
]


@pytest.mark.parametrize(("tag", "name", "proper"), [row[1:] for row in NAMES], ids=[row[0] for row in NAMES])
def test_dav_name(tag: str, name: str | None, proper: bool) -> None:
    assert dav_name(tag) == name
    assert is_proper(tag) is proper


def test_text_of_is_all_the_text() -> None:
    root, _ = parse_document(b"<a> \n one <b>two<!-- not --></b> three <![CDATA[<four>]]>\n</a>")
    assert text_of(root) == "one two three <four>"


def test_lockinfo_is_rfc_4918_section_9_10_7() -> None:
    root, deviations = parse_document(lockinfo(LockScope.EXCLUSIVE, "http://example.org/~ejw/contact.html"))
    assert deviations == ()
    assert etree.tostring(root).decode() == (
        '<D:lockinfo xmlns:D="DAV:">'
        "<D:lockscope><D:exclusive/></D:lockscope>"
        "<D:locktype><D:write/></D:locktype>"
        "<D:owner>http://example.org/~ejw/contact.html</D:owner>"
        "</D:lockinfo>"
    )


def test_lockinfo_keeps_an_owner_that_looks_like_xml_as_words() -> None:
    root, _ = parse_document(lockinfo(LockScope.SHARED, '<a href="x">&amp; é'))
    assert [etree.QName(child).localname for child in root] == ["lockscope", "locktype", "owner"]
    assert root[0][0].tag == "{DAV:}shared"
    assert (root[2].text, len(root[2])) == ('<a href="x">&amp; é', 0)


def test_lockinfo_without_an_owner() -> None:
    assert b"owner" not in lockinfo(LockScope.SHARED, None)


def test_propfind_names_properties() -> None:
    root, _ = parse_document(propfind(("{DAV:}lockdiscovery", "{http://nextcloud.org/ns}lock-owner")))
    assert root.tag == "{DAV:}propfind"
    assert [child.tag for child in root] == ["{DAV:}prop"]
    assert [child.tag for child in root[0]] == ["{DAV:}lockdiscovery", "{http://nextcloud.org/ns}lock-owner"]


def test_propfind_of_no_names_is_allprop() -> None:
    root, _ = parse_document(propfind())
    assert [child.tag for child in root] == ["{DAV:}allprop"]


def test_depth_words() -> None:
    assert DEPTH_WORDS == {"0": Depth.ZERO, "1": Depth.ONE, "infinity": Depth.INFINITY}
