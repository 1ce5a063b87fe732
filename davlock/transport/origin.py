"""The server of a URL: what the connection goes to, and what the Host field says (RFC 9110 §4.3.1, §7.2)."""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address

from davlock.errors import LocalProtocolError

_USUAL_PORTS = {"http": 80, "https": 443}

# What has nothing to be interpreted; IPv6, other letters than ASCII's and all the rest are httpx's to read.
_PLAIN = re.compile(r"([a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::([0-9]{1,5}))?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """``host`` is for people, ``netloc`` for the Host field; ``port`` is ``None`` where it is the usual one."""

    scheme: str
    host: str
    raw_host: bytes
    port: int | None
    netloc: str

    @property
    def text(self) -> str:
        """As the beginning of a URL."""
        return f"{self.scheme}://{self.netloc}"

    @staticmethod
    def parse(scheme: str, host: str) -> "Origin":
        """Of a URL's scheme and ``HOST[:PORT]``. Raises LocalProtocolError for what names no server."""
        return _parse(scheme, host)


@lru_cache(maxsize=64)
def _parse(scheme: str, host: str) -> Origin:
    origin = _plain(scheme.lower(), host) or _by_httpx(scheme, host)
    if (origin.port or 0) > 65535:
        raise LocalProtocolError(f"{scheme}://{host}: there is no port {origin.port}", "ports end at 65535")
    return origin


def _plain(scheme: str, host: str) -> Origin | None:
    found = _PLAIN.fullmatch(host)
    if found is None:
        return None
    name = found[1].lower()
    if name.startswith("xn--") or ".xn--" in name or not _may_be_name(name):
        return None
    port = int(found[2]) if found[2] is not None else None
    port = None if port == _USUAL_PORTS[scheme] else port
    netloc = name if port is None else f"{name}:{port}"
    return Origin(scheme=scheme, host=name, raw_host=name.encode("ascii"), port=port, netloc=netloc)


def _may_be_name(name: str) -> bool:
    """Whether it is a name, or an address that there is."""
    if not name.replace(".", "").isdigit():
        return True
    try:
        IPv4Address(name)
    except AddressValueError:
        return False
    return True


def _by_httpx(scheme: str, host: str) -> Origin:
    from davlock.transport.lean_httpx import httpx

    try:
        url = httpx.URL(f"{scheme.lower()}://{host}")
        name = url.host  # decodes what begins with "xn--", and raises UnicodeError where that is no name
    except (httpx.InvalidURL, UnicodeError) as exc:
        raise LocalProtocolError(f"{scheme}://{host}: {exc}", "write it as https://HOST:PORT/PATH") from exc
    return Origin(scheme=url.scheme, host=name, raw_host=url.raw_host, port=url.port, netloc=url.netloc.decode("ascii"))
