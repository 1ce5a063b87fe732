"""What the body of a refusal says: codes, exceptions, JSON, pages and words, and bodies that are broken."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from davlock.protocol.deviation import Deviation
from davlock.protocol.message import Headers, Response
from davlock.protocol.precondition import (
    FINITE_DEPTH,
    LOCK_TOKEN_MATCHES,
    LOCK_TOKEN_SUBMITTED,
    NO_CONFLICTING_LOCK,
    WORDS_LIMIT,
    BodyKind,
    DavError,
    Precondition,
    read_error,
)
from tests.capture.recordings import response_of

BASE = "http://dav.example/g/f.txt"
SABRE = 'xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns"'


def read(body: bytes | None, content_type: str = "", status: int = 423) -> DavError:
    headers = Headers.of([("Content-Type", content_type)] if content_type else [])
    return read_error(Response(status=status, headers=headers, body=body), BASE)


def read_recording(name: str) -> DavError:
    head, _, body = response_of(name).partition(b"\r\n\r\n")
    fields = [line.partition(":") for line in head.decode().split("\r\n")[1:]]
    headers = Headers.of((field[0], field[2]) for field in fields)
    return read_error(Response(status=int(head.split()[1]), headers=headers, body=body), BASE)


CODES = [
    (
        "RFC 4918 §16",
        b"""<?xml version="1.0" encoding="utf-8" ?>
<D:error xmlns:D="DAV:">
  <D:lock-token-submitted>
    <D:href>/workspace/webdav/</D:href>
  </D:lock-token-submitted>
</D:error>
""",
        [Precondition(LOCK_TOKEN_SUBMITTED, ("http://dav.example/workspace/webdav/",))],
    ),
    (
        "several codes and several hrefs",
        b'<error xmlns="DAV:"><no-conflicting-lock><href>/a/</href><href>http://h/b</href></no-conflicting-lock>'
        b"<lock-token-submitted/></error>",
        [
            Precondition(NO_CONFLICTING_LOCK, ("http://dav.example/a/", "http://h/b")),
            Precondition(LOCK_TOKEN_SUBMITTED),
        ],
    ),
    (
        "a code of another namespace",
        b'<D:error xmlns:D="DAV:"><x xmlns="urn:x"/></D:error>',
        [Precondition("{urn:x}x")],
    ),
    (
        "an empty href",
        b'<D:error xmlns:D="DAV:"><D:no-conflicting-lock><D:href/></D:no-conflicting-lock></D:error>',
        [Precondition(NO_CONFLICTING_LOCK)],
    ),
    ("nothing in it", b'<D:error xmlns:D="DAV:"/>', []),
]


@pytest.mark.parametrize(("body", "codes"), [row[1:] for row in CODES], ids=[row[0] for row in CODES])
def test_precondition_codes(body: bytes, codes: list[Precondition]) -> None:
    found = read(body, "application/xml")
    assert found.kind is BodyKind.ERROR
    assert list(found.preconditions) == codes
    assert found.deviations == ()
    for code in codes:
        assert found.has(code.code)
        assert found.hrefs(code.code) == code.hrefs
    assert not found.has("preserved-live-properties")
    assert found.hrefs("preserved-live-properties") == ()


def test_wsgidav_names_the_locked_resource() -> None:
    found = read_recording("wsgidav-lock-conflict-xml")
    assert found.preconditions == (Precondition(NO_CONFLICTING_LOCK, (BASE,)),)
    assert "no-conflicting-lock" in found.quote
    assert not found.quote.startswith("<?xml")


def test_lighttpd_declares_no_prefix() -> None:
    found = read_recording("lighttpd-unlock-wrong-token")
    assert found.preconditions == (Precondition(LOCK_TOKEN_MATCHES),)
    assert Deviation("error/lock-token-matches-request-uri", "is not in the DAV: namespace") in found.deviations
    assert "XML namespace" in {deviation.where for deviation in found.deviations}
    assert read(b"<D:error><DAV:propfind-finite-depth/></D:error>").has(FINITE_DEPTH)


def test_apache_answers_a_page() -> None:
    found = read_recording("apache-put-locked-html")
    assert found.kind is BodyKind.HTML
    assert found.message is not None
    assert found.message.startswith("423 Locked: Locked The requested resource is currently locked. The lock must be")
    assert found.says("CURRENTLY locked", "nothing of the kind")
    assert not found.says("unlocked")
    assert found.preconditions == ()


def test_rclone_answers_a_word() -> None:
    found = read_recording("rclone-lock-conflict-text")
    assert (found.kind, found.message, found.quote) == (BodyKind.TEXT, "Locked", "Locked")


def test_nginx_answers_nothing() -> None:
    assert read_recording("nginx-lock-conflict-no-reason").kind is BodyKind.EMPTY


def test_apache_answers_a_multistatus() -> None:
    found = read_recording("apache-delete-424-multistatus")
    assert found.kind is BodyKind.MULTISTATUS
    assert found.multistatus is not None
    assert [(entry.hrefs, entry.status) for entry in found.multistatus.responses] == [(("/g",), 412)]


SABRE_BODIES = [
    (
        "sabre: an exception and a code",
        f"""<?xml version="1.0" encoding="utf-8"?>
<d:error {SABRE}>
  <s:sabredav-version>4.1.5</s:sabredav-version>
  <s:exception>Sabre\\DAV\\Exception\\Locked</s:exception>
  <s:message></s:message>
  <d:lock-token-submitted><d:href>/g/f.txt</d:href></d:lock-token-submitted>
</d:error>""",
        DavError(
            kind=BodyKind.ERROR,
            preconditions=(Precondition(LOCK_TOKEN_SUBMITTED, (BASE,)),),
            exception="Sabre\\DAV\\Exception\\Locked",
        ),
    ),
    (
        "Nextcloud: a transactional lock has no code",
        f"<d:error {SABRE}><s:exception>OCA\\DAV\\Connector\\Sabre\\Exception\\FileLocked</s:exception>"
        '<s:message>"files/a.txt" is locked, existing lock on file: exclusive</s:message></d:error>',
        DavError(
            kind=BodyKind.ERROR,
            exception="OCA\\DAV\\Connector\\Sabre\\Exception\\FileLocked",
            message='"files/a.txt" is locked, existing lock on file: exclusive',
        ),
    ),
    (
        "sabre: which header failed",
        f"<d:error {SABRE}><s:exception>Sabre\\DAV\\Exception\\PreconditionFailed</s:exception>"
        "<s:message>An If-Match header was specified</s:message><s:header>If-Match</s:header></d:error>",
        DavError(
            kind=BodyKind.ERROR,
            exception="Sabre\\DAV\\Exception\\PreconditionFailed",
            message="An If-Match header was specified",
            failed_header="If-Match",
        ),
    ),
    (
        "Nutstore's namespace",
        '<d:error xmlns:d="DAV:" xmlns:s="http://ns.jianguoyun.com"><s:exception>TooManyRequests</s:exception></d:error>',
        DavError(kind=BodyKind.ERROR, exception="TooManyRequests"),
    ),
    (
        "another namespace under sabre's prefix",
        '<d:error xmlns:d="DAV:" xmlns:s="urn:x"><s:message>locked</s:message></d:error>',
        DavError(kind=BodyKind.ERROR, message="locked"),
    ),
    (
        "oCIS: the namespace lacks its colon",
        '<d:error xmlns:d="DAV" xmlns:s="http://sabredav.org/ns"><s:message>no lock</s:message></d:error>',
        DavError(kind=BodyKind.ERROR, message="no lock"),
    ),
]


@pytest.mark.parametrize(("body", "error"), [row[1:] for row in SABRE_BODIES], ids=[row[0] for row in SABRE_BODIES])
def test_exceptions_of_sabre_and_its_kin(body: str, error: DavError) -> None:
    assert read(body.encode(), "application/xml; charset=utf-8") == error


def test_files_lock_answers_with_properties() -> None:
    body = (
        b'<?xml version="1.0"?><d:prop xmlns:d="DAV:" xmlns:nc="http://nextcloud.org/ns">'
        b"<nc:lock>1</nc:lock><nc:lock-owner> alice </nc:lock-owner></d:prop>"
    )
    found = read(body, "application/xml")
    assert found.kind is BodyKind.XML
    assert found.properties == (
        ("{http://nextcloud.org/ns}lock", "1"),
        ("{http://nextcloud.org/ns}lock-owner", "alice"),
    )


def test_other_xml_is_its_words() -> None:
    """Amazon S3's form."""
    found = read(b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>", "application/xml")
    assert (found.kind, found.message) == (BodyKind.XML, "Access Denied")
    assert read(b"<Error/>").message is None


BROKEN = [
    ("cut off", b'<D:error xmlns:D="DAV:"><D:lock-token-submitted>', "XML"),
    (
        "entities",
        b'<!DOCTYPE e [<!ENTITY a "x">]><D:error xmlns:D="DAV:"><D:no-conflicting-lock/></D:error>',
        "DOCTYPE",
    ),
    ("a control character", b'<D:error xmlns:D="DAV:">\x1b</D:error>', "XML"),
    ("an entity of HTML", b'<D:error xmlns:D="DAV:">&nbsp;<D:no-conflicting-lock/></D:error>', "XML"),
    (
        "an encoding that nobody knows",
        b'<?xml version="1.0" encoding="x-no"?><D:error xmlns:D="DAV:"/>',
        "XML declaration",
    ),
    ("two multistatus in one", b'<x xmlns="DAV:"><multistatus/></x><x/>', "XML"),
    (
        "a multistatus inside a multistatus",
        b'<multistatus xmlns="DAV:"><multistatus><response/></multistatus><response/></multistatus>',
        "207 body",
    ),
]


@pytest.mark.parametrize(("body", "where"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_a_broken_body_is_a_deviation_and_no_error(body: bytes, where: str) -> None:
    found = read(body, "application/xml")
    assert found.kind is BodyKind.XML
    assert [deviation.where for deviation in found.deviations] == [where]
    assert found.preconditions == ()
    assert found.quote


def test_an_error_in_utf_16() -> None:
    body = '<D:error xmlns:D="DAV:"><D:no-conflicting-lock/></D:error>'.encode("utf-16")
    assert read(body, "application/xml").has(NO_CONFLICTING_LOCK)


def test_an_error_behind_a_byte_order_mark() -> None:
    body = '\ufeff<D:error xmlns:D="DAV:"><D:no-conflicting-lock/></D:error>'.encode()
    assert read(body, "application/xml").has(NO_CONFLICTING_LOCK)


PAGES = [
    (
        "title and body",
        "<html><head><title>423 Locked</title></head><body><p>Wait.</p></body></html>",
        "423 Locked: Wait.",
    ),
    ("the title said again", "<title>Locked</title><h1>Locked</h1><p>Wait.", "Locked Locked Wait."),
    (
        "scripts and styles",
        "<html><style>a{}</style><script>if (a<b) c()</script>Sign in<SCRIPT >x</script ></html>",
        "Sign in",
    ),
    ("characters by name", "<h1>Tom &amp; Jerry&nbsp;&eacute;</h1>", "Tom & Jerry é"),
    ("behind an XML declaration", '<?xml version="1.0"?>\n<html xmlns="x"><body>Locked</body></html>', "Locked"),
    ("no words", "<html></html>", ""),
    ("a head that nobody closed", "<html><head><body>Locked", "Locked"),
]


@pytest.mark.parametrize(("page", "message"), [row[1:] for row in PAGES], ids=[row[0] for row in PAGES])
def test_pages(page: str, message: str) -> None:
    found = read(page.encode(), "text/html")
    assert (found.kind, found.message, found.quote) == (BodyKind.HTML, message, message)
    assert read(page.encode()).kind is BodyKind.HTML, "the body shows it without a Content-Type"


def test_the_charset_of_a_page() -> None:
    assert read("<h1>gesperrt für</h1>".encode("iso-8859-1"), "text/html; charset=iso-8859-1").message == "gesperrt für"
    assert read("<h1>gesperrt für</h1>".encode(), "text/html; charset=x-no").message == "gesperrt für"


@pytest.mark.parametrize("unit", ["<", "<head", "<head>", "<script>", "<title", "<title>", "</head", "&amp", "<!--"])
def test_a_page_made_to_be_slow_is_not(unit: str) -> None:
    body = b"<html>" + unit.encode() * (64 * 1024 // len(unit))
    began = time.process_time()
    found = read(body, "text/html")
    assert time.process_time() - began < 1
    assert found.kind is BodyKind.HTML
    assert len(found.message or "") <= WORDS_LIMIT


JSON_BODIES: list[tuple[str, object, str, DavError]] = [
    (
        "OneDrive and Office",
        {"error": {"code": "resourceLocked", "message": "Locked.", "innerError": {"code": "lockMismatch"}}},
        "application/json",
        DavError(kind=BodyKind.JSON, json_codes=("resourceLocked", "lockMismatch"), message="Locked."),
    ),
    (
        "SharePoint",
        {"error": {"code": "-2130575306", "message": {"lang": "en-US", "value": "The file is locked."}}},
        "application/json",
        DavError(kind=BodyKind.JSON, json_codes=("-2130575306",), message="The file is locked."),
    ),
    (
        "words in error",
        {"error": "locked"},
        "application/json",
        DavError(kind=BodyKind.JSON, message="locked"),
    ),
    (
        "code and message on top, innererror in lower case",
        {"code": "a", "message": "b", "innererror": {"code": "c", "message": "d"}},
        "",
        DavError(kind=BodyKind.JSON, json_codes=("a", "c"), message="b"),
    ),
    (
        "RFC 9457",
        {"type": "about:blank", "title": "Locked", "status": 423, "detail": "by alice"},
        "application/problem+json",
        DavError(kind=BodyKind.PROBLEM, message="Locked: by alice"),
    ),
    (
        "RFC 9457 without its media type",
        {"title": "Locked", "status": 423},
        "application/json",
        DavError(kind=BodyKind.PROBLEM, message="Locked"),
    ),
    ("RFC 9457 without words", {"status": 423}, "application/problem+json", DavError(kind=BodyKind.PROBLEM)),
    ("an array", ["locked"], "application/json", DavError(kind=BodyKind.JSON)),
    ("values of other types", {"error": {"code": 1, "message": None}}, "", DavError(kind=BodyKind.JSON)),
    ("nothing in it", {}, "application/json", DavError(kind=BodyKind.JSON)),
]


@pytest.mark.parametrize(
    ("data", "media", "error"), [row[1:] for row in JSON_BODIES], ids=[row[0] for row in JSON_BODIES]
)
def test_json(data: object, media: str, error: DavError) -> None:
    found = read(json.dumps(data).encode(), media)
    assert found == error
    assert found.quote


def test_codes_nested_without_end_are_cut() -> None:
    data: dict[str, object] = {"code": "last"}
    for _ in range(50):
        data = {"code": "a", "innerError": data}
    assert read(json.dumps({"error": data}).encode()).json_codes == ("a",) * 8


TEXTS = [
    ("words", b"Locked\n", "text/plain", BodyKind.TEXT),
    ("JSON that is none", b"{locked", "application/json", BodyKind.TEXT),
    ("JSON too deep to read", b'{"a":' * 40_000, "application/json", BodyKind.TEXT),
    ("JSON too long to read", b'{"a":' * 100_000, "application/json", BodyKind.JSON),
    ("an array that nobody calls JSON", b"[locked]", "text/plain", BodyKind.TEXT),
    ("another charset", "für".encode("iso-8859-1"), "text/plain; charset=iso-8859-1", BodyKind.TEXT),
    ("an image", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png", BodyKind.BINARY),
    ("bytes that are no UTF-8", b"\xff\xfd\x80\x81abc", "", BodyKind.BINARY),
    ("a few bytes that are no UTF-8", b"gesperrt f\xfcr alle", "", BodyKind.TEXT),
    ("white space", b" \r\n", "text/plain", BodyKind.EMPTY),
    ("nothing", b"", "text/html", BodyKind.EMPTY),
    ("not captured, which is not empty", None, "text/html", BodyKind.NOT_CAPTURED),
]


@pytest.mark.parametrize(("body", "media", "kind"), [row[1:] for row in TEXTS], ids=[row[0] for row in TEXTS])
def test_other_bodies(body: bytes | None, media: str, kind: BodyKind) -> None:
    found = read(body, media)
    assert found.kind is kind
    assert (found.message is not None) is (kind is BodyKind.TEXT)
    assert found.preconditions == ()
    assert found.json_codes == ()


def test_long_words_are_cut() -> None:
    assert len(read(b"x" * 10_000).message or "") == WORDS_LIMIT
    assert (
        len(
            read(
                b'<d:error xmlns:d="DAV:" xmlns:s="urn:s"><s:message>' + b"x" * 9999 + b"</s:message></d:error>"
            ).message
            or ""
        )
        == WORDS_LIMIT
    )


CHARSETS = [
    ("RFC 9110", "text/xml; charset=utf-8", "utf-8"),
    ("in quotes, as of Apache", 'text/xml; charset="utf-8"', "utf-8"),
    ("no blank, as of lighttpd", "application/xml;charset=utf-8", "utf-8"),
    ("pywebdav3 calls it encoding", 'text/xml; encoding="utf-8"', "utf-8"),
    ("none", "text/xml", None),
    ("no Content-Type, as of Tomcat's 207 to LOCK", "", None),
]


@pytest.mark.parametrize(("media", "charset"), [row[1:] for row in CHARSETS], ids=[row[0] for row in CHARSETS])
def test_charset_of(media: str, charset: str | None) -> None:
    headers = Headers.of([("Content-Type", media)] if media else [])
    assert Response(status=207, headers=headers).charset == charset


MEDIA = st.sampled_from(["", "text/html", "application/json", "text/xml; charset=utf-16", "text/plain; charset=rot13"])
STARTS = st.sampled_from(
    [
        b"",
        b"{",
        b'{"error":',
        b"[",
        b"<html",
        b"<D:error xmlns:D='DAV:'>",
        b"<multistatus>",
        b"\xff\xfe",
        b"<?xml version='1.0'?>",
    ]
)


@given(STARTS, st.binary(max_size=80), MEDIA)
def test_reading_never_fails(start: bytes, rest: bytes, media: str) -> None:
    assert isinstance(read(start + rest, media).kind, BodyKind)


def test_mod_dav_has_words_and_a_number_of_its_own() -> None:
    found = read(
        b'<?xml version="1.0" encoding="utf-8"?>\n<D:error xmlns:D="DAV:" xmlns:m="http://apache.org/dav/xmlns"'
        b' xmlns:C="svn:">\n<C:error/>\n<m:human-readable errcode="160035">\nPath \'/a\' is already\nlocked by user'
        b" 'bob'\n</m:human-readable>\n</D:error>"
    )
    assert found.message == "Path '/a' is already locked by user 'bob'"
    assert found.errcode == "160035"
    assert [entry.code for entry in found.preconditions] == ["{svn:}error"]
