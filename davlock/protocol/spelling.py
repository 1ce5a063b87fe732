"""In what two spellings of one name differ.

Clients and servers that compare text for text take them for two resources, though RFC 3986 §6.2.2 and RFC 4918 §8.3
make most of them one.
"""

import re
import unicodedata
from enum import Enum
from urllib.parse import unquote_to_bytes

from davlock.late_pattern import late_pattern


class Difference(Enum):
    """One way in which two paths are the same and do not look it."""

    HEX_CASE = "the case of escapes"
    NEEDLESS = "needless escapes"
    RESERVED = "the escape of a reserved character"
    RAW = "escapes that one of them lacks"
    LAST_SLASH = "the slash at the end"
    SLASHES = "double slashes"
    UNICODE = "the Unicode form (NFC, NFD)"


# RFC 3986 §2.3, §2.2: unreserved characters mean the same escaped or not; reserved ones may not.
_UNRESERVED_ESCAPE = late_pattern(r"%(?:2[DE]|3[0-9]|4[1-9A-F]|5[0-9A]|5F|6[1-9A-F]|7[0-9A]|7E)")
_ESCAPE = late_pattern(r"%[0-9A-Fa-f]{2}")
_NOT_IN_A_PATH = late_pattern(r"[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]|%(?![0-9A-Fa-f]{2})")
_ORIGIN = late_pattern(r"\A\s*[A-Za-z][A-Za-z0-9+.-]*://[^/]*")


def path_of(text: str) -> str:
    """The path of a URL, as written; ``?`` and ``#`` count as part of it, as in an href that nobody escaped."""
    return _ORIGIN.sub("", text, count=1) or "/"


def is_raw(text: str) -> bool:
    """Returns true if the path has characters that a URL may only have escaped (RFC 3986 §3.3)."""
    return _NOT_IN_A_PATH.search(path_of(text)) is not None


def differences(one: str, other: str) -> tuple[Difference, ...] | None:
    """Nothing for two URLs of one path text, ``None`` for those that name two things; scheme and host do not count."""
    one, other = path_of(one), path_of(other)
    if one == other:
        return ()
    if _folded(one) != _folded(other):
        return None
    found: list[Difference] = []
    if one.endswith("/") != other.endswith("/"):
        found.append(Difference.LAST_SLASH)
    if ("//" in one) != ("//" in other):
        found.append(Difference.SLASHES)
    one, other = (re.sub("/+", "/", text).rstrip("/") for text in (one, other))
    if is_raw(one) != is_raw(other):
        found.append(Difference.RAW)
    elif (upper := _upper(one)) != _upper(other):
        if _plain(one) != _plain(other):
            found.append(Difference.UNICODE)
        else:
            same = _needed(upper) == _needed(_upper(other))
            found.append(Difference.NEEDLESS if same else Difference.RESERVED)
    elif one != other:
        found.append(Difference.HEX_CASE)
    return tuple(found)


def _folded(path: str) -> str:
    """The name in one form, whatever its spelling."""
    text = _plain(path).decode("utf-8", "surrogateescape")
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return re.sub("/+", "/", text).rstrip("/")


def _plain(path: str) -> bytes:
    """Without escapes. A capture's bytes that are no UTF-8 may stand in the text as surrogates."""
    return unquote_to_bytes(path.encode("utf-8", "surrogatepass"))


def _upper(path: str) -> str:
    return _ESCAPE.sub(lambda escape: escape[0].upper(), path)


def _needed(path: str) -> str:
    return _UNRESERVED_ESCAPE.sub(lambda escape: chr(int(escape[0][1:], 16)), path)
