"""From a diagnosis to the result that is shown. Nothing is decided here."""

from datetime import UTC, datetime

from davlock.diagnosis.age import age, age_at
from davlock.diagnosis.diagnosis import Diagnosis
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.expiry import ends_at, time_shown
from davlock.diagnosis.fact import Known
from davlock.diagnosis.wording import has_no_end, holder_of
from davlock.locks.holder_words import YOU
from davlock.locks.observed import ObservedLock
from davlock.protocol.lock import Depth
from davlock.protocol.url import same_path
from davlock.render.result import LockView, MethodView, Result


def result(diagnosis: Diagnosis) -> Result:
    """The RESULT of a diagnosis."""
    evidence = diagnosis.evidence
    if diagnosis.listed is not None:
        shown: tuple[LockView, ...] | None = tuple(_row(row, evidence) for row in diagnosis.listed)
    elif isinstance(evidence.locks, Known):
        shown = tuple(_covering(lock, evidence) for lock in diagnosis.locks)
    else:
        shown = None
    locks = _granted_first(shown, evidence)
    return Result(
        target=evidence.target or None,
        verdict=diagnosis.verdict,
        methods=_methods(diagnosis, locks) if evidence.target else (),
        first_line=diagnosis.first_line,
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


def _heading(diagnosis: Diagnosis) -> str:
    """What tells it from others of one capture; empty where there are none."""
    if diagnosis.total == 1:
        return ""
    return " · ".join(part for part in (f"{diagnosis.number} of {diagnosis.total}", diagnosis.answer) if part)


def _covering(covering: ObservedLock, evidence: Evidence) -> LockView:
    return LockView(
        url=covering.url,
        lock=covering.lock,
        holder=holder_of(covering.lock, evidence),
        root=covering.root,
        direct=covering.direct,
        mine=evidence.is_yours(covering.lock),
        held=covering.held,
        endless=has_no_end(covering.lock, evidence),
        ends_at=ends_at(covering.lock, evidence, evidence.answered_at(covering.exchange)),
        time=time_shown(covering.lock, evidence, evidence.answered_at(covering.exchange)),
        age=age(covering.lock, evidence, covering.exchange),
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


def _row(row: ObservedLock, evidence: Evidence) -> LockView:
    root = row.lock.root.url if row.lock.root else None
    if root is None and row.lock.depth is Depth.ZERO:
        root = row.url  # a lock of depth 0 is shown nowhere but at its root
    return LockView(
        url=row.url,
        lock=row.lock,
        holder=holder_of(row.lock, evidence),
        root=root,
        direct=None if root is None else same_path(root, row.url),
        mine=evidence.is_yours(row.lock),
        endless=has_no_end(row.lock, evidence),
        ends_at=ends_at(row.lock, evidence, evidence.answered_at(len(evidence.exchanges) - 1)),
        time=time_shown(row.lock, evidence, evidence.answered_at(len(evidence.exchanges) - 1)),
        age=age(row.lock, evidence, len(evidence.exchanges) - 1),
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
                holder=YOU,
                root=root,
                direct=None if root is None else same_path(root, evidence.target),
                mine=True,
                held=True,
                endless=has_no_end(granted, evidence),
                ends_at=ends_at(granted, evidence, evidence.answered_at(evidence.subject or 0), just_granted=True),
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
