"""httpcore's connection pools: one for http and one for https, with the proxy and the TLS contexts they need."""

import contextlib
import ssl
import threading
from typing import Any

import httpcore

from davlock.transport.call import Call
from davlock.transport.connection import Connection
from davlock.transport.failure import NETWORK_TROUBLE
from davlock.transport.network import Network
from davlock.transport.proxy import Proxy
from davlock.transport.tls import context_for, server_context

# Apache closes an idle connection after 5 s. To be the first to close avoids a request that meets a closed one.
_KEEP_ALIVE = 4.0


class Pools:
    """The connections of a sender. A pool is made when it is first needed."""

    def __init__(self, connection: Connection, proxy: Proxy | None) -> None:
        self._connection = connection
        self._proxy = proxy
        self._network = Network()
        self._pools: dict[bytes, httpcore.ConnectionPool] = {}
        self._lock = threading.Lock()

    def watched_by(self, call: Call) -> contextlib.AbstractContextManager[None]:
        """Within it, the calling thread's connections tell ``call`` what happens and keep to its deadline."""
        return self._network.watched_by(call)

    def handle(self, request: httpcore.Request) -> httpcore.Response:
        """The head of the response; raises one of ``NETWORK_TROUBLE`` where there is none."""
        pool = self._pool(request.url.scheme)
        call = self._network.call
        try:
            return pool.handle_request(request)
        except BaseException as exc:
            call.close_what_is_not_in_use()
            # The package that speaks SOCKS fails in many ways when its peer does not.
            if isinstance(exc, Exception) and not isinstance(exc, NETWORK_TROUBLE) and call.greets_a_socks_proxy:
                raise httpcore.ProxyError("it does not speak SOCKS5") from exc
            raise

    def close(self) -> None:
        """Closes the connections that were kept."""
        with self._lock:
            for pool in self._pools.values():
                pool.close()
            self._pools.clear()

    def _pool(self, scheme: bytes) -> httpcore.ConnectionPool:
        with self._lock:
            if scheme not in self._pools:
                self._pools[scheme] = self._made(https=scheme == b"https")
            return self._pools[scheme]

    def _made(self, *, https: bool) -> httpcore.ConnectionPool:
        settings: dict[str, Any] = {
            # Without certificates, which take time to load: an http URL has no use for them.
            "ssl_context": server_context(self._connection) if https else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            "max_connections": self._connection.max_connections,
            "keepalive_expiry": _KEEP_ALIVE,
            "network_backend": self._network,
        }
        proxy = self._proxy
        if proxy is None:
            return httpcore.ConnectionPool(**settings)
        if proxy.scheme == "socks5":
            return httpcore.SOCKSProxy(proxy_url=proxy.url, proxy_auth=proxy.auth, **settings)
        if proxy.scheme == "https":
            settings["proxy_ssl_context"] = context_for(self._connection)
        return httpcore.HTTPProxy(proxy_url=proxy.url, proxy_auth=proxy.auth, **settings)
