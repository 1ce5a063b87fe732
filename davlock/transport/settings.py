"""The settings of a sender, before anything is opened: all that ``--cacert``, ``--proxy``, ``-u`` and the like say."""

import socket
from collections.abc import Callable
from dataclasses import field
from enum import Enum
from typing import TYPE_CHECKING

from davlock import __version__
from davlock.transport.base import COLLECT_LIMIT, FEED_LIMIT
from davlock.transport.proxy_url import with_scheme
from davlock.values import dataclass

if TYPE_CHECKING:  # it needs httpx, and a command line that sends nothing needs none
    import ssl

    from davlock.transport.resolution import AddressOverride


SOCKS_PACKAGE = "socksio"
"""The Python package that speaks to a SOCKS proxy."""


class Scheme(Enum):
    """How to present the credentials; ``ANY`` is Digest where the server offers it, else Basic."""

    ANY = "any"
    BASIC = "basic"
    DIGEST = "digest"
    BEARER = "bearer"
    NEGOTIATE = "negotiate"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who we are to a server. ``password`` holds the token when the scheme is Bearer, which has no user. Negotiate has
    neither.
    """

    user: str
    password: str = field(repr=False)
    scheme: Scheme = Scheme.ANY


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionSettings:
    """How to reach servers. Times are in seconds, ``None`` is no limit; ``max_time`` bounds a request as a whole, and
    ``until`` says by the sender's clock when every request must be over, as it is when one is sent.
    ``context`` takes the place of ``verify`` and ``cacert``: the caller made it, and davlock does not change it.
    ``note_field`` gets the header fields of a request, unless the last one had the same, and each cookie that is set,
    before its secrets are hidden.
    """

    verify: bool = True
    cacert: str | None = None
    context: "ssl.SSLContext | None" = field(default=None, repr=False)
    cert: str | None = None
    key: str | None = None
    key_password: str | None = field(default=None, repr=False)
    proxy: str | None = field(default=None, repr=False)
    resolve: "tuple[AddressOverride, ...]" = ()
    unix_socket: str | None = None
    family: socket.AddressFamily = socket.AF_UNSPEC
    connect_timeout: float | None = 10.0
    max_time: float | None = 60.0
    until: Callable[[], float | None] = lambda: None
    user_agent: str = f"davlock/{__version__}"
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    credentials: Credentials | None = None
    note_field: Callable[[str, str], object] = lambda name, value: None
    max_connections: int = 64
    collect_limit: int = COLLECT_LIMIT
    feed_limit: int = FEED_LIMIT
    spell: Callable[[str], str] = str
    """How the caller spells an option of the command line: a program has arguments in its place. Empty for none."""

    @property
    def proxy_url(self) -> str | None:
        """The proxy with its scheme, which is http where none was given, as curl has it."""
        return None if self.proxy is None else with_scheme(self.proxy)

    @property
    def proxy_scheme(self) -> str:
        """In lower case; empty without a proxy."""
        return (self.proxy_url or "").partition("://")[0].lower()
