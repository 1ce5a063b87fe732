"""A lock as an answer showed it, and when that was: by our own clock, by the server's, and in which exchange."""

from datetime import datetime

from davlock.protocol.lock import ActiveLock
from davlock.values import dataclass

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
        """Returns true if ``date`` is when the server looked: a long listing takes longer to write."""
        if self.sent is None or self.received is None:
            return True
        return self.received - self.sent <= QUICK


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedLock:
    """One lock, as ``url`` showed it in this ``observation``; of many resources that show it, the topmost.

    ``root`` is where the lock was taken, at the origin that was asked, whatever host the server writes into its
    lockroots. ``direct`` says whether that is the resource in question. ``inside`` says whether it is at or below the
    collection that was walked. ``mine``: davlock took the lock; ``False``: it has the token of a lock that davlock
    took, and another owner. ``None``: not known. ``held``: its token is known, because davlock took it or because
    somebody typed the token.
    """

    lock: ActiveLock
    url: str
    root: str | None = None
    direct: bool | None = None
    mine: bool | None = None
    inside: bool | None = None
    held: bool = False
    observation: Observation | None = None

    @property
    def token(self) -> str | None:
        """The token's text, where the server shows it."""
        return self.lock.token.uri if self.lock.token else None

    @property
    def exchange(self) -> int:
        """The number of the exchange that showed it. Raises ValueError where none was noted: a walk numbers none."""
        if self.observation is None or self.observation.exchange is None:
            raise ValueError(f"the exchange that showed {self.token} was not noted")
        return self.observation.exchange
