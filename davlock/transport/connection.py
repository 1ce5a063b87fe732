"""The settings of a sender, before anything is opened: all that ``--cacert``, ``--proxy``, ``-H`` and the like say."""

from dataclasses import dataclass, field

from davlock import __version__
from davlock.transport.auth import Credentials
from davlock.transport.base import COLLECT_LIMIT, FEED_LIMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How to reach servers. Times are in seconds, ``None`` is no limit; ``max_time`` bounds a request as a whole."""

    verify: bool = True
    cacert: str | None = None
    cert: str | None = None
    key: str | None = None
    proxy: str | None = field(default=None, repr=False)
    connect_timeout: float | None = 10.0
    max_time: float | None = 60.0
    user_agent: str = f"davlock/{__version__}"
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    credentials: Credentials | None = None
    max_connections: int = 64
    collect_limit: int = COLLECT_LIMIT
    feed_limit: int = FEED_LIMIT
