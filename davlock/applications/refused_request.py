"""A refused request, by which davlock recognises an application: URL, headers, status, words and values of its body.

An application answers in JSON, in the XML of an object store, or in plain text. A paste may contain only a part of it,
so values are read from the parsed body first, then from the text.
"""

import json
import re
from dataclasses import field
from typing import Any
from urllib.parse import unquote, urlsplit

from davlock.protocol.character_references import unescaped
from davlock.protocol.json_words import is_a_word, message_of, pairs, sentences
from davlock.protocol.lock_words import says_locked
from davlock.protocol.message import Exchange, Headers
from davlock.protocol.status_words import says_more
from davlock.protocol.url import host_of
from davlock.values import dataclass

TEXT_LIMIT = 64 * 1024
"""Bytes of a body that are read: an error is short."""

VALUE_LIMIT = 1000
"""Characters of a value or a message that are kept."""

_CODES = frozenset({"code", "type", "errorcode", "error_code", "error-code", "error", "reason", "issue", ".tag"})
"""Where a JSON body has a code for programs, in small letters; ``.tag`` is Dropbox's."""

_NAMES = ("name", "displayName", "display_name", "username", "login", "email")
"""What tells who somebody is, of an object of JSON."""

_NOBODY = frozenset({"none", "null", "n/a", "nobody", "unknown", "false", "true", "-"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRequest:
    """One refusal. ``method`` and ``url`` are empty if they are not known."""

    method: str
    url: str
    status: int
    reason: str = ""
    request_headers: Headers = field(default_factory=Headers)
    headers: Headers = field(default_factory=Headers)
    sent: str = ""
    """The body of the request, as text."""
    text: str = ""
    """The body of the answer, as text."""
    json: Any = None
    """The body of the answer, parsed; ``None`` if it is not JSON."""
    known_body: bool = True
    """True if the body of the answer was captured."""

    @classmethod
    def of(cls, exchange: Exchange) -> "RefusedRequest | None":
        """Returns the refusal in ``exchange``, or ``None`` if the server refused nothing."""
        request, response = exchange.request, exchange.response
        if response is None or response.status < 400:
            return None
        text = _text(response.body)
        return cls(
            method=request.method.upper(),
            url=request.url,
            status=response.status,
            reason=response.reason,
            request_headers=request.headers,
            headers=response.headers,
            sent=_text(request.body if isinstance(request.body, bytes) else None),
            text=text,
            json=_parsed(text),
            known_body=response.body is not None,
        )

    @property
    def host(self) -> str:
        """Returns the host of the URL in lower case; empty if there is none."""
        return host_of(self.url)

    @property
    def path(self) -> str:
        """Returns the path of the URL with its query, unescaped."""
        try:
            parts = urlsplit(self.url)
        except ValueError:
            return ""
        return unquote(parts.path) + (f"?{parts.query}" if parts.query else "")

    def says(self, pattern: str) -> bool:
        """Whether the regular expression ``pattern`` matches in the reason phrase or the body, in any case."""
        return re.search(pattern, f"{self.reason}\n{self.text}", re.IGNORECASE) is not None

    def value(self, *names: str) -> str:
        """Returns the first value that the body has for one of ``names``; empty if there is none.

        Reads JSON, ``<Name>value</Name>`` of XML, and lines such as ``Who:  ann@host``.
        """
        for name in names:
            for key, value in pairs(self.json):
                if key == name and (words := _as_words(value)):
                    return words[:VALUE_LIMIT]
            if words := _as_words(self._value_in_text(name)):
                return words[:VALUE_LIMIT]
        return ""

    def _value_in_text(self, name: str) -> str:
        escaped = re.escape(name)
        if match := re.search(rf'"{escaped}"\s{{0,9}}:\s{{0,9}}"((?:[^"\\]|\\.){{0,1000}})"', self.text):
            try:
                return str(json.loads(f'"{match[1]}"')).strip()
            except ValueError:
                return match[1].strip()
        if match := re.search(rf"<(?:\w+:)?{escaped}>([^<]*)</", self.text):
            return unescaped(match[1]).strip()
        match = re.search(rf"(?m)^[ \t│|]{{0,20}}{escaped}:[ \t]{{1,40}}(\S[^\r\n]{{0,200}})", self.text)
        return match[1].strip() if match else ""

    @property
    def code(self) -> str:
        """Returns the error codes from headers, XML and JSON, joined by blanks."""
        field_code = self.headers.get("x-ms-error-code") or self.headers.get("x-amz-error-code") or ""
        named = ((key.lower(), value) for key, value in pairs(self.json) if isinstance(value, str))
        codes = [value for key, value in named if key in _CODES and is_a_word(value)]
        matches = re.findall(r"<Code>([\w.]+)</Code>|\bErrorCode[=:]\s*([A-Za-z]\w*)|\bError Code: (\w+)", self.text)
        return " ".join([field_code, *codes, *("".join(match) for match in matches)]).strip()

    @property
    def message(self) -> str:
        """Returns what the answer says in words, on one line; empty if it says nothing.

        They are those of the body, else those of a reason phrase that is not the usual one.
        """
        words = message_of(self.json) if self.json is not None else self._other_message()
        if not words.strip() and says_more(self.reason):
            words = self.reason
        if self.status != 423 and not says_locked(words):  # a general message can stand before the one that says why
            words = next(filter(says_locked, sentences(self.json)), words)
        return " ".join(words.split())[:VALUE_LIMIT]

    def _other_message(self) -> str:
        if match := re.search(r"<(?:\w+:)?Message(?:\s[^<>]{0,200})?>([^<]*)", self.text, re.IGNORECASE):
            return unescaped(match[1]).partition("\nRequestId")[0]
        head = self.text.lstrip()[:1]
        if head == "<" or "<html" in self.text[:400].lower():
            return ""
        if match := re.search(r'"(?:message|detail)"\s{0,9}:\s{0,9}"((?:[^"\\]|\\.){0,1000})"', self.text):
            return match[1].replace('\\"', '"')
        return "" if head in ("{", "[") else self.text.strip()

    @property
    def words(self) -> str:
        """Returns the message, or the beginning of the body if there is none."""
        return self.message or self.text[:VALUE_LIMIT]

    @property
    def is_json(self) -> bool:
        """Returns true if the body is JSON, by itself or by its Content-Type."""
        media = (self.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
        return self.json is not None or media.endswith("json") or self.text.lstrip()[:2] == '{"'


def _text(body: bytes | None) -> str:
    return (body or b"")[:TEXT_LIMIT].decode("utf-8", "replace").lstrip("\ufeff")


def _as_words(value: Any) -> str:
    """Returns a value as words: of a person in JSON, the name. Empty for a truth, and for words for nobody."""
    if isinstance(value, dict):
        value = next((value[name] for name in _NAMES if isinstance(value.get(name), str)), "")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    words = str(value).strip()
    return "" if words.lower() in _NOBODY else words


def _parsed(text: str) -> Any:
    if text.lstrip()[:1] not in ("{", "[", '"'):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
