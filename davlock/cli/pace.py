"""How fast a count goes up, and how long the rest will take: measured, damped, and never more precise than that."""

import math
import time
from collections import deque
from collections.abc import Callable

WINDOW = 30.0
"""Seconds over which the rate is measured."""

SOON = 3.0
"""Seconds before a rate is said, and things that must have been done by then."""

DAMPING = 5.0
"""Seconds in which about two thirds of a change reach the time left that is said."""

NEARLY = 5.0
"""Seconds that are called a few."""

PATIENCE = 7.0
"""Seconds after which a few seconds were a wrong guess, and nothing is said any more."""


class Pace:
    """Counts what is done of ``total``; ``None`` where nobody knows how many there are.

    ``grows``: there are at least so many. One thread counts, another asks for the words.
    """

    def __init__(self, total: int | None = None, *, grows: bool = False) -> None:
        self.total = total
        self._grows = grows
        self.done = 0
        self._counts: deque[tuple[float, int]] = deque([(time.monotonic(), 0)])
        self._end: float | None = None
        self._said = 0.0
        self._few_since: float | None = None

    def at(self, done: int) -> None:
        """``done`` are done by now."""
        self.done = done

    def rate(self) -> float:
        """How many a second; 0 where that cannot be said yet."""
        now, done = time.monotonic(), self.done
        began, before = self._counts[0]
        if now - self._counts[-1][0] >= 1.0:
            self._counts.append((now, done))
            while len(self._counts) > 2 and now - self._counts[1][0] >= WINDOW:
                self._counts.popleft()
        return (done - before) / (now - began) if now - began >= SOON and done >= SOON and done > before else 0.0

    def words(self, unit: Callable[[float], str] | None = None) -> list[str]:
        """The rate, and the time left if it can be said; ``unit`` puts a rate into words."""
        rate = self.rate()
        if not rate:
            return []
        left = self._left(rate)
        return [(unit or per_time)(rate), *([left] if left else [])]

    def _left(self, rate: float) -> str:
        if self.total is None or self.total <= self.done:
            return ""
        now, rest = time.monotonic(), (self.total - self.done) / rate
        end = now + rest
        if self._end is None:
            self._end = end
        else:
            self._end += (end - self._end) * -math.expm1((self._said - now) / DAMPING)
        self._said = now
        left = self._end - now
        if left >= NEARLY:
            from davlock.diagnosis.wording import seconds_in_words  # most commands end before it is needed

            self._few_since = None
            if self._grows:
                return f"at least {seconds_in_words(_rounded(left, math.floor))} left"
            return f"about {seconds_in_words(_rounded(left))} left"
        if self._grows:
            return ""
        self._few_since = now if self._few_since is None else self._few_since
        return "a few seconds left" if now - self._few_since < PATIENCE else ""


def per_time(rate: float) -> str:
    """``412/s``, ``2.5/s``, ``12/min``."""
    if rate >= 10:
        return f"{rate:,.0f}/s"
    return f"{rate:.1f}/s" if rate >= 1 else f"{rate * 60:.0f}/min"


def size_per_time(rate: float) -> str:
    """``2.3 MB/s``."""
    return f"{size(rate)}/s"


def size(octets: float) -> str:
    """``300 MB``, ``2.3 MB``, ``12 kB``: decimal units, as disks are sold."""
    unit = "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if octets < 1000:
            break
        octets, unit = octets / 1000, larger
    return f"{octets:.1f} {unit}" if octets < 10 and unit != "bytes" else f"{octets:.0f} {unit}"


def _rounded(seconds: float, whole: Callable[[float], int] = math.ceil) -> float:
    step = 5 if seconds < 60 else 10
    return whole(seconds / step) * step
