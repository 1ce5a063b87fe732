"""What curl 7.88 printed against WsgiDAV, and variations of it that other versions and terminals make."""

import pytest

from davlock.capture.detect import CaptureKind, Supplement, read_capture
from davlock.capture.raw import MESSAGE_LIMIT
from davlock.errors import LocalProtocolError, NoResponse, NoResponseKind
from davlock.protocol.message import Exchange, Response

NOTHING = Supplement()

ASKED = b"""\
*   Trying 127.0.0.1:18999...
* Connected to 127.0.0.1 (127.0.0.1) port 18999 (#0)
* Server auth using Basic with user 'alice'
> LOCK /f.txt HTTP/1.1\r
> Host: 127.0.0.1:18999\r
> Authorization: Basic YWxpY2U6cHc=\r
> User-Agent: curl/7.88.1\r
> Content-Length: 138\r
> \r
} [138 bytes data]
"""
HEADER = b"""\
HTTP/1.1 423 Locked\r
Content-Type: application/xml; charset=utf-8\r
Content-Length: 170\r
Server: Cheroot/11.1.2\r
\r
"""
ANSWERED = b"".join(b"< " + line for line in HEADER.splitlines(keepends=True))
BODY = b"""\
<?xml version='1.0' encoding='UTF-8'?>
<ns0:error xmlns:ns0="DAV:">
  <ns0:no-conflicting-lock>
    <ns0:href>/f.txt</ns0:href>
  </ns0:no-conflicting-lock>
</ns0:error>
"""
LEFT = b"* Connection #0 to host 127.0.0.1 left intact\n"
DATA = b"{ [170 bytes data]\n"
METER = (
    b"  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n"
    b"                                 Dload  Upload   Total   Spent    Left  Speed\n"
    b"\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0"
)
METER_END = b"\r100   308  100   170  100   138  36908  29960 --:--:-- --:--:-- --:--:-- 66868\n"

CHALLENGE = b"""\
> LOCK /f.txt HTTP/1.1\r
> Host: 127.0.0.1:18999\r
> Content-Length: 0\r
> \r
< HTTP/1.1 401 Not Authorized\r
< WWW-Authenticate: Digest realm="/", nonce="x"\r
< Content-Length: 139\r
< \r
* Ignoring the response-body
{ [139 bytes data]
* Issue another request to this URL: 'http://127.0.0.1:18999/f.txt'
"""


def included(bold: bool) -> bytes:
    """``-v`` and ``-i`` to a terminal: each line of the header twice."""
    lines = []
    for line in HEADER.splitlines(keepends=True):
        name, colon, value = line.partition(b":")
        lines += [b"< " + line, b"\x1b[1m" + name + b"\x1b[0m:" + value if colon and bold else line]
    return b"".join(lines)


def last(data: bytes, supplement: Supplement = NOTHING) -> tuple[Exchange, Response]:
    capture = read_capture(data, supplement)
    assert capture.kind is CaptureKind.CURL_VERBOSE
    response = capture.exchanges[-1].response
    assert response is not None
    return capture.exchanges[-1], response


@pytest.mark.parametrize(
    ("description", "data"),
    [
        ("curl -sv 2>&1", ASKED + ANSWERED + DATA + LEFT + BODY),
        ("the body before the last remark", ASKED + ANSWERED + BODY + LEFT),
        ("a blank line after the body", ASKED + ANSWERED + BODY + b"\n" + LEFT),
        ("with a meter", METER + ASKED + ANSWERED + DATA + METER_END + LEFT + BODY),
        ("curl -vi, in blocks", ASKED + ANSWERED + DATA + LEFT + HEADER + BODY),
        ("curl -vi, stdout first", HEADER + BODY + ASKED + ANSWERED + DATA + LEFT),
        ("curl -v, stdout first", BODY + ASKED + ANSWERED + DATA + LEFT),
        ("curl -vi, line by line", ASKED + included(bold=False) + BODY + LEFT),
        ("curl -vi, in a terminal", ASKED + included(bold=True) + BODY + LEFT),
        ("a prompt", b"alice@host:~$ curl -v -X LOCK https://dav.example/f\n" + ASKED + ANSWERED + BODY + LEFT),
        ("script(1)", b"Script started on x\n" + ASKED + ANSWERED + BODY + LEFT + b"Script done on x\n"),
        ("spaces at line ends lost", (ASKED + ANSWERED).replace(b" \r\n", b"\n") + BODY + LEFT),
        (
            "--trace-time --trace-ids",
            b"".join(
                b"10:20:30.123456 [0-0] " + line for line in (ASKED + ANSWERED + DATA + LEFT).splitlines(keepends=True)
            )
            + BODY,
        ),
        ("curl -vi of two responses", CHALLENGE + ASKED + ANSWERED + LEFT + b"HTTP/1.1 401 No\r\n\r\n" + HEADER + BODY),
        ("curl -vi with other responses", ASKED + ANSWERED + LEFT + b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n" + HEADER + BODY),
    ],
)
def test_transcript(description: str, data: bytes) -> None:
    exchange, response = last(data)
    request = exchange.request
    assert (request.method, request.url) == ("LOCK", "http://127.0.0.1:18999/f.txt"), description
    assert request.headers.get("Authorization") == "Basic (hidden)"
    assert (len(request.headers), request.headers.complete, request.body) == (4, True, None)
    assert (response.status, response.reason, len(response.headers)) == (423, "Locked", 3)
    assert response.body == BODY, description
    assert not response.body_truncated


def test_terminal_that_doubled_carriage_returns() -> None:
    data = (ASKED + included(bold=True) + BODY + LEFT).replace(b"\n", b"\r\n")
    _, response = last(data)
    assert response.body == BODY.replace(b"\n", b"\r\n")


def test_401_then_423() -> None:
    capture = read_capture(CHALLENGE + ASKED + ANSWERED + LEFT + BODY, NOTHING)
    first, second = (each.response for each in capture.exchanges)
    assert first is not None
    assert second is not None
    assert (first.status, first.body) == (401, None)
    assert (second.status, second.body) == (423, BODY)
    assert capture.exchanges[0].request.body == b""


def test_included_responses_that_are_not_those_of_the_transcript() -> None:
    _, response = last(ASKED + ANSWERED + LEFT + HEADER.replace(b"423 Locked", b"200 OK") + BODY)
    assert response.body is None


def test_without_the_body() -> None:
    _, response = last(ASKED + ANSWERED + DATA + LEFT)
    assert response.body is None


def test_body_that_curl_v_never_shows_comes_from_the_person() -> None:
    exchange, _ = last(ASKED + ANSWERED, Supplement(request_body=b"<lockinfo/>", url="https://dav.example/x"))
    assert exchange.request.body == b"<lockinfo/>"
    assert exchange.request.url == "https://dav.example/f.txt"


def test_100_continue() -> None:
    interim = b"< HTTP/1.1 100 Continue\r\n< \r\n"
    capture = read_capture(ASKED + interim + ANSWERED + LEFT + BODY, NOTHING)
    assert [each.status for each in capture.exchanges] == [100, 423]
    assert capture.exchanges[-1].response is not None
    assert capture.exchanges[-1].response.body == BODY


@pytest.mark.parametrize(
    "remark",
    [
        "* SSL connection using TLSv1.3 / TLS_AES_256_GCM_SHA384",
        "* ALPN: server accepted h2",
        "* [HTTP/2] [1] OPENED stream for https://dav.example/f",
    ],
)
def test_tls_makes_it_https(remark: str) -> None:
    data = f"{remark}\n> LOCK /f HTTP/1.1\n> Host: dav.example\n>\n< HTTP/1.1 204 \n< \n"
    exchange, response = last(data.encode())
    assert exchange.request.url == "https://dav.example/f"
    assert (exchange.request.body, response.body) == (b"", b"")


@pytest.mark.parametrize(
    ("remark", "version", "scheme"),
    [
        ("* Connected to dav.example (192.0.2.7) port 443 (#0)", "HTTP/2", "https"),
        ("* Connected to dav.example (192.0.2.7) port 443", "HTTP/1.1", "https"),
        ("* Established connection to dav.example (192.0.2.7 port 443) from 192.0.2.9 port 50222", "HTTP/1.1", "https"),
        ("* Connected to dav.example (192.0.2.7) port 80 (#0)", "HTTP/1.1", "http"),
        ("* Connected to dav.example (192.0.2.7) port 80 (#0)", "HTTP/2", "http"),
        ("* Connected to dav.example (192.0.2.7) port 4430", "HTTP/1.1", "http"),
        ("* Re-using existing connection with host dav.example", "HTTP/2", "https"),
        ("* Re-using existing connection with host dav.example", "HTTP/3", "https"),
        ("* Re-using existing connection with host dav.example", "HTTP/1.1", "http"),
        ("* [HTTP/2] [1] OPENED stream for http://dav.example/f", "HTTP/2", "http"),
        ("* h2h3 [:scheme: https]", "HTTP/2", "https"),
    ],
)
def test_the_scheme_where_the_lines_on_tls_were_cut_out(remark: str, version: str, scheme: str) -> None:
    data = f"{remark}\n> PUT /f {version}\n> Host: dav.example\n> \n< {version} 423\n< \n"
    (exchange,) = read_capture(data.encode(), NOTHING).exchanges
    assert exchange.request.url == f"{scheme}://dav.example/f"


def test_an_absolute_target_tells_its_own_scheme() -> None:
    data = (
        b"* Connected to proxy.example (192.0.2.7) port 443\n> PUT http://dav.example/f HTTP/1.1\n"
        b"> Host: dav.example\n> \n< HTTP/1.1 423 Locked\n< \n"
    )
    (exchange,) = read_capture(data, NOTHING).exchanges
    assert exchange.request.url == "http://dav.example/f"


@pytest.mark.parametrize(
    "remark",
    [
        b"* Connection #0 to host 127.0.0.1 left intact",
        b"* Closing connection 0",
        b"* shutting down connection #0",
        b"curl: (18) transfer closed with outstanding read data remaining",
    ],
)
def test_remark_that_runs_into_the_body(remark: bytes) -> None:
    _, response = last(b"> GET /f HTTP/1.1\n> Host: h\n>\n< HTTP/1.1 423 Locked\n< A: b\n<\n<a/>" + remark + b"\n")
    assert response.body == b"<a/>"


def test_body_whose_lines_begin_like_marks() -> None:
    body = b"< HTTP is fun\n> quoted\n*\n{\n"
    _, response = last(b"> GET /f HTTP/1.1\n> Host: h\n>\n< HTTP/1.1 200 OK\n< A: b\n<\n" + body)
    assert response.body == body


def test_warning_in_a_body_stays() -> None:
    _, response = last(b"> GET /f HTTP/1.1\n> Host: h\n>\n< HTTP/1.1 423 Locked\n<\nWarning: it is locked\n")
    assert response.body == b"Warning: it is locked\n"


def test_long_line_in_a_body_stays() -> None:
    body = b"Warning: " + b"x" * 5000 + b"\n"
    _, response = last(b"> GET /f HTTP/1.1\n> Host: h\n>\n< HTTP/1.1 423 Locked\n<\n" + body)
    assert response.body == body


def test_odd_header_lines_are_told() -> None:
    capture = read_capture(b"> GET /f HTTP/1.1\n>\n< HTTP/1.1 423 Locked\n<  folded\n< A: 1\n< junk\n<\nx", NOTHING)
    response = capture.exchanges[0].response
    assert response is not None
    assert list(response.headers) == [("A", "1")]
    assert [deviation.where for deviation in capture.deviations] == ["header"]


@pytest.mark.parametrize(
    ("line", "kind", "sent"),
    [
        ("curl: (5) Could not resolve proxy: p", NoResponseKind.PROXY, False),
        ("curl: (6) Could not resolve host: nowhere", NoResponseKind.DNS, False),
        ("curl: (7) Failed to connect to 127.0.0.1 port 1: Couldn't connect", NoResponseKind.CONNECT, False),
        ("curl: (60) SSL certificate problem: self-signed certificate", NoResponseKind.TLS, False),
        ("curl: (28) Operation timed out", NoResponseKind.TIMEOUT, True),
        ("curl: (52) Empty reply from server", NoResponseKind.RESET, True),
    ],
)
def test_no_request_went_out(line: str, kind: NoResponseKind, sent: bool) -> None:
    data = f"*   Trying 127.0.0.1:1...\n* connect to 127.0.0.1 port 1 failed\n* Closing connection 0\n{line}\n"
    (exchange,) = read_capture(data.encode(), Supplement(method="LOCK", url="https://dav.example/f")).exchanges
    assert isinstance(exchange.outcome, NoResponse)
    assert (exchange.request.method, exchange.request.url) == ("LOCK", "https://dav.example/f")
    assert (exchange.outcome.kind, exchange.outcome.sent) == (kind, sent)
    assert exchange.outcome.why == line.partition(") ")[2]


def test_request_without_an_answer() -> None:
    (exchange,) = read_capture(ASKED + b"curl: (28) Operation timed out\n", NOTHING).exchanges
    assert isinstance(exchange.outcome, NoResponse)
    assert exchange.outcome.kind is NoResponseKind.TIMEOUT
    assert exchange.outcome.url == "http://127.0.0.1:18999/f.txt"


def test_error_after_an_answer_changes_nothing() -> None:
    _, response = last(ASKED + ANSWERED + BODY + b"curl: (22) The requested URL returned error: 423\n")
    assert response.status == 423


def test_too_many_messages_are_refused() -> None:
    with pytest.raises(LocalProtocolError, match="messages"):
        read_capture(b"< HTTP/1.1 204 No Content\n<\n" * (MESSAGE_LIMIT + 1), NOTHING)
