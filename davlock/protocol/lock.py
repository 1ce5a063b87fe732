"""The words of RFC 4918 §6, §7 and §14 as values: what a lock is, as a server describes it.

Nothing here validates a token as a UUID or even as a URI, and nothing takes an owner for an identity: servers send
bare numbers, and clients write into the owner whatever they like.
"""

import re
from collections.abc import Collection
from enum import Enum
from functools import lru_cache

from davlock.late_pattern import late_pattern
from davlock.values import dataclass

STAND_IN = "opaquelocktoken:redacted-"
"""How the stand-ins for tokens begin in a recording: it is read again, and what stands where a token stood must be one.
"""


LONGEST_TIMEOUT = 2**32 - 1
"""Seconds: the largest number that RFC 4918 §10.7 allows."""


@lru_cache(maxsize=64)
def _is_scheme(text: str) -> bool:
    """RFC 3986 §3.1."""
    return re.fullmatch("[A-Za-z][A-Za-z0-9+.-]*", text) is not None


_UUID = late_pattern("[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}")


def token_key(uri: str) -> str:
    """Returns what is the same for each spelling of one token: its UUIDs are in lower case (RFC 4122 §3).

    All other characters count as they are.
    """
    return _UUID.sub(lambda uuid: uuid[0].lower(), uri)


def same_token(one: str | None, other: str | None) -> bool:
    """Returns true if two tokens name one lock: they differ at most in the case of a UUID. ``None`` is no token."""
    if one is None or other is None:
        return False
    return one == other or (one.lower() == other.lower() and token_key(one) == token_key(other))


def is_among(token: str | None, tokens: Collection[str | None]) -> bool:
    """Returns true if ``tokens`` has this token, in whatever spelling."""
    return token is not None and (token in tokens or any(same_token(token, other) for other in tokens))


class LockScope(Enum):
    """RFC 4918 §14.13."""

    EXCLUSIVE = "exclusive"
    SHARED = "shared"


class LockType(Enum):
    """RFC 4918 §14.15; ``write`` is the only one ever defined."""

    WRITE = "write"


class Depth(Enum):
    """RFC 4918 §10.2."""

    ZERO = "0"
    ONE = "1"
    INFINITY = "infinity"


@dataclass(frozen=True, slots=True)
class LockToken:
    """A lock token exactly as the server sent it, without the angle brackets of its Coded-URL.

    Compared as ``same_token`` says. rclone's is a bare number, nginx's is ``urn:`` and eight hexadecimal digits.
    """

    uri: str

    def __eq__(self, other: object) -> bool:
        return same_token(self.uri, other.uri) if isinstance(other, LockToken) else NotImplemented

    def __hash__(self) -> int:
        return hash(token_key(self.uri))

    @property
    def coded(self) -> str:
        """The Coded-URL of RFC 4918 §10.1: ``<uri>``."""
        return f"<{self.uri}>"

    @property
    def is_uri(self) -> bool:
        """Returns true if it has the form of an absolute URI, as RFC 4918 §6.5 demands."""
        scheme, _, rest = self.uri.partition(":")
        return rest[:1] not in ("", "\n") and _is_scheme(scheme)

    def __str__(self) -> str:
        return self.uri


@dataclass(frozen=True, slots=True)
class Timeout:
    """A lock's remaining time (RFC 4918 §10.7, §14.29). ``seconds is None`` means Infinite; ``as_sent`` is the text."""

    seconds: float | None
    as_sent: str

    @property
    def infinite(self) -> bool:
        """Returns true if the server said that this lock never ends."""
        return self.seconds is None


@dataclass(frozen=True, slots=True)
class Owner:
    """What the client that took the lock wrote about itself: ``xml`` as sent, ``text`` its words. A claim, no
    identity.
    """

    text: str
    xml: str


@dataclass(frozen=True, slots=True)
class LockRoot:
    """RFC 4918 §14.12: ``url`` resolved against the request's URL, ``as_sent`` as the server wrote it."""

    url: str
    as_sent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveLock:
    """RFC 4918 §14.1. ``None`` if the server left the element out or sent another value.

    ``vendor`` holds elements beside RFC 4918's (and, on Nextcloud, the ``nc:lock*`` properties) by prefixed name.
    """

    scope: LockScope | None
    type: LockType | None
    depth: Depth | None
    owner: Owner | None
    timeout: Timeout | None
    token: LockToken | None
    root: LockRoot | None
    vendor: tuple[tuple[str, str], ...] = ()

    @property
    def claimed(self) -> str:
        """The owner's words, or its XML where it has none; empty where there is no owner."""
        return (self.owner.text or self.owner.xml) if self.owner is not None else ""


@dataclass(frozen=True, slots=True)
class LockEntry:
    """RFC 4918 §14.10: one kind of lock that ``supportedlock`` offers."""

    scope: LockScope | None
    type: LockType | None


def is_empty_token(uri: str) -> bool:
    """Returns true if a token is empty: nothing, or a scheme with nothing behind it, such as ``opaquelocktoken:``."""
    return uri.strip().lower() in ("", "opaquelocktoken:", "urn:uuid:", "urn:", "uuid:")
