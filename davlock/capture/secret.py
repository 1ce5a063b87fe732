"""Secrets in messages: taken out as soon as a message is read, so that nothing further down can show or store them."""

import re

from davlock.protocol.message import Headers

HIDDEN = "(hidden)"

SECRET_FIELDS = frozenset(
    {
        "authorization",
        "cookie",
        "proxy-authorization",
        # Applications' and gateways' own ways to say who one is.
        "cf-access-client-secret",
        "ocp-apim-subscription-key",
        "private-token",
        "requesttoken",
        "x-amz-security-token",
        "x-api-key",
        "x-auth-token",
        "x-csrf-token",
        "x-xsrf-token",
    }
)

# RFC 6265 §4.1.1: set-cookie-string = cookie-name "=" cookie-value *( ";" SP cookie-av ). The name tells which product
# it is, and neither it nor the attributes let anybody in. Some recorders join several cookies to one value: what is no
# attribute of the first is left out.
_COOKIE = re.compile(
    r"([^=;]*)=[^;]*"
    r"((?:;[ ]?(?:Expires|Max-Age|Domain|Path|SameSite|Secure|HttpOnly|Partitioned)(?![\w-])(?:=[^;=\n]*)?)*)",
    re.IGNORECASE,
)

# RFC 3986 §3.2: authority = [ userinfo "@" ] host [ ":" port ]. A password may have an "@" in it that nobody escaped.
_USERINFO = re.compile(r"(?<=://)[^/?#\s<>\"]*@")
_USERINFO_BYTES = re.compile(_USERINFO.pattern.encode())


def without_passwords(text: str) -> str:
    """``text`` without the ``user:password@`` of the URLs in it."""
    return _USERINFO.sub("", text)


def body_without_passwords(body: bytes) -> bytes:
    """The same of a body."""
    return _USERINFO_BYTES.sub(b"", body)


def without_secrets(headers: Headers) -> Headers:
    """The same fields, the values that let somebody in replaced by ``(hidden)``."""
    return Headers.of(((name, _shown(name, value)) for name, value in headers), complete=headers.complete)


def _shown(name: str, value: str) -> str:
    if name.lower() in SECRET_FIELDS:
        return HIDDEN
    if name.lower() == "set-cookie":
        cookie = _COOKIE.match(value)
        return f"{cookie[1].strip()}={HIDDEN}{cookie[2]}" if cookie else HIDDEN
    return without_passwords(value)
