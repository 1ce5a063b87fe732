"""The ledger held against the server: which of its locks are still there, and which a crash left behind."""

import shlex
from collections.abc import Callable

from davlock.diagnosis.evidence import CHALLENGES, Evidence
from davlock.diagnosis.fact import Known, NotAsked, Unreadable
from davlock.diagnosis.resource import OwnLock
from davlock.errors import LocalProtocolError
from davlock.ledger import Entry, Holder, Ledger, State
from davlock.locks.observed import ObservedLock
from davlock.locks.sent_owner import owner_of_another
from davlock.operations import investigate, release
from davlock.operations.lock_answer import ANSWER_SECONDS
from davlock.operations.own_lock import RequestedLock, search
from davlock.operations.probe import Probe, ProbeResult
from davlock.operations.results import Achieved, ReleaseOutcome, Standing
from davlock.protocol.if_header import IfHeader
from davlock.protocol.lock import ActiveLock, LockToken, same_token
from davlock.protocol.requests import options, owner_without_run
from davlock.protocol.url import at_origin, same_resource
from davlock.servers import PROFILES
from davlock.servers.profile import Profile
from davlock.transport.base import Send
from davlock.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """``token`` is that of the lock that stands there for the row, also where the ledger never learned it.

    ``shown`` are the locks on and above the URL, where none of them is proven to be the row's.
    """

    standing: Standing
    why: str
    token: LockToken | None = None
    shown: tuple[ObservedLock, ...] = ()
    report: ProbeResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What became of a row; ``report`` where the server was asked.

    ``commands`` release each of the locks that may be the row's, and that were left.
    """

    outcome: ReleaseOutcome
    why: str
    report: ProbeResult | None = None
    commands: tuple[tuple[str, ...], ...] = ()


def verify(send: Send, entry: Entry, *, profiles: tuple[Profile, ...] = PROFILES) -> Verified:
    """Look at the place of a row that is held or intended. Only reads."""
    probe = Probe(send, entry.url, held=(entry.token,) if entry.token else (), profiles=profiles, stay_within=entry.url)
    investigate.read_state(probe)
    evidence = probe.evidence(inquiry=True)
    if evidence.server is None and isinstance(evidence.locks, Known) and not evidence.covering:
        probe.read(options(entry.url))  # whether nothing shown means nothing there, only the product tells
        evidence = probe.evidence(inquiry=True)
    standing, why, token = _standing(entry, evidence)
    unproven = standing is Standing.UNKNOWN and entry.token is None
    return Verified(
        standing=standing,
        why=why,
        token=token,
        shown=evidence.covering if unproven else (),
        report=probe.report(evidence),
    )


def _standing(entry: Entry, evidence: Evidence) -> tuple[Standing, str, LockToken | None]:
    if evidence.no_response is not None:
        return Standing.UNKNOWN, str(evidence.no_response), None
    if isinstance(evidence.exists, Known) and not evidence.exists.value:
        return Standing.GONE, "there is nothing at this URL now", None
    if isinstance(evidence.locks, Unreadable):
        if evidence.status in CHALLENGES:  # it would show them to somebody else
            return Standing.UNKNOWN, evidence.locks.reason, None
        return Standing.UNKNOWN, f"the server does not show its locks: {evidence.locks.reason}", None
    if isinstance(evidence.locks, NotAsked):
        answer = f"the server answered {evidence.status} to PROPFIND" if evidence.status else evidence.locks.why
        return Standing.UNKNOWN, answer, None
    if not evidence.covering:
        return (
            Standing.GONE,
            "no lock is shown" + ("" if _vouched(evidence) else ", but this server may hide locks"),
            None,
        )
    if entry.token is not None:
        return _standing_by_token(entry.token, entry.owner, [covering.lock for covering in evidence.covering])
    search_result = search(
        evidence, RequestedLock(url=entry.url, owner=entry.owner, scope=entry.scope, depth=entry.depth)
    )
    if search_result.token is not None:
        return Standing.MINE, search_result.why, search_result.token
    return Standing.UNKNOWN, f"nothing proves that a lock here is ours: {search_result.why}", None


def _standing_by_token(
    token: str, sent_owner: str | None, locks: list[ActiveLock]
) -> tuple[Standing, str, LockToken | None]:
    """The token decides, unless it stands beside another owner than davlock sent: a server can use a token again."""
    same = [lock for lock in locks if lock.token is not None and same_token(lock.token.uri, token)]
    if any(owner_of_another(lock, sent_owner) for lock in same):
        owner = owner_without_run(same[0].claimed)
        return Standing.STOLEN, f"the server shows its token, but with another owner: “{owner[:120]}”", None
    if same:
        return Standing.MINE, "the server shows its token", LockToken(token)
    if any(lock.token is None for lock in locks):
        return Standing.UNKNOWN, "the server shows a lock without its token", None
    owner = owner_without_run(locks[0].claimed)
    whose = f" of “{owner}”" if owner else ""
    return Standing.STOLEN, f"another lock{whose} is there: {locks[0].token}", None


def _vouched(evidence: Evidence) -> bool:
    return evidence.server is not None and evidence.server.shows_locks is True


def recover(
    send: Send,
    entry: Entry,
    ledger: Ledger,
    *,
    now: Callable[[], float],
    wait: Callable[[float], object],
    profiles: tuple[Profile, ...] = PROFILES,
) -> Recovered:
    """Release the lock of a row whose process is gone, or find that there is none; that settles the row.

    Where the row has no token and no lock is proven to be the row's, all locks and the row are left. ``wait`` waits for
    so many seconds while the server may still work on the LOCK. ``now`` is the clock of the ledger.
    """
    seen = verify(send, entry, profiles=profiles)
    if (seconds := _lock_may_come(entry, seen, now())) > 0:
        wait(seconds)
        seen = verify(send, entry, profiles=profiles)
    evidence = seen.report.evidence
    if evidence.no_response is not None or evidence.status in (401, 407, 429, 503):
        return Recovered(outcome=ReleaseOutcome.UNSURE, why=seen.why, report=seen.report)
    gone = seen.standing in (Standing.GONE, Standing.STOLEN)
    token = entry.lock_token or seen.token
    if token is None:
        if not gone:
            commands = tuple(_command(entry, covering) for covering in seen.shown if covering.token is not None)
            return Recovered(outcome=ReleaseOutcome.UNSURE, why=seen.why, report=seen.report, commands=commands)
        if not _vouched(evidence) and not (isinstance(evidence.exists, Known) and not evidence.exists.value):
            # Apache can be told to hide its locks, and then shows a file with a lock on it like one without.
            way = f"it ends when its time is over; to drop the row: davlock ledger forget {entry.run}"
            return Recovered(
                outcome=ReleaseOutcome.UNSURE, why=f"{seen.why}, which may hide it; {way}", report=seen.report
            )
        ledger.dropped(entry.run)
        return Recovered(outcome=ReleaseOutcome.ALREADY_GONE, why=seen.why, report=seen.report)
    if seen.standing is Standing.STOLEN or (gone and _vouched(evidence)):
        # No UNLOCK: some servers look at no token, and would release the lock of somebody else.
        ledger.settle(entry.run, State.LOST)
        return Recovered(outcome=ReleaseOutcome.ALREADY_GONE, why=seen.why, report=seen.report)
    if entry.lock_token is None:
        ledger.granted(entry.run, token, root=None, timeout=None)
    try:
        IfHeader.untagged(token)
    except LocalProtocolError as error:  # the server chose that token
        way = f"nobody can release it, and only its timeout ends it; to drop the row: davlock ledger forget {entry.run}"
        return Recovered(outcome=ReleaseOutcome.UNSURE, why=f"{error.what}; {way}", report=seen.report)
    try:
        own = OwnLock(token.uri, 0.0, 0.0, entry.owner, entry.url, over=entry.overdue(now()))
        report = release.unlock(send, entry.url, token, ledger=ledger, own=(own,), profiles=profiles)
    except LocalProtocolError as error:  # it was taken elsewhere: only the row's own URL is unlocked
        command = ("davlock", "unlock", "--at-root", entry.url, "--token", token.uri)
        return Recovered(outcome=ReleaseOutcome.UNSURE, why=error.what, report=seen.report, commands=(command,))
    if report.achieved is Achieved.YES:
        ledger.settle(entry.run, State.LOST if gone else State.RELEASED)
        outcome = ReleaseOutcome.ALREADY_GONE if gone else ReleaseOutcome.RELEASED
        why = f"{seen.why}; {report.why}" if gone else report.why
        return Recovered(outcome=outcome, why=why, report=report)
    refused = report.achieved is Achieved.NO and bool(report.why)
    return Recovered(
        outcome=ReleaseOutcome.REFUSED if refused else ReleaseOutcome.UNSURE,
        why=report.why or "the server did not show its locks a second time, so davlock sent no UNLOCK",
        report=report,
    )


def _lock_may_come(entry: Entry, seen: Verified, now: float) -> float:
    """Seconds until the LOCK of a row without a token and a lock counts as over; not more if the clock was set back."""
    if entry.token is not None or seen.standing is not Standing.GONE:
        return 0.0
    return min(ANSWER_SECONDS, max(0.0, entry.asked_at + ANSWER_SECONDS - now))


def _command(entry: Entry, covering: ObservedLock) -> tuple[str, ...]:
    """What to type to release a lock, at the origin that was asked."""
    url = entry.url if covering.root is None else at_origin(entry.url, covering.root)
    url = entry.url if same_resource(url, entry.url) else url
    return ("davlock", "unlock", url, "--token", covering.token or "")


def why_not(entry: Entry, ledger: Ledger, *, kept: bool) -> str:
    """Why a row is to be left alone by :func:`recover`; empty where it is not."""
    holder = ledger.holder(entry)
    if holder is Holder.ELSEWHERE:
        return f"davlock took it on {entry.process.host}: recover it there"
    if entry.kept and entry.state is State.HELD:
        return "" if kept else "davlock lock kept it on purpose; --kept releases it, too"
    if holder is Holder.RUNS:
        return f"process {entry.process.pid} is still running"
    if holder is Holder.UNKNOWN:
        why = f"this system does not show if process {entry.process.pid} still runs"
        command = ("davlock", "unlock", entry.url, "--token", entry.token or "")
        return f"{why}; if not: {shlex.join(command)}" if entry.token else why
    return ""
