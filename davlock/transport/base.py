"""The seam: one method, and everything that stands between a verb and the wire has its signature."""

from collections.abc import Callable
from typing import Protocol

from davlock.protocol.message import Exchange, Request

COLLECT_LIMIT = 16 * 1024 * 1024
"""Bytes of a decoded body that are held in memory; a larger one is refused, unless it is fed to a parser."""

FEED_LIMIT = 1024 * 1024 * 1024
"""Bytes of a decoded body that are fed to a parser before it is refused."""

EVIDENCE_LIMIT = 64 * 1024
"""Bytes kept in ``Response.body`` of a body that went to a parser."""


class Send(Protocol):
    """Sends one request and returns what came of it; never raises for a failure of the network.

    With ``feed``, the decoded body of a 207 is handed over in pieces as it arrives, and ``Response.body`` keeps its first
    ``EVIDENCE_LIMIT`` bytes. An exception raised by ``feed`` ends the request and passes through. Redirects are never
    followed here: they are evidence.
    """

    def __call__(self, request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange: ...
