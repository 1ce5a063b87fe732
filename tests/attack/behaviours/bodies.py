"""Bodies without an end, of another length than said, and connections that break off."""

import re
from collections.abc import Callable

from tests.attack.behaviours.forms import doing, flood, raw, split, spoiled, with_length
from tests.attack.scene import Behaviour, Turn

_OPEN = b"HTTP/1.1 207 Multi-Status\r\nContent-Type: application/xml; charset=utf-8\r\n"

_START = b'<?xml version="1.0"?><D:multistatus xmlns:D="DAV:">'

_ELEMENT = (
    b"<D:response><D:href>/d/%d</D:href><D:propstat><D:prop><D:resourcetype/><D:lockdiscovery/></D:prop>"
    b"<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
)


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _chunked(name: str, body: Callable[[bytes], bytes], *fields: bytes) -> Behaviour:
    """The honest body, in chunks that ``body`` makes of it."""

    def spoil(answer: bytes) -> bytes:
        head, own = split(answer)
        lines = b"".join(line + b"\r\n" for line in fields or (b"Transfer-Encoding: chunked",))
        return re.sub(rb"(?im)^content-length:.*\r\n", lines, head) + body(own)

    return spoiled(name, spoil, goes_on=False)


_CODED = b"Transfer-Encoding: chunked\r\n\r\n"

_FLOODS = (
    flood("endless-body", _OPEN + b"\r\n" + _START, _ELEMENT * 100),
    flood("endless-zeros-in-body", _OPEN + b"\r\n", bytes(65536)),
    flood("endless-page", b"HTTP/1.1 403 No\r\nContent-Type: text/html\r\n\r\n<html>", b"<p>no</p>" * 7000),
    flood("endless-success", b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536),
    flood("endless-spaces-in-body", _OPEN + b"\r\n" + _START, b" " * 65536),
    flood("slow-body", _OPEN + b"\r\n" + _START, b" ", 0.05),
    flood("slow-body-with-length", _OPEN + b"Content-Length: 99999\r\n\r\n" + _START, b"<!-- -->", 0.05),
    flood("slow-page", b"HTTP/1.1 500 No\r\nContent-Length: 99999\r\n\r\n", b"x", 0.05),
    flood("endless-chunks", _OPEN + _CODED + _chunk(_START), _chunk(_ELEMENT * 50)),
    flood("endless-chunks-of-a-byte", _OPEN + _CODED + _chunk(_START), _chunk(b" ") * 5000),
    flood("slow-chunks", _OPEN + _CODED + _chunk(_START), _chunk(b" "), 0.05),
    flood("endless-chunk", _OPEN + _CODED + b"ffffffffff\r\n" + _START, b" " * 65536),
    flood("endless-chunk-size", _OPEN + _CODED, b"0" * 65536),
    flood("endless-extension", _OPEN + _CODED + b"1;x=", b"y" * 65536),
    flood("endless-trailers", _OPEN + _CODED + _chunk(_START + b"</D:multistatus>") + b"0\r\n", b"X: y\r\n" * 5000),
    flood("slow-trailers", _OPEN + _CODED + _chunk(_START + b"</D:multistatus>") + b"0\r\n", b"X: y\r\n", 0.05),
    flood("slow-chunk-size", _OPEN + _CODED, b"0", 0.05),
)

_LENGTHS = (
    with_length("length-negative", b"Content-Length: -5"),
    with_length("lengths-that-differ", b"Content-Length: 5", b"Content-Length: 7"),
    with_length("length-list", b"Content-Length: 5, 5"),
    with_length("length-2-64", b"Content-Length: 18446744073709551616"),
    with_length("length-of-5000-digits", b"Content-Length: " + b"9" * 5000),
    with_length("length-plus", b"Content-Length: +5"),
    with_length("length-hex", b"Content-Length: 0x10"),
    with_length("length-decimal", b"Content-Length: 5.0"),
    with_length("length-letters", b"Content-Length: many"),
    with_length("length-empty", b"Content-Length: "),
    with_length("length-underscore", b"Content-Length: 1_0"),
    with_length("length-other-digits", "Content-Length: ٣".encode()),
    with_length("length-short", b"Content-Length: 10"),
    with_length("length-zero", b"Content-Length: 0"),
    with_length("length-long", b"Content-Length: 99999"),
    with_length("no-length"),
    with_length(
        "length-and-chunks", b"Content-Length: 5", b"Transfer-Encoding: chunked", body=b"5\r\nhello\r\n0\r\n\r\n"
    ),
    with_length("length-and-no-chunks", b"Content-Length: 5", b"Transfer-Encoding: chunked"),
)

_CHUNKS = (
    _chunked("chunk-size-no-hex", lambda body: b"zz\r\n" + body),
    _chunked("chunk-size-negative", lambda body: b"-1\r\n" + body),
    _chunked("chunk-size-plus", lambda body: b"+5\r\nhello\r\n0\r\n\r\n"),
    _chunked("chunk-size-0x", lambda body: b"0x5\r\nhello\r\n0\r\n\r\n"),
    _chunked("chunk-size-of-1000-digits", lambda body: b"f" * 1000 + b"\r\n" + body),
    _chunked("chunk-size-empty", lambda body: b"\r\n" + body),
    _chunked("chunk-too-short", lambda body: b"5\r\n" + body + b"\r\n0\r\n\r\n"),
    _chunked("chunk-too-long", lambda body: b"ffff\r\n" + body + b"\r\n0\r\n\r\n"),
    _chunked("chunk-without-line-end", lambda body: b"%x\r\n%s0\r\n\r\n" % (len(body), body)),
    _chunked("chunk-lines-end-in-lf", lambda body: b"%x\n%s\n0\n\n" % (len(body), body)),
    _chunked("no-last-chunk", _chunk),
    _chunked(
        "chunks-of-a-byte", lambda body: b"".join(_chunk(body[at : at + 1]) for at in range(len(body))) + b"0\r\n\r\n"
    ),
    _chunked("a-thousand-trailers", lambda body: _chunk(body) + b"0\r\n" + b"X: y\r\n" * 1000 + b"\r\n"),
    _chunked("trailer-of-1-mb", lambda body: _chunk(body) + b"0\r\nX: " + b"y" * 1_000_000 + b"\r\n\r\n"),
    _chunked(
        "trailers-inject",
        lambda body: _chunk(body) + b"0\r\nLocation: {FOREIGN}/\r\nLock-Token: <urn:x:t>\r\nContent-Length: 9\r\n\r\n",
    ),
    _chunked(
        "chunked-twice",
        lambda body: _chunk(_chunk(body) + b"0\r\n\r\n") + b"0\r\n\r\n",
        b"Transfer-Encoding: chunked, chunked",
    ),
    _chunked("transfer-gzip", lambda body: body, b"Transfer-Encoding: gzip, chunked"),
    _chunked("transfer-unknown", lambda body: body, b"Transfer-Encoding: rot13"),
    _chunked("transfer-identity", lambda body: body, b"Transfer-Encoding: identity"),
    _chunked("transfer-x-chunked", lambda body: _chunk(body) + b"0\r\n\r\n", b"Transfer-Encoding: xchunked"),
    _chunked("transfer-vertical-tab", lambda body: _chunk(body) + b"0\r\n\r\n", b"Transfer-Encoding: \x0bchunked"),
    _chunked("nothing-in-chunks", lambda body: b"0\r\n\r\n"),
    spoiled(
        "chunks-of-http-1.0",
        lambda answer: (
            re.sub(
                rb"(?im)^content-length:.*\r\n", b"Transfer-Encoding: chunked\r\n", b"HTTP/1.0" + split(answer)[0][8:]
            )
            + _chunk(split(answer)[1])
            + b"0\r\n\r\n"
        ),
        goes_on=False,
    ),
)


def _cut(name: str, where: Callable[[bytes], int]) -> tuple[Behaviour, Behaviour, Behaviour]:
    """The honest answer up to some byte: then the connection is closed, or reset, or stays without a word."""

    def close(turn: Turn) -> bool:
        answer = turn.honest()
        turn.say(answer[: where(answer)])
        return False

    def reset(turn: Turn) -> bool:
        close(turn)
        turn.conversation.reset()
        return False

    def silent(turn: Turn) -> bool:
        close(turn)
        turn.silence()
        return False

    return (
        doing(f"closed-{name}", close),
        doing(f"reset-{name}", reset),
        doing(f"silent-{name}", silent),
    )


def _head_end(answer: bytes) -> int:
    return len(split(answer)[0])


_CUTS = (
    *_cut("before-the-answer", lambda answer: 0),
    *_cut("in-the-status-line", lambda answer: 10),
    *_cut("in-the-head", lambda answer: _head_end(answer) // 2),
    *_cut("before-the-empty-line", lambda answer: _head_end(answer) - 2),
    *_cut("after-the-head", _head_end),
    *_cut("in-the-body", lambda answer: (_head_end(answer) + len(answer)) // 2),
    *_cut("before-the-last-byte", lambda answer: len(answer) - 1),
)


def _reset_after(turn: Turn) -> bool:
    turn.say(turn.honest())
    turn.conversation.reset()
    return False


def _half_closed(turn: Turn) -> bool:
    import socket

    turn.say(turn.honest())
    turn.conversation.sock.shutdown(socket.SHUT_WR)
    turn.silence()
    return False


def _later(turn: Turn) -> bool:
    """What is said after the answer, at a time when nobody asks."""
    turn.say(turn.honest())
    turn.conversation.pause(0.05)
    turn.say(b"HTTP/1.1 200 OK\r\nLock-Token: <urn:x:unasked>\r\nContent-Length: 0\r\n\r\n")
    return True


_SURPLUS = (
    doing("reset-after-the-answer", _reset_after),
    doing("half-closed", _half_closed),
    doing("an-answer-at-its-own-time", _later),
    spoiled("closed-without-a-word", lambda answer: answer, goes_on=False),
    spoiled("each-answer-twice", lambda answer: answer * 2),
    spoiled("each-answer-a-hundred-times", lambda answer: answer * 100),
    spoiled(
        "answer-and-a-grant",
        lambda answer: answer + b"HTTP/1.1 200 OK\r\nLock-Token: <urn:x:t>\r\nContent-Length: 0\r\n\r\n",
    ),
    spoiled("answer-and-a-refusal", lambda answer: answer + b"HTTP/1.1 423 Locked\r\nContent-Length: 0\r\n\r\n"),
    spoiled("answer-and-a-megabyte", lambda answer: answer + bytes(1_000_000)),
    raw("204-with-a-body", b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"),
    raw("304-with-a-body", b"HTTP/1.1 304 Not Modified\r\n\r\nhello"),
    raw("205-with-chunks", b"HTTP/1.1 205 Reset\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
    raw("head-with-a-body", b"HTTP/1.1 207 OK\r\nContent-Length: 5\r\n\r\nhello"),
    raw("http-1.0-without-a-length", b"HTTP/1.0 200 OK\r\n\r\nhello"),
)

BEHAVIOURS = (*_FLOODS, *_LENGTHS, *_CHUNKS, *_CUTS, *_SURPLUS)
