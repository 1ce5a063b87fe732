"""What the commands that walk over trees have in common: the bounds that were typed, and the words at the end."""

import time
from collections.abc import Callable

from davlock.cli.options import Shared
from davlock.cli.output import chosen_format, complain
from davlock.cli.pace import Pace
from davlock.diagnosis.finding import Finding
from davlock.operations.budget import LOCKS_LIMIT, MAX_TIME, Budget
from davlock.operations.walk.walked import Walked
from davlock.render.plural import count
from davlock.render.result import Result

ABOUT_A_WALK = frozenset({"walk-left-scope", "walk-bounded"})
"""The findings that are about a walk as a whole. The others are about the target alone."""


def budget_for(shared: Shared, clock: Callable[[], float] = time.monotonic) -> Budget:
    """The bounds of this command, or the same by another ``clock``."""
    typed = shared.deadline
    budget = shared.budget if clock is time.monotonic else None
    budget = budget or Budget(
        clock=clock,
        requests=shared.max_requests,
        seconds=typed if typed is not None else MAX_TIME,
        whole=typed is not None,
    )
    if chosen_format(shared) == "table":  # its cells take as much as the locks
        budget.memory = LOCKS_LIMIT // 2
    return budget


def walk_findings(result: Result) -> tuple[Finding, ...]:
    """Those of the findings that are about the walk."""
    return tuple(finding for finding in result.findings if finding.id in ABOUT_A_WALK)


def complain_of_the_end(target: str, result: Result) -> None:
    """On stderr, how the walk ended before its time, and what to type."""
    for finding in walk_findings(result):
        complain(f"{target}: {finding.headline}")
        for remedy in finding.remedies:
            complain(f"  {remedy.title}")


class WalkProgress:
    """How far the walks of a command have come, and how fast. How many collections there are, nobody knows before."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._pace = Pace(grows=True)
        self._before = 0
        self._locks = 0

    def at(self, collections: int, locks: int) -> None:
        """So many ``collections`` of this tree were read, and so many ``locks`` found."""
        if collections < self._pace.done - self._before:  # the next tree
            self._before = self._pace.done
        self._pace.at(self._before + collections)
        self._locks = locks

    def words(self) -> str:
        """One line; empty before the first answer."""
        read, waiting = self._pace.done, self._budget.waiting
        if not read:
            return ""
        self._pace.total = read + waiting
        to_go = [f"at least {waiting:,} to go"] if waiting else []
        found = f"{count(self._locks, 'lock')} found"
        # The time first: in a narrow window the end of the line has no room.
        return ", ".join((f"{count(read, 'folder')} read", *reversed(self._pace.words()), *to_go, found))


def collections(number: int) -> str:
    """``number`` collections, and the verb."""
    return f"{count(number, 'collection')} {'was' if number == 1 else 'were'}"


def complain_of_the_unread(target: str, walked: Walked) -> None:
    """One line on stderr: some collections were not read, and what to type where they look like a loop."""
    may_be = f"; {walked.suspected} may be a loop: name it as the URL to read it" if walked.suspected else ""
    complain(f"{target}: {collections(walked.unread)} not read: there may be more locks{may_be}")
