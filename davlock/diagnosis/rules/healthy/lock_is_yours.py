"""locked, and the token is held.

What happened: The resource is locked, and you hold the token. Lockdiscovery shows a lock that davlock took, or whose
token you gave. A write that sends the token goes through. Every other program is refused with 423, also one of yours,
for the server goes by the token alone.

How sure we are: certain. The tokens are the same. Likely where others hold shared locks beside yours, for whether one
token is enough is known of the product only. Possible where you typed the token of a lock that is not known to be
yours: many servers let only the user who took a lock use its token.

What to do: submit the token with every write; refresh before half of the time is over; release it when done.

How to confirm: `davlock put FILE URL --token TOKEN` goes through.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, RetryVerdict, Severity
from davlock.diagnosis.predicates.locks import doubtful_tokens, foreign_locks, one_shared_token_is_enough, own_locks
from davlock.diagnosis.predicates.refusal import is_inquiry
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match, Role, rfc4918, rule
from davlock.diagnosis.wording import ask_holder, lock_facts, until
from davlock.locks.observed import ObservedLock


@rule(
    id="lock-is-yours",
    severity=Severity.OK,
    role=Role.NOTE,
    retry=(RetryVerdict.NOT_NEEDED,),
    see=(rfc4918("6.5"),),
)
def check(evidence: Evidence) -> Match | None:
    """Nothing was tried, and a covering lock's token is held."""
    mine = own_locks(evidence)
    if not mine or not is_inquiry(evidence):
        return None
    others = bool(foreign_locks(evidence))
    if others and not one_shared_token_is_enough(evidence):
        return None
    lock = mine[0]
    if doubtful := doubtful_tokens(evidence):
        return _typed(doubtful, evidence)
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


def _typed(locks: tuple[ObservedLock, ...], evidence: Evidence) -> Match:
    """A token that was typed, where this login may not be the one that it works for."""
    lock, server = locks[0], evidence.server
    who = f"{server.title} lets" if server is not None and server.foreign_token_works is False else "Many servers let"
    return Match(
        certainty=Certainty.POSSIBLE,
        headline=f"It is locked {until(lock, evidence)}; your token may not work for this login",
        explanation=f"The token is that of the lock. {who} only the user who took a lock use its token, and nothing"
        " says that you took it.",
        retry=NOT_NEEDED,
        evidence=tuple(quotes.lock(entry) for entry in locks),
        facts=lock_facts(lock),
        remedies=(
            safe("If you did not take it, log in as the user who did"),
            ask_holder(lock),
        ),
    )
