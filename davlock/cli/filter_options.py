"""Criteria for locks, as ``davlock locks`` and ``davlock cleanup`` read them."""

import re

from davlock.errors import LocalProtocolError
from davlock.protocol.url import escaped, resolve


def pattern(text: str | None) -> re.Pattern[str] | None:
    """``--owner REGEX``. Raises LocalProtocolError for a bad expression."""
    try:
        return None if text is None else re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise LocalProtocolError(f"--owner: {error}", "write a Python regular expression") from None


def place(url: str, under: str | None) -> str | None:
    """``--under PATH`` as a URL: a path from the root of the server, or from the collection asked on."""
    try:
        return None if under is None else escaped(resolve(url.rstrip("/") + "/", under))
    except ValueError as error:
        raise LocalProtocolError(f"--under {under!r}: {error}", "write a path such as /team/") from None
