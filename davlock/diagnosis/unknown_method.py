"""The words by which a server says that it does not know a method, whatever the status."""

import re

from davlock.protocol.precondition import DavError

_WORDS = re.compile(
    r"\b(?:unknown|unsupported|unrecogni[sz]ed|unimplemented|invalid)\W+(?:(?:https?|request|webdav)\W+){0,2}"
    r"(?:method|verb)\b(?!\s+(?:of|for)\b)"
    r"|(?<!authentication )(?<!auth )(?<!login )(?<!encryption )\b(?:method|verb)\W+(?:\w+\W+){0,2}?"
    r"(?:not\W+(?:implemented|supported|recogni[sz]ed|known)|unknown|unsupported|unimplemented)\b",
    re.IGNORECASE,
)

STATUSES = (400, 403, 404)
"""With which such words were seen beside 405 and 501, which say it themselves (RFC 9110 §15.5.6, §15.6.2)."""


def says_unknown_method(status: int | None, error: DavError | None) -> bool:
    """Whether an answer with another status than 405 and 501 says the same in words."""
    return status in STATUSES and error is not None and _WORDS.search(error.message or "") is not None
