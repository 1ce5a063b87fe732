"""A finding: what was observed, how sure we are, what it rests on, and what to do about it.

Severity words. ERROR: the request failed and will fail again unless something changes. WARNING: it works or will work
again by itself, but a person should know. NOTICE: worth knowing, nothing to do. OK: good news.
"""

from enum import Enum, IntEnum

from davlock.diagnosis.reference import Reference as Reference
from davlock.diagnosis.verdict import Verdict as Verdict
from davlock.values import dataclass


class Severity(IntEnum):
    """How bad it is; ordered."""

    OK = 0
    NOTICE = 1
    WARNING = 2
    ERROR = 3

    @property
    def word(self) -> str:
        """The word of the JSON contract."""
        return self.name.lower()


class Certainty(IntEnum):
    """How sure we are; ordered. CERTAIN: the server said so. LIKELY: known behaviour. POSSIBLE: fits, as may others."""

    POSSIBLE = 0
    LIKELY = 1
    CERTAIN = 2

    @property
    def word(self) -> str:
        """The word of the JSON contract."""
        return self.name.lower()


class Who(Enum):
    """Who can carry out a remedy."""

    YOU = "you"
    LOCK_OWNER = "lock-owner"
    SERVER_ADMIN = "server-admin"
    CLIENT_AUTHOR = "client-author"


class Risk(Enum):
    """What a remedy can spoil: SAFE nothing that matters, INTRUSIVE changes state, DESTRUCTIVE can lose work."""

    SAFE = "safe"
    INTRUSIVE = "intrusive"
    DESTRUCTIVE = "destructive"


class RetryVerdict(Enum):
    """Whether the same request can succeed later."""

    NEVER = "never"
    AFTER_WAIT = "after-wait"
    AFTER_CHANGE = "after-change"
    NOT_NEEDED = "not-needed"


class Scope(Enum):
    """What a finding holds for."""

    TARGET = "target"
    """For the resource that was asked about."""
    SERVER = "server"
    """For the server as a whole: what a scratch collection shows holds for the target too."""


@dataclass(frozen=True, slots=True)
class Retry:
    """When to try again; ``after_seconds`` only where a number is known."""

    verdict: RetryVerdict
    after_seconds: float | None = None


NEVER = Retry(RetryVerdict.NEVER)
AFTER_CHANGE = Retry(RetryVerdict.AFTER_CHANGE)
NOT_NEEDED = Retry(RetryVerdict.NOT_NEEDED)


def after_wait(seconds: float | None = None) -> Retry:
    """Time alone fixes it."""
    return Retry(RetryVerdict.AFTER_WAIT, seconds)


@dataclass(frozen=True, slots=True)
class Quote:
    """What a finding rests on: ``source`` names the place, ``text`` is as sent, ``exchange`` its number or ``None``."""

    source: str
    text: str
    exchange: int | None = None


@dataclass(frozen=True, slots=True)
class Remedy:
    """One way out. ``command`` is an argv; the risk is DESTRUCTIVE unless something milder is claimed."""

    who: Who
    title: str
    command: tuple[str, ...] | None = None
    risk: Risk = Risk.DESTRUCTIVE
    typed: bool = False
    """True if the command is the person's own command line: nothing that a server sent is in it."""
    note: str = ""
    """When it is right and who it hurts, as a clause; or what else to know. Empty where the title says it all."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another finding that fits what was seen, and the request or look that would decide."""

    id: str
    decided_by: str


SAID_ON_STDERR = frozenset({"insecure-login"})
"""Ids of findings that a line on stderr says, once for each server: no screen repeats them."""

FindingFact = tuple[str, str | int | float | bool | tuple[str, ...] | None]
"""A fact for machines: its name and its value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One answer to "what is the matter here"."""

    id: str
    severity: Severity
    certainty: Certainty
    headline: str
    explanation: str
    retry: Retry
    evidence: tuple[Quote, ...]
    remedies: tuple[Remedy, ...] = ()
    facts: tuple[FindingFact, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    references: tuple[Reference, ...] = ()
    is_cause: bool = True
    """Whether it explains a refusal; otherwise it is only worth knowing."""
    scope: Scope = Scope.TARGET
