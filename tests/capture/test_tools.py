"""Files that curl, HTTPie and mitmproxy wrote, and what newer versions of curl print."""

from pathlib import Path

import pytest

from davlock.capture.detect import CaptureKind, Supplement, read_capture

FOLDER = Path(__file__).parent.parent / "fixtures" / "captures"

Told = list[tuple[str, int | None, int | None, int | None]]

# Of each exchange: method, status, length of the request's body and of the response's, None where it is not known.
CAPTURES: list[tuple[str, CaptureKind, Told]] = [
    ("curl-include-write-out.txt", CaptureKind.RESPONSE, [("", 423, None, 317)]),
    (
        "curl-verbose-anyauth.txt",
        CaptureKind.CURL_VERBOSE,
        [("PUT", 100, None, 0), ("PUT", 401, None, None), ("PUT", 100, None, 0), ("PUT", 423, None, 175)],
    ),
    ("curl-verbose-gzip.txt", CaptureKind.CURL_VERBOSE, [("PROPFIND", 207, None, 940)]),
    (
        "curl-verbose-http2-next.txt",
        CaptureKind.CURL_VERBOSE,
        [("LOCK", 423, None, 0), ("PUT", 423, None, 0), ("PROPFIND", 207, None, 684)],
    ),
    (
        "curl-verbose-next.txt",
        CaptureKind.CURL_VERBOSE,
        [("OPTIONS", 200, 0, 0), ("PUT", 423, None, 6), ("DELETE", 404, 0, 9)],
    ),
    ("curl-verbose-with-meter.txt", CaptureKind.CURL_VERBOSE, [("PUT", 423, None, 317)]),
    ("httpie-meta.txt", CaptureKind.EXCHANGE, [("PUT", 423, 17, 317)]),
    ("httpie-pretty.txt", CaptureKind.EXCHANGE, [("PUT", 423, 18, 317)]),
    (
        "mitmproxy.har",
        CaptureKind.HAR,
        [
            ("PUT", 201, 3, 372),
            ("LOCK", 200, None, 466),
            ("PUT", 401, 5, 139),
            ("PUT", 423, 5, 175),
            ("PROPFIND", 207, None, 892),
            ("GET", 404, 0, 394),
            ("GET", None, 0, None),
        ],
    ),
]


@pytest.mark.parametrize(("name", "kind", "expected"), CAPTURES, ids=[case[0] for case in CAPTURES])
def test_files(name: str, kind: CaptureKind, expected: Told) -> None:
    capture = read_capture((FOLDER / name).read_bytes(), Supplement())
    told: Told = []
    for exchange in capture.exchanges:
        sent = exchange.request.body
        answer = exchange.response.body if exchange.response else None
        sizes = [len(body) if isinstance(body, bytes) else None for body in (sent, answer)]
        told.append((exchange.request.method, exchange.status, sizes[0], sizes[1]))
        assert exchange.request.headers.get("Authorization") in (None, "Basic (hidden)", "Basic (hidden, user 2)")
    assert (capture.kind, told) == (kind, expected)


def test_every_file_is_read() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {"README.md", *(name for name, _, _ in CAPTURES)}


CURL_8 = """\
* Host dav.example:443 was resolved.
* IPv6: (none)
* IPv4: 192.0.2.1
*   Trying 192.0.2.1:443...
* Established connection to dav.example (192.0.2.1 port 443) from 192.0.2.7 port 51234
* using HTTP/2
* Server auth using Basic with user 'bob'
* [HTTP/2] [1] OPENED stream for https://dav.example/f
* [HTTP/2] [1] [:method: PUT]
* [HTTP/2] [1] [:scheme: https]
* [HTTP/2] [1] [:authority: dav.example]
* [HTTP/2] [1] [:path: /f]
* [HTTP/2] [1] [authorization: Basic Ym9iOmJvYg==]
> PUT /f HTTP/2\r
> Host: dav.example\r
> Authorization: Basic Ym9iOmJvYg==\r
> Content-Length: 3\r
>\x20\r
} [3 bytes data]
* upload completely sent off: 3 bytes
< HTTP/2 423\x20\r
< content-type: application/xml\r
<\x20\r
{ [4 bytes data]
<e/>"""


@pytest.mark.parametrize(
    "last",
    [
        "* Connection #0 to host dav.example:443 left intact",
        "* closing connection #0",
        "* shutting down connection #0",
        "* abort upload after having sent 3 bytes",
        "* Request completely sent off",
        "* Hostname dav.example was found in DNS cache",
        "* Host dav.example:443 was resolved.",
        "* Found bundle for host: 0x562c93e27400 [serially]",
        "*   Trying 192.0.2.1:443...",
        "* Reusing existing https: connection with host dav.example",
        "* HTTP/2 stream 1 was not closed cleanly: INTERNAL_ERROR (err 2)",
    ],
)
def test_what_curl_8_says_after_a_body(last: str) -> None:
    """Where the body's last line has no end, the remark stands on it."""
    (exchange,) = read_capture(f"{CURL_8}{last}\n".encode(), Supplement()).exchanges
    assert (exchange.request.method, exchange.request.url) == ("PUT", "https://dav.example/f")
    assert exchange.response is not None
    assert (exchange.status, exchange.response.body) == (423, b"<e/>")
