"""The words for a check, the same in every report that a pipeline reads.

Text that came from a server stands in ``why``, in a path, in a target: each is one harmless line here.
"""

from datetime import UTC, datetime

from davlock.checks.results import Checked, Level, Mark, Run, mark
from davlock.errors import NoResponse
from davlock.protocol.message import Exchange
from davlock.protocol.url import origin, without_credentials
from davlock.render.sinks import one_line

MOST_EXCHANGES = 50
"""Exchanges of one check that are shown."""


def reason(checked: Checked, fail_level: Level) -> str:
    """Why it is not simply passed or failed, and then why it is so, on one line; may be empty."""
    lead = {
        Mark.BELOW: checked.about.level.value,
        Mark.EXPECTED: "expected failure",
        Mark.UNKNOWN: "could not tell",
        Mark.FIXED: "passes, although the baseline says that it fails",
    }.get(mark(checked, fail_level), "")
    return ": ".join(part for part in (lead, one_line(checked.why)) if part)


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
    unnamed = len(checked.exchanges) - len(lines)
    return [*lines, f"and {unnamed} more"] if unnamed else lines


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


def start_time(run: Run) -> datetime:
    """In UTC."""
    return datetime.fromtimestamp(run.began_at, UTC)
