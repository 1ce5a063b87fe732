"""Readers of XML bodies, and of what else stands in the body of an answer."""

from contextlib import suppress

from davlock.errors import LimitExceeded, RemoteProtocolError
from davlock.protocol.coding import PIECE, decoder_for
from davlock.protocol.content import ContentReader, read_content
from davlock.protocol.fragment import read_locks, read_multistatus
from davlock.protocol.lockdiscovery import parse_lock_answer
from davlock.protocol.message import Exchange, Headers, Request, Response
from davlock.protocol.multistatus import MultistatusParser, ResponseElement
from davlock.protocol.precondition import read_answer
from davlock.protocol.web_page import page_instead
from tests.attack.fuzz.reader import Reader, expect
from tests.attack.fuzz.seeds import bodies, codings, responses
from tests.attack.xml_documents import GOOD
from tests.protocol.test_scan import FORMS

URL = "https://dav.example/a/b"

_WORDS = (
    *(b"<D:response>", b"</D:response>", b"<D:prop>", b"<D:propstat>", b"<D:href>/a</D:href>", b"<D:activelock>"),
    *(
        b"<D:lockdiscovery/>",
        b"<D:status>HTTP/1.1 200 OK</D:status>",
        b' xmlns:D="DAV:"',
        b' xmlns="DAV:"',
        b' xmlns=""',
    ),
    *(
        b"<!ENTITY e SYSTEM '/etc/passwd'>",
        b"<!DOCTYPE x [",
        b"]>",
        b"&e;",
        b"<![CDATA[",
        b"]]>",
        b"<?x ?>",
        b"<!---->",
    ),
    *(
        b'<?xml version="1.0" encoding="utf-16"?>',
        b"Second-",
        b"<a>",
        b"</a>",
        b"<x:a/>",
        b"<D:multistatus>",
        b"%2e%2e",
    ),
)


def _xml(data: bytes) -> None:
    whole = read_content(data, URL)
    step = 1 + len(data) // 7
    reader = ContentReader(URL)
    for start in range(0, len(data), step):
        reader.feed(data[start : start + step])
    pieces = reader.close()
    expect("a body in pieces says the same", pieces.multistatus == whole.multistatus)
    # Of a body that is wrong in two ways, the pieces decide which of them is met first.
    expect("a body in pieces has trouble, too", (pieces.trouble is None) is (whole.trouble is None))
    expect("a body is a multistatus, or there is trouble", (whole.multistatus is None) == (whole.trouble is not None))


_OPENING, _ENDING = b'<D:multistatus xmlns:D="DAV:">', b"</D:multistatus>"


def _scan(data: bytes) -> None:
    """Responses without the multistatus around them. Any other element before them has all of it read as XML."""
    with suppress(LimitExceeded):  # the bounds of one element are the parser's
        by_forms, as_xml = (_scanned(_OPENING + first + data + _ENDING) for first in (b"", b'<x xmlns="urn:x"/>'))
        expect("a known form says what its elements say", by_forms == as_xml)


def _scanned(body: bytes) -> tuple[object, ...] | None:
    seen: list[ResponseElement] = []
    passed: list[str] = []
    parser = MultistatusParser(URL, seen.append, properties=False, collections=True)
    parser.passing_over = passed.append
    try:
        for start in range(0, len(body), 1000):
            parser.feed(body[start : start + 1000])
        parser.close()
    except LimitExceeded:
        raise
    except RemoteProtocolError:
        return None
    return parser.free, passed, seen, parser.deviations


def _forms() -> list[bytes]:
    return [form.replace("TEXT", "a").encode() * 4 for form in FORMS.values()]


def _fragments(data: bytes) -> None:
    with suppress(RemoteProtocolError):
        read_multistatus(data, URL, lambda response: None)
    with suppress(RemoteProtocolError):
        read_locks(data, URL)
    with suppress(RemoteProtocolError):
        parse_lock_answer(data, URL)


def _answer(data: bytes) -> None:
    """A line for Content-Type, then the body."""
    media, _, body = data.partition(b"\n")
    headers = Headers.of((("Content-Type", media.decode("latin-1")),))
    for status in (423, 207, 200):
        response = Response(status=status, headers=headers, body=body)
        answer = read_answer(response, URL)
        expect("a quote is short", len(answer.error.quote or "") <= 300)
        page_instead(Exchange(request=Request(method="PROPFIND", url=URL), outcome=response))


def _coding(data: bytes) -> None:
    """A line for Content-Encoding, then the coded body."""
    names, _, body = data.partition(b"\n")
    decoder = decoder_for(names.decode("latin-1"))
    total = 0
    for start in range(0, len(body), 5000):
        for piece in decoder.feed(body[start : start + 5000]):
            expect("a piece is small", len(piece) <= PIECE)
            total += len(piece)
            if total > 4_000_000:
                return
    decoder.close()


def _truncation(data: bytes) -> None:
    """The first two bytes say where a good document ends too early, the third which document it is."""
    number = int.from_bytes(data[:2], "big")
    body = GOOD[data[2] % len(GOOD) if len(data) > 2 else 0].encode()
    end = number % len(body)
    cut = body[:end]
    content = read_content(cut, URL)
    expect("a body that ends too early is no document", content.root is None and content.trouble is not None)
    responses: list[ResponseElement] = []
    parser = MultistatusParser(URL, responses.append)
    try:
        parser.feed(cut)
        parser.close()
    except RemoteProtocolError:
        pass
    else:
        expect("a multistatus that ends too early is refused", False)
    for read in (read_locks, parse_lock_answer):
        try:
            read(cut, URL)
        except RemoteProtocolError:
            continue
        expect("locks that end too early are refused", False)


def _cuts() -> tuple[bytes, ...]:
    """Every place in every document."""
    return tuple(
        end.to_bytes(2, "big") + bytes((number,))
        for number, body in enumerate(GOOD)
        for end in range(len(body.encode()))
    )


def _typed_bodies() -> tuple[bytes, ...]:
    answers = (response.partition(b"\r\n\r\n") for response in responses())
    typed = [b"application/xml; charset=utf-8\n" + body for _, _, body in answers if body][:200]
    return (
        *typed,
        b'application/json\n{"error": {"code": "locked", "message": "it is", "innerError": {"code": "x"}}}',
        b'application/problem+json\n{"title": "Locked", "status": 423, "detail": "by alice"}',
        b"text/html\n<html><head><title>Sign in</title></head><body><form action='/login'></body></html>",
        b"text/plain\nThe file is locked.",
    )


READERS = (
    Reader(
        name="xml", read=_xml, seeds=lambda: (*bodies(), *(text.encode() for text in GOOD)), words=_WORDS, count=150_000
    ),
    Reader(
        name="fragments",
        read=_fragments,
        seeds=lambda: (*bodies(), *(text.encode() for text in GOOD)),
        words=_WORDS,
        count=100_000,
    ),
    Reader(
        name="answers",
        read=_answer,
        seeds=_typed_bodies,
        words=(
            *_WORDS,
            b"<title>",
            b"<script>",
            b"</script>",
            b"<h1>",
            b"{",
            b'{"error":',
            b'"message":"',
            b"charset=",
        ),
        count=150_000,
    ),
    Reader(
        name="content codings",
        read=_coding,
        seeds=codings,
        refuses=(RemoteProtocolError,),
        words=(b"gzip, ", b"deflate", b"br", b"identity", b"\x1f\x8b\x08\x00", b"\x78\x9c", b"\0" * 64),
        count=150_000,
        longest=4096,
    ),
    Reader(name="scan", read=_scan, seeds=_forms, words=_WORDS, count=150_000, longest=16 * 1024),
    Reader(name="truncation", read=_truncation, seeds=_cuts, count=60_000, longest=3, growth=False),
)
