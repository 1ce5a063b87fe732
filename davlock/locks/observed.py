"""When something was observed: by our own clock, by the server's, and in which exchange."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """When one answer showed something.

    The server looked at some moment between ``sent`` and ``received``, in seconds of our own clock. ``date`` is the
    same moment by the server's clock. ``exchange`` is the number of the exchange. ``None``: not known.
    """

    sent: float | None = None
    received: float | None = None
    date: datetime | None = None
    exchange: int | None = None
