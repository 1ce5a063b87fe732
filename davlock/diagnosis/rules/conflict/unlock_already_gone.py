"""UNLOCK was refused because nothing is locked: the goal is met.

What happened: the lock that was to be released had expired, was released by someone else, or went with its resource.

How sure we are: certain where lockdiscovery was read afterwards and shows no lock.

What to do: nothing. A client should treat this as success.

How to confirm: `davlock locks URL` shows no lock.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, Quote, Severity
from davlock.diagnosis.rule import Family, Match, Rule, rfc4918
from davlock.diagnosis.situation import locks_read_since, unlock_token_refused


def check(evidence: Evidence) -> Match | None:
    """UNLOCK refused for its token, and no lock is there; or files_lock's 412 to X-User-Lock, which means "not
    locked".
    """
    if not unlock_token_refused(evidence):
        return None
    native = evidence.status == 412 and "X-User-Lock" in evidence.headers
    empty = isinstance(evidence.locks, Known) and not evidence.covering and locks_read_since(evidence)
    dead = isinstance(evidence.token_alive, Known) and not evidence.token_alive.value
    if not (native or empty or dead):
        return None
    read: tuple[Quote, ...] = ()
    if isinstance(evidence.locks, Known) and empty:
        read = (Quote("lockdiscovery", "(empty)", evidence.locks.exchange),)
    elif isinstance(evidence.token_alive, Known):
        read = (Quote("refresh with the same token", "refused: the token is dead", evidence.token_alive.exchange),)
    return Match(
        certainty=Certainty.CERTAIN if empty or native else Certainty.LIKELY,
        headline="The lock was already gone: nothing is left to release",
        explanation="UNLOCK was refused because its token locks nothing here any more.",
        retry=NOT_NEEDED,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "Lock-Token"), *read),
    )


RULE = Rule(
    id="409-unlock-already-gone",
    family=Family.CONFLICT,
    severity=Severity.NOTICE,
    title="UNLOCK, and nothing is locked: the goal is met",
    page=__doc__,
    check=check,
    references=(rfc4918("9.11.1"),),
)
