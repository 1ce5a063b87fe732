"""A relay in front of a server: it passes all bytes on, counts the requests, and says where each of them is."""

import contextlib
import re
import socket
import threading
from collections.abc import Callable, Iterator
from enum import Enum
from urllib.parse import urlsplit

from tests.attack.turns import begin_turn, end_turn

_LENGTH = re.compile(rb"(?im)^content-length:[ \t]*([0-9]+)")
_METHOD = re.compile(rb"[A-Z]+")


class Stage(Enum):
    """How far a request has come."""

    ARRIVED = "arrived"
    """The server has not seen it."""
    SENT = "sent"
    """The server has it, and davlock has no answer."""
    ANSWERED = "answered"
    """The server has answered, and davlock does not know."""
    PASSED = "passed"
    """davlock has the answer, or its first part."""


Hook = Callable[[int, Stage], None]


class Relay:
    """Made by :func:`relaying`. ``url`` is the server's for clients of the relay; ``hook`` is called at each stage."""

    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        assert parts.hostname is not None
        assert parts.port is not None
        self._where = parts.hostname, parts.port
        self.netloc = parts.netloc
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}{parts.path}"
        self.methods: list[str] = []
        self.hook: Hook = lambda number, stage: None
        self._guard = threading.Condition()
        self._waiting = 0
        """Requests that the server has, and has not answered."""
        self._sockets: set[socket.socket] = set()
        self._closing = False
        threading.Thread(target=self._accept, daemon=True).start()

    def settle(self, seconds: float = 10.0) -> bool:
        """Wait until the server has answered all that it was sent: whoever sent it may be gone."""
        with self._guard:
            return self._guard.wait_for(lambda: self._waiting == 0, seconds)

    def close(self) -> None:
        """End all connections."""
        self._closing = True
        self._listener.close()
        with self._guard:
            sockets = list(self._sockets)
        for each in sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._closing:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(self._where, timeout=20)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        for each in (client, server):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._guard:
            self._sockets |= {client, server}
        connection = _Connection(self, client, server)
        back = threading.Thread(target=connection.answers, daemon=True)
        back.start()
        connection.requests()
        back.join()
        with self._guard:
            self._sockets -= {client, server}
        client.close()
        server.close()

    def count(self, method: str) -> int:
        """A request has arrived: its number, from 1 on."""
        with self._guard:
            self.methods.append(method)
            return len(self.methods)

    def wait_more(self, change: int) -> None:
        """One request more, or less, is without an answer."""
        with self._guard:
            self._waiting += change
            self._guard.notify_all()


class _Connection:
    """The two directions of one connection."""

    def __init__(self, relay: Relay, client: socket.socket, server: socket.socket) -> None:
        self._relay, self._client, self._server = relay, client, server
        self._asked = 0
        """The number of the request that has no answer yet; 0 if there is none."""
        self._guard = threading.Lock()

    def requests(self) -> None:
        with contextlib.suppress(OSError):
            data = b""
            while True:
                while b"\r\n\r\n" not in data:
                    more = self._client.recv(65536)
                    if not more:
                        self._server.shutdown(socket.SHUT_WR)
                        return
                    data += more
                data = self._pass_request(data)
        with contextlib.suppress(OSError):  # davlock was killed, and the server sees what it would see without us
            self._server.shutdown(socket.SHUT_WR)

    def _pass_request(self, data: bytes) -> bytes:
        """Pass one request on; what has come of the next one."""
        head, _, rest = data.partition(b"\r\n\r\n")
        method = _METHOD.match(head)
        number = self._relay.count(method[0].decode() if method else "?")
        self._relay.hook(number, Stage.ARRIVED)
        length = int(found[1]) if (found := _LENGTH.search(head)) else 0
        begin_turn(self._relay.netloc)
        with self._guard:
            self._asked = number
        self._relay.wait_more(1)
        try:
            self._server.sendall(head + b"\r\n\r\n" + rest[:length])
            missing = length - len(rest[:length])
            while missing:
                more = self._client.recv(min(65536, missing))
                if not more:
                    raise ConnectionError
                self._server.sendall(more)
                missing -= len(more)
        except OSError:
            self._answered()
            raise
        self._relay.hook(number, Stage.SENT)
        return rest[length:]

    def answers(self) -> None:
        gone = False
        while True:
            try:
                data = self._server.recv(65536)
            except OSError:
                data = b""
            number = self._answered()
            if number:
                self._relay.hook(number, Stage.ANSWERED)
            if not data:
                break
            if not gone:
                try:
                    self._client.sendall(data)
                except OSError:
                    gone = True
            if number:
                self._relay.hook(number, Stage.PASSED)
        with contextlib.suppress(OSError):
            self._client.shutdown(socket.SHUT_WR)

    def _answered(self) -> int:
        with self._guard:
            number, self._asked = self._asked, 0
        if number:
            end_turn(self._relay.netloc)
            self._relay.wait_more(-1)
        return number


@contextlib.contextmanager
def relaying(upstream: str) -> Iterator[Relay]:
    """A relay in front of the server at ``upstream``, until the block ends."""
    relay = Relay(upstream)
    try:
        yield relay
    finally:
        relay.close()
