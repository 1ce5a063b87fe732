"""From a listing or a walk to the result that is shown."""

from dataclasses import replace
from typing import TYPE_CHECKING

from davlock.diagnosis.diagnosis import Diagnosis
from davlock.diagnosis.fact import NotAsked
from davlock.diagnosis.verdict import Verdict
from davlock.render.build_result import result
from davlock.render.result import LockView, Result

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
        return replace(shape, verdict=Verdict.BLOCKED if shape.locks else Verdict.CLEAR, methods=())
    return shape


def walk_result(walked: "Walked", diagnosis: Diagnosis, views: tuple[LockView, ...] | None) -> Result:
    """The RESULT of a walk that shows ``views`` of the locks that it found; ``None`` if the server shows none."""
    shape = result(diagnosis)
    if not walked.ok:
        return shape
    if views or walked.end is not None:
        shape = drop_target_findings(shape)
    return replace(shape, locks=views, exchanges=walked.exchanges, extra=(walk_numbers(walked, len(views or ())),))


def drop_target_findings(result: Result) -> Result:
    """Without the good news that the target itself is free: more than the target is listed, or could not be."""
    return replace(result, findings=tuple(entry for entry in result.findings if entry.id != "no-lock"))


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
