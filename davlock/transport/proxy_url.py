"""The URL of a proxy as people write it. A password in it may stand where a reader of URLs does not expect one."""

from urllib.parse import SplitResult, urlsplit

from davlock.errors import LocalProtocolError
from davlock.protocol.visible import has_control

SCHEMES = ("http", "https", "socks5", "socks5h")

_WRITE = "write http://HOST:PORT"


def proxy_parts(proxy: str) -> SplitResult:
    """The parts of ``[SCHEME://][USER:PASSWORD@]HOST[:PORT]``.

    Raises LocalProtocolError, which quotes nothing of it.
    """
    url = with_scheme(proxy)
    if has_control(url):  # urlsplit drops some of them
        raise LocalProtocolError("the proxy's URL is not valid", _WRITE)
    try:
        parts = urlsplit(url)
    except ValueError:
        raise LocalProtocolError("the proxy's URL is not valid", _WRITE) from None
    # The first of these signs ends the login for a reader of URLs, and what is behind it is no secret any more.
    if "@" in f"{parts.path}{parts.query}{parts.fragment}":
        what = "the login in the proxy's URL has one of the signs / ? # in it"
        raise LocalProtocolError(what, "write it as %2F, %3F or %23")
    try:
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise LocalProtocolError("the proxy's URL names no host or no valid port", _WRITE)
    if parts.scheme not in SCHEMES:
        raise LocalProtocolError(f"{parts.scheme} proxies are not supported", "use http, https or socks5")
    return parts


def shown_proxy(proxy: str) -> str:
    """``proxy`` with its scheme and without its login, whatever signs stand unescaped in a password."""
    scheme, _, rest = with_scheme(proxy).partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def with_scheme(proxy: str) -> str:
    """``proxy`` with its scheme, which is http where none was given, as curl has it."""
    return proxy if "://" in proxy else f"http://{proxy}"
