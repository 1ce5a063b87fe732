"""Raw HTTP: one message after the other, as a tool or a person wrote them down.

Nothing about such a recording can be relied on alone. Its body may have lost or gained line ends since Content-Length
was true, or be decoded already, or be missing; so a message ends where the header says only if that is the end of the
data or the start of another message, and else where the next one starts.
"""

import re

from davlock.capture.bodies import without_what_follows
from davlock.capture.codings import Body, is_chunked, undo_codings
from davlock.capture.foreign import is_not_shown
from davlock.capture.head import Head, RequestHead, ResponseHead, next_message, parse_head, starts_message
from davlock.errors import LocalProtocolError
from davlock.protocol.deviation import Deviation
from davlock.protocol.message import Headers
from davlock.values import dataclass

MESSAGE_LIMIT = 2000
"""Messages in one capture; more of them are no recording that a person wants explained."""

# White space, and the status or a time that curl -w '%{http_code}' writes.
_AFTER_BODY = re.compile(rb"\s*(?:\d{3}|\d{1,4}\.\d{1,6})?\s*")
_BLANK = re.compile(rb"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a capture: its head, and what is known of its body."""

    head: Head
    body: Body


def content_length(headers: Headers) -> int | None:
    """Content-Length (RFC 9110 §8.6), or ``None`` where there is none, or none that makes sense."""
    values = {part.strip() for part in (headers.get("Content-Length") or "").split(",")}
    value = values.pop() if len(values) == 1 else ""
    return int(value) if re.fullmatch("[0-9]{1,18}", value) else None


def has_no_body(method: str, status: int) -> bool:
    """Returns true if a response never has a body, whatever its header says (RFC 9112 §6.3)."""
    return method == "HEAD" or 100 <= status < 200 or status in (204, 304)


def _skip_blank(data: bytes, position: int) -> int:
    blank = _BLANK.match(data, position)
    return blank.end() if blank else position


def _is_boundary(data: bytes, position: int) -> bool:
    """Returns true if nothing but white space stands between ``position`` and the end or the next message."""
    after = _skip_blank(data, position)
    return after == len(data) or starts_message(data, after)


def body_as_captured(head: Head, raw: bytes, *, method: str, absent_is_empty: bool) -> Body:
    """What the bytes after a head say of its body.

    ``raw`` may have more bytes than Content-Length announces, or fewer: an editor changed line ends, a terminal or a
    person cut something off. ``absent_is_empty`` says what no bytes at all mean where the header announces none either.
    """
    length = content_length(head.headers)
    if length is not None and len(raw) > length and _AFTER_BODY.fullmatch(raw, length):
        raw = raw[:length]
    if is_not_shown(raw):
        return Body(content=None)
    if not raw.strip() and len(raw) != length:
        # Here white space is what an editor left, no body.
        if isinstance(head, ResponseHead) and has_no_body(method, head.status):
            return Body(content=b"")
        announced = length != 0 if length is not None else is_chunked(head.headers)
        unknown = announced or (length is None and not absent_is_empty)
        return Body(content=None if unknown else b"")
    if isinstance(head, ResponseHead) and len(raw) != length:
        raw = without_what_follows(raw)
    body = undo_codings(head.headers, raw)
    if length is None or body.content != raw or "Content-Encoding" in head.headers:
        # A coded body's length says nothing about the decoded one.
        return body
    bare = raw.count(b"\n") - raw.count(b"\r\n")
    # Each LF may have been CR LF, and the line end after the last line may be lost.
    return Body(content=raw, truncated=length > len(raw) + bare + 2, deviations=body.deviations)


def _bytes_of_body(data: bytes, start: int, head: Head, *, method: str) -> tuple[bytes, int]:
    """The bytes of the body that starts at ``start``, and where they end."""
    bodiless = isinstance(head, ResponseHead) and has_no_body(method, head.status)
    length = None if bodiless else content_length(head.headers)
    if length is not None and start + length <= len(data) and _is_boundary(data, start + length):
        return data[start : start + length], start + length
    following = next_message(data, start)
    limit = len(data) if following is None else following
    raw = data[start:limit]
    if following is not None and isinstance(head, RequestHead):
        # The response starts on a line of its own, so the recorder ended the body's last line.
        raw = raw.removesuffix(b"\n").removesuffix(b"\r") if raw.endswith(b"\n") else raw
    return raw, limit


def read_messages(data: bytes, *, method: str = "") -> tuple[tuple[Message, ...], tuple[Deviation, ...]]:
    """Every message in ``data``, which begins with one. ``method`` is that of responses whose request is not there."""
    messages: list[Message] = []
    deviations: list[Deviation] = []
    recorded = False
    position = _skip_blank(data, 0)
    while position < len(data):
        if len(messages) == MESSAGE_LIMIT:
            raise LocalProtocolError(
                f"the capture has more than {MESSAGE_LIMIT} messages", "cut it down to the request in question"
            )
        head, start, forgiven = parse_head(data, position)
        deviations += forgiven
        if isinstance(head, RequestHead):
            method, recorded = head.method, True
        raw, position = _bytes_of_body(data, start, head, method=method)
        # Where the request was recorded, so was everything else; of a response alone, curl -D keeps the header only.
        body = body_as_captured(head, raw, method=method, absent_is_empty=recorded)
        deviations += body.deviations
        messages.append(Message(head, body))
        position = _skip_blank(data, position)
    return tuple(messages), tuple(deviations)
