"""What the verbs return, apart from evidence: all that a renderer needs to know of them."""

from enum import Enum
from typing import TYPE_CHECKING

from davlock.locks.observed import ObservedLock
from davlock.values import dataclass

if TYPE_CHECKING:  # what reads no body needs no XML
    from davlock.protocol.multistatus import Property


class Achieved(Enum):
    """True if what was asked for is so now, as read back."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class ReleaseOutcome(Enum):
    """What became of a lock that was to be released; the word of the JSON contract."""

    RELEASED = "released"
    ALREADY_GONE = "already-gone"
    REFUSED = "refused"
    UNSURE = "unsure"
    SKIPPED = "skipped"


class Standing(Enum):
    """What the server shows of a lock in the ledger, as ``svn status -u`` tells its locks apart."""

    MINE = "mine"
    STOLEN = "stolen"
    """Another lock is in its place."""
    GONE = "gone"
    UNKNOWN = "unknown"


READ_BACK = "it is gone (verified)"
"""Why a lock counts as released: what is expected, and so no list says it."""

EVERY_LOCK = "every lock"
"""Why a lock is to be released where nothing was selected."""


class Decision(Enum):
    """What is to be done about a lock; the word of the JSON contract."""

    RELEASE = "release"
    SKIP = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One lock of a clean-up, by its ``number`` in the plan, and what is to be done about it."""

    number: int
    target: str
    """The collection that the person named."""
    found: ObservedLock
    decision: Decision
    why: str
    may_be_alive: bool = False
    """True if it was selected by a time, and has so much left that its holder may only renew late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyRow:
    """One property of one resource, with the status of its propstat."""

    url: str
    status: int | None
    property: "Property"
