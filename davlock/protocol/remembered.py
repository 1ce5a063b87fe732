"""Remember what was made of texts that come again and again, and nothing of long ones."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

LONGEST = 1024
"""Characters of a text beyond which nothing is kept of it: a hostile server makes texts long, and each another."""

_Read = TypeVar("_Read")


def remembered(most: int) -> Callable[[Callable[[str], _Read]], Callable[[str], _Read]]:
    """A decorator for a function that reads a text: it remembers what it made of the last ``most`` short ones."""

    def remembering(read: Callable[[str], _Read]) -> Callable[[str], _Read]:
        known = lru_cache(maxsize=most)(read)

        @wraps(read)
        def reading(text: str) -> _Read:
            return known(text) if len(text) <= LONGEST else read(text)

        return reading

    return remembering
