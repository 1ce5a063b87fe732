"""What goes over the wire, line by line as ``curl -v`` shows it, without secrets.

Passwords, cookies and the like never reach a trace or an exchange. Lock tokens are no passwords, yet whoever has one
can remove the lock: people paste traces into bug reports, so a token becomes the same stand-in wherever it occurs.
"""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from davlock.errors import DavlockError
from davlock.protocol.message import Exchange, Headers, Request
from davlock.protocol.url import without_credentials
from davlock.protocol.visible import visible
from davlock.transport.base import Send

HIDDEN = "(hidden)"

_SECRET = frozenset(
    {
        "authorization",
        "cf-access-client-secret",
        "cookie",
        "ocp-apim-subscription-key",
        "private-token",
        "proxy-authorization",
        "requesttoken",
        "x-amz-security-token",
        "x-api-key",
        "x-auth-token",
        "x-csrf-token",
    }
)

# RFC 6265 §4.1.1: set-cookie-string = cookie-name "=" cookie-value *( ";" SP cookie-av ). The name tells which product
# it is, and says nothing more.
_COOKIE_VALUE = re.compile(r"^([^=;]*=)[^;]*")


def without_secrets(headers: Headers) -> Headers:
    """The same fields, the values that let somebody in replaced by ``(hidden)``."""
    return Headers.of(((name, _shown(name, value)) for name, value in headers), complete=headers.complete)


def _shown(name: str, value: str) -> str:
    if name.lower() in _SECRET:
        return HIDDEN
    if name.lower() == "set-cookie":
        return _COOKIE_VALUE.sub(rf"\g<1>{HIDDEN}", value) if "=" in value else HIDDEN
    return value


def traced(send: Send, write: Callable[[str], None], *, show_tokens: bool = False) -> Send:
    """``send``, telling ``write`` about every exchange: one call a line, without its line end.

    What the caller asked for is written before it is sent, so that a request that hangs can be seen; the fields that
    the sender adds, and the answer, once it is there.
    """
    scrub = _Scrubber(show_tokens=show_tokens)

    def line(mark: str, text: str) -> None:
        write(f"{mark} {scrub(text)}".rstrip())

    def sending(request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        parts = urlsplit(without_credentials(request.url))
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        line(">", f"{request.method} {target} HTTP/1.1")
        if "Host" not in request.headers:
            line(">", f"Host: {parts.netloc}")
        for name, value in without_secrets(request.headers):
            line(">", scrub.field(name, value))
        try:
            exchange = send(request, feed=feed)
        except DavlockError as exc:
            line("*", str(exc))
            raise
        asked = {name.lower() for name, _ in request.headers} | {"host"}
        for name, value in without_secrets(exchange.request.headers):
            if name.lower() not in asked:
                line(">", scrub.field(name, value))
        line(">", "")
        _answer(exchange, line, scrub)
        return exchange

    return sending


def _answer(exchange: Exchange, line: Callable[[str, str], None], scrub: "_Scrubber") -> None:
    response = exchange.response
    if response is None:
        line("*", str(exchange.outcome))
    else:
        line("<", f"HTTP/1.1 {response.status} {response.reason}")
        for name, value in without_secrets(response.headers):
            line("<", scrub.field(name, value))
        line("<", "")
    if exchange.elapsed_ms is not None:
        line("*", f"{exchange.elapsed_ms:.0f} ms")


# Schemes that servers make tokens of (RFC 4918 §6.5, Appendix C), as they are or escaped in a URL.
_TOKEN = re.compile(r"(?i)(?:opaquelocktoken|urn:uuid|urn%3auuid)(?::|%3a)[^\s<>\"',;()\[\]]+")

# RFC 4918 §10.4.2: a state token is a Coded-URL inside the parentheses of a list, one outside is a resource.
_IF_PART = re.compile(r'"[^"]*"|<[^>]*>|[()]')

_USERINFO = re.compile(r"(?<=://)[^/\s?#@]*@")


class _Scrubber:
    """Makes a line fit to be shown; remembers which token has which stand-in."""

    def __init__(self, *, show_tokens: bool) -> None:
        self._show_tokens = show_tokens
        self._stand_ins: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        text = _USERINFO.sub("", text)
        if not self._show_tokens:
            text = _TOKEN.sub(lambda found: self._stand_in(found[0]), text)
        return visible(text)

    def field(self, name: str, value: str) -> str:
        """``Name: value``, with the tokens of the fields that carry them replaced, whatever they look like."""
        if not self._show_tokens:
            match name.lower():
                case "if":
                    value = self._if(value)
                case "lock-token":
                    value = re.sub(r"<([^>]*)>?", lambda found: f"<{self._stand_in(found[1])}>", value)
        return f"{name}: {value}"

    def _if(self, value: str) -> str:
        inside = False

        def replaced(found: re.Match[str]) -> str:
            nonlocal inside
            part = found[0]
            if part in "()":
                inside = part == "("
            elif inside and part.startswith("<") and part.lower() != "<dav:no-lock>":
                return f"<{self._stand_in(part[1:-1])}>"
            return part

        return _IF_PART.sub(replaced, value)

    def _stand_in(self, token: str) -> str:
        if not token or token in self._stand_ins.values():
            return token
        return self._stand_ins.setdefault(token, f"token-{len(self._stand_ins) + 1}")
