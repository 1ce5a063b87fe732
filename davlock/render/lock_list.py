"""The locks of a target as a list for people: who holds each, how long, and until when."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from davlock.diagnosis.age import AgeSource
from davlock.diagnosis.expiry import on_our_clock
from davlock.diagnosis.wording import seconds_in_words
from davlock.locks.server_record import lock_comment
from davlock.protocol.natural_order import natural_key
from davlock.protocol.url import same_origin
from davlock.render.local_time import in_local_zone, local_time
from davlock.render.notes import note_lines
from davlock.render.plural import count
from davlock.render.result import LockView, Result
from davlock.render.row_list import AlignedLines, RowColumn, RowList, last_name, place_below, row_list
from davlock.values import dataclass

SCREENFUL = 20
"""Rows beyond which the head of a list has left the screen, so that its last line counts them again."""

NEVER = "never expires"
NOT_SHOWN = "not shown"

_TAKEN = (AgeSource.LOCK_TIME, AgeSource.SVN_DATE, AgeSource.LEDGER, AgeSource.UUID1)
"""The sources that say when a lock was taken. A countdown says what LEFT says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListView:
    """How a person wants a list: at this moment, with ``tokens``, and with the ``command`` to go on."""

    now: datetime
    tokens: bool = False
    command: tuple[str, ...] = ()
    """The words before the URL that it is about, such as ``davlock diagnose -u bob``; empty: none is printed."""
    named: Callable[[str], tuple[str, ...]] = lambda url: (url,)
    """The words by which a command names a URL."""


def lock_list(result: Result, view: ListView) -> RowList:
    """Returns the locks of ``result`` as rows, in natural order."""
    places = {id(lock): place_below(lock.url, result.target) for lock in result.locks or ()}
    locks = sorted(result.locks or (), key=lambda lock: natural_key(places[id(lock)]))
    on_target = all(places[id(lock)] == "./" for lock in locks)
    names = ["" if on_target else places[id(lock)] for lock in locks]
    return listed(names, locks, result, view, where="on" if on_target else "below")


def listed(
    names: Sequence[str],
    locks: Sequence[LockView | None],
    result: Result,
    view: ListView,
    *,
    where: str,
    at_root: bool = False,
) -> RowList:
    """Returns a list with ``names`` in its first column, each with the lock of the same place, if there is one.

    ``where`` the locks are from the target: ``below`` it, or ``on`` it. ``at_root``: each name is where its lock was
    taken, so that no column need say it.
    """
    there = [lock for lock in locks if lock is not None]
    ends = [end for lock in there if (end := end_of(lock)) is not None]
    taken = [moment for lock in there if (moment := _taken_at(lock, view.now)) is not None]
    zone = common_zone([*ends, *taken])  # said once, with the last of the times

    def cells(lock: LockView | None) -> list[str]:
        if lock is None:
            return [""] * (len(columns) - 1)
        return _cells(lock, result.target, view.now, zone=not zone, at_root=at_root)

    columns = (
        RowColumn(title="FILE", whole=at_root, path=True),  # the lines of a tree must not break
        RowColumn(title="HOLDER"),
        RowColumn(title="COMMENT"),
        RowColumn(title=_with_zone("SINCE", "" if ends else zone), whole=True, dated=True),
        RowColumn(title="SCOPE", common="{}", whole=True, spare=True),
        RowColumn(title="DEPTH", common="depth {}", whole=True, spare=True),
        RowColumn(title="LOCK IS ON", path=True),
        RowColumn(title="LEFT", whole=True, right=True),
        RowColumn(title=_with_zone("ENDS", zone), whole=True, dated=True),
    )
    tokens = [lock for lock in there if lock.lock.token is not None]
    return row_list(
        columns,
        [(name, *cells(lock)) for name, lock in zip(names, locks, strict=True)],
        head=f"{count(len(there), 'lock')} {where} {result.target}" if result.target else "",
        lines=token_lines(tokens, result.target) if view.tokens else (),
        foot=(
            *(f"Note: {line}" for line in note_lines(result.skipped)),
            *_foot(there, result.target, view, hides_tokens=bool(tokens) and not view.tokens),
        ),
        commands=_commands(there, result.target, view),
    )


def token_lines(locks: Iterable[LockView], target: str | None) -> AlignedLines:
    """Returns each token behind the place that it locks."""
    return AlignedLines(
        tuple((_place(lock, target), lock.lock.token.uri) for lock in locks if lock.lock.token is not None)
    )


def _place(lock: LockView, target: str | None) -> str:
    place = place_below(lock.url, target)
    return last_name(lock.url) if place == "./" else place


def end_of(lock: LockView) -> datetime | None:
    """Returns when a lock ends by the clock of the reader; ``None`` where that is not known."""
    return on_our_clock(lock.ends_at, lock.ahead) if lock.ends_at is not None else None


def left_in_words(lock: LockView) -> str:
    """Returns how long a lock lasts, if the server shows it."""
    if lock.endless:
        return NEVER
    if lock.time is None:
        return lock.lock.timeout.as_sent if lock.lock.timeout is not None else NOT_SHOWN
    if lock.time.left is not None:
        return f"{'' if lock.ends_at is not None else 'at most '}{seconds_in_words(lock.time.left)}"
    return f"granted {seconds_in_words(lock.time.granted)}" if lock.time.granted is not None else NOT_SHOWN


def common_zone(moments: Iterable[datetime]) -> str:
    """Returns the name of the zone in which all of them are here; empty if summer time begins or ends in between."""
    zones = {in_local_zone(moment).tzname() or "" for moment in moments}
    return zones.pop() if len(zones) == 1 else ""


def _with_zone(title: str, zone: str) -> str:
    return f"{title} ({zone})" if zone else title


def _cells(lock: LockView, target: str | None, now: datetime, *, zone: bool, at_root: bool) -> list[str]:
    """Returns all cells behind the first."""
    taken = _taken_at(lock, now)
    since = local_time(taken, now, zone=zone) if taken is not None else ""
    inferred = lock.age is not None and lock.age.source is AgeSource.UUID1
    ends = end_of(lock)
    elsewhere = lock.root if not lock.direct and not at_root else None
    return [
        lock.holder.name,
        " ".join(lock_comment(lock.lock).split()),
        f"likely {since}" if since and inferred else since,
        lock.lock.scope.value if lock.lock.scope is not None else "scope unknown",
        lock.lock.depth.value if lock.lock.depth is not None else "unknown",
        place_below(elsewhere, target) if elsewhere is not None else "",
        "" if lock.endless else left_in_words(lock),
        "never" if lock.endless else local_time(ends, now, zone=zone) if ends is not None else "",
    ]


def _taken_at(lock: LockView, now: datetime) -> datetime | None:
    if lock.age is None or lock.age.source not in _TAKEN:
        return None
    seen = now if lock.server_time is None else on_our_clock(lock.server_time, lock.ahead)
    return seen - timedelta(seconds=lock.age.seconds)


def _foot(locks: Sequence[LockView], target: str | None, view: ListView, *, hides_tokens: bool) -> list[str]:
    """Returns one line: the count where the head is out of sight, the next end, and where the tokens are."""
    parts = [count(len(locks), "lock")] if len(locks) > SCREENFUL else []
    if len(locks) > 1 and (first := _first_to_end(locks)) is not None and (end := end_of(first)):
        where = place_below(first.url, target)
        ends = local_time(end, view.now)
        parts.append(f"the next one ends {ends}{'' if where == './' else f' ({where})'}")
    if hides_tokens:
        parts.append("tokens: --tokens")
    line = " · ".join(parts)
    return [line[:1].upper() + line[1:]] if line else []


def _first_to_end(locks: Iterable[LockView]) -> LockView | None:
    return min(
        (lock for lock in locks if lock.ends_at is not None),
        key=lambda lock: lock.ends_at or datetime.max,
        default=None,
    )


def _commands(locks: Sequence[LockView], target: str | None, view: ListView) -> list[tuple[str, ...]]:
    """Returns the command that says more of one lock: of the next to end, else of the first; rather of another's."""
    if not view.command or not locks:
        return []
    others = [lock for lock in locks if not lock.holder.you] or locks
    lock = _first_to_end(others) or others[0]
    return [(*view.command, *view.named(lock.url))] if target and same_origin(lock.url, target) else []
