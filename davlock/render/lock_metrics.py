"""Metrics of the locks that ``davlock locks`` lists: how many, how old, and when the next one ends."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from davlock.protocol.lock import Depth, LockScope
from davlock.protocol.url import without_credentials
from davlock.render.lock_list import end_of
from davlock.render.metric_family import END, Sample, family
from davlock.render.result import LockView, Result
from davlock.render.sinks import one_line

Labels = dict[str, str]


def document(results: Sequence[Result], *, now: float) -> str:
    """Returns the exposition, with ``# EOF``; ``now`` in seconds since 1970. A target that is there twice counts once.

    What is not known has no sample: a target whose locks could not be read, a lock of unknown age.
    """
    targets = {tuple(_labels(result).items()): result for result in results}
    answers = [(dict(labels), result) for labels, result in targets.items()]
    read = [(labels, result.locks) for labels, result in answers if result.locks is not None]

    def each(value: Callable[[Sequence[LockView]], float | None]) -> Iterator[Sample]:
        for labels, locks in read:
            if (known := value(locks)) is not None:
                yield "", labels, known

    lines = [
        *_gauge("", "Number of locks by scope and depth.", _counts(read)),
        *_gauge("_infinite", "Number of locks that never expire.", each(_infinite)),
        *_gauge("_oldest_seconds", "Age of the oldest lock whose age is known.", each(_oldest), unit="seconds"),
        *_gauge("_age_unknown", "Number of listed locks whose age is not known.", each(_age_unknown)),
        *_gauge(
            "_undecided",
            "Number of locks that are not listed although they may meet the filter.",
            (("", labels, _undecided(result)) for labels, result in answers if result.locks is not None),
        ),
        *_gauge(
            "_next_end_timestamp_seconds",
            "When the next lock ends, in seconds since 1970.",
            each(_next_end),
            unit="seconds",
        ),
        *_gauge(
            "_complete",
            "1 if davlock read everything, and the server shows all that it must know of its locks.",
            (("", labels, _is_complete(result)) for labels, result in answers),
        ),
        *_gauge(
            "_timestamp_seconds",
            "When davlock finished, in seconds since 1970.",
            (("", labels, now) for labels, _ in answers),
            unit="seconds",
        ),
        END,
    ]
    return "\n".join(lines)


def _labels(result: Result) -> Labels:
    """The target, and the part of it: several shards of one target are several series."""
    labels = {"target": one_line(without_credentials(result.target or ""))}
    walk = dict(result.extra).get("walk")
    shard = walk.get("shard") if isinstance(walk, dict) else None
    return {**labels, "shard": f"{shard['number']}/{shard['count']}"} if shard else labels


def _counts(read: Sequence[tuple[Labels, Sequence[LockView]]]) -> Iterator[Sample]:
    """Yields zeros, too: an alert on a missing series stays silent."""
    for labels, locks in read:
        counted = Counter((lock.lock.scope, lock.lock.depth) for lock in locks)
        usual = [(scope, depth) for scope in LockScope for depth in (Depth.ZERO, Depth.INFINITY)]
        for scope, depth in dict.fromkeys([*usual, *counted]):
            words = {"scope": scope.value if scope else "unknown", "depth": depth.value if depth else "unknown"}
            yield "", {**labels, **words}, counted[scope, depth]


def _infinite(locks: Sequence[LockView]) -> float:
    return sum(lock.endless for lock in locks)


def _oldest(locks: Sequence[LockView]) -> float | None:
    return max((lock.age.seconds for lock in locks if lock.age is not None), default=None)


def _age_unknown(locks: Sequence[LockView]) -> float:
    return sum(lock.age is None for lock in locks)


def _next_end(locks: Sequence[LockView]) -> float | None:
    return min((end.timestamp() for lock in locks if (end := end_of(lock)) is not None), default=None)


def _undecided(result: Result) -> float:
    return result.filtered.unknown if result.filtered is not None else 0


def _is_complete(result: Result) -> bool:
    walk = dict(result.extra).get("walk")
    unread = walk.get("unread") if isinstance(walk, dict) else 0
    whole = not unread and all(entry.what != "members" for entry in result.skipped)
    return result.locks is not None and whole and not _undecided(result)


def _gauge(name: str, about: str, samples: Iterator[Sample], *, unit: str = "") -> Iterator[str]:
    return family(f"davlock_locks{name}", "gauge", about, samples, unit=unit)
