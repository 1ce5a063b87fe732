"""One request on its way: how much time it has left, and how far it came."""

from collections.abc import Callable
from typing import Any

import httpcore

from davlock.transport.connection import Connection
from davlock.transport.proxy import Proxy
from davlock.transport.wire import Target


class Call:
    """Told by the network and by httpcore what happens; :mod:`davlock.transport.failure` reads from it what that
    means.
    """

    def __init__(self, target: Target, connection: Connection, proxy: Proxy | None, clock: Callable[[], float]) -> None:
        self.target = target
        self.proxy = proxy
        self.cause: BaseException | None = None
        self.sent = False  # ever, also in an earlier round of authentication
        self.proxy_status: int | None = None
        self._clock = clock
        self._started = clock()
        self._connect_timeout = connection.connect_timeout
        max_time, until = connection.max_time, connection.until()
        ends = [self._started + max_time if max_time is not None else None, until]
        self._end = min((end for end in ends if end is not None), default=None)
        self._connect_by: float | None = None
        self.begin()

    def begin(self) -> None:
        """Another message of the same request: authentication takes two, a closed connection a second try."""
        self.asking = False
        self.tls_layers = 0
        self.received = b""
        self.closed = False
        self._connected = False
        self._opened: list[httpcore.NetworkStream] = []

    # Where it is.

    @property
    def elapsed(self) -> float:
        """Seconds since the request was begun."""
        return self._clock() - self._started

    @property
    def met_a_closed_connection(self) -> bool:
        """Whether a connection that was kept ended without a byte of an answer."""
        return self.asking and not self._connected and not self.received

    @property
    def greets_a_socks_proxy(self) -> bool:
        """Whether the proxy was reached and nothing beyond it."""
        return self.proxy is not None and self.proxy.scheme == "socks5" and not (self.asking or self.tls_layers)

    def left(self, out_of_time: type[httpcore.TimeoutException]) -> float | None:
        """Seconds that the next step may take."""
        ends = [] if self._end is None else [self._end]
        if self._connect_by is not None:
            ends.append(self._connect_by)
        if not ends:
            return None
        left = min(ends) - self._clock()
        if left <= 0:
            raise out_of_time("out of time")
        return left

    # What happens.

    def connecting(self) -> None:
        """A new connection: the time for that begins."""
        self._connected = True
        self._connect_by = None if self._connect_timeout is None else self._clock() + self._connect_timeout

    def opened(self, stream: httpcore.NetworkStream) -> httpcore.NetworkStream:
        """A connection, or TLS on top of one."""
        self._opened.append(stream)
        return stream

    def close_what_is_not_in_use(self) -> None:
        """httpcore forgets a connection that breaks on the way to the server, through a proxy or by Ctrl-C."""
        if not self.asking:
            for stream in self._opened:
                stream.close()

    def starting_tls(self) -> None:
        """With the server, or before that with an https proxy."""
        self.tls_layers += 1

    def sending(self) -> None:
        """There is a connection, and the request is put on it."""
        self.asking = self.sent = True
        self._connect_by = None
        self.received = b""

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """httpcore's trace extension."""
        if event == "http11.send_request_headers.started" and info["request"].method != b"CONNECT":
            self.sending()
        elif event == "http11.receive_response_headers.complete" and not self.asking:
            self.proxy_status = info["return_value"][1]

    def received_more(self, data: bytes) -> None:
        """Bytes from the other end; none mean that it has closed the connection."""
        self.closed = not data
        if len(self.received) < 64:
            self.received += data[:64]
