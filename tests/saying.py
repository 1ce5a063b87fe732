"""Servers that are respx routes: for tests of what a server says, where the bytes on the wire do not matter."""

import copy
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import httpx
import pytest
import respx

from davlock.transport.http import HttpSender

Answer = bytes | httpx.Response | Exception
"""What a server says: bytes as :mod:`tests.cli.answers` makes them; an exception, when it says nothing."""


class Saying(httpx.BaseTransport):
    """A server without a network. Give it to a sender; ``requests`` are what it was asked, as they would be sent."""

    def __init__(self, router: respx.Router, url: str) -> None:
        self.router = router
        self.url = url
        self.requests: list[bytes] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Whatever a route says to the request as it is now: authentication goes on with the same object."""
        request.read()
        asked = copy.copy(request)
        asked.headers = request.headers.copy()
        head = b"".join(b"%b: %b\r\n" % field for field in asked.headers.raw)
        line = b"%b %b HTTP/1.1\r\n" % (asked.method.encode(), asked.url.raw_path)
        self.requests.append(line + head + b"\r\n" + asked.content)
        return self.router.handler(asked)


Say = Callable[..., Saying]
"""``say({"PROPFIND": answer, "LOCK": [first, then]}, default)``: the last answer of a list stays."""


def saying(
    answers: Mapping[str, Answer | Sequence[Answer]] | Callable[[httpx.Request], Answer],
    default: Answer | None = None,
    *,
    url: str = "http://dav.example",
) -> Saying:
    """A server of its own; without ``default``, methods without an answer are not allowed."""
    router = respx.Router(assert_all_called=False)
    if not isinstance(answers, Mapping):
        router.route().mock(side_effect=lambda request: _spoken(answers(request)))
        return Saying(router, url)
    for method, answer in answers.items():
        queue = [answer] if isinstance(answer, bytes | httpx.Response | Exception) else list(answer)
        router.route(method=method).mock(side_effect=partial(_next, queue))
    router.route().mock(side_effect=partial(_next, [default or b"HTTP/1.1 405 Method Not Allowed\r\n\r\n"]))
    return Saying(router, url)


def _next(queue: list[Answer], request: httpx.Request) -> httpx.Response:
    return _spoken(queue.pop(0) if len(queue) > 1 else queue[0])


def _spoken(answer: Answer) -> httpx.Response:
    if isinstance(answer, Exception):
        raise answer
    if isinstance(answer, httpx.Response):
        return answer
    head, _, body = answer.partition(b"\r\n\r\n")
    line, *fields = head.split(b"\r\n")
    _, status, *reason = line.split(b" ", 2)
    headers = [(name, value.strip()) for name, _, value in (field.partition(b":") for field in fields)]
    return httpx.Response(
        int(status), headers=headers, stream=httpx.ByteStream(body), extensions={"reason_phrase": b"".join(reason)}
    )


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch) -> Say:
    """Makes servers (see :data:`Say`) that the command line reaches too: its senders get them in place of a network."""
    servers: dict[str, Saying] = {}

    class Everywhere(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            return servers[request.url.host].handle_request(request)

    def make(*answers: object, **settings: object) -> Saying:
        number = len(servers) + 1
        url = f"http://dav{number if number > 1 else ''}.example"
        server = saying(*answers, url=url, **settings)  # type: ignore[arg-type]
        servers[httpx.URL(url).host] = server
        return server

    monkeypatch.setattr("davlock.transport.http.HttpSender", partial(HttpSender, transport=Everywhere()))
    return make
