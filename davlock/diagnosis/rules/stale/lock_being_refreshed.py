"""somebody renewed the lock between two readings.

What happened: the same lock was read more than once. It had more time left than before, or more than it should have.
Somebody other than you renewed it (RFC 4918 calls that a refresh).

How sure we are: certain if the server counts down. Otherwise likely: a server that shows the granted time shows more of
it only after a renewal, too.

What to do: ask the holder. While somebody renews the lock, it does not end by itself. If you release it, you interrupt
their work.

How to confirm: read it again after a minute with `davlock locks URL`, or follow it with `davlock watch URL`.
"""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, RetryVerdict, Severity
from davlock.diagnosis.predicates.locks import foreign_locks
from davlock.diagnosis.predicates.refusal import locks_in_question
from davlock.diagnosis.readings import quote_reading, renewal_record, time_readings, unrenewed_long
from davlock.diagnosis.rule import Match, Role, rfc4918, rule


@rule(
    id="lock-being-refreshed",
    severity=Severity.NOTICE,
    role=Role.NOTE,
    retry=(RetryVerdict.NOT_NEEDED,),
    see=(rfc4918("9.10.2"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a foreign lock that somebody renewed and did not leave unrenewed for long afterwards."""
    if not locks_in_question(evidence):
        return None
    known = time_readings(evidence)
    for covering in foreign_locks(evidence):
        readings = known.get(covering.token, ())
        record = renewal_record(readings, evidence)
        number = record.last_renewal
        if number is None or unrenewed_long(record):
            continue
        return Match(
            certainty=Certainty.CERTAIN if record.counts_down else Certainty.LIKELY,
            headline="Somebody renewed the lock between two readings, so it was in use",
            explanation="While somebody renews it, it does not end by itself.",
            retry=NOT_NEEDED,
            evidence=tuple(quote_reading(reading, evidence) for reading in readings[number - 1 : number + 1]),
            facts=(("token", covering.token),),
        )
    return None
