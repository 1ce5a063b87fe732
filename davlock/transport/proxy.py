"""The proxy: its URL as curl takes it."""

import importlib.util
from dataclasses import dataclass, field

import httpcore

from davlock.errors import LocalProtocolError


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """Where the proxy is, and who we are to it."""

    scheme: str
    host: str
    url: httpcore.URL
    auth: tuple[bytes, bytes] | None = field(repr=False)

    @classmethod
    def parse(cls, text: str | None) -> "Proxy | None":
        """``[SCHEME://][USER:PASSWORD@]HOST[:PORT]``, as curl takes it; its errors do not quote it."""
        if text is None:
            return None
        from davlock.transport.lean_httpx import httpx

        try:
            url = httpx.URL(text if "://" in text else f"http://{text}")
            host = url.host  # decodes what begins with "xn--", and raises UnicodeError where that is no name
        except (httpx.InvalidURL, UnicodeError) as exc:
            raise LocalProtocolError(f"the proxy's URL makes no sense: {exc}") from exc
        if url.scheme not in ("http", "https", "socks5", "socks5h"):
            raise LocalProtocolError(f"{url.scheme} proxies are not supported", "http, https and socks5 are")
        if not host or (url.port or 0) > 65535:
            raise LocalProtocolError("the proxy's URL names no host or no valid port", "write http://HOST:PORT")
        if url.scheme.startswith("socks") and importlib.util.find_spec("socksio") is None:
            raise LocalProtocolError("a SOCKS proxy needs the Python package socksio", "pip install socksio")
        return cls(
            scheme=url.scheme.removesuffix("h"),
            host=host,
            url=httpcore.URL(scheme=url.raw_scheme.removesuffix(b"h"), host=url.raw_host, port=url.port, target=b"/"),
            auth=(url.username.encode(), url.password.encode()) if url.userinfo else None,
        )
