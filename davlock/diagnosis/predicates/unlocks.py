"""What an UNLOCK left behind, and if there was anything to release."""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import (
    Quote,
)
from davlock.diagnosis.lock_ending import how_it_ended
from davlock.diagnosis.predicates.locks import locks_read_since
from davlock.diagnosis.predicates.stated_cause import stated_cause
from davlock.diagnosis.predicates.tokens import unlock_token_refused
from davlock.locks.observed import ObservedLock
from davlock.protocol.lock import LockScope, is_among, same_token
from davlock.protocol.precondition import LOCK_TOKEN_MATCHES
from davlock.protocol.url import same_path
from davlock.servers.phrases import Said
from davlock.values import dataclass


def lock_left_by_unlock(evidence: Evidence) -> ObservedLock | None:
    """Returns the lock that still covers the target after a 2xx to UNLOCK: the same, or the one before."""
    if evidence.method != "UNLOCK" or evidence.status is None or not 200 <= evidence.status < 300 or evidence.refusals:
        return None
    if evidence.page is not None or not locks_read_since(evidence):
        return None  # a page answered, so nothing was unlocked; or nobody looked
    sent = (evidence.headers.get("Lock-Token") or "").strip("<> ")
    before = evidence.locks_before.value if isinstance(evidence.locks_before, Known) else ()
    if any(lock.token is None for lock in evidence.covering) and len(evidence.covering) < len(before):
        return None  # tokens are hidden here, and one lock is gone
    known = {covering.token for covering in before}
    left = [
        lock for lock in evidence.covering if lock.token is None or is_among(lock.token, (sent, *known)) or not before
    ]
    if lock_in_place_of_ours(evidence) is not None:
        return None
    still = [lock for lock in left if same_token(lock.token, sent)]
    still = still or [lock for lock in left if lock.token is None or not is_among(sent, known)]
    return still[0] if still else None


def lock_in_place_of_ours(evidence: Evidence) -> ObservedLock | None:
    """Returns the exclusive lock that was read before and after the UNLOCK, if the UNLOCK named our own lock.

    No other lock can exist beside an exclusive one, so ours had ended, whatever the server answers.
    """
    sent = (evidence.headers.get("Lock-Token") or "").strip("<> ")
    ours = any(
        same_token(lock.token, sent) and lock.url and same_path(lock.url, evidence.target) for lock in evidence.own
    )
    if evidence.method != "UNLOCK" or not ours or not locks_read_since(evidence):
        return None
    before = evidence.locks_before.value if isinstance(evidence.locks_before, Known) else ()
    if any(lock.token is None or same_token(lock.token, sent) for lock in (*before, *evidence.covering)):
        return None
    known = {lock.token for lock in before if lock.lock.scope is LockScope.EXCLUSIVE}
    return next((lock for lock in evidence.covering if is_among(lock.token, known)), None)


def own_lock_may_stand(evidence: Evidence) -> bool:
    """Returns true if a refused UNLOCK named a lock of our own, and nothing proves that this lock is gone.

    davlock was granted it, and no answer of this server ever showed it. So an empty lockdiscovery proves nothing, and
    the status alone does not either: who knows what an unknown server means by 404 or 409.
    """
    if evidence.method != "UNLOCK" or evidence.cause is None or evidence.server is not None:
        return False
    if LOCK_TOKEN_MATCHES in evidence.cause.codes or stated_cause(evidence) is Said.NO_SUCH_LOCK:
        return False  # it says what it means
    sent = (evidence.headers.get("Lock-Token") or "").strip("<> ")
    ours = [lock for lock in evidence.own if same_token(lock.token, sent)]
    if any(lock.shown or lock.over for lock in ours) or went_with_its_resource(evidence) is not None:
        return False
    granted = any(same_token(entry.token, sent) for entry in evidence.grants)
    seen = any(
        same_token(entry.token, sent) and evidence.exchanges[entry.exchange].request.method == "PROPFIND"
        for entry in evidence.sightings
    )
    return (bool(ours) or granted) and not seen and not how_it_ended(evidence)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingToRelease:
    """Why an UNLOCK had nothing to release. ``idle``: it succeeded although nothing was locked."""

    idle: bool
    native: bool
    """files_lock answered 412 to X-User-Lock, which means "not locked"."""
    empty: bool
    """Locks were read afterwards, and there is none."""
    gone: int | None
    """The index of the answer that shows that the resource is gone, with its lock."""
    other: ObservedLock | None
    """Another exclusive lock in place of ours."""
    ended: str
    """How the lock ended before, in a sentence; empty if that is not known."""
    shows: tuple[Quote, ...]


def nothing_to_release(evidence: Evidence) -> NothingToRelease | None:
    """Returns why the UNLOCK under question had nothing to release; ``None`` if there may have been a lock."""
    empty = isinstance(evidence.locks, Known) and not evidence.covering and locks_read_since(evidence)
    free = isinstance(evidence.locks_before, Known) and not evidence.locks_before.value
    # nginx answers 204 to an UNLOCK of something that is not locked.
    answered = evidence.method == "UNLOCK" and evidence.status in (200, 202, 204) and evidence.page is None
    proves = evidence.server is not None and evidence.server.unlock_answer_proves
    missing = (
        not proves
        and isinstance(evidence.exists, Known)
        and not evidence.exists.value
        and not evidence.after_subject(evidence.exists.exchange)
    )
    # Apache can be told to hide its locks: there, an empty lockdiscovery before and after says nothing.
    known_to_hide = evidence.server is not None and evidence.server.shows_locks is not True
    idle = answered and ((empty and free and not known_to_hide) or missing)
    other = lock_in_place_of_ours(evidence) if answered or unlock_token_refused(evidence) else None
    if not unlock_token_refused(evidence) and not idle and other is None:
        return None
    if other is None and own_lock_may_stand(evidence):
        return None
    gone = went_with_its_resource(evidence)
    ended, shows = how_it_ended(evidence) if not answered and not evidence.covering else ("", ())
    native = evidence.status == 412 and "X-User-Lock" in evidence.headers
    if not (native or empty or idle or gone is not None or ended or other is not None):
        return None
    return NothingToRelease(idle=idle, native=native, empty=empty, gone=gone, ended=ended, shows=shows, other=other)


def went_with_its_resource(evidence: Evidence) -> int | None:
    """Returns the index of a later answer that shows no resource: its lock ended with it (RFC 4918 §9.6)."""
    now = evidence.exists_now
    if not isinstance(now, Known) or now.value or evidence.covering or not evidence.after_subject(now.exchange):
        return None
    return now.exchange
