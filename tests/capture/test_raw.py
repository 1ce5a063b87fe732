"""Raw HTTP: recordings of real servers, and what people and tools make of such recordings."""

import gzip
import zlib

import pytest

from davlock.capture.codings import DECODED_LIMIT
from davlock.capture.detect import CaptureKind, Supplement, read_capture
from davlock.capture.head import FIELD_LIMIT
from davlock.capture.raw import MESSAGE_LIMIT
from davlock.errors import LocalProtocolError, NoResponse
from davlock.protocol.message import Exchange, Response
from tests.capture.recordings import NAMES, recording, response_of

NOTHING = Supplement()


def only(data: bytes, supplement: Supplement = NOTHING) -> Exchange:
    capture = read_capture(data, supplement)
    assert len(capture.exchanges) == 1
    return capture.exchanges[0]


def answer(data: bytes, supplement: Supplement = NOTHING) -> Response:
    response = only(data, supplement).response
    assert response is not None
    return response


@pytest.mark.parametrize(
    ("name", "method", "url", "status", "reason", "fields", "length"),
    [
        ("apache-propfind-locked", "PROPFIND", "http://127.0.0.1:18701/g/f.txt", 207, "Multi-Status", 5, 1070),
        ("apache-put-locked-html", "PUT", "http://127.0.0.1:18701/g/f.txt", 423, "Locked", 5, 317),
        ("lighttpd-put-wrong-token", "PUT", "http://127.0.0.1:18710/g/f.txt", 423, "Locked", 5, 335),
        ("nginx-lock-conflict-no-reason", "LOCK", "http://127.0.0.1:18704/g/f.txt", 423, "", 4, 0),
        ("rclone-lock-conflict-text", "LOCK", "http://127.0.0.1:18712/g/f.txt", 423, "Locked", 4, 6),
        ("wsgidav-lock-conflict-xml", "LOCK", "http://127.0.0.1:18716/g/f.txt", 423, "Locked", 5, 172),
    ],
)
def test_recording_of_a_real_server(
    name: str, method: str, url: str, status: int, reason: str, fields: int, length: int
) -> None:
    capture = read_capture(recording(name), NOTHING)
    (exchange,) = capture.exchanges
    assert (capture.kind, capture.deviations) == (CaptureKind.EXCHANGE, ())
    assert (exchange.request.method, exchange.request.url) == (method, url)
    assert exchange.request.headers.complete
    response = exchange.response
    assert response is not None
    assert (response.status, response.reason, len(response.headers)) == (status, reason, fields)
    assert response.body == response_of(name).partition(b"\r\n\r\n")[2]
    assert len(response.body) == length
    assert not response.body_truncated


@pytest.mark.parametrize("name", NAMES)
def test_recording_whose_line_ends_were_changed_reads_the_same(name: str) -> None:
    as_sent = only(recording(name))
    changed = only(recording(name).replace(b"\r\n", b"\n"))
    assert changed.request == as_sent.request
    if as_sent.response is None:
        assert str(changed.outcome) == str(as_sent.outcome)
    else:
        assert changed.response == as_sent.response


def test_request_body_of_a_recording_has_no_line_end_that_the_recorder_added() -> None:
    body = only(recording("rclone-lock-conflict-text")).request.body
    assert isinstance(body, bytes)
    assert len(body) == 213
    assert body.endswith(b"</D:lockinfo>")


def test_chunks_are_undone() -> None:
    response = answer(recording("rclone-propfind-chunked"))
    assert response.body is not None
    assert response.body.startswith(b"<?xml")
    assert response.body.endswith(b"</D:multistatus>")
    assert not response.body_truncated


def test_recording_of_a_server_that_did_not_answer() -> None:
    exchange = only(recording("lighttpd-no-answer"))
    assert isinstance(exchange.outcome, NoResponse)
    assert str(exchange.outcome) == "http://127.0.0.1:18710/g/t.txt: no response in the capture"


@pytest.mark.parametrize(
    ("description", "data", "status", "reason"),
    [
        ("RFC 9112 §4", b"HTTP/1.1 423 Locked\r\n\r\n", 423, "Locked"),
        ("no reason phrase, and its space", b"HTTP/1.1 423 \r\n\r\n", 423, ""),
        ("no reason phrase, and no space", b"HTTP/1.1 423\n\n", 423, ""),
        ("HTTP/1.0", b"HTTP/1.0 423 Locked\n\n", 423, "Locked"),
        ("HTTP/2", b"HTTP/2 423\r\ndate: x\r\n\r\n", 423, ""),
        ("HTTP/2 as curl prints it", b"HTTP/2 423 \r\n\r\n", 423, ""),
        ("reason phrase in UTF-8", "HTTP/1.1 423 Verrouillé\r\n\r\n".encode(), 423, "Verrouillé"),
        ("reason phrase in ISO 8859-1", b"HTTP/1.1 423 Verrouill\xe9\r\n\r\n", 423, "Verrouillé"),
        ("a status outside RFC 9110", b"HTTP/1.1 999 Request denied\r\n\r\n", 999, "Request denied"),
        ("pseudo header field", b":status: 423\r\ndate: x\r\n\r\n", 423, ""),
        ("no blank line at the end", b"HTTP/1.1 423 Locked\r\nDate: x", 423, "Locked"),
        ("a byte order mark", b"\xef\xbb\xbfHTTP/1.1 423 Locked\n\n", 423, "Locked"),
        ("blank lines in front", b"\r\n\n  \nHTTP/1.1 423 Locked\n\n", 423, "Locked"),
        ("UTF-16, little endian", "\ufeffHTTP/1.1 423 Locked\r\n\r\n".encode("utf-16-le"), 423, "Locked"),
        ("UTF-16, big endian", "\ufeffHTTP/1.1 423 Locked\r\n\r\n".encode("utf-16-be"), 423, "Locked"),
    ],
)
def test_status_line(description: str, data: bytes, status: int, reason: str) -> None:
    response = answer(data)
    assert (response.status, response.reason) == (status, reason), description


@pytest.mark.parametrize(
    ("description", "lines", "expected", "deviations"),
    [
        ("as sent", b"A: 1\r\nB:2\r\n", [("A", "1"), ("B", "2")], 0),
        ("no value", b"Allow:\r\n", [("Allow", "")], 0),
        ("white space before the colon", b"A : 1\r\n", [("A", "1")], 0),
        ("folded", b"DAV: 1,\r\n\t2,\r\n  3\r\n", [("DAV", "1, 2, 3")], 1),
        ("no colon", b"garbage\r\nA: 1\r\nmore\r\n", [("A", "1")], 1),
        ("no name", b": 1\r\nA: 1\r\n", [("A", "1")], 1),
        ("bold, as curl writes it to a terminal", b"\x1b[1mA\x1b[0m: 1\r\n", [("A", "1")], 0),
        ("pseudo header field beside a status line", b":status: 423\r\nA: 1\r\n", [("A", "1")], 0),
        ("carriage returns doubled by a terminal", b"A: 1\r\r\nB: 2\r\r\n", [("A", "1"), ("B", "2")], 0),
        ("ISO 8859-1", b"A: \xe9\r\n", [("A", "é")], 0),
    ],
)
def test_header(description: str, lines: bytes, expected: list[tuple[str, str]], deviations: int) -> None:
    # Given a field first, for a message starts only where one follows its status line
    capture = read_capture(b"HTTP/1.1 423 Locked\r\nX: y\r\n" + lines + b"\r\n", NOTHING)
    response = capture.exchanges[-1].response
    assert response is not None
    assert list(response.headers) == [("X", "y"), *expected], description
    assert len(capture.deviations) == deviations


def test_junk_in_a_header_is_one_deviation() -> None:
    capture = read_capture(b"HTTP/1.1 423 Locked\nA: 1\n" + b"junk\n" * 5000, NOTHING)
    (deviation,) = capture.deviations
    assert (deviation.where, deviation.what) == ("header", "not a header line, skipped: 'junk' and 4999 more")


def test_header_without_an_end_is_bounded() -> None:
    response = answer(b"HTTP/1.1 423 Locked\n" + b"a: b\n" * (FIELD_LIMIT + 50))
    assert len(response.headers) == FIELD_LIMIT


def test_blank_line_lost_before_an_xml_body() -> None:
    capture = read_capture(b"HTTP/1.1 423 Locked\nServer: x\n<?xml version='1.0'?>\n<e/>\n", NOTHING)
    response = capture.exchanges[0].response
    assert response is not None
    assert response.body == b"<?xml version='1.0'?>\n<e/>\n"
    assert [deviation.where for deviation in capture.deviations] == ["message"]


@pytest.mark.parametrize(
    ("description", "head", "body", "expected", "truncated"),
    [
        ("as announced", b"Content-Length: 3\r\n", b"abc", b"abc", False),
        ("a line end was added", b"Content-Length: 3\r\n", b"abc\n", b"abc", False),
        ("the last line end was lost", b"Content-Length: 5\r\n", b"abc", b"abc", False),
        ("CR LF became LF", b"Content-Length: 9\r\n", b"a\nb\nc\n", b"a\nb\nc\n", False),
        ("LF became CR LF", b"Content-Length: 5\r\n", b"a\r\nb\r\nc", b"a\r\nb\r\nc", False),
        ("cut off", b"Content-Length: 100\r\n", b"abc", b"abc", True),
        ("longer than announced", b"Content-Length: 3\r\n", b"abcdef", b"abcdef", False),
        ("announced as nothing", b"Content-Length: 0\r\n", b"", b"", False),
        ("announced, and not captured", b"Content-Length: 3\r\n", b"", None, False),
        ("announced, and only a line end there", b"Content-Length: 30\r\n", b"\r\n", None, False),
        ("not announced, and nothing there", b"", b"", None, False),
        ("not announced", b"", b"abc\n", b"abc\n", False),
        ("Content-Length twice, the same", b"Content-Length: 3\r\nContent-Length: 3\r\n", b"abc\n", b"abc", False),
        ("Content-Length twice, not the same", b"Content-Length: 3, 4\r\n", b"abc\n", b"abc\n", False),
        ("Content-Length that is no number", b"Content-Length: many\r\n", b"abc\n", b"abc\n", False),
        ("CR LF became LF and text follows", b"Content-Length: 4\r\n", b"a\nb\nc\nd", b"a\nb\nc\nd", False),
        ("white space that is the body", b"Content-Length: 1\r\n", b"\n", b"\n", False),
        ("chunked, and not captured", b"Transfer-Encoding: chunked\r\n", b"", None, False),
        ("already out of its chunks", b"Transfer-Encoding: chunked\r\n", b"<a/>", b"<a/>", False),
        ("chunks", b"Transfer-Encoding: chunked\r\n", b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", b"abcde", False),
        ("chunks and a trailer", b"Transfer-Encoding: chunked\r\n", b"3\r\nabc\r\n0\r\nA: 1\r\n\r\n", b"abc", False),
        ("chunks with bare LF", b"Transfer-Encoding: chunked\r\n", b"3\nabc\n0\n\n", b"abc", False),
        ("chunks cut off in one", b"Transfer-Encoding: chunked\r\n", b"3\r\nabc\r\n9\r\nde", b"abcde", True),
        ("chunks cut off between two", b"Transfer-Encoding: chunked\r\n", b"3\r\nabc\r\n", b"abc", True),
        ("chunks with a wrong size", b"Transfer-Encoding: chunked\r\n", b"3\nabc\n2\ndef\n0\n\n", b"abc", True),
        ("no chunks: a number first", b"Transfer-Encoding: chunked\r\n", b"12\napples\n", b"12\napples\n", False),
        ("no chunks: a zero first", b"Transfer-Encoding: chunked\r\n", b"0\napples\n", b"0\napples\n", False),
        ("an empty chunked body", b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n", b"", False),
    ],
)
def test_body(description: str, head: bytes, body: bytes, expected: bytes | None, truncated: bool) -> None:
    response = answer(b"HTTP/1.1 423 Locked\r\n" + head + b"\r\n" + body)
    assert (response.body, response.body_truncated) == (expected, truncated), description


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_status_that_never_has_a_body(status: bytes) -> None:
    assert answer(b"HTTP/1.1 " + status + b"\r\nContent-Length: 7\r\n\r\n").body == b""


def test_head_never_has_a_body() -> None:
    data = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"
    assert answer(data, Supplement(method="HEAD")).body == b""
    assert answer(b"HEAD /f HTTP/1.1\r\nHost: h\r\n\r\n" + data).body == b""
    assert answer(data).body is None


def test_nothing_after_a_recorded_request_is_an_empty_body() -> None:
    assert answer(b"PUT /f HTTP/1.1\r\nHost: h\r\n\r\nHTTP/1.1 201 Created\r\nDate: x\r\n\r\n").body == b""


PLAIN = b"<D:error xmlns:D='DAV:'><D:lock-token-submitted/></D:error>" * 3


def test_gzip_is_undone_only_if_the_bytes_are_gzip() -> None:
    coded = gzip.compress(PLAIN)
    head = b"HTTP/1.1 423 Locked\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(coded)
    assert answer(head + coded).body == PLAIN
    response = answer(head + PLAIN)
    assert response.body == PLAIN
    # What was decoded already may be shorter than what went over the wire, and whole.
    assert not answer(head + b"<a/>").body_truncated


def test_gzip_within_chunks() -> None:
    coded = gzip.compress(PLAIN)
    head = b"HTTP/1.1 423 Locked\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    response = answer(head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(coded), coded))
    assert (response.body, response.body_truncated) == (PLAIN, False)


def test_gzip_cut_off_is_kept_as_far_as_it_goes() -> None:
    coded = gzip.compress(bytes(range(256)) * 40)
    capture = read_capture(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + coded[:-9], NOTHING)
    response = capture.exchanges[0].response
    assert response is not None
    assert response.body is not None
    assert (bytes(range(256)) * 40).startswith(response.body[:256])
    assert response.body_truncated
    assert [deviation.where for deviation in capture.deviations] == ["body"]


def test_deflate_is_undone_and_text_is_not() -> None:
    head = b"HTTP/1.1 423 Locked\r\nContent-Encoding: deflate\r\n\r\n"
    assert answer(head + zlib.compress(PLAIN)).body == PLAIN
    assert answer(head + PLAIN).body == PLAIN


def test_coding_that_nothing_undoes_makes_the_body_unknown() -> None:
    capture = read_capture(b"HTTP/1.1 423 Locked\r\nContent-Encoding: compress\r\n\r\n\x1f\x9d\x90\x00", NOTHING)
    response = capture.exchanges[0].response
    assert response is not None
    assert response.body is None
    assert not response.body_truncated
    assert [deviation.where for deviation in capture.deviations] == ["body"]


def test_decoded_body_is_bounded() -> None:
    coded = gzip.compress(b"\0" * (DECODED_LIMIT + 1), 1)
    response = answer(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + coded)
    assert response.body is not None
    assert len(response.body) == DECODED_LIMIT
    assert response.body_truncated


@pytest.mark.parametrize(
    ("description", "request_head", "supplement", "url"),
    [
        ("origin-form", b"LOCK /f HTTP/1.1\r\nHost: dav.example\r\n", NOTHING, "http://dav.example/f"),
        ("port 443", b"LOCK /f HTTP/1.1\r\nHost: dav.example:443\r\n", NOTHING, "https://dav.example:443/f"),
        ("absolute-form", b"LOCK https://dav.example/f HTTP/1.1\r\nHost: p\r\n", NOTHING, "https://dav.example/f"),
        ("password", b"LOCK https://u:p@dav.example/f HTTP/1.1\r\nHost: p\r\n", NOTHING, "https://dav.example/f"),
        ("asterisk-form", b"OPTIONS * HTTP/1.1\r\nHost: dav.example\r\n", NOTHING, "http://dav.example"),
        ("authority-form", b"CONNECT dav.example:443 HTTP/1.1\r\nHost: dav.example:443\r\n", NOTHING, ""),
        ("no Host", b"LOCK /f HTTP/1.1\r\nAccept: */*\r\n", NOTHING, ""),
        ("spaces", b"LOCK /a b HTTP/1.1\r\nHost: dav.example\r\n", NOTHING, "http://dav.example/a b"),
        ("no slash", b"LOCK f HTTP/1.1\r\nHost: dav.example\r\n", NOTHING, "http://dav.example/f"),
        (
            "the person knows the origin better",
            b"LOCK /f HTTP/1.1\r\nHost: backend:8080\r\n",
            Supplement(url="https://u:p@dav.example/other"),
            "https://dav.example/f",
        ),
        (
            "HTTP/2",
            b":method: LOCK\r\n:path: /f\r\n:authority: dav.example\r\n:scheme: https\r\nDepth: 0\r\n",
            NOTHING,
            "https://dav.example/f",
        ),
    ],
)
def test_url(description: str, request_head: bytes, supplement: Supplement, url: str) -> None:
    exchange = only(request_head + b"\r\nHTTP/1.1 423 Locked\r\n\r\n", supplement)
    assert exchange.request.url == url, description
    assert exchange.request.method in ("LOCK", "OPTIONS", "CONNECT")
    assert exchange.status == 423


@pytest.mark.parametrize(
    ("description", "length", "body", "expected"),
    [
        ("as announced, response at once", b"3", b"abc", b"abc"),
        ("as announced, a line end added", b"3", b"abc\r\n", b"abc"),
        ("CR LF became LF", b"9", b"a\nb\nc\n\n", b"a\nb\nc\n"),
        ("shorter than announced", b"99", b"abc\n", b"abc"),
        ("longer than announced", b"2", b"abc\n", b"abc"),
        ("announced and not captured", b"5", b"", None),
        ("a line that is no status line", b"18", b"HTTP/1.1 200 OK</s>\n", b"HTTP/1.1 200 OK</s>"),
    ],
)
def test_request_body(description: str, length: bytes, body: bytes, expected: bytes | None) -> None:
    head = b"PUT /f HTTP/1.1\r\nHost: h\r\nContent-Length: " + length + b"\r\n\r\n"
    exchange = only(head + body + b"HTTP/1.1 423 Locked\r\nContent-Length: 1\r\n\r\nx")
    assert exchange.request.body == expected, description
    assert exchange.response is not None
    assert exchange.response.body == b"x"


def test_request_body_without_content_length_ends_at_the_response() -> None:
    exchange = only(b"LOCK /f HTTP/2\nHost: h\n\n<lockinfo/>\n\nHTTP/2 423\ndate: x\n\n")
    assert exchange.request.body == b"<lockinfo/>\n"


def test_body_that_quotes_a_status_line_stays_whole() -> None:
    body = b"<status>\nHTTP/1.1 423 Locked\n</status>"
    assert answer(b"HTTP/1.1 207 Multi-Status\r\nDate: x\r\n\r\n" + body).body == body


def test_body_that_quotes_a_whole_response_stays_whole_where_its_length_is_right() -> None:
    body = b"see:\nHTTP/1.1 423 Locked\nServer: x\n\n"
    data = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    assert answer(data).body == body


def test_exchanges_that_tell_one_story() -> None:
    data = (
        b"LOCK /f HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n<a>"
        b"HTTP/1.1 100 Continue\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<ok>"
        b"PUT /f HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx\r\n"
        b"HTTP/1.1 423 Locked\r\nContent-Length: 0\r\n\r\n"
        b"UNLOCK /f HTTP/1.1\r\nHost: h\r\n\r\n"
        b"PROPFIND /f HTTP/1.1\r\nHost: h\r\n\r\n"
        b"HTTP/1.1 102 Processing\r\n\r\n"
    )
    capture = read_capture(data, NOTHING)
    assert [(each.request.method, each.status) for each in capture.exchanges] == [
        ("LOCK", 100),
        ("LOCK", 200),
        ("PUT", 423),
        ("UNLOCK", None),
        ("PROPFIND", 102),
        ("PROPFIND", None),
    ]
    assert capture.exchanges[1].response is not None
    assert capture.exchanges[1].response.body == b"<ok>"


def test_too_many_messages_are_refused() -> None:
    with pytest.raises(LocalProtocolError, match="messages"):
        read_capture(b"HTTP/1.1 204 No Content\n\n" * (MESSAGE_LIMIT + 1), NOTHING)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Authorization", "Basic (hidden)"),
        ("cookie", "(hidden)"),
        ("Proxy-Authorization", "Basic (hidden)"),
        ("X-Auth-Token", "(hidden)"),
    ],
)
def test_secrets_are_never_kept(name: str, shown: str) -> None:
    head = f"LOCK /f HTTP/1.1\r\nHost: h\r\n{name}: Basic c2VjcmV0\r\n\r\nHTTP/1.1 423 Locked\r\n\r\n"
    assert only(head.encode()).request.headers.get(name) == shown


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"Set-Cookie: oc_sessionPassphrase=secret; path=/", "oc_sessionPassphrase=(hidden); path=/"),
        (b"Set-Cookie: secret", "(hidden)"),
        (b"Location: https://alice:secret@dav.example/f", "https://dav.example/f"),
    ],
)
def test_secrets_of_a_response_are_never_kept(line: bytes, expected: str) -> None:
    ((_, value),) = answer(b"HTTP/1.1 302 Found\r\n" + line + b"\r\n\r\n").headers
    assert value == expected
