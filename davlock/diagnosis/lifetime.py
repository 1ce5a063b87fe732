"""What several looks at one lock tell of its holder: whether the time left only ran down, or was renewed."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Quote
from davlock.diagnosis.wording import is_overdue

ROUNDING = 2.0
"""Seconds by which two times may differ for nothing: both are cut to whole seconds."""

DATES = 5.0
"""The same where two Date headers come in as well."""


@dataclass(frozen=True, slots=True)
class Look:
    """``seconds`` were left, by the answer to ``exchange``, written ``as_sent``; ``date`` is that answer's own."""

    seconds: float
    as_sent: str
    exchange: int
    date: str | None

    @property
    def quote(self) -> Quote:
        """For a finding that rests on it."""
        when = f" at {self.date}" if self.date else ""
        return Quote("lockdiscovery", f"timeout {self.as_sent}{when}", self.exchange)


Looks = Mapping[str | None, tuple[Look, ...]]
"""By token, in the order of the exchanges."""


def looks(evidence: Evidence) -> Looks:
    """Every finite time that was shown for a token, one an answer, in order.

    None for a lock that was taken or refreshed in these exchanges: its holder is who sent them.
    """
    granted = {entry.token for entry in evidence.grants}
    by_token: dict[str | None, dict[int, Look]] = {}
    for entry in evidence.sightings:
        timeout = entry.timeout
        if entry.token in granted or timeout is None or is_overdue(timeout):
            continue
        if timeout.seconds is not None:
            found = by_token.setdefault(entry.token, {})
            response = evidence.exchanges[entry.exchange].response
            date = response.headers.get("Date") if response else None
            found.setdefault(entry.exchange, Look(timeout.seconds, timeout.as_sent, entry.exchange, date))
    return {token: tuple(found.values()) for token, found in by_token.items()}


def counts_down(evidence: Evidence, seen: tuple[Look, ...]) -> bool:
    """Whether the time shown is what is left: the product is known for it, or it was seen to run with the clock."""
    if evidence.server is not None and evidence.server.counts_down is True:
        return True
    for one, other in pairwise(seen):
        passed = _passed(evidence, one, other)
        if passed is not None and passed > DATES and abs(one.seconds - other.seconds - passed) <= DATES:
            return True
    return False


def last_refresh(evidence: Evidence, seen: tuple[Look, ...]) -> int | None:
    """The number in ``seen`` of the first look after the latest refresh; ``None`` where none is seen to have been.

    More time than before is a refresh whatever the server shows. On one that counts down, so is more than should be
    left.
    """
    known = evidence.server is not None and evidence.server.counts_down is True
    for number in range(len(seen) - 1, 0, -1):
        one, other = seen[number - 1], seen[number]
        passed = _passed(evidence, one, other) if known else None
        if other.seconds > one.seconds + ROUNDING:
            return number
        if passed is not None and other.seconds > one.seconds - passed + DATES:
            return number
    return None


def _passed(evidence: Evidence, one: Look, other: Look) -> float | None:
    before, after = evidence.answered_at(one.exchange), evidence.answered_at(other.exchange)
    return (after - before).total_seconds() if before is not None and after is not None else None
