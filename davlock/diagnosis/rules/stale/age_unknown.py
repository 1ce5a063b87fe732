"""Nothing tells how old this lock is.

What happened: the lock does not end by itself, so that whoever finds it wants to know whether it was left behind. RFC
4918 has no time of creation; this server adds none, and the lock's token holds no time.

How sure we are: certain, as far as this answer goes.

What to do: ask the holder, or the administrator, who may find the LOCK in the server's log.

How to confirm: look for nc:lock-time in `davlock propfind URL`, and for a version 1 UUID in the token.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.age import age
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, Severity
from davlock.diagnosis.rule import Family, Match, Role, Rule, rfc4918
from davlock.diagnosis.situation import foreign_locks, is_inquiry
from davlock.diagnosis.wording import has_no_end


def check(evidence: Evidence) -> Match | None:
    """Nothing was tried, and a foreign lock without an end has no age."""
    if not is_inquiry(evidence):
        return None
    for covering in foreign_locks(evidence):
        if has_no_end(covering.lock, evidence) and age(covering.lock, evidence, covering.exchange) is None:
            return Match(
                certainty=Certainty.CERTAIN,
                headline="How long it has been locked is not known: nothing here tells",
                explanation="Neither the server nor the token says when the lock was taken.",
                retry=NOT_NEEDED,
                evidence=(quotes.lock(covering),),
            )
    return None


RULE = Rule(
    id="lock-age-unknown",
    family=Family.STALE,
    severity=Severity.NOTICE,
    title="no source of age here",
    page=__doc__,
    check=check,
    role=Role.NOTE,
    references=(rfc4918("14.1"),),
)
