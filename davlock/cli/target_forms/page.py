"""The URL of a web page, taken apart: what a person copies from the address bar of a browser."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from davlock.errors import LocalProtocolError
from davlock.protocol.url import leads_up, names_of
from davlock.values import dataclass

_MOST_FIELDS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """``site`` is scheme and host, with a user who was typed; ``path`` keeps its escapes, ``query`` is decoded."""

    url: str
    site: str
    path: str
    query: Mapping[str, str]

    @classmethod
    def parse(cls, url: str) -> "Page":
        """Raises ValueError for what is no URL. An address behind the # is read as if it stood before it."""
        parts = urlsplit(url)
        if parts.path in ("", "/") and parts.fragment.startswith("/"):
            parts = urlsplit(f"{parts.scheme}://{parts.netloc}{parts.fragment}")
        _ = parts.port  # raises ValueError: what stands there may be the beginning of a password
        query = dict(reversed(parse_qsl(parts.query, keep_blank_values=True, max_num_fields=_MOST_FIELDS)))
        return cls(url=url, site=f"{parts.scheme}://{parts.netloc}", path=parts.path, query=query)

    @property
    def shown_site(self) -> str:
        """``site`` without a user."""
        scheme, _, host = self.site.partition("://")
        return f"{scheme}://{host.rpartition('@')[2]}"


def in_url(path: str) -> str:
    """A decoded ``path`` as it stands in a URL. Raises LocalProtocolError for one that leads out of its folder."""
    escaped = "/" + quote(path.lstrip("/"))
    if leads_up(names_of(f"http://h{escaped}")):
        raise LocalProtocolError("the link has .. in the path of the folder", "write https://HOST/PATH")
    return escaped


def decoded(path: str) -> str:
    """A path of a page, which escapes more than a URL needs."""
    return in_url(unquote(path))
