"""Readers of header fields."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from davlock.errors import LocalProtocolError, RemoteProtocolError
from davlock.protocol.challenge import challenges
from davlock.protocol.compressed_tag import parse_suffixed_list, same_content
from davlock.protocol.headers import (
    LARGEST_TIMEOUT,
    parse_allow,
    parse_dav,
    parse_depth,
    parse_etag_leniently,
    parse_etag_list,
    parse_lock_token,
)
from davlock.protocol.if_header import ResourceState, parse_if
from davlock.protocol.message import Headers
from davlock.protocol.multistatus import parse_status_line
from davlock.protocol.retry_after import LONGEST_WAIT, http_date, parse_rate_limit, wait_advice
from davlock.protocol.strict import Reading, read_etag, read_if, read_lock_token, read_retry_after, read_timeout
from tests.attack.fuzz.reader import Reader, expect, text_of, wire
from tests.attack.fuzz.seeds import fields

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

_TOKENS = (b"<opaquelocktoken:e71d4fae-5dec-22d6-fea5-00a0c91e6be4>", b"<urn:uuid:1>", b"<DAV:no-lock>", b"Not ", b"()")
_DATES = (b"Sun, 22 Nov 2026 12:00:00 GMT", b"Sunday, 22-Nov-26 12:00:00 GMT", b"Sun Nov 22 12:00:00 2026", b" GMT")


def _within(reading: Reading[Any], text: str) -> None:
    if reading.fault is not None:
        expect("the fault is in the text", 0 <= reading.fault.position <= len(text))
        expect("a fault says what is expected", reading.fault.expected)
    expect("what is not valid has a fault", reading.value is not None or reading.fault is not None)


def _if(data: bytes) -> None:
    text = text_of(data)
    reading = read_if(text)
    _within(reading, text)
    if reading.value is None:
        return
    header = reading.value
    expect("an If header says the same as it is written", parse_if(str(header)) == header)
    state = ResourceState(frozenset(token.uri for token in header.tokens[:1]))
    for strong in (False, True):
        header.evaluate(lambda _: state, strong=strong)


def _lock_token(data: bytes) -> None:
    text = text_of(data)
    reading = read_lock_token(text)
    _within(reading, text)
    if reading.value is not None:
        expect("a token is read as it is sent", parse_lock_token(reading.value.coded)[0] == reading.value)


def _timeout(data: bytes) -> None:
    text = text_of(data)
    reading = read_timeout(text)
    _within(reading, text)
    if reading.value is not None and reading.value.seconds is not None:
        expect("a timeout is a number of seconds", 0 <= reading.value.seconds <= LARGEST_TIMEOUT)


def _retry_after(data: bytes) -> None:
    text = text_of(data)
    reading = read_retry_after(text, now=NOW)
    _within(reading, text)
    if reading.value is not None:
        expect("a wait is a number of seconds", 0 <= reading.value.seconds <= LONGEST_WAIT)
    http_date(text)


def _rate_limits(data: bytes) -> None:
    """Fields, a line each."""
    pairs = (line.partition(":")[::2] for line in wire(data).split("\n"))
    headers = Headers.of((name.strip(), value) for name, value in pairs)
    parse_rate_limit(headers, now=NOW)
    for now in (NOW, None):
        advice = wait_advice(headers, now=now)
        expect("a wait is a number of seconds", advice is None or 0 <= advice.seconds <= LONGEST_WAIT)


def _etag(data: bytes) -> None:
    text = text_of(data)
    reading = read_etag(text)
    _within(reading, text)
    if reading.value is not None:
        again = parse_etag_leniently(str(reading.value))[0]
        expect("an entity tag says the same as it is written", again == reading.value)
        expect("an entity tag is the same content as itself", same_content(again, reading.value))
    for read in (parse_etag_list, parse_suffixed_list):
        with suppress(RemoteProtocolError):
            condition = read(text)
            expect("a list of entity tags says the same as it is written", parse_etag_list(str(condition)) == condition)


def _lists(data: bytes) -> None:
    text = wire(data)
    expect("methods are in upper case", all(method == method.upper() for method in parse_allow(text.split("\n"))))
    classes = parse_dav(text.split("\n"))
    expect("each class stands once", len(set(classes)) == len(classes))
    parse_status_line(text)
    with suppress(RemoteProtocolError):
        parse_depth(text)


def _challenges(data: bytes) -> None:
    for challenge in challenges(wire(data).split("\n")):
        expect("a challenge has a name", challenge.name)
        str(challenge.realm), challenge.lacks, challenge.spoken


READERS = (
    Reader(
        name="if",
        read=_if,
        seeds=lambda: fields("If"),
        refuses=(LocalProtocolError,),
        words=(*_TOKENS, b'["etag"]', b'[W/"e"]', b"<http://h/a> ", b"(Not <a>)", b"(<a>)", b"(", b")"),
        count=300_000,
    ),
    Reader(name="lock-token", read=_lock_token, seeds=lambda: fields("Lock-Token"), words=_TOKENS, count=200_000),
    Reader(
        name="timeout",
        read=_timeout,
        seeds=lambda: (*fields("Timeout"), b"Second-Second-120", b"Second-59.98", b"Infinity", b"Second--2"),
        words=(b"Second-", b"Infinite", b"Infinity", b", ", b"Second-4294967296", b"Second-1,"),
        count=250_000,
    ),
    Reader(
        name="retry-after",
        read=_retry_after,
        seeds=lambda: (b"120", b"1.5", *_DATES, b"30, Sun, 22 Nov 2026 12:00:00 +0100"),
        words=(*_DATES, b"Sun, ", b"-0100", b"+9999", b":", b"31 Feb", b"24:60:61"),
        count=100_000,
        longest=2048,
    ),
    Reader(
        name="rate limits",
        read=_rate_limits,
        seeds=lambda: (
            b"Retry-After: 120\nDate: Sun, 22 Nov 2026 12:00:00 GMT",
            b"RateLimit: limit=100, remaining=0, reset=50",
            b'RateLimit: "default";r=0;t=30\nRateLimit-Policy: "default";q=100;w=60',
            b"X-RateLimit-Limit: 10\nX-RateLimit-Remaining: 0\nX-RateLimit-Reset: 1796000000",
            b"X-Rate-Limit-Reset: 2026-11-22T12:30:00Z\nX-Rate-Limit-Remaining: 0",
        ),
        words=(
            *_DATES,
            b"RateLimit: ",
            b"reset=",
            b"remaining=0",
            b";r=0;t=1",
            b"\nX-RateLimit-Reset: ",
            b'"a";',
            b"?1",
        ),
        count=150_000,
        longest=2048,
    ),
    Reader(
        name="etag",
        read=_etag,
        seeds=lambda: (*fields("ETag", "If-Match", "If-None-Match"), b"*", b'"a", W/"b"', b'"a"-gzip', b'"a-gzip"'),
        refuses=(LocalProtocolError,),
        words=(b'W/"', b'"', b'", "', b"*", b"-gzip", b";gzip", b"--gzip"),
        count=250_000,
    ),
    Reader(
        name="allow, dav, depth, status line",
        read=_lists,
        seeds=lambda: (*fields("Allow", "DAV", "Depth"), b"HTTP/1.1 423 Locked"),
        words=(b"LOCK", b"<http://a>", b"1, 2", b"infinity", b"HTTP/1.1 "),
        count=150_000,
    ),
    Reader(
        name="challenges",
        read=_challenges,
        seeds=lambda: (
            *fields("WWW-Authenticate"),
            b'Basic realm="a", Digest realm="b", nonce="c", qop="auth,auth-int", algorithm=SHA-256',
            b"Negotiate, NTLM TlRMTVNTUAAB, Bearer",
        ),
        words=(b"Basic ", b"Digest ", b'realm="', b'nonce="', b"qop=", b'\\"', b', "', b"="),
        count=150_000,
    ),
)
