"""What checks showed in a scratch collection on the target's server, as the rules may read it."""

from davlock.protocol.message import Exchange
from davlock.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ScratchFailure:
    """A check that failed there; its numbers are of exchanges in the collection."""

    check: str
    subject: int
    """The answer that decided."""
    last: int
    """The last exchange of the check."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScratchOutcomes:
    """All exchanges in the collection, in order, and the checks that failed."""

    exchanges: tuple[Exchange, ...] = ()
    failures: tuple[ScratchFailure, ...] = ()
    lock_granted: bool = False
    """True if the server granted a lock there."""
