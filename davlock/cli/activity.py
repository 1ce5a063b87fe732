"""What a command is at, as its requests show it: which one waits for the server, how much of a file is sent."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from davlock.cli.options import Shared
from davlock.cli.pace import Pace, size, size_per_time
from davlock.protocol.message import BodySource, Exchange, Request
from davlock.protocol.url import without_credentials
from davlock.render.plural import count
from davlock.transport.base import Send

T = TypeVar("T")


class Activity:
    """Knows the requests of one command, whoever sends them."""

    def __init__(self) -> None:
        self._answered = 0
        self._now: _Sent | None = None
        self._targets: Pace | None = None
        self._what = ""

    def observed(self, send: Send) -> Send:
        """``send``, whose requests are known here."""

        def sending(request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
            sent = self._now = _Sent(request)
            body = request.body
            if body is not None and not isinstance(body, bytes):
                sent.body = CountedBody(body)
                request = replace(request, body=sent.body)
            exchange = send(request, feed=feed if feed is None else sent.feeding(feed))
            self._answered += 1
            if self._now is sent:
                self._now = None
            return exchange if sent.body is None else replace(exchange, request=replace(exchange.request, body=body))

        return sending

    def each(self, targets: Sequence[T], what: str = "URL") -> Iterator[T]:
        """Each of ``targets``, one after the other; the line says how many are done. ``what`` one of them is."""
        self._what = what
        pace = self._targets = Pace(len(targets)) if len(targets) > 1 else None
        for done, target in enumerate(targets):
            if pace is not None:
                pace.at(done)
            yield target
        self._targets = None

    def pass_over(self, seconds: float) -> None:
        """The last ``seconds`` were not the server's: davlock waited for a person."""
        if self._now is not None:
            self._now.since += seconds

    def words(self) -> str:
        """One line; empty while nothing is on its way."""
        sent, pace = self._now, self._targets
        parts = []
        if pace is not None and pace.total:
            parts = [f"{self._what} {pace.done + 1:,} of {pace.total:,}", *pace.words()]
        if sent is not None:
            parts += sent.words()
        if self._answered and pace is None and (sent is None or sent.body is None):
            parts.append(f"{count(self._answered, 'request')} answered")
        return ", ".join(parts)


def activity_of(shared: Shared) -> Activity:
    """That of the command, or one that nobody sees."""
    return shared.activity if shared.activity is not None else Activity()


class _Sent:
    """A request without an answer."""

    def __init__(self, request: Request) -> None:
        self._method = request.method
        self._url = request.url
        self.since = time.monotonic()
        self._received = 0
        self.body: CountedBody | None = None

    def feeding(self, feed: Callable[[bytes], object]) -> Callable[[bytes], object]:
        """``feed``, whose bytes are counted."""

        def counted(data: bytes) -> object:
            self._received += len(data)
            return feed(data)

        return counted

    def words(self) -> list[str]:
        """The parts of a line."""
        from davlock.diagnosis.lock_names import name_of  # most commands end before they are needed
        from davlock.diagnosis.wording import seconds_in_words

        what = f"{self._method} {name_of(without_credentials(self._url))}"
        pace = self.body.pace if self.body is not None else None
        if pace is not None and pace.total is not None and pace.done < pace.total:
            return [f"{what}: {size(pace.done)} of {size(pace.total)}", *pace.words(size_per_time)]
        passed = time.monotonic() - max(self.since, self.body.sent_at if self.body is not None else 0.0)
        if self._received:
            return [f"{what}: {size(self._received)} read"]
        return [f"{what}: waiting for the server" + (f" for {seconds_in_words(passed)}" if passed >= 1 else "")]


class CountedBody:
    """A body that knows how much of it was sent."""

    def __init__(self, body: BodySource) -> None:
        self._body = body
        self.pace = Pace()
        self.sent_at = 0.0

    @property
    def length(self) -> int:
        """In bytes."""
        return self._body.length

    def __iter__(self) -> Iterator[bytes]:
        self.pace = Pace(self.length)  # it may be sent a second time, with a login
        sent = 0
        for piece in self._body:
            yield piece
            sent += len(piece)
            self.pace.at(sent)
        self.sent_at = time.monotonic()
