"""httpcore's sockets under one deadline: every step of a request, from the look-up of the name on, takes from it."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterable, Iterator
from typing import Any

import httpcore

from davlock.transport.call import Call

_WRITE_STEP = 64 * 1024


class Network(httpcore.NetworkBackend):
    """httpcore's blocking sockets, which it gives a time for each read and write: here all of them share one deadline.

    A server that sends a byte a second would never run into a time for each read.
    """

    def __init__(self) -> None:
        self._sockets = httpcore.SyncBackend()
        self._thread = threading.local()

    @contextlib.contextmanager
    def watched_by(self, call: Call) -> Iterator[None]:
        """Within it, the calling thread's connections tell ``call`` what happens and keep to its deadline."""
        self._thread.call = call
        try:
            yield
        finally:
            del self._thread.call

    @property
    def call(self) -> Call:
        """The request that the calling thread is about."""
        call: Call = self._thread.call
        return call

    @contextlib.contextmanager
    def noting_the_cause(self) -> Iterator[None]:
        """httpcore's pool drops the cause of the exceptions that pass through it."""
        try:
            yield
        except Exception as exc:
            self.call.cause = exc.__cause__ or exc
            raise

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Each address of ``host`` in turn."""
        self.call.connecting()
        with self.noting_the_cause():
            addresses = self._addresses(host, port)
            while True:
                address = addresses.pop(0)
                left = self.call.left(httpcore.ConnectTimeout)
                # An address that does not answer (IPv6 on many networks) must leave time for the next.
                share = left / 2 if left is not None and addresses else left
                try:
                    stream = self._sockets.connect_tcp(address, port, share, socket_options=())
                    return self.call.opened(_Stream(stream, self))
                except (httpcore.ConnectError, httpcore.ConnectTimeout):
                    if not addresses:
                        raise

    def _addresses(self, host: str, port: int) -> list[str]:
        """The name's addresses. The system's look-up cannot be stopped, so it is left behind when the time is over."""
        found: list[str] = []
        failed: list[Exception] = []

        def look_up() -> None:
            try:
                for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
                    scope = f"%{address[3]}" if len(address) == 4 and address[3] else ""
                    found.append(f"{address[0]}{scope}")
            except (OSError, UnicodeError) as exc:
                failed.append(exc)

        thread = threading.Thread(target=look_up, name=f"looking up {host}", daemon=True)
        thread.start()
        thread.join(self.call.left(httpcore.ConnectTimeout))
        if thread.is_alive():
            raise httpcore.ConnectTimeout("the name was not looked up in time")
        if failed:
            raise httpcore.ConnectError(failed[0]) from failed[0]
        return list(dict.fromkeys(found))


class _Stream(httpcore.NetworkStream):
    """A connection whose every step keeps to the deadline of the request that uses it just now."""

    def __init__(self, stream: httpcore.NetworkStream, network: Network) -> None:
        self._stream = stream
        self._network = network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        call = self._network.call
        with self._network.noting_the_cause():
            data = self._stream.read(max_bytes, call.left(httpcore.ReadTimeout))
        call.received_more(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        view = memoryview(buffer)
        with self._network.noting_the_cause():
            for start in range(0, len(view), _WRITE_STEP):
                left = self._network.call.left(httpcore.WriteTimeout)
                self._stream.write(bytes(view[start : start + _WRITE_STEP]), left)

    def close(self) -> None:
        # A thread that waits for this connection is not woken by its closing.
        with contextlib.suppress(OSError):
            self._stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        self._network.call.starting_tls()
        with self._network.noting_the_cause():
            left = self._network.call.left(httpcore.ConnectTimeout)
            stream = self._stream.start_tls(ssl_context, server_hostname, left)
        return self._network.call.opened(_Stream(stream, self._network))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
