"""URLs and hrefs: when two of them name the same resource, and which one stands above which.

Servers write the same name in several ways: an absolute URL or a path, ``%c3`` or ``%C3``, escaped or raw, with or
without a trailing slash on a collection (RFC 4918 §5.2, §8.3). Comparison decodes once and no more, name by name: a
``%2f`` is part of a name, never a separator (RFC 3986 §2.2).
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes, urljoin, urlsplit, urlunsplit

from davlock.late_pattern import late_pattern
from davlock.protocol.remembered import remembered
from davlock.protocol.visible import has_control

DEFAULT_PORTS = {"http": 80, "https": 443}

DEEPEST = 256
"""Names in a path beyond which :func:`ancestors` stops."""

LONGEST = 64 * 1024
"""Characters of a URL beyond which it has no ancestors: no server takes one, but a capture may hold a ``data:`` URL."""

# RFC 3986 §3.3 pchar, and "%" so that escapes already there stay as they are.
_PATH_SAFE = "/:@!$&'()*+,;=-._~%"

# A URL with nothing in it to escape, as nearly all are.
_PLAIN_URL = late_pattern(rf"https?://[A-Za-z0-9.:-]+(?:/[A-Za-z0-9{re.escape(_PATH_SAFE)}]*)?")

# An absolute path without dot segments, query or fragment, as nearly every href is: resolving it is putting it behind
# the origin, which matters where a listing has a hundred thousand of them.
_PLAIN_PATH = late_pattern(r"(?:/(?!\.{0,2}(?:/|$))[^/\s?#;]*)+/?|/")


def _origin(base: str) -> str:
    # A walk has another base for each collection, and all of them have one origin.
    end = base.find("/", len("https://"))
    return _origin_of(base if end < 0 else base[:end])


@lru_cache(maxsize=64)
def _origin_of(base: str) -> str:
    try:
        parts = urlsplit(base)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _split(url: str) -> tuple[str, str, int | None, str]:
    """Scheme, host, port and path; anything unparsable counts as a path of itself."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "", "", None, url
    scheme = parts.scheme.lower()
    return scheme, (parts.hostname or "").lower(), port or DEFAULT_PORTS.get(scheme), parts.path


@remembered(1024)
def _identity(url: str) -> tuple[str, str, int | None, bytes]:
    scheme, host, port, path = _split(url)
    names = _in_names(path) if "%" in path or "\0" in path else path.encode("utf-8", "surrogatepass")
    return scheme, host, port, names.rstrip(b"/") or b"/"


_ESCAPED_SLASH = late_pattern("%2[fF]|%00|\0")

_KEPT_SLASH = late_pattern(b"\0([\0\1])")


def _in_names(path: str) -> bytes:
    """The path decoded, in which a "/" is always the end of a name: "%2f" stays part of one.

    Such a slash becomes NUL and 1, and NUL is doubled, so that no two paths become one.
    """
    if _ESCAPED_SLASH.search(path) is None:
        return _unescaped(path)
    return b"/".join(_unescaped(name).replace(b"\0", b"\0\0").replace(b"/", b"\0\1") for name in path.split("/"))


def _name(kept: bytes) -> bytes:
    """A name out of what :func:`_in_names` makes."""
    if b"\0" not in kept:
        return kept
    return _KEPT_SLASH.sub(lambda pair: b"/" if pair[1] == b"\1" else b"\0", kept)


def _unescaped(path: str) -> bytes:
    # A capture's bytes that are no UTF-8 may stand in the text as surrogates.
    return unquote_to_bytes(path.encode("utf-8", "surrogatepass"))


def resolve(base: str, href: str) -> str:
    """``href`` as an absolute URL, against the URL of the request that it answers. Never raises."""
    if _PLAIN_PATH.fullmatch(href):
        return _origin(base) + href
    try:
        return urljoin(base, href.strip())
    except ValueError:
        return href.strip()


def resolve_raw_path(base: str, href: str) -> str:
    """Like :func:`resolve`, for a path that may not be escaped at all: nginx and sabre write a lockroot so.

    In such a path ``#`` and ``?`` are part of a name, and a ``%`` that begins no escape is one.
    """
    if _PLAIN_PATH.fullmatch(href):
        return _origin(base) + href
    absolute = re.match(r"(?i)https?://[^/?#]*(?=/)", href)
    path = href[absolute.end() :] if absolute else href
    if not path.startswith("/") or path.startswith("//") or _PLAIN_PATH.fullmatch(path):
        return resolve(base, href)
    return (absolute[0] if absolute else _origin(base)) + quote(
        re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", path), safe=_PATH_SAFE, errors="surrogatepass"
    )


def resolve_name(base: str, href: str) -> str:
    """Like :func:`resolve`, for an href that may be relative to the root of the DAV tree, as sabre/dav writes it.

    Such a name has no leading slash; the resource asked for, or a collection above it, ends with it, or it begins with
    the last names of the resource asked for.
    """
    if not href or href.startswith("/") or "://" in href:
        return resolve(base, href)
    names = [_unescaped(name) for name in href.strip().strip("/").split("/")]
    try:
        parts = urlsplit(base)
    except ValueError:
        return resolve(base, href)
    segments = parts.path.strip("/").split("/")
    plain = [_unescaped(segment) for segment in segments]
    for end in range(len(plain), len(names) - 1, -1):
        if plain[end - 1] == names[-1] and plain[end - len(names) : end] == names:
            return urlunsplit((parts.scheme, parts.netloc, "/" + "/".join(segments[:end]), "", ""))
    for shared in range(min(len(names) - 1, len(plain)), 0, -1):
        if plain[-shared:] == names[:shared]:
            below = [*segments, *(quote(name, safe="") for name in names[shared:])]
            return urlunsplit((parts.scheme, parts.netloc, "/" + "/".join(below), "", ""))
    return resolve(base, href)


@remembered(1024)
def names_of(url: str) -> tuple[bytes, ...]:
    """The names in the path, each decoded once, so that one may have a slash in it; slashes that follow each other are
    one.
    """
    if "%" not in url and _PLAIN_URL.fullmatch(url):
        return tuple(filter(None, url.encode().split(b"/")[3:]))  # scheme, nothing and host come before them
    return tuple(_name(name) for name in _identity(url)[3].split(b"/") if name)


def leads_up(names: Sequence[bytes]) -> bool:
    """Whether one of the decoded names is a dot segment: every client and server resolves it (RFC 3986 §6.2.2.3)."""
    return b".." in names or b"." in names


def at_origin(base: str, url: str) -> str:
    """The path of ``url`` at the origin of ``one``: behind a proxy the server writes a host of its own into hrefs."""
    here = origin(base)
    if url.startswith(here + "/") and "?" not in url and "#" not in url:
        return url
    return here + (_split(url)[3] or "/")


def host_and_path(url: str) -> tuple[str, bytes]:
    """What the URLs of one resource have in common whatever the scheme and the port: for looking it up."""
    _, host, _, path = _identity(url)
    return host, path


def host_of(url: str) -> str:
    """The host of ``url`` in lower case; empty where it has none, or cannot be split."""
    return _split(url)[1]


def path_of(url: str) -> str:
    """The path of ``url`` as it is written; all of it where it cannot be split."""
    return _split(url)[3]


def same_resource(one: str, other: str) -> bool:
    """Returns true if two absolute URLs name one resource: escapes decoded once, a trailing slash ignored."""
    return _identity(one) == _identity(other)


def is_ancestor(ancestor: str, url: str) -> bool:
    """Returns true if ``ancestor`` is a collection strictly above ``url`` on the same origin."""
    return _identity(ancestor)[:3] == _identity(url)[:3] and is_path_above(ancestor, url)


def is_path_above(ancestor: str, url: str) -> bool:
    """Like :func:`is_ancestor` without scheme, host and port, as :func:`same_path` is to :func:`same_resource`."""
    above, below = _identity(ancestor)[3], _identity(url)[3]
    return above != below and (above == b"/" or below.startswith(above + b"/"))


def same_path(one: str, other: str) -> bool:
    """Like :func:`same_resource` without scheme, host and port: behind a proxy the server knows itself by another
    name.
    """
    return one == other or _identity(one)[3] == _identity(other)[3]


def parent(url: str) -> str | None:
    """The URL of the collection that holds ``url``, with its trailing slash; ``None`` for the root."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    path = parts.path.rstrip("/")
    if not path:
        return None
    return urlunsplit((parts.scheme, parts.netloc, path[: path.rindex("/") + 1] if "/" in path else "/", "", ""))


def ancestors(url: str) -> tuple[str, ...]:
    """Every collection above ``url``, nearest first, the server's root last.

    For a path that is far too deep, only the nearest: all of them would take its length squared.
    """
    urls: list[str] = []
    above = parent(url) if len(url) <= LONGEST else None
    while above is not None and len(urls) < DEEPEST:
        urls.append(above)
        above = parent(above)
    return tuple(urls)


@remembered(1024)
def origin(url: str) -> str:
    """Scheme, host and port: ``https://dav.example``. What cannot be split has an origin of its own."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def origin_name(url: str) -> str:
    """The one spelling of the origin of ``url``: in lower case, without the usual port. For keys; not to be sent."""
    scheme, host, port, _ = _split(url)
    host = f"[{host}]" if ":" in host else host
    return f"{scheme}://{host}" + ("" if port == DEFAULT_PORTS.get(scheme) else f":{port}")


def same_origin(one: str, other: str) -> bool:
    """Returns true if two absolute URLs have one scheme, host and port, however they are written (RFC 6454 §5)."""
    return _split(one)[:3] == _split(other)[:3]


def escaped(url: str) -> str:
    """``url`` with what may not stand in a request line escaped as UTF-8; escapes that are there stay.

    Bytes that could not be decoded, which Python keeps as surrogates (PEP 383), are escaped as they are.
    """
    if _PLAIN_URL.fullmatch(url):
        return url
    parts = urlsplit(re.sub("[\udc80-\udcff]+", lambda odd: quote(odd[0], errors="surrogateescape"), url))
    return urlunsplit((parts.scheme, parts.netloc, quote(parts.path, safe=_PATH_SAFE), parts.query, ""))


NAME_SAFE = "@!$&'()*+,=:-._~"
"""RFC 3986 §3.3 pchar less ";", behind which some servers cut a name. In the name of a file, "%" begins no escape."""


def below(collection: str, path: str) -> str:
    """The URL of ``path`` below ``collection``: its names are as people read them, so nothing in them is an escape.

    Without a path it is ``collection`` as it is. Slashes at the beginning of ``path`` make no difference.
    """
    names = path.lstrip("/").encode("utf-8", "surrogateescape")
    return f"{collection.rstrip('/')}/{quote(names, safe='/' + NAME_SAFE)}" if names else collection


def path_below(collection: str, url: str) -> str | None:
    """The path from which :func:`below` makes ``url``, in whatever way its names are escaped; ``None`` if none does."""
    names, above = names_of(url), names_of(collection)
    try:
        path = "/".join(name.decode() for name in names[len(above) :])
    except UnicodeDecodeError:
        return None
    if path and url.endswith("/"):
        path += "/"
    return path if same_resource(below(collection, path), url) and not has_control(path) else None


def may_end_a_login(path: str) -> bool:
    """Whether ``NAME:`` before ``path`` looks like ``USER:PASSWORD@HOST``: a password has no plain slash in it."""
    return "@" in path.partition("/")[0]


def without_credentials(url: str) -> str:
    """``url`` without ``user:password@``: the form that may be shown and stored."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return re.sub(r"(?<=//)[^/?#]*@", "", url)
    if "@" not in parts.netloc:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def has_unusual_characters(url: str) -> bool:
    """Whether the path has spaces or characters beyond ASCII, escaped or not: nginx compares such names undecoded."""
    path = _unescaped(_split(url)[3])
    return any(byte <= 0x20 or byte >= 0x7F for byte in path)


def first_below(above: str, url: str) -> str:
    """The collection right below ``above`` on the way down to ``url``, with a slash at its end."""
    names = url.partition("?")[0].split("/")
    return "/".join(names[: above.rstrip("/").count("/") + 2]).rstrip("/") + "/"
