"""the lock's time can mean more than one thing.

What happened: the server wrote the lock's time in a way that can mean different things. Second-0 is a lock that
never expires on Go's WebDAV, and one that has ended on Apache. chezdav leaves the time out for a lock that never
expires, and counts on below zero. pywebdav3 writes Second-Infinite.

How sure we are: a guess if only time can tell. Likely if the words hardly mean anything else.

What to do: do not rely on the lock, nor on its end. Take your own with a finite Timeout, and renew it.

How to confirm: run `davlock locks URL` again after the time that the lock may have.
"""

import re

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import NOT_NEEDED, Alternative, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.predicates.refusal import locks_in_question
from davlock.diagnosis.resource import read_propfind
from davlock.diagnosis.rule import Match, Role, rfc4918, rule
from davlock.diagnosis.wording import is_over, is_overdue, may_be_endless
from davlock.locks.server_record import server_record
from davlock.protocol.lock import ActiveLock, Timeout

TIMEOUT = "activelock/timeout"

PERHAPS_ENDLESS = Alternative("lock-never-expires", "a reading after the lock should be gone: it is still there")


@rule(
    id="timeout-ambiguous",
    severity=Severity.WARNING,
    role=Role.NOTE,
    retry=(RetryVerdict.NOT_NEEDED,),
    see=(rfc4918("10.7"), rfc4918("14.29")),
)
def check(evidence: Evidence) -> Match | None:
    """Judges the lock just granted, otherwise a covering one that somebody asks about."""
    granted = evidence.granted
    if granted is not None:
        quote = Quote("LOCK answer", _words(granted.timeout), evidence.subject)
        return _match(granted, evidence, quote) if granted.token is not None else None
    if not locks_in_question(evidence):
        return None
    for covering in evidence.covering:
        quote = quotes.lock(covering)
        if covering.lock.timeout is None:
            quote = Quote("lockdiscovery", _unreadable(evidence, covering.exchange), covering.exchange)
        if (match := _match(covering.lock, evidence, quote)) is not None:
            return match
    return None


def _match(lock: ActiveLock, evidence: Evidence, quote: Quote) -> Match | None:
    timeout = lock.timeout
    if server_record(lock).endless:
        return None  # the server says in its own words what it means
    alternatives: tuple[Alternative, ...] = (PERHAPS_ENDLESS,)
    if timeout is None:
        headline = "The server does not say when the lock ends"
        explanation = (
            "Its timeout is missing or unreadable. The lock may never end, or end at a time that nobody knows."
        )
    elif is_over(timeout, evidence):
        alternatives = ()
        headline = f"The lock's time is over ({timeout.as_sent}), but the server still shows it"
        explanation = "The holder did not renew it, and the server counts on below zero instead of removing it."
    elif is_overdue(timeout):
        if evidence.granted is not None:
            return None
        alternatives = ()
        headline = f"The server shows the lock with a time below zero ({timeout.as_sent})"
        explanation = "The lock may be over on a server that does not clean up, or the server counts wrongly."
    elif may_be_endless(timeout, evidence):
        headline = "The server shows no time left: the lock has ended, or it never ends"
        explanation = "Go's WebDAV writes Second-0 for a lock that never expires, Apache for one whose time is over."
    elif timeout.infinite and not _says_infinite(timeout):
        alternatives = ()
        headline = f"The server writes {timeout.as_sent} for “never ends”: other clients may not understand it"
        explanation = "davlock reads it as Infinite, the only word that RFC 4918 has for it."
    else:
        return None
    return Match(
        certainty=Certainty.POSSIBLE if alternatives else Certainty.LIKELY,
        headline=headline,
        explanation=explanation,
        retry=NOT_NEEDED,
        evidence=(quote,),
        facts=(("timeout", timeout.as_sent if timeout else None),),
        alternatives=alternatives,
    )


def _says_infinite(timeout: Timeout) -> bool:
    return re.search(r"(?i)(?<![\w-])infinite(?![\w-])", timeout.as_sent) is not None


def _words(timeout: Timeout | None) -> str:
    return f"timeout {timeout.as_sent}" if timeout is not None else "no readable timeout"


def _unreadable(evidence: Evidence, exchange: int) -> str:
    """Returns what the server sent instead of a timeout."""
    answer = read_propfind(evidence.exchanges[exchange])
    deviations = () if isinstance(answer, str) else answer.deviations
    return next((entry.what for entry in deviations if entry.where == TIMEOUT), "no timeout")
