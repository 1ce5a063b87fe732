"""HAR 1.2, as browsers, mitmproxy and Fiddler write it: http://www.softwareishard.com/blog/har-12-spec/

Read strictly where a wrong type would make a wrong diagnosis, and leniently where something is missing: every tool
leaves something out. Keys that begin with an underscore are ours or another tool's own, as the specification allows.
"""

import binascii
import json
import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlencode

from davlock.capture.codings import Body, undo_codings
from davlock.capture.har_writing import write_har
from davlock.capture.head import RequestHead, ResponseHead
from davlock.capture.pairing import NO_RESPONSE, unanswered
from davlock.capture.raw import content_length, has_no_body
from davlock.capture.secret import Users, body_without_secrets, shown_url, without_secrets
from davlock.errors import LocalProtocolError, NoResponseKind
from davlock.protocol.deviation import Deviation
from davlock.protocol.message import Exchange, Headers, Request, Response
from davlock.values import dataclass

__all__ = ["is_har", "parse_json", "read_har", "write_har"]

HINT = "export it again, as HAR 1.2"

# What Chromium writes where there is no response ("net::ERR_NAME_NOT_RESOLVED"), and others in words of their own.
_KINDS = (
    ("name_not_resolved", NoResponseKind.DNS),
    ("dns", NoResponseKind.DNS),
    ("connection_refused", NoResponseKind.CONNECT),
    ("connect_failed", NoResponseKind.CONNECT),
    ("timed_out", NoResponseKind.TIMEOUT),
    ("timeout", NoResponseKind.TIMEOUT),
    ("proxy", NoResponseKind.PROXY),
    ("tunnel", NoResponseKind.PROXY),
    ("ssl", NoResponseKind.TLS),
    ("cert", NoResponseKind.TLS),
    ("tls", NoResponseKind.TLS),
)


_BASE64 = re.compile(r"[A-Za-z0-9+/]{6,}={0,2}")
_DOCUMENT = re.compile(rb"\s*<[?!A-Za-z]|\s*\{\s*\"|\x1f\x8b")


@dataclass(frozen=True, slots=True)
class _Json:
    """A value and where it stands, so that an error can name the place. What is absent and what is null are one."""

    value: object
    path: str

    def wrong(self, expected: str) -> LocalProtocolError:
        """The error that says what should be here."""
        return LocalProtocolError(f"the HAR file is not readable: {self.path} is not {expected}", HINT)

    def member(self, name: str) -> "_Json":
        """The member ``name`` of an object."""
        if not isinstance(self.value, dict):
            raise self.wrong("an object")
        return _Json(self.value.get(name), f"{self.path}.{name}")

    @property
    def absent(self) -> bool:
        """Returns true if there is no value."""
        return self.value is None

    def items(self) -> "Iterator[_Json]":
        """The items of a list; of an absent one, none. One at a time, for a file may hold millions of them."""
        if not isinstance(self.value, list | None):
            raise self.wrong("a list")
        for index, item in enumerate(self.value or ()):
            yield _Json(item, f"{self.path}[{index}]")

    def take_items(self) -> "Iterator[_Json]":
        """The same. Each leaves the list as it is taken: what was read of a long file is not kept twice."""
        for index, item in enumerate(self.items()):
            assert isinstance(self.value, list)  # noqa: S101 -- it has items
            self.value[index] = None
            yield item

    def text(self) -> str:
        """A string, empty where absent. What UTF-8 cannot hold (half a surrogate pair) becomes a question mark."""
        if self.value is None:
            return ""
        if not isinstance(self.value, str):
            raise self.wrong("a string")
        return self.value.encode("utf-8", "replace").decode("utf-8")

    def number(self) -> float | None:
        """A number, or ``None`` where it is absent or negative, which is HAR's way to say unknown."""
        if self.value is None:
            return None
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise self.wrong("a number")
        try:
            number = float(self.value)
        except OverflowError:
            raise self.wrong("a number of a sensible size") from None
        return number if math.isfinite(number) and number >= 0 else None


def parse_json(data: bytes) -> object:
    """The document, or ``None`` if it is not JSON."""
    try:
        return json.loads(data.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        # A number of thousands of digits is a ValueError too.
        return None


def is_har(document: object) -> bool:
    """Returns true if a JSON document has ``log.entries``."""
    log = document.get("log") if isinstance(document, dict) else None
    return isinstance(log, dict) and "entries" in log


def read_har(document: object) -> tuple[tuple[Exchange, ...], tuple[Deviation, ...]]:
    """The exchanges of a HAR document, in the order in which they were started. Its entries leave the document."""
    entries = _Json(document, "$").member("log").member("entries")
    deviations: list[Deviation] = []
    users = Users()
    timed: list[tuple[float | None, Exchange]] = []
    wrong: list[LocalProtocolError] = []
    for entry in entries.take_items():
        try:
            timed.append((_started(entry), _exchange(entry, users, deviations)))
        except LocalProtocolError as error:
            wrong.append(error)
    if wrong and not timed:
        raise wrong[0]
    if wrong:
        more = f", and {len(wrong) - 1} more entries like it" if len(wrong) > 1 else ""
        deviations.append(Deviation("HAR", f"skipped: {wrong[0].what}{more}"))
    if not timed:
        raise LocalProtocolError("the HAR file has no entries", "record again with the network log open")
    started = [when for when, _ in timed if when is not None]
    if len(started) < len(timed):
        deviations.append(
            Deviation("startedDateTime", "missing or not a time, so davlock kept the order of the entries")
        )
        return tuple(exchange for _, exchange in timed), tuple(deviations)
    return tuple(exchange for _, exchange in sorted(timed, key=lambda pair: pair[0] or 0.0)), tuple(deviations)


def _started(entry: _Json) -> float | None:
    try:
        when = datetime.fromisoformat(entry.member("startedDateTime").text())
        seconds = (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
        # Fiddler writes the year 1 where it did not measure.
        return seconds if seconds >= 0 else None
    except (ValueError, OverflowError):
        return None


def _exchange(entry: _Json, users: Users, deviations: list[Deviation]) -> Exchange:
    asked, answered = entry.member("request"), entry.member("response")
    if asked.absent:
        raise asked.wrong("an object")
    request = _request(asked, users)
    elapsed_ms = entry.member("time").number()
    status = None if answered.absent else answered.member("status").number()
    if not status:
        error = None if answered.absent else answered.member("_error").value
        own = error in [kind.value for kind in NoResponseKind]
        why = f"{NO_RESPONSE} ({error})" if isinstance(error, str) and not own else NO_RESPONSE
        return unanswered(request, _kind(error), why)
    if not 100 <= status <= 999 or status != int(status):
        raise answered.member("status").wrong("an HTTP status")
    fields = _headers(answered)
    head = ResponseHead(status=int(status), reason=answered.member("statusText").text(), headers=fields)
    body = _response_body(answered, head, request.method)
    deviations += body.deviations
    response = Response(
        status=head.status,
        reason=head.reason,
        headers=without_secrets(fields),
        body=body_without_secrets(body.content),
        body_truncated=body.truncated or answered.member("_bodyTruncated").value is True,
    )
    return Exchange(request=request, outcome=response, elapsed_ms=elapsed_ms)


def _kind(error: object) -> NoResponseKind:
    words = error.lower() if isinstance(error, str) else ""
    own = next((kind for kind in NoResponseKind if kind.value == words), None)
    return own or next((kind for word, kind in _KINDS if word in words), NoResponseKind.RESET)


def _headers(message: _Json) -> Headers:
    """The header fields without the pseudo ones of HTTP/2; an empty list is one that was not recorded."""
    pairs = [
        (field.member("name").text().strip(), field.member("value").text())
        for field in message.member("headers").items()
    ]
    recorded_complete = message.member("_headersComplete").value
    complete = recorded_complete is True or (bool(pairs) and recorded_complete is not False)
    return Headers.of(((name, value) for name, value in pairs if name and not name.startswith(":")), complete=complete)


def _request(asked: _Json, users: Users) -> Request:
    fields = _headers(asked)
    head = RequestHead(method=asked.member("method").text(), target="", headers=fields)
    return Request(
        method=head.method,
        url=shown_url(asked.member("url").text()),
        headers=without_secrets(fields, users),
        body=_request_body(asked, head),
    )


def _request_body(asked: _Json, head: RequestHead) -> bytes | None:
    posted = asked.member("postData")
    if not posted.absent:
        text, parameters = posted.member("text"), tuple(posted.member("params").items())
        encoding = posted.member("encoding").text() or posted.member("_encoding").text()
        size = asked.member("bodySize").number() or content_length(head.headers)
        if text.value == "" and not parameters and size:
            # Firefox, of what is no text.
            return None
        if text.value or not parameters:
            return None if text.absent else _bytes(text, encoding)
        pairs = [(parameter.member("name").text(), parameter.member("value").text()) for parameter in parameters]
        return urlencode(pairs).encode()
    size = asked.member("bodySize").number()
    if size is None:
        # -1, or nothing: the header says whether there was one.
        announced = content_length(head.headers) != 0 and "Content-Length" in head.headers
        known = head.headers.complete and asked.member("bodySize").absent
        return b"" if known and not announced and "Transfer-Encoding" not in head.headers else None
    return b"" if size == 0 and not content_length(head.headers) else None


def _response_body(answered: _Json, head: ResponseHead, method: str) -> Body:
    content = answered.member("content")
    text = None if content.absent else content.member("text")
    size = None if content.absent else content.member("size").number()
    sent = answered.member("bodySize").number() or 0  # -1: not known
    if text is None or text.absent or (text.value == "" and (size or sent > 0)):
        nothing = size == 0 and sent <= 0 and not content_length(head.headers)
        empty = has_no_body(method, head.status) or nothing
        return Body(content=b"" if empty else None)
    encoding = content.member("encoding").text()
    raw = (None if encoding else _base64_unsaid(text.text(), size)) or _bytes(text, encoding)
    # Content-Length is of what went over the wire: it tells nothing about the text here.
    return undo_codings(head.headers, raw)


def _base64_unsaid(text: str, size: float | None) -> bytes | None:
    """What ``text`` is in base64 where nobody said that it is: of just the size announced, or a document."""
    if len(text) % 4 or not _BASE64.fullmatch(text):
        return None
    raw = binascii.a2b_base64(text)
    return raw if (len(raw) == size and size != len(text)) or _DOCUMENT.match(raw) else None


def _bytes(text: _Json, encoding: str) -> bytes:
    written = text.text()
    if encoding.lower() != "base64":
        return written.encode()
    try:
        return binascii.a2b_base64(written.encode())
    except binascii.Error:
        raise text.wrong("base64") from None
