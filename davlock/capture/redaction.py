"""Lock tokens replaced by stable stand-ins, so that a recording can be shown: a token lets others write and unlock.

The same token becomes the same stand-in wherever it stands, in header fields, bodies and URLs, so that what is told
about tokens (the wrong one was sent, none was sent) remains true.
"""

import re
from collections.abc import Iterable

from davlock.protocol.message import Exchange, Headers

STAND_IN = "opaquelocktoken:redacted-"

_TOKEN_FIELDS = ("if", "lock-token")
# RFC 4918 §10.1: Coded-URL = "<" absolute-URI ">". Tokens that are no URIs (rclone's numbers) stand there too.
_CODED = re.compile(rb"<([^<>]{1,2048})>")
# In an If header, a Coded-URL before a list is a resource, one within it a token (RFC 4918 §10.4.2).
_LIST = re.compile(rb"\(([^()]*)\)")
# RFC 4918 §14.14 locktoken with its href, and Nextcloud's lock-token without one.
_ELEMENT = re.compile(
    rb"<(?:[\w.-]{1,64}:)?lock-?token(?:\s[^<>]{0,1024})?>\s{0,64}(?:<(?:[\w.-]{1,64}:)?href(?:\s[^<>]{0,1024})?>)?"
    rb"\s{0,64}([^<>\s][^<>]{0,2047})<",
    re.IGNORECASE,
)
_WELL_KNOWN = re.compile(rb"(?:opaquelocktoken:|urn:uuid:)[^\s<>\"'()\[\],;&]{1,2048}", re.IGNORECASE)


class StandIns:
    """The stand-ins of one recording, numbered in the order in which its tokens appear."""

    def __init__(self, exchanges: Iterable[Exchange]) -> None:
        self._names: dict[bytes, bytes] = {}
        for exchange in exchanges:
            self._learn(exchange)
        # A short token, a number above all, is replaced only where tokens stand: it may be part of any other word.
        distinct = [token for token in self._names if len(token) >= (8 if b":" in token else 16)]
        distinct.sort(key=len, reverse=True)
        self._anywhere = re.compile(b"|".join(re.escape(token) for token in distinct)) if distinct else None

    def _learn(self, exchange: Exchange) -> None:
        request, response = exchange.request, exchange.response
        self._learn_headers(request.headers)
        self._learn_text(request.url.encode("utf-8", "replace"))
        if isinstance(request.body, bytes):
            self._learn_text(request.body)
        if response is not None:
            self._learn_headers(response.headers)
            self._learn_text(response.body or b"")

    def _learn_headers(self, headers: Headers) -> None:
        for name, value in headers:
            text = value.encode("utf-8", "replace")
            if name.lower() in _TOKEN_FIELDS:
                for token in _tokens(name, text):
                    self._learn_token(token)
            self._learn_text(text)

    def _learn_text(self, text: bytes) -> None:
        for match in _ELEMENT.finditer(text):
            self._learn_token(match[1].strip())
        for match in _WELL_KNOWN.finditer(text):
            self._learn_token(match[0].rstrip(b".:!?"))

    def _learn_token(self, token: bytes) -> None:
        # RFC 4918 §10.4.8: DAV:no-lock is the name of no lock. A stand-in stays what it is.
        if token != b"DAV:no-lock" and not token.startswith(STAND_IN.encode()):
            self._names.setdefault(token, f"{STAND_IN}{len(self._names) + 1}".encode())

    def _name(self, token: bytes) -> bytes:
        return self._names.get(token, token)

    def _everywhere(self, text: bytes) -> bytes:
        return self._anywhere.sub(lambda match: self._names[match[0]], text) if self._anywhere else text

    def text(self, value: str) -> str:
        """A URL or other text with its tokens replaced."""
        return self._everywhere(value.encode("utf-8", "replace")).decode("utf-8", "replace")

    def body(self, value: bytes) -> bytes:
        """A body with its tokens replaced."""
        short = _ELEMENT.sub(lambda match: _replaced(match, self._name(match[1].strip())), value)
        return self._everywhere(short)

    def field(self, name: str, value: str) -> str:
        """The value of a header field with its tokens replaced."""
        text = value.encode("utf-8", "replace")
        if name.lower() == "lock-token":
            text = _CODED.sub(self._coded, text)
        elif name.lower() == "if":
            text = _LIST.sub(lambda match: b"(" + _CODED.sub(self._coded, match[1]) + b")", text)
        return self._everywhere(text).decode("utf-8", "replace")

    def _coded(self, match: re.Match[bytes]) -> bytes:
        return b"<" + self._name(match[1]) + b">"


def _tokens(name: str, value: bytes) -> list[bytes]:
    if name.lower() == "lock-token":
        return _CODED.findall(value)
    return [token for conditions in _LIST.findall(value) for token in _CODED.findall(conditions)]


def _replaced(match: re.Match[bytes], name: bytes) -> bytes:
    start, end = match.span(1)
    offset = match.start()
    return match[0][: start - offset] + name + match[0][end - offset :]
