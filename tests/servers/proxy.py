"""A reverse proxy in front of one of the servers, with a hook that spoils what passes through it.

with proxy(server.url, before=without("If")) as url:
    ...  # url answers as server.url does, for requests that have lost their If
"""

import contextlib
import http.client
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})


@dataclass(kw_only=True)
class Passing:
    """A request on its way to the server, or an answer on its way back; the hooks change it as they like.

    ``host`` is what the client called the server, ``agent`` what it called itself, ``coding`` its Accept-Encoding. The
    server is called by its own address unless a hook puts the host back.
    """

    method: str
    path: str
    host: str
    agent: str | None = None
    coding: str | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    status: int = 0
    reason: str = ""
    lost: bool = False

    def get(self, name: str) -> str | None:
        """The value of a header field."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def drop(self, name: str) -> None:
        """Take a header field away."""
        self.headers = [(key, value) for key, value in self.headers if key.lower() != name.lower()]

    def set(self, name: str, value: str) -> None:
        """Give a header field this value."""
        self.drop(name)
        self.headers.append((name, value))


Hook = Callable[[Passing], None]


def untouched(passing: Passing) -> None:
    """A hook that does nothing."""


def without(*names: str) -> Hook:
    """A hook that takes header fields away."""

    def hook(passing: Passing) -> None:
        for name in names:
            passing.drop(name)

    return hook


@contextlib.contextmanager
def proxy(upstream: str, *, before: Hook = untouched, after: Hook = untouched, prompt: bool = False) -> Iterator[str]:
    """The URL of the proxy, which ends in a slash.

    ``before`` sees each request, ``after`` each answer with what is kept of its request. A
    ``before`` that sets ``status`` answers in the server's place; one that sets ``lost`` ends the connection.
    ``prompt`` sends an answer's body without waiting until its head was received, which takes 40 ms an answer.
    """
    where = urlsplit(upstream).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = prompt

        def handle_one(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = Passing(
                method=self.command,
                path=self.path,
                host=self.headers["Host"],
                agent=self.headers["User-Agent"],
                coding=self.headers["Accept-Encoding"],
                headers=self.headers.items(),
                body=body,
            )
            request.set("Host", where)
            before(request)
            if request.lost:
                self.close_connection = True
                return
            answer = request if request.status else self.ask(request)
            after(answer)
            self.send_response_only(answer.status, answer.reason)
            for name, value in answer.headers:
                if name.lower() not in _HOP_BY_HOP or (self.command == "HEAD" and name.lower() == "content-length"):
                    self.send_header(name, value)
            if self.command != "HEAD":
                self.send_header("Content-Length", str(len(answer.body)))
            with contextlib.suppress(ConnectionError):  # the client has left
                self.end_headers()
                self.wfile.write(b"" if self.command == "HEAD" else answer.body)
                self.wfile.flush()

        def ask(self, request: Passing) -> Passing:
            connection = http.client.HTTPConnection(where, timeout=20)
            try:
                connection.putrequest(request.method, request.path, skip_host=True, skip_accept_encoding=True)
                for name, value in request.headers:
                    if name.lower() not in _HOP_BY_HOP:
                        connection.putheader(name, value)
                connection.putheader("Content-Length", str(len(request.body)))
                connection.endheaders(request.body)
                response = connection.getresponse()
                return Passing(
                    method=request.method,
                    path=request.path,
                    host=request.host,
                    agent=request.agent,
                    coding=request.coding,
                    headers=response.getheaders(),
                    body=response.read(),
                    status=response.status,
                    reason=response.reason,
                )
            finally:
                connection.close()

        def __getattr__(self, name: str) -> Callable[[], None]:
            if name.startswith("do_"):
                return self.handle_one
            raise AttributeError(name)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is written."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
