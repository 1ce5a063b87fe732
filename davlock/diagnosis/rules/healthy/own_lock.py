"""The resource is locked, and you hold the token.

What happened: lockdiscovery shows a lock whose token you have. A write that submits it goes through.

How sure we are: certain. The tokens are the same. Likely where others hold shared locks beside yours, for whether one
token is enough is known of the product only.

What to do: submit the token with every write; refresh before half of the time is over; release it when done.

How to confirm: `davlock put FILE URL --token TOKEN` goes through.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, Severity
from davlock.diagnosis.resource import CoveringLock
from davlock.diagnosis.rule import Family, Match, Role, Rule, rfc4918
from davlock.diagnosis.situation import foreign_locks, is_inquiry, one_shared_token_is_enough, own_locks
from davlock.diagnosis.wording import describe, lock_facts, until, who_says


def check(evidence: Evidence) -> Match | None:
    """Nothing was tried, and a covering lock's token is held."""
    mine = own_locks(evidence)
    if not mine or not is_inquiry(evidence):
        return None
    others = bool(foreign_locks(evidence))
    if others and not one_shared_token_is_enough(evidence):
        return None
    lock = mine[0]
    if lock.token in evidence.typed:
        return _typed(lock, evidence, others=others)
    return Match(
        certainty=Certainty.LIKELY if others else Certainty.CERTAIN,
        headline=f"It is locked by you {until(lock, evidence)}",
        explanation="You hold this lock's token: writes that submit it are not refused because of it.",
        retry=NOT_NEEDED,
        evidence=tuple(quotes.lock(entry) for entry in mine),
        facts=lock_facts(lock),
    )


def _typed(lock: CoveringLock, evidence: Evidence, *, others: bool) -> Match:
    """Whoever types a token need not have taken its lock."""
    return Match(
        certainty=Certainty.LIKELY if others else Certainty.CERTAIN,
        headline=f"The token that you gave is that of the lock: {describe(lock, evidence)}",
        explanation="Writes that submit it are not refused because of the lock. Some servers let only the user who took"
        f" a lock use its token. {who_says(lock.lock)}",
        retry=NOT_NEEDED,
        evidence=(quotes.lock(lock),),
        facts=lock_facts(lock),
    )


RULE = Rule(
    id="lock-is-yours",
    family=Family.HEALTHY,
    severity=Severity.OK,
    title="locked, and the token is held",
    page=__doc__,
    check=check,
    role=Role.NOTE,
    references=(rfc4918("6.5"),),
)
