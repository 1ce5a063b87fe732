"""Who took each lock, where a listing does not say it: one PROPFIND of Depth 0 on each locked resource.

Subversion names the user and the date in header fields, which can speak of one lock only. Nextcloud has them as
properties of its own, which are asked for once the product is known.
"""

from collections.abc import Iterable
from dataclasses import replace

from davlock.diagnosis.resource import find, read_propfind, view
from davlock.errors import NoResponse
from davlock.locks.observed import ObservedLock
from davlock.locks.server_record import server_record
from davlock.protocol.lock import ActiveLock, Depth
from davlock.protocol.message import Exchange
from davlock.protocol.requests import LOCK_PROPERTIES, propfind
from davlock.servers.profile import Profile
from davlock.transport.base import Send

MOST = 200
"""Locks that are asked for their user in one command: each costs a request."""


class LockUsers:
    """Asks for the user of each lock, as long as there are requests to spend. ``left`` counts the locks not asked."""

    def __init__(self, send: Send, server: Profile | None) -> None:
        self._send = send
        self._server = server
        self.asked = 0
        self.left = 0

    @property
    def wanted(self) -> bool:
        """Returns true if this product says more of a lock than a listing shows."""
        server = self._server
        return server is not None and (server.names_user_in_header or bool(server.lock_properties))

    def rows(self, rows: Iterable[ObservedLock]) -> tuple[ObservedLock, ...]:
        """Returns ``rows``, each lock with what the server recorded of it."""
        if not self.wanted:
            return tuple(rows)
        return tuple(replace(row, lock=self._completed(row.lock, row.url)) for row in rows)

    def found(self, locks: Iterable[ObservedLock]) -> tuple[ObservedLock, ...]:
        """Returns ``locks``, each with what the server recorded of it."""
        if not self.wanted:
            return tuple(locks)
        return tuple(replace(entry, lock=self._completed(entry.lock, entry.url)) for entry in locks)

    def _completed(self, lock: ActiveLock, url: str) -> ActiveLock:
        if lock.token is None or server_record(lock).user is not None:
            return lock
        if self.asked >= MOST:
            self.left += 1
            return lock
        self.asked += 1
        names = self._server.lock_properties if self._server is not None else ()
        try:
            exchange = self._send(propfind(url, Depth.ZERO, (*LOCK_PROPERTIES, *names)))
        except NoResponse:
            return lock
        return next((shown for shown in _locks_in(exchange) if shown.token == lock.token), lock)


def _locks_in(exchange: Exchange) -> tuple[ActiveLock, ...]:
    answer = read_propfind(exchange)
    element = None if isinstance(answer, str) else find(answer, exchange.request.url, exchange.request.url)
    if element is None:
        return ()
    seen = view(element, exchange.request.url)
    return tuple(replace(lock, vendor=lock.vendor + seen.vendor) for lock in seen.locks or ())
