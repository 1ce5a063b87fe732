"""Status lines and header fields as no server should send them."""

import random

from tests.attack.behaviours.forms import doing, flood, kept, raw, split, spoiled, with_lines, with_status
from tests.attack.scene import Behaviour, Turn

ESCAPES = b"\x1b]0;title\x07\x1b[2J\x1b[31mred\x9b1m"

_NOISE = random.Random(7).randbytes(4096)  # noqa: S311 -- to be the same each time

BIDI = "‮⁦evil⁩".encode()


def _slow_head(turn: Turn) -> bool:
    turn.drip(turn.honest(), 0.05)
    return True


def _slow_lines(turn: Turn) -> bool:
    turn.say(b"HTTP/1.1 207 Multi-Status\r\n")
    turn.endless(b"X-More: 1\r\n", 0.05)
    return False


def _after(name: str, before: bytes) -> Behaviour:
    return spoiled(name, lambda answer: before + answer)


def _in_head(name: str, old: bytes, new: bytes) -> Behaviour:
    def spoil(answer: bytes) -> bytes:
        head, body = split(answer)
        return head.replace(old, new) + body

    return spoiled(name, spoil)


_FLOODS = (
    doing("slow-answer", _slow_head),
    doing("slow-fields", _slow_lines),
    flood("endless-status-line", b"HTTP/1.1 200 ", b"x" * 4096),
    flood("endless-fields", b"HTTP/1.1 200 OK\r\n", b"X-More: y\r\n" * 400),
    flood("endless-value", b"HTTP/1.1 200 OK\r\nX-Long: ", b"x" * 65536),
    flood("endless-name", b"HTTP/1.1 200 OK\r\n", b"x" * 65536),
    flood("endless-fold", b"HTTP/1.1 200 OK\r\nX-Long: y\r\n", b" z\r\n" * 1000),
    flood("endless-empty-lines", b"", b"\r\n" * 1000),
    flood("endless-line-feeds", b"", b"\n" * 1000),
    flood("endless-spaces", b"HTTP/1.1", b" " * 1000),
    flood("endless-100", b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    flood("endless-102", b"", b"HTTP/1.1 102 Processing\r\n\r\n", 0.02),
    flood("endless-103", b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n" * 50),
    flood("endless-zeros", b"", bytes(65536)),
    flood("endless-h2-frames", b"", b"\x00\x00\x00\x04\x01\x00\x00\x00\x00" * 100),
    _after("a-thousand-100s", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
    _after("100-with-a-length", b"HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\nhello"),
    _after("199-before", b"HTTP/1.1 199 Perhaps\r\n\r\n"),
    _after("103-with-fields", b"HTTP/1.1 103 Early Hints\r\n" + b"Link: <{FOREIGN}/>; rel=preload\r\n" * 90 + b"\r\n"),
    raw("101", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n" + bytes(99)),
)

_FIELDS = (
    with_lines("a-thousand-fields", *(b"X-%d: y" % number for number in range(1000))),
    with_lines("ten-thousand-fields", *(b"X-%d: y" % number for number in range(10000))),
    with_lines("a-field-a-thousand-times", *[b"DAV: 1, 2"] * 1000),
    with_lines("field-of-60-kb", b"X-Long: " + b"y" * 60_000),
    with_lines("field-of-1-mb", b"X-Long: " + b"y" * 1_000_000),
    with_lines("field-name-of-60-kb", b"x" * 60_000 + b": y"),
    with_lines("nul-in-a-value", b"X-Nul: a\0b"),
    with_lines("nul-in-a-name", b"X\0Nul: ab"),
    with_lines("bare-cr-in-a-value", b"X-Cr: a\rLocation: {FOREIGN}/"),
    with_lines("cr-cr-lf", b"X-Cr: a\r"),
    with_lines("bare-lf-injects", b"X-Lf: a\nLock-Token: <urn:x:injected>\nLocation: {FOREIGN}/"),
    with_lines("folded", b"DAV: 1,", b"\t2,", b" 3"),
    with_lines("folded-first", b" X: y"),
    with_lines("folded-injects", b"X-Fold: a", b" Location: {FOREIGN}/"),
    with_lines("space-before-colon", b"Content-Length : 3"),
    with_lines("no-colon", b"this is no field"),
    with_lines("no-name", b": nothing"),
    with_lines("no-value", b"DAV:", b"Allow:", b"ETag:", b"Date:", b"Server:"),
    with_lines("latin-1-in-a-value", b"Server: Caf\xe9"),
    with_lines("not-utf-8", b"Server: \xc3\x28\xff\xfe\xed\xa0\x80"),
    with_lines("escapes-in-fields", *(name + b": " + ESCAPES for name in (b"Server", b"DAV", b"Allow", b"ETag", b"X"))),
    with_lines("c1-in-fields", b"Server: \xc2\x9b31m\xc2\x85next", b"DAV: 1, 2\xc2\x9b"),
    with_lines(
        "bidi-in-fields", *(name + b": " + BIDI for name in (b"Server", b"DAV", b"Allow", b"ETag", b"MS-Author-Via"))
    ),
    with_lines("endless-dav", b"DAV: " + b", ".join(b"<urn:x:%d>" % number for number in range(4000))),
    with_lines("endless-allow", b"Allow: " + b", ".join(b"M%d" % number for number in range(9000))),
    with_lines("dav-of-quotes", b'DAV: 1, 2, "un,closed', b'Allow: "GET, <x'),
    with_lines("etags-without-end", b'ETag: "', b'ETag: W/"a"b"', b"ETag: W/", b'ETag: "\x7f"'),
    with_lines("content-type-of-nonsense", b"Content-Type: ;;=;charset==", b"Content-Type: \x00/\xff; charset=\xfe"),
    with_lines("charset-unknown", b"Content-Type: application/xml; charset=unknown-9"),
    with_lines("charset-utf-7", b"Content-Type: application/xml; charset=utf-7"),
    with_lines("charset-of-code", b"Content-Type: application/xml; charset=zlib_codec"),
    with_lines("charset-rot13", b"Content-Type: application/xml; charset=rot13"),
    with_lines("charset-idna", b"Content-Type: text/html; charset=idna"),
    with_lines("charset-undefined", b"Content-Type: text/html; charset=undefined"),
    with_lines("charset-of-1-kb", b"Content-Type: text/html; charset=" + b"x" * 1024),
    with_lines("set-cookie-flood", *(b"Set-Cookie: c%d=%s; Domain=.example" % (n, b"v" * 400) for n in range(90))),
    with_lines(
        "points-elsewhere",
        b"Content-Location: {FOREIGN}/d/",
        b"Link: <{FOREIGN}/>; rel=edit",
        b"Refresh: 0; url={FOREIGN}/",
        b'Alt-Svc: h2="{STRANGER}"',
        b"Location: {FOREIGN}/",
    ),
    with_lines("close-that-stays", b"Connection: close"),
    with_lines("keeps-for-no-time", b"Connection: keep-alive", b"Keep-Alive: timeout=0, max=0"),
    with_lines(
        "connection-of-nonsense", b"Connection: " + b", ".join([b"upgrade", b"te", b"close", b"keep-alive"] * 99)
    ),
)

_STATUS = (
    *(
        with_status(f"status-{line.decode('latin-1').replace(' ', '-')}", b"HTTP/1.1 " + line)
        for line in (b"000 x", b"099 x", b"600 x", b"999 x", b"1000 x", b"-20 x", b"abc x", b"2 OK", b"0x0c8 OK", b"")
    ),
    with_status("status-of-other-digits", "HTTP/1.1 ²⁰⁷ x".encode()),
    with_status("reason-with-escapes", b"HTTP/1.1 207 " + ESCAPES),
    with_status("reason-bidi", b"HTTP/1.1 403 " + BIDI),
    with_status("reason-of-60-kb", b"HTTP/1.1 403 " + b"x" * 60_000),
    with_status("reason-not-utf-8", b"HTTP/1.1 500 \xff\xfe\xc3\x28"),
    with_status("no-reason", b"HTTP/1.1 207"),
    with_status("http-1.2", b"HTTP/1.2 207 Multi-Status"),
    with_status("http-2.0", b"HTTP/2.0 207 Multi-Status"),
    with_status("http-9.9", b"HTTP/9.9 207 Multi-Status"),
    with_status("http-1.10", b"HTTP/1.10 207 Multi-Status"),
    with_status("lower-case", b"http/1.1 207 Multi-Status"),
    with_status("icy", b"ICY 200 OK"),
    with_status("htp", b"HTP/1.1 200 OK"),
    with_status("bom-before", b"\xef\xbb\xbfHTTP/1.1 200 OK"),
    with_status("space-before", b" HTTP/1.1 200 OK"),
)

_GARBAGE = (
    spoiled("http-0.9", lambda answer: split(answer)[1], goes_on=False),
    raw("h2-preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    raw("h2-settings", b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + bytes(18)),
    raw("tls-alert", b"\x15\x03\x03\x00\x02\x02\x28"),
    raw("ssh", b"SSH-2.0-OpenSSH_9.2\r\n" + ESCAPES + b"\r\n"),
    raw("smtp", b"220 mail.example ESMTP\r\n"),
    raw("ftp", b"220-Welcome\r\n220 ready\r\n"),
    raw("random", _NOISE),
    raw("all-ones", b"\xff" * 4096),
    raw("one-byte", b"H"),
    raw("nothing-at-all", b""),
    raw("only-empty-lines", b"\r\n\r\n\r\n"),
    spoiled("utf-16", lambda answer: answer.decode("latin-1").encode("utf-16"), goes_on=False),
    kept("a-request", b"PROPFIND {PATH} HTTP/1.1\r\nHost: {STRANGER}\r\n\r\n"),
    _in_head("lines-end-in-lf", b"\r\n", b"\n"),
    _in_head("lines-end-in-cr", b"\r\n", b"\r"),
)

_DATES = tuple(
    with_lines(f"date-{name}", b"Date: " + value)
    for name, value in {
        "9999": b"Fri, 31 Dec 9999 23:59:59 GMT",
        "0001": b"Mon, 01 Jan 0001 00:00:00 GMT",
        "10000": b"Fri, 31 Dec 10000 23:59:60 GMT",
        "1900-offset": b"Thu, 01 Jan 1900 00:00:00 +9999",
        "no-date": b"Yesterday, " + ESCAPES,
        "two": b"Sun, 06 Nov 1994 08:49:37 GMT\r\nDate: Sat, 05 Nov 2094 08:49:37 GMT",
        "of-60-kb": b"Sun, 06 Nov 1994 08:49:37 " + b"(" * 60_000,
    }.items()
)

_BUSY = ("--retry-budget", "1s")

_RETRY_AFTER = tuple(
    kept(
        f"retry-after-{name}",
        b"HTTP/1.1 %s\r\nRetry-After: %s\r\nContent-Length: 0\r\n\r\n" % (status, value),
        *_BUSY,
    )
    for name, status, value in (
        ("0", b"503 Busy", b"0"),
        ("negative", b"429 Slow", b"-1"),
        ("1e308", b"503 Busy", b"1e308"),
        ("of-5000-digits", b"429 Slow", b"9" * 5000),
        ("nan", b"503 Busy", b"nan"),
        ("0.001", b"429 Slow", b"0.001"),
        ("past", b"503 Busy", b"Sun, 06 Nov 1994 08:49:37 GMT"),
        ("9999", b"429 Slow", b"Fri, 31 Dec 9999 23:59:59 GMT"),
        ("escapes", b"503 Busy", ESCAPES),
        ("empty", b"429 Slow", b""),
        ("twice", b"503 Busy", b"1\r\nRetry-After: 0"),
        ("other-digits", b"429 Slow", "٣".encode()),
    )
)

BEHAVIOURS = (*_FLOODS, *_FIELDS, *_STATUS, *_GARBAGE, *_DATES, *_RETRY_AFTER)
