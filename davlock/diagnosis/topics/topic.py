"""What the page of a status holds, and what a comparison shows of it."""

from collections.abc import Mapping

from davlock.diagnosis.reference import Reference
from davlock.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One page. ``names`` are the statuses that it speaks of. `Code` in the texts is between backquotes.

    The first six texts are short: a comparison shows them side by side. The other four are for the page alone.
    """

    names: Mapping[int, str]
    it_is_about: str
    it_ends_when: str
    do: str
    do_not: str
    check: str
    also_used_by: str = ""
    """Programs that are not WebDAV and use the status for something else; empty if none is common."""

    meaning: str
    remedy: str
    confused_with: str
    recognise: str
    references: tuple[Reference, ...]
