"""What a request is on the wire: its target, its header fields and its body, each exactly as the caller gave it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from davlock.errors import LocalProtocolError
from davlock.protocol.message import BodySource, Request
from davlock.protocol.visible import has_control
from davlock.transport.connection import Connection
from davlock.transport.origin import Origin

# RFC 9110 §8.6: no Content-Length: 0 where content has no meaning. Elsewhere some servers answer 411 without it.
_WITHOUT_CONTENT = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "TRACE"})

# RFC 3986 appendix B, with the user information apart.
_URL = re.compile(r"(https?)://(?:([^/?#]*)@)?([^/?#@]*)([^?#]*)((?:\?[^#]*)?)(?:#.*)?", re.IGNORECASE | re.DOTALL)

# What may stand in a request line stays as it is, right or wrong: `%c3`, `%41`, `//`, `|`.
_VISIBLE = "".join(map(chr, range(0x21, 0x7F)))

# RFC 9110 §5.6.2 token.
_WORD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A URL taken apart: ``shown`` has no user information and no fragment, ``raw`` is what the request line says."""

    origin: Origin
    userinfo: str
    shown: str
    raw: bytes

    @classmethod
    def parse(cls, text: str) -> "Target":
        found = _URL.fullmatch(text.strip())
        if found is None or not found[3]:
            shown = re.sub(r"[^/\s]*@", "", text)
            raise LocalProtocolError(f"{shown!r} is no http or https URL", "write it as https://HOST/PATH")
        scheme, userinfo, host = found[1], found[2] or "", found[3]
        path, query = (quote(part, safe=_VISIBLE) for part in (found[4], found[5]))
        return cls(
            origin=Origin.parse(scheme, host),
            userinfo=userinfo,
            shown=f"{scheme}://{host}{path}{query}",
            raw=f"{path or '/'}{query}".encode("ascii"),
        )


Fields = list[tuple[bytes, bytes]]


def wire_fields(request: Request, target: Target, connection: Connection) -> Fields:
    """The header fields of ``request``; raises ``LocalProtocolError`` for what HTTP/1.1 has no place for."""
    if not _WORD.fullmatch(request.method):
        raise LocalProtocolError(f"{request.method!r} cannot be a method")
    body = b"" if request.body is None else request.body
    return list(_fields(request, target, connection, len(body) if isinstance(body, bytes) else body.length))


def wire_body(request: Request) -> Iterable[bytes]:
    """The content in pieces; every iteration begins again."""
    body = b"" if request.body is None else request.body
    return ((body,) if body else ()) if isinstance(body, bytes) else _Upload(body)


def _fields(request: Request, target: Target, connection: Connection, length: int) -> Iterator[tuple[bytes, bytes]]:
    """The request's own fields win over the connection's, and these over the defaults."""
    # Identity: with gzip Apache appends -gzip to an ETag, and the answer to If-Match differs from the one without.
    defaults = (
        ("Host", target.origin.netloc),
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
    # RFC 9110 §5.5: a tab is the only control character in a field value.
    if has_control(value, allowed="\t"):
        raise LocalProtocolError(f"the value of {name} has a control character or line break in it")
    try:
        return name.encode("ascii"), value.strip(" \t").encode("latin-1")
    except UnicodeEncodeError as exc:
        hint = "escape them as that field's own syntax says, in a URL with %"
        raise LocalProtocolError(f"the value of {name} has characters beyond ISO 8859-1", hint) from exc


class _Upload:
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
