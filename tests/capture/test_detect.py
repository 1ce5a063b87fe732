"""Which kind a capture is, and that everything else is refused in one way."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from davlock.capture import detect
from davlock.capture.detect import CAPTURE_LIMIT, Capture, CaptureKind, Supplement, read_capture
from davlock.errors import LocalProtocolError
from tests.capture.recordings import recording, response_of

NOTHING = Supplement()
METER = b"""\
  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current
                                 Dload  Upload   Total   Spent    Left  Speed
\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0\r\
100  1159  100  1159    0     0   489k      0 --:--:-- --:--:-- --:--:--  565k
"""


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (CaptureKind.EXCHANGE, recording("apache-put-locked-html")),
        (CaptureKind.RESPONSE, response_of("apache-put-locked-html")),
        (CaptureKind.RESPONSE, b"HTTP/1.1 204 No Content\r\n\r\n"),
        (CaptureKind.RESPONSE, METER + response_of("apache-propfind-locked")),
        (
            CaptureKind.RESPONSE,
            b"alice@host:~$ curl -i https://dav.example/f\n" + response_of("apache-propfind-locked"),
        ),
        (CaptureKind.RESPONSE, b"Warning: careful\n\n" + response_of("apache-propfind-locked")),
        (CaptureKind.CURL_INCLUDE, b"HTTP/1.1 100 Continue\r\n\r\n" + response_of("apache-put-locked-html")),
        (CaptureKind.CURL_DUMP_HEADER, b"HTTP/1.1 423 Locked\r\nContent-Length: 9\r\n\r\n"),
        (CaptureKind.CURL_DUMP_HEADER, b"HTTP/1.1 401 No\r\nContent-Length: 9\r\n\r\nHTTP/2 423\r\ndate: x\r\n\r\n"),
        (CaptureKind.CURL_VERBOSE, b"> GET / HTTP/1.1\n> Host: h\n>\n< HTTP/1.1 200 OK\n<\nhello\n"),
        (CaptureKind.CURL_VERBOSE, b"< HTTP/1.1 200 OK\n<\nhello\n"),
        (CaptureKind.HAR, b'{"log": {"entries": [{"request": {}}]}}'),
        (CaptureKind.HAR, b'\xef\xbb\xbf \n{"log": {"entries": [{"request": {}}]}}'),
        (CaptureKind.HAR, '\ufeff{"log": {"entries": [{"request": {}}]}}'.encode("utf-16-le")),
    ],
)
def test_kind(kind: CaptureKind, data: bytes) -> None:
    capture = read_capture(data, NOTHING)
    assert capture.kind is kind
    assert capture.exchanges


def test_utf_16_is_told() -> None:
    data = "\ufeffHTTP/1.1 423 Locked\r\n\r\n".encode("utf-16-le")
    assert [deviation.where for deviation in read_capture(data, NOTHING).deviations] == ["capture"]


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "an empty file"),
        (b"\r\n \n", "an empty file"),
        (b"{}", "JSON without log.entries"),
        (b'{"log": []}', "JSON without log.entries"),
        (b'{"log": {"entries"', "JSON without log.entries"),
        (b'{"log": ' + b"[" * 200_000, "JSON without log.entries"),
        (b'{"log": {"entries": ' + b"9" * 10_000 + b"}}", "JSON without log.entries"),
        (b"<?xml version='1.0'?><D:error xmlns:D='DAV:'/>", "a body without"),
        (b"HTTP/1.1 Locked\r\n\r\n", "what begins with 'HTTP/1.1 Locked'"),
        (b"Dear Sir,\nnothing is locked here\n\n", "what begins with 'Dear Sir,'"),
    ],
)
def test_no_capture(data: bytes, what: str) -> None:
    with pytest.raises(LocalProtocolError) as caught:
        read_capture(data, NOTHING)
    assert caught.value.what.startswith(what)
    assert caught.value.what.endswith("is not a capture davlock can read")
    for kind in (
        "raw HTTP response",
        "request",
        "curl -i",
        "curl -v",
        "curl -D",
        "HAR 1.2",
        "log lines",
        "exceptions",
        "--formats",
    ):
        assert kind in caught.value.hint


def test_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    assert CAPTURE_LIMIT == 64 * 1024 * 1024
    monkeypatch.setattr(detect, "CAPTURE_LIMIT", 10)
    with pytest.raises(LocalProtocolError, match="too large"):
        read_capture(b"HTTP/1.1 200 OK\r\n\r\n", NOTHING)


def read_or_refuse(data: bytes) -> Capture | None:
    try:
        return read_capture(data, NOTHING)
    except LocalProtocolError:
        return None


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    read_or_refuse(data)


_LINES = rb"""
HTTP/1.1 423 Locked|HTTP/2 200|LOCK /f HTTP/1.1|LOCK http://[x HTTP/1.1|:status: 423|:method: GET|Host: h|3|abc|0|
Content-Length: 3|Content-Length: 99999999999999999999|Transfer-Encoding: chunked|Content-Encoding: gzip|Location: //[|
Content-Encoding: br, deflate|> LOCK /f HTTP/1.1|> Host: h|>|< HTTP/1.1 423 Locked|< Content-Length: 3|<| folded|
* Connection #0 x|{ [5 bytes data]|curl: (28) Timed out|<a/>* Closing connection"""
_SCRAPS = st.sampled_from([*_LINES.replace(b"\n", b"").split(b"|"), b"", b"\x1f\x8b\x08\x00", b"\xff\xfe"])


@pytest.mark.long
@settings(max_examples=500, deadline=None)
@given(st.lists(st.one_of(_SCRAPS, st.binary(max_size=8)), max_size=14), st.sampled_from([b"\n", b"\r\n", b"\r\r\n"]))
def test_any_lines(lines: list[bytes], line_end: bytes) -> None:
    capture = read_or_refuse(line_end.join(lines))
    if capture is not None:
        assert capture.exchanges
        last = capture.exchanges[-1].status
        assert last is None or last >= 200


_WORDS = """request response method url headers name value status statusText content text size encoding postData params
bodySize time startedDateTime _error"""
_KEYS = st.sampled_from(_WORDS.split())
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["base64", "gzip"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=5),
    max_leaves=12,
)


@pytest.mark.long
@settings(max_examples=300, deadline=None)
@given(st.lists(st.fixed_dictionaries({"request": _JSON, "response": _JSON}), max_size=2) | _JSON)
def test_any_har(entries: object) -> None:
    read_or_refuse(json.dumps({"log": {"entries": entries}}).encode())
