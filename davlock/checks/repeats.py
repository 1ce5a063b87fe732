"""Merge several runs at one target."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from davlock.checks.results import OUTCOMES, Checked, Run
from davlock.protocol.message import Exchange


def merge_runs(runs: Sequence[Run]) -> Run:
    """Merges several runs at one target: each check gets its worst outcome, and in how many runs it had that."""
    if len(runs) == 1:
        return runs[0]
    offset = 0
    exchanges: list[Exchange] = []
    by_check: dict[str, list[Checked]] = {}
    one_user: int | None = None
    for run in runs:
        if one_user is None and run.one_user is not None:
            one_user = run.one_user + offset
        for checked in run.checked:
            by_check.setdefault(checked.about.id, []).append(_moved(checked, offset))
        exchanges += run.exchanges
        offset += len(run.exchanges)
    last = runs[-1]
    return replace(
        last,
        checked=tuple(map(_worst, by_check.values())),
        exchanges=tuple(exchanges),
        left="; ".join(run.left for run in runs if run.left),
        stopped=next((run.stopped for run in runs if run.stopped), ""),
        stop=next((run.stop for run in runs if run.stop), None),
        command=next((run.command for run in runs if run.stop), ()),
        refused_user=next((run.refused_user for run in runs if run.stop), ""),
        elapsed_ms=sum(run.elapsed_ms for run in runs),
        began_at=runs[0].began_at,
        one_user=one_user,
    )


def _moved(checked: Checked, by: int) -> Checked:
    return replace(
        checked,
        exchanges=tuple(index + by for index in checked.exchanges),
        subject=None if checked.subject is None else checked.subject + by,
    )


def _worst(same: Iterable[Checked]) -> Checked:
    repeated = list(same)
    worst = min(repeated, key=lambda checked: OUTCOMES.index(checked.outcome))
    alike = sum(checked.outcome is worst.outcome for checked in repeated)
    if alike == len(repeated):
        return worst
    return replace(worst, why=f"in {alike} of {len(repeated)} runs: {worst.why}")
