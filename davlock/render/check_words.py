"""The words for a check, the same in every report for a pipeline.

``why``, paths and targets can contain text from a server: here each becomes one harmless line.
"""

from datetime import UTC, datetime

from davlock.checks.results import Checked, Level, Mark, Run, mark
from davlock.errors import NoResponse
from davlock.protocol.message import Exchange
from davlock.protocol.url import origin, without_credentials
from davlock.render.sinks import one_line

MOST_EXCHANGES = 50
"""The most exchanges of one check that a report shows."""


def reason(checked: Checked, fail_level: Level) -> str:
    """Returns how the outcome counts and why the check has it, on one line; may be empty."""
    lead = {
        Mark.BELOW: checked.about.level.value,
        Mark.EXPECTED: "expected failure",
        Mark.UNKNOWN: "undecided",
        Mark.FIXED: "passed, although --expect names it",
    }.get(mark(checked, fail_level), "")
    return ": ".join(part for part in (lead, one_line(checked.why)) if part)


def remarks(run: Run) -> list[str]:
    """Returns what a run says beyond its checks, one line each."""
    return [
        *([f"stopped: {one_line(run.stopped)}"] if run.stopped else []),
        *([f"left behind: {one_line(run.left)}"] if run.left else []),
        *(f"not asked: {one_line(skipped.what)}: {one_line(skipped.why)}" for skipped in run.skipped),
    ]


def target(run: Run) -> str:
    """Returns the URL, without a password."""
    return one_line(without_credentials(run.target))


def name(checked: Checked) -> str:
    """Returns id and title of a check."""
    return f"{one_line(checked.about.id)}: {one_line(checked.about.title)}"


def asked(run: Run, checked: Checked) -> list[str]:
    """Returns the requests of a check and their answers, one line each."""
    lines = [_line(run.exchanges[number]) for number in checked.exchanges[:MOST_EXCHANGES]]
    unnamed = len(checked.exchanges) - len(lines)
    return [*lines, f"and {unnamed} more"] if unnamed else lines


def _line(exchange: Exchange) -> str:
    # A query can contain a secret, such as a signature or a session. So can the part before the host.
    url = exchange.request.url
    path = without_credentials(url).removeprefix(origin(url)).partition("?")[0].partition("#")[0]
    outcome = exchange.outcome
    answer = f"no answer ({outcome.kind.value})" if isinstance(outcome, NoResponse) else str(outcome.status)
    return f"{one_line(exchange.request.method)} {one_line(path) or '/'}: {answer}"


def details(run: Run, checked: Checked) -> list[str]:
    """Returns clause, litmus test, requests and findings, one line each."""
    about = checked.about
    return [
        f"{about.level.value} by {one_line(about.reference)}",
        *([f"litmus: {one_line(about.litmus)}"] if about.litmus else []),
        *asked(run, checked),
        *([f"findings: {', '.join(map(one_line, checked.findings))}"] if checked.findings else []),
    ]


def start_time(run: Run) -> datetime:
    """Returns when the run began, in UTC."""
    return datetime.fromtimestamp(run.began_at, UTC)
