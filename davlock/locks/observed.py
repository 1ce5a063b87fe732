"""A lock as an answer showed it, and when that was: by our own clock, by the server's, and in which exchange."""

from dataclasses import dataclass
from datetime import datetime

from davlock.protocol.lock import ActiveLock

QUICK = 1.0
"""Seconds for an answer up to which its Date is the moment at which the server looked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """When one answer showed something.

    The server looked at some moment between ``sent`` and ``received``, in seconds of our own clock. ``date`` is the
    latter by the server's clock. ``exchange`` is the number of the exchange. ``None``: not known.
    """

    sent: float | None = None
    received: float | None = None
    date: datetime | None = None
    exchange: int | None = None

    @property
    def quick(self) -> bool:
        """Whether ``date`` is when the server looked: a long listing takes longer to write."""
        if self.sent is None or self.received is None:
            return True
        return self.received - self.sent <= QUICK


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedLock:
    """One lock, as ``url`` showed it in this ``observation``; of many resources that show it, the topmost.

    ``root`` is where the lock was taken, at the origin that was asked, whatever host the server writes into its
    lockroots. ``mine`` says whether the person took it. ``inside`` says whether its root is at or below the collection
    that was walked. ``None``: not known.
    """

    lock: ActiveLock
    url: str
    root: str | None = None
    mine: bool | None = None
    inside: bool | None = None
    observation: Observation | None = None
