"""A login that others on the way can read: over plain http, to a host that is not this machine."""

import ipaddress
from urllib.parse import urlsplit

import click

from davlock.cli.credentials import authorization_typed
from davlock.cli.options import Shared
from davlock.cli.present import complain
from davlock.diagnosis.finding import Finding
from davlock.protocol.challenge import scheme_of
from davlock.protocol.url import origin, without_credentials
from davlock.render.result import Result
from davlock.transport.settings import Credentials, Scheme

RULE_ID = "insecure-login"

_PROVING = frozenset(
    {
        *("Digest", "Negotiate", "NTLM", "Kerberos", "HOBA", "Mutual", "SCRAM-SHA-1", "SCRAM-SHA-256"),
        *("AWS4-HMAC-SHA256", "Hawk", "SharedKey", "DPoP"),
    }
)
"""Schemes that prove that the client knows a secret, and do not send it."""


def exposed_login(shared: Shared, url: str, login: Credentials | None, proxy: str | None) -> str:
    """What others could read of a login for ``url``, in words; empty where they could not, or nobody minds."""
    parts = urlsplit(url)
    if shared.allow_insecure_auth or parts.scheme.lower() != "http":
        return ""
    # A proxy elsewhere gets the request as it is, whatever host it is for.
    through = urlsplit(proxy if "://" in proxy else f"//{proxy}").hostname if proxy else parts.hostname
    stays_here = shared.unix_socket is not None or _leads_here(shared, parts.hostname or "", parts.port or 80)
    if (stays_here and not proxy) or (is_loopback(parts.hostname or "") and is_loopback(through or "")):
        return ""
    if (value := authorization_typed(shared)) is not None:
        scheme = scheme_of(value)
        return "" if scheme in _PROVING else "the Authorization that you typed"
    if login is None or login.scheme is Scheme.DIGEST:
        return ""
    if login.scheme is Scheme.BEARER:
        return "the bearer token"
    return f"the password of {login.user}" if login.user else "the password"


def _leads_here(shared: Shared, host: str, port: int) -> bool:
    """Whether ``--resolve`` sends the requests for ``host`` to this machine."""
    from davlock.transport.resolution import AddressOverride

    given = [AddressOverride.parse(text) for text in shared.resolve]
    override = next((entry for entry in given if entry.port == port and entry.host in (host.lower(), "*")), None)
    return override is not None and all(map(is_loopback, override.addresses))


def is_loopback(host: str) -> bool:
    """Whether ``host`` names this machine by itself: no name is looked up (RFC 6761 §6.3 for localhost)."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return address.is_loopback or (mapped is not None and mapped.is_loopback)


def about_the_login(found: Result) -> tuple[Finding, ...]:
    """The finding that a login was exposed, alone: it is about the request, and not about the target."""
    return tuple(finding for finding in found.findings if finding.id == RULE_ID)


def warn(url: str, exposed: str) -> None:
    """One line on stderr for each server."""
    context = click.get_current_context(silent=True)
    warned: set[str] = context.meta.setdefault(__name__, set()) if context is not None else set()
    server = origin(without_credentials(url))
    if server not in warned:
        warned.add(server)
        complain(
            f"warning: {exposed} goes to {server} unencrypted; use https (--allow-insecure-auth hides this warning)"
        )
