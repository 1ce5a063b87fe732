"""The sender: one HTTP/1.1 exchange exactly as asked, over httpx's authentication and httpcore's connections.

httpx's own client stays out of it. It would read the body of a 401 whole and decoded, however large; raise for a
redirect whose Location is no URL, which is evidence here; and normalise the request's target. So the flow of
authentication is driven here, and the bytes of the target are the caller's.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import TracebackType
from urllib.parse import unquote

import httpcore

from davlock.capture.secret import without_secrets
from davlock.errors import NoResponse, NoResponseKind
from davlock.protocol.coding import Decoder, decoder_for
from davlock.protocol.message import Exchange, Headers, Request, Response
from davlock.transport.auth import Credentials, auth_for
from davlock.transport.base import EVIDENCE_LIMIT
from davlock.transport.call import Call
from davlock.transport.connection import Connection
from davlock.transport.failure import NETWORK_TROUBLE, failure, no_response
from davlock.transport.lean_httpx import httpx
from davlock.transport.line import Answer
from davlock.transport.pool import Pools
from davlock.transport.proxy import Proxy
from davlock.transport.wire import Target, wire_request

# Of the body of a 401 in the middle of authentication: more is cheaper to cut off than to read.
_DRAIN_LIMIT = 64 * 1024

# RFC 9110 §9.2.2, and read-only: may be sent again when a kept connection turns out to be closed. LOCK may not, since a
# second one meets the lock of the first.
_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND"})


class HttpSender:
    """The ``Send`` that goes over the wire; keeps connections until it is closed. Several threads may share one."""

    def __init__(self, connection: Connection, *, clock: Callable[[], float]) -> None:
        self._connection = connection
        self._clock = clock
        self._proxy = Proxy.parse(connection.proxy)
        self._pools = Pools(connection, self._proxy)
        self._auth = auth_for(connection.credentials)
        self._auth_by_userinfo: dict[str, httpx.Auth] = {}

    def __enter__(self) -> "HttpSender":
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections that were kept."""
        self._pools.close()

    def __call__(self, request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        """See :class:`davlock.transport.base.Send`; raises ``RemoteProtocolError`` where the answer is not HTTP."""
        target = Target.parse(request.url)
        call = Call(target, self._connection, self._proxy, self._clock)
        wire = wire_request(request, target, self._connection)
        outcome: Response | NoResponse
        try:
            with self._pools.watched_by(call):
                outcome = self._converse(wire, self._auth_for(target, wire), call, feed)
        except NETWORK_TROUBLE as exc:
            outcome = failure(exc, call)
        sent = Headers.of((name.decode("latin-1"), value.decode("latin-1")) for name, value in wire.headers.raw)
        return Exchange(
            request=replace(request, url=target.shown, headers=without_secrets(sent)),
            outcome=outcome,
            elapsed_ms=call.elapsed * 1000,
        )

    def _auth_for(self, target: Target, wire: httpx.Request) -> httpx.Auth:
        if "Authorization" in wire.headers:
            return httpx.Auth()
        if self._connection.credentials is not None or not target.userinfo:
            return self._auth
        if target.userinfo not in self._auth_by_userinfo:
            user, _, password = target.userinfo.partition(":")
            self._auth_by_userinfo[target.userinfo] = auth_for(Credentials(unquote(user), unquote(password)))
        return self._auth_by_userinfo[target.userinfo]

    def _converse(
        self, wire: httpx.Request, auth: httpx.Auth, call: Call, feed: Callable[[bytes], object] | None
    ) -> Response | NoResponse:
        with contextlib.closing(auth.sync_auth_flow(wire)) as flow:
            asked = next(flow)
            while True:
                # Closing a response that was not read to its end closes the connection too.
                with contextlib.closing(self._ask(asked, call)) as response:
                    try:
                        asked = flow.send(response)
                    except StopIteration:
                        return self._read(response, call, feed)
                    _drain(response)

    def _ask(self, wire: httpx.Request, call: Call) -> httpx.Response:
        call.begin()
        try:
            return self._answer(wire, call)
        except (httpcore.NetworkError, httpcore.RemoteProtocolError):
            if wire.method not in _REPEATABLE or not call.met_a_closed_connection:
                raise
        call.begin()
        return self._answer(wire, call)

    def _answer(self, wire: httpx.Request, call: Call) -> httpx.Response:
        """httpx's request as httpcore's, and httpcore's response as httpx's: its body is still to come."""
        url = wire.url
        asked = httpcore.Request(
            wire.method,
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=wire.headers.raw,
            content=wire.stream,
            extensions={"timeout": {"pool": call.left(httpcore.PoolTimeout)}, "trace": call.trace},
        )
        answer = self._pools.handle(asked)
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Download(answer), extensions=answer.extensions
        )

    def _read(
        self, response: httpx.Response, call: Call, feed: Callable[[bytes], object] | None
    ) -> Response | NoResponse:
        headers = without_secrets(Headers.of((_text(name), _text(value)) for name, value in response.headers.raw))
        sink = feed if response.status_code == 207 else None
        limit, kept_limit = self._connection.collect_limit, self._connection.collect_limit
        if sink is not None:
            limit, kept_limit = self._connection.feed_limit, EVIDENCE_LIMIT
        kept = bytearray()
        total = 0
        decoder: Decoder | None = None  # a HEAD may name a coding that is not known here, and has nothing to decode
        for raw in response.iter_raw():
            decoder = decoder or decoder_for(headers.get("Content-Encoding"))
            for piece in decoder.feed(raw):
                total += len(piece)
                if total > limit:
                    why = f"the answer is larger than {_size(limit)}"
                    return no_response(NoResponseKind.TOO_LARGE, call, why)
                if sink is not None:
                    sink(piece)
                kept += piece[: kept_limit - len(kept)]
        if decoder is not None:
            decoder.close()
        return Response(
            status=response.status_code,
            reason=_text(response.extensions["reason_phrase"]),
            headers=headers,
            body=bytes(kept),
            body_truncated=len(kept) < total,
        )


class _Download(httpx.SyncByteStream):
    def __init__(self, answer: Answer | httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


def _drain(response: httpx.Response) -> None:
    taken = 0
    for piece in response.iter_raw():
        taken += len(piece)
        if taken > _DRAIN_LIMIT:
            break


def _text(value: bytes) -> str:
    """UTF-8 where it is that, else ISO 8859-1 (RFC 9110 §5.5)."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _size(limit: int) -> str:
    for unit, name in ((1024**3, "GiB"), (1024**2, "MiB"), (1024, "KiB")):
        if limit % unit == 0:
            return f"{limit // unit} {name}"
    return f"{limit} bytes"
