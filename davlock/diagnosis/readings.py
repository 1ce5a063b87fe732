"""The times that a server showed for its locks, as readings: what :mod:`davlock.locks.renewal` compares."""

from collections.abc import Mapping

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Quote
from davlock.diagnosis.wording import is_over, is_overdue, may_be_endless, never_ends, tells_no_time
from davlock.locks.observed import Observation
from davlock.locks.renewal import RenewalRecord, TimeReading, passed, record
from davlock.protocol.lock import Timeout

WORTH_SAYING = 60.0
"""Seconds without a renewal from which on a finding says so: a shorter time says nothing about anybody."""

Readings = Mapping[str | None, tuple[TimeReading, ...]]
"""By token, in the order of the exchanges."""


def time_reading(timeout: Timeout | None, evidence: Evidence, observation: Observation) -> TimeReading:
    """What one answer showed; ``evidence`` says whose server it is, and so what the timeout means."""
    text = timeout.as_sent if timeout is not None else ""
    if never_ends(timeout, evidence):
        return TimeReading(seconds=None, observation=observation, endless=True, as_sent=text)
    over = is_over(timeout, evidence)
    miscounted = is_overdue(timeout) and not over
    if timeout is None or miscounted or tells_no_time(evidence) or may_be_endless(timeout, evidence):
        return TimeReading(seconds=None, observation=observation, as_sent=text)
    return TimeReading(seconds=0.0 if over else timeout.seconds, observation=observation, over=over, as_sent=text)


def renewal_in_words(first: TimeReading, second: TimeReading) -> str:
    """Two readings in one clause: ``45 s are left, and without a renewal 25 s would be``."""
    time = passed(first.observation, second.observation)
    if first.seconds is None or second.seconds is None or time is None:
        return f"{_time(first)} then, {_time(second)} now"
    due = max(0.0, first.seconds - time[0])
    return f"{second.seconds:.0f} s are left, and without a renewal {due:.0f} s would be"


def _time(reading: TimeReading) -> str:
    return "no end" if reading.endless else "no time" if reading.seconds is None else f"{reading.seconds:.0f} s"


def time_readings(evidence: Evidence) -> Readings:
    """Every time that was shown for a token, one an answer, in order.

    Leaves out a lock that was taken or renewed in these exchanges: who sent them is its holder. Leaves out times
    without an end, and times that are over.
    """
    granted = {entry.token for entry in evidence.grants}
    by_token: dict[str | None, dict[int, TimeReading]] = {}
    for entry in evidence.sightings:
        if entry.token in granted:
            continue
        observation = Observation(date=evidence.answered_at(entry.exchange), exchange=entry.exchange)
        reading = time_reading(entry.lock.timeout, evidence, observation)
        if reading.seconds is not None and not reading.over:
            by_token.setdefault(entry.token, {}).setdefault(entry.exchange, reading)
    return {token: tuple(readings.values()) for token, readings in by_token.items()}


def renewal_record(readings: tuple[TimeReading, ...], evidence: Evidence) -> RenewalRecord:
    """What they say of renewals of one lock on this server."""
    return record(readings, counts_down=evidence.server.counts_down if evidence.server is not None else None)


def unrenewed_long(known: RenewalRecord) -> bool:
    """Returns true if a finding says that it was not renewed."""
    return known.unrenewed_for is not None and known.unrenewed_for >= WORTH_SAYING


def quote_reading(reading: TimeReading, evidence: Evidence) -> Quote:
    """For a finding that rests on it."""
    number = reading.observation.exchange or 0
    response = evidence.exchanges[number].response if number < len(evidence.exchanges) else None
    date = response.headers.get("Date") if response is not None else None
    return Quote("lockdiscovery", f"timeout {reading.as_sent}{f' at {date}' if date else ''}", number)
