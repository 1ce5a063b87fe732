"""The sender: one HTTP/1.1 exchange exactly as asked, over httpcore's connections.

httpx's own client stays out of it. It would read the body of a 401 whole and decoded, however large; raise for a
redirect whose Location is no URL, which is evidence here; and normalise the request's target. So the flows
of authentication alone are httpx's (login.py), and the bytes of the target are the caller's.
"""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING
from urllib.parse import unquote

import httpcore

from davlock.capture.secret import without_secrets
from davlock.errors import NoResponse, NoResponseKind
from davlock.protocol.coding import Decoder, decoder_for
from davlock.protocol.message import Exchange, Headers, Request, Response
from davlock.transport.base import EVIDENCE_LIMIT
from davlock.transport.call import Call
from davlock.transport.connection import Connection
from davlock.transport.credentials import Credentials
from davlock.transport.failure import NETWORK_TROUBLE, failure, no_response
from davlock.transport.line import REPEATABLE, Answer
from davlock.transport.pool import Pools
from davlock.transport.proxy import Proxy
from davlock.transport.wire import Fields, Target, wire_body, wire_fields

if TYPE_CHECKING:
    from davlock.transport.login import Login


class HttpSender:
    """The ``Send`` that goes over the wire; keeps connections until it is closed. Several threads may share one."""

    def __init__(self, connection: Connection, *, clock: Callable[[], float]) -> None:
        self._connection = connection
        self._clock = clock
        self._proxy = Proxy.parse(connection.proxy)
        self._pools = Pools(connection, self._proxy)
        self._login = _login(connection.credentials) if connection.credentials is not None else None
        self._login_by_userinfo: dict[str, Login] = {}

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
        fields = wire_fields(request, target, self._connection)
        login = self._login_for(target, fields)
        logged_in = login.request(request, target, fields) if login is not None else None
        outcome: Response | NoResponse
        try:
            with self._pools.watched_by(call):
                if logged_in is None:
                    with contextlib.closing(self._ask(request, fields, call)) as answer:
                        outcome = self._read(answer, call, feed)
                else:
                    outcome = logged_in.send(
                        lambda fields: self._ask(request, fields, call), lambda answer: self._read(answer, call, feed)
                    )
        except NETWORK_TROUBLE as exc:
            outcome = failure(exc, call)
        if logged_in is not None:
            fields = logged_in.fields
        sent = Headers.of((name.decode("latin-1"), value.decode("latin-1")) for name, value in fields)
        return Exchange(
            request=replace(request, url=target.shown, headers=without_secrets(sent)),
            outcome=outcome,
            elapsed_ms=call.elapsed * 1000,
        )

    def _login_for(self, target: Target, fields: Fields) -> "Login | None":
        if any(name.lower() == b"authorization" for name, _ in fields):
            return None
        if self._login is not None or not target.userinfo:
            return self._login
        if target.userinfo not in self._login_by_userinfo:
            user, _, password = target.userinfo.partition(":")
            self._login_by_userinfo[target.userinfo] = _login(Credentials(unquote(user), unquote(password)))
        return self._login_by_userinfo[target.userinfo]

    def _ask(self, request: Request, fields: Fields, call: Call) -> Answer | httpcore.Response:
        for name, value in fields:
            self._connection.note_field(name.decode("latin-1"), value.decode("latin-1"))
        call.begin()
        try:
            return self._answer(request, fields, call)
        except (httpcore.NetworkError, httpcore.RemoteProtocolError):
            if request.method.encode() not in REPEATABLE or not call.met_a_closed_connection:
                raise
        call.begin()
        return self._answer(request, fields, call)

    def _answer(self, request: Request, fields: Fields, call: Call) -> Answer | httpcore.Response:
        url = call.target.origin
        asked = httpcore.Request(
            request.method,
            httpcore.URL(scheme=url.scheme, host=url.raw_host, port=url.port, target=call.target.raw),
            headers=fields,
            content=wire_body(request),
            extensions={"timeout": {"pool": call.left(httpcore.PoolTimeout)}, "trace": call.trace},
        )
        return self._pools.handle(asked)

    def _read(
        self, answer: Answer | httpcore.Response, call: Call, feed: Callable[[bytes], object] | None
    ) -> Response | NoResponse:
        received = Headers.of((_text(name), _text(value)) for name, value in answer.headers)
        for cookie in received.get_all("Set-Cookie"):
            self._connection.note_field("Set-Cookie", cookie)
        headers = without_secrets(received)
        sink = feed if answer.status == 207 else None
        limit, kept_limit = self._connection.collect_limit, self._connection.collect_limit
        if sink is not None:
            limit, kept_limit = self._connection.feed_limit, EVIDENCE_LIMIT
        kept = bytearray()
        total = 0
        decoder: Decoder | None = None  # a HEAD may name a coding that is not known here, and has nothing to decode
        for raw in answer.iter_stream():
            decoder = decoder or decoder_for(headers.get("Content-Encoding"))
            for piece in decoder.feed(raw):
                total += len(piece)
                call.left(httpcore.ReadTimeout)  # little on the wire can be much to read
                if total > limit:
                    why = f"the answer is larger than {_size(limit)}"
                    return no_response(NoResponseKind.TOO_LARGE, call, why)
                if sink is not None:
                    sink(piece)
                kept += piece[: kept_limit - len(kept)]
        if decoder is not None:
            decoder.close()
        return Response(
            status=answer.status,
            reason=_text(answer.extensions["reason_phrase"]),
            headers=headers,
            body=bytes(kept),
            body_truncated=len(kept) < total,
        )


def _login(credentials: Credentials) -> "Login":
    from davlock.transport.login import Login

    return Login(credentials)


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
