"""Which URLs belong to the tree that a person typed: the one answer for every verb that changes something.

A server chooses the names in its answers, so a name can lead elsewhere once somebody decodes and resolves it: ``..``,
``%2e%2e``, ``a%2f..``, ``..%5c``. Such a name is outside, whatever the server makes of it. A plain ``%2f`` stays one
segment, for some servers keep a slash in a name.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes, urlsplit

from davlock.protocol.url import is_ancestor, names_of, same_origin, same_resource

DECODINGS = 4
"""How often a name is decoded in search of dots: proxies and servers each decode once."""

# "." in overlong UTF-8 (CVE-2000-0884): decoders that do not check it read a dot.
_OVERLONG_DOT = (b"\xc0\xae", b"\xe0\x80\xae")


# A URL in which nothing can be read in two ways, as nearly all are: each name has more than dots and blanks. A walk
# asks about each collection and each lock, and to take their URLs apart takes twenty times as long.
_NAMED = (
    r"[A-Za-z0-9_~!$&'()*+,=:@\-]++|[^\x00-\x7f]++"
    r"|%(?!2[05eEfF]|3[bB]|5[cC]|7[fF]|[cC]0|[eE]0%80)[2-9A-Fa-f][0-9A-Fa-f]"
)
_PLAIN = re.compile(rf"https?://[^/?#@%\\\s]+(?:/(?:\.|%20)*+(?:{_NAMED})(?:{_NAMED}|\.|%20)*+)*+/?")


def why_outside(tree: str, url: str) -> str:
    """Why ``url`` is neither ``tree`` nor below it, as a clause; empty where it is inside.

    Both are absolute URLs. A trailing slash and the way in which a name is escaped make no difference.
    """
    if url.startswith(tree if tree.endswith("/") else f"{tree}/") and _PLAIN.fullmatch(url):
        return ""
    if not same_origin(tree, url):
        return "it is on another server"
    try:
        parts, top = urlsplit(url), urlsplit(tree)
    except ValueError:
        return "it is not a URL"
    if parts.query and parts.query != top.query:
        return "it has a query"
    names, own = names_of(url), names_of(tree)
    if names[: len(own)] != own:
        return f"it is not below {tree}"
    segments = [unquote_to_bytes(segment) for segment in parts.path.encode("utf-8", "surrogatepass").split(b"/")]
    if any(_leads_elsewhere(segment) for segment in segments if segment):
        # What the person typed counts as they typed it, and nothing below it.
        return "" if url == tree else "a name in it leads elsewhere once it is decoded"
    return ""


def inside(tree: str, url: str) -> bool:
    """Whether ``url`` is ``tree`` or below it."""
    return not why_outside(tree, url)


def _leads_elsewhere(name: bytes) -> bool:
    """Whether a decoded name can resolve to another place."""
    for _ in range(DECODINGS):
        plain = name
        for dot in _OVERLONG_DOT:
            plain = plain.replace(dot, b".")
        if b"\\" in plain or b"\0" in plain:
            return True
        # Tomcat cuts what follows a semicolon before it resolves: "..;x" is "..".
        if any(piece.partition(b";")[0].strip() in (b".", b"..") for piece in plain.split(b"/")):
            return True
        decoded = unquote_to_bytes(name)
        if decoded == name:
            return False
        name = decoded
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteScope:
    """Where one command may change something: at ``url``, and with ``below`` in all of the tree under it.

    ``roots`` are collections above it where UNLOCK alone may be sent (``unlock --at-root``).
    """

    url: str
    below: bool = True
    roots: bool = False

    def why_not(self, method: str, url: str) -> str:
        """Why ``method`` must not be sent to ``url``, as a clause; empty where it may be."""
        if self.roots and method == "UNLOCK" and is_ancestor(url, self.url) and inside(url, self.url):
            return ""
        if not self.below:
            return (
                ""
                if url == self.url or (same_resource(url, self.url) and inside(self.url, url))
                else "it is another URL"
            )
        return why_outside(self.url, url)
