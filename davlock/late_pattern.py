"""Regular expressions that are compiled when they are first used.

A command imports a hundred patterns, and most of its answers meet a few of them. To compile all of them takes as long
as a seventeenth of the whole command.
"""

import re
from typing import Any, AnyStr, cast


class _LatePattern:
    """Stands for a compiled pattern. Keeps each of its methods that was asked for."""

    def __init__(self, text: Any, flags: int) -> None:
        self._text, self._flags = text, flags

    def __getattr__(self, name: str) -> Any:
        value = getattr(re.compile(self._text, self._flags), name)
        setattr(self, name, value)
        return value


def late_pattern(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return what ``re.compile`` returns, for a pattern that a module keeps. A wrong pattern raises at its first use.

    The functions of :mod:`re` do not take it: call its own methods.
    """
    return cast("re.Pattern[AnyStr]", _LatePattern(text, flags))
