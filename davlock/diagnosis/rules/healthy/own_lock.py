"""The resource is locked, and you hold the token.

What happened: lockdiscovery shows a lock that davlock took, or whose token you gave. A write that sends the token goes
through. Every other program is refused with 423, also one of yours, for the server goes by the token alone.

How sure we are: certain. The tokens are the same. Likely where others hold shared locks beside yours, for whether one
token is enough is known of the product only.

What to do: submit the token with every write; refresh before half of the time is over; release it when done.

How to confirm: `davlock put FILE URL --token TOKEN` goes through.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, Severity
from davlock.diagnosis.rule import Family, Match, Role, Rule, rfc4918
from davlock.diagnosis.situation import foreign_locks, is_inquiry, one_shared_token_is_enough, own_locks
from davlock.diagnosis.wording import lock_facts, until


def check(evidence: Evidence) -> Match | None:
    """Nothing was tried, and a covering lock's token is held."""
    mine = own_locks(evidence)
    if not mine or not is_inquiry(evidence):
        return None
    others = bool(foreign_locks(evidence))
    if others and not one_shared_token_is_enough(evidence):
        return None
    lock = mine[0]
    return Match(
        certainty=Certainty.LIKELY if others else Certainty.CERTAIN,
        headline=f"It is locked by you {until(lock, evidence)}: other programs are refused"
        if lock.mine
        else f"It is locked {until(lock, evidence)}, and you have the token",
        explanation="davlock took this lock and sends its token: its own writes pass. Other programs get 423, also"
        " yours."
        if lock.mine
        else "Writes that send the token pass. All others are refused with 423. The token does not tell whose lock it"
        " is.",
        retry=NOT_NEEDED,
        evidence=tuple(quotes.lock(entry) for entry in mine),
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
