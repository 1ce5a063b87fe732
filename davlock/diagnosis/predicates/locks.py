"""Which locks cover the target, whose they are, and whether they were read."""

from collections.abc import Iterable

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known, Unreadable
from davlock.diagnosis.predicates.refusal import is_inquiry
from davlock.diagnosis.predicates.resource import spares_the_target
from davlock.locks.observed import ObservedLock
from davlock.locks.server_record import server_record
from davlock.protocol.lock import LockScope, same_token


def token_works(covering: ObservedLock, evidence: Evidence) -> bool | None:
    """Returns true if a write by this login that sends the token of a lock passes; ``None`` where that is not known.

    RFC 4918 §6.4: a token alone is no permission. Many servers let only the user who took the lock use it. Where
    nobody logs in, there are no users to tell apart.
    """
    if not covering.held:
        return False
    if covering.mine or evidence.is_yours(covering.lock) or not (evidence.logged_in or evidence.user):
        return True
    server, told_apart = evidence.server, evidence.users_told_apart
    if (server is not None and server.foreign_token_works) or (isinstance(told_apart, Known) and not told_apart.value):
        return True
    users = server_record(covering.lock).users
    named_another = bool(users and evidence.user) and server is not None and server.foreign_token_works is False
    return False if named_another else None


def _is_held(covering: ObservedLock, evidence: Evidence) -> bool:
    """Returns true if its token is held, and not known to be worth nothing for this login."""
    return covering.held and not (is_inquiry(evidence) and token_works(covering, evidence) is False)


def doubtful_tokens(evidence: Evidence) -> tuple[ObservedLock, ...]:
    """The covering locks whose token was typed, where it is not known whether it works for this login."""
    return doubtful_among(evidence.covering, evidence)


def doubtful_among(locks: Iterable[ObservedLock], evidence: Evidence) -> tuple[ObservedLock, ...]:
    """Like ``doubtful_tokens``, of other ``locks``: on a member, or on the collection above."""
    if not is_inquiry(evidence) and not _proves_no_token(evidence):
        return ()
    return tuple(covering for covering in locks if token_works(covering, evidence) is None)


def _proves_no_token(evidence: Evidence) -> bool:
    """Whether the request under question leaves open if its token works for this login: it sent one, and was refused;
    or it was a refresh, on a server that renews a lock for any login.
    """
    if evidence.cause is not None:
        return evidence.is_write and bool(evidence.submitted)
    went_well = evidence.is_refresh and evidence.response is not None and evidence.response.ok
    return went_well and evidence.server is not None and evidence.server.renews_for_any_login


def foreign_locks(evidence: Evidence) -> tuple[ObservedLock, ...]:
    """The covering locks whose token is not held, or is known to work for another login only."""
    return foreign_among(evidence.covering, evidence)


def foreign_among(locks: Iterable[ObservedLock], evidence: Evidence) -> tuple[ObservedLock, ...]:
    """Like ``foreign_locks``, of other ``locks``: on a member, or on the collection above."""
    return tuple(covering for covering in locks if not _is_held(covering, evidence))


def only_yours(evidence: Evidence) -> bool:
    """Whether the server names the reader as the user of every covering lock whose token is not held."""
    locks = foreign_locks(evidence)
    return bool(locks) and all(evidence.is_yours(lock.lock) for lock in locks)


def own_locks(evidence: Evidence) -> tuple[ObservedLock, ...]:
    """The covering locks whose token is held, and not known to work for another login only."""
    return tuple(covering for covering in evidence.covering if _is_held(covering, evidence))


def own_locks_then(evidence: Evidence) -> tuple[ObservedLock, ...]:
    """The same, or those known when the request was sent where nothing is known since."""
    if isinstance(evidence.locks, Known) or not isinstance(evidence.locks_before, Known):
        return own_locks(evidence)
    return tuple(covering for covering in evidence.locks_before.value if covering.held)


def one_shared_token_is_enough(evidence: Evidence) -> bool | None:
    """Whether a write with one of several shared locks' tokens passes here; ``None`` where that is not known."""
    return evidence.server.shared_token_suffices if evidence.server else None


def wants_every_shared_token(evidence: Evidence) -> bool:
    """Whether the locks are shared, and this server wants the tokens of all of them. ASGI WebDAV shows but one."""
    shared = all(covering.lock.scope is LockScope.SHARED for covering in evidence.covering)
    return bool(evidence.covering) and shared and one_shared_token_is_enough(evidence) is False


def locks_read_since(evidence: Evidence) -> bool:
    """Returns true if locks were read after the refusal: what was read before it may be out of date."""
    return isinstance(evidence.locks, Known) and (
        evidence.subject is None or evidence.after_subject(evidence.locks.exchange)
    )


def seen_to_be_released(evidence: Evidence) -> bool:
    """Returns true if the lock that an UNLOCK named was read before it, and is not among those that were read since."""
    sent = (evidence.headers.get("Lock-Token") or "").strip("<> ")
    before = evidence.locks_before.value if isinstance(evidence.locks_before, Known) else ()
    was_there = any(same_token(covering.token, sent) for covering in before)
    is_there = any(covering.token is None or same_token(covering.token, sent) for covering in evidence.covering)
    return evidence.method == "UNLOCK" and was_there and locks_read_since(evidence) and not is_there


def proven_free(evidence: Evidence) -> Known[bool] | None:
    """The exclusive LOCK that was granted, where one was tried to see whether anything stands in its way."""
    tried = evidence.lockable
    return tried if evidence.subject is None and isinstance(tried, Known) and tried.value else None


def locks_unread(evidence: Evidence) -> bool:
    """Returns true if no answer since the refusal tells of locks, one way or the other."""
    if evidence.method in ("COPY", "MOVE"):
        # The destination can be what is locked, and it was not asked.
        return not evidence.covering or spares_the_target(evidence)
    if isinstance(evidence.locks, Unreadable):
        answered = evidence.exchanges[evidence.locks.exchange].status == 207
        return not (answered and evidence.after_subject(evidence.locks.exchange))
    return not locks_read_since(evidence)


def locks_hidden(evidence: Evidence) -> Unreadable | None:
    """How the server refused to show lockdiscovery, if it did."""
    return evidence.locks if isinstance(evidence.locks, Unreadable) else None
