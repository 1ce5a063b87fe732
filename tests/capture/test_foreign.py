"""What is no capture, or one with additions: as the tools print it."""

import pytest

from davlock.capture.detect import CaptureKind, Supplement, read_capture
from davlock.errors import LocalProtocolError

NOTHING = Supplement()

FOREIGN: list[tuple[str, bytes, str, str]] = [
    (
        "curl --trace-ascii",
        b"== Info:   Trying 127.0.0.1:80...\n=> Send header, 9 bytes (0x9)\n",
        "curl --trace",
        "-sv",
    ),
    ("the same with --trace-time", b"10:20:30.123456 => Send header, 9 bytes (0x9)\n", "curl --trace", "curl -sv"),
    ("copy as cURL", b"curl 'https://dav.example/f' \\\n  -X 'PUT'", "a curl command", "curl -sv"),
    ("copy as fetch", b'fetch("https://dav.example/f", {\n', "a command", "curl -sv"),
    ("copy as PowerShell", b'Invoke-WebRequest -UseBasicParsing -Uri "https://h/"', "a command", "curl -sv"),
    ("tcpdump -w", b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00", "a packet capture", "HTTP Stream"),
    ("dumpcap", b"\n\r\r\n\x1c\x00\x00\x00M<+\x1a\x01\x00", "a packet capture", "HTTP Stream"),
    ("a screenshot", b"\x89PNG\r\n\x1a\n", "a picture", "curl -i"),
    ("Fiddler's archive", b"PK\x03\x04\x14\x00", "an archive", "HAR"),
    ("gzip", b"\x1f\x8b\x08\x00", "a compressed file", "unpack"),
    ("Charles", b'[ {\n "status": "COMPLETE",\n', "a session file of Charles", "HAR"),
    ("mitmdump -w", b"1945:9:websocket;0:~8:response;566:6:reason,", "a flow file of mitmproxy", "--set hardump="),
    ("Internet Explorer", b'<?xml version="1.0"?>\n<log><version>1.2</version>', "a HAR as XML", "another browser"),
    (
        "a HAR that was cut off",
        b'{"log": {"version": "1.2", "entries": [{"request": ',
        "a HAR file that is cut off",
        "again",
    ),
]


SHOWN: list[tuple[str, bytes, int]] = [
    ("wget -S", b"--2026-11-22 16:46:14--  http://h/f\nHTTP request sent... \n  HTTP/1.1 423 Locked\n", 423),
    ("PowerShell", b"\r\nStatusCode        : 207\r\nStatusDescription : Multi-Status\r\n", 207),
    ("its error", b"Invoke-WebRequest : The remote server returned an error: (423) Locked.", 423),
    ("PowerShell's > file", b"\xff\xfe" + "StatusCode : 423".encode("utf-16-le"), 423),
]


@pytest.mark.parametrize(("description", "data", "status"), SHOWN, ids=[case[0] for case in SHOWN])
def test_what_a_console_shows_of_an_answer_is_read_for_its_status(description: str, data: bytes, status: int) -> None:
    exchange = read_capture(data, NOTHING).exchanges[-1]
    assert exchange.status == status, description
    assert not exchange.request.headers.complete


@pytest.mark.parametrize(("description", "data", "what", "hint"), FOREIGN, ids=[case[0] for case in FOREIGN])
def test_named_with_what_to_record_instead(description: str, data: bytes, what: str, hint: str) -> None:
    with pytest.raises(LocalProtocolError) as caught:
        read_capture(data, NOTHING)
    assert what in caught.value.what, description
    assert caught.value.what.endswith("is not a capture davlock can read")
    assert hint in caught.value.hint


PLAIN = (
    b"PUT /f HTTP/1.1\r\nContent-Length: 3\r\nHost: dav.example\r\nUser-Agent: HTTPie/3.2.4\r\n\r\nabc\n\n\n"
    b"HTTP/1.1 423 Locked\r\nContent-Length: 4\r\nContent-Type: application/xml\r\n\r\n<e/>\n"
)


@pytest.mark.parametrize(
    ("description", "data"),
    [
        ("http -v", PLAIN),
        ("http -vv", PLAIN.rstrip(b"\n") + b"\n\n\nElapsed time: 0.003095187s\n"),
        (
            "http -v --pretty=all",
            PLAIN.replace(b"PUT /f HTTP", b"\x1b[32mPUT\x1b[39;49;00m \x1b[04m\x1b[36m/f\x1b[39;49;00m \x1b[34mHTTP")
            .replace(b"423", b"\x1b[34m423\x1b[39;49;00m")
            .replace(b"Host:", b"\x1b[36mHost\x1b[39;49;00m:")
            .replace(b"<e/>", b"<\x1b[94me\x1b[39;49;00m/>"),
        ),
        ("curl -w at the end", PLAIN.rstrip(b"\n") + b"423"),
    ],
)
def test_what_a_tool_adds_is_taken_away(description: str, data: bytes) -> None:
    capture = read_capture(data, NOTHING)
    assert capture.kind is CaptureKind.EXCHANGE, description
    (exchange,) = capture.exchanges
    assert (exchange.request.method, exchange.request.url, exchange.status) == ("PUT", "http://dav.example/f", 423)
    assert exchange.response is not None
    assert (exchange.response.body or b"").strip() == b"<e/>"


def test_a_body_that_httpie_does_not_show_is_unknown() -> None:
    note = (
        b"+-----------------------------------------+\n"
        b"| NOTE: binary data not shown in terminal |\n"
        b"+-----------------------------------------+\n"
    )
    (exchange,) = read_capture(PLAIN.replace(b"abc\n\n\n", note + b"\n\n"), NOTHING).exchanges
    assert exchange.request.body is None
    assert exchange.status == 423


def test_colours_in_a_body_are_its_own() -> None:
    """Only what a tool coloured from its first line on is made plain."""
    (exchange,) = read_capture(b"HTTP/1.1 423 Locked\r\n\r\n\x1b[31mred", NOTHING).exchanges
    assert exchange.response is not None
    assert exchange.response.body == b"\x1b[31mred"
