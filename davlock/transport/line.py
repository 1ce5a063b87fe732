"""One connection to a server, and HTTP/1.1 (RFC 9112) spoken over it, one request after the other.

An answer in the plainest form, as nearly all are, is read here: a status line, fields on a line each, and a body as
long as Content-Length says. Whatever else may come is h11's to read and to judge: chunks, a body that ends with the
connection, 1xx in front, and what is no HTTP at all. A walk over a tree sends thousands of requests, and h11, with
httpcore's pool around it, takes several times as long for each of them as the network does.
"""

import contextlib
import re
import ssl
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator

import h11
import httpcore

from davlock.transport.call import Call
from davlock.transport.network import Network

_READ = 64 * 1024
_LONGEST_HEAD = 100 * 1024  # as httpcore has it

_END = re.compile(rb"\n\r?\n")

_HEAD = re.compile(
    rb"HTTP/1\.1 ([2-5][0-9]{2}) ([\t\x20-\x7e\x80-\xff]*+)\r\n"
    rb"((?:[!#$%&'*+.^_`|~0-9A-Za-z-]++:[\x20-\x7e\x80-\xff]*+\r\n)*+)\r\n"
)

REPEATABLE = frozenset({b"GET", b"HEAD", b"OPTIONS", b"PROPFIND"})
"""RFC 9110 §9.2.2, and read-only: they may be sent again when a kept connection turns out to be closed. LOCK may not,
since a second one meets the lock of the first.
"""

Headers = list[tuple[bytes, bytes]]


class Line:
    """A connection that is opened when it is first needed, and again after it was closed.

    For one request at a time: the answer must be closed before the next. ``context`` is for TLS, ``keep`` how many
    seconds it stays open without a request.
    """

    def __init__(self, network: Network, context: ssl.SSLContext | None, keep: float) -> None:
        self._network = network
        self._context = context
        self._keep = keep
        self._stream: httpcore.NetworkStream | None = None
        self._origin: httpcore.Origin | None = None
        self._idle_since = 0.0
        self._doubtful = False  # whether the server may be closing it, without having said so

    def handle_request(self, request: httpcore.Request) -> "Answer":
        """The head of the answer; raises as httpcore does."""
        call = self._network.call
        if self._doubtful and request.method not in REPEATABLE:
            self.close()
        stream = self._connected(request.url.origin, call)
        try:
            call.sending()
            hosts = [value for name, value in request.headers if name.lower() == b"host"]
            if len(hosts) != 1:
                raise httpcore.LocalProtocolError("a request has one Host field")
            with contextlib.suppress(httpcore.WriteError):
                # Some servers answer before they have read everything, and close.
                _send(stream, request, hosts[0])
            return self._answer(stream, request)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Also in the middle of a request of another thread, which ends then."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def done(self, *, keep: bool) -> None:
        """The answer was closed; the connection can serve another request if it was read to its end."""
        if keep:
            self._idle_since = time.monotonic()
        else:
            self.close()

    def _connected(self, origin: httpcore.Origin, call: Call) -> httpcore.NetworkStream:
        if self._stream is not None:
            late = time.monotonic() - self._idle_since > self._keep
            # Readable while nothing was asked: the server has closed it.
            if late or origin != self._origin or self._stream.get_extra_info("is_readable"):
                self.close()
        if self._stream is None:
            host = origin.host.decode("ascii")
            stream = self._network.connect_tcp(host, origin.port)
            if self._context is not None:
                stream = stream.start_tls(self._context, host)
            self._stream, self._origin = stream, origin
        return self._stream

    def _answer(self, stream: httpcore.NetworkStream, request: httpcore.Request) -> "Answer":
        data = b""
        while _END.search(data) is None and len(data) < _LONGEST_HEAD:
            more = stream.read(_READ)
            data += more
            if not more or not b"HTTP/1.1 ".startswith(data[:9]):
                break
        found = _HEAD.match(data)
        self._doubtful = False
        if found is not None:
            headers = [
                (name, value.strip())
                for name, _, value in (line.partition(b":") for line in found[3].split(b"\r\n")[:-1])
            ]
            framing = _framing(request, int(found[1]), headers)
            # libsoup, under chezdav, closes after each 204, without Connection: close.
            self._doubtful = found[1] == b"204" and not _names_its_end(headers)
            if framing is not None:
                length, keep = framing
                return _Plain(self, stream, int(found[1]), found[2], headers, data[found.end() :], length, keep)
        return _Odd(self, stream, request, data)


class Answer(ABC):
    """As much of httpcore's Response as is used here."""

    def __init__(self, line: Line, status: int, reason: bytes, headers: Headers) -> None:
        self._line = line
        self._whole = False
        self.status = status
        self.headers = headers
        self.extensions = {"reason_phrase": reason}

    @abstractmethod
    def iter_stream(self) -> Iterator[bytes]:
        """The body as it arrives."""

    def close(self) -> None:
        """Must be called, whether the body was read or not."""
        self._line.done(keep=self._whole)


class _Plain(Answer):
    """A body as long as Content-Length says."""

    def __init__(
        self,
        line: Line,
        stream: httpcore.NetworkStream,
        status: int,
        reason: bytes,
        headers: Headers,
        begun: bytes,
        length: int,
        keep: bool,
    ) -> None:
        super().__init__(line, status, reason, headers)
        self._stream = stream
        self._begun = begun
        self._left = length
        self._keep = keep
        # What comes after it was not asked for.
        self._whole = keep and not length and not begun

    def iter_stream(self) -> Iterator[bytes]:
        data, self._begun = self._begun, b""
        while self._left:
            data = data or self._stream.read(_READ)
            if not data:
                raise httpcore.RemoteProtocolError(f"{self._left} bytes of the body are missing")
            piece = data[: self._left]
            self._left -= len(piece)
            self._whole = self._keep and not self._left and len(piece) == len(data)
            data = b""
            yield piece


class _Odd(Answer):
    """Anything else, as h11 reads it."""

    def __init__(self, line: Line, stream: httpcore.NetworkStream, request: httpcore.Request, begun: bytes) -> None:
        self._stream = stream
        self._h11 = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LONGEST_HEAD)
        # Only to tell it what was asked: the request was sent without its help, and so was its body.
        fields = [(name, value) for name, value in request.headers if name.lower() != b"content-length"]
        try:
            self._h11.send(h11.Request(method=request.method, target=request.url.target, headers=fields))
        except h11.LocalProtocolError as exc:
            raise httpcore.LocalProtocolError(str(exc)) from exc
        self._h11.send(h11.EndOfMessage())
        self._receive(begun)
        while True:
            event = self._next()
            if isinstance(event, h11.Response):
                break
            if isinstance(event, h11.InformationalResponse) and event.status_code == 101:
                break
        super().__init__(line, event.status_code, bytes(event.reason), list(event.headers.raw_items()))

    def iter_stream(self) -> Iterator[bytes]:
        while True:
            event = self._next()
            if isinstance(event, h11.Data):
                yield bytes(event.data)
            elif isinstance(event, h11.EndOfMessage) or event is h11.PAUSED:
                self._whole = (
                    self._h11.our_state is self._h11.their_state is h11.DONE and not self._h11.trailing_data[0]
                )
                return

    def _next(self) -> object:
        while True:
            try:
                event = self._h11.next_event()
            except h11.RemoteProtocolError as exc:
                raise httpcore.RemoteProtocolError(str(exc)) from exc
            if event is not h11.NEED_DATA:
                return event
            self._receive(self._stream.read(_READ))

    def _receive(self, data: bytes) -> None:
        if not data and self._h11.their_state is h11.SEND_RESPONSE:
            raise httpcore.RemoteProtocolError("Server disconnected without sending a response.")
        self._h11.receive_data(data)


def _send(stream: httpcore.NetworkStream, request: httpcore.Request, host: bytes) -> None:
    """The head with as much of the body as there is at once: a packet of its own for the head costs the server a
    wait.
    """
    parts = [b"%b %b HTTP/1.1\r\nHost: %b\r\n" % (request.method, request.url.target, host)]
    parts += [b"%b: %b\r\n" % field for field in request.headers if field[0].lower() != b"host"]
    begun = b"".join((*parts, b"\r\n"))
    assert isinstance(request.stream, Iterable)  # noqa: S101 -- for the type checker: nothing here is asynchronous
    for piece in request.stream:
        stream.write(begun + piece if begun else piece)
        begun = b""
    if begun:
        stream.write(begun)


def _names_its_end(headers: Headers) -> bool:
    """Whether an answer says of itself what becomes of the connection, or where it ends."""
    return any(name.lower() in (b"content-length", b"connection", b"keep-alive") for name, _ in headers)


def _framing(request: httpcore.Request, status: int, headers: Headers) -> tuple[int, bool] | None:
    """How long the body is (RFC 9112 §6.3), and whether the connection stays; ``None`` where that is not plain."""
    lengths = []
    keep = not any(name.lower() == b"connection" for name, _ in request.headers)
    for name, value in headers:
        lowered = name.lower()
        if lowered == b"content-length":
            lengths.append(value)
        elif lowered in (b"transfer-encoding", b"upgrade"):
            return None
        elif lowered == b"connection" and value.lower() != b"keep-alive":
            keep = False
    if len(lengths) > 1 or (lengths and (not lengths[0].isdigit() or len(lengths[0]) > 18)):
        return None
    if request.method == b"HEAD" or status in (204, 304):
        return 0, keep
    if not lengths or request.method == b"CONNECT":
        return None
    return int(lengths[0]), keep
