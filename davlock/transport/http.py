"""The sender: one exchange exactly as asked, over httpx's transports.

``httpx.Client`` stays out of it: it would read the body of a 401 whole, and raise for a redirect whose Location is no
URL, which is evidence here. What it does with a transport and an ``httpx.Auth`` is done here in its place.
"""

import contextlib
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import cast
from urllib.parse import unquote

from davlock.capture.secret import without_secrets
from davlock.errors import NoResponse, NoResponseKind, RemoteProtocolError
from davlock.protocol.coding import Decoder, decoder_for
from davlock.protocol.message import Exchange, Headers, Request, Response
from davlock.transport.auth import auth_for
from davlock.transport.base import EVIDENCE_LIMIT
from davlock.transport.connections import Connections
from davlock.transport.errors import TRANSPORT_ERRORS, as_no_response, no_response
from davlock.transport.httpx_import import httpx
from davlock.transport.progress import Progress
from davlock.transport.request import Target, httpx_request, shown_fields
from davlock.transport.settings import ConnectionSettings, Credentials

# Of the body of a 401 in the middle of authentication: more is cheaper to cut off than to read.
_DRAIN_LIMIT = 64 * 1024


HttpxTransport = httpx.BaseTransport
"""What can take the place of the network."""


class HttpSender:
    """The ``Send`` that goes over the wire; keeps connections until it is closed. Several threads may share one."""

    def __init__(
        self,
        settings: ConnectionSettings,
        *,
        clock: Callable[[], float],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """``transport`` takes the place of the network, as tests want it."""
        self._settings = settings
        self._clock = clock
        self._connections = Connections(settings, transport)
        self._auth = auth_for(settings.credentials)
        self._logged_in = settings.credentials is not None
        self._auth_by_userinfo: dict[str, httpx.Auth] = {}
        self._noted: tuple[tuple[bytes, bytes], ...] = ()

    def __enter__(self) -> "HttpSender":
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def log_in(self, credentials: Credentials) -> None:
        """From now on requests carry this login."""
        self._auth = auth_for(credentials)
        self._logged_in = True

    def close(self) -> None:
        """Closes the connections that were kept."""
        self._connections.close()

    def __call__(self, request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        """See :class:`davlock.transport.base.Send`; raises ``RemoteProtocolError`` where the answer is not HTTP."""
        target = Target.parse(request.url)
        wire = httpx_request(request, target, self._settings)
        progress = Progress(target, self._settings, self._clock, within=request.within)
        outcome: Response | NoResponse
        try:
            try:
                with self._connections.lent_to(progress) as transport:
                    outcome = self._converse(wire, self._auth_for(target, wire), transport, progress, feed)
            except TRANSPORT_ERRORS as exc:
                outcome = as_no_response(exc, progress)
        except RemoteProtocolError as error:
            error.url = target.shown
            raise
        return Exchange(
            request=Request(
                method=request.method,
                url=target.shown,
                headers=shown_fields(tuple(wire.headers.raw)),
                body=request.body,
                within=request.within,
            ),
            outcome=outcome,
            elapsed_ms=progress.elapsed * 1000,
        )

    def _auth_for(self, target: Target, wire: httpx.Request) -> httpx.Auth:
        if "Authorization" in wire.headers:
            return httpx.Auth()
        if self._logged_in or not target.userinfo:
            return self._auth
        if target.userinfo not in self._auth_by_userinfo:
            user, _, password = target.userinfo.partition(":")
            self._auth_by_userinfo[target.userinfo] = auth_for(Credentials(unquote(user), unquote(password)))
        return self._auth_by_userinfo[target.userinfo]

    def _note_fields(self, fields: tuple[tuple[bytes, bytes], ...]) -> None:
        if fields == self._noted:  # a walk sends the same ones thousands of times
            return
        self._noted = fields
        for name, value in fields:
            self._settings.note_field(name.decode("latin-1"), value.decode("latin-1"))

    def _converse(
        self,
        wire: httpx.Request,
        auth: httpx.Auth,
        transport: httpx.BaseTransport,
        progress: Progress,
        feed: Callable[[bytes], object] | None,
    ) -> Response | NoResponse:
        with contextlib.closing(auth.sync_auth_flow(wire)) as flow:
            message = next(flow)
            while True:
                progress.begin()
                progress.preliminary = message is not wire
                self._note_fields(tuple(message.headers.raw))
                # Closing an answer that was not read to its end closes the connection too.
                with contextlib.closing(transport.handle_request(message)) as response:
                    try:
                        message = flow.send(response)
                    except StopIteration:
                        return self._read(response, progress, feed)
                    _drain(response)

    def _read(
        self, answer: httpx.Response, progress: Progress, feed: Callable[[bytes], object] | None
    ) -> Response | NoResponse:
        received = Headers(tuple([(_text(name), _text(value)) for name, value in answer.headers.raw]))
        for cookie in received.get_all("Set-Cookie"):
            self._settings.note_field("Set-Cookie", cookie)
        headers = without_secrets(received)
        sink = feed if answer.status_code == 207 else None
        limit, kept_limit = self._settings.collect_limit, self._settings.collect_limit
        if sink is not None:
            limit, kept_limit = self._settings.feed_limit, EVIDENCE_LIMIT
        kept = bytearray()
        total = 0
        decoder: Decoder | None = None  # a HEAD may name a coding that is not known here, and has nothing to decode
        for raw in _body(answer):
            decoder = decoder or decoder_for(headers.get("Content-Encoding"))
            for piece in decoder.feed(raw):
                total += len(piece)
                progress.left(httpx.ReadTimeout)  # little on the wire can be much to read
                if total > limit:
                    why = f"the answer is larger than {_size(limit)}"
                    return no_response(NoResponseKind.TOO_LARGE, progress, why)
                if sink is not None:
                    sink(piece)
                kept += piece[: kept_limit - len(kept)]
        if decoder is not None:
            decoder.close()
        return Response(
            status=answer.status_code,
            reason=_text(answer.extensions.get("reason_phrase", b"")),
            headers=headers,
            body=bytes(kept),
            body_truncated=len(kept) < total,
        )


def _body(response: httpx.Response) -> Iterable[bytes]:
    """As it came. ``Response.iter_raw`` would give it once only, and to nobody if the response was made of bytes."""
    return cast(httpx.SyncByteStream, response.stream)


def _drain(response: httpx.Response) -> None:
    taken = 0
    for piece in _body(response):
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
