"""nobody can say how old the lock is.

What happened: the lock does not end by itself, so you may wonder whether somebody left it behind. But RFC 4918 has no
time of creation, this server adds none, and the lock's token does not contain a time.

How sure we are: certain, for this answer.

What to do: ask the holder. Or ask the administrator, who may find the LOCK in the server's log.

How to confirm: look for nc:lock-time in `davlock propfind URL`, and for a version 1 UUID in the token.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.age import age
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, RetryVerdict, Severity
from davlock.diagnosis.predicates.locks import foreign_locks
from davlock.diagnosis.predicates.refusal import is_inquiry
from davlock.diagnosis.rule import Match, Role, rfc4918, rule
from davlock.diagnosis.wording import has_no_end


@rule(
    id="lock-age-unknown",
    severity=Severity.NOTICE,
    role=Role.NOTE,
    retry=(RetryVerdict.NOT_NEEDED,),
    see=(rfc4918("14.1"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches if nothing was tried and nothing shows the age of a foreign lock that never expires."""
    if not is_inquiry(evidence):
        return None
    for covering in foreign_locks(evidence):
        if has_no_end(covering.lock, evidence) and age(covering.lock, evidence, covering.exchange) is None:
            return Match(
                certainty=Certainty.CERTAIN,
                headline="Nobody can say how long it has been locked",
                explanation="Neither the server nor the token shows when the lock was taken.",
                retry=NOT_NEEDED,
                evidence=(quotes.lock(covering),),
            )
    return None
