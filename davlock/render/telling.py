"""The stories of a capture as results: what each was, and beside it what was read and is not told."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from davlock.diagnosis.evidence import Evidence, from_exchanges
from davlock.diagnosis.finding import Finding
from davlock.diagnosis.resource import read_propfind
from davlock.diagnosis.story import STORY_LIMIT, Story, Telling
from davlock.locks.observed import ObservedLock
from davlock.operations.results import Skipped
from davlock.protocol.deviation import Deviation
from davlock.protocol.message import Exchange
from davlock.protocol.url import resolve, same_path
from davlock.render.assembly import result
from davlock.render.result import Result

Judge = Callable[[Story], tuple[Evidence, tuple[Finding, ...]]]

REMARKS = 5
"""Remarks on how a capture could be read that are shown."""


def results(
    exchanges: tuple[Exchange, ...], telling: Telling, judge: Judge, *, deviations: Iterable[Deviation] = ()
) -> Iterator[Result]:
    """One result for each story in ``exchanges``, as ``judge`` judges it; where there is none, one that says what was
    read.

    The last has what was not told, and the ``deviations`` that reading the capture had to forgive.
    """
    remarks = tuple(
        Skipped(f"the capture's {deviation.where}".replace("the capture's capture", "the capture"), deviation.what)
        for deviation in dict.fromkeys(deviations)
    )[:REMARKS]
    if not telling.stories:
        found = _nothing_to_tell(exchanges)
        yield replace(found, skipped=(*found.skipped, *remarks))
    for number, story in enumerate(telling.stories, 1):
        last = number == len(telling.stories)
        skipped = (*_skipped(story), *((*_not_told(telling), *remarks) if last else ()))
        evidence, findings = judge(story)
        told = result(evidence, findings, skipped=skipped, rows=_listed(story))
        if not told.answer and story.subjects:
            method = story.exchanges[story.subjects[-1]].request.method
            told = replace(told, answer=f"{method or 'The request'} had no answer")
        several = len(telling.stories) > 1
        yield replace(told, heading=_heading(told, number, len(telling.stories))) if several else told


def _listed(story: Story) -> tuple[ObservedLock, ...] | None:
    """The locks in a listing that shows some on members, which are not the target's own."""
    asked = story.exchanges[-1]
    if story.subjects or asked.request.method.upper() != "PROPFIND":
        return None
    answer = read_propfind(asked)
    if isinstance(answer, str):
        return None
    rows = tuple(
        ObservedLock(url=resolve(asked.request.url, element.hrefs[0]), lock=lock)
        for element in answer.responses
        for propstat in element.propstats
        if propstat.ok
        for lock in propstat.locks or ()
    )
    return rows if any(not same_path(row.url, story.target) for row in rows) else None


def _heading(told: Result, number: int, total: int) -> str:
    return " · ".join(part for part in (f"{number} of {total}", told.answer) if part)


def _skipped(story: Story) -> Iterable[Skipped]:
    if story.alike:
        asked = story.exchanges[story.subjects[-1] if story.subjects else -1]
        what = f"{story.alike} more {asked.request.method} request{'s' if story.alike > 1 else ''}"
        answer = "had no answer" if asked.status is None else f"answered {asked.status}"
        yield Skipped(what, f"{answer} as well, on other resources of this server")
    if story.left_out:
        yield Skipped(f"{story.left_out} more exchanges on this resource", "repetitions, or long before the last ones")
    if story.unexplained:
        why = f"of one resource the last {len(story.subjects)} are explained"
        yield Skipped(f"{story.unexplained} earlier refusals of other kinds", why)


def _not_told(telling: Telling) -> Iterable[Skipped]:
    if telling.passed_over:
        what = f"failed reads of {telling.passed_over} other resource{'s' if telling.passed_over > 1 else ''}"
        yield Skipped(what, "no write was tried there, and nothing was said about locks")
    if telling.untold:
        why = f"of one capture, {STORY_LIMIT} are told; cut it down to those in question"
        yield Skipped(f"{telling.untold} more resources with trouble", why)


def _nothing_to_tell(exchanges: tuple[Exchange, ...]) -> Result:
    what = f"{len(exchanges)} exchanges"
    why = "none failed, and none was about a lock"
    found = result(from_exchanges(exchanges, target="", guess=False), (), skipped=())
    return replace(found, answer=f"{what} were read: {why}", went_well=True, skipped=(Skipped(what, why),))
