"""Negotiate (RFC 4559): a login by the Kerberos ticket that the person has, with the package gssapi."""

import base64
import binascii
import threading
from collections.abc import Generator

from davlock.errors import LocalProtocolError, RemoteProtocolError
from davlock.protocol.challenge import challenges
from davlock.transport.httpx_import import httpx

PACKAGE = "gssapi"
"""The Python package that speaks to Kerberos."""

_SPNEGO = "1.3.6.1.5.5.2"  # RFC 4178


class Negotiate(httpx.Auth):
    """Each request gets a proof of its own, for the service HTTP at the host of its URL, as curl does.

    The ticket is never delegated, and never sent to another origin than that of the first request. If the server
    proves who it is, the proof must be right.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._origin: tuple[str, str, int | None] | None = None
        self._works = False  # then the proof goes with the first message

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        origin = (request.url.scheme, request.url.host, request.url.port)
        with self._lock:
            self._origin = self._origin or origin
        if origin != self._origin:
            yield request
            return
        proof = _Proof(request) if self._works else None
        response = yield request
        if proof is None and response.status_code == 401 and _offered(response) is not None:
            proof = _Proof(request)
            response = yield request
        if proof is not None and response.status_code != 401:
            proof.check(response)
            self._works = True


class _Proof:
    """The proof of one request, which is in its Authorization from now on."""

    def __init__(self, request: httpx.Request) -> None:
        import gssapi

        self._error: type[Exception] = gssapi.exceptions.GSSError
        host = request.url.host
        flags = (gssapi.RequirementFlag.mutual_authentication, gssapi.RequirementFlag.out_of_sequence_detection)
        try:
            name = gssapi.Name(f"HTTP@{host}", gssapi.NameType.hostbased_service)
            mechanism = gssapi.OID.from_int_seq(_SPNEGO)
            self._context = gssapi.SecurityContext(usage="initiate", name=name, mech=mechanism, flags=flags)
            token = self._context.step()
        except self._error as error:
            what = f"Kerberos has no ticket for HTTP/{host} ({_why(error)})"
            raise LocalProtocolError(what, "get one with kinit; klist lists yours") from None
        request.headers["Authorization"] = f"Negotiate {base64.b64encode(token or b'').decode()}"

    def check(self, response: httpx.Response) -> None:
        """Raises RemoteProtocolError if the server's proof is wrong. Many servers send none."""
        answer = _offered(response)
        if not answer or self._context.complete:
            return
        try:
            self._context.step(base64.b64decode(answer))
        except (self._error, binascii.Error) as error:
            why = f"the server did not prove who it is ({_why(error)})"
            raise RemoteProtocolError("Negotiate", why) from None


def _offered(response: httpx.Response) -> str | None:
    """What stands behind Negotiate in WWW-Authenticate; ``None`` if the scheme is not there."""
    for value in response.headers.get_list("WWW-Authenticate"):
        scheme, _, rest = value.strip().partition(" ")
        if scheme.lower() == "negotiate":
            return rest.strip().partition(",")[0]
        if any(offer.scheme.lower() == "negotiate" for offer in challenges([value])):
            return ""
    return None


def _why(error: Exception) -> str:
    """GSSAPI's words without its codes: Kerberos' own (minor), unless only SPNEGO speaks there."""
    text = error.gen_message() if hasattr(error, "gen_message") else str(error)
    major, _, minor = str(text).replace("\0", "").partition(", Minor (")
    minor = minor.partition(": ")[2].strip()
    return minor if minor and "SPNEGO" not in minor else major.partition(": ")[2] or major
