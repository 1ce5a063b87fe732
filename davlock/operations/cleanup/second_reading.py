"""``--unrenewed-for D``: read each lock twice, at least D apart, and select what was not renewed in between.

The first reading is the walk's, or one in a file of before. With a file nothing waits: what the file does not know was
seen for the first time now, and stays.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.lock_filter import Judgement
from davlock.diagnosis.readings import renewal_in_words
from davlock.diagnosis.wording import seconds_in_words, tells_no_time
from davlock.errors import RemoteProtocolError
from davlock.locks.observed import ObservedLock
from davlock.locks.renewal import (
    LATEST_RENEWAL,
    ROUNDING,
    Renewal,
    TimeReading,
    passed,
    renewal,
    unrenewed_for,
)
from davlock.operations.cleanup.plan import Terms
from davlock.operations.cleanup.reread import another_lock, reading_of, reread
from davlock.operations.results import Decision, Planned
from davlock.protocol.lock import token_key
from davlock.protocol.url import host_and_path, origin
from davlock.transport.base import Send
from davlock.values import dataclass

LockKey = tuple[str, str, bytes]
"""Token, and origin and path of a lock's root."""

LAST_MOMENT = 5.0
"""Seconds before its end at which a lock is read again that is to be released in its last minute."""

FIRST_SEEN = "first seen now: the file does not know it"


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectedLock:
    """A lock that meets the other criteria, and what is needed to read it again; ``evidence`` tells the product."""

    planned: Planned
    send: Send
    evidence: Evidence
    terms: Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """The criterion: not renewed for ``seconds``.

    ``earlier`` are the readings of a file, by lock; ``None``: there is no file, and a second reading is waited for.
    """

    seconds: float
    earlier: Mapping[LockKey, TimeReading] | None = None
    longest_wait: float
    capped_by: str = "--wait"
    """The option that sets the longest wait."""
    at_the_end: bool = False
    """True if a lock in its last minute is read again only shortly before its end, so that a holder can renew it first.

    davfs2 can be told to renew 15 s before the end, LibreOffice renews 30 s before it: until then a lock that is in use
    looks like one that was left behind.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingWait:
    """How to wait. ``announce`` is told for how many seconds, and for how many locks. ``waiting`` is entered for that
    time, and gets its end.
    """

    now: Callable[[], float]
    sleep: Callable[[float], object]
    announce: Callable[[float, int], object]
    waiting: Callable[[float], AbstractContextManager[object]] = nullcontext

    def until(self, moment: float) -> None:
        """Sleep until then."""
        with self.waiting(moment):
            while (left := moment - self.now()) > 0:
                self.sleep(left)


def lock_key(observed: ObservedLock) -> LockKey:
    """What names a lock, from one reading to the next."""
    return key_of(observed.lock.token.uri if observed.lock.token is not None else "", observed.root or observed.url)


def key_of(token: str, root: str) -> LockKey:
    """Names a lock by its token and its root."""
    return (token_key(token), origin(root).lower(), host_and_path(root)[1])


def not_renewed(locks: Iterable[SelectedLock], silence: Silence, waiting: ReadingWait) -> Iterator[Planned]:
    """The plan for each lock: released if nobody renewed it for that time. What can be decided at once comes first.

    With a file, neither sleeps nor asks the server.
    """
    to_read: list[tuple[float, SelectedLock, TimeReading]] = []
    for lock in locks:
        first = reading_of(lock.planned.found, lock.evidence)
        if silence.earlier is not None:
            yield _planned(lock, _since_the_file(lock, first, silence))
            continue
        received = lock.planned.found.observation.received if lock.planned.found.observation is not None else None
        if first is None or received is None:
            yield _planned(lock, Judgement(None, "when it was read is not known"))
            continue
        if (why := _why_not_to_wait(lock, first, silence)) is not None:
            yield _planned(lock, why)
            continue
        to_read.append((received + _wait(first, silence), lock, first))
    to_read.sort(key=lambda entry: entry[0])
    if to_read and (left := to_read[-1][0] - waiting.now()) > 0:
        waiting.announce(left, len(to_read))
    for due, lock, first in to_read:
        waiting.until(due)
        yield _read_again(lock, first, silence)


def _wait(first: TimeReading, silence: Silence) -> float:
    """Seconds from the first reading to the second."""
    wait = silence.seconds + ROUNDING
    if not silence.at_the_end or first.seconds is None or first.over:
        return wait
    if not LAST_MOMENT < first.seconds - wait <= LATEST_RENEWAL:
        return wait
    return max(wait, min(first.seconds - LAST_MOMENT, silence.longest_wait))


def _planned(lock: SelectedLock, judged: Judgement, again: ObservedLock | None = None) -> Planned:
    """With the reading that selected it: whoever releases the lock compares with that one."""
    planned = lock.planned
    if judged.met is True:
        why = judged.why if planned.why == "every lock" else f"{planned.why}; {judged.why}"
        return replace(planned, found=again or planned.found, why=why)
    why = judged.why if judged.met is False else f"unsure: {judged.why}"
    return replace(planned, decision=Decision.SKIP, why=why)


def _why_not_to_wait(lock: SelectedLock, first: TimeReading, silence: Silence) -> Judgement | None:
    if (why := _hidden(lock, first)) is not None:
        return why
    wait = silence.seconds + ROUNDING
    if not first.over and (first.seconds or 0.0) <= wait:
        return Judgement(False, f"it ends by itself in {seconds_in_words(first.seconds or 0.0)}")
    if wait > silence.longest_wait:
        words = f"{seconds_in_words(wait)} is longer than {silence.capped_by} {seconds_in_words(silence.longest_wait)}"
        return Judgement(None, f"the wait of {words}; --first-look needs none")
    return None


def _hidden(lock: SelectedLock, reading: TimeReading) -> Judgement | None:
    """Why a renewal would not show in the time; ``None`` where it would, or two readings decide that."""
    server = lock.evidence.server
    if reading.endless:
        return Judgement(None, "it never ends, so a renewal does not show: --infinite selects it")
    if reading.seconds is None and tells_no_time(lock.evidence):
        return Judgement(None, "the time that this server shows is no measure of how long a lock lasts")
    if reading.seconds is None:
        return Judgement(None, "the server shows no time for it, so a renewal does not show")
    if lock.terms.counts_down is False or (server is not None and server.counts_down is False):
        who = server.title if server is not None else "this server"
        return Judgement(None, f"{who} shows the granted time, so a renewal does not show")
    return None


def _since_the_file(lock: SelectedLock, now: TimeReading | None, silence: Silence) -> Judgement:
    first = (silence.earlier or {}).get(lock_key(lock.planned.found))
    if first is None:
        return Judgement(False, FIRST_SEEN)
    if now is None:
        return Judgement(None, "when it was read is not known")
    return _compared(lock, first, now, silence)


def _read_again(lock: SelectedLock, first: TimeReading, silence: Silence) -> Planned:
    observed = lock.planned.found
    try:
        latest = reread(lock.send, observed, lock.terms)
    except RemoteProtocolError as error:
        return _planned(lock, Judgement(None, str(error)))
    if latest.trouble:
        if latest.ran_out(observed):
            return _planned(lock, Judgement(False, "it has ended"))
        return _planned(lock, Judgement(None, f"it could not be read again: {latest.trouble}"))
    second = reading_of(latest.lock, latest.evidence) if latest.lock is not None else None
    if latest.lock is None or second is None:
        return _planned(lock, Judgement(False, "it has ended"))
    if another := another_lock(observed.lock, latest.lock.lock):
        return _planned(lock, Judgement(False, another))
    return _planned(lock, _compared(lock, first, second, silence), latest.lock)


def _compared(lock: SelectedLock, first: TimeReading, second: TimeReading, silence: Silence) -> Judgement:
    counts = lock.terms.counts_down
    if counts is None and lock.evidence.server is not None:
        counts = lock.evidence.server.counts_down
    verdict = renewal(first, second, counts_down=counts)
    if verdict is Renewal.RENEWED:
        return Judgement(False, f"it was renewed: {renewal_in_words(first, second)}")
    time = passed(first.observation, second.observation)
    if verdict is Renewal.UNSURE or time is None:
        fits = Judgement(None, "its time neither fell by what passed nor went up")
        return _hidden(lock, first) or _hidden(lock, second) or fits
    quiet = unrenewed_for(first, second, counts_down=counts) or 0.0
    words = seconds_in_words(quiet)
    if quiet < silence.seconds:
        return Judgement(False, f"not renewed for {words} so far, less than {seconds_in_words(silence.seconds)}")
    if time[1] - time[0] + ROUNDING >= silence.seconds:
        return Judgement(None, "the answers took too long to see whether it was renewed")
    return Judgement(True, f"not renewed for {words}")
