"""Which inputs reach lines that none reached before: these are kept, and mutated again.

A trace function makes Python twenty times slower, so only a sample of the executions has one.
"""

import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

_PACKAGE = "/davlock/"


class Guide:
    """Knows the lines of davlock that were reached."""

    def __init__(self) -> None:
        self.reached: set[tuple[CodeType, int]] = set()
        self._ours: dict[CodeType, bool] = {}

    def reaches_more(self, call: Callable[[], object]) -> bool:
        """Make the call, and return true if it reached a line that none did before."""
        before = len(self.reached)
        sys.settrace(self._enter)
        try:
            call()
        finally:
            sys.settrace(None)
        return len(self.reached) > before

    def _enter(self, frame: FrameType, event: str, argument: Any) -> Callable[[FrameType, str, Any], Any] | None:
        code = frame.f_code
        ours = self._ours.get(code)
        if ours is None:
            ours = self._ours[code] = _PACKAGE in code.co_filename and "/tests/" not in code.co_filename
        return self._line if ours else None

    def _line(self, frame: FrameType, event: str, argument: Any) -> Callable[[FrameType, str, Any], Any]:
        self.reached.add((frame.f_code, frame.f_lineno))
        return self._line
