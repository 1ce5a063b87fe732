"""it is locked, and you have the token.

What happened: davlock took the lock, or you gave its token. A write that sends the token passes. The server refuses
every other program with 423, even yours, because it looks only at the token.

How sure we are: certain. The tokens are the same. Likely if others hold shared locks, too: only the product is known to
accept one token. A guess if you typed the token of a lock that may not be yours: many servers accept a token only from
the user who took the lock.

What to do: send the token with every write. Renew the lock before half of its time is over, and release it when you are
done.

How to confirm: `davlock put FILE URL --token TOKEN` succeeds.
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
    """Matches if nothing was tried and we hold the token of a covering lock."""
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
        headline=f"You hold a lock {until(lock, evidence)}"
        if lock.mine
        else f"It is locked {until(lock, evidence)}, and you have the token",
        explanation="davlock took it and sends its token, so its own writes pass. Other programs get 423, even yours."
        if lock.mine
        else "Writes that send the token pass; all others get 423. The token does not show whose lock it is.",
        retry=NOT_NEEDED,
        evidence=tuple(quotes.lock(entry) for entry in mine),
        facts=lock_facts(lock),
    )


def _typed(locks: tuple[ObservedLock, ...], evidence: Evidence) -> Match:
    """Returns the match for a typed token that may not work for this login."""
    lock, server = locks[0], evidence.server
    who = f"{server.title} lets" if server is not None and server.foreign_token_works is False else "Many servers let"
    return Match(
        certainty=Certainty.POSSIBLE,
        headline="Your token may not work: another login may have taken the lock",
        explanation=f"The token is the lock's. {who} only the user who took a lock use its token, and nothing shows"
        " that you did.",
        retry=NOT_NEEDED,
        evidence=tuple(quotes.lock(entry) for entry in locks),
        facts=lock_facts(lock),
        remedies=(
            safe("Log in as the user who took the lock"),
            ask_holder(lock),
        ),
    )
