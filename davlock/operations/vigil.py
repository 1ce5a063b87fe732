"""The second look that ``--abandoned`` needs: after more than half of the time granted, was the lock refreshed?

A client that works refreshes its lock before half of its time is over. Where a refresh would not show, nobody can tell.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.life import Life, Sight, life, probable_grant
from davlock.diagnosis.selection import Judgement
from davlock.diagnosis.wording import seconds_in_words, tells_no_time
from davlock.errors import RemoteProtocolError
from davlock.operations.results import FoundLock, Planned
from davlock.operations.sweep import Terms, look_again, sight
from davlock.protocol.url import host_and_path, origin
from davlock.transport.base import Send

MARGIN = 2.0
"""Seconds after half of the time, for what a server rounds and a client is late."""

Key = tuple[str, str, bytes]
"""Token, and origin and path of a lock's root."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vigil:
    """How to wait. ``firsts`` are looks of before, by lock; ``patience`` is how many seconds to wait for a second one,
    and ``tell`` is told how many are left.
    """

    firsts: Mapping[Key, Sight]
    patience: float
    sleep: Callable[[float], None]
    tell: Callable[[str], None]


def key(found: FoundLock) -> Key:
    """What names a lock, from one look to the next."""
    return key_of(found.lock.token.uri if found.lock.token is not None else "", found.root or found.url)


def key_of(token: str, place: str) -> Key:
    """The same of a lock's token and root."""
    return (token, origin(place).lower(), host_and_path(place)[1])


def keep(
    send: Send, planned: Iterable[Planned], evidence: Evidence, terms: Terms, vigil: Vigil
) -> Iterator[tuple[Planned, Judgement]]:
    """Whether each lock is abandoned, the one that can be told soonest first. ``evidence`` tells the product."""
    due: list[tuple[float, Planned, Sight]] = []
    for one in planned:
        first = vigil.firsts.get(key(one.found)) or sight(one.found, evidence)
        grant = _grant(one.found, first, evidence, terms)
        if first is None or grant is None:
            yield one, Judgement(None, "it has no end that is shown, so that a refresh would not show either")
            continue
        if tells_no_time(evidence):
            yield one, Judgement(None, "the time that this server shows is no measure of how long a lock lasts")
            continue
        if terms.counts_down is False:
            who = evidence.server.title if evidence.server is not None else "this server"
            yield one, Judgement(None, f"{who} does not show when a lock is refreshed")
            continue
        at = first.received + grant / 2 + MARGIN
        if at - terms.now() > vigil.patience:
            half = seconds_in_words(grant / 2)
            yield (
                one,
                Judgement(None, f"half of its time, {half}, is more than --wait allows; look later: --first-look"),
            )
            continue
        due.append((at, one, first))
    for at, one, first in sorted(due, key=lambda entry: entry[0]):
        while (left := at - terms.now()) > 0:
            vigil.tell(f"looking again in {seconds_in_words(left)}: {one.found.root}")
            vigil.sleep(min(left, 0.5))
        yield one, _looked(send, one, first, evidence, terms)


def _grant(found: FoundLock, first: Sight | None, evidence: Evidence, terms: Terms) -> float | None:
    if first is None:
        return None
    known = evidence.server.always_grants if evidence.server is not None else None
    return probable_grant((first,), known)


def _looked(send: Send, one: Planned, first: Sight, evidence: Evidence, terms: Terms) -> Judgement:
    try:
        look = look_again(send, one.found, terms)
    except RemoteProtocolError as error:
        return Judgement(None, str(error))
    if look.trouble and look.ran_out(one.found):
        return Judgement(False, "it has run out")
    if look.trouble:
        return Judgement(None, f"it could not be read again: {look.trouble}")
    if look.again is None:
        return Judgement(False, "it is gone")
    before, after = sight(one.found, evidence), sight(look.again, look.evidence)
    sights = [entry for entry in (first, before, after) if entry is not None]
    grant = _grant(one.found, first, evidence, terms)
    told = life(sights, granted=grant, counts_down=terms.counts_down)
    if told is Life.GONE and sights[-1].over:
        return Judgement(True, "its time is over by the server's own count, and the server keeps it")
    if told is Life.GONE:
        silent = seconds_in_words(sights[-1].sent - first.received)
        return Judgement(True, f"no refresh for {silent}, more than half of its {seconds_in_words(grant or 0)}")
    if told is Life.UNKNOWN:
        return Judgement(None, "a refresh would not show here")
    return Judgement(False, "it was refreshed" if told is Life.ALIVE else "there was time left for a refresh")
