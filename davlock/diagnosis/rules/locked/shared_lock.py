"""shared locks are present where exclusive access was wanted.

What happened: Shared locks are held by others. One or more shared locks cover the resource. They let their holders
work side by side, but nobody can take an exclusive lock while one of them lives, and nobody can write without
submitting a token of one of them.

How sure we are: certain. lockdiscovery lists them.

What to do: every holder has to release its own lock; releasing one of several changes nothing. Where one of them is
yours, submit its token (some servers then still insist on all the others').

How to confirm: `davlock locks URL` lists them all.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, RetryVerdict, Severity
from davlock.diagnosis.predicates.locks import foreign_locks, one_shared_token_is_enough, wants_every_shared_token
from davlock.diagnosis.predicates.refusal import is_inquiry, refused_as_locked
from davlock.diagnosis.predicates.resource import spares_the_target
from davlock.diagnosis.remedies import intrusive
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.diagnosis.wording import admin_store, describe, holder, is_shared, look, retry_for, ways_past_one


@rule(
    id="423-shared-lock",
    severity=Severity.ERROR,
    statuses=(423,),
    retry=(RetryVerdict.AFTER_WAIT, RetryVerdict.AFTER_CHANGE),
    see=(rfc4918("6.2"),),
)
def check(evidence: Evidence) -> Match | None:
    """Only shared locks, at least one of them not ours, and none of ours that lets a write through."""
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
        headline="A shared lock is held here" if count == 1 else f"{count} shared locks are held here",
        explanation="; ".join(describe(lock, evidence) for lock in locks)
        + ". Each holder must release its own."
        + (_besides_ours(evidence) if held_one else ""),
        retry=AFTER_CHANGE if held_one and evidence.method == "LOCK" else retry_for(evidence),
        evidence=(*(quotes.answer(evidence) if refused else ()), *quotes.locks(evidence)),
        facts=(
            ("count", count),
            ("owners", tuple(holder(lock) for lock in locks)),
            ("tokens", tuple(lock.token for lock in locks if lock.token)),
        ),
        remedies=(
            look(evidence.target),
            *(way for lock in locks[:4] for way in ways_past_one(lock, evidence)),
            *admin_store(evidence),
        ),
    )


def _submitted_some(evidence: Evidence) -> Match | None:
    """Refused though the request submitted the tokens of some of the shared locks, all of which are held."""
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
        headline="This server wants the tokens of all shared locks, and the request submitted some",
        explanation="You hold every one of them. " + "; ".join(describe(lock, evidence) for lock in left) + ".",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If"), *quotes.locks(evidence)),
        facts=(("count", len(evidence.covering)), ("tokens", tuple(lock.token for lock in left if lock.token))),
        remedies=(intrusive(f"Submit all of them:  If: {lists}", command),),
    )


def _not_all_shown(evidence: Evidence) -> Match | None:
    """Refused though the tokens of all shared locks that are shown were submitted, or of one that is ours."""
    if evidence.method == "LOCK" or not all(lock.token in (evidence.submitted or ()) for lock in evidence.covering):
        return None
    return Match(
        certainty=Certainty.LIKELY,
        headline="Somebody else shares the lock, and this server wants the tokens of all who do",
        explanation="The request submitted the token of every lock that is shown. This server is known to show not all"
        " of several shared locks: each holder must release its own."
        if evidence.server is not None and evidence.server.shows_locks is not True
        else "The request submitted the token of every lock that is shown.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If"), *quotes.locks(evidence)),
        facts=(("count", len(evidence.covering)),),
        alternatives=(Alternative("proxy-header-dropped", "the same request sent to the server past every proxy"),),
        remedies=(look(evidence.target, "See which locks are shown"), *admin_store(evidence)),
    )


def _besides_ours(evidence: Evidence) -> str:
    if one_shared_token_is_enough(evidence) is False:
        return " You hold one of them, and this server wants the tokens of all."
    return " You hold one of them; whether that is enough for a write is not known of this server."
