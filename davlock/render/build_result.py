"""From a diagnosis to the result that is shown. Nothing is decided here."""

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from davlock.diagnosis.age import age, age_at
from davlock.diagnosis.diagnosis import Diagnosis
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.expiry import ends_at, time_shown
from davlock.diagnosis.fact import Known
from davlock.diagnosis.shown_locks import locks_to_show
from davlock.diagnosis.wording import has_no_end, holder_of
from davlock.locks.holder_words import YOU
from davlock.locks.observed import ObservedLock
from davlock.protocol.url import same_path
from davlock.render.result import LockView, MethodView, Result

if TYPE_CHECKING:
    from davlock.diagnosis.screen import TargetScreen


def result(diagnosis: Diagnosis, *, now: datetime | None = None, locks: tuple[LockView, ...] | None = None) -> Result:
    """The RESULT of a diagnosis; ``now`` is when a capture is read, and ``None`` for what was just asked.

    It shows the ``locks``, where those are known already.
    """
    evidence = diagnosis.evidence
    if locks is None:
        shown = locks_to_show(diagnosis)
        locks = None if shown is None else tuple(_view(lock, diagnosis) for lock in shown)
    return Result(
        target=evidence.target or None,
        verdict=diagnosis.verdict,
        methods=_methods(diagnosis, locks) if evidence.target else (),
        make_screen=partial(_screen, diagnosis, now),  # can be pickled
        product=evidence.server.name if evidence.server else None,
        product_title=evidence.server.title if evidence.server else "",
        dav=evidence.dav.value if isinstance(evidence.dav, Known) else (),
        allow=evidence.allow.value if isinstance(evidence.allow, Known) else None,
        locks=locks,
        findings=diagnosis.news,
        skipped=diagnosis.skipped,
        exchanges=diagnosis.exchanges,
        answer=diagnosis.answer,
        heading=_heading(diagnosis),
        went_well=diagnosis.went_well,
    )


def _screen(diagnosis: Diagnosis, now: datetime | None) -> "TargetScreen":
    from davlock.diagnosis.build_screen import build_screen  # only for people

    return build_screen(diagnosis, now=now)


def _heading(diagnosis: Diagnosis) -> str:
    """What tells it from others of one capture; empty where there are none."""
    if diagnosis.total == 1:
        return ""
    asked = " ".join(part for part in (diagnosis.evidence.method, diagnosis.evidence.target) if part)
    return " · ".join(part for part in (f"{diagnosis.number} of {diagnosis.total}", asked) if part)


def _view(shown: ObservedLock, diagnosis: Diagnosis) -> LockView:
    evidence = diagnosis.evidence
    seen = shown.observation.exchange if shown.observation is not None else None
    exchange = len(evidence.exchanges) - 1 if seen is None else seen
    # The lock just taken, where no answer shows it again: all that is known of it is what was granted.
    known = diagnosis.locks if diagnosis.listed is None else diagnosis.listed
    just_granted = shown.lock is evidence.granted and not any(shown.lock is lock.lock for lock in known)
    return LockView(
        url=shown.url,
        lock=shown.lock,
        holder=YOU if just_granted else holder_of(shown.lock, evidence),
        root=shown.root,
        direct=shown.direct,
        mine=True if just_granted else evidence.is_yours(shown.lock),
        held=shown.held,
        endless=has_no_end(shown.lock, evidence),
        ends_at=ends_at(shown.lock, evidence, evidence.answered_at(exchange), just_granted=just_granted),
        time=time_shown(shown.lock, evidence, evidence.answered_at(exchange)),
        age=None if just_granted else age(shown.lock, evidence, exchange),
        ahead=evidence.ahead,
    )


def _methods(diagnosis: Diagnosis, locks: tuple[LockView, ...] | None) -> tuple[tuple[str, MethodView], ...]:
    """By number in ``locks``, whose order is not that of the verdict: the lock just taken stands first."""
    shown = [view.lock for view in locks or ()]
    return tuple(
        (
            method,
            MethodView(
                met.verdict, next((shown.index(lock.lock) for lock in met.locks if lock.lock in shown), None), met.why
            ),
        )
        for method, met in diagnosis.methods
    )


def found_view(found: ObservedLock, evidence: Evidence) -> LockView:
    """A lock that a walk found; ``evidence`` is of the first look at its target."""
    lock, seen = found.lock, found.observation
    at = seen.date if seen is not None else None
    return LockView(
        url=found.url,
        lock=lock,
        holder=holder_of(lock, evidence),
        root=found.root,
        direct=None if found.root is None else same_path(found.root, found.url),
        mine=evidence.is_yours(lock),
        endless=has_no_end(lock, evidence),
        ends_at=ends_at(lock, evidence, at),
        time=time_shown(lock, evidence, at),
        age=age_at(lock, evidence, at),
        inside=found.inside,
        seen_at=datetime.fromtimestamp(seen.received, UTC) if seen is not None and seen.received is not None else None,
        server_time=at if seen is not None and seen.quick else None,
        ahead=evidence.ahead,
    )
