"""A login that others on the way can read: over plain http, to a host that is not this machine."""

import ipaddress
import socket
from collections.abc import Iterable, Iterator
from urllib.parse import SplitResult, urlsplit

import click

from davlock.capture.secret import SECRET_FIELDS
from davlock.cli.credentials import authorization_typed
from davlock.cli.options import Shared
from davlock.cli.output import complain
from davlock.diagnosis.finding import Finding
from davlock.protocol.challenge import scheme_of
from davlock.protocol.url import origin, without_credentials
from davlock.transport.proxy_url import proxy_parts
from davlock.transport.settings import Credentials, Scheme
from davlock.values import dataclass

RULE_ID = "insecure-login"

_PROVING = frozenset(
    {
        *("Digest", "Negotiate", "NTLM", "Kerberos", "HOBA", "Mutual", "SCRAM-SHA-1", "SCRAM-SHA-256"),
        *("AWS4-HMAC-SHA256", "Hawk", "SharedKey", "DPoP"),
    }
)
"""Schemes that prove that the client knows a secret, and do not send it."""


@dataclass(frozen=True, slots=True)
class ExposedField:
    """A header field that lets somebody in, and that others on the way could read; ``what`` it is, in words."""

    name: str
    what: str


def exposed_fields(shared: Shared, url: str, login: Credentials | None, proxy: str | None) -> tuple[ExposedField, ...]:
    """What others could read of the requests for ``url``; nothing where they could not, or nobody minds.

    A login whose scheme the server is still to choose is not exposed yet.
    """
    parts = urlsplit(url)
    if shared.allow_insecure_auth or parts.scheme.lower() != "http" or _stays_here(shared, url, proxy):
        return ()
    return tuple(_in_clear(shared, login))


def exposed_proxy_login(shared: Shared, proxy: str | None) -> str:
    """Like ``exposed_fields``, in words, of the login in the URL of the proxy: only an https proxy is encrypted."""
    if proxy is None or shared.allow_insecure_auth:
        return ""
    parts = proxy_parts(proxy)
    if parts.scheme.lower() == "https" or not parts.password or _leads_here(shared, parts):
        return ""
    return "the password of the proxy"


def proxy_address(proxy: str) -> str:
    """The URL of a proxy, without its login."""
    parts = proxy_parts(proxy)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _in_clear(shared: Shared, login: Credentials | None) -> Iterator[ExposedField]:
    """All fields of a request that let somebody in, and that a reader could use; Authorization first."""
    if (value := authorization_typed(shared)) is not None:
        if scheme_of(value) not in _PROVING:
            yield ExposedField("Authorization", "the Authorization that you typed")
    elif login is not None and login.scheme is Scheme.BEARER:
        yield ExposedField("Authorization", "the bearer token")
    elif login is not None and login.scheme is Scheme.BASIC and login.password:
        yield ExposedField("Authorization", f"the password of {login.user}" if login.user else "the password")
    for text in shared.header:
        name, _, value = (part.strip() for part in text.partition(":"))
        proving = name.lower() == "proxy-authorization" and scheme_of(value) in _PROVING
        if name.lower() in SECRET_FIELDS - {"authorization"} and value and not proving:
            yield ExposedField(name, f"the {name} that you typed")


def _stays_here(shared: Shared, url: str, proxy: str | None) -> bool:
    """Returns true if the requests for ``url`` do not leave this machine."""
    parts = urlsplit(url)
    if not proxy:
        return shared.unix_socket is not None or _leads_here(shared, parts)
    # A proxy elsewhere gets the request as it is, whatever host it is for.
    return is_loopback(parts.hostname or "") and _leads_here(shared, proxy_parts(proxy))


def _leads_here(shared: Shared, parts: SplitResult) -> bool:
    """Whether a connection goes to this machine. ``--resolve`` decides, if it has the host, and not the name."""
    from davlock.transport.resolution import AddressOverride

    host, port = (parts.hostname or "").lower(), parts.port or (443 if parts.scheme.lower() == "https" else 80)
    given = {entry.host: entry for entry in map(AddressOverride.parse, shared.resolve) if entry.port == port}
    override = given.get(host) or given.get("*")
    return is_loopback(host) if override is None else all(map(is_loopback, override.addresses))


def is_loopback(host: str) -> bool:
    """Returns true if ``host`` names this machine by itself: no name is looked up (RFC 6761 §6.3 for localhost)."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = _address(name.partition("%")[0])
    if address is None:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    # A connection to no address in particular is one to this machine.
    return address.is_loopback or address.is_unspecified


def _address(host: str) -> "ipaddress.IPv4Address | ipaddress.IPv6Address | None":
    """Also in the short forms that the system reads: 127.1 is 127.0.0.1."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return ipaddress.ip_address(socket.inet_aton(host))
    except (OSError, UnicodeEncodeError):
        return None


def login_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The finding that a login was exposed, alone: it is about the request, and not about the target."""
    return tuple(finding for finding in findings if finding.id == RULE_ID)


def warn(url: str, exposed: str) -> None:
    """One line on stderr for each server."""
    warn_of(origin(without_credentials(url)), exposed)


def warn_of(server: str, exposed: str) -> None:
    """One line on stderr for each ``server``, which may be a proxy."""
    context = click.get_current_context(silent=True)
    warned: set[str] = context.meta.setdefault(__name__, set()) if context is not None else set()
    if server not in warned:
        warned.add(server)
        complain(
            f"warning: {exposed} goes to {server} unencrypted; use https (--allow-insecure-auth hides this warning)"
        )
