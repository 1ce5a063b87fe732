"""Secrets that recordings hold. They are taken out on reading, so that nothing further down can show or store them."""

import re
from collections.abc import Iterable

from davlock.protocol.message import Headers

HIDDEN = "(hidden)"

SECRET_FIELDS = frozenset(
    {
        "authorization",
        "cookie",
        "proxy-authorization",
        # Nextcloud's and other applications' own ways to say who one is.
        "requesttoken",
        "x-api-key",
        "x-auth-token",
        "x-csrf-token",
        "x-xsrf-token",
    }
)

_PASSWORD = re.compile(r"(?<=://)[^/\s?#@<>\"':]{0,256}:[^/\s?#@<>\"']{0,256}@")
_PASSWORD_BYTES = re.compile(_PASSWORD.pattern.encode())


def without_passwords(text: bytes) -> bytes:
    """``text`` without the ``user:password@`` of the URLs in it."""
    return _PASSWORD_BYTES.sub(b"", text)


def _hidden(name: str, value: str) -> str:
    if name.lower() in SECRET_FIELDS:
        return HIDDEN
    if name.lower() == "set-cookie":
        # The name tells which product answers (RFC 6265 §4.1.1), the value is the secret.
        cookie, equals, _ = value.partition("=")
        return f"{cookie.strip()}={HIDDEN}" if equals else HIDDEN
    return _PASSWORD.sub("", value)


def hide(fields: Iterable[tuple[str, str]], *, complete: bool = True) -> Headers:
    """Header fields with the values of the secret ones replaced."""
    return Headers.of(((name, _hidden(name, value)) for name, value in fields), complete=complete)
