"""The file that ``davlock put`` sends: how much of it is on the server, should a signal stop it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from davlock.cli.activity import CountedBody
from davlock.cli.pace import size
from davlock.errors import Cancelled
from davlock.protocol.message import BodySource, Exchange, Request
from davlock.transport.base import Send


class Upload:
    """Knows what was sent of ``body``; give ``body`` of this object to the request."""

    def __init__(self, body: BodySource) -> None:
        self.body = CountedBody(body)
        self._status: int | None = None

    def observed(self, send: Send) -> Send:
        """``send``, whose answers to the file are known here."""

        def sending(request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
            if request.body is not self.body:
                return send(request, feed=feed)
            self._status = None  # the file may be sent a second time, with another token
            exchange = send(request, feed=feed)
            self._status = exchange.status
            return exchange

        return sending

    @contextmanager
    def naming_what_may_be_there(self, url: str) -> Iterator[None]:
        """Where a signal ends the block, say what may be on the server by now."""
        try:
            yield
        except KeyboardInterrupt as stop:
            if not (words := self._words()):
                raise
            raise Cancelled.after(stop, f"{url}: {words}; check with: davlock propfind {url}") from None

    def _words(self) -> str:
        sent, total = self.body.pace.done, self.body.pace.total
        if total is None:
            return ""
        if self._status is not None:
            return f"the server answered {self._status} to PUT; davlock did not read the result back"
        if sent < total:
            return f"davlock sent {size(sent)} of {size(total)}; the server may keep a part of the file"
        return f"davlock sent the whole file, {size(total)}, and has no answer; the server may still write it"
