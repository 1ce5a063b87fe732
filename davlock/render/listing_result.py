"""From a listing or a walk to the result that is shown."""

from dataclasses import replace
from typing import TYPE_CHECKING

from davlock.diagnosis.diagnosis import Diagnosis
from davlock.diagnosis.fact import NotAsked
from davlock.diagnosis.lock_filter import Selection
from davlock.diagnosis.lock_verdict import lock_verdict
from davlock.diagnosis.verdict import Verdict
from davlock.render.build_result import result
from davlock.render.result import Filtered, LockView, Result

if TYPE_CHECKING:  # a listing needs no walk
    from davlock.operations.listing import Listing
    from davlock.operations.walk.walked import Walked


def listing_result(listing: "Listing", diagnosis: Diagnosis) -> Result:
    """The RESULT of a listing. Its verdict is ``unknown`` where the server does not show its locks."""
    shape = result(diagnosis)
    if listing.missing or not listing.ok:
        return shape
    if listing.locks is None:
        return replace(shape, verdict=Verdict.UNKNOWN)
    if shape.verdict is Verdict.UNKNOWN and isinstance(listing.evidence.locks, NotAsked):
        # A listing too long to be kept whole: its rows are all there is to go by.
        free = Verdict.UNKNOWN if listing.dropped else Verdict.CLEAR
        return replace(shape, verdict=Verdict.BLOCKED if shape.locks else free, methods=())
    return shape


def walk_result(walked: "Walked", diagnosis: Diagnosis, views: tuple[LockView, ...] | None) -> Result:
    """The RESULT of a walk that shows ``views``: all locks that it found, or ``None`` if the server shows none."""
    if not walked.ok:
        return result(diagnosis)
    verdict = lock_verdict(replace(diagnosis.evidence, member_locks=walked.member_locks))
    shape = result(replace(diagnosis, in_the_way=verdict), locks=views or ())
    if views or walked.end is not None:
        # That the target itself is free is no news: more than the target is listed, or could not be.
        shape = replace(shape, findings=tuple(entry for entry in shape.findings if entry.id != "no-lock"))
    return replace(shape, locks=views, exchanges=walked.exchanges, extra=(walk_numbers(walked, len(views or ())),))


def filtered(result: Result, selection: Selection) -> Result:
    """``result`` with the locks alone that surely meet ``selection``."""
    if selection.empty or result.locks is None:
        return result
    chosen = selection.choose(result.locks)
    numbers = {id(view): number for number, view in enumerate(chosen.locks)}
    methods = tuple(
        (method, replace(met, lock=numbers.get(id(result.locks[met.lock])) if met.lock is not None else None))
        for method, met in result.methods
    )
    extra = tuple(
        (key, {**value, "locks": len(chosen.locks)} if key == "walk" and isinstance(value, dict) else value)
        for key, value in result.extra
    )
    kept_back = Filtered(left_out=chosen.left_out, unknown=chosen.unknown, why_unknown=chosen.why_unknown)
    return replace(result, locks=chosen.locks, methods=methods, filtered=kept_back, extra=extra)


def walk_numbers(walked: "Walked", locks: int) -> tuple[str, object]:
    """What was read, for JSON; ``locks`` are listed."""
    numbers: dict[str, object] = {
        "collections": walked.collections,
        "resources": walked.resources,
        "locks": locks,
        "unread": walked.unread,
    }
    if walked.shard is not None:
        numbers["shard"] = {
            "number": walked.shard.shard.number,
            "count": walked.shard.shard.count,
            "shared": walked.shard.shared,
            "division": walked.shard.division,
        }
    return "walk", numbers
