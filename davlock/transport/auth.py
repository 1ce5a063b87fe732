"""Basic (RFC 7617), Digest (RFC 7616) and Bearer (RFC 6750), and which of them is sent when."""

import re
import threading
from collections.abc import Generator, Mapping

from davlock.errors import LocalProtocolError
from davlock.protocol.challenge import Challenge, challenges
from davlock.protocol.visible import has_control
from davlock.transport.httpx_import import httpx
from davlock.transport.settings import Credentials, Scheme

_READS = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND"})
"""Methods that can be sent a second time: they change nothing."""

_OF_ONE_REQUEST = frozenset(
    {
        *(b"content-length", b"content-type", b"content-encoding", b"transfer-encoding", b"expect"),
        *(b"depth", b"destination", b"overwrite", b"timeout", b"lock-token", b"if"),
        *(b"if-match", b"if-none-match", b"if-modified-since", b"if-unmodified-since", b"if-range", b"range"),
    }
)
"""Fields of a write that a question about its URL does not have."""


def auth_for(credentials: Credentials | None) -> httpx.Auth:
    """The flow that puts Authorization on requests, to be kept for a session: Digest remembers the challenge."""
    if credentials is None:
        return httpx.Auth()
    try:
        (credentials.user + credentials.password).encode()
    except UnicodeEncodeError:  # surrogates (PEP 383); the reason quotes the text
        raise LocalProtocolError("the user name or password is not valid UTF-8") from None
    if credentials.scheme is Scheme.BEARER:
        return _Bearer(credentials.password)
    if credentials.scheme is Scheme.NEGOTIATE:
        from davlock.transport.negotiate import Negotiate

        return Negotiate()
    made = {Scheme.ANY: _Any, Scheme.BASIC: _basic, Scheme.DIGEST: _Digest}[credentials.scheme]
    return made(credentials.user, credentials.password)


def _basic(user: str, password: str) -> httpx.BasicAuth:
    # RFC 7617 §2: the first colon ends the user-id.
    if ":" in user:
        raise LocalProtocolError("Basic authentication cannot send a user name with a colon")
    return httpx.BasicAuth(user, password)


class _Bearer(httpx.Auth):
    """RFC 6750 §2.1, sent with the first request."""

    def __init__(self, token: str) -> None:
        if not re.fullmatch(r"[\x21-\x7e]+", token):
            raise LocalProtocolError("the bearer token is empty or has a character that a header cannot contain")
        self._value = f"Bearer {token}"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = self._value
        yield request


class _Digest(httpx.Auth):
    """httpx's Digest, made safe for several threads and for challenges that it cannot answer.

    Such a challenge (another algorithm, auth-int alone, bad syntax) leaves the 401 as the answer: a status is data.
    """

    def __init__(self, user: str, password: str) -> None:
        if has_control(user):
            raise LocalProtocolError("Digest authentication cannot send a user name with a control character")
        self._login = (user, password)
        self._digest = httpx.DigestAuth(user, password)
        self._challenge: Mapping[str, str] = {}
        self._lock = threading.Lock()  # the count of a nonce's uses must not be given out twice

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        with self._lock:
            next(self._digest.auth_flow(request))
            self._quote(request)
        response = yield request
        if self.take_up(request, response):
            yield request

    def take_up(self, request: httpx.Request, response: httpx.Response) -> bool:
        """Puts the answer to the challenge of a 401 on ``request``; false if davlock can answer none."""
        if response.status_code != 401:
            return False
        # RFC 7616 §3.7: a server offers several algorithms as several challenges, the one it likes best first.
        answerable = (offer for offer in _offers(response) if offer.scheme.lower() == "digest" and offer.spoken)
        challenge = next(answerable, None)
        if challenge is None:
            return False
        made = httpx.Response(401, headers=[(b"WWW-Authenticate", _respelled(challenge).encode())], request=request)
        with self._lock:
            flow = self._digest.auth_flow(request)
            next(flow)
            try:
                flow.send(made)
            except (httpx.ProtocolError, LookupError, NotImplementedError, StopIteration, ValueError):
                self._digest = httpx.DigestAuth(*self._login)
                return False
            self._challenge = {name: challenge.value(name) for name in ("realm", "nonce", "opaque")}
            self._quote(request)
        return True

    def _quote(self, request: httpx.Request) -> None:
        """httpx writes a quote or a backslash in a value as it is, and a server would read another value."""
        values = {"username": self._login[0], **self._challenge}
        if "Authorization" not in request.headers or not any('"' in text or "\\" in text for text in values.values()):
            return
        request.headers.encoding = "utf-8"  # as httpx writes them; it guesses from what stands there already
        credentials = request.headers["Authorization"]
        for name, value in values.items():
            credentials = credentials.replace(f'{name}="{value}"', f"{name}={_quoted(value)}", 1)
        request.headers["Authorization"] = credentials


class _Any(httpx.Auth):
    """Digest where the server offers that, else Basic. https hides Basic, which goes with the first request there.

    Over http the server is asked first what it offers: Basic shows the password to whoever reads along. A server that
    asks for no login gets Basic, as of ``curl -u``, if it answers as a server of this URL can: it may show more to a
    known person.
    """

    def __init__(self, user: str, password: str) -> None:
        self._basic = _basic(user, password)
        self._digest = _Digest(user, password)
        self._chosen: httpx.Auth | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self._chosen is None and request.url.scheme == "http":
            # A write would be done, by nobody, where the server lets everybody write.
            first = request if request.method in _READS else _harmless(request)
            response = yield first
            if self._digest.take_up(request, response):
                self._chosen = self._digest
                yield request
                return
            if not _may_be_basic(first, response):
                if first is not request:
                    yield request
                return
            self._chosen = self._basic
        if self._chosen is self._digest:
            yield from self._digest.auth_flow(request)
            return
        next(self._basic.auth_flow(request))
        response = yield request
        if any(offer.scheme.lower() == "basic" for offer in _offers(response)):
            return
        if self._digest.take_up(request, response):
            self._chosen = self._digest
            yield request


def _harmless(request: httpx.Request) -> httpx.Request:
    """A question about the URL of ``request`` that changes nothing, with the fields that are for every request."""
    fields = [(name, value) for name, value in request.headers.raw if name.lower() not in _OF_ONE_REQUEST]
    return httpx.Request("PROPFIND", request.url, headers=[*fields, (b"Depth", b"0")], extensions=request.extensions)


def _may_be_basic(asked: httpx.Request, response: httpx.Response) -> bool:
    """Whether Basic can be right after ``response`` to ``asked``: some servers want a login, and do not say which.

    A redirect, an error of the server and a page in place of WebDAV may be a portal's, which gets no password.
    """
    status = response.status_code
    if 300 <= status < 400 or (status >= 500 and status != httpx.codes.NOT_IMPLEMENTED):
        return False
    if asked.method == "PROPFIND" and response.is_success and status != httpx.codes.MULTI_STATUS:
        return False
    offered = [offer.scheme.lower() for offer in _offers(response)]
    return status != httpx.codes.UNAUTHORIZED or not offered or "basic" in offered


def _offers(response: httpx.Response) -> tuple[Challenge, ...]:
    return challenges(response.headers.get_list("WWW-Authenticate"))


def _respelled(challenge: Challenge) -> str:
    """A Digest challenge in the one spelling that httpx reads without fail."""
    kept = [
        f"{name}={_quoted(challenge.value(name))}"
        for name in ("realm", "nonce", "opaque")
        if name in challenge.parameters
    ]
    if algorithm := challenge.value("algorithm"):
        kept.append(f"algorithm={algorithm}")
    if "auth" in [quality.strip() for quality in challenge.value("qop").lower().split(",")]:
        kept.append('qop="auth"')
    return "Digest " + ", ".join(kept)


def _quoted(value: str) -> str:
    """RFC 9110 §5.6.4: quoted-string, with a backslash before what would end it."""
    return '"' + re.sub(r'(["\\])', r"\\\1", value) + '"'
