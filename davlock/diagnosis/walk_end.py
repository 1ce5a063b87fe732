"""Why a walk ended before it had read the whole tree, as the rules know it."""

from enum import Enum

from davlock.values import dataclass


class Bound(Enum):
    """A limit of a walk; the values are words of the JSON contract."""

    TIME = "deadline"
    REQUESTS = "requests"
    DEPTH = "depth"
    MEMORY = "memory"


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkEnd:
    """A walk that did not read the whole tree, because of our limits or the server's redirect."""

    bounds: tuple[Bound, ...] = ()
    """The limits that it reached, in the order of :class:`Bound`."""
    redirect: int | None = None
    """The exchange whose redirect leads out of the tree."""
    collections: int = 0
    """Collections that it read."""
    requests: int = 0
    """Requests that it sent, for all trees of the command together."""
    unread: int = 0
    """Collections that it saw but did not read; they may contain more."""
    max_requests: int = 0
    """The limit of requests."""
    seconds: float | None = None
    """The limit of time; ``None`` without one."""
    names: int = 0
    """The limit of depth: names below the collection at which the walk began."""
    memory: int = 0
    """The limit of memory for the locks that it found, in bytes."""
