"""The word for a target as a whole. Apart from findings: there is one for a page of the manual too, which has none."""

from enum import Enum


class Verdict(Enum):
    """True if a write would be refused because of a lock: the word of the JSON contract for the target as a whole."""

    CLEAR = "clear"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"
