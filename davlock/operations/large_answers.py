"""A large answer is read while it arrives, and not held: of its bytes, the first stay, and all that it says.

Several answers of a diagnosis are held at once, so the bytes of each must be few. What is read as it arrives is read
within the time of the request.
"""

from collections.abc import Callable
from dataclasses import replace

from davlock.errors import DavlockError, NoResponse, NoResponseKind
from davlock.protocol.content import ContentReader, XmlContent
from davlock.protocol.message import Exchange, Request, Response
from davlock.protocol.precondition import READING, judge, read_answer
from davlock.transport.base import COLLECT_LIMIT, EVIDENCE_LIMIT, Send

LIVE_HELD_LIMIT = 12 * 1024 * 1024
"""Like HELD_LIMIT: several answers are held at once, and who wants a long listing takes it as it comes."""


class ReadsLargeAnswers:
    """A sender that does so. Bodies of up to ``EVIDENCE_LIMIT`` bytes pass as they are.

    An answer to GET passes as it is, too: its body is content, and nothing to be read.
    """

    def __init__(self, send: Send) -> None:
        self._send = send

    def __call__(self, request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        if feed is not None:
            return self._send(request, feed=feed)
        body = _Body(request.url)
        try:
            exchange = self._send(request, feed=body.feed)
        except _TooLarge:
            why = f"the answer is larger than {COLLECT_LIMIT // 1024 // 1024} MiB"
            return Exchange(request=request, outcome=NoResponse(NoResponseKind.TOO_LARGE, request.url, why))
        response = exchange.response
        if response is None or not response.body or request.method.upper() == "GET":
            return exchange
        if body.content is not None:
            return replace(exchange, outcome=_shortened(response, request.url, body.content()))
        if len(response.body) > EVIDENCE_LIMIT:
            return replace(exchange, outcome=_shortened(response, request.url, None))
        return exchange


class _TooLarge(DavlockError):
    """The body is larger than may be collected."""


class _Body:
    """The body of a 207: the first bytes are held back, since most bodies have no more."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._length = 0
        self._held = bytearray()
        self._reader: ContentReader | None = None

    def feed(self, data: bytes) -> None:
        """More of it."""
        self._length += len(data)
        if self._length > COLLECT_LIMIT:
            raise _TooLarge
        if self._reader is None:
            self._held += data
            if self._length <= EVIDENCE_LIMIT:
                return
            self._reader = ContentReader(self._base, limit=LIVE_HELD_LIMIT)
            data = bytes(self._held)
            self._held.clear()
        self._reader.feed(data)

    @property
    def content(self) -> Callable[[], XmlContent] | None:
        """Closes the reading; ``None`` where the body is small, or none was fed."""
        return self._reader.close if self._reader is not None else None


def _shortened(response: Response, base: str, content: XmlContent | None) -> Response:
    """The response with the first bytes of its body, and with all that the body says."""
    answer = judge(response, base, content) if content is not None else read_answer(response, base)
    short = replace(response, body=(response.body or b"")[:EVIDENCE_LIMIT], body_truncated=True)
    short.keep_reading(READING, answer)
    return short
