"""A request as httpx takes it: its target, its header fields and its body, each exactly as the caller gave it."""

import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import quote, unquote

from davlock.capture.secret import without_secrets
from davlock.errors import LocalProtocolError
from davlock.late_pattern import late_pattern
from davlock.protocol.message import BodySource, Headers, Request
from davlock.protocol.visible import has_control
from davlock.transport.httpx_import import httpx
from davlock.transport.settings import ConnectionSettings
from davlock.transport.zones import without_zones
from davlock.values import dataclass

# RFC 9110 §8.6: no Content-Length: 0 where content has no meaning. Elsewhere some servers answer 411 without it.
_WITHOUT_CONTENT = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "TRACE"})

# RFC 3986 appendix B, with the user information apart.
_URL = late_pattern(r"(https?)://(?:([^/?#]*)@)?([^/?#@]*)([^?#]*)((?:\?[^#]*)?)(?:#.*)?", re.IGNORECASE | re.DOTALL)

# What may stand in a request line stays as it is, right or wrong: `%c3`, `%41`, `//`, `|`.
_VISIBLE = "".join(map(chr, range(0x21, 0x7F)))
_SENT = late_pattern(r"[\x21-\x7e]*")

# RFC 9110 §5.6.2 token.
_WORD = late_pattern(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


_WITH_URLS = ("destination", "if")
"""Fields that hold a URL of the server, in which it would not know a zone."""


class ExactUrl(httpx.URL):
    """A URL whose path and query httpx does not touch. Digest authentication signs ``raw_path``, so it is what is sent.

    httpx's extension ``target`` would do without a proxy. By way of one it takes the place of CONNECT's target too.
    """

    def __init__(self, origin: httpx.URL, target: bytes) -> None:
        super().__init__(origin)
        self._origin = origin
        self._target = target

    @property
    def raw_path(self) -> bytes:
        return self._target

    @property
    def path(self) -> str:
        return unquote(self._target.partition(b"?")[0].decode("ascii"))

    @property
    def query(self) -> bytes:
        return self._target.partition(b"?")[2]

    def __str__(self) -> str:
        return f"{self._origin.scheme}://{self._origin.netloc.decode('ascii')}{self._target.decode('ascii')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A URL taken apart: ``shown`` has no user information and no fragment, ``raw`` is what the request line says."""

    origin: httpx.URL
    userinfo: str
    shown: str
    raw: bytes

    @classmethod
    def parse(cls, text: str) -> "Target":
        match = _URL.fullmatch(text.strip())
        if match is None or not match[3]:
            shown = re.sub(r"[^/\s]*@", "", text)
            raise LocalProtocolError(f"{shown!r} is not an http or https URL", "write it as https://HOST/PATH")
        scheme, userinfo, host = match[1], match[2] or "", match[3]
        path, query = (part if _SENT.fullmatch(part) else quote(part, safe=_VISIBLE) for part in match.group(4, 5))
        return cls(
            origin=origin_of(scheme, host),
            userinfo=userinfo,
            shown=f"{scheme}://{host}{path}{query}",
            raw=f"{path or '/'}{query}".encode("ascii"),
        )


@lru_cache(maxsize=64)
def origin_of(scheme: str, host: str) -> httpx.URL:
    """The server of a URL, from its scheme and ``HOST[:PORT]``. Raises LocalProtocolError for what names no server."""
    try:
        url = httpx.URL(f"{scheme.lower()}://{host}")
        _ = url.host  # decodes what begins with "xn--", and raises UnicodeError where that is no name
    except (httpx.InvalidURL, UnicodeError) as exc:
        raise LocalProtocolError(f"{scheme}://{host}: {exc}", "write it as https://HOST:PORT/PATH") from exc
    if (url.port or 0) > 65535:
        raise LocalProtocolError(f"{scheme}://{host}: port {url.port} does not exist", "ports end at 65535")
    return url


def httpx_request(request: Request, target: Target, settings: ConnectionSettings) -> httpx.Request:
    """Raises ``LocalProtocolError`` for what HTTP/1.1 has no place for."""
    if not _WORD.fullmatch(request.method):
        raise LocalProtocolError(f"{request.method!r} is not a method")
    body = b"" if request.body is None else request.body
    stream = httpx.ByteStream(body) if isinstance(body, bytes) else _Upload(body)
    length: int | None = len(body) if isinstance(body, bytes) else body.length
    if not length and request.method.upper() in _WITHOUT_CONTENT:
        length = None
    netloc = without_zones(target.origin.netloc.decode("ascii"))
    url = ExactUrl(target.origin, target.raw)
    headers = _headers(request.headers, settings.headers, netloc, settings.user_agent, length)
    wire = httpx.Request(request.method, url, headers=headers, stream=stream)
    wire.method = request.method  # methods are case-sensitive (RFC 9110 §9.1), and httpx has made it upper case
    wire.url = url  # httpx has made a plain one of it
    wire.headers.encoding = "utf-8"  # or it guesses from what is there, and a name in Authorization may not fit
    return wire


@lru_cache(maxsize=64)
def _headers(
    own: Headers, always: tuple[tuple[str, str], ...], netloc: str, user_agent: str, length: int | None
) -> httpx.Headers:
    """The request's own fields win over those of every request, and these over the defaults.

    A walk asks for the same ones thousands of times.
    """
    # Identity: with gzip Apache appends -gzip to an ETag, and the answer to If-Match differs from the one without.
    defaults = (("Host", netloc), ("User-Agent", user_agent), ("Accept", "*/*"), ("Accept-Encoding", "identity"))
    merged = list(own)
    for layer in (always, defaults):
        known = {name.lower() for name, _ in merged}
        merged = [(name, value) for name, value in layer if name.lower() not in known] + merged
    fields = []
    for name, value in merged:
        lowered = name.lower()
        if lowered == "transfer-encoding" or (lowered == "content-length" and value.strip() != str(length or 0)):
            raise LocalProtocolError(f"you cannot set {name}", "it follows from the body")
        if lowered != "content-length":
            fields.append(_field(name, without_zones(value) if lowered in _WITH_URLS else value))
    if length is not None:
        fields.append((b"Content-Length", b"%d" % length))
    return httpx.Headers(fields)


def _field(name: str, value: str) -> tuple[bytes, bytes]:
    """Does not quote the value when it complains: it may be a secret."""
    if not _WORD.fullmatch(name):
        raise LocalProtocolError(f"{name!r} is not a name of a header field")
    # RFC 9110 §5.5: a tab is the only control character in a field value.
    if has_control(value, allowed="\t"):
        raise LocalProtocolError(f"the value of {name} has a control character or line break")
    try:
        return name.encode("ascii"), value.strip(" \t").encode("latin-1")
    except UnicodeEncodeError as exc:
        hint = "escape them as that header requires; in a URL with %"
        raise LocalProtocolError(f"the value of {name} has characters beyond ISO 8859-1", hint) from exc


@lru_cache(maxsize=64)
def shown_fields(raw: tuple[tuple[bytes, bytes], ...]) -> Headers:
    """The header fields that were sent, without secrets."""
    return without_secrets(Headers.of((name.decode("latin-1"), value.decode("latin-1")) for name, value in raw))


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
            raise LocalProtocolError("the file changed its length while davlock sent it")
