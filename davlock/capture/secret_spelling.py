"""The ways in which programs write a secret that they repeat: escaped for a URL, for XML or JSON, encoded, or as is."""

import base64
import contextlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, quote_plus

LONGEST_OF_ALL = 256
"""Characters: a longer secret is looked for in fewer spellings, lest the list of them become large."""

SHORTEST_ENCODED = 6
"""Characters: a shorter piece of base64 or hexadecimal is a part of too many other words."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """One form of a secret, as bytes in ``encoding``; only a text with the bytes ``needs`` in it can hold it."""

    form: bytes
    needs: bytes
    encoding: str = "utf-8"


def spellings(secret: str, *, encoded_only: bool) -> Iterator[Spelling]:
    """Every form of ``secret``; with ``encoded_only``, base64 and hexadecimal alone."""
    yield from _cached(secret, encoded_only)


@lru_cache(maxsize=512)
def _cached(secret: str, encoded_only: bool) -> tuple[Spelling, ...]:
    raw = secret.encode("utf-8", "surrogatepass")
    found = dict.fromkeys(Spelling(form, b"") for form in (*_base64(raw), *_hexadecimal(raw)))
    if encoded_only:
        return tuple(found)
    written = _written(secret)
    for text in written:
        form = text.encode("utf-8", "surrogatepass")
        found[Spelling(form, next((mark for mark in (b"\\", b"%", b"&") if mark in form), b""))] = None
    if not secret.isascii():
        with contextlib.suppress(UnicodeEncodeError):
            found[Spelling(secret.encode("latin-1"), b"")] = None
    if len(secret) <= LONGEST_OF_ALL:
        for encoding in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
            for text in written:
                found[Spelling(text.encode(encoding, "surrogatepass"), b"\0", encoding)] = None
    return tuple(found)


def _base64(raw: bytes) -> set[bytes]:
    """What is the same in the base64 of every text with ``raw`` in it: a form for each place of its first byte in a
    group of three.
    """
    forms = set()
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + raw)
        first = -(-before * 4 // 3)  # a character that holds a bit of what stands before it differs
        last = (before + len(raw)) * 8 // 6
        form = encoded[first:last]
        if len(form) >= SHORTEST_ENCODED:
            forms |= {form, form.translate(bytes.maketrans(b"+/", b"-_"))}
    return forms


def _hexadecimal(raw: bytes) -> tuple[bytes, ...]:
    form = raw.hex().encode()
    return (form, form.upper()) if len(raw) * 2 > SHORTEST_ENCODED else ()


def _written(secret: str) -> tuple[str, ...]:
    """``secret`` by each escape, and by two of them one after the other: XML inside JSON, a URL inside XML."""
    once = {style(secret) for style in _ESCAPES}
    forms = dict.fromkeys((secret, *once))
    if len(secret) <= LONGEST_OF_ALL:
        forms |= dict.fromkeys(style(text) for text in sorted(once) for style in _ESCAPES)
        forms |= dict.fromkeys(style(secret) for style in _ALL_ESCAPED)
    return tuple(forms)


def _percent(safe: str, *, lower: bool = False) -> Callable[[str], str]:
    def escape(text: str) -> str:
        escaped = quote(text, safe=safe, errors="surrogatepass")
        return re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), escaped) if lower else escaped

    return escape


def _plus(text: str) -> str:
    return quote_plus(text, errors="surrogatepass")


def _xml(*, quotes: tuple[str, str] | None) -> Callable[[str], str]:
    def escape(text: str) -> str:
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return text.replace('"', quotes[0]).replace("'", quotes[1]) if quotes else text

    return escape


def _numbered(template: str, *, every: bool = False) -> Callable[[str], str]:
    """Each character, or each that is neither a letter nor a digit of ASCII, as ``template`` has it."""

    def escape(text: str) -> str:
        pattern = r"(?s)." if every else r"[^A-Za-z0-9]"
        return re.sub(pattern, lambda match: template.format(ord(match[0])), text)

    return escape


def _json(*, ascii_only: bool = True, slash: bool = False, markup: str = "") -> Callable[[str], str]:
    def escape(text: str) -> str:
        escaped = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        if slash:
            escaped = escaped.replace("/", "\\/")
        return re.sub("[<>&']", lambda match: markup.format(ord(match[0])), escaped) if markup else escaped

    return escape


_ESCAPES: tuple[Callable[[str], str], ...] = (
    _percent(""),
    _percent("", lower=True),
    _percent("/"),
    _percent("!'()*~"),  # encodeURIComponent
    _percent("!$&'()*+,;=:@/?"),  # what RFC 3986 allows in a path and a query
    _percent("!$&'()*+,;=:@/?", lower=True),
    _plus,
    _xml(quotes=None),
    _xml(quotes=("&quot;", "'")),
    _xml(quotes=("&quot;", "&apos;")),
    _xml(quotes=("&quot;", "&#x27;")),
    _xml(quotes=("&quot;", "&#39;")),
    _xml(quotes=("&quot;", "&#039;")),
    _xml(quotes=("&#34;", "&#39;")),
    _numbered("&#{};"),
    _numbered("&#x{:x};"),
    _numbered("&#x{:X};"),
    _json(),
    _json(ascii_only=False),
    _json(slash=True),
    _json(markup="\\u{:04x}"),
    _json(markup="\\u{:04X}"),
    _json(slash=True, markup="\\u{:04X}"),
    _json(ascii_only=False, markup="\\u{:04x}"),
    lambda text: text.replace("\\", "\\\\").replace("'", "\\'"),
)

_ALL_ESCAPED: tuple[Callable[[str], str], ...] = (
    lambda text: "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass")),
    lambda text: "".join(f"%{byte:02x}" for byte in text.encode("utf-8", "surrogatepass")),
    _numbered("&#{};", every=True),
    _numbered("&#x{:x};", every=True),
    _numbered("&#x{:X};", every=True),
    _numbered("\\u{:04x}", every=True),
)
