"""How long a lock lasts, as a person reads it."""

from datetime import datetime

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.expiry import ends_at, on_our_clock
from davlock.diagnosis.screen import Line
from davlock.diagnosis.wording import (
    has_no_end,
    is_over,
    is_overdue,
    may_be_endless,
    seconds_in_words,
    tells_no_time,
    time_left,
)
from davlock.locks.observed import ObservedLock
from davlock.locks.server_record import server_record

LONGEST = 10 * 365.25 * 86_400
"""Seconds beyond which no end is named: nobody waits for it, and some servers write any number."""


def end_of(covering: ObservedLock, evidence: Evidence) -> datetime | None:
    """Returns when a lock ends by the clock of the reader; ``None`` where that is not known."""
    end = ends_at(covering.lock, evidence, evidence.answered_at(covering.exchange))
    return on_our_clock(end, evidence.ahead) if end is not None else None


def lasting(covering: ObservedLock, evidence: Evidence) -> Line:
    """Returns how a sentence about a held lock goes on: `` for 10 more minutes (until …), unless …``, with a stop."""
    yours = covering.held or evidence.is_yours(covering.lock)
    unless = "unless you renew it" if yours else "unless their program renews the lock"
    if (over := _without_a_time(covering, evidence)) is not None:
        return (f"{over}.",)
    if evidence.captured is not None:
        return (".",)
    left, end = time_left(covering, evidence), end_of(covering, evidence)
    if left is None:
        granted = seconds_in_words(_granted(covering))
        return (f" for {granted} from its last renewal. The server does not show how much of that is left.",)
    if end is None:
        return (f" for at most {seconds_in_words(left)}, {unless}.",)
    comma = "," if server_record(covering.lock).taken is not None else ""
    return (f"{comma} for {_more(left)} (until ", end, f"), {unless}.")


def until_when(covering: ObservedLock, evidence: Evidence) -> Line:
    """Returns the same in brief: `` until … (10 min)``, without a stop."""
    if (over := _without_a_time(covering, evidence)) is not None:
        return (over,)
    if evidence.captured is not None:
        return ()
    left, end = time_left(covering, evidence), end_of(covering, evidence)
    if left is None:
        return (f" for {seconds_in_words(_granted(covering))} from its last renewal",)
    if end is None:
        return (f" for at most {seconds_in_words(left)}",)
    return (" until ", end, f" ({seconds_in_words(left)})")


def granted_until(granted: ObservedLock, evidence: Evidence) -> Line:
    """Returns until when a lock lasts that was granted just now, whatever the server shows later."""
    lock = granted.lock
    end = ends_at(lock, evidence, evidence.answered_at(granted.exchange), just_granted=True)
    if end is not None and lock.timeout is not None and lock.timeout.seconds is not None:
        return (" until ", on_our_clock(end, evidence.ahead), f" ({seconds_in_words(lock.timeout.seconds)})")
    return until_when(granted, evidence)


def left_in_words(covering: ObservedLock, evidence: Evidence) -> str:
    """Returns the same for a list: ``10 min left``."""
    if has_no_end(covering.lock, evidence):
        return "never expires"
    if evidence.captured is not None:
        return ""
    left = time_left(covering, evidence)
    if left is not None and left > LONGEST:
        return "more than ten years left"
    if _without_a_time(covering, evidence) is not None:
        return "end not known"
    if left is None:
        return f"{seconds_in_words(_granted(covering))} from its last renewal"
    known = end_of(covering, evidence) is not None
    return f"{'' if known else 'at most '}{seconds_in_words(left)} left"


def _granted(covering: ObservedLock) -> float:
    timeout = covering.lock.timeout
    return timeout.seconds or 0 if timeout is not None else 0


def _without_a_time(covering: ObservedLock, evidence: Evidence) -> str | None:
    """What is said of a lock that shows no number to count on; ``None`` where it does."""
    timeout = covering.lock.timeout
    if has_no_end(covering.lock, evidence):
        return ". The lock never expires by itself"
    if evidence.captured is not None:
        return None
    if is_over(timeout, evidence):
        return ". Its time is over, and the server still shows it"
    left = time_left(covering, evidence)
    if left is not None and left > LONGEST:
        return ". It lasts for more than ten years"
    if end_of(covering, evidence) is not None:
        return None
    if timeout is None or may_be_endless(timeout, evidence) or is_overdue(timeout):
        return " for an unknown time"
    if tells_no_time(evidence):
        return " for an unknown time (the time that this server shows means nothing)"
    return None


def _more(seconds: float) -> str:
    """``10 more minutes``."""
    amount, _, unit = seconds_in_words(seconds).partition(" ")
    names = {"s": "second", "min": "minute", "h": "hour", "days": "day"}
    if unit not in names:  # two units
        return f"{amount} {unit} more"
    return f"{amount} more {names[unit]}{'' if amount == '1' else 's'}"
