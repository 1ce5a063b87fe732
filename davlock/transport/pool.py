"""The connections of a sender, with the proxy and the TLS contexts they need.

Each is lent to one request after the other. By way of a proxy it is a pool of httpcore's with room for one: a pool
looks at all its connections for every request, so that with 32 in one pool a walk takes four times as long.
"""

import contextlib
import ssl
import threading
from collections.abc import Iterator
from typing import Any

import httpcore

from davlock.transport.call import Call
from davlock.transport.connection import Connection
from davlock.transport.failure import NETWORK_TROUBLE
from davlock.transport.line import Answer, Line
from davlock.transport.network import Network
from davlock.transport.proxy import Proxy
from davlock.transport.tls import context_for, server_context

# Apache closes an idle connection after 5 s. To be the first to close avoids a request that meets a closed one.
_KEEP_ALIVE = 4.0


class Pools:
    """The connections of a sender, at most ``max_connections`` to http and as many to https."""

    def __init__(self, connection: Connection, proxy: Proxy | None) -> None:
        self._connection = connection
        self._proxy = proxy
        self._network = Network()
        self._made: list[Line | httpcore.ConnectionPool] = []
        self._free: dict[bytes, list[Line | httpcore.ConnectionPool]] = {}
        self._room: dict[bytes, threading.Semaphore] = {}
        self._settings: dict[bytes, dict[str, Any]] = {}
        self._context: ssl.SSLContext | None = None
        self._lock = threading.Lock()
        self._lent = threading.local()

    @contextlib.contextmanager
    def watched_by(self, call: Call) -> Iterator[None]:
        """Within it, the calling thread's connection tells ``call`` what happens and keeps to its deadline."""
        with self._network.watched_by(call):
            try:
                yield
            finally:
                self._give_back()

    def handle(self, request: httpcore.Request) -> Answer | httpcore.Response:
        """The head of the response; raises one of ``NETWORK_TROUBLE`` where there is none."""
        call = self._network.call
        pool = self._pool(request.url.scheme, call)
        try:
            return pool.handle_request(request)
        except BaseException as exc:
            call.close_what_is_not_in_use()
            # The package that speaks SOCKS fails in many ways when its peer does not.
            if isinstance(exc, Exception) and not isinstance(exc, NETWORK_TROUBLE) and call.greets_a_socks_proxy:
                raise httpcore.ProxyError("it does not speak SOCKS5") from exc
            raise

    def close(self) -> None:
        """Closes the connections that were kept; requests that are still on their way in other threads end."""
        with self._lock:
            for pool in self._made:
                pool.close()
            self._made.clear()
            self._free.clear()

    def _pool(self, scheme: bytes, call: Call) -> Line | httpcore.ConnectionPool:
        """The one that this thread has for its request; the last that was given back is the likeliest to be open."""
        lent: tuple[bytes, Line | httpcore.ConnectionPool] | None = getattr(self._lent, "pool", None)
        if lent is not None:
            return lent[1]
        with self._lock:
            room = self._room.setdefault(scheme, threading.Semaphore(self._connection.max_connections))
        if not room.acquire(timeout=call.left(httpcore.PoolTimeout)):
            raise httpcore.PoolTimeout("all connections are in use")
        try:
            with self._lock:
                free = self._free.setdefault(scheme, [])
                pool = free.pop() if free else self._new(scheme)
        except BaseException:
            room.release()
            raise
        self._lent.pool = (scheme, pool)
        return pool

    def _give_back(self) -> None:
        lent: tuple[bytes, Line | httpcore.ConnectionPool] | None = getattr(self._lent, "pool", None)
        if lent is not None:
            self._lent.pool = None
            scheme, pool = lent
            with self._lock:
                self._free.setdefault(scheme, []).append(pool)
            self._room[scheme].release()

    def _new(self, scheme: bytes) -> Line | httpcore.ConnectionPool:
        proxy = self._proxy
        made: Line | httpcore.ConnectionPool
        if proxy is None:
            made = Line(self._network, self._server_context() if scheme == b"https" else None, _KEEP_ALIVE)
        else:
            if scheme not in self._settings:
                self._settings[scheme] = self._settings_for(proxy, https=scheme == b"https")
            kind = httpcore.SOCKSProxy if proxy.scheme == "socks5" else httpcore.HTTPProxy
            made = kind(proxy_url=proxy.url, proxy_auth=proxy.auth, **self._settings[scheme])
        self._made.append(made)
        return made

    def _server_context(self) -> ssl.SSLContext:
        """Made once: loading certificates takes time."""
        if self._context is None:
            self._context = server_context(self._connection)
            self._context.set_alpn_protocols(["http/1.1"])
        return self._context

    def _settings_for(self, proxy: Proxy, *, https: bool) -> dict[str, Any]:
        settings: dict[str, Any] = {
            # Without certificates, which take time to load: an http URL has no use for them.
            "ssl_context": server_context(self._connection) if https else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            "max_connections": 1,
            "keepalive_expiry": _KEEP_ALIVE,
            "network_backend": self._network,
        }
        if proxy.scheme == "https":
            settings["proxy_ssl_context"] = context_for(self._connection)
        return settings
