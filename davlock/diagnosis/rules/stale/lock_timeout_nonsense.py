"""the granted time is negative or too large.

What happened: the timeout in the answer to LOCK is below zero, or larger than RFC 4918 allows. A new lock cannot be
over, so the server computed the time wrongly. Its clock, its time zone or the unit of its setting may be wrong.

How sure we are: certain. The answer to LOCK itself has the time.

What to do: do not trust the time. Renew your own lock early, and release it yourself. Report it to the server's author.

How to confirm: take a short lock, and run `davlock locks URL` after its time.
"""

import re

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.remedies import for_admin, safe
from davlock.diagnosis.rule import Match, Role, rfc4918, rule
from davlock.diagnosis.wording import has_no_end, is_over, is_overdue, tells_no_time
from davlock.protocol.headers import LARGEST_TIMEOUT
from davlock.protocol.lock import ActiveLock, Timeout


@rule(
    id="lock-timeout-nonsense",
    severity=Severity.WARNING,
    role=Role.NOTE,
    retry=(RetryVerdict.NOT_NEEDED,),
    see=(rfc4918("10.7"), rfc4918("14.29")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a time below zero or beyond 2^32-1 in the answer to the LOCK that took or renewed the lock."""
    granted = evidence.granted
    if granted is None or granted.token is None or granted.timeout is None or not _is_nonsense(granted, evidence):
        return None
    text = granted.timeout.as_sent
    below = is_overdue(granted.timeout)
    what = "below zero" if below else "larger than RFC 4918 allows"
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"The server granted a time {what} ({text}), which cannot be right",
        explanation=("A new lock cannot be over already. " if below else "") + "Nobody knows when this lock ends.",
        retry=NOT_NEEDED,
        evidence=(Quote("LOCK answer", f"timeout {text}", evidence.subject),),
        facts=(("timeout", text),),
        remedies=(
            safe("Renew it early, and release it yourself"),
            for_admin(safe("Check the server's clock and lock timeout setting")),
        ),
    )


def _is_nonsense(lock: ActiveLock, evidence: Evidence) -> bool:
    """Whether the time makes no sense. Products that are known to write such times mean something by them."""
    timeout = lock.timeout
    if timeout is None or has_no_end(lock, evidence) or is_over(timeout, evidence) or tells_no_time(evidence):
        return False
    return is_overdue(timeout) or _is_too_large(timeout)


def _is_too_large(timeout: Timeout) -> bool:
    number = re.fullmatch(r"Second-([0-9]+)", timeout.as_sent, re.IGNORECASE | re.ASCII)
    return number is not None and int(number[1][:20]) > LARGEST_TIMEOUT
