"""renewed between two readings.

What happened: the same lock was read more than once. It had more time left than before, or more than should be left.
Somebody renewed it in between (RFC 4918 calls that a refresh), and it was not you.

How sure we are: certain where the server is known or was seen to count down, else likely. A server that shows the
granted time shows more of it only after a renewal, too.

What to do: ask the holder. While somebody renews it, the lock does not end by itself. Releasing it interrupts work.

How to confirm: read it again after a minute: `davlock locks URL`, or follow it with `davlock watch URL`.
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
    """A foreign lock that was seen to be renewed, and was not left unrenewed for long after that."""
    if not locks_in_question(evidence):
        return None
    known = time_readings(evidence)
    for covering in foreign_locks(evidence):
        readings = known.get(covering.token, ())
        said = renewal_record(readings, evidence)
        number = said.last_renewal
        if number is None or unrenewed_long(said):
            continue
        return Match(
            certainty=Certainty.CERTAIN if said.counts_down else Certainty.LIKELY,
            headline="The lock was renewed between two readings: it was in use at that time",
            explanation="While somebody renews it, it does not end by itself.",
            retry=NOT_NEEDED,
            evidence=tuple(quote_reading(reading, evidence) for reading in readings[number - 1 : number + 1]),
            facts=(("token", covering.token),),
        )
    return None
