"""Whether the lock that a LOCK was granted exists and keeps others out."""

from enum import Enum

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.predicates.lockinfo import asked_scope
from davlock.diagnosis.predicates.locks import locks_read_since
from davlock.diagnosis.predicates.presence import reappearance
from davlock.diagnosis.predicates.resource import resource_gone
from davlock.diagnosis.predicates.sequence import lock_may_have_ended, seconds_between
from davlock.diagnosis.predicates.tokens import is_made_up
from davlock.diagnosis.predicates.trials import (
    put_refused_as_locked,
    second_lock_granted,
    second_lock_refused,
    unlocked_since,
    write_without_token_accepted,
)
from davlock.protocol.lock import ActiveLock, LockScope
from davlock.protocol.url import same_resource
from davlock.servers.profile import Store
from davlock.values import dataclass


class EmptySign(Enum):
    """What shows that a granted lock protects nothing."""

    PROVED = "proved"
    """A second exclusive LOCK and a write without a token went through."""
    TWICE = "twice"
    """An exclusive LOCK was granted twice, the second one while the first lock was active."""
    NOWHERE = "nowhere"
    """The product keeps no locks."""
    MADE_UP = "made-up"
    """The token is of the kind that servers make up; nobody read the lock back."""
    NOT_SHOWN = "not-shown"
    """The lock was looked for and is not shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptyGrant:
    """A granted lock that protects nothing. ``first`` and ``second`` are the exchanges that show it, if two do."""

    sign: EmptySign
    token: str
    first: int = 0
    second: int = 0


def empty_grant(evidence: Evidence) -> EmptyGrant | None:
    """Returns what shows that the lock which the LOCK under question was granted protects nothing."""
    granted = evidence.granted
    if granted is None or granted.token is None or evidence.is_refresh:
        return None
    token = granted.token.uri
    second, write = second_lock_granted(evidence), write_without_token_accepted(evidence)
    if second is not None and write is not None:
        return EmptyGrant(sign=EmptySign.PROVED, token=token, first=second, second=write)
    protects = put_refused_as_locked(evidence) is not None or second_lock_refused(evidence) is not None
    if not protects and (both := _granted_twice(evidence, second)) is not None:
        return EmptyGrant(sign=EmptySign.TWICE, token=token, first=both[0], second=both[1])
    if unlocked_since(evidence) or protects:
        return None  # it is gone, as it should be; or it is not shown, and protects all the same
    if evidence.server is not None and evidence.server.store is Store.NOWHERE:
        # Where this very lock is shown, it is another version of the product.
        reread = isinstance(evidence.locks, Known) and evidence.locks.exchange != evidence.subject
        shown = reread and any(covering.token == token for covering in evidence.covering)
        return None if shown else EmptyGrant(sign=EmptySign.NOWHERE, token=token)
    if not isinstance(evidence.locks, Known):
        return None
    if evidence.locks.exchange == evidence.subject or not locks_read_since(evidence):
        return EmptyGrant(sign=EmptySign.MADE_UP, token=token) if is_made_up(token, evidence.target) else None
    if any(covering.token in (token, None) for covering in evidence.covering):
        return None
    return EmptyGrant(sign=EmptySign.NOT_SHOWN, token=token)


def _granted_twice(evidence: Evidence, second: int | None) -> tuple[int, int] | None:
    """Two exclusive LOCKs of one URL that were granted, the second one while the first lock cannot have ended.

    nginx keeps one lock for a collection with its final slash and another for it without. That says nothing of files.
    """
    granted, subject = evidence.granted, evidence.subject
    if granted is None or subject is None or granted.scope is not LockScope.EXCLUSIVE:
        return None
    one_url = second is not None and _one_spelling(evidence, subject, second)
    if second is not None and one_url and _still_active(evidence, granted, subject, second):
        return subject, second
    if not evidence.lacks("If") or asked_scope(evidence) is not LockScope.EXCLUSIVE:
        return None
    for taken in evidence.taken:
        lock = taken.lock
        exclusive = lock.scope is LockScope.EXCLUSIVE and same_resource(taken.url, evidence.target)
        one_url = _one_spelling(evidence, taken.exchange, subject)
        if exclusive and one_url and _still_active(evidence, lock, taken.exchange, subject):
            return taken.exchange, subject
    return None


def _one_spelling(evidence: Evidence, first: int, second: int) -> bool:
    """Returns true if the URLs of two exchanges agree about the final slash."""
    urls = [evidence.exchanges[exchange].request.url for exchange in (first, second)]
    return urls[0].endswith("/") == urls[1].endswith("/")


def _still_active(evidence: Evidence, lock: ActiveLock, first: int, second: int) -> bool:
    """Returns true if nothing between two exchanges can have ended the lock: no request, and not its time."""
    if lock_may_have_ended(evidence, first, second) or lock.timeout is None:
        return False
    if lock.timeout.infinite:
        return True
    passed = seconds_between(evidence, first, second)
    # Without a Date, exchanges that follow each other count as no more than a minute apart.
    return (60 if passed is None else passed) < (lock.timeout.seconds or 0)


def grant_stands(evidence: Evidence) -> bool:
    """Returns true if LOCK got a lock that did not turn out to be gone, by a product that keeps locks."""
    lock = evidence.granted
    if lock is None or lock.token is None or empty_grant(evidence) is not None:
        return False
    token = lock.token.uri
    if (back := reappearance(evidence)) is not None and back.token == token:
        return False  # it comes and goes: one of several workers has it
    if resource_gone(evidence):
        return False  # its lock is gone with it
    dead = isinstance(evidence.token_alive, Known) and not evidence.token_alive.value
    hidden = any(covering.token is None for covering in evidence.covering)  # one of them may be it
    nowhere = evidence.server is not None and evidence.server.store is Store.NOWHERE
    shown = grant_read_back(evidence, token)
    if dead or ((nowhere or is_made_up(token, evidence.target)) and not shown):
        return False
    return not _read_back(evidence) or shown or second_lock_refused(evidence) is not None or hidden


def grant_read_back(evidence: Evidence, token: str) -> bool:
    """Whether locks were read after the LOCK, and the lock is among them."""
    return _read_back(evidence) and any(covering.token == token for covering in evidence.covering)


def _read_back(evidence: Evidence) -> bool:
    known = isinstance(evidence.locks, Known) and locks_read_since(evidence)
    return known and isinstance(evidence.locks, Known) and evidence.locks.exchange != evidence.subject
