"""The ledger held against the server: which of its locks are still there, and which a crash left behind."""

from dataclasses import dataclass

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Failed, Known, NotAsked
from davlock.ledger import Entry, Holder, Ledger, State
from davlock.operations import gather, locking
from davlock.operations.case import Case, Report
from davlock.operations.results import Achieved, Outcome, Standing
from davlock.protocol.lock import LockToken
from davlock.protocol.requests import owner_without_run
from davlock.servers import PROFILES
from davlock.servers.profile import Profile
from davlock.transport.base import Send


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """``token`` is that of the lock that stands there for the row, also where the ledger never learned it; ``nameless``
    that of one which says nothing of its owner, and may be it.
    """

    standing: Standing
    why: str
    token: LockToken | None = None
    nameless: LockToken | None = None
    report: Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What became of a row; ``report`` where the server was asked."""

    outcome: Outcome
    why: str
    report: Report | None = None


def verify(send: Send, entry: Entry, *, profiles: tuple[Profile, ...] = PROFILES) -> Verified:
    """Look at the place of a row that is held or intended. Reads only."""
    case = Case(send, entry.url, held=(entry.token,) if entry.token else (), profiles=profiles, stay_within=entry.url)
    gather.read_state(case)
    evidence = case.evidence(inquiry=True)
    standing, why, token = _standing(entry, evidence)
    nameless = None
    if standing is Standing.UNKNOWN and entry.token is None:
        nameless = next((shown.lock.token for shown in evidence.covering if not shown.lock.claimed), None)
    return Verified(standing=standing, why=why, token=token, nameless=nameless, report=case.report(evidence))


def _standing(entry: Entry, evidence: Evidence) -> tuple[Standing, str, LockToken | None]:
    if evidence.no_response is not None:
        return Standing.UNKNOWN, str(evidence.no_response), None
    if isinstance(evidence.exists, Known) and not evidence.exists.value:
        return Standing.GONE, "there is nothing at this URL any more", None
    if isinstance(evidence.locks, Failed):
        return Standing.UNKNOWN, f"the server does not show its locks: {evidence.locks.reason}", None
    if isinstance(evidence.locks, NotAsked):
        answer = f"PROPFIND was answered {evidence.status}" if evidence.status else evidence.locks.why
        return Standing.UNKNOWN, answer, None
    locks = [covering.lock for covering in evidence.covering]
    ours = next((lock for lock in locks if lock.token is not None and lock.token.uri == entry.token), None)
    named = next((lock for lock in locks if lock.owner is not None and entry.run in lock.owner.text), None)
    if ours is not None:
        return Standing.MINE, "its token is shown", ours.token
    if named is not None:
        return Standing.MINE, "a lock whose owner names this run is shown", named.token
    if any(lock.token is None for lock in locks):
        return Standing.UNKNOWN, "a lock is shown without its token", None
    if locks and entry.token is not None:
        owner = owner_without_run(locks[0].claimed)
        whose = f" of “{owner}”" if owner else ""
        return Standing.STOLEN, f"another lock{whose} is there: {locks[0].token}", None
    nameless = next((lock for lock in locks if not lock.claimed), None)
    if nameless is not None:
        why = f"a lock without an owner is there, and may be this one (--unproven releases it): {nameless.token}"
        return Standing.UNKNOWN, why, None
    told = "no lock is shown" if not locks else "only locks of others are shown"
    return Standing.GONE, told + ("" if _vouched(evidence) else ", as far as this server tells"), None


def _vouched(evidence: Evidence) -> bool:
    return evidence.server is not None and evidence.server.shows_locks is True


def recover(
    send: Send, entry: Entry, ledger: Ledger, *, unproven: bool = False, profiles: tuple[Profile, ...] = PROFILES
) -> Recovered:
    """Release the lock of a row whose process is gone, or find that there is none; the row is settled by that.

    ``unproven`` is leave to release a lock without an owner that may be the one whose LOCK was never answered.
    """
    seen = verify(send, entry, profiles=profiles)
    token = seen.token or entry.lock_token or (seen.nameless if unproven else None)
    if entry.state is State.INTENDED:
        if token is None and seen.standing is Standing.UNKNOWN:
            return Recovered(outcome=Outcome.UNSURE, why=seen.why, report=seen.report)
        if token is None:
            ledger.dropped(entry.run)
            return Recovered(outcome=Outcome.ALREADY_GONE, why=seen.why, report=seen.report)
        ledger.granted(entry.run, token, root=None, timeout=None)
    if seen.report.evidence.no_response is not None or seen.report.evidence.status in (401, 407, 429, 503):
        return Recovered(outcome=Outcome.UNSURE, why=seen.why, report=seen.report)
    if token is None or (seen.standing is Standing.GONE and _vouched(seen.report.evidence)):
        ledger.settle(entry.run, State.LOST)
        return Recovered(outcome=Outcome.ALREADY_GONE, why=seen.why, report=seen.report)
    report = locking.unlock(send, entry.url, token, at_root=True, ledger=ledger, profiles=profiles)
    if report.achieved is Achieved.YES:
        gone = seen.standing in (Standing.GONE, Standing.STOLEN)
        ledger.settle(entry.run, State.LOST if gone else State.RELEASED)
        return Recovered(outcome=Outcome.ALREADY_GONE if gone else Outcome.RELEASED, why=seen.why, report=report)
    if seen.standing is Standing.STOLEN:
        ledger.settle(entry.run, State.LOST)
        return Recovered(outcome=Outcome.ALREADY_GONE, why=seen.why, report=report)
    refused = report.achieved is Achieved.NO
    return Recovered(
        outcome=Outcome.REFUSED if refused else Outcome.UNSURE,
        why="UNLOCK was refused" if refused else "whether UNLOCK had an effect is not known",
        report=report,
    )


def why_not(entry: Entry, ledger: Ledger, *, kept: bool) -> str:
    """Why a row is to be left alone by :func:`recover`; empty where it is not."""
    holder = ledger.holder(entry)
    if holder is Holder.ELSEWHERE:
        return f"it was taken on {entry.process.host}: recover it there"
    if entry.kept and entry.state is State.HELD:
        return "" if kept else "davlock lock left it on purpose: --kept releases it too"
    if holder is Holder.RUNS:
        return f"process {entry.process.pid} still runs"
    return ""
