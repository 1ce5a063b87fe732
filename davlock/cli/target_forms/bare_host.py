"""Targets without a scheme: ``dav.example/team``, ``localhost:8080/a``. And ``NAME:PATH``, which needs a profile."""

import ipaddress
import re

from davlock.cli.target_forms.understood import Understood
from davlock.errors import LocalProtocolError

_BARE = re.compile(
    r"(?://)?(?P<userinfo>[^/?#\\]*@)?(?P<host>\[[0-9A-Fa-f:.]+(?:%[\w.~%-]+)?\]|[^\s/:@?#\[\]\\]+)"
    r"(?::(?P<port>\d{1,5}))?(?P<rest>[/?#].*)?",
    re.DOTALL,
)

_NAMED = re.compile(r"(?!https?:)(?P<name>[\w.-]+):(?!:|//|\d{1,5}(?:[/?#]|$)).*", re.DOTALL | re.IGNORECASE)
"""``NAME:PATH``. A name that may be one of a profile was looked up before."""

# Endings of files that people have at hand. A host with such a name has a path behind it.
_FILE = re.compile(r".*\.(?:odt|ods|odp|docx?|xlsx?|pptx?|pdf|txt|md|xml|json|har|log|html?|csv|zip|png|jpe?g)", re.I)


def read_bare_host(text: str) -> Understood | None:
    """The URL of a host that was typed without a scheme: always a guess."""
    bare = _BARE.fullmatch(text)
    with_password = bare is not None and bare["userinfo"] and _is_certain(bare["host"])
    if not with_password and (named := _NAMED.fullmatch(text)) is not None:
        name = named["name"]
        raise LocalProtocolError(
            f"{name}: is neither a profile nor a scheme that davlock speaks",
            f"write https://{name}/PATH if {name} is a host; davlock config list shows the profiles",
        )
    if bare is None or not _is_host(bare):
        return None
    if bare["port"] and not bare["userinfo"] and "@" in (bare["rest"] or ""):
        # What looks like a port may be the beginning of a password.
        raise LocalProtocolError("this has no scheme, and an @ behind a slash", "write https://HOST:PORT/PATH")
    host, port = bare["host"], bare["port"] or ""
    scheme = _scheme(host.strip("[]"), port)
    url = f"{scheme}://{bare['userinfo'] or ''}{host}{f':{port}' if port else ''}{bare['rest'] or '/'}"
    other = "https" if scheme == "http" else "http"
    return Understood(url=url, why=f"you typed no scheme; write {other}:// if you mean that", exact=False)


def _is_host(bare: re.Match[str]) -> bool:
    host = bare["host"]
    if bare["port"] or bare["userinfo"] or host.startswith("[") or _address(host) is not None:
        return True
    if not bare["rest"] and _FILE.fullmatch(host):
        return False
    return _has_name(host) or bare.string.startswith("//")


def _has_name(host: str) -> bool:
    """Whether ``host`` is in a domain, or this machine: a single word may be anything."""
    above, dot, last = host.rstrip(".").rpartition(".")
    return _is_localhost(host) or (bool(above and dot) and len(last) > 1 and not last[0].isdigit())


def _is_certain(host: str) -> bool:
    """Whether ``host`` can be nothing but a host: a word behind an @ may be part of a name."""
    return _has_name(host) or _address(host.strip("[]")) is not None


def _scheme(host: str, port: str) -> str:
    address = _address(host)
    here = _is_localhost(host) or (address is not None and address.is_loopback)
    return "http" if port == "80" or (here and port != "443") else "https"


def _is_localhost(host: str) -> bool:
    return host.lower() == "localhost" or host.lower().endswith(".localhost")


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
