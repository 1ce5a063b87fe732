"""The proxy for a URL by the environment, as curl reads it; on macOS and Windows else by the system's settings."""

import ipaddress
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import SplitResult, urlsplit

from davlock.transport.proxy_url import with_scheme

_SYSTEMS = ("darwin", "win32")
"""Systems that keep proxies in their settings. Elsewhere a desktop exports them as variables."""


def proxy_of_environment(url: str, environment: Mapping[str, str]) -> str | None:
    """The proxy for ``url``: of its scheme, else of all schemes; ``None`` if there is none, or no_proxy has the host.

    curl does not read HTTP_PROXY: a client of a CGI script sets that with a header field. An empty variable counts as
    one that is not set.
    """
    variable = proxy_variable(url, environment)
    if variable is None:
        return _of_system(urlsplit(url)) if sys.platform in _SYSTEMS and not _any_proxy(environment) else None
    exceptions = exceptions_variable(environment)
    if exceptions is not None and is_excepted(url, environment[exceptions]):
        return None
    return with_scheme(environment[variable])


def proxy_variable(url: str, environment: Mapping[str, str]) -> str | None:
    """The variable that names the proxy for ``url``; ``None`` if none has a value."""
    scheme = urlsplit(url).scheme.lower()
    names = ("http_proxy",) if scheme == "http" else (f"{scheme}_proxy", f"{scheme}_proxy".upper())
    return _first(environment, *names, "all_proxy", "ALL_PROXY")


def exceptions_variable(environment: Mapping[str, str]) -> str | None:
    """The variable that lists the hosts to reach without a proxy; ``None`` if none has a value."""
    return _first(environment, "no_proxy", "NO_PROXY")


def is_excepted(url: str, exceptions: str) -> bool:
    """Returns true if ``url`` is to be reached without a proxy, by a list as in no_proxy.

    Commas or spaces separate the entries: a name stands for itself and for what is below it, with or without a leading
    dot; an address for itself; ``10.0.0.0/8`` for a network. ``*`` alone is every host. A port may follow a name or an
    IPv4 address: curl does not know that; Go, wget and Python do.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").partition("%")[0].rstrip(".").lower()
    if exceptions.strip() == "*":
        return True
    address = _address(host)
    for entry in re.split(r"[\s,]+", exceptions.strip().lower()):
        name, port = _without_port(entry)
        if not name or (port and int(port) != _port(parts)):
            continue
        if address is None and _is_below(host, name.strip(".")):
            return True
        with suppress(ValueError):
            if address is not None and address in ipaddress.ip_network(name, strict=False):
                return True
    return False


def _first(environment: Mapping[str, str], *names: str) -> str | None:
    """The first of the variables that has a value. Windows knows only names in upper case."""
    spelled = [name.upper() for name in names] if sys.platform == "win32" else names
    return next((name for name in spelled if environment.get(name)), None)


def _any_proxy(environment: Mapping[str, str]) -> bool:
    return any(name.lower().endswith("_proxy") for name in environment)


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme.lower() == "https" else 80)


def _without_port(entry: str) -> tuple[str, str]:
    """``host:80`` and ``[::1]:80`` in two parts; the colons of a bare IPv6 address belong to it."""
    match = re.fullmatch(r"\[([^\]]*)\](?::([0-9]{1,5}))?|([^:]*):([0-9]{1,5})", entry)
    if match is None:
        return entry, ""
    return match[1] or match[3] or "", match[2] or match[4] or ""


def _is_below(host: str, name: str) -> bool:
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _address(host: str) -> "ipaddress.IPv4Address | ipaddress.IPv6Address | None":
    with suppress(ValueError):
        return ipaddress.ip_address(host)
    return None


def _of_system(parts: SplitResult) -> str | None:
    """By the settings of macOS or the registry of Windows."""
    from urllib.request import getproxies, proxy_bypass

    proxy = getproxies().get(parts.scheme.lower())
    if not proxy or proxy_bypass(parts.netloc.rpartition("@")[2]):
        return None
    return with_scheme(proxy)
