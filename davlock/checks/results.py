"""What a check says: all that a report needs to know of it."""

from enum import Enum
from typing import TYPE_CHECKING

from davlock.values import dataclass

if TYPE_CHECKING:
    from davlock.diagnosis.skipped import Skipped
    from davlock.protocol.message import Exchange


class Level(Enum):
    """How much the RFC demands it (RFC 2119); the word of the JSON contract."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"

    @property
    def weight(self) -> int:
        """Ordered: a MUST weighs most."""
        return {"MAY": 0, "SHOULD": 1, "MUST": 2}[self.value]


class CheckOutcome(Enum):
    """What came of a check; the word of the JSON contract."""

    PASS = "pass"  # noqa: S105 -- no password
    FAIL = "fail"
    WARN = "warn"
    """The effect is right, and what was answered is not."""
    SKIP = "skip"
    """It was not run: ``why`` says what stood against it."""
    UNKNOWN = "unknown"
    """It was run, and could not tell."""


OUTCOMES = (CheckOutcome.FAIL, CheckOutcome.UNKNOWN, CheckOutcome.WARN, CheckOutcome.SKIP, CheckOutcome.PASS)
"""The worst first."""


class Stop(Enum):
    """Why a run ended before its last check."""

    INTERRUPTED = "interrupted"
    THROTTLED = "throttled"
    NO_ANSWER = "no-answer"
    LOGIN = "login"
    DEADLINE = "deadline"
    NOT_HTTP = "not-http"
    NOT_DAV = "not-dav"
    NO_COLLECTION = "no-collection"
    """Nothing is there, or a file is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """A check before it is run. ``id`` never changes its meaning."""

    id: str
    group: str
    title: str
    level: Level
    reference: str
    """The clause that it stands on, such as ``RFC 4918 §9.10.4``."""
    litmus: str | None
    """The test of litmus 0.13's locks suite that asks the same."""
    story: str
    """What is done, and why it matters, in a few sentences."""
    hostile: bool = False
    """Whether a request of it is known to have ended a server."""
    writes: bool = True
    """Whether it writes anything, in the scratch collection."""
    two_users: bool = False
    """Whether it needs a second user."""
    diagnostic: bool = False
    """Whether ``diagnose --scratch`` runs it, too: its failure says something about the person's own resource."""


class Omission(Enum):
    """Why the suite did not run a check."""

    HOSTILE = "hostile"
    """Its requests crash some servers, and ``--hostile`` was not given."""
    SECOND_USER = "second-user"
    """It needs ``--user2``."""
    ONE_USER = "one-user"
    """The server does not tell users apart."""
    GROUND = "ground"
    """A check that it needs did not pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came of one check. ``exchanges`` are numbers into :attr:`Run.exchanges`, ``subject`` is that of the answer
    which decided.
    """

    about: About
    outcome: CheckOutcome
    why: str = ""
    elapsed_ms: float = 0.0
    exchanges: tuple[int, ...] = ()
    subject: int | None = None
    omission: "Omission | None" = None
    """Why the suite did not run it; ``None`` where it ran."""
    ground: str = ""
    """The id of the check that it needs, where that one did not pass."""
    expected: bool = False
    """Whether the baseline says that it fails."""
    findings: tuple[str, ...] = ()
    """Ids of the findings that explain it, once the rules were asked."""

    @property
    def counts(self) -> bool:
        """Whether it is a failure that nobody expected."""
        return self.outcome is CheckOutcome.FAIL and not self.expected

    @property
    def fixed(self) -> bool:
        """Whether it passes although the baseline says that it fails."""
        return self.expected and self.outcome is CheckOutcome.PASS


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of the suite at ``target``. ``left`` says what could not be removed. ``stopped``, and ``stop`` in one
    word, say why it ended early; ``checked`` then has the checks that it reached.
    """

    target: str
    scratch: str | None
    checked: tuple[Checked, ...]
    exchanges: "tuple[Exchange, ...]" = ()
    skipped: "tuple[Skipped, ...]" = ()
    left: str = ""
    stopped: str = ""
    stop: Stop | None = None
    refused_user: str = ""
    """Where a login ended it: whose it was; empty for the person's own."""
    missed: int = 0
    """How many checks it did not reach."""
    elapsed_ms: float = 0.0
    began_at: float = 0.0
    """Seconds since 1970."""
    one_user: int | None = None
    """Where the server does not tell users apart: the number of the exchange that showed it."""


# -- what a pipeline makes of them


class Mark(Enum):
    """What a check is to a pipeline, the worst first."""

    FAILED = "failed"
    BELOW = "below"
    """It failed, and the RFC demands it less than the pipeline does not do without."""
    EXPECTED = "expected"
    """It failed, as the baseline says."""
    UNKNOWN = "unknown"
    WARNED = "warned"
    FIXED = "fixed"
    """It passed, although the baseline says that it fails."""
    SKIPPED = "skipped"
    PASSED = "passed"


_MARKS = {
    CheckOutcome.UNKNOWN: Mark.UNKNOWN,
    CheckOutcome.WARN: Mark.WARNED,
    CheckOutcome.SKIP: Mark.SKIPPED,
    CheckOutcome.PASS: Mark.PASSED,
}


def mark(checked: Checked, fail_level: Level) -> Mark:
    """What ``checked`` is where failures count from ``fail_level`` on."""
    if checked.outcome is CheckOutcome.FAIL:
        if not checked.counts:
            return Mark.EXPECTED
        return Mark.FAILED if checked.about.level.weight >= fail_level.weight else Mark.BELOW
    return Mark.FIXED if checked.fixed else _MARKS[checked.outcome]


def succeeded(run: Run, fail_level: Level) -> bool:
    """Whether it came to its end without a failure that counts."""
    return not run.stopped and all(mark(checked, fail_level) is not Mark.FAILED for checked in run.checked)


def ran_nothing(run: Run) -> bool:
    """Whether it was stopped before any check was run: then there is no failure to show that something is wrong."""
    return bool(run.stopped) and all(checked.outcome is CheckOutcome.SKIP for checked in run.checked)
