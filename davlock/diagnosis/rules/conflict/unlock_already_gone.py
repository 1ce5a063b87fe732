"""UNLOCK, and nothing is locked: the goal is met.

What happened: the lock that was to be released had expired, was released by someone else, or went with its resource.

How sure we are: certain where lockdiscovery was read afterwards and shows no lock, or another exclusive lock in the
place of one that davlock took. Likely where nobody looked, and the
requests before tell that the lock was released, went with its resource, or was not refreshed in time.

What to do: nothing. A client should treat this as success.

How to confirm: `davlock locks URL` shows no lock.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.predicates.tokens import unlock_token_refused
from davlock.diagnosis.predicates.unlocks import nothing_to_release
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.diagnosis.wording import describe, lock_facts
from davlock.locks.observed import ObservedLock


@rule(
    id="409-unlock-already-gone",
    severity=Severity.NOTICE,
    statuses=(400, 403, 409, 412),
    retry=(RetryVerdict.NOT_NEEDED,),
    see=(rfc4918("9.11.1"),),
)
def check(evidence: Evidence) -> Match | None:
    """UNLOCK refused for its token, and no lock is there, or another in the place of ours; or files_lock's 412 to
    X-User-Lock, which means "not locked".
    """
    nothing = nothing_to_release(evidence)
    if nothing is None:
        return None
    if nothing.other is not None:
        return _replaced(nothing.other, evidence)
    idle, native, empty, gone = nothing.idle, nothing.native, nothing.empty, nothing.gone
    read: tuple[Quote, ...] = ()
    if isinstance(evidence.locks, Known) and empty:
        read = (Quote("lockdiscovery", "(empty)", evidence.locks.exchange),)
    elif gone is not None:
        read = (Quote("read afterwards", "404", gone),)
    unread = not (native or empty or idle or gone is not None)
    return Match(
        certainty=Certainty.LIKELY if unread or (_may_hide(evidence) and not native) else Certainty.CERTAIN,
        # PyWebDAV3 shows no lock on a collection, nor on a name where nothing is, and releases it all the same.
        headline="Nothing is locked here: the lock was gone before, or is released now"
        if idle and not (native or unlock_token_refused(evidence))
        else "The lock was already gone: nothing is left to release",
        explanation=(
            "UNLOCK was answered with a success, and no lock was shown before it."
            if idle and not (native or unlock_token_refused(evidence))
            else f"UNLOCK found nothing to release: its token locks nothing here any more. {nothing.ended}"
        )
        + (" Some servers of this kind hide their locks, though." if empty and _may_hide(evidence) else ""),
        retry=NOT_NEEDED,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "Lock-Token"), *read, *nothing.shows),
    )


def _replaced(other: ObservedLock, evidence: Evidence) -> Match:
    return Match(
        certainty=Certainty.CERTAIN,
        headline="Your lock was already gone, and another lock is active",
        explanation=f"{describe(other, evidence)}. Nothing else is active beside an exclusive lock.",
        retry=NOT_NEEDED,
        evidence=(
            *quotes.answer(evidence),
            *quotes.request_header(evidence, "Lock-Token"),
            *quotes.locks(evidence),
        ),
        facts=lock_facts(other),
    )


def _may_hide(evidence: Evidence) -> bool:
    """Whether an empty lockdiscovery leaves a doubt on this server."""
    return evidence.server is None or evidence.server.shows_locks is not True
