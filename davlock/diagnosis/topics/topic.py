"""The form of a status's page."""

from collections.abc import Mapping
from dataclasses import dataclass

from davlock.diagnosis.reference import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One page. ``names`` are the statuses that it speaks of; ``page`` has the form of a rule's, without its title."""

    names: Mapping[int, str]
    page: str
    references: tuple[Reference, ...]
