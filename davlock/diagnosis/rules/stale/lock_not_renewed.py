"""nobody renewed the lock between two readings.

What happened: the same lock was read twice, at least a minute apart. Its time fell by what passed, so nobody renewed
it. That says little about its holder: davfs2 renews 60 s before the end, LibreOffice 30 s.

How sure we are: certain, for the time between the two readings. The holder can renew it at any moment.

What to do: wait until it ends. A holder who is still there renews it before.

How to confirm: read it again shortly before the end. If its time has gone up, somebody renewed it.
"""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Certainty, RetryVerdict, Severity, after_wait
from davlock.diagnosis.predicates.locks import foreign_locks
from davlock.diagnosis.predicates.refusal import locks_in_question
from davlock.diagnosis.readings import quote_reading, renewal_record, time_readings, unrenewed_long
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match, Role, rfc4918, rule
from davlock.diagnosis.wording import holder, seconds_in_words


@rule(
    id="lock-not-renewed",
    severity=Severity.NOTICE,
    role=Role.NOTE,
    retry=(RetryVerdict.AFTER_WAIT,),
    see=(rfc4918("6.6"), rfc4918("9.10.2")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a foreign lock that nobody renewed for a minute or more before the last reading."""
    if not locks_in_question(evidence):
        return None
    known = time_readings(evidence)
    for covering in foreign_locks(evidence):
        readings = known.get(covering.token, ())
        record = renewal_record(readings, evidence)
        silence = record.unrenewed_for
        if silence is None or not unrenewed_long(record):
            continue
        first, last = readings[record.last_renewal or 0], readings[-1]
        left = last.seconds or 0.0
        url = covering.root or covering.url
        return Match(
            certainty=Certainty.CERTAIN,
            headline=f"{holder(covering)} has not renewed the lock for {seconds_in_words(silence)};"
            f" it ends in {seconds_in_words(left)}",
            explanation="The holder may still be there: many programs renew late.",
            retry=after_wait(left),
            evidence=(quote_reading(first, evidence), quote_reading(last, evidence)),
            facts=(("token", covering.token), ("unrenewed_seconds", round(silence)), ("left_seconds", round(left))),
            remedies=(safe("Watch whether somebody renews it", ("davlock", "watch", url)),),
        )
    return None
