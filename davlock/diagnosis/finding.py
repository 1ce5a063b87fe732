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
    """When to try again."""

    verdict: RetryVerdict
    """Says if the same request can succeed later."""
    after_seconds: float | None = None
    """Seconds until then; ``None`` where no number is known."""


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
    """One way out."""

    who: Who
    """Who can do it: ``Who.YOU``, the holder of the lock, an administrator, or the author of a program."""
    title: str
    """Words for people."""
    command: tuple[str, ...] | None = None
    """A command line, word by word; ``None`` if there is none."""
    risk: Risk = Risk.DESTRUCTIVE
    """What it can spoil: DESTRUCTIVE unless something milder is claimed."""
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
    """Such as ``423-held-by-other``. It never changes its meaning: programs can decide by it."""
    severity: Severity
    """How bad it is."""
    certainty: Certainty
    """How sure davlock is."""
    headline: str
    """One sentence for people. The words may change."""
    explanation: str
    """At most three sentences for people. The words may change."""
    retry: Retry
    """Says if and when to try again."""
    evidence: tuple[Quote, ...]
    """What the finding rests on. A quote is as the server sent it, and can hold a lock token."""
    remedies: tuple[Remedy, ...] = ()
    """The ways out, in no order."""
    facts: tuple[FindingFact, ...] = ()
    """Pairs of a name and a value, for machines: ``dict(finding.facts)``. A value can be a lock token."""
    alternatives: tuple[Alternative, ...] = ()
    """Other findings that fit what davlock saw, and what would decide."""
    references: tuple[Reference, ...] = ()
    """Where to read more."""
    is_cause: bool = True
    """Whether it explains a refusal; otherwise it is only worth knowing."""
    scope: Scope = Scope.TARGET
    """Whether it holds for this resource or for the whole server."""
