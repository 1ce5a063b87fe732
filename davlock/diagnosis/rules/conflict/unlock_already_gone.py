"""there is no lock to release any more.

What happened: you wanted to release a lock, but it had already expired, someone else had released it, or it was gone
with its resource.

How sure we are: certain if the server showed no lock afterwards, or another exclusive lock in place of yours. Likely
if davlock did not check, but earlier requests show that the lock was released, deleted with its resource, or not
renewed in time.

What to do: nothing. A program should treat this as success.

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
    """Matches an UNLOCK that had nothing to release.

    Its token was refused and no lock exists, or another one in place of ours; or files_lock answers 412 to X-User-Lock.
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
        # PyWebDAV3 shows no lock on a collection, nor on a name that does not exist, but it releases one there.
        headline="Nothing is locked here any more"
        if idle and not (native or unlock_token_refused(evidence))
        else "The lock was already gone, so there is nothing to release",
        explanation=(
            "UNLOCK worked, although the server had shown no lock before."
            if idle and not (native or unlock_token_refused(evidence))
            else f"The token of your UNLOCK locks nothing here any more. {nothing.ended}".rstrip()
        )
        + (" But some servers of this kind hide their locks." if empty and _may_hide(evidence) else ""),
        retry=NOT_NEEDED,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "Lock-Token"), *read, *nothing.shows),
    )


def _replaced(other: ObservedLock, evidence: Evidence) -> Match:
    return Match(
        certainty=Certainty.CERTAIN,
        headline="Your lock was already gone, and another lock is active",
        explanation=f"{describe(other, evidence)}. No other lock can exist beside an exclusive lock.",
        retry=NOT_NEEDED,
        evidence=(
            *quotes.answer(evidence),
            *quotes.request_header(evidence, "Lock-Token"),
            *quotes.locks(evidence),
        ),
        facts=lock_facts(other),
    )


def _may_hide(evidence: Evidence) -> bool:
    """Whether this server may hide a lock although its lockdiscovery is empty."""
    return evidence.server is None or evidence.server.shows_locks is not True
