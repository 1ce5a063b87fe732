"""Which URLs belong to the tree that a person typed: the one answer for every verb that changes something.

A server chooses the names in its answers, so a name can lead elsewhere once somebody decodes and resolves it: ``..``,
``%2e%2e``, ``a%2f..``, ``..%5c``, or a dot or slash in another form. Such a name is outside, whatever the server makes
of it. A plain ``%2f`` stays one
segment, for some servers keep a slash in a name.
"""

import re
from collections.abc import Iterator
from functools import cache
from urllib.parse import unquote_to_bytes, urlsplit, urlunsplit

from davlock.errors import LocalProtocolError
from davlock.late_pattern import late_pattern
from davlock.protocol.url import is_ancestor, names_of, same_origin, same_resource
from davlock.values import dataclass

DECODINGS = 4
"""How often a name is decoded in search of dots: proxies and servers each decode once."""

# A character of ASCII in overlong UTF-8, which decoders read that do not check it (CVE-2000-0884, CVE-2008-2938): those
# that do not even check the last byte read a slash in C0 2F. Only the last bit of the byte before the last counts.
_OVERLONG = late_pattern(
    rb"[\xc0\xc1][\x00-\x3f\x80-\xbf]|(?:\xe0|\xf0\x80|\xf8\x80\x80|\xfc\x80\x80\x80)[\x80\x81][\x80-\xbf]"
)

# IIS's own escapes: "%u002f" is a slash.
_UTF16 = late_pattern(rb"%[uU]([0-9A-Fa-f]{4})")

# What Windows makes dots and slashes of where it has to write a name in an older character set, or in its full width.
_LOOK_ALIKES = str.maketrans(
    {
        "\uff0e": ".",
        "\ufe52": ".",
        "\u2024": ".",
        "\u2025": "..",
        "\uff0f": "/",
        "\u2044": "/",
        "\u2215": "/",
        "\uff3c": "/",
        "\ufe68": "/",
        "\u2216": "/",
    }
)

# Blanks, controls and what has no width; as bytes that are no UTF-8, those of ISO 8859-1.
_BLANK = late_pattern(
    "[\x01-\x20\x7f-\xa0\xad\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff\udc80-\udca0]+"
)


# A URL in which nothing can be read in two ways, as nearly all are: each name has more than dots and blanks. A walk
# asks about each collection and each lock, and to take their URLs apart takes twenty times as long.
_CONTINUED = r"%[89abAB][0-9A-Fa-f]"
_SIGNS = r"[A-Za-z0-9_~!$&'()*+,=:@\-./\u00c0-\u0fff\u1e00-\u1eff\u3001-\ud7ff\ue000-\uefff\U00010000-\U0010ffff]*"
_ESCAPE = (
    r"(?:%(?!2[5eEfF]|3[bB]|5[cC]|7[fF])[2-7][0-9A-Fa-f]"
    rf"|%(?:[cC][3-9a-fA-F]|[dD][0-9A-Fa-f]){_CONTINUED}"
    rf"|%[eE](?!3%80%80)(?:0%[abAB]|1%[bB](?=[89abAB])|[3-9a-eA-E]%[89abAB])[0-9A-Fa-f]{_CONTINUED}"
    rf"|%[fF]0%[9abAB][0-9A-Fa-f]{_CONTINUED}{_CONTINUED})"
)
_PLAIN = rf"https?://[^/?#@%\\\s]+(?:/{_SIGNS}(?:{_ESCAPE}{_SIGNS})*)?"

_ORIGIN = len("http://a")
_ONLY_DOTS = late_pattern(r"/(?:\.|%20)*/|/(?:\.|%20)+\Z")


@cache
def _plain() -> re.Pattern[str]:
    """Compile it for the first URL below a tree: that takes 4 ms, and a single target has none."""
    return re.compile(_PLAIN)


def why_outside(tree: str, url: str) -> str:
    """Why ``url`` is neither ``tree`` nor below it, as a clause; empty where it is inside.

    Both are absolute URLs. A trailing slash and the way in which a name is escaped make no difference.
    """
    below = url.startswith(tree if tree.endswith("/") else f"{tree}/")
    if below and _plain().fullmatch(url) and not _ONLY_DOTS.search(url, _ORIGIN):
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
    if any(map(_leads_elsewhere, _segments(url))):
        # What the person typed counts as they typed it, and nothing below it.
        return "" if url == tree else "a name in it leads elsewhere once it is decoded"
    return ""


def inside(tree: str, url: str) -> bool:
    """Returns true if ``url`` is ``tree`` or below it."""
    return not why_outside(tree, url)


def refuse_dots(url: str) -> None:
    """Raise LocalProtocolError if a name in the path is ``.`` or ``..``, or becomes that where somebody decodes it.

    curl takes such names out of a URL before it asks, a server after that, and some proxies only the plain ones. So
    nobody knows which resource a write to ``url`` changes.
    """
    if _dot_free(url):
        return
    resolved = _resolved(url)
    raise LocalProtocolError(
        f"davlock changes nothing at {url}: . and .. in a URL can lead to another place",
        f"write {resolved}" if _dot_free(resolved) else "write the URL of that place without . and ..",
    )


def _dot_free(url: str) -> bool:
    return not any(_has_dots(text) for segment in _segments(url) for text in _readings(segment))


def _resolved(url: str) -> str:
    """``url`` without plain and escaped dot segments (RFC 3986 §5.2.4)."""
    parts, names = urlsplit(url), list[str]()
    segments = parts.path.split("/")[1:]
    plain = [unquote_to_bytes(segment) for segment in segments]
    for segment, name in zip(segments, plain, strict=True):
        if name == b"..":
            del names[-1:]
        elif name != b".":
            names.append(segment)
    if plain and plain[-1] in (b".", b".."):
        names.append("")
    return urlunsplit(parts._replace(path="/" + "/".join(names)))


def _segments(url: str) -> list[bytes]:
    """The names in the path, each decoded once."""
    path = urlsplit(url).path.encode("utf-8", "surrogatepass")
    return [unquote_to_bytes(segment) for segment in path.split(b"/") if segment]


def _leads_elsewhere(name: bytes) -> bool:
    """Returns true if a decoded name can resolve to another place."""
    return any("\\" in text or "\0" in text or _has_dots(text) for text in _readings(name))


def _has_dots(text: str) -> bool:
    # Tomcat cuts what follows a semicolon before it resolves: "..;x" is "..".
    pieces = text.replace("\\", "/").split("/")
    return any(_BLANK.sub("", piece.partition(";")[0]) in (".", "..") for piece in pieces)


def _readings(name: bytes) -> Iterator[str]:
    """What those make of a decoded name who decode it again; the last one has a NUL if there is no end to that."""
    for _ in range(DECODINGS):
        plain = _OVERLONG.sub(_in_short, _UTF16.sub(_in_utf8, name))
        yield plain.decode("utf-8", "surrogateescape").translate(_LOOK_ALIKES)
        decoded = unquote_to_bytes(plain)
        if decoded == name:
            return
        name = decoded
    yield "\0"


def _in_short(overlong: re.Match[bytes]) -> bytes:
    return bytes([(overlong[0][-2] & 1) << 6 | overlong[0][-1] & 0x3F])


def _in_utf8(escape: re.Match[bytes]) -> bytes:
    return chr(int(escape[1], 16)).encode("utf-8", "surrogatepass")


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
