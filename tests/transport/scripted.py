"""A server on the loopback interface that plays a script byte by byte: it can do what no honest server does."""

import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable

Play = Callable[["Conversation"], None]


class Conversation:
    """One connection, as the script sees it."""

    def __init__(self, server: "ScriptedServer", sock: socket.socket, number: int) -> None:
        self._server = server
        self._buffer = b""
        self.sock = sock
        self.number = number  # of the connection, from 1 on

    def request(self) -> bytes | None:
        """The next request, head and content; ``None`` when the client has closed the connection."""
        while b"\r\n\r\n" not in self._buffer:
            if not self._more():
                return None
        head, _, rest = self._buffer.partition(b"\r\n\r\n")
        found = re.search(rb"(?im)^content-length:\s*(\d+)", head)
        length = int(found[1]) if found else 0
        while len(rest) < length:
            if not self._more():
                return None
            rest = self._buffer.partition(b"\r\n\r\n")[2]
        self._buffer = rest[length:]
        whole = head + b"\r\n\r\n" + rest[:length]
        self._server.requests.append(whole)
        return whole

    def head(self) -> bytes | None:
        """The head of the next request, whose content stays unread."""
        while b"\r\n\r\n" not in self._buffer:
            if not self._more():
                return None
        return self._buffer.partition(b"\r\n\r\n")[0]

    def _more(self) -> bool:
        data = self.sock.recv(65536)
        self._buffer += data
        return bool(data)

    def say(self, data: bytes) -> None:
        self.sock.sendall(data)

    def pause(self, seconds: float) -> bool:
        """Whether the server shall go on after it."""
        return not self._server.stopping.wait(seconds)

    def reset(self) -> None:
        """Ends the connection with RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        self.sock.close()

    def over_tls(self, context: ssl.SSLContext) -> "Conversation":
        self.sock = context.wrap_socket(self.sock, server_side=True)
        return self


class ScriptedServer:
    """Plays ``play`` on every connection, each in its own thread; remembers what it was asked."""

    def __init__(self, play: Play, *, tls: ssl.SSLContext | None = None, path: str | None = None) -> None:
        """With ``path`` it listens on that Unix socket, and has no ``url``."""
        self._play = play
        self._tls = tls
        if path is None:
            self._listener = socket.create_server(("127.0.0.1", 0))
        else:
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(path)
            self._listener.listen()
        self._threads: list[threading.Thread] = []
        self._open: list[Conversation] = []
        self._failures: list[Exception] = []
        self.port: int = self._listener.getsockname()[1] if path is None else 0
        self.requests: list[bytes] = []
        self.connections = 0
        self.stopping = threading.Event()
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            conversation = Conversation(self, sock, self.connections)
            self._open.append(conversation)
            thread = threading.Thread(target=self._converse, args=(conversation,))
            self._threads.append(thread)
            thread.start()

    def _converse(self, conversation: Conversation) -> None:
        try:
            if self._tls is not None:
                conversation.over_tls(self._tls)
            self._play(conversation)
        except OSError:
            pass  # the client left, or the test is over
        except Exception as exc:
            self._failures.append(exc)
        finally:
            conversation.sock.close()

    def join(self) -> None:
        """Until the connections that there are have ended."""
        for thread in list(self._threads):
            thread.join()

    def close(self) -> None:
        self.stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join()
        for conversation in self._open:
            with contextlib.suppress(OSError):
                conversation.sock.shutdown(socket.SHUT_RDWR)
        self.join()
        if self._failures:
            raise self._failures[0]


def answering(*answers: bytes) -> Play:
    """Each request, on whatever connection, gets the same answers, as many as there are; then the connection ends."""

    def play(conversation: Conversation) -> None:
        for answer in answers:
            if conversation.request() is None:
                return
            conversation.say(answer)

    return play


def response(status: str = "200 OK", body: bytes = b"", *fields: str) -> bytes:
    """A response with its Content-Length."""
    lines = [f"HTTP/1.1 {status}", *fields, f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body
