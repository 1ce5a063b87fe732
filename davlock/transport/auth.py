"""Basic (RFC 7617), Digest (RFC 7616) and Bearer (RFC 6750), and which of them is sent when."""

import re
import threading
from collections.abc import Generator, Mapping

from davlock.errors import LocalProtocolError
from davlock.protocol.challenge import answerable_digest, challenges
from davlock.protocol.visible import has_control
from davlock.transport.httpx_import import httpx
from davlock.transport.settings import Credentials, Scheme


def auth_for(credentials: Credentials | None) -> httpx.Auth:
    """The flow that puts Authorization on requests, to be kept for a session: Digest remembers the challenge."""
    if credentials is None:
        return httpx.Auth()
    try:
        (credentials.user + credentials.password).encode()
    except UnicodeEncodeError:  # surrogates (PEP 383); the reason quotes the text
        raise LocalProtocolError("the user name or password has bytes in it that are no UTF-8") from None
    if credentials.scheme is Scheme.BEARER:
        return _Bearer(credentials.password)
    made = {Scheme.ANY: _Any, Scheme.BASIC: _basic, Scheme.DIGEST: _Digest}[credentials.scheme]
    return made(credentials.user, credentials.password)


def _basic(user: str, password: str) -> httpx.BasicAuth:
    # RFC 7617 §2: the first colon ends the user-id.
    if ":" in user:
        raise LocalProtocolError("a user name with a colon cannot be sent by Basic authentication")
    return httpx.BasicAuth(user, password)


class _Bearer(httpx.Auth):
    """RFC 6750 §2.1, sent with the first request."""

    def __init__(self, token: str) -> None:
        if not re.fullmatch(r"[\x21-\x7e]+", token):
            raise LocalProtocolError("the bearer token is empty or has a character that cannot stand in a header")
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
            raise LocalProtocolError("a user name with a control character cannot be sent by Digest authentication")
        self._digest = httpx.DigestAuth(user, password)
        self._lock = threading.Lock()  # the count of a nonce's uses must not be given out twice

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        with self._lock:
            next(self._digest.auth_flow(request))
        response = yield request
        if self.take_up(request, response):
            yield request

    def take_up(self, request: httpx.Request, response: httpx.Response) -> bool:
        """Puts the answer to the challenge of a 401 on ``request``; false if there is none that can be answered."""
        if response.status_code != 401:
            return False
        # RFC 7616 §3.7: a server offers several algorithms as several challenges, the one it likes best first.
        offers = (_digest_challenge(parameters) for scheme, parameters in _challenges(response) if scheme == "digest")
        challenge = next((offer for offer in offers if offer is not None), None)
        if challenge is None:
            return False
        with self._lock:
            flow = self._digest.auth_flow(request)
            next(flow)
            flow.send(httpx.Response(401, headers=[(b"WWW-Authenticate", challenge.encode())], request=request))
        return True


class _Any(httpx.Auth):
    """As ``curl -u`` does, Basic with the first request; and Digest from the 401 on that offers it and not Basic."""

    def __init__(self, user: str, password: str) -> None:
        self._basic = _basic(user, password)
        self._digest = _Digest(user, password)
        self._by_digest = False

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self._by_digest:
            yield from self._digest.auth_flow(request)
            return
        next(self._basic.auth_flow(request))
        response = yield request
        if any(scheme == "basic" for scheme, _ in _challenges(response)):
            return
        if self._digest.take_up(request, response):
            self._by_digest = True
            yield request


def _challenges(response: httpx.Response) -> list[tuple[str, Mapping[str, str]]]:
    """Each challenge's scheme, in lower case, and parameters."""
    offered = challenges(response.headers.get_list("WWW-Authenticate"))
    return [(challenge.scheme.lower(), challenge.parameters) for challenge in offered]


def _digest_challenge(parameters: Mapping[str, str]) -> str | None:
    """The challenge in the one spelling that httpx reads without fail; ``None`` if it cannot answer it."""
    if not answerable_digest(parameters):
        return None
    kept: dict[str, str] = {name: parameters[name] for name in ("realm", "nonce", "opaque") if name in parameters}
    if algorithm := parameters.get("algorithm", "").strip('"'):
        kept["algorithm"] = algorithm
    if "auth" in [quality.strip() for quality in parameters.get("qop", "").strip('"').lower().split(",")]:
        kept["qop"] = '"auth"'
    return "Digest " + ", ".join(f"{name}={value}" for name, value in kept.items())
