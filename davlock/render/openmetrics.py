"""Metrics of the checks. The format does not allow the same labels twice, so runs at one target are merged."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from davlock.checks.results import OUTCOMES, Level, Run, ran_nothing, succeeded
from davlock.render.check_words import target
from davlock.render.metric_family import END, Sample, family
from davlock.render.sinks import one_line

QUANTILES = (0.5, 0.9, 0.99)


def document(runs: Sequence[Run], *, fail_level: Level) -> str:
    """Returns the exposition, with ``# EOF``."""
    by_target: dict[str, list[Run]] = {}
    for run in runs:
        by_target.setdefault(target(run), []).append(run)
    lines = [
        *_gauge(
            "success", "1 if the run reached its end and no check failed that counts.", _success(by_target, fail_level)
        ),
        *_gauge(
            "up",
            "1 if any check ran; 0 for example without an answer or a login.",
            (("", {"target": where}, not any(map(ran_nothing, some))) for where, some in by_target.items()),
        ),
        *_gauge("outcome", "1 for the outcome of a check.", _outcomes(by_target)),
        *_gauge("checks", "Number of checks by level and outcome.", _counts(by_target)),
        *_gauge(
            "seconds",
            "Duration of the checks.",
            (("", {"target": where}, sum(run.elapsed_ms for run in some) / 1000) for where, some in by_target.items()),
            unit="seconds",
        ),
        *_gauge(
            "timestamp_seconds",
            "Start of the checks, in seconds since 1970.",
            (("", {"target": where}, max(run.began_at for run in some)) for where, some in by_target.items()),
            unit="seconds",
        ),
        *_family("request_seconds", "summary", "Duration of requests.", _requests(by_target), unit="seconds"),
        *_gauge(
            "scratch_left",
            "1 if davlock could not remove something that the checks created.",
            (("", {"target": where}, any(run.left for run in some)) for where, some in by_target.items()),
        ),
        END,
    ]
    return "\n".join(lines) + "\n"


def _success(by_target: dict[str, list[Run]], fail_level: Level) -> Iterator[Sample]:
    for where, runs in by_target.items():
        yield "", {"target": where}, all(succeeded(run, fail_level) for run in runs)


def _outcomes(by_target: dict[str, list[Run]]) -> Iterator[Sample]:
    for where, runs in by_target.items():
        labels = dict.fromkeys(
            (
                one_line(checked.about.id),
                one_line(checked.about.group),
                checked.about.level.value,
                checked.outcome.value,
            )
            for run in runs
            for checked in run.checked
        )
        for check, group, level, outcome in labels:
            yield "", {"target": where, "check": check, "group": group, "level": level, "outcome": outcome}, 1


def _counts(by_target: dict[str, list[Run]]) -> Iterator[Sample]:
    """Yields zeros, too: an alert on a missing series stays silent."""
    for where, runs in by_target.items():
        counted = Counter((checked.about.level, checked.outcome) for run in runs for checked in run.checked)
        for level in Level:
            for outcome in OUTCOMES:
                yield "", {"target": where, "level": level.value, "outcome": outcome.value}, counted[level, outcome]


def _requests(by_target: dict[str, list[Run]]) -> Iterator[Sample]:
    for where, runs in by_target.items():
        took: dict[str, list[float]] = {}
        for exchange in (exchange for run in runs for exchange in run.exchanges):
            if exchange.elapsed_ms is not None:
                took.setdefault(one_line(exchange.request.method), []).append(exchange.elapsed_ms / 1000)
        for method, seconds in sorted(took.items()):
            labels = {"target": where, "method": method}
            seconds.sort()
            for quantile in QUANTILES:
                yield "", {**labels, "quantile": str(quantile)}, seconds[math.ceil(quantile * len(seconds)) - 1]
            yield "_sum", labels, math.fsum(seconds)
            yield "_count", labels, len(seconds)


def _gauge(name: str, about: str, samples: Iterable[Sample], *, unit: str = "") -> Iterator[str]:
    return _family(name, "gauge", about, samples, unit=unit)


def _family(name: str, kind: str, about: str, samples: Iterable[Sample], *, unit: str = "") -> Iterator[str]:
    return family(f"davlock_check_{name}", kind, about, samples, unit=unit)
