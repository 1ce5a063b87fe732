"""What the commands that walk over trees have in common: the bounds that were typed, and the words at the end."""

import time
from collections.abc import Callable

from davlock.cli.options import Shared
from davlock.cli.output import complain
from davlock.diagnosis.finding import Finding
from davlock.operations.budget import MAX_TIME, Budget
from davlock.operations.walk.walked import Walked
from davlock.render.plural import count
from davlock.render.result import Result

ABOUT_A_WALK = frozenset({"walk-left-scope", "walk-bounded"})
"""The findings that are about a walk as a whole. The others are about the target alone."""


def budget_for(shared: Shared, clock: Callable[[], float] = time.monotonic) -> Budget:
    """The bounds of this command, or the same by another ``clock``."""
    if shared.budget is not None and clock is time.monotonic:
        return shared.budget
    typed = shared.deadline
    return Budget(
        clock=clock,
        requests=shared.max_requests,
        seconds=typed if typed is not None else MAX_TIME,
        whole=typed is not None,
    )


def walk_findings(result: Result) -> tuple[Finding, ...]:
    """Those of the findings that are about the walk."""
    return tuple(finding for finding in result.findings if finding.id in ABOUT_A_WALK)


def complain_of_the_end(target: str, result: Result) -> None:
    """On stderr, how the walk ended before its time, and what to type."""
    for finding in walk_findings(result):
        complain(f"{target}: {finding.headline}")
        for remedy in finding.remedies:
            complain(f"  {remedy.title}")


def progress_words(collections: int, locks: int) -> str:
    """How far a walk has come."""
    return f"{count(collections, 'collection')} read, {count(locks, 'lock')} found"


def collections(number: int) -> str:
    """``number`` collections, and the verb."""
    return f"{count(number, 'collection')} {'was' if number == 1 else 'were'}"


def complain_of_the_unread(target: str, walked: Walked) -> None:
    """One line on stderr: some collections were not read, and what to type where they look like a loop."""
    may_be = f"; {walked.suspected} may be a loop: name it as the URL to read it" if walked.suspected else ""
    complain(f"{target}: {collections(walked.unread)} not read: there may be more locks{may_be}")
