"""URLs with the scheme of a program, or with a slash too few or too many."""

import re
from urllib.parse import quote, unquote, urlsplit

from davlock.cli.target_forms.understood import Understood
from davlock.errors import LocalProtocolError

_SCHEMES = {
    "dav": "http",
    "davs": "https",
    "webdav": "http",
    "webdavs": "https",
    "vnd.sun.star.webdav": "http",
    "vnd.sun.star.webdavs": "https",
}
"""Of GNOME, of KDE, and of LibreOffice's list of recent documents."""

# [MS-OFBA], "Office URI schemes": the program, what it is to do, and the URL; further arguments follow a stroke.
_OFFICE = re.compile(r"(?:ms-[a-z]+|vnd\.libreoffice\.command):of[ev]\|u\|(https?://[^|]+)(?:\|.*)?", re.IGNORECASE)

_IN_BRACKETS = re.compile(r"<(?:URL:)?(https?://[^<>]*)>", re.IGNORECASE)
"""As in the text of a mail (RFC 3986, appendix C)."""

# "http:80" may be a host called "http". Browsers read a backslash behind the scheme as a slash (WHATWG URL §4.4).
_SLASHES = re.compile(r"(https?):(?!//[^/\\])([/\\]*)(?=[^/\\])(?!\d+(?:/|$))", re.IGNORECASE)

_TWICE = re.compile(r"(https?)://(?=(https?)://)", re.IGNORECASE)


def read_scheme(text: str) -> Understood | None:
    """The URL that ``text`` means; ``None`` for an ordinary URL, and for what has no scheme."""
    if (wrapped := _IN_BRACKETS.fullmatch(text)) is not None:
        return Understood(url=wrapped[1], why="without the angle brackets")
    if (office := _OFFICE.fullmatch(text)) is not None:
        return Understood(url=office[1], why="the address in a link of an office program")
    if (twice := _TWICE.match(text)) is not None:
        same = twice[1].lower() == twice[2].lower()
        return Understood(url=text[twice.end() :], why=f"without the first {twice[1].lower()}://", exact=same)
    if (slashes := _SLASHES.match(text)) is not None:
        count = "few" if len(slashes[2]) < 2 else "many"
        rest, why = text[slashes.end() :], f"you typed too {count} slashes"
        if "\\" in slashes[2]:
            rest, why = rest.replace("\\", "/"), "with slashes for backslashes"
        url = f"{slashes[1].lower()}://{rest}"
        return Understood(url=url, why=why)
    scheme, separator, rest = text.partition("://")
    name = scheme.lower()
    if not separator:
        return None
    if name in _SCHEMES:
        return Understood(url=f"{_SCHEMES[name]}://{rest.lstrip('/')}", why=f"{name}:// means {_SCHEMES[name]}://")
    return _local_edit(rest) if name == "nc" else None


def _local_edit(rest: str) -> Understood:
    """``nc://open/USER@HOST/PATH?token=…``, which Nextcloud's button "Open locally" hands to its desktop client."""
    action, _, place = rest.partition("/")
    user, at, place = place.partition("?")[0].partition("@")
    parts = urlsplit(f"https://{place}")
    if action.lower() != "open" or not at or not parts.hostname:
        raise LocalProtocolError("davlock understands only nc://open/USER@HOST/PATH of Nextcloud", "write https://…")
    path = quote(unquote(parts.path))
    login = quote(unquote(user), safe="")
    return Understood(
        url=f"https://{parts.netloc}/remote.php/dav/files/{login}{path}",
        why="a link of Nextcloud to edit locally; it does not name the folder of the installation",
        exact=False,
        user=unquote(user),
    )
