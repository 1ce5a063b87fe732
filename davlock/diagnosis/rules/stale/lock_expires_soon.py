"""the lock is about to end.

What happened: less than half a minute is left, on a server whose timeouts count down. If the lock is yours, your next
save may come too late: after the lock's end, the server refuses the write, or you overwrite somebody.

How sure we are: likely. Some versions do not count the time down, and the holder can renew the lock at any moment.

What to do: if it is yours, renew it now, and from then on at half of the granted time. If it is not, wait; releasing it
is not worth the harm.

How to confirm: run `davlock locks URL` half a minute later.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, RetryVerdict, Severity
from davlock.diagnosis.predicates.locks import foreign_locks, own_locks
from davlock.diagnosis.predicates.refusal import is_inquiry, locks_in_question, refused_as_locked
from davlock.diagnosis.readings import Readings, renewal_record, time_readings, unrenewed_long
from davlock.diagnosis.remedies import intrusive
from davlock.diagnosis.rule import Match, Role, rfc4918, rule
from davlock.diagnosis.wording import seconds_in_words
from davlock.locks.observed import ObservedLock

SOON = 30.0
"""Seconds: half of a minute, the shortest time that clients ask for. With more left, no holder is late."""


@rule(
    id="lock-expires-soon",
    severity=Severity.NOTICE,
    role=Role.NOTE,
    retry=(RetryVerdict.NOT_NEEDED,),
    see=(rfc4918("6.6"), rfc4918("9.10.2")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches if your lock, or every lock in the way, has less than half a minute left."""
    known = time_readings(evidence)
    for covering in own_locks(evidence):
        left = _left(covering, known, evidence)
        if left is not None and _is_at_stake(evidence) and not _is_short(covering, evidence, left):
            return _own(covering, evidence, left)
    foreign = foreign_locks(evidence)
    if not foreign or not locks_in_question(evidence):
        return None
    times = [left for covering in foreign if (left := _left(covering, known, evidence)) is not None]
    if len(times) < len(foreign) or any(_was_renewed(covering, known, evidence) for covering in foreign):
        return None
    return Match(
        certainty=Certainty.LIKELY,
        headline=f"Wait {seconds_in_words(max(times))}: the lock ends by itself unless its holder renews it",
        explanation="Little time is left. Releasing the lock is not worth the harm.",
        retry=NOT_NEEDED,
        evidence=tuple(quotes.lock(covering) for covering in foreign),
        facts=(("left_seconds", max(times)),),
    )


def _is_at_stake(evidence: Evidence) -> bool:
    """Whether the person relies on our lock now, and no other lock is the problem."""
    return is_inquiry(evidence) or (evidence.is_write and not refused_as_locked(evidence))


def _own(covering: ObservedLock, evidence: Evidence, left: float) -> Match:
    url = covering.root or covering.url
    command = ("davlock", "refresh", url, "--token", covering.token or "")
    return Match(
        certainty=Certainty.LIKELY,
        headline=f"Your lock ends in {seconds_in_words(left)}: renew it before you write",
        explanation="After its end, nothing protects your write, or the server refuses the token.",
        retry=NOT_NEEDED,
        evidence=(quotes.lock(covering),),
        facts=(("left_seconds", left),),
        remedies=(intrusive("Renew your lock", command),),
    )


def _was_renewed(covering: ObservedLock, known: Readings, evidence: Evidence) -> bool:
    """Whether its holder was seen to renew it, and may well do so again."""
    record = renewal_record(known.get(covering.token, ()), evidence)
    return record.last_renewal is not None and not unrenewed_long(record)


def _left(covering: ObservedLock, known: Readings, evidence: Evidence) -> float | None:
    """Returns the time left if it is known to be little. Not for ``Second-0``, which has more than one meaning."""
    seconds = covering.lock.timeout.seconds if covering.lock.timeout else None
    counts = renewal_record(known.get(covering.token, ()), evidence).counts_down
    return seconds if counts and seconds is not None and 0 < seconds < SOON else None


def _is_short(covering: ObservedLock, evidence: Evidence, left: float) -> bool:
    """Whether the lock was short from the beginning and more than half of its time is left."""
    granted = [entry.lock.timeout for entry in evidence.grants if entry.token == covering.token]
    seconds = granted[-1].seconds if granted and granted[-1] is not None else None
    return seconds is not None and left * 2 >= seconds
