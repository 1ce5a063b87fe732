"""What a pipeline makes of a check, and the words for it: the same in every report that one reads.

Text that came from a server stands in ``why``, in a path, in a target: each is one harmless line here.
"""

from datetime import UTC, datetime
from enum import Enum

from davlock.checks.results import Checked, Level, Outcome, Run
from davlock.errors import NoResponse
from davlock.protocol.message import Exchange
from davlock.protocol.url import origin, without_credentials
from davlock.render.sinks import one_line

MOST_EXCHANGES = 50
"""Exchanges of one check that are shown."""


class Mark(Enum):
    """What a check is to a pipeline, the worst first."""

    FAILED = "failed"
    BELOW = "below"
    """It failed, and the RFC demands it less than the pipeline does not do without."""
    EXPECTED = "expected"
    """It failed, as the baseline says."""
    UNKNOWN = "unknown"
    WARNED = "warned"
    FIXED = "fixed"
    """It passed, although the baseline says that it fails."""
    SKIPPED = "skipped"
    PASSED = "passed"


_MARKS = {
    Outcome.UNKNOWN: Mark.UNKNOWN,
    Outcome.WARN: Mark.WARNED,
    Outcome.SKIP: Mark.SKIPPED,
    Outcome.PASS: Mark.PASSED,
}


def mark(checked: Checked, fail_level: Level) -> Mark:
    """What ``checked`` is where failures count from ``fail_level`` on."""
    if checked.outcome is Outcome.FAIL:
        if not checked.counts:
            return Mark.EXPECTED
        return Mark.FAILED if checked.about.level.weight >= fail_level.weight else Mark.BELOW
    return Mark.FIXED if checked.fixed else _MARKS[checked.outcome]


def reason(checked: Checked, fail_level: Level) -> str:
    """Why it is not simply passed or failed, and then why it is so, on one line; may be empty."""
    lead = {
        Mark.BELOW: checked.about.level.value,
        Mark.EXPECTED: "expected failure",
        Mark.UNKNOWN: "could not tell",
        Mark.FIXED: "passes, although the baseline says that it fails",
    }.get(mark(checked, fail_level), "")
    return ": ".join(part for part in (lead, one_line(checked.why)) if part)


def succeeded(run: Run, fail_level: Level) -> bool:
    """Whether it came to its end without a failure that counts."""
    return not run.stopped and all(mark(each, fail_level) is not Mark.FAILED for each in run.checked)


def ran_nothing(run: Run) -> bool:
    """Whether it was stopped before any check was run: then there is no failure to show that something is wrong."""
    return bool(run.stopped) and all(each.outcome is Outcome.SKIP for each in run.checked)


def remarks(run: Run) -> list[str]:
    """What a run says beside its checks, a line each."""
    return [
        *([f"stopped: {one_line(run.stopped)}"] if run.stopped else []),
        *([f"left behind: {one_line(run.left)}"] if run.left else []),
        *(f"not asked: {one_line(skipped.what)}: {one_line(skipped.why)}" for skipped in run.skipped),
    ]


def target(run: Run) -> str:
    """The URL, without a password."""
    return one_line(without_credentials(run.target))


def name(checked: Checked) -> str:
    """How a check is listed: its id, which lasts, and what it asks."""
    return f"{one_line(checked.about.id)}: {one_line(checked.about.title)}"


def asked(run: Run, checked: Checked) -> list[str]:
    """The requests of a check and their answers, a line each."""
    lines = [_line(run.exchanges[number]) for number in checked.exchanges[:MOST_EXCHANGES]]
    more = len(checked.exchanges) - len(lines)
    return [*lines, f"and {more} more"] if more else lines


def _line(exchange: Exchange) -> str:
    # A query can hold a secret (a signature, a session), and so can what stands before the host.
    url = exchange.request.url
    path = without_credentials(url).removeprefix(origin(url)).partition("?")[0].partition("#")[0]
    outcome = exchange.outcome
    answer = f"no answer ({outcome.kind.value})" if isinstance(outcome, NoResponse) else str(outcome.status)
    return f"{one_line(exchange.request.method)} {one_line(path) or '/'}: {answer}"


def details(run: Run, checked: Checked) -> list[str]:
    """Clause, litmus's twin, requests and findings, a line each."""
    about = checked.about
    return [
        f"{about.level.value} by {one_line(about.reference)}",
        *([f"litmus: {one_line(about.litmus)}"] if about.litmus else []),
        *asked(run, checked),
        *([f"findings: {', '.join(map(one_line, checked.findings))}"] if checked.findings else []),
    ]


def began(run: Run) -> datetime:
    """In UTC."""
    return datetime.fromtimestamp(run.began_at, UTC)
