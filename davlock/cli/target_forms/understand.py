"""From a target as it was typed to the URL that it means."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from davlock.late_pattern import late_pattern
from davlock.protocol.url import LONGEST

if TYPE_CHECKING:  # most targets are plain URLs
    from davlock.cli.target_forms.understood import Understood

_PLAIN = late_pattern(r"https?://(?![/\\]|https?://)", re.IGNORECASE)

# What only a web page has in its address, or what may be a link to one. Everything else is asked as it stands.
_PAGE = (
    r"(?i)index\.php/|/apps/files|/[fs]/[^/?#]+/?(?:[?#]|$)|/files/spaces/|/:[a-z]:/|/_layouts/|/Forms/[^/]+\.aspx"
    r"|[?&](?:web=1|contextRouteName=)"
)


def is_plain_url(text: str) -> bool:
    """Whether ``text`` is a URL with one scheme of http and two slashes; it may still be the address of a web page."""
    return _PLAIN.match(text) is not None


def understand(text: str, login: Callable[[str], str]) -> "Understood | None":
    """What ``text`` means; ``None`` for a URL that means itself, and for what nobody understands.

    ``login`` says who asks a URL. Raises LocalProtocolError for what is known and has no URL that davlock could know;
    no password of ``text`` is in the error.
    """
    if len(text) > LONGEST:
        return None
    try:
        return _linked(text, login) if is_plain_url(text) else _scheme(text, login) or _elsewhere(text)
    except ValueError:  # it cannot be split as a URL, and whoever checks that says why
        return None


def _scheme(text: str, login: Callable[[str], str]) -> "Understood | None":
    from davlock.cli.target_forms.schemes import read_scheme

    understood = read_scheme(text)
    if understood is None:
        return None
    # Office programs open the links of SharePoint, and a mail may quote the address of a page.
    return _linked(understood.url, login) or understood


def _elsewhere(text: str) -> "Understood | None":
    if "://" in text and not text.lower().startswith("file:"):
        return None
    from davlock.cli.target_forms.bare_host import read_bare_host
    from davlock.cli.target_forms.mounts import read_local_path
    from davlock.cli.target_forms.windows import read_windows_path

    return read_windows_path(text) or read_local_path(text) or read_bare_host(text)


def _linked(url: str, login: Callable[[str], str]) -> "Understood | None":
    """The URL behind the address of a web page."""
    if re.search(_PAGE, url) is None:
        return None
    from davlock.cli.target_forms.infinite_scale import read_infinite_scale
    from davlock.cli.target_forms.nextcloud import read_nextcloud
    from davlock.cli.target_forms.page import Page
    from davlock.cli.target_forms.sharepoint import read_sharepoint

    page = Page.parse(url)
    return read_infinite_scale(page, login) or read_nextcloud(page, login) or read_sharepoint(page)
