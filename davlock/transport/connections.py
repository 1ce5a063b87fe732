"""The connections of a sender: each an httpx transport with room for one, lent to one request after the other.

In a shared pool httpcore looks at all connections for every request: with 32 a walk takes four times as long.
"""

import importlib.util
import queue
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import TracebackType
from typing import NoReturn

from davlock.errors import LocalProtocolError
from davlock.transport.httpcore_import import httpcore
from davlock.transport.httpx_import import httpx
from davlock.transport.network import Network
from davlock.transport.progress import Progress
from davlock.transport.proxy_url import proxy_parts
from davlock.transport.settings import SOCKS_PACKAGE, ConnectionSettings
from davlock.transport.tls import context_for, server_context

# Apache closes an idle connection after 5 s. To be the first to close avoids a request that meets a closed one.
_KEEP_ALIVE = 4.0

# RFC 9110 §9.2.2, and read-only: they may be sent again when a kept connection turns out to be closed. LOCK may not,
# since a second one meets the lock of the first.
_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND"})

_Pool = httpcore.ConnectionPool | httpcore.HTTPConnection


class Connection(httpx.BaseTransport):
    """One connection, opened when it is first needed, and again after it was closed.

    It is ``httpx.HTTPTransport`` with a network of its own, for which that one has no argument.
    """

    def __init__(self, pool: Callable[[httpcore.Origin, Network], _Pool], network: Network) -> None:
        self._make_pool = pool
        self._network = network
        self._pool: _Pool | None = None
        self._origin: httpcore.Origin | None = None
        self._doubtful = False  # whether the server may be closing it, without having said so

    def lend(self, progress: Progress) -> None:
        """It is for the request of ``progress`` from now on."""
        self._network.progress = progress

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The head of the response. A kept connection that fails is replaced, if nothing can be done twice by that."""
        progress = self._network.progress
        progress.repeatable = request.method in _REPEATABLE
        if self._doubtful and not progress.repeatable:
            self.close()
        try:
            response = self._send(request)
        except (httpx.NetworkError, httpx.RemoteProtocolError):
            if not progress.met_a_closed_connection or (progress.written and not progress.repeatable):
                raise
            self.close()
            progress.begin()
            response = self._send(request)
        # libsoup, under chezdav, closes after each 204 that does not say how it goes on.
        self._doubtful = response.status_code == 204 and not (
            response.headers.keys() & {"content-length", "connection", "keep-alive"}
        )
        return response

    def _send(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        progress = self._network.progress
        try:
            answer = self._pool_for(target.origin).handle_request(
                httpcore.Request(
                    request.method,
                    target,
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions={"trace": progress.trace} if progress.settings.proxy else {},
                )
            )
        except Exception as exc:
            _raise_in_httpx_terms(exc, progress)
        progress.awaiting_head = False
        if not progress.received:
            raise httpx.RemoteProtocolError("an answer that came before the request")
        stream = _AnswerStream(answer, self, progress)
        return httpx.Response(answer.status, headers=answer.headers, stream=stream, extensions=answer.extensions)

    def _pool_for(self, origin: httpcore.Origin) -> _Pool:
        pool = self._pool
        over = isinstance(pool, httpcore.HTTPConnection) and (pool.is_closed() or pool.has_expired())
        if pool is None or over or origin != self._origin:
            self.close()
            self._origin = origin
            pool = self._pool = self._make_pool(origin, self._network)
        return pool

    def close(self) -> None:
        """Until the next request. Another thread that waits for an answer gets none."""
        self._doubtful = False
        self._network.close()
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()


class _AnswerStream(httpx.SyncByteStream):
    """The body of an answer. What comes after it in one piece with it was not asked for, and ends the connection."""

    def __init__(self, answer: httpcore.Response, connection: Connection, progress: Progress) -> None:
        self._answer = answer
        self._connection = connection
        self._progress = progress
        self._chunked = any(name.lower() == b"transfer-encoding" for name, _ in answer.headers)
        self._length = 0

    def __iter__(self) -> Iterator[bytes]:
        pieces = iter(self._answer.iter_stream())
        while True:
            try:
                piece = next(pieces)
            except StopIteration:
                return
            except Exception as exc:
                _raise_in_httpx_terms(exc, self._progress)
            self._length += len(piece)
            yield piece

    def close(self) -> None:
        self._answer.close()
        received = self._progress.body_received
        if self._chunked:
            exact = not received or self._progress.body_end.endswith((b"\n\r\n", b"\n\n"))
        else:
            exact = received == self._length
        if not exact:
            self._connection.close()


def _raise_in_httpx_terms(exc: Exception, progress: Progress) -> NoReturn:
    """httpcore's exceptions as httpx's, which have the same names."""
    if isinstance(exc, (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError)):
        raise getattr(httpx, type(exc).__name__)(str(exc)) from exc
    # The package that speaks SOCKS fails in many ways when its peer does not.
    if progress.asking or progress.tls_layers or not progress.settings.proxy_scheme.startswith("socks"):
        raise exc
    raise httpx.ProxyError("it does not speak SOCKS5") from exc


class _Substitute(httpx.BaseTransport):
    """A transport of the caller's own in place of a connection. It says by its exceptions alone how far it came."""

    def __init__(self, transport: httpx.BaseTransport, progress: Progress) -> None:
        self._transport = transport
        self._progress = progress

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        left = self._progress.left(httpx.ReadTimeout)
        request.extensions["timeout"] = dict.fromkeys(("connect", "read", "write", "pool"), left)
        self._progress.connecting()
        try:
            response = self._transport.handle_request(request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError):
            raise
        except Exception:
            self._asked()
            raise
        self._asked()
        return response

    def _asked(self) -> None:
        self._progress.asking_now()
        self._progress.wrote()


class _Loan:
    """``with`` it, a connection is for one request: contextlib's takes five times as long, for each of a walk."""

    __slots__ = ("_connections", "_progress", "_transport")

    def __init__(self, connections: "Connections", progress: Progress) -> None:
        self._connections = connections
        self._progress = progress
        self._transport: httpx.BaseTransport | None = None

    def __enter__(self) -> httpx.BaseTransport:
        self._transport = self._connections.lend(self._progress)
        return self._transport

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self._connections.give_back(self._transport, usable=kind is None)


class Connections:
    """At most ``max_connections`` of them; or ``transport``, where one is given, for all requests."""

    def __init__(self, settings: ConnectionSettings, transport: httpx.BaseTransport | None = None) -> None:
        self._settings = settings
        self._transport = transport
        self._proxy = _proxy(settings)
        self._contexts: dict[bytes, ssl.SSLContext] = {}
        self._lock = threading.Lock()
        self._all = [Connection(self._pool, Network(self._any_name)) for _ in range(settings.max_connections)]
        # The last that was used is the likeliest to be open: a stack, and a queue of as many nothings to wait for.
        self._free = list(self._all)
        self._any_free: queue.SimpleQueue[None] = queue.SimpleQueue()
        for _ in self._all:
            self._any_free.put(None)

    def lent_to(self, progress: Progress) -> "_Loan":
        """A connection for one request, which keeps to the deadline of ``progress``."""
        return _Loan(self, progress)

    def lend(self, progress: Progress) -> httpx.BaseTransport:
        """The same without a block, to be given back."""
        if self._transport is not None:
            return _Substitute(self._transport, progress)
        try:
            self._any_free.get(timeout=progress.left(httpx.PoolTimeout))
        except queue.Empty:
            raise httpx.PoolTimeout("all connections are in use") from None
        connection = self._free.pop()
        connection.lend(progress)
        return connection

    def give_back(self, transport: httpx.BaseTransport | None, *, usable: bool) -> None:
        """The request is over; a connection that is not ``usable`` is closed."""
        if not isinstance(transport, Connection):
            return
        try:
            if not usable:
                transport.close()
        finally:
            self._free.append(transport)
            self._any_free.put(None)

    def close(self) -> None:
        """Closes the connections that were kept; requests that are still on their way in other threads end."""
        for connection in self._all:
            connection.close()

    def _context(self, scheme: bytes) -> ssl.SSLContext | None:
        """Loads certificates once, which takes time, and not at all for http."""
        if scheme != b"https":
            return None
        with self._lock:
            if scheme not in self._contexts:
                self._contexts[scheme] = server_context(self._settings)
        return self._contexts[scheme]

    def _any_name(self) -> ssl.SSLContext:
        context = context_for(replace(self._settings, context=None))  # that of the caller stays as it is
        context.check_hostname = False
        return context

    def _pool(self, origin: httpcore.Origin, network: Network) -> _Pool:
        context = self._context(origin.scheme)
        if self._proxy is None:
            return httpcore.HTTPConnection(
                origin,
                context,
                keepalive_expiry=_KEEP_ALIVE,
                uds=self._settings.unix_socket,
                network_backend=network,
            )
        return httpcore.ConnectionPool(
            ssl_context=context,
            proxy=self._proxy,
            max_connections=1,
            keepalive_expiry=_KEEP_ALIVE,
            network_backend=network,
        )


def _proxy(settings: ConnectionSettings) -> httpcore.Proxy | None:
    if settings.proxy_url is None:
        return None
    proxy_parts(settings.proxy_url)
    try:
        url = httpx.URL(settings.proxy_url)
        _ = url.host  # decodes what begins with "xn--", and raises UnicodeError where that is no name
    except (httpx.InvalidURL, UnicodeError):  # the reason can quote the login
        raise LocalProtocolError("the proxy's URL is not valid", "write http://HOST:PORT") from None
    if url.scheme.startswith("socks") and importlib.util.find_spec(SOCKS_PACKAGE) is None:
        raise LocalProtocolError(f"a SOCKS proxy needs the Python package {SOCKS_PACKAGE}", "install it")
    return httpcore.Proxy(
        httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=b"/"),
        auth=(url.username.encode(), url.password.encode()) if url.userinfo else None,
        ssl_context=context_for(settings) if url.scheme == "https" else None,
    )
