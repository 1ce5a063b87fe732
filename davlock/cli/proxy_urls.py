"""The URL of a proxy, as curl takes it: ``[SCHEME://][USER:PASSWORD@]HOST[:PORT]``. No sentence here quotes it."""

import re
from urllib.parse import urlsplit

from davlock.errors import LocalProtocolError

_SCHEMES = ("http", "https", "socks5", "socks5h")


def checked_proxy(proxy: str) -> str:
    """``proxy`` itself. Raises LocalProtocolError for what is no URL of a proxy."""
    url = _with_scheme(proxy)
    if "@" in re.sub(r"^[^/]*//[^/?#]*", "", url):
        # The part before it may be the beginning of a password, so nobody knows which part is the host.
        raise LocalProtocolError(
            "the proxy's URL has an @ behind a /, ? or #", "in a password, write / as %2F, ? as %3F and # as %23"
        )
    try:
        parts = urlsplit(url)
        port_is_usable = parts.port is None or 0 < parts.port < 65536
    except ValueError:
        port_is_usable = False
    if not port_is_usable or not parts.hostname:
        raise LocalProtocolError("the proxy's URL names no host or no valid port", "write http://HOST:PORT")
    if parts.scheme.lower() not in _SCHEMES:
        raise LocalProtocolError(
            "the proxy's URL has a scheme that davlock does not speak", "use http, https or socks5"
        )
    return proxy


def shown_proxy(proxy: str) -> str:
    """``proxy`` with its scheme and without its login, whatever characters stand unescaped in a password."""
    scheme, _, rest = _with_scheme(proxy).partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def _with_scheme(proxy: str) -> str:
    return proxy if "://" in proxy else f"http://{proxy}"
