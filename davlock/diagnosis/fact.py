"""Something we asked: known, failed to learn, or did not ask. "We could not tell" is a value."""

from typing import Generic, TypeVar

from davlock.values import dataclass

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Known(Generic[T_co]):
    """Learned from the answer to ``exchange`` (its number)."""

    value: T_co
    exchange: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Asked in ``exchange``, and the answer does not tell."""

    reason: str
    exchange: int
    left_out: bool = False
    """Whether the property was left out or not found, as where it has no value: it was not refused."""


@dataclass(frozen=True, slots=True)
class NotAsked:
    """Nobody asked."""

    why: str = "not asked"


Fact = Known[T_co] | Unreadable | NotAsked
