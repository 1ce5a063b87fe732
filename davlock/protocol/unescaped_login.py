"""Logins in a URL with a sign in the password that ends the host there, as in ``http://alice:pa/ss@host/``.

The host ends at the first "/", "?" or "#" (RFC 3986 §3.2), and only an "@" before that sign ends a login. curl reads a
URL so, too. So the beginning of such a password becomes the host that is asked, and the rest of it is shown as a path.

An "@" is common in a path: ``https://host/files/user@example.com/``. So davlock refuses only what is certain:

* No number of a port stands behind the colon, so what stands there is no host.
* A single word stands for the host, and what stands behind an "@" looks more like one.
"""

import re
from urllib.parse import unquote

from davlock.errors import LocalProtocolError
from davlock.late_pattern import late_pattern

_PARTS = late_pattern(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)(.?)(.*)", re.DOTALL)

_HOST = late_pattern(r"(\[[0-9A-Fa-f:.]+(?:%[^\]]+)?\]|[^\s:\[\]<>\"'|\\^`{}!$&()*+,;=%]+)(?::(\d*))?")

_IP = late_pattern(r"\[.*|\d{1,3}(?:\.\d{1,3}){3}")

_DOMAIN = late_pattern(r".+\.[^\W\d][\w-]+\.?|localhost", re.IGNORECASE)

_LONGEST_HOST = 300
"""Characters of a host and its port (RFC 1035 §2.3.4)."""

_USER = late_pattern(r"[\w.@+-]{1,64}")

_NO_HOST, _WORD, _NAME, _ADDRESS = range(4)
"""How much a text looks like a host: not at all, as any word, as a name in a domain, as an address."""


def refuse_unescaped_login(url: str, *, instead: str) -> None:
    """Raise LocalProtocolError for a URL whose login has a sign that must be escaped there. Quotes only the user.

    ``instead`` is another place for the login; ``{user}`` in it stands for the user.
    """
    parts = _PARTS.fullmatch(url) if "@" in url else None
    if parts is None:
        return
    authority, sign, rest = parts.groups()
    userinfo, _, host = authority.rpartition("@")
    if _has_odd_sign(userinfo):
        what = "the login in the URL has a sign that it cannot have there"
        hint = "write %5B for [ and %5D for ], escape letters beyond ASCII"
    elif "@" in rest and _is_cut(userinfo, host, sign, rest):
        what = "the URL has an @ behind the first / ? or #, which looks like a password with such a sign"
        hint = "write %2F for /, %3F for ? and %23 for # in a password, %40 for @ in a path"
    else:
        return
    user = unquote(authority.partition(":")[0])
    shown = user if _USER.fullmatch(user) else "USER"
    raise LocalProtocolError(what, f"{hint}, or {instead.replace('{user}', shown)}")


def _has_odd_sign(userinfo: str) -> bool:
    """Whether a reader of URLs takes a sign for a bracket of IPv6, or for one that ends the login."""
    if "[" in userinfo or "]" in userinfo:
        return True
    if userinfo.isascii():
        return False
    import unicodedata  # few logins need it

    return any(set(unicodedata.normalize("NFKC", letter)) & set("/?#@:") for letter in userinfo if letter > "\x7f")


def _is_cut(userinfo: str, host: str, sign: str, rest: str) -> bool:
    """Whether ``host`` is the beginning of a password, or has it behind its colon; ``rest`` has an "@"."""
    if (":" not in userinfo and ":" not in host) or (not userinfo and host.startswith((":", "["))):
        return False
    has_password = ":" in userinfo
    front, port = _likeness(host)
    if front == _NO_HOST or (front == _WORD and port == ""):  # nobody writes http://host:/
        return True
    if port and has_password:
        return False
    if front == _WORD and (port or has_password):
        return sign != "/" or _names_a_host(rest, than=_NAME if has_password else _ADDRESS)
    return front == _NAME and bool(userinfo) and _names_a_host(rest, than=_ADDRESS)


def _names_a_host(rest: str, *, than: int) -> bool:
    """Whether a host stands behind an "@": with a port anywhere, else in the first name, and as certain as ``than``."""
    first_name = len(rest.partition("/")[0])
    place = rest.find("@")
    while place >= 0:
        behind = rest[place + 1 : place + 1 + _LONGEST_HOST]
        likeness, port = _likeness(re.split("[/?#@]", behind, maxsplit=1)[0])
        if likeness and (port or (likeness >= than and place < first_name)):
            return True
        place = rest.find("@", place + 1)
    return False


def _likeness(text: str) -> tuple[int, str | None]:
    """How much ``text`` looks like a host, and its port; no port is ``None``."""
    match = _HOST.fullmatch(text)
    if match is None or (match[2] and not 0 < int(match[2][:6]) < 65536):
        return _NO_HOST, None
    host, port = match.groups()
    likeness = _ADDRESS if _IP.fullmatch(host) else _NAME if _DOMAIN.fullmatch(host) else _WORD
    return likeness, port
