"""What a diagnosis skips."""

from davlock.values import dataclass


@dataclass(frozen=True, slots=True)
class Skipped:
    """A question that davlock did not ask or could not answer, and why."""

    what: str
    """What the question is about, such as ``locks`` or ``collections above``."""
    why: str
    """The reason, as a clause for people."""
    more: int = 0
    """How many further ones are not named."""
    like: str = ""
    """The reason of those, as a clause."""
    only_json: bool = False
    """True if screens do not show it."""
