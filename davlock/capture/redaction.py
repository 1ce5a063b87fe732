"""Lock tokens replaced by stable stand-ins, so that a recording can be shown: a token lets others write and unlock.

The same token becomes the same stand-in wherever it stands, in header fields, bodies and URLs, so that what is told
about tokens (the wrong one was sent, none was sent) remains true.
"""

import re
from collections.abc import Iterable

from davlock.protocol.lock import STAND_IN
from davlock.protocol.message import Exchange, Headers

# The schemes that servers make tokens of (RFC 4918 §6.5, appendix C), as they are or escaped in a URL.
_WELL_KNOWN = re.compile(
    rb"(?:opaquelocktoken|urn(?::|%3a)uuid)(?::|%3a)[^\s<>\"'()\[\],;&]{1,2048}(?<![.:!?])", re.IGNORECASE
)
# RFC 4918 §10.5: Lock-Token = "Lock-Token" ":" Coded-URL, §10.1: Coded-URL = "<" absolute-URI ">". Tokens that are no
# URIs (rclone's numbers) stand there too.
_CODED = re.compile(rb"<([^<>]{1,2048})")
# RFC 4918 §10.4.2: in an If header, a Coded-URL within the parentheses of a list is a token, one before it a resource.
_IF_PART = re.compile(rb'"[^"]*"|<([^<>]{0,2048})>|[()]')
# RFC 4918 §14.14 locktoken with its href, and Nextcloud's lock-token without one.
_ELEMENT = re.compile(
    rb"<(?:[\w.-]{1,64}:)?lock-?token(?:\s[^<>]{0,1024})?>\s{0,64}(?:<(?:[\w.-]{1,64}:)?href(?:\s[^<>]{0,1024})?>)?"
    rb"\s{0,64}([^<>\s][^<>]{0,2047})<",
    re.IGNORECASE,
)


class StandIns:
    """The stand-ins of one recording, numbered in the order in which its tokens appear.

    What is given to it is learned from first, so a recording can be gone through as it comes. One that is there as a
    whole is better learned from as a whole before: a text may quote a token before a field shows that it is one. With
    ``keep_tokens`` nothing is replaced.
    """

    def __init__(self, prefix: str = STAND_IN, *, keep_tokens: bool = False) -> None:
        self._prefix = prefix.encode()
        self._keep_tokens = keep_tokens
        self._names: dict[bytes, bytes] = {}
        self._anywhere: re.Pattern[bytes] | None = None

    def learn(self, exchanges: Iterable[Exchange]) -> None:
        """Gives each token in them its stand-in."""
        for exchange in exchanges:
            request, response = exchange.request, exchange.response
            self._learn_headers(request.headers)
            self._learn_text(_bytes(request.url))
            if isinstance(request.body, bytes):
                self._learn_text(request.body)
            if response is not None:
                self._learn_headers(response.headers)
                self._learn_text(response.body or b"")

    def learn_from_json(self, value: object) -> None:
        """Gives each token in a ``davlock/1`` value its stand-in: the text of each ``token`` key."""
        if isinstance(value, dict):
            token = value.get("token")
            if isinstance(token, str) and token:
                self._learn_token(_bytes(token))
        for entry in value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ():
            self.learn_from_json(entry)

    def _learn_headers(self, headers: Headers) -> None:
        for name, value in headers:
            self._learn_field(name, _bytes(value))

    def _learn_field(self, name: str, value: bytes) -> None:
        for start, end in _places(name, value):
            self._learn_token(value[start:end])
        self._learn_text(value)

    def _learn_text(self, text: bytes) -> None:
        for match in _ELEMENT.finditer(text):
            self._learn_token(match[1].strip())
        for match in _WELL_KNOWN.finditer(text):
            self._learn_token(match[0])

    def _learn_token(self, token: bytes) -> None:
        # RFC 4918 §10.4.8: DAV:no-lock is the name of no lock. A stand-in that was read from a file stays what it is.
        known = token in self._names or token.lower() == b"dav:no-lock" or token.startswith(STAND_IN.encode())
        if not (known or self._keep_tokens):
            self._names[token] = self._prefix + b"%d" % (len(self._names) + 1)
            self._anywhere = None

    def _everywhere(self, text: bytes) -> bytes:
        if not self._names:
            return text
        if self._anywhere is None:
            # A short token, a number above all, is replaced only where tokens stand: it may be part of any other word.
            distinct = [
                token for token in self._names if _WELL_KNOWN.match(token) or len(token) >= (8 if b":" in token else 16)
            ]
            distinct.sort(key=len, reverse=True)
            self._anywhere = re.compile(b"|".join(map(re.escape, distinct)) or rb"(?!)")
        return self._anywhere.sub(lambda match: self._names[match[0]], text)

    def text(self, value: str) -> str:
        """A URL or other text with its tokens replaced."""
        text = _bytes(value)
        self._learn_text(text)
        return self._everywhere(text).decode("utf-8", "replace")

    def everywhere(self, value: str) -> str:
        """Like :meth:`text`, with short tokens replaced too, where they stand as words of their own.

        For texts that speak of tokens without the marks of the protocol around them.
        """
        text = self.text(value)
        known = {token.decode("utf-8", "replace"): name.decode() for token, name in self._names.items()}
        words = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
        return re.sub(rf"(?<![\w-])(?:{words})(?![\w-])", lambda match: known[match[0]], text) if known else text

    def body(self, value: bytes) -> bytes:
        """A body with its tokens replaced."""
        self._learn_text(value)
        places = [(match.start(1), match.start(1) + len(match[1].rstrip())) for match in _ELEMENT.finditer(value)]
        return self._everywhere(self._replaced(value, places))

    def field(self, name: str, value: str) -> str:
        """The value of a header field with its tokens replaced."""
        text = _bytes(value)
        self._learn_field(name, text)
        return self._everywhere(self._replaced(text, _places(name, text))).decode("utf-8", "replace")

    def _replaced(self, text: bytes, places: Iterable[tuple[int, int]]) -> bytes:
        pieces: list[bytes] = []
        position = 0
        for start, end in places:
            pieces += (text[position:start], self._names.get(text[start:end], text[start:end]))
            position = end
        return b"".join((*pieces, text[position:]))


def _bytes(text: str) -> bytes:
    # Half a surrogate pair is no text that UTF-8 can hold.
    return text.encode("utf-8", "backslashreplace")


def _places(name: str, value: bytes) -> list[tuple[int, int]]:
    """Where the tokens begin and end in the value of a field that carries some."""
    if name.lower() == "lock-token":
        return [match.span(1) for match in _CODED.finditer(value)]
    return list(_places_in_if(value)) if name.lower() == "if" else []


def _places_in_if(value: bytes) -> Iterable[tuple[int, int]]:
    inside = False
    for match in _IF_PART.finditer(value):
        if match[0] in (b"(", b")"):
            inside = match[0] == b"("
        elif inside and match[1]:
            yield match.span(1)
