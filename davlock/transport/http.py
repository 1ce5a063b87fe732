"""The sender: one HTTP/1.1 exchange exactly as asked, over httpx's authentication and httpcore's connections.

httpx's own client stays out of it. It would read the body of a 401 whole and decoded, however large; raise for a
redirect whose Location is no URL, which is evidence here; and normalise the request's target. So the flow of
authentication is driven here, and the bytes of the target are the caller's.
"""

import contextlib
import importlib.util
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any
from urllib.parse import quote, unquote

from davlock import __version__
from davlock.errors import LocalProtocolError, NoResponse, NoResponseKind, RemoteProtocolError
from davlock.protocol.coding import Decoder, decoder_for
from davlock.protocol.message import BodySource, Exchange, Headers, Request, Response
from davlock.transport.auth import Credentials, auth_for
from davlock.transport.base import COLLECT_LIMIT, EVIDENCE_LIMIT, FEED_LIMIT
from davlock.transport.trace import without_secrets

# isort: split
# Behind auth.py, which imports httpx without its command line.
import httpcore
import httpx

# Apache closes an idle connection after 5 s. To be the first to close avoids a request that meets a closed one.
_KEEP_ALIVE = 4.0

# Of the body of a 401 in the middle of authentication: more is cheaper to cut off than to read.
_DRAIN_LIMIT = 64 * 1024

_WRITE_STEP = 64 * 1024

# RFC 9110 §9.2.2, and read-only: may be sent again when a kept connection turns out to be closed. LOCK may not, since a
# second one meets the lock of the first.
_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND"})

# RFC 9110 §8.6: no Content-Length: 0 where content has no meaning. Elsewhere some servers answer 411 without it.
_WITHOUT_CONTENT = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "TRACE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How to reach servers. Times are in seconds, ``None`` is no limit; ``max_time`` bounds a request as a whole."""

    verify: bool = True
    cacert: str | None = None
    cert: str | None = None
    key: str | None = None
    proxy: str | None = field(default=None, repr=False)
    connect_timeout: float | None = 10.0
    max_time: float | None = 60.0
    user_agent: str = f"davlock/{__version__}"
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    credentials: Credentials | None = None
    max_connections: int = 10
    collect_limit: int = COLLECT_LIMIT
    feed_limit: int = FEED_LIMIT


class HttpSender:
    """The ``Send`` that goes over the wire; keeps connections until it is closed. Several threads may share one."""

    def __init__(self, connection: Connection, *, clock: Callable[[], float]) -> None:
        self._connection = connection
        self._clock = clock
        self._proxy = _Proxy.parse(connection.proxy)
        self._transport = _Transport(connection, self._proxy)
        self._auth = auth_for(connection.credentials)
        self._auth_by_userinfo: dict[str, httpx.Auth] = {}

    def __enter__(self) -> "HttpSender":
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections that were kept."""
        self._transport.close()

    def __call__(self, request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        """See :class:`davlock.transport.base.Send`; raises ``RemoteProtocolError`` where the answer is not HTTP."""
        url = _Url.parse(request.url)
        call = _Call(url, self._connection, self._proxy, self._clock)
        wire = _wire_request(request, url, self._connection)
        outcome: Response | NoResponse
        try:
            with self._transport.watched_by(call):
                outcome = self._converse(wire, self._auth_for(url, wire), call, feed)
        except _NETWORK_TROUBLE as exc:
            outcome = call.failure(exc)
        sent = Headers.of((name.decode("latin-1"), value.decode("latin-1")) for name, value in wire.headers.raw)
        return Exchange(
            request=replace(request, url=url.shown, headers=without_secrets(sent)),
            outcome=outcome,
            elapsed_ms=call.elapsed * 1000,
        )

    def _auth_for(self, url: "_Url", wire: httpx.Request) -> httpx.Auth:
        if "Authorization" in wire.headers:
            return httpx.Auth()
        if self._connection.credentials is not None or not url.userinfo:
            return self._auth
        if url.userinfo not in self._auth_by_userinfo:
            user, _, password = url.userinfo.partition(":")
            self._auth_by_userinfo[url.userinfo] = auth_for(Credentials(unquote(user), unquote(password)))
        return self._auth_by_userinfo[url.userinfo]

    def _converse(
        self, wire: httpx.Request, auth: httpx.Auth, call: "_Call", feed: Callable[[bytes], object] | None
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

    def _ask(self, wire: httpx.Request, call: "_Call") -> httpx.Response:
        call.begin()
        try:
            return self._transport.handle_request(wire)
        except (httpcore.NetworkError, httpcore.RemoteProtocolError):
            if wire.method not in _REPEATABLE or not call.met_a_closed_connection:
                raise
        call.begin()
        return self._transport.handle_request(wire)

    def _read(
        self, response: httpx.Response, call: "_Call", feed: Callable[[bytes], object] | None
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
                    return call.no_response(NoResponseKind.TOO_LARGE, f"the answer is larger than {_size(limit)}")
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


# --- what is sent ---------------------------------------------------------------------------------------------------

# RFC 3986 appendix B, with the user information apart.
_URL = re.compile(r"(https?)://(?:([^/?#]*)@)?([^/?#@]*)([^?#]*)((?:\?[^#]*)?)(?:#.*)?", re.IGNORECASE | re.DOTALL)

# What may stand in a request line stays as it is, right or wrong: `%c3`, `%41`, `//`, `|`.
_VISIBLE = "".join(map(chr, range(0x21, 0x7F)))

# RFC 9110 §5.6.2 token; §5.5: a tab is the only control character in a field value.
_WORD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Url:
    """``shown`` has no user information and no fragment; ``target`` is what the request line says."""

    origin: httpx.URL
    userinfo: str
    shown: str
    target: bytes

    @classmethod
    def parse(cls, text: str) -> "_Url":
        found = _URL.fullmatch(text.strip())
        if found is None or not found[3]:
            shown = re.sub(r"[^/\s]*@", "", text)
            raise LocalProtocolError(f"{shown!r} is no http or https URL", "write it as https://HOST/PATH")
        scheme, userinfo, host = found[1], found[2] or "", found[3]
        try:
            origin = httpx.URL(f"{scheme.lower()}://{host}")
        except httpx.InvalidURL as exc:
            raise LocalProtocolError(f"{scheme}://{host}: {exc}", "write it as https://HOST:PORT/PATH") from exc
        if (origin.port or 0) > 65535:
            raise LocalProtocolError(f"{scheme}://{host}: there is no port {origin.port}", "ports end at 65535")
        path, query = (quote(part, safe=_VISIBLE) for part in (found[4], found[5]))
        return cls(
            origin=origin,
            userinfo=userinfo,
            shown=f"{scheme}://{host}{path}{query}",
            target=f"{path or '/'}{query}".encode("ascii"),
        )


class _ExactUrl(httpx.URL):
    """A URL whose path httpx does not touch; Digest authentication signs it, so it must be what is sent."""

    def __init__(self, url: _Url) -> None:
        super().__init__(url.origin)
        self._target = url.target

    @property
    def raw_path(self) -> bytes:
        return self._target


def _wire_request(request: Request, url: _Url, connection: Connection) -> httpx.Request:
    if not _WORD.fullmatch(request.method):
        raise LocalProtocolError(f"{request.method!r} cannot be a method")
    body = b"" if request.body is None else request.body
    wire = httpx.Request(
        request.method,
        url.origin,
        headers=list(_fields(request, url, connection, len(body) if isinstance(body, bytes) else body.length)),
        stream=httpx.ByteStream(body) if isinstance(body, bytes) else _Upload(body),
    )
    wire.method = request.method  # methods are case-sensitive (RFC 9110 §9.1), and httpx has made it upper case
    wire.url = _ExactUrl(url)
    wire.headers.encoding = "utf-8"  # or it guesses from what is there, and a name in Authorization may not fit
    return wire


def _fields(request: Request, url: _Url, connection: Connection, length: int) -> Iterator[tuple[bytes, bytes]]:
    """The request's own fields win over the connection's, and these over the defaults."""
    host = url.origin.netloc.decode("ascii")
    # Identity: with gzip Apache appends -gzip to an ETag, and the answer to If-Match differs from the one without.
    defaults = (
        ("Host", host),
        ("User-Agent", connection.user_agent),
        ("Accept", "*/*"),
        ("Accept-Encoding", "identity"),
    )
    merged = list(request.headers)
    for layer in (connection.headers, defaults):
        known = {name.lower() for name, _ in merged}
        merged = [(name, value) for name, value in layer if name.lower() not in known] + merged
    for name, value in merged:
        if name.lower() == "transfer-encoding" or (name.lower() == "content-length" and value.strip() != str(length)):
            raise LocalProtocolError(f"{name} is not yours to set", "it follows from the body")
        if name.lower() != "content-length":
            yield _field(name, value)
    if length or request.method.upper() not in _WITHOUT_CONTENT:
        yield b"Content-Length", b"%d" % length


def _field(name: str, value: str) -> tuple[bytes, bytes]:
    """Does not quote the value when it complains: it may be a secret."""
    if not _WORD.fullmatch(name):
        raise LocalProtocolError(f"{name!r} cannot be the name of a header field")
    if _CONTROL.search(value):
        raise LocalProtocolError(f"the value of {name} has a control character or line break in it")
    try:
        return name.encode("ascii"), value.strip(" \t").encode("latin-1")
    except UnicodeEncodeError as exc:
        hint = "escape them as that field's own syntax says, in a URL with %"
        raise LocalProtocolError(f"the value of {name} has characters beyond ISO 8859-1", hint) from exc


class _Upload(httpx.SyncByteStream):
    """A ``BodySource`` that must give as many bytes as it announced, for nothing else would end the request."""

    def __init__(self, source: BodySource) -> None:
        self._source = source

    def __iter__(self) -> Iterator[bytes]:
        left = self._source.length
        for piece in self._source:
            left -= len(piece)
            if left < 0:
                break
            yield piece
        if left:
            raise LocalProtocolError("the content changed its length while it was sent")


# --- TLS and proxies ------------------------------------------------------------------------------------------------


def _context(connection: Connection) -> ssl.SSLContext:
    """Loads certificates, which takes time: not wanted for an http URL."""
    if not connection.verify:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    if connection.cacert is not None:
        with _naming(connection.cacert, "certificates"):
            return ssl.create_default_context(cafile=connection.cacert)
    import truststore  # here, for the same reason

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _server_context(connection: Connection) -> ssl.SSLContext:
    context = _context(connection)
    if connection.cert is not None:
        paths = [path for path in (connection.cert, connection.key) if path is not None]
        for path in paths:
            with _naming(path, "certificate or key"), open(path, "rb"):
                pass
        with _naming(" with ".join(paths), "certificate and key"):
            # A password that is wrong, since OpenSSL would ask for it on the terminal.
            context.load_cert_chain(connection.cert, connection.key, password="")
    elif connection.key is not None:
        raise LocalProtocolError(f"{connection.key}: a key without a certificate", "give that with --cert FILE")
    return context


@contextlib.contextmanager
def _naming(path: str, what: str) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        hint = "a PEM file is needed, and a key without a passphrase"
        raise LocalProtocolError(f"{path}: no {what} could be read ({_reason(exc)})", hint) from exc


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proxy:
    scheme: str
    host: str
    url: httpcore.URL
    auth: tuple[bytes, bytes] | None = field(repr=False)

    @classmethod
    def parse(cls, text: str | None) -> "_Proxy | None":
        """``[SCHEME://][USER:PASSWORD@]HOST[:PORT]``, as curl takes it; its errors do not quote it."""
        if text is None:
            return None
        try:
            url = httpx.URL(text if "://" in text else f"http://{text}")
        except httpx.InvalidURL as exc:
            raise LocalProtocolError(f"the proxy's URL makes no sense: {exc}") from exc
        if url.scheme not in ("http", "https", "socks5", "socks5h"):
            raise LocalProtocolError(f"{url.scheme} proxies are not supported", "http, https and socks5 are")
        if not url.host or (url.port or 0) > 65535:
            raise LocalProtocolError("the proxy's URL names no host or no valid port", "write http://HOST:PORT")
        if url.scheme.startswith("socks") and importlib.util.find_spec("socksio") is None:
            raise LocalProtocolError("a SOCKS proxy needs the Python package socksio", "pip install socksio")
        return cls(
            scheme=url.scheme.removesuffix("h"),
            host=url.host,
            url=httpcore.URL(scheme=url.raw_scheme.removesuffix(b"h"), host=url.raw_host, port=url.port, target=b"/"),
            auth=(url.username.encode(), url.password.encode()) if url.userinfo else None,
        )


class _Transport(httpx.BaseTransport):
    """httpcore's pools, one for http and one for https, each made when it is first needed."""

    def __init__(self, connection: Connection, proxy: _Proxy | None) -> None:
        self._connection = connection
        self._proxy = proxy
        self._network = _Network()
        self._pools: dict[str, httpcore.ConnectionPool] = {}
        self._lock = threading.Lock()

    def watched_by(self, call: "_Call") -> contextlib.AbstractContextManager[None]:
        """Within it, the calling thread's connections tell ``call`` what happens and keep to its deadline."""
        return self._network.watched_by(call)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        call, url = self._network.call, request.url
        asked = httpcore.Request(
            request.method,
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions={"timeout": {"pool": call.left(httpcore.PoolTimeout)}, "trace": call.trace},
        )
        pool = self._pool(url.scheme)
        try:
            answer = pool.handle_request(asked)
        except BaseException as exc:
            call.close_what_is_not_in_use()
            # The package that speaks SOCKS fails in many ways when its peer does not.
            if isinstance(exc, Exception) and not isinstance(exc, _NETWORK_TROUBLE) and call.greets_a_socks_proxy:
                raise httpcore.ProxyError("it does not speak SOCKS5") from exc
            raise
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Download(answer), extensions=answer.extensions
        )

    def close(self) -> None:
        with self._lock:
            for pool in self._pools.values():
                pool.close()
            self._pools.clear()

    def _pool(self, scheme: str) -> httpcore.ConnectionPool:
        with self._lock:
            if scheme not in self._pools:
                self._pools[scheme] = self._made(scheme)
            return self._pools[scheme]

    def _made(self, scheme: str) -> httpcore.ConnectionPool:
        https = scheme == "https"
        settings: dict[str, Any] = {
            "ssl_context": _server_context(self._connection) if https else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            "max_connections": self._connection.max_connections,
            "keepalive_expiry": _KEEP_ALIVE,
            "network_backend": self._network,
        }
        proxy = self._proxy
        if proxy is None:
            return httpcore.ConnectionPool(**settings)
        if proxy.scheme == "socks5":
            return httpcore.SOCKSProxy(proxy_url=proxy.url, proxy_auth=proxy.auth, **settings)
        if proxy.scheme == "https":
            settings["proxy_ssl_context"] = _context(self._connection)
        return httpcore.HTTPProxy(proxy_url=proxy.url, proxy_auth=proxy.auth, **settings)


class _Download(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


# --- the network: deadlines, and what went wrong --------------------------------------------------------------------

# Whatever else httpcore raises is a fault in what was given to it.
_NETWORK_TROUBLE = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
)

# OpenSSL's names, which differ by its version, for an answer that is no TLS.
_NO_TLS = frozenset(
    {"HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL", "WRONG_VERSION_NUMBER"}
)

_TLS_ALERT = b"\x15\x03"


class _Call:
    """One request on its way: how much time it has left, how far it came, and so what a failure means."""

    def __init__(self, url: _Url, connection: Connection, proxy: _Proxy | None, clock: Callable[[], float]) -> None:
        self.cause: BaseException | None = None
        self._url = url
        self._proxy = proxy
        self._clock = clock
        self._started = clock()
        self._connect_timeout = connection.connect_timeout
        self._max_time = connection.max_time
        self._connect_by: float | None = None
        self._sent = False  # ever, also in an earlier round of authentication
        self._proxy_status: int | None = None
        self.begin()

    def begin(self) -> None:
        """Another message of the same request: authentication takes two, a closed connection a second try."""
        self._connected = False
        self._tls_layers = 0
        self._asking = False
        self._received = b""
        self._closed = False
        self._opened: list[_Stream] = []

    @property
    def elapsed(self) -> float:
        return self._clock() - self._started

    @property
    def met_a_closed_connection(self) -> bool:
        """Whether a connection that was kept ended without a byte of an answer."""
        return self._asking and not self._connected and not self._received

    @property
    def greets_a_socks_proxy(self) -> bool:
        """Whether the proxy was reached and nothing beyond it."""
        return self._proxy is not None and self._proxy.scheme == "socks5" and not (self._asking or self._tls_layers)

    # What happens, told by the network and by httpcore's trace extension.

    def connecting(self) -> None:
        self._connected = True
        self._connect_by = None if self._connect_timeout is None else self._clock() + self._connect_timeout

    def opened(self, stream: "_Stream") -> "_Stream":
        self._opened.append(stream)
        return stream

    def close_what_is_not_in_use(self) -> None:
        """httpcore forgets a connection that breaks on the way to the server, through a proxy or by Ctrl-C."""
        if not self._asking:
            for stream in self._opened:
                stream.close()

    def starting_tls(self) -> None:
        self._tls_layers += 1

    def trace(self, event: str, info: dict[str, Any]) -> None:
        if event == "http11.send_request_headers.started" and info["request"].method != b"CONNECT":
            self._asking = self._sent = True
            self._connect_by = None
            self._received = b""
        elif event == "http11.receive_response_headers.complete" and not self._asking:
            self._proxy_status = info["return_value"][1]

    def received(self, data: bytes) -> None:
        self._closed = not data
        if len(self._received) < 64:
            self._received += data[:64]

    def left(self, out_of_time: type[httpcore.TimeoutException]) -> float | None:
        """Seconds that the next step may take."""
        ends = [] if self._max_time is None else [self._started + self._max_time]
        if self._connect_by is not None:
            ends.append(self._connect_by)
        if not ends:
            return None
        left = min(ends) - self._clock()
        if left <= 0:
            raise out_of_time("out of time")
        return left

    # What it means.

    def no_response(self, kind: NoResponseKind, why: str, hint: str = "") -> NoResponse:
        return NoResponse(kind, self._url.shown, why, hint=hint, sent=self._sent)

    def failure(self, exc: Exception) -> NoResponse:
        """Why there is no answer; raises ``RemoteProtocolError`` if there is one that is not HTTP."""
        if self._asking:
            return self._failed_while_asking(exc)
        if isinstance(exc, httpcore.TimeoutException):
            return self.no_response(NoResponseKind.TIMEOUT, f"no connection after {self.elapsed:.1f} s")
        # To an https proxy TLS comes first, and once more inside it for the server.
        if self._tls_layers > (1 if self._proxy is not None and self._proxy.scheme == "https" else 0):
            return self._tls_failure()
        if self._proxy is not None:
            return self._proxy_failure(exc)
        if isinstance(self.cause, socket.gaierror | UnicodeError):
            why = f"the name {self._url.origin.host} has no address ({_reason(self.cause)})"
            return self.no_response(NoResponseKind.DNS, why, "check how it is written, and the DNS")
        hint = "check the port, and whether the server runs" if isinstance(self.cause, ConnectionRefusedError) else ""
        return self.no_response(NoResponseKind.CONNECT, f"no connection ({_reason(self.cause)})", hint)

    def _failed_while_asking(self, exc: Exception) -> NoResponse:
        if isinstance(exc, httpcore.LocalProtocolError):
            # Its message may quote a header.
            raise LocalProtocolError("such a request cannot be sent by HTTP/1.1", "look at the header fields") from None
        if self._received.startswith(_TLS_ALERT):
            raise RemoteProtocolError("HTTP", "the port speaks TLS: try https:// in place of http://") from None
        if self._received and not b"HTTP/".startswith(self._received[:5]):
            raise RemoteProtocolError("HTTP", f"the answer is not HTTP/1, it begins {self._received[:40]!r}") from None
        if isinstance(exc, httpcore.TimeoutException):
            hint = "if the server is only slow, allow more with --max-time"
            return self.no_response(NoResponseKind.TIMEOUT, f"no complete answer after {self.elapsed:.1f} s", hint)
        if isinstance(self.cause, ssl.SSLError):
            return self.no_response(NoResponseKind.TLS, f"TLS broke down ({_reason(self.cause)})")
        if isinstance(exc, httpcore.RemoteProtocolError) and not self._closed:
            raise RemoteProtocolError("HTTP", f"the answer is not valid ({exc!s:.200})") from exc
        where = "in the middle of its answer" if self._received else "without an answer"
        how = "closed" if self._closed else "reset"
        return self.no_response(NoResponseKind.RESET, f"the server {how} the connection {where}")

    def _tls_failure(self) -> NoResponse:
        cause = self.cause
        if isinstance(cause, ssl.SSLCertVerificationError):
            why = f"the server's certificate is not trusted ({cause.verify_message})"
            hint = "name its authority with --cacert FILE, or do without the check with -k"
            return self.no_response(NoResponseKind.TLS, why, hint)
        if isinstance(cause, ssl.SSLError) and cause.reason in _NO_TLS:
            hint = f"try http://{self._url.shown.partition('://')[2]}"
            return self.no_response(NoResponseKind.TLS, "the port does not speak TLS", hint)
        return self.no_response(NoResponseKind.TLS, f"the TLS handshake failed ({_reason(cause)})")

    def _proxy_failure(self, exc: Exception) -> NoResponse:
        if self._proxy_status is not None:
            hint = "give user and password in the proxy's URL" if self._proxy_status == 407 else ""
            return self.no_response(NoResponseKind.PROXY, f"the proxy refused with {exc!s:.80}", hint)
        if self._closed:
            return self.no_response(NoResponseKind.PROXY, "the proxy closed the connection")
        if isinstance(exc, httpcore.NetworkError):
            return self.no_response(NoResponseKind.PROXY, f"no connection to the proxy ({_reason(self.cause)})")
        return self.no_response(NoResponseKind.PROXY, f"the proxy answered with an error ({exc!s:.80})")


def _reason(cause: BaseException | None) -> str:
    """What the system says, without its numbers; OpenSSL's words for TLS."""
    if isinstance(cause, ssl.SSLError) and cause.reason:
        return cause.reason.lower().replace("_", " ")
    text = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)
    return text[:1].lower() + text[1:]


class _Network(httpcore.NetworkBackend):
    """httpcore's blocking sockets, which it gives a time for each read and write: here all of them share one deadline.

    A server that sends a byte a second would never run into a time for each read.
    """

    def __init__(self) -> None:
        self._sockets = httpcore.SyncBackend()
        self._thread = threading.local()

    @contextlib.contextmanager
    def watched_by(self, call: _Call) -> Iterator[None]:
        self._thread.call = call
        try:
            yield
        finally:
            del self._thread.call

    @property
    def call(self) -> _Call:
        call: _Call = self._thread.call
        return call

    @contextlib.contextmanager
    def noting_the_cause(self) -> Iterator[None]:
        """httpcore's pool drops the cause of the exceptions that pass through it."""
        try:
            yield
        except Exception as exc:
            self.call.cause = exc.__cause__ or exc
            raise

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        self.call.connecting()
        with self.noting_the_cause():
            addresses = self._addresses(host, port)
            while True:
                address = addresses.pop(0)
                left = self.call.left(httpcore.ConnectTimeout)
                # An address that does not answer (IPv6 on many networks) must leave time for the next.
                share = left / 2 if left is not None and addresses else left
                try:
                    stream = self._sockets.connect_tcp(address, port, share, socket_options=())
                    return self.call.opened(_Stream(stream, self))
                except (httpcore.ConnectError, httpcore.ConnectTimeout):
                    if not addresses:
                        raise

    def _addresses(self, host: str, port: int) -> list[str]:
        """The name's addresses. The system's look-up cannot be stopped, so it is left behind when the time is over."""
        found: list[str] = []
        failed: list[Exception] = []

        def look_up() -> None:
            try:
                for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
                    scope = f"%{address[3]}" if len(address) == 4 and address[3] else ""
                    found.append(f"{address[0]}{scope}")
            except (OSError, UnicodeError) as exc:
                failed.append(exc)

        thread = threading.Thread(target=look_up, name=f"looking up {host}", daemon=True)
        thread.start()
        thread.join(self.call.left(httpcore.ConnectTimeout))
        if thread.is_alive():
            raise httpcore.ConnectTimeout("the name was not looked up in time")
        if failed:
            raise httpcore.ConnectError(failed[0]) from failed[0]
        return list(dict.fromkeys(found))


class _Stream(httpcore.NetworkStream):
    """A connection whose every step keeps to the deadline of the request that uses it just now."""

    def __init__(self, stream: httpcore.NetworkStream, network: _Network) -> None:
        self._stream = stream
        self._network = network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        call = self._network.call
        with self._network.noting_the_cause():
            data = self._stream.read(max_bytes, call.left(httpcore.ReadTimeout))
        call.received(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        view = memoryview(buffer)
        with self._network.noting_the_cause():
            for start in range(0, len(view), _WRITE_STEP):
                left = self._network.call.left(httpcore.WriteTimeout)
                self._stream.write(bytes(view[start : start + _WRITE_STEP]), left)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        self._network.call.starting_tls()
        with self._network.noting_the_cause():
            left = self._network.call.left(httpcore.ConnectTimeout)
            stream = self._stream.start_tls(ssl_context, server_hostname, left)
        return self._network.call.opened(_Stream(stream, self._network))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
