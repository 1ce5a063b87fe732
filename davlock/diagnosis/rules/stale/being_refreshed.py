"""The lock's holder is alive.

What happened: the same lock was looked at more than once, and had more time left than before, or more than the clock
would have left it. Somebody refreshed it in between, and it was not you.

How sure we are: certain where the server is known or was seen to count down. Likely otherwise: a server that shows the
time granted shows more of it only after a refresh, too.

What to do: ask the holder. Waiting for the lock to run out is in vain, and releasing it breaks into work that is
going on.

How to confirm: look again after a minute.
"""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, Severity
from davlock.diagnosis.lifetime import counts_down, last_refresh, looks
from davlock.diagnosis.rule import Family, Match, Role, Rule, rfc4918
from davlock.diagnosis.rules.stale import looks_abandoned
from davlock.diagnosis.situation import foreign_locks, locks_in_question


def check(evidence: Evidence) -> Match | None:
    """A foreign lock that was seen to be refreshed by somebody else, and has not been let run out since."""
    if not locks_in_question(evidence) or looks_abandoned.check(evidence) is not None:
        return None
    known = looks(evidence)
    for covering in foreign_locks(evidence):
        seen = known.get(covering.token, ())
        number = last_refresh(evidence, seen)
        if number is None:
            continue
        return Match(
            certainty=Certainty.CERTAIN if counts_down(evidence, seen) else Certainty.LIKELY,
            headline="Its holder is alive: the lock was refreshed between two looks",
            explanation="Waiting for it to run out is in vain while the holder goes on.",
            retry=NOT_NEEDED,
            evidence=(seen[number - 1].quote, seen[number].quote),
            facts=(("token", covering.token),),
        )
    return None


RULE = Rule(
    id="lock-being-refreshed",
    family=Family.STALE,
    severity=Severity.NOTICE,
    title="the holder is alive",
    page=__doc__,
    check=check,
    role=Role.NOTE,
    references=(rfc4918("9.10.2"),),
)
