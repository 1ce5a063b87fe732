"""A request of somebody who logs in: httpx's flows of authentication, driven over our own connections.

Importing this imports httpx, which takes longer than starting Python, so it is imported only where it is needed.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import TypeVar

import httpcore

from davlock.protocol.message import Request
from davlock.transport.auth import auth_for
from davlock.transport.credentials import Credentials
from davlock.transport.lean_httpx import httpx
from davlock.transport.line import Answer
from davlock.transport.wire import Fields, Target

# Of the body of a 401 in the middle of authentication: more is cheaper to cut off than to read.
_DRAIN_LIMIT = 64 * 1024

T = TypeVar("T")


class Login:
    """One for a session: Digest remembers the challenge. Raises LocalProtocolError for what no scheme can send."""

    def __init__(self, credentials: Credentials) -> None:
        self._auth = auth_for(credentials)

    def request(self, request: Request, target: Target, fields: Fields) -> "LoggedIn":
        """One request that is to be sent with it."""
        return LoggedIn(self._auth, request, target, fields)


class LoggedIn:
    """A request, sent once more where the answer is a challenge."""

    def __init__(self, auth: httpx.Auth, request: Request, target: Target, fields: Fields) -> None:
        self._auth = auth
        self._wire = _wire(request, target, fields)

    @property
    def fields(self) -> Fields:
        """Its header fields, as they were sent last."""
        return self._wire.headers.raw

    def send(
        self,
        ask: Callable[[Fields], Answer | httpcore.Response],
        read: Callable[[Answer | httpcore.Response], T],
    ) -> T:
        """What ``read`` makes of the answer that counts; ``ask`` sends the request with these fields."""
        with contextlib.closing(self._auth.sync_auth_flow(self._wire)) as flow:
            next(flow)
            while True:
                # Closing an answer that was not read to its end closes the connection too.
                with contextlib.closing(ask(self.fields)) as answer:
                    if answer.status != 401:
                        return read(answer)
                    challenge = httpx.Response(
                        401, headers=answer.headers, stream=_Download(answer), request=self._wire
                    )
                    try:
                        flow.send(challenge)
                    except StopIteration:
                        return read(answer)
                    _drain(answer)


class _ExactUrl(httpx.URL):
    """A URL whose path httpx does not touch; Digest authentication signs it, so it must be what is sent."""

    def __init__(self, target: Target) -> None:
        super().__init__(target.origin.text)
        self._raw_path = target.raw

    @property
    def raw_path(self) -> bytes:
        return self._raw_path


def _wire(request: Request, target: Target, fields: Fields) -> httpx.Request:
    """``request`` as httpx's authentication wants it."""
    url = _ExactUrl(target)
    wire = httpx.Request(request.method, url, headers=fields)
    wire.method = request.method  # methods are case-sensitive (RFC 9110 §9.1), and httpx has made it upper case
    wire.url = url  # of which httpx has made a plain one
    wire.headers.encoding = "utf-8"  # or it guesses from what is there, and a name in Authorization may not fit
    return wire


class _Download(httpx.SyncByteStream):
    def __init__(self, answer: Answer | httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


def _drain(answer: Answer | httpcore.Response) -> None:
    taken = 0
    for piece in answer.iter_stream():
        taken += len(piece)
        if taken > _DRAIN_LIMIT:
            break
