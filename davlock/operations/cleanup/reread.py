"""Read a planned lock again at its root, and say whether it was renewed since the plan read it."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import cycle, islice

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known, Unreadable
from davlock.diagnosis.readings import renewal_in_words, time_reading
from davlock.diagnosis.resource import read_propfind
from davlock.errors import RemoteProtocolError
from davlock.locks.observed import Observation, ObservedLock
from davlock.locks.renewal import Renewal, TimeReading, counted_down, may_have_been_renewed, must_be_over, renewal
from davlock.locks.sent_owner import shows_another_owner
from davlock.operations.cleanup.plan import Terms
from davlock.operations.probe import Probe
from davlock.operations.results import Planned
from davlock.protocol.lock import ActiveLock, Depth, same_token
from davlock.protocol.message import Exchange
from davlock.protocol.requests import LOCK_PROPERTIES
from davlock.protocol.url import at_origin, same_path
from davlock.transport.base import Send
from davlock.values import dataclass


def reading_of(observed: ObservedLock, evidence: Evidence) -> TimeReading | None:
    """The time that the lock showed when it was found; ``None`` where it was not noted when that was."""
    return None if observed.observation is None else time_reading(observed.lock.timeout, evidence, observed.observation)


def reread(send: Send, observed: ObservedLock, terms: Terms) -> "Reread":
    """Read a lock at its root."""
    url = observed.root or observed.url
    token = observed.lock.token.uri if observed.lock.token is not None else ""
    own = terms.own(frozenset((token,)))
    probe = Probe(send, url, own=own, profiles=terms.profiles, stay_within=url)
    sent = terms.now()
    exchange = probe.propfind(url, LOCK_PROPERTIES)
    received = terms.now()
    evidence = probe.evidence(inquiry=True)
    server = evidence.server
    if exchange.status == 207 and server is not None and server.lock_properties:
        sent = terms.now()
        probe.propfind(url, (*LOCK_PROPERTIES, *server.lock_properties))
        received, evidence = terms.now(), probe.evidence(inquiry=True)
    shown = (entry.token for entry in evidence.covering)
    if others := frozenset(other for other in shown if other is not None and not same_token(other, token)):
        probe.own = (*own, *terms.own(others))
        evidence = probe.evidence(inquiry=True)
    there = next((entry for entry in evidence.covering if same_token(entry.token, token)), None)
    if there is None and exchange.status in (404, 410) and observed.url != url:
        # The lock root may be written so that it cannot be asked for; what showed the lock can be.
        seen = probe.propfind(observed.url, LOCK_PROPERTIES)
        if _names(seen, token):
            lost = f"the server answered {exchange.status} for its lock root, and {observed.url} shows it"
            return Reread(probe=probe, evidence=evidence, asked_at=sent, there=None, lock=None, astray=lost)
        probe.exchanges.pop()
    if there is not None and (above := other_root(observed, there, url)):
        return Reread(probe=probe, evidence=evidence, asked_at=sent, there=None, lock=None, astray=above)
    again = None
    if there is not None:
        moment = evidence.answered_at(there.exchange)
        again = replace(observed, lock=there.lock, observation=Observation(sent=sent, received=received, date=moment))
    return Reread(probe=probe, evidence=evidence, asked_at=sent, there=there, lock=again)


def _names(exchange: Exchange, token: str) -> bool:
    """Returns true if an answer shows ``token``, also where its XML is broken."""
    answer = read_propfind(exchange)
    if isinstance(answer, str):
        return exchange.response is not None and token.encode().lower() in (exchange.response.body or b"").lower()
    propstats = (propstat for element in answer.responses for propstat in element.propstats)
    locks = (lock for propstat in propstats for lock in propstat.locks or ())
    return any(lock.token is not None and same_token(lock.token.uri, token) for lock in locks)


def other_root(observed: ObservedLock, there: ObservedLock, url: str) -> str:
    """Why ``url``, which shows the lock, may not be its root; empty if it is, by what the server shows.

    UNLOCK on any resource that a lock covers releases all of it (RFC 4918 §9.11). A listing can name another root than
    the lock does itself. A lock of depth 0 is shown at its root alone, whatever is written there.
    """
    root = there.lock.root
    if there.lock.depth is Depth.ZERO:
        return ""
    if root is None:
        return "" if observed.lock.root is None else "it was shown with a lock root, and now without one"
    return "" if same_path(root.url, url) else f"its lock root is {at_origin(url, root.url)} now"


def another_lock(before: ActiveLock, now: ActiveLock) -> str:
    """What shows that ``now`` is another lock than ``before``, which had the same token; empty where nothing does.

    Some servers give every lock of one path the same token. What a reading leaves out proves nothing.
    """
    differ = [
        what
        for what, first, second in (("scope", before.scope, now.scope), ("depth", before.depth, now.depth))
        if None not in (first, second) and first is not second
    ]
    if shows_another_owner(now, before):
        differ.insert(0, "owner")
    return f"another lock has its token now: its {' and '.join(differ)} changed" if differ else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reread:
    """A lock read again: ``lock`` as it is now, ``None`` where it is not among the locks that are shown."""

    probe: Probe
    evidence: Evidence
    asked_at: float
    there: ObservedLock | None
    lock: ObservedLock | None
    astray: str = ""
    """Why it is not where it ought to be, although it is there."""

    @property
    def trouble(self) -> str:
        """Why it tells nothing; empty where it does."""
        evidence = self.evidence
        if self.astray or evidence.no_response is not None:
            return self.astray or str(evidence.no_response)
        if self.gone:
            return ""
        if evidence.inferred_free:  # of two locks, Apache leaves out both where one ran out
            return "the server leaves lockdiscovery out"
        if isinstance(evidence.locks, Known):
            hidden = self.there is None and any(entry.token is None for entry in evidence.covering)
            return "the server does not show its token any more" if hidden else ""
        if isinstance(evidence.locks, Unreadable):
            return f"the server does not show its locks: {evidence.locks.reason}"
        return f"the server answered {self.probe.exchanges[-1].status} to PROPFIND"

    @property
    def gone(self) -> bool:
        """Returns true if the resource itself is not there any more."""
        return self.probe.exchanges[-1].status in (404, 410)

    def ran_out(self, before: ObservedLock) -> bool:
        """Whether the server tells no locks here, as it does where there are none, and this one must have ended.

        Apache answers 404 for lockdiscovery from when a lock ran out until the next write.
        """
        server = self.evidence.server
        if server is None or not server.leaves_out_lockdiscovery or server.counts_down is not True:
            return False
        first = reading_of(before, self.evidence)
        over = first is not None and must_be_over(first, self.asked_at)
        return over and bool(self.evidence.inferred_free)

    def changed(self, before: ObservedLock, counts_down: bool | None) -> tuple[str, bool]:
        """What shows that the lock was renewed after ``before``, or is another one, and whether that is certain.

        Empty where nothing does.
        """
        if self.lock is not None and (another := another_lock(before.lock, self.lock.lock)):
            return another, True
        first = reading_of(before, self.evidence)
        second = reading_of(self.lock, self.evidence) if self.lock is not None else None
        if first is None or second is None:
            return "", False
        times = renewal_in_words(first, second)
        if renewal(first, second, counts_down=counts_down) is Renewal.RENEWED:
            return f"it was renewed after it was found: {times}", True
        if may_have_been_renewed(first, second, counts_down=counts_down):
            return f"it may have been renewed after it was found: {times}", False
        return "", False


PAUSE = 3.1
"""Seconds between two readings after which a time that falls differs from one that stands."""

SAMPLES, ENOUGH = 6, 2
"""How often locks are looked at twice to see whether a server counts down, and how many must stand to say no."""


def seen_to_count_down(
    send: Send, locks: Iterable[Planned], evidence: Evidence, terms: Terms, sleep: Callable[[float], object]
) -> bool | None:
    """Returns true if an unknown server shows the time that is left: reads some of ``locks`` again after a moment.

    ``None`` where two readings cannot tell.
    """
    counts: list[bool | None] = []
    timed = [planned for planned in locks if _runs(planned.found, evidence)]
    for planned in islice(cycle(timed), SAMPLES if timed else 0):
        first = reading_of(planned.found, evidence)
        assert first is not None  # noqa: S101 -- as _runs says
        received = first.observation.received or terms.now()
        # Another moment each time, lest a holder that refreshes every few seconds is always met at the same one.
        sleep(max(0.0, received + PAUSE - terms.now()) + (0.7 if counts else 0.0))
        try:
            read = reread(send, planned.found, terms)
        except RemoteProtocolError:
            continue
        again = reading_of(read.lock, read.evidence) if read.lock is not None else None
        if again is not None:
            counts.append(counted_down(first, again))
        # One that stands among those that run down was renewed at that moment.
        if True in counts or counts.count(False) == ENOUGH:
            break
    return True if True in counts else False if counts.count(False) >= ENOUGH else None


def _runs(observed: ObservedLock, evidence: Evidence) -> bool:
    reading = reading_of(observed, evidence)
    return reading is not None and reading.seconds is not None
