"""httpcore's sockets under one deadline: every step of a request, from the look-up of the name on, takes from it."""

import contextlib
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from davlock.late_pattern import late_pattern
from davlock.transport.httpcore_import import httpcore
from davlock.transport.progress import Progress
from davlock.transport.resolution import addresses_of
from davlock.transport.tls import is_for_another_name, names_of
from davlock.transport.zones import host_in_certificate

_WRITE_STEP = 64 * 1024

_HEAD_END = late_pattern(rb"\n\r?\n")


class Network(httpcore.NetworkBackend):
    """The sockets of one connection. httpcore gives a time for each read and write, and a server that sends a byte a
    second would never run into it: here all of them share the deadline of ``progress``.
    """

    def __init__(self, any_name: Callable[[], ssl.SSLContext]) -> None:
        """``any_name`` makes a context that checks everything but the name; it reads the names in a certificate."""
        self._sockets = httpcore.SyncBackend()
        self._any_name = any_name
        self._open: list[_Stream] = []
        self.progress: Progress

    def close(self) -> None:
        """Also what httpcore forgot, and in the middle of a request of another thread, which ends then."""
        for stream in self._open:
            stream.close()
        self._open.clear()

    @contextlib.contextmanager
    def noting_the_cause(self) -> Iterator[None]:
        """httpcore's pool drops the cause of the exceptions that pass through it."""
        try:
            yield
        except Exception as exc:
            self.progress.met(exc)
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
        self._begin()
        settings = self.progress.settings
        with self.noting_the_cause():
            within = self.progress.left(httpcore.ConnectTimeout)
            addresses = addresses_of(host, port, overrides=settings.resolve, family=settings.family, within=within)
            while True:
                address = addresses.pop(0)
                left = self.progress.left(httpcore.ConnectTimeout)
                # An address that does not answer (IPv6 on many networks) must leave time for the next.
                share = left / 2 if left is not None and addresses else left
                try:
                    return self.opened(self._sockets.connect_tcp(address, port, share, socket_options=()))
                except (httpcore.ConnectError, httpcore.ConnectTimeout):
                    if not addresses:
                        raise

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """The server that listens at ``path``."""
        self._begin()
        with self.noting_the_cause():
            return self.opened(self._sockets.connect_unix_socket(path, self.progress.left(httpcore.ConnectTimeout)))

    def _begin(self) -> None:
        self.close()
        self.progress.connecting()

    def opened(self, stream: httpcore.NetworkStream) -> "_Stream":
        """A connection, or TLS on top of one."""
        self._open.append(_Stream(stream, self))
        return self._open[-1]

    def note_certificate(self, address: Any, host: str) -> None:
        """Asks once more, without a request, which names are in the certificate of the server at ``address``."""
        with contextlib.suppress(httpcore.NetworkError, httpcore.TimeoutException):
            left = self.progress.left(httpcore.ConnectTimeout)
            if isinstance(address, str):
                stream = self._sockets.connect_unix_socket(address, left)
            else:
                stream = self._sockets.connect_tcp(address[0], address[1], left, socket_options=())
                self.progress.address = f"[{address[0]}]" if ":" in address[0] else address[0]
            stream = stream.start_tls(self._any_name(), host, self.progress.left(httpcore.ConnectTimeout))
            self.progress.certificate_names = names_of(stream.get_extra_info("socket"))
            stream.close()


class _Stream(httpcore.NetworkStream):
    """Keeps to the deadline of the request that uses it just now.

    What is written waits until there is much of it or an answer is wanted. So the head of a request goes out together
    with its body, and a connection with an answer in it that nobody asked for is found before a request is sent. What
    may be sent again leaves as soon as it is whole: a server works on it while httpcore gets ready for the answer.
    """

    def __init__(self, stream: httpcore.NetworkStream, network: Network) -> None:
        self._stream = stream
        self._network = network
        self._unsent = b""
        self._unread = b""
        self._head_so_far = b""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        progress = self._network.progress
        if self._unsent:
            with contextlib.suppress(httpcore.WriteError):
                # Some servers answer before they have read everything, and close.
                self._flush()
        data, self._unread = self._unread, b""
        if not data:
            try:
                data = self._stream.read(max_bytes, progress.left(httpcore.ReadTimeout))
            except httpcore.NetworkError as exc:
                progress.met(exc)
                raise
            progress.received_more(data)
        if not progress.awaiting_head:
            progress.body_received += len(data)
            progress.body_end = (progress.body_end + data[-3:])[-3:]
            return data
        # The head of an answer alone: whatever follows it counts as its body, or as what nobody asked for.
        known = len(self._head_so_far)
        end = _HEAD_END.search(self._head_so_far + data)
        if end is None:
            self._head_so_far = (self._head_so_far + data)[-2:]
            return data
        self._head_so_far = b""
        self._unread = data[end.end() - known :]
        return data[: end.end() - known]

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        progress = self._network.progress
        if not (progress.asking or progress.settings.proxy):
            progress.asking_now()
        self._unsent += buffer
        whole = not buffer  # httpcore also writes the end of a request, which is empty if its length was said
        if (whole and progress.repeatable) or len(self._unsent) >= _WRITE_STEP:
            self._flush()

    def _flush(self) -> None:
        if not self._unsent:
            return
        data, self._unsent = memoryview(self._unsent), b""
        self._head_so_far = b""
        progress = self._network.progress
        progress.wrote()
        for start in range(0, len(data), _WRITE_STEP):
            self._stream.write(bytes(data[start : start + _WRITE_STEP]), progress.left(httpcore.WriteTimeout))

    def close(self) -> None:
        # A thread that waits for this connection is not woken by its closing.
        with contextlib.suppress(OSError):
            self._stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        progress = self._network.progress
        progress.tls_layers += 1
        address = self._stream.get_extra_info("server_addr")
        try:
            with self._network.noting_the_cause():
                left = progress.left(httpcore.ConnectTimeout)
                name = host_in_certificate(server_hostname) if server_hostname is not None else None
                return self._network.opened(self._stream.start_tls(ssl_context, name, left))
        except httpcore.ConnectError:
            if progress.settings.proxy is None and is_for_another_name(progress.cause):
                self._network.note_certificate(address, server_hostname or "")
            raise

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable" and self._unread:
            return True
        return self._stream.get_extra_info(info)
