"""How long, and with how many requests, a scratch collection may be removed."""

from collections.abc import Callable

from davlock.protocol.message import Exchange

REMOVAL_SECONDS = 30.0
"""Seconds after which the removal sends nothing more."""

MOST_REQUESTS = 3000
"""Requests after which the removal sends nothing more."""

NO_ANSWERS = 3
"""Requests in a row without an answer, after which only the DELETE of the whole collection is tried."""


class RemovalBudget:
    """Counts from :meth:`begin` on. Before that, only requests without an answer are counted."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._ends: float | None = None
        self._requests_left = MOST_REQUESTS
        self._unanswered = 0

    def begin(self) -> bool:
        """Start the time, once: an interrupt, after which the removal begins again, does not prolong it.

        Returns whether this was the first call.
        """
        if self._ends is not None:
            return False
        self._ends = self._clock() + REMOVAL_SECONDS
        self._unanswered = 0
        return True

    def note(self, exchange: Exchange) -> None:
        """Count a request that was not answered."""
        self._unanswered = self._unanswered + 1 if exchange.response is None else 0

    @property
    def is_over(self) -> bool:
        """Returns true if the removal has used up its time or its requests."""
        return self._ends is not None and (self._clock() >= self._ends or self._requests_left <= 0)

    def spend(self, *, whole: bool = False) -> bool:
        """Count one request, and return whether it may be sent. ``whole``: it deletes the whole collection."""
        if self.is_over or (self._unanswered >= NO_ANSWERS and not whole):
            return False
        if self._ends is not None:
            self._requests_left -= 1
        return True
