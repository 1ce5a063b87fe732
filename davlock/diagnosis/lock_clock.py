"""When locks end, by the Dates of the server's answers: the only clock that its locks go by."""

from collections.abc import Iterable
from copy import copy
from datetime import datetime

from davlock.protocol.lock import ActiveLock
from davlock.protocol.message import Exchange
from davlock.protocol.retry_after import http_date


class LockClock:
    """Feed it the answers in their order. Where it is not ``timed``, the timeouts that the server shows are no measure
    of when a lock ends.
    """

    def __init__(self, *, timed: bool) -> None:
        self._timed = timed
        self._now: datetime | None = None
        self._date: datetime | None = None
        self._started: dict[str, tuple[datetime, float]] = {}

    def copy(self) -> "LockClock":
        """Returns a clock that goes on from here by itself."""
        other = copy(self)
        other._started = dict(self._started)
        return other

    def look(self, exchange: Exchange) -> None:
        """Lets time pass until the Date of this answer."""
        response = exchange.response
        self._date = http_date(response.headers.get("Date") or "") if response is not None else None
        if self._date is not None and (self._now is None or self._date > self._now):
            self._now = self._date

    def start(self, locks: Iterable[ActiveLock]) -> None:
        """Measures the time of these locks from the answer that was looked at last."""
        for lock in locks:
            if lock.token is None:
                continue
            self._started.pop(lock.token.uri, None)
            if self._timed and self._date is not None and lock.timeout is not None and lock.timeout.seconds:
                self._started[lock.token.uri] = (self._date, lock.timeout.seconds)

    def lasts(self, if_header: str) -> None:
        """The server let the tokens of this If header pass: their locks last, whatever the Dates say."""
        self._started = {token: start for token, start in self._started.items() if f"<{token}>" not in if_header}

    def ran_out(self, token: str) -> bool:
        """Returns true if the time of this lock is over, unless somebody refreshed it."""
        if token not in self._started or self._now is None:
            return False
        since, seconds = self._started[token]
        return (self._now - since).total_seconds() >= seconds
