"""The secrets that one command uses, and a filter that hides them in whatever a server sends back.

A server can repeat a request in its answer: in a header field, in an error page, in the owner of a lock. A finding then
quotes it, and people paste findings into bug reports. So each secret is hidden in every answer, in the spellings of
``secret_spelling``, before anything reads the answer.

Hiding must not damage the answer. A password such as ``report`` or ``lock`` is also a part of names and of WebDAV's own
words. :func:`is_distinctive` decides which secrets are hidden wherever they stand. Of the rest, a password is hidden
as a whole word behind its user or a word such as "password", and in an answer that repeats another secret: that answer
is an echo. A bundle hides it in every text.
"""

import base64
import binascii
import re
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote

from davlock.capture.secret import HIDDEN, SECRET_FIELDS
from davlock.capture.secret_spelling import Needle, Span, VerbatimNeedle, needle
from davlock.late_pattern import late_pattern

SHORTEST = 6
"""Characters: a shorter secret is a part of too many other words."""

SHORTEST_WORD = 12
"""Characters that lower-case letters alone, which may be a word, must have to be hidden everywhere."""

SHORTEST_NUMBER = 8
"""Characters that digits alone, which may be a length or a date, must have to be hidden everywhere."""

SHORTEST_IN_BUNDLE = 4
"""Characters: a shorter secret is not hidden in a bundle either."""

LOGINS_KEPT = 16
"""Digest makes new secrets for each request: how many of them are remembered."""

COOKIES_KEPT = 8
"""A server may set cookies with each answer: how many of the latest ones are hidden where it repeats them. davlock
sends none of them back.
"""

LONGEST_COOKIE = 4096
"""Characters, as browsers keep (RFC 6265 §6.1). A longer one is not looked for."""

HARMLESS_FIELDS = frozenset(
    {
        *("accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "content-language"),
        *("content-length", "content-type", "date", "depth", "destination", "dnt", "expect", "forwarded", "from"),
        *("host", "if", "if-match", "if-modified-since", "if-none-match", "if-unmodified-since", "lock-token"),
        *("ocs-apirequest", "origin", "overwrite", "pragma", "prefer", "range", "referer", "te", "timeout"),
        *("traceparent", "translate", "upgrade-insecure-requests", "user-agent", "via", "x-forwarded-for"),
        *("x-forwarded-host", "x-forwarded-proto", "x-litmus", "x-requested-with"),
    }
)
"""Fields whose values let nobody in. -H can set any other field, and its value counts as a secret."""

_DAV_WORDS = (
    "multistatus responsedescription propstat supportedlock lockdiscovery activelock locktoken lockscope locktype "
    "lockentry lockinfo lockroot exclusive infinity second-infinite getlastmodified getcontentlength getcontenttype "
    "getcontentlanguage getetag displayname creationdate resourcetype collection quota-available-bytes "
    "quota-used-bytes opaquelocktoken urn:uuid lock-token-submitted lock-token-matches-request-uri "
    "no-conflicting-lock no-external-entities preserved-live-properties propfind-finite-depth "
    "cannot-modify-protected-property http://www.w3.org http://apache.org/dav http://owncloud.org/ns "
    "http://nextcloud.org/ns schemas-microsoft-com http-equiv content-type application/xml text/html charset "
    "href owner error write shared allprop "
    "utf-8 iso-8859-1 davlock-check- http/1.1 propfind proppatch options delete unlock"
)

# What stands before a password that a server repeats: "password: x", "pwd=x", "password is 'x'".
_NAMED = r"(?i:pass(?:word|wd|phrase|code)?|pwd|secret|credentials?)[\"']?\s{0,3}(?:[:=]|is\s)?\s{0,3}[\"'(]?"

_DIGEST_SECRET = late_pattern(r"\b(?:response|cnonce)=\"?([^\",\s]+)")
# RFC 9110 §11.4: credentials = auth-scheme [ 1*SP ( token68 / #auth-param ) ]
_SCHEME = late_pattern(r"([A-Za-z][A-Za-z0-9-]*) +(\S.*)")


def is_distinctive(secret: str) -> bool:
    """Returns true if ``secret`` can be replaced wherever it stands without damage to anything else."""
    if len(secret) < SHORTEST or secret.lower() in _DAV_WORDS:
        return False
    if re.fullmatch("[0-9]+", secret):
        return len(secret) >= SHORTEST_NUMBER
    return len(secret) >= SHORTEST_WORD or re.fullmatch("[a-z]+", secret) is None


def recased(secret: str) -> tuple[str, ...]:
    """``secret`` in lower and in upper case, where that can be replaced without damage."""
    if not is_distinctive(secret.lower()):
        return ()
    return tuple(text for text in (secret.lower(), secret.upper()) if text != secret)


def is_secret_field(name: str, value: str) -> bool:
    """Returns true if the value of a header field that a person typed may let somebody in."""
    name = name.strip().lower()
    return name in SECRET_FIELDS or (name not in HARMLESS_FIELDS and is_distinctive(value.strip()))


class KnownSecrets:
    """The one place where every secret of a command is registered; several threads may share it."""

    def __init__(self, *, cookies_kept: int = COOKIES_KEPT) -> None:
        self._lasting: dict[str, bool] = {}  # and whether its encoded forms alone are hidden
        self._passing: deque[str] = deque(maxlen=LOGINS_KEPT)
        self._cookies: deque[str] = deque(maxlen=cookies_kept)
        self._passwords: dict[str, set[str]] = {}  # and the users whose they are
        self._guard = threading.Lock()
        self._filters: dict[frozenset[str], SecretFilter] = {}

    def add(self, secret: str, *, encoded_only: bool = False) -> None:
        """Hide ``secret`` from now on; ``encoded_only`` hides its base64 and hexadecimal forms, not the plain text."""
        with self._guard:
            if secret and self._lasting.get(secret, True) and (secret not in self._lasting or not encoded_only):
                self._lasting[secret] = encoded_only
                self._filters = {}

    def add_login(self, user: str, password: str) -> None:
        """Hide a password, and what Basic authentication makes of it."""
        if not password:
            return
        pair = f"{user}:{password}"
        if password != user:
            self._passwords.setdefault(password, set()).add(user)
        self.add(password, encoded_only=password == user)
        self.add(pair, encoded_only=not is_distinctive(password) or password == user)
        self._add_behind("Basic", base64.b64encode(pair.encode("utf-8", "replace")).decode())

    def add_url_login(self, url: str) -> None:
        """Hide the password in a URL, such as a proxy's, as it stands there and as it is sent."""
        userinfo = url.partition("://")[2].partition("/")[0].rpartition("@")[0]
        user, _, password = userinfo.partition(":")
        for text in (password, unquote(password)):
            self.add_login(unquote(user), text)

    def add_field(self, name: str, value: str) -> None:
        """Hide the secrets in a header field that is sent, or in a cookie that is set."""
        name, value = name.lower(), value.strip()
        if name in ("authorization", "proxy-authorization"):
            self._add_credentials(value)
        elif name == "cookie":
            for pair in value.split(";"):
                self.add(_cookie_value(pair))
        elif name == "set-cookie":
            self._add_cookie(_cookie_value(value.partition(";")[0]))
        elif name in SECRET_FIELDS:
            self.add(value)

    def add_typed_field(self, name: str, value: str) -> None:
        """Hide the value of a header field that a person chose, unless that field is known to be harmless."""
        self.add_field(name, value)
        if name.lower() not in SECRET_FIELDS | HARMLESS_FIELDS:
            self.add(value.strip())

    def _add_credentials(self, value: str) -> None:
        match = _SCHEME.fullmatch(value)
        if match is None:
            self.add(value)
            return
        scheme, rest = match[1].lower(), match[2].strip()
        if scheme == "digest":
            for secret in _DIGEST_SECRET.findall(rest):
                self._add_passing(secret)
            return
        self._add_behind(match[1], rest)
        if scheme == "basic":
            try:
                user, colon, password = base64.b64decode(rest).decode("utf-8", "replace").partition(":")
            except (binascii.Error, ValueError):
                return
            if colon:
                self.add_login(user, password)

    def _add_behind(self, scheme: str, credential: str) -> None:
        """Hide a credential; a short one where its scheme stands before it."""
        self.add(credential)
        if not is_distinctive(credential):
            self.add(f"{scheme} {credential}")

    def _add_passing(self, secret: str) -> None:
        with self._guard:
            if secret not in self._passing:
                self._passing.append(secret)
                self._filters = {}

    def _add_cookie(self, value: str) -> None:
        with self._guard:
            if is_distinctive(value) and len(value) <= LONGEST_COOKIE and value not in self._cookies:
                self._cookies.append(value)
                self._filters = {}

    def filter(self, url: str = "") -> "SecretFilter":
        """What hides them in an answer about ``url``. A secret that is a part of that URL is shown with it anyway."""
        shown = unquote(url)
        with self._guard:
            known = (*self._lasting, *self._cookies)
            excepted = frozenset(secret for secret in known if secret in shown or secret in url)
            made = self._filters.get(excepted)
            if made is None:
                needles: list[Needle | VerbatimNeedle] = [
                    _needle(secret, encoded_only=encoded_only or secret in excepted)
                    for secret, encoded_only in self._lasting.items()
                ]
                needles += (needle(secret, encoded_only=not is_distinctive(secret)) for secret in self._passing)
                needles += (VerbatimNeedle(cookie) for cookie in self._cookies if cookie not in excepted)
                made = self._filters[excepted] = SecretFilter(
                    needles,
                    _EchoedNeedle(
                        {
                            password: users
                            for password, users in self._passwords.items()
                            if password not in excepted and not is_distinctive(password)
                        }
                    ),
                )
            return made

    def words(self) -> re.Pattern[str]:
        """The secrets as whole words, for a text in which a word too many may be hidden."""
        words = _alternatives(self._lasting)
        return re.compile(rf"(?<!\w)(?:{words})(?!\w)" if words else r"(?!)")


def _alternatives(secrets: Iterable[str]) -> str:
    """A pattern for those of ``secrets`` that can be hidden as whole words."""
    fit = [word for word in secrets if len(word) >= SHORTEST_IN_BUNDLE and word.lower() not in _DAV_WORDS]
    return "|".join(map(re.escape, sorted(fit, key=len, reverse=True)))


class _EchoedNeedle:
    """Finds passwords that may be words, where it is clear that they are none; not in the name of a file."""

    def __init__(self, passwords: Mapping[str, Iterable[str]]) -> None:
        words = _alternatives(passwords)
        users = "|".join(re.escape(f"{user}:") for user in sorted(set().union(*passwords.values())) if user)
        self._anywhere = _pattern(rf"(?<![\w/%.-])({words})(?![\w/%-]|\.\w)") if words else None
        self._behind = _pattern(rf"(?<!\w)(?:{_NAMED}{'|' if users else ''}{users})({words})(?!\w)") if words else None

    def spans(self, text: bytes, *, is_echo: bool) -> Iterator[Span]:
        """Each place in ``text`` where a password stands; ``is_echo``: the text repeats another secret."""
        for pattern in (self._behind, self._anywhere if is_echo else None):
            for match in pattern.finditer(text) if pattern is not None else ():
                yield *match.span(1), HIDDEN.encode()


def _pattern(text: str) -> re.Pattern[bytes]:
    return re.compile(text.encode("utf-8", "surrogatepass"))


def _needle(secret: str, *, encoded_only: bool) -> Needle:
    if encoded_only or not is_distinctive(secret):
        return needle(secret, encoded_only=True)
    return needle(secret, encoded_only=False, recased=recased(secret))


def _cookie_value(pair: str) -> str:
    """RFC 6265 §4.1.1: cookie-pair = cookie-name "=" cookie-value, which may stand in quotes."""
    return pair.partition("=")[2].strip().strip('"')


class SecretFilter:
    """Replaces secrets by ``(hidden)``: in a text, in a body, and in a body that comes in pieces."""

    def __init__(self, needles: Iterable[Needle | VerbatimNeedle], echoed: _EchoedNeedle | None = None) -> None:
        self.needles = tuple(needles)
        self._echoed = echoed
        self.longest = max((found.longest for found in self.needles), default=0)

    def __bool__(self) -> bool:
        return bool(self.needles)

    def _spans(self, text: bytes) -> list[Span]:
        """What is to be replaced, from the beginning to the end; the longest where several begin."""
        squeezed = text.replace(b"\0", b"")
        spans = [span for secret in self.needles for span in secret.spans(text, squeezed)]
        if self._echoed is not None:
            spans += self._echoed.spans(text, is_echo=bool(spans))
        return sorted(spans, key=lambda span: (span[0], -span[1]))

    def body(self, body: bytes) -> bytes:
        """``body`` without secrets."""
        spans = self._spans(body)
        return _replaced(body, spans, len(body))[0] if spans else body

    def text(self, text: str) -> str:
        """``text`` without secrets."""
        encoded = text.encode("utf-8", "surrogatepass")
        cleaned = self.body(encoded)
        return text if cleaned is encoded else cleaned.decode("utf-8", "surrogatepass")

    def cut_body(self, body: bytes) -> bytes:
        """``body`` without secrets, nor the first part of one at its end, where the body was cut."""
        done, rest = self.split(body, max(len(body) - self.longest, 0))
        return done if self.needles else done + rest

    def split(self, buffer: bytes, cut: int) -> tuple[bytes, bytes]:
        """``buffer`` in two at about ``cut``: the first part without secrets, the second part as it came."""
        spans = self._spans(buffer)
        done, end = _replaced(buffer, spans, cut) if spans else (buffer[:cut], cut)
        return done, buffer[end:]


def _replaced(text: bytes, spans: list[Span], cut: int) -> tuple[bytes, int]:
    """``text`` up to about ``cut``, with the spans that begin before it replaced; and where that part ends."""
    pieces: list[bytes] = []
    position = 0
    for start, end, mark in spans:
        if start >= cut:
            break
        if start >= position:
            pieces += (text[position:start], mark)
        position = max(position, end)
    end = max(position, cut)
    return b"".join((*pieces, text[position:end])), end
