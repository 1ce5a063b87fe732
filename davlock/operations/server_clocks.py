"""How far the clocks of servers are ahead of ours: a lock ends by the server's clock."""

from collections.abc import Callable
from datetime import datetime

from davlock.protocol.message import Exchange, Request
from davlock.protocol.retry_after import http_date
from davlock.protocol.url import origin
from davlock.transport.base import Send

SAME_CLOCK = 30.0
"""Seconds by which a server's clock may differ from ours and count as the same."""


class ServerClocks:
    """The clock of each server, as its latest answer showed it. ``now`` gives the time by ours, with its zone."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._ahead: dict[str, float] = {}  # seconds, by origin

    def recording(self, send: Send) -> Send:
        """Returns ``send``, which compares the Date of each answer with our clock as it arrives."""

        def noting(request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
            exchange = send(request, feed=feed)
            date = exchange.response.headers.get("Date") if exchange.response is not None else None
            moment = http_date(date) if date is not None else None
            if moment is not None:
                self._ahead[origin(request.url)] = (moment - self._now()).total_seconds()
            return exchange

        return noting

    def seconds_ahead(self, url: str) -> float:
        """Returns by how many seconds the server's clock is ahead; 0 where it is much the same, or not known."""
        ahead = self._ahead.get(origin(url), 0.0)
        return ahead if abs(ahead) > SAME_CLOCK else 0.0
