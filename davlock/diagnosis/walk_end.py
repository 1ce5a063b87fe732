"""How a walk over a tree ended before all of the tree was read: what the rules know of it beside the exchanges."""

from enum import Enum

from davlock.values import dataclass


class Bound(Enum):
    """What a walk may not go beyond; the words of the JSON contract."""

    TIME = "deadline"
    REQUESTS = "requests"
    DEPTH = "depth"


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkEnd:
    """One walk that did not read the whole tree, by a bound of ours or by a redirect of the server's."""

    bounds: tuple[Bound, ...] = ()
    """The bounds that were reached, in the order of :class:`Bound`."""
    redirect: int | None = None
    """The exchange whose redirect leads out of the tree."""
    collections: int = 0
    """Collections that were read."""
    requests: int = 0
    """Requests that were sent, for all trees of the command together."""
    unread: int = 0
    """Collections that are known and were not read; what is in them is not known, so there may be more."""
    max_requests: int = 0
    """The bound of requests."""
    seconds: float | None = None
    """The bound of time; ``None`` where there is none."""
    names: int = 0
    """The bound of depth: names below the collection that the walk began at."""
