"""One request on its way: how much time it has left, and how far it came."""

from collections.abc import Callable
from typing import Any

from davlock.transport.request import Target
from davlock.transport.settings import ConnectionSettings


class Progress:
    """The network and httpcore report here; :mod:`davlock.transport.errors` reads from it what went wrong."""

    def __init__(
        self,
        target: Target,
        settings: ConnectionSettings,
        clock: Callable[[], float],
        *,
        within: float | None = None,
    ) -> None:
        self.target = target
        self.settings = settings
        self.cause: BaseException | None = None
        self.certificate_names: tuple[str, ...] = ()
        self.address = ""  # where the certificate with these names is
        self.sent = False  # ever, also in an earlier round of authentication
        self.repeatable = False  # nothing can be done twice by sending it twice
        self.preliminary = False  # a question of authentication is under way, which changes nothing
        self.proxy_status: int | None = None
        self._clock = clock
        self._started = clock()
        self._end = settings.until()
        for seconds in (settings.max_time, within):
            if seconds is not None and (self._end is None or self._started + seconds < self._end):
                self._end = self._started + seconds
        self._connect_by: float | None = None
        self.begin()

    def begin(self) -> None:
        """Another message of the same request: authentication takes two, a closed connection a second try."""
        self.asking = self.written = self.awaiting_head = self.closed = self._connected = False
        self.tls_layers = self.body_received = 0
        self.received = self.body_end = b""

    # Where it is.

    @property
    def elapsed(self) -> float:
        """Seconds since the request was begun."""
        return self._clock() - self._started

    def left(self, out_of_time: Callable[[str], Exception]) -> float | None:
        """Seconds that the next step may take."""
        end = self._end
        if self._connect_by is not None and (end is None or self._connect_by < end):
            end = self._connect_by
        if end is None:
            return None
        left = end - self._clock()
        if left <= 0:
            raise out_of_time("out of time")
        return left

    @property
    def met_a_closed_connection(self) -> bool:
        """Returns true if a connection that was kept ended without a byte of an answer, or was found to be unusable."""
        return self.asking and not self._connected and not self.received

    # What happens.

    def connecting(self) -> None:
        """A new connection: the time for that begins."""
        self._connected = True
        connect_timeout = self.settings.connect_timeout
        self._connect_by = None if connect_timeout is None else self._clock() + connect_timeout

    def asking_now(self) -> None:
        """There is a connection, and the request is for it."""
        self.asking = self.awaiting_head = True
        self._connect_by = None
        self.received = b""

    def wrote(self) -> None:
        """Bytes go out; the server may see the request from here on."""
        if self.asking:
            self.written = True
            self.sent = self.sent or not self.preliminary

    def met(self, exc: Exception) -> None:
        """Keeps the system's reason for a failure, without its frames: these keep sockets."""
        self.cause = (exc.__cause__ or exc).with_traceback(None)

    def received_more(self, data: bytes) -> None:
        """Bytes from the other end; none mean that it has closed the connection."""
        self.closed = not data
        if len(self.received) < 64:
            self.received += data[:64]

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """httpcore's trace extension. It tells what is said to a proxy from what is said to the server behind it."""
        if event == "http11.send_request_headers.started" and info["request"].method != b"CONNECT":
            self.asking_now()
        elif event == "http11.receive_response_headers.complete" and not self.asking:
            self.proxy_status = info["return_value"][1]
