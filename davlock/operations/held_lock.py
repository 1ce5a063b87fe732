"""A lock that is held while something else happens, and what happens to it."""

import math
from collections.abc import Callable
from enum import Enum

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.predicates.resource import resource_gone
from davlock.diagnosis.predicates.token_reading import TokenReading, token_reading
from davlock.diagnosis.resource import OwnLock
from davlock.diagnosis.wording import describe
from davlock.errors import DavlockError
from davlock.ledger import Ledger
from davlock.operations.own_lock import held_in, taken_over
from davlock.operations.probe import Probe, ProbeResult
from davlock.operations.wait import Pauses
from davlock.protocol.lock import LockToken
from davlock.protocol.requests import LOCK_PROPERTIES
from davlock.servers.profile import Profile
from davlock.transport.base import Send
from davlock.values import dataclass


class LockEvent(Enum):
    """The word of the JSON contract for an event."""

    WAITING = "waiting"
    ACQUIRED = "acquired"
    REFRESHED = "refreshed"
    NOT_REFRESHED = "not-refreshed"
    """The server renews no lock: this one is held until its time is over."""
    LOST = "lost"
    RELEASED = "released"
    LEFT = "left-behind"
    """A lock that could not be released."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepaliveEvent:
    """What happened to the lock on ``url``; ``words`` are for people, where there is something to say."""

    what: LockEvent
    url: str
    words: str = ""
    report: ProbeResult | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepaliveTarget:
    """What is to be locked, how it is asked, and where its lock is noted down."""

    url: str
    send: Send
    ledger: Ledger


class HeldLock:
    """One lock that is held. ``life`` is in seconds, infinite where the lock never ends."""

    def __init__(self, target: KeepaliveTarget, token: LockToken, *, shown: bool, jitter: Callable[[], float]) -> None:
        self.target = target
        self.token = token
        self.shown = shown
        self.sent_at = 0.0
        self.life = math.inf
        self.refresh_at = math.inf
        self.look_at = math.inf
        self.refreshes = 0  # begun so far
        self.refreshing = False
        self.lost = ""
        self.over = False  # it is being released: reading it proves nothing any more
        self.gone = False  # lost, and proven not to be there any more
        self.missed: ProbeResult | None = None  # the answer to UNLOCK if that showed the loss
        self.unverified = False  # only an answer that promises little, such as 202, says that it is released
        self.pauses = Pauses(jitter)

    @property
    def ends_at(self) -> float:
        return self.sent_at + self.life

    def own(self) -> tuple[OwnLock, ...]:
        """What the ledger knows of the locks there, so that one with the same token and another owner is not ours."""
        noted = self.target.ledger.held(self.target.url)
        return tuple(
            OwnLock(entry.token, 0.0, 0.0, entry.owner, entry.url, shown=self.shown and entry.lock_token == self.token)
            for entry in noted
            if entry.token is not None
        )

    def probe(self, send: Send, profiles: tuple[Profile, ...]) -> Probe:
        """A new case about the resource, which knows this lock as held."""
        url, own = self.target.url, self.own()
        tokens = held_in(own, self.token, typed=False)
        if tokens:  # no ledger knows it
            own = (*own, OwnLock(self.token.uri, 0.0, 0.0, url=url, shown=self.shown))
        return Probe(send, url, held=tokens, own=own, profiles=profiles, stay_within=url)

    def read_as_gone(self, profiles: tuple[Profile, ...]) -> ProbeResult | None:
        """Read the locks; the report, if it proves that this lock is not there."""
        probe = self.probe(self.target.send, profiles)
        try:
            probe.propfind(self.target.url, LOCK_PROPERTIES)
        except DavlockError:
            return None
        evidence = probe.evidence(inquiry=True)
        if resource_gone(evidence) or taken_over(evidence, self.token):
            return probe.report(evidence)
        return probe.report(evidence) if token_reading(evidence, self.token) is TokenReading.MISSING else None


def what_is_left(evidence: Evidence) -> str:
    """In words, what is there in place of a lock that is gone."""
    if isinstance(evidence.exists_now, Known) and not evidence.exists_now.value:
        return "the resource is gone, and its lock with it"
    others = [covering for covering in evidence.covering if not covering.held]
    if others:
        return f"it is gone, and {describe(others[0], evidence)}"
    return "it is gone"
