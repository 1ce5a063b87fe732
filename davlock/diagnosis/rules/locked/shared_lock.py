"""shared locks are on the resource, and not all are yours.

What happened: someone holds a shared lock on the resource, or several people do. They can work side by side. While one
of these locks exists, nobody gets an exclusive lock, and nobody can write without the token of a shared lock.

How sure we are: certain, because the server lists the locks. Likely if your request sent one of the tokens:
some servers then want all.

What to do: ask every holder to release their own lock. Releasing only one of several changes nothing. If one of the
locks is yours, send its token with the write. Some servers want the tokens of all of them.

How to confirm: `davlock locks URL` lists every lock.
"""

from collections.abc import Sequence

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, RetryVerdict, Severity
from davlock.diagnosis.predicates.locks import foreign_locks, one_shared_token_is_enough, wants_every_shared_token
from davlock.diagnosis.predicates.refusal import is_inquiry, refused_as_locked
from davlock.diagnosis.predicates.resource import spares_the_target
from davlock.diagnosis.remedies import intrusive
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.diagnosis.wording import (
    admin_store,
    describe,
    holder_as_written,
    is_shared,
    look,
    retry_for,
    ways_past_shared,
)
from davlock.locks.observed import ObservedLock


@rule(
    id="423-shared-lock",
    severity=Severity.ERROR,
    statuses=(423,),
    retry=(RetryVerdict.AFTER_WAIT, RetryVerdict.AFTER_CHANGE),
    see=(rfc4918("6.2"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches if only shared locks cover the target, not all are the person's, and none lets their write pass."""
    if (partly := _submitted_some(evidence)) is not None:
        return partly
    locks = foreign_locks(evidence)
    if not locks or spares_the_target(evidence) or not all(is_shared(lock) for lock in evidence.covering):
        return None
    refused = refused_as_locked(evidence)
    held_one = len(locks) < len(evidence.covering)
    if not refused and not (is_inquiry(evidence) and not (held_one and one_shared_token_is_enough(evidence))):
        return None
    count = len(locks)
    return Match(
        certainty=Certainty.CERTAIN,
        headline="Someone holds a shared lock on it" if count == 1 else f"It has {count} shared locks",
        explanation=_described(locks, evidence)
        + (_besides_ours(evidence) if held_one else " Each holder must release their own lock."),
        retry=AFTER_CHANGE if held_one and evidence.method == "LOCK" else retry_for(evidence),
        evidence=(*(quotes.answer(evidence) if refused else ()), *quotes.locks(evidence)),
        facts=(
            ("count", count),
            ("owners", tuple(holder_as_written(lock) for lock in locks)),
            ("tokens", tuple(lock.token for lock in locks if lock.token)),
        ),
        remedies=(
            *ways_past_shared(locks, evidence),
            look(evidence.target),
            *admin_store(evidence),
        ),
    )


def _submitted_some(evidence: Evidence) -> Match | None:
    """Matches if the person holds all shared locks, but sent only some of their tokens."""
    sent = evidence.submitted or ()
    left = [lock for lock in evidence.covering if lock.held and lock.token not in sent]
    some = any(lock.token in sent for lock in evidence.covering)
    if refused_as_locked(evidence) and some and not left and wants_every_shared_token(evidence):
        return _not_all_shown(evidence)
    ours = all(lock.held and is_shared(lock) for lock in evidence.covering)
    if not refused_as_locked(evidence) or not (left and some and ours) or evidence.method == "LOCK":
        return None
    lists = " ".join(f"(<{lock.token}>)" for lock in evidence.covering)
    command = ("davlock", "put", "FILE", evidence.target, "--if", lists) if evidence.method == "PUT" else None
    return Match(
        certainty=Certainty.LIKELY,
        headline="The server wants the tokens of all shared locks, and you sent only some",
        explanation=f"You hold all of them. These tokens were missing: {_described(left, evidence)}",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If"), *quotes.locks(evidence)),
        facts=(("count", len(evidence.covering)), ("tokens", tuple(lock.token for lock in left if lock.token))),
        remedies=(intrusive("Send all their tokens with the write" if command else f"Send  If: {lists}", command),),
    )


def _not_all_shown(evidence: Evidence) -> Match | None:
    """Matches if the request sent the tokens of all shared locks that the server shows."""
    if evidence.method == "LOCK" or not all(lock.token in (evidence.submitted or ()) for lock in evidence.covering):
        return None
    return Match(
        certainty=Certainty.LIKELY,
        headline="Someone else shares the lock, and the server wants their token, too",
        explanation="You sent the token of every lock that the server shows. This server does not show all of several"
        " shared locks, and each holder must release their own."
        if evidence.server is not None and evidence.server.shows_locks is not True
        else "You sent the token of every lock that the server shows.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If"), *quotes.locks(evidence)),
        facts=(("count", len(evidence.covering)),),
        alternatives=(Alternative("proxy-header-dropped", "the same request, sent to the server without a proxy"),),
        remedies=(look(evidence.target, "See which locks are shown"), *admin_store(evidence)),
    )


def _described(locks: Sequence[ObservedLock], evidence: Evidence) -> str:
    """Returns the first two locks in words, and the number of the others."""
    more = f"; and {len(locks) - 2} more" if len(locks) > 2 else ""
    return "; ".join(describe(lock, evidence) for lock in locks[:2]) + f"{more}."


def _besides_ours(evidence: Evidence) -> str:
    if one_shared_token_is_enough(evidence) is False:
        return " You hold another one, but this server wants the tokens of all of them."
    return " You hold another one, and on some servers its token is enough for a write."
