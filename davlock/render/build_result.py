"""From evidence and its findings to the result that is shown; of a capture, one result for each story."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from davlock.diagnosis.age import age, age_at
from davlock.diagnosis.build_evidence import from_exchanges
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known, NotAsked, Unreadable
from davlock.diagnosis.finding import Finding
from davlock.diagnosis.first_line import first_line
from davlock.diagnosis.incidents import INCIDENT_LIMIT, Incident, Incidents
from davlock.diagnosis.lock_verdict import LockVerdict, lock_verdict
from davlock.diagnosis.predicates.applications import application_refusal
from davlock.diagnosis.resource import read_propfind
from davlock.diagnosis.skipped import Skipped
from davlock.diagnosis.wording import has_no_end, is_overdue
from davlock.locks.observed import ObservedLock
from davlock.locks.server_record import server_record
from davlock.operations.results import PropertyRow
from davlock.protocol.deviation import Deviation
from davlock.protocol.lock import ActiveLock, Depth
from davlock.protocol.message import Exchange
from davlock.protocol.url import resolve, same_path
from davlock.render.result import LockView, MethodView, Result


def result(
    evidence: Evidence,
    findings: tuple[Finding, ...],
    *,
    skipped: Iterable[Skipped] = (),
    rows: tuple[ObservedLock, ...] | None = None,
    properties: tuple[PropertyRow, ...] | None = None,
) -> Result:
    """From evidence and its findings. ``rows`` are the locks of a listing, which says more than the target's own."""
    locks: tuple[LockView, ...] | None = None
    judged = lock_verdict(evidence)
    if rows is not None:
        locks = tuple(_row(row, evidence) for row in rows)
        if locks:
            # It speaks of the collection itself, and here its members' locks are listed.
            findings = tuple(entry for entry in findings if entry.id != "no-lock")
    elif isinstance(evidence.locks, Known):
        locks = tuple(
            LockView(
                url=covering.seen_on,
                lock=covering.lock,
                root=covering.root,
                direct=covering.direct,
                mine=evidence.is_yours(covering.lock),
                held=covering.held,
                endless=has_no_end(covering.lock, evidence),
                ends_at=_ends_at(covering.lock, evidence, covering.exchange),
                age=age(covering.lock, evidence, covering.exchange),
            )
            for covering in judged.locks
        )
    locks = _granted_first(locks, evidence)
    return Result(
        target=evidence.target or None,
        verdict=judged.verdict,
        methods=_methods(judged, locks) if evidence.target else (),
        first_line=first_line(evidence, judged),
        product=evidence.server.name if evidence.server else None,
        product_title=evidence.server.title if evidence.server else "",
        dav=evidence.dav.value if isinstance(evidence.dav, Known) else (),
        allow=evidence.allow.value if isinstance(evidence.allow, Known) else None,
        locks=locks,
        findings=findings,
        skipped=(*skipped, *_not_told(evidence)),
        exchanges=evidence.exchanges,
        properties=properties,
        answer=_answer(evidence),
        went_well=evidence.response is not None and evidence.response.ok and not evidence.refusals,
    )


def _methods(judged: LockVerdict, locks: tuple[LockView, ...] | None) -> tuple[tuple[str, MethodView], ...]:
    """By number in ``locks``, whose order is not that of the verdict: the lock just taken stands first."""
    shown = [view.lock for view in locks or ()]
    return tuple(
        (
            method,
            MethodView(
                met.verdict, next((shown.index(lock.lock) for lock in met.locks if lock.lock in shown), None), met.why
            ),
        )
        for method, met in judged.methods
    )


def _answer(evidence: Evidence) -> str:
    response = evidence.response
    if response is None:
        return ""
    reason = f" {response.reason}" if response.reason else ""
    return f"{evidence.method or 'The request'} was answered {response.status}{reason}"


def _row(row: ObservedLock, evidence: Evidence) -> LockView:
    root = row.lock.root.url if row.lock.root else None
    if root is None and row.lock.depth is Depth.ZERO:
        root = row.url  # a lock of depth 0 is shown nowhere but at its root
    return LockView(
        url=row.url,
        lock=row.lock,
        root=root,
        direct=None if root is None else same_path(root, row.url),
        mine=evidence.is_yours(row.lock),
        endless=has_no_end(row.lock, evidence),
        ends_at=_ends_at(row.lock, evidence, len(evidence.exchanges) - 1),
        age=age(row.lock, evidence, len(evidence.exchanges) - 1),
    )


def found_view(found: ObservedLock, evidence: Evidence) -> LockView:
    """A lock that a walk found; ``evidence`` is of the first look at its target."""
    lock, seen = found.lock, found.observation
    at = seen.date if seen is not None else None
    return LockView(
        url=found.url,
        lock=lock,
        root=found.root,
        direct=None if found.root is None else same_path(found.root, found.url),
        mine=evidence.is_yours(lock),
        endless=has_no_end(lock, evidence),
        ends_at=_ends(lock, evidence, at),
        age=age_at(lock, evidence, at),
        inside=found.inside,
        seen_at=datetime.fromtimestamp(seen.received, UTC) if seen is not None and seen.received is not None else None,
        server_time=at if seen is not None and seen.quick else None,
    )


def _granted_first(locks: tuple[LockView, ...] | None, evidence: Evidence) -> tuple[LockView, ...] | None:
    """The lock just taken stands first, with its token, even where the server does not show it again."""
    granted = evidence.granted
    if granted is None or granted.token is None:
        return locks
    shown = [view for view in locks or () if view.lock.token == granted.token]
    dead = isinstance(evidence.token_alive, Known) and not evidence.token_alive.value
    if not shown and not dead and not _shows_tokens(locks):
        root = granted.root.url if granted.root else None
        shown = [
            LockView(
                url=evidence.target,
                lock=granted,
                root=root,
                direct=None if root is None else same_path(root, evidence.target),
                mine=True,
                held=True,
                endless=has_no_end(granted, evidence),
                ends_at=_ends_at(granted, evidence, evidence.subject or 0, just_granted=True),
            )
        ]
    if not shown:
        return locks
    others = [view for view in locks or () if view.lock.token != granted.token]
    # Where tokens are hidden, one of the locks shown is the one just taken.
    hidden = next((view for view in others if view.lock.token is None and view.lock.scope == granted.scope), None)
    return (*shown, *(view for view in others if view is not hidden))


def _shows_tokens(locks: tuple[LockView, ...] | None) -> bool:
    return any(view.lock.token is not None for view in locks or ())


def _ends_at(lock: ActiveLock, evidence: Evidence, exchange: int, *, just_granted: bool = False) -> datetime | None:
    """By the server's own Date: its clock decides when the lock ends."""
    return _ends(lock, evidence, evidence.answered_at(exchange), just_granted=just_granted)


def _ends(
    lock: ActiveLock, evidence: Evidence, when: datetime | None, *, just_granted: bool = False
) -> datetime | None:
    if (ends := server_record(lock).ends) is not None:
        return ends
    counts = just_granted or (evidence.server is not None and evidence.server.counts_down is True)
    seconds = lock.timeout.seconds if lock.timeout else None
    if not counts or seconds is None or has_no_end(lock, evidence) or is_overdue(lock.timeout):
        return None
    try:
        return when.astimezone(UTC) + timedelta(seconds=seconds) if when else None
    except OverflowError:
        return None


def _not_told(evidence: Evidence) -> tuple[Skipped, ...]:
    if isinstance(evidence.locks, Unreadable):
        return (Skipped("locks", evidence.locks.reason),)
    if isinstance(evidence.locks, NotAsked) and application_refusal(evidence) is None:
        return (Skipped("locks", evidence.locks.why),)
    return ()


# -- captures

Judge = Callable[[Incident], tuple[Evidence, tuple[Finding, ...]]]

REMARKS = 5
"""Remarks on how a capture could be read that are shown."""


def results(
    exchanges: tuple[Exchange, ...], telling: Incidents, judge: Judge, *, deviations: Iterable[Deviation] = ()
) -> Iterator[Result]:
    """One result for each story in ``exchanges``, as ``judge`` judges it; where there is none, one that says what was
    read.

    The last has what was not told, and the ``deviations`` that reading the capture had to forgive.
    """
    remarks = tuple(
        Skipped(f"the capture's {deviation.where}".replace("the capture's capture", "the capture"), deviation.what)
        for deviation in dict.fromkeys(deviations)
    )[:REMARKS]
    if not telling.incidents:
        found = _nothing_to_tell(exchanges)
        yield replace(found, skipped=(*found.skipped, *remarks))
    for number, story in enumerate(telling.incidents, 1):
        last = number == len(telling.incidents)
        skipped = (*_skipped(story), *((*_untold(telling), *remarks) if last else ()))
        evidence, findings = judge(story)
        told = result(evidence, findings, skipped=skipped, rows=_listed(story))
        if not told.answer and story.subjects:
            method = story.exchanges[story.subjects[-1]].request.method
            told = replace(told, answer=f"{method or 'The request'} had no answer")
        several = len(telling.incidents) > 1
        yield replace(told, heading=_heading(told, number, len(telling.incidents))) if several else told


def _listed(story: Incident) -> tuple[ObservedLock, ...] | None:
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


def _skipped(story: Incident) -> Iterable[Skipped]:
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


def _untold(telling: Incidents) -> Iterable[Skipped]:
    if telling.passed_over:
        what = f"failed reads of {telling.passed_over} other resource{'s' if telling.passed_over > 1 else ''}"
        yield Skipped(what, "no write was tried there, and nothing was said about locks")
    if telling.untold:
        why = f"of one capture, {INCIDENT_LIMIT} are told; cut it down to those in question"
        yield Skipped(f"{telling.untold} more resources with trouble", why)


def _nothing_to_tell(exchanges: tuple[Exchange, ...]) -> Result:
    what = f"{len(exchanges)} exchanges"
    why = "none failed, and none was about a lock"
    found = result(from_exchanges(exchanges, target="", guess=False), (), skipped=())
    return replace(found, answer=f"{what} were read: {why}", went_well=True, skipped=(Skipped(what, why),))
