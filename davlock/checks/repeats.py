"""Several runs at one target as one run."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from davlock.checks.results import OUTCOMES, Checked, Run
from davlock.protocol.message import Exchange


def merged(runs: Sequence[Run]) -> Run:
    """Several runs at one target as one: of each check the worst outcome, and in how many runs it was so."""
    if len(runs) == 1:
        return runs[0]
    offset = 0
    exchanges: list[Exchange] = []
    by_check: dict[str, list[Checked]] = {}
    one_user: int | None = None
    for one in runs:
        if one_user is None and one.one_user is not None:
            one_user = one.one_user + offset
        for checked in one.checked:
            by_check.setdefault(checked.about.id, []).append(_moved(checked, offset))
        exchanges += one.exchanges
        offset += len(one.exchanges)
    last = runs[-1]
    return replace(
        last,
        checked=tuple(map(_worst, by_check.values())),
        exchanges=tuple(exchanges),
        left="; ".join(one.left for one in runs if one.left),
        stopped=next((one.stopped for one in runs if one.stopped), ""),
        stop=next((one.stop for one in runs if one.stop), None),
        refused_user=next((one.refused_user for one in runs if one.stop), ""),
        elapsed_ms=sum(one.elapsed_ms for one in runs),
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
    each = list(same)
    worst = min(each, key=lambda checked: OUTCOMES.index(checked.outcome))
    alike = sum(checked.outcome is worst.outcome for checked in each)
    if alike == len(each):
        return worst
    return replace(worst, why=f"in {alike} of {len(each)} runs: {worst.why}")
