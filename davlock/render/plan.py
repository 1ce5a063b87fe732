"""The plan of a clean-up and what came of it: lines for pipes, a table for people."""

from collections.abc import Iterator, Sequence

from davlock.diagnosis.finding import Severity
from davlock.diagnosis.verdict import Verdict
from davlock.locks.server_record import holder_name
from davlock.operations.results import EVERY_LOCK, READ_BACK, Decision, ReleaseOutcome
from davlock.protocol.natural_order import natural_key
from davlock.render.lock_list import left_in_words
from davlock.render.result import PlanView, Result
from davlock.render.row_list import RowColumn, RowList, file_or_place, row_list
from davlock.render.sinks import exact
from davlock.render.tsv import row

COLUMNS = ("what", "lockroot", "owner", "token", "scope", "depth", "timeout", "age", "why")

_TITLES = {
    Decision.SKIP.value: "STAYS",
    Decision.RELEASE.value: "WOULD RELEASE",
    ReleaseOutcome.RELEASED.value: "RELEASED",
    ReleaseOutcome.ALREADY_GONE.value: "ALREADY GONE",
    ReleaseOutcome.SKIPPED.value: "LEFT ALONE",
    ReleaseOutcome.UNSURE.value: "NOT KNOWN",
    ReleaseOutcome.REFUSED.value: "REFUSED",
    "stands": "STILL LOCKED",
}
"""The word of the contract, as a person reads it; what needs attention comes last."""


def plan_lines(result: Result) -> Iterator[str]:
    """COLUMNS, a line a lock."""
    for view in result.plan or ():
        active = view.lock.lock
        yield row(
            (
                view.what,
                exact(view.lock.root or view.lock.url),
                holder_name(active) or None,
                exact(active.token.uri) if active.token else None,
                active.scope.value if active.scope else None,
                active.depth.value if active.depth else None,
                "infinite" if view.lock.endless else active.timeout.as_sent if active.timeout else None,
                view.lock.age.seconds if view.lock.age else None,
                view.because,
            )
        )


def plan_lists(result: Result, *, kept: bool) -> Iterator[RowList]:
    """Yields a list of the locks that had, or are to have, each outcome; of those that stay only if ``kept``."""
    views = sorted(result.plan or (), key=lambda view: natural_key(_place(view, result)))
    for what, title in _TITLES.items():
        chosen = [view for view in views if _group(view) == what]
        if chosen and (kept or what != Decision.SKIP.value):
            yield _plan_list(title, chosen, result)


def _plan_list(title: str, views: Sequence[PlanView], result: Result) -> RowList:
    reasons = ["" if view.because in (READ_BACK, EVERY_LOCK) else view.because for view in views]
    planned = views[0].outcome is None and not any(reasons)
    columns = (
        RowColumn(title=title, path=True),
        RowColumn(title="HOLDER"),
        RowColumn(title="LEFT", whole=True, right=True),
        RowColumn(title="WHY"),
    )
    rows = [
        (_place(view, result), view.lock.holder.name, left_in_words(view.lock) if planned else "", why)
        for view, why in zip(views, reasons, strict=True)
    ]
    return row_list(columns, rows)


def _group(view: PlanView) -> str:
    """The outcome; of an UNLOCK without effect, what is known all the same."""
    return "stands" if view.stands and view.outcome is ReleaseOutcome.UNSURE else view.what


def _place(view: PlanView, result: Result) -> str:
    return file_or_place(view.lock.root or view.lock.url, result.target)


def nothing_planned(result: Result) -> str:
    """Returns what is said of a tree without locks; empty where there are any, or where a finding says why not."""
    if result.plan or any(finding.is_cause and finding.severity is Severity.ERROR for finding in result.findings):
        return ""
    unknown = result.verdict is Verdict.UNKNOWN
    return "No lock was found, and not everything could be read." if unknown else "There are no locks."
