"""Where a redirect leads, and whether that is still in the tree that a person named."""

from urllib.parse import urlsplit

from davlock.diagnosis.evidence import REDIRECTS
from davlock.protocol.message import Exchange
from davlock.protocol.url import resolve
from davlock.protocol.write_scope import inside


def redirected_to(exchange: Exchange) -> str | None:
    """The absolute URL that a redirect names; ``None`` where the answer is no redirect, or names none."""
    response = exchange.response
    if response is None or response.status not in REDIRECTS:
        return None
    location = response.headers.get("Location")
    return None if location is None else resolve(exchange.request.url, location)


def leads_nowhere(exchange: Exchange) -> bool:
    """Returns true if a redirect names no place at all, or one that is no URL with a host."""
    where = redirected_to(exchange)
    if where is None:
        return True
    try:
        return not urlsplit(where).hostname
    except ValueError:
        return True


def leads_out(exchange: Exchange, tree: str) -> bool:
    """Whether something in ``tree`` was asked for, and the redirect that came leads out of it."""
    where = redirected_to(exchange)
    if where is None or leads_nowhere(exchange):
        return False
    return inside(tree, exchange.request.url) and not inside(tree, where)
