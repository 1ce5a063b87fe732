"""Second-0 and the like: what it means on this server.

What happened: the server wrote the lock's time in a way that can be read more than one way. Second-0 is a lock without
an end on Go's webdav and one that has ended on Apache. chezdav leaves the timeout out for a lock without an end, and
goes on counting below zero. pywebdav3 writes Second-Infinite.

How sure we are: possible where only time can tell. Likely where the words hardly mean anything else.

What to do: do not count on the lock, and do not count on its end. Take yours with a finite Timeout, and refresh it.

How to confirm: look again after the time that the lock may have: `davlock locks URL`.
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

PERHAPS_ENDLESS = Alternative("lock-never-expires", "another look when the lock should be gone: it is still there")


@rule(
    id="timeout-ambiguous",
    severity=Severity.WARNING,
    role=Role.NOTE,
    retry=(RetryVerdict.NOT_NEEDED,),
    see=(rfc4918("10.7"), rfc4918("14.29")),
)
def check(evidence: Evidence) -> Match | None:
    """The lock just granted, else a covering one that somebody asks about."""
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
        return None  # the server says in words of its own what it means
    alternatives: tuple[Alternative, ...] = (PERHAPS_ENDLESS,)
    if timeout is None:
        headline = "Until when the lock lasts is not told: its timeout is missing or unreadable"
        explanation = "It may have no end, or one that the server keeps to itself."
    elif is_over(timeout, evidence):
        alternatives = ()
        headline = f"The lock's time is over ({timeout.as_sent}), and the server still shows it"
        explanation = "It counts on below zero: the holder did not renew it, and the server does not clean up."
    elif is_overdue(timeout):
        if evidence.granted is not None:
            return None
        alternatives = ()
        headline = f"The server shows a time below zero ({timeout.as_sent}), and still shows the lock"
        explanation = "Its time may be over, on a server that does not clean up; or the server computed it wrongly."
    elif may_be_endless(timeout, evidence):
        headline = "Second-0 can mean that the lock has ended, or that it never does"
        explanation = "Go's webdav writes it for a lock without an end, Apache for one whose time is over."
    elif timeout.infinite and not _says_infinite(timeout):
        alternatives = ()
        headline = f"The timeout {timeout.as_sent} is read as Infinite: other clients may take it for nothing"
        explanation = "RFC 4918 has one word for a lock without an end, and this is not it."
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
    """What stood in the place of the timeout, where anything did."""
    answer = read_propfind(evidence.exchanges[exchange])
    found = () if isinstance(answer, str) else answer.deviations
    return next((entry.what for entry in found if entry.where == TIMEOUT), "no timeout")
