"""the server granted or renewed the lock.

What happened: the server answered LOCK with a lock and its token, or it renewed a lock.

How sure we are: certain if the server shows the token afterwards, or refuses a second exclusive LOCK. Likely from the
answer alone, because some servers answer LOCK and protect nothing. A renewal proves nothing: those servers accept every
renewal, too.

What to do: send the token with every write. Renew the lock before half of its time is over.

How to confirm: `davlock locks URL` shows the token.
"""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known, Unreadable
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.predicates.grants import grant_read_back, grant_stands
from davlock.diagnosis.predicates.trials import second_lock_refused
from davlock.diagnosis.rule import Match, Role, rfc4918, rule
from davlock.diagnosis.wording import is_over, is_overdue, may_be_endless, never_ends, seconds_in_words


@rule(
    id="lock-granted",
    severity=Severity.OK,
    role=Role.NOTE,
    retry=(RetryVerdict.NOT_NEEDED,),
    see=(rfc4918("9.10.1"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a LOCK that brought a lock, unless it is gone afterwards or the product keeps no locks."""
    lock = evidence.granted
    if lock is None or lock.token is None or not grant_stands(evidence):
        return None
    token = lock.token.uri
    shown = any(covering.token == token for covering in evidence.covering)
    read_back = grant_read_back(evidence, token)
    second = second_lock_refused(evidence)
    seconds = lock.timeout.seconds if lock.timeout else None
    if never_ends(lock.timeout, evidence):
        time = "without end"
    elif may_be_endless(lock.timeout, evidence) or (is_overdue(lock.timeout) and not is_over(lock.timeout, evidence)):
        time = "for an unknown time"
    elif seconds == 0:
        time = "for less than a second" if shown else "for no time at all: it has ended already"
    else:
        time = f"for {seconds_in_words(seconds)}" if seconds is not None else "for an unknown time"
    scope = lock.scope.value if lock.scope else "write"
    verb = "renewed" if evidence.is_refresh else "granted"
    quote = [Quote("LOCK answer", f"{scope} lock, token {token}", evidence.subject)]
    if read_back and isinstance(evidence.locks, Known):
        quote.append(Quote("lockdiscovery", f"shows {token}", evidence.locks.exchange))
    if second is not None:
        quote.append(Quote("second LOCK, without a token", "423", second))
    return Match(
        certainty=Certainty.CERTAIN if read_back or second is not None else Certainty.LIKELY,
        headline=f"The server {verb} the lock {time}",
        explanation=_looked(evidence, seen=read_back, second=second is not None),
        retry=NOT_NEEDED,
        evidence=tuple(quote),
        facts=(
            ("token", token),
            ("scope", lock.scope.value if lock.scope else None),
            ("depth", lock.depth.value if lock.depth else None),
            ("timeout", lock.timeout.as_sent if lock.timeout else None),
        ),
    )


def _looked(evidence: Evidence, *, seen: bool, second: bool) -> str:
    if seen:
        return "The server shows it."
    if second:
        return "The server hides it, but refuses a second LOCK: the lock keeps others out."
    if isinstance(evidence.locks, Unreadable):
        return "The server does not show its locks, so the lock is not verified."
    return "Nobody read the locks afterwards, so it is not verified."
