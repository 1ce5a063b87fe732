"""From a host to its addresses: by the system's look-up, or as ``--resolve`` says."""

import socket
import threading
from collections.abc import Iterable
from ipaddress import ip_address

from davlock.errors import LocalProtocolError
from davlock.late_pattern import late_pattern
from davlock.transport.httpcore_import import httpcore
from davlock.transport.httpx_import import httpx
from davlock.transport.zones import host_to_look_up
from davlock.values import dataclass

_OVERRIDE = late_pattern(r"\+?(\[[^\[\]]+\]|[^\s:\[\]-][^\s:\[\]]*):([0-9]{1,5}):(.+)")

_NAMES = {socket.AF_INET: "IPv4 address", socket.AF_INET6: "IPv6 address"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressOverride:
    """The addresses of one host and port in place of the system's; the host ``*`` is every host."""

    host: str
    port: int
    addresses: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> "AddressOverride":
        """From curl's ``HOST:PORT:ADDR[,ADDR]…``, where brackets around an IPv6 address are optional after the port."""
        hint = "write --resolve HOST:PORT:ADDRESS, for example dav.example:443:192.0.2.7"
        match = _OVERRIDE.fullmatch(text.strip())
        if match is None or not 0 < int(match[2]) < 65536:
            raise LocalProtocolError(f"{text!r} is not a host, port and address", hint)
        addresses = [address.strip().removeprefix("[").removesuffix("]") for address in match[3].split(",")]
        for address in addresses:
            try:
                ip_address(address)
            except ValueError:
                raise LocalProtocolError(f"{address!r} in {text!r} is not an IP address", hint) from None
        try:
            host = match[1] if match[1] == "*" else _ascii_host(match[1])
        except (httpx.InvalidURL, UnicodeError):
            raise LocalProtocolError(f"{match[1]!r} in {text!r} is not a host", hint) from None
        return cls(host=host, port=int(match[2]), addresses=tuple(addresses))


def addresses_of(
    host: str,
    port: int,
    *,
    overrides: Iterable[AddressOverride],
    family: socket.AddressFamily,
    within: float | None,
) -> list[str]:
    """The addresses of ``host``, in the order to try them; raises httpcore's exceptions where there are none.

    The system's look-up cannot be stopped, so after ``within`` seconds it is left behind.
    """
    given = {override.host: override for override in overrides if override.port == port}
    override = given.get(host) or given.get("*")
    if override is not None:
        addresses = [address for address in override.addresses if family in (socket.AF_UNSPEC, _family_of(address))]
        if not addresses:
            missing = socket.gaierror(socket.EAI_NONAME, f"--resolve gives no {address_kind(family)}")
            raise httpcore.ConnectError(missing) from missing
        return addresses
    resolved: list[str] = []
    failed: list[Exception] = []

    def look_up() -> None:
        try:
            for *_, address in socket.getaddrinfo(host_to_look_up(host), port, family=family, type=socket.SOCK_STREAM):
                scope = f"%{address[3]}" if len(address) == 4 and address[3] else ""
                resolved.append(f"{address[0]}{scope}")
        except (OSError, UnicodeError) as exc:
            failed.append(exc)

    thread = threading.Thread(target=look_up, name=f"looking up {host}", daemon=True)
    thread.start()
    thread.join(within)
    if thread.is_alive():
        raise httpcore.ConnectTimeout("looking up the name took too long")
    if failed:
        raise httpcore.ConnectError(failed[0]) from failed[0]
    return list(dict.fromkeys(resolved))


def address_kind(family: socket.AddressFamily) -> str:
    """What a person calls an address of ``family``."""
    return _NAMES.get(family, "address")


def _ascii_host(host: str) -> str:
    url = httpx.URL(f"http://{host}")
    _ = url.host  # decodes what begins with "xn--", and raises UnicodeError where that is no name
    return url.raw_host.decode("ascii")


def _family_of(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET
