"""A secret in a document as it is read: in a charset of old, as references, or cut by markup that no reader sees.

The spellings of ``secret_spelling`` are searched in the bytes of an answer. What a parser puts together is not among
them, so a document that may hold such is spelled out first.
"""

import re

from davlock.capture.known_secrets import SecretFilter
from davlock.late_pattern import late_pattern
from davlock.protocol.character_references import unescaped

LARGEST = 1024 * 1024
"""Bytes: a larger document is searched as it came, and no more."""

_HEAD = 1024
"""Bytes in which a document names its charset."""

_NAMED = late_pattern(
    rb"""(?i)(?:<\?xml\s[^<>]{0,200}?\bencoding|<meta\s[^<>]{0,200}?\bcharset)\s*=\s*["']?([\w.:-]+)"""
)

# What ends nowhere is read to the end: each character is looked at once.
_UNSEEN = late_pattern(r"(?s)<!--.*?(?:-->|\Z)|<\?(?!xml\s).*?(?:\?>|\Z)")

_CDATA = late_pattern(r"(?s)<!\[CDATA\[(.*?)(?:\]\]>|\Z)")

_REFERENCE = late_pattern(r"&#?\w{1,64};?")

_SEARCHED_AS_BYTES = frozenset(("utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin1", "latin-1"))
"""Charsets whose characters the search in the bytes finds; of UTF-16 and UTF-32, too, which zero bytes tell."""


def hide_in_document(body: bytes, secrets: SecretFilter, *, charset: str | None = None) -> bytes:
    """``body`` without ``secrets``; ``charset`` is what its header field says."""
    body = secrets.body(body)
    if not secrets or len(body) > LARGEST:
        return body
    named = _NAMED.search(body[:_HEAD])
    charset = (charset or (named[1].decode() if named else "utf-8")).lower()
    if charset in _SEARCHED_AS_BYTES and b"&" not in body and b"<!" not in body and b"<?" not in body:
        return body
    try:
        text = body.decode(charset, "replace")
        spelled = _spelled_out(text)
        cleaned = secrets.text(spelled)
        return body if cleaned == spelled else cleaned.encode(charset, "xmlcharrefreplace")
    except (LookupError, ValueError):  # no such charset, or none of text
        return body


def _spelled_out(document: str) -> str:
    """The document without comments and instructions, with its CDATA and its references as characters."""
    parts = _CDATA.split(_UNSEEN.sub("", document))
    parts[1::2] = (part.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for part in parts[1::2])
    return _REFERENCE.sub(_character, "".join(parts))


def _character(reference: re.Match[str]) -> str:
    """What a reference means, but for the characters of markup."""
    character = unescaped(reference[0])
    named = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
    return named.get(character, character)
