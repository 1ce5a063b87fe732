"""Bodies as captured, back to bodies as meant: transfer and content codings undone, if the bytes still are so coded.

curl -i, curl -v and HAR show a body decoded, with the header fields that say how it was coded; a dump of the wire shows
it as it went over. So the bytes decide, not the header field alone.
"""

import re
from codecs import getincrementaldecoder
from dataclasses import replace

from davlock.errors import RemoteProtocolError
from davlock.protocol.coding import decoder_for
from davlock.protocol.deviation import Deviation
from davlock.protocol.message import Headers
from davlock.values import dataclass

DECODED_LIMIT = 16 * 1024 * 1024
"""Bytes kept of a decoded body."""

# RFC 9112 §7.1: chunk-size [ chunk-ext ] CRLF; a recording may have bare LF. Eight digits are 4 GiB.
_CHUNK_HEAD = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?(\r*)\n")
_LINE_END = re.compile(rb"\r*\n")

# RFC 1952 §2.3.1 and RFC 1950 §2.2: how gzip and zlib data begin.
_GZIP = b"\x1f\x8b"
# What text has no use for: the sign of a body that is still coded.
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_SAMPLE = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a capture holds of a body: ``None`` when that is not known, the first bytes when ``truncated``."""

    content: bytes | None
    truncated: bool = False
    deviations: tuple[Deviation, ...] = ()


def is_chunked(headers: Headers) -> bool:
    """Returns true if the header says ``Transfer-Encoding: chunked``; the bytes may say otherwise."""
    return "chunked" in (headers.get("Transfer-Encoding") or "").lower()


def undo_chunks(data: bytes) -> tuple[bytes, bool] | None:
    """The content of a chunked body (RFC 9112 §7.1) and whether its last chunk was there.

    ``None`` if the bytes are in no chunks. What follows the last chunk is left out.
    """
    content = bytearray()
    position, sure = 0, False
    while True:
        head = _CHUNK_HEAD.match(data, position)
        if head is None:
            return (bytes(content), False) if sure else None
        sure = sure or bool(head[2])
        size = int(head[1], 16)
        if size == 0:
            return (bytes(content), True) if sure or _LINE_END.match(data, head.end()) else None
        end = head.end() + size
        if end >= len(data) and sure:
            content += data[head.end() :]
            return bytes(content), False
        line_end = _LINE_END.match(data, end)
        if line_end is None:
            return (bytes(content), False) if content else None
        content += data[head.end() : end]
        # A text file may begin with a number. But once such a size has led to a line end, or was followed by the CR LF
        # of the wire, these are chunks.
        position, sure = line_end.end(), True


def _is_text(body: bytes) -> bool:
    sample = body[:_SAMPLE]
    try:
        getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return False
    return _BINARY.search(sample) is None


def _is_coded(coding: str, body: bytes) -> bool:
    """Returns true if ``body`` can be in ``coding``; only gzip and zlib data say so themselves."""
    if coding in ("gzip", "x-gzip"):
        return body.startswith(_GZIP)
    return not _is_text(body)


def undo_content_coding(headers: Headers, body: bytes) -> Body:
    """``body`` decoded (RFC 9110 §8.4) if it is still coded; its content is ``None`` where nothing can decode it."""
    coding = (headers.get("Content-Encoding") or "").strip()
    outermost = coding.rpartition(",")[2].strip().lower()
    if outermost in ("", "identity") or not body or not _is_coded(outermost, body):
        return Body(content=body)
    decoded = bytearray()
    try:
        decoder = decoder_for(coding)
        for piece in decoder.feed(body):
            decoded += piece
            if len(decoded) > DECODED_LIMIT:
                what = f"decodes to more than {DECODED_LIMIT} bytes; davlock skipped the rest"
                return Body(
                    content=bytes(decoded[:DECODED_LIMIT]), truncated=True, deviations=(Deviation("body", what),)
                )
        decoder.close()
    except RemoteProtocolError as error:
        content = bytes(decoded) or None
        return Body(content=content, truncated=content is not None, deviations=(Deviation("body", str(error)),))
    return Body(content=bytes(decoded))


def undo_codings(headers: Headers, body: bytes) -> Body:
    """``body`` without the transfer and content codings that its bytes are in."""
    chunks = undo_chunks(body) if is_chunked(headers) else None
    if chunks is None:
        return undo_content_coding(headers, body)
    content, whole = chunks
    decoded = undo_content_coding(headers, content)
    return replace(decoded, truncated=decoded.truncated or not whole)
