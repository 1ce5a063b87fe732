"""The request that a command line of curl, HTTPie, wget or PowerShell sends, if the line shows it.

What a shell puts in only when the command runs (``$TOKEN``, ``%URL%``), and what stands in a file, is unknown rather
than absent.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import field
from urllib.parse import urlsplit

from davlock.capture.secret import HIDDEN
from davlock.capture.supplement import Supplement
from davlock.values import dataclass

_VARIABLE = re.compile(r"\$(?:\w|\{|\()|%\w+%|\$\{\{")
_ANY_METHOD = re.compile(r"[A-Z]{3,20}\Z")
_WITH_SCHEME = re.compile(r"https?://[^/\s]", re.IGNORECASE)
_BARE_HOST = re.compile(r"(?:localhost|[\w-]{1,63}(?:\.[\w-]{1,63}){1,10})(?::\d{1,5})?(?:/\S*)?\Z")
_PORT_ALONE = re.compile(r":(?:\d{1,5})?/")


@dataclass(slots=True)
class SentRequest:
    """What a command line tells of the request, as it is gathered."""

    method: str = ""
    url: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)
    body: bytes | None = b""
    complete: bool = True
    user: str = ""
    """Who asks, by the login in the line; never shown."""
    scheme: str = "Basic"
    default_method: str = "GET"
    writes_status: bool = False
    """True if the command writes the status behind the body."""

    def add_field(self, line: str) -> None:
        """Notes a header field as an option gives it; a file of fields and a variable leave the header incomplete."""
        name, colon, value = line.partition(":")
        if line.startswith("@") or _VARIABLE.search(line):
            self.complete = False
        elif colon and name.strip() and value.strip():
            self.fields.append((name.strip(), value.strip()))

    def add_body(self, data: str, *, separator: str = "&") -> None:
        """Notes a body; what stands in a file is unknown."""
        if data.startswith("@") or _VARIABLE.search(data):
            self.body = None
        elif self.body is not None:
            before = self.body + separator.encode() if self.body else b""
            self.body = before + data.encode("utf-8", "replace")

    def supplement(self, mark: str) -> Supplement:
        """Returns it as what a person says of a request; ``mark`` stands for the login."""
        fields = tuple(self.fields)
        if self.user and not any(name.lower() == "authorization" for name, _ in fields):
            fields = (*fields, ("Authorization", f"{self.scheme} {mark}"))
        return Supplement(
            method=self.method or self.default_method,
            url=self.url or None,
            request_headers=fields,
            request_body=self.body,
            request_complete=self.complete,
        )


def whole_url(word: str, scheme: str = "http") -> str:
    """Returns the URL that ``word`` is, with ``scheme`` where it has none; empty where it is no URL."""
    if _VARIABLE.search(word):
        return ""
    if _PORT_ALONE.match(word):
        word = f"localhost{word if word[1:2] != '/' else word[1:]}"
    url = word if _WITH_SCHEME.match(word) else f"{scheme}://{word}" if _BARE_HOST.match(word) else ""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return ""
    return url if parts.hostname else ""


@dataclass(frozen=True, slots=True)
class _Option:
    name: str
    value: str


def _options(words: Sequence[str], short: str, long: frozenset[str]) -> Iterator[_Option]:
    """The options of a command line, and its other words as options without a name.

    ``short`` are the letters that have a value, ``long`` the names that have one in the next word.
    """
    queue = list(reversed(words))
    while queue:
        word = queue.pop()
        if word.startswith("--") and len(word) > 2:
            name, equals, value = word[2:].partition("=")
            if not equals and name in long and queue:
                value = queue.pop()
            yield _Option(name, value)
        elif word.startswith("-") and len(word) > 1:
            for place, letter in enumerate(word[1:], 1):
                if letter in short:
                    value = word[place + 1 :] or (queue.pop() if queue else "")
                    yield _Option(letter, value)
                    break
                yield _Option(letter, "")
        else:
            yield _Option("", word)


def _names(words: str) -> frozenset[str]:
    """The names in a line of them."""
    return frozenset(words.split())


_CURL_LONG = _names(
    "request header data data-raw data-binary data-ascii data-urlencode json form form-string upload-file "
    "user oauth2-bearer user-agent referer cookie cookie-jar url url-query output write-out dump-header "
    "config max-time connect-timeout retry retry-delay retry-max-time cacert capath cert key proxy proxy- "
    "user resolve connect-to interface range limit-rate max-redirs unix-socket aws-sigv4 trace trace- "
    "ascii stderr ciphers cert-type proto speed-limit speed-time continue-at noproxy request-target "
    "variable output-dir etag-save etag-compare pass time-cond "
)
_CURL_SHORT = "AbcCdDeEFHKmoPQrTtuUwxXyYz"
_CURL_FIELDS = {"A": "User-Agent", "user-agent": "User-Agent", "e": "Referer", "referer": "Referer"}


def curl(words: Sequence[str]) -> SentRequest:
    """Reads the words of ``curl`` (curl's manual page)."""
    sent = SentRequest()
    in_query = False
    for option in _options(words, _CURL_SHORT, _CURL_LONG):
        name, value = option.name, option.value
        if name in ("", "url"):
            sent.url = sent.url or whole_url(value)
        elif name in ("X", "request"):
            sent.method = value.upper() if _ANY_METHOD.match(value.upper()) else sent.method
        elif name in ("H", "header"):
            sent.add_field(value)
        elif name in ("T", "upload-file"):
            sent.default_method, sent.body = "PUT", None
        elif name in ("d", "data", "data-ascii", "data-binary", "data-raw", "data-urlencode", "json"):
            sent.default_method = "POST"
            sent.add_body(value, separator="" if name == "json" else "&")
        elif name in ("F", "form", "form-string"):
            sent.default_method, sent.body = "POST", None
        elif name in ("I", "head"):
            sent.default_method = "HEAD"
        elif name in ("G", "get"):
            in_query = True
        elif name in ("u", "user"):
            sent.user = value.partition(":")[0] or value
        elif name == "oauth2-bearer":
            sent.user, sent.scheme = "bearer", "Bearer"
        elif name in ("digest", "ntlm", "negotiate"):
            sent.scheme = name.upper() if name == "ntlm" else name.capitalize()
        elif name in ("b", "cookie"):
            sent.fields.append(("Cookie", HIDDEN))
        elif name in _CURL_FIELDS:
            sent.add_field(f"{_CURL_FIELDS[name]}: {value}")
        elif name in ("K", "config"):
            sent.complete = False
        elif name in ("w", "write-out"):
            sent.writes_status = "http_code" in value or "response_code" in value
        elif name in ("next", ":"):
            break
    if in_query:
        sent.default_method, sent.body = "GET", b""
    return sent


_HTTPIE_LONG = _names(
    "auth auth-type session session-read-only timeout verify cert cert-key proxy print style output pretty "
)


def httpie(words: Sequence[str], scheme: str = "http") -> SentRequest:
    """Reads the words of HTTPie's ``http`` or ``https``: a method, a URL, then ``Name:value`` and ``name=value``."""
    sent = SentRequest()
    for option in _options(words, "aAopPs", _HTTPIE_LONG):
        name, value = option.name, option.value
        if name in ("a", "auth"):
            sent.user = value.partition(":")[0] or value
        elif name in ("A", "auth-type"):
            sent.scheme = value.capitalize()
        elif name in ("session", "session-read-only"):
            sent.complete = False
        elif name:
            continue
        elif not sent.url and not sent.method and _ANY_METHOD.match(value):
            sent.method = value
        elif not sent.url:
            sent.url = whole_url(value, scheme)
            if not sent.url:
                break
        elif value.startswith("@"):
            sent.default_method, sent.body = "POST", None
        elif re.match(r"[\w-]+:(?!=)", value):
            sent.add_field(value)
        elif "=" in value:
            sent.default_method, sent.body = "POST", None
    return sent


_WGET_LONG = _names(
    "method header body-data body-file post-data post-file user password http-user http-password output- "
    "document user-agent timeout tries wait ca-certificate certificate private-key "
)


def wget(words: Sequence[str]) -> SentRequest:
    """Reads the words of ``wget``."""
    sent = SentRequest()
    for option in _options(words, "OUtTwQPaoeiB", _WGET_LONG):
        name, value = option.name, option.value
        if not name:
            sent.url = sent.url or whole_url(value)
        elif name == "method" and _ANY_METHOD.match(value.upper()):
            sent.method = value.upper()
        elif name == "header":
            sent.add_field(value)
        elif name in ("body-data", "post-data"):
            sent.default_method = "POST"
            sent.add_body(value)
        elif name in ("body-file", "post-file"):
            sent.default_method, sent.body = "POST", None
        elif name in ("user", "http-user"):
            sent.user = value
        elif name in ("U", "user-agent"):
            sent.add_field(f"User-Agent: {value}")
    return sent


_PAIR = re.compile(r"""['"]?([A-Za-z][\w-]{0,60})['"]?\s{0,4}=\s{0,4}(['"])(.{0,2000}?)\2(?=\s*(?:[;}]|$))""")
_POWERSHELL_VALUES = _names(
    "uri method custommethod headers body infile outfile credential useragent contenttype timeoutsec proxy "
)


def powershell(words: Sequence[str], line: str = "") -> SentRequest:
    """Reads the words of ``Invoke-WebRequest`` or ``Invoke-RestMethod``; the header fields are read of ``line``."""
    sent = SentRequest()
    queue = list(reversed(words))
    while queue:
        word = queue.pop()
        name = word[1:].lower().rstrip(":") if word.startswith("-") else ""
        value = queue.pop() if name in _POWERSHELL_VALUES and queue else word
        if name in ("method", "custommethod"):
            sent.method = value.upper() if _ANY_METHOD.match(value.upper()) else sent.method
        elif name in ("infile", "body"):
            sent.body = None
        elif name == "credential":
            sent.user = value
        elif name in ("", "uri"):
            sent.url = sent.url or (whole_url(value) if _WITH_SCHEME.match(value) else "")
        elif name == "headers" and not value.startswith("@{"):
            sent.complete = False
    table = re.search(r"-Headers\s+@\{([^}]{0,4000})\}", line, re.IGNORECASE)
    for pair in _PAIR.finditer(table[1]) if table is not None else ():
        sent.add_field(f"{pair[1]}: {pair[3]}")
    return sent
