"""Outcomes of checks, as reports need them."""

from enum import Enum, auto
from typing import TYPE_CHECKING

from davlock.values import dataclass

if TYPE_CHECKING:
    from davlock.diagnosis.skipped import Skipped
    from davlock.protocol.message import Exchange


class Level(Enum):
    """How strictly the RFC demands it (RFC 2119); a word of the JSON contract."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"

    @property
    def weight(self) -> int:
        """A number for the order: MUST is the highest."""
        return {"MAY": 0, "SHOULD": 1, "MUST": 2}[self.value]


class CheckOutcome(Enum):
    """The outcome of a check; a word of the JSON contract."""

    PASS = "pass"  # noqa: S105 -- no password
    FAIL = "fail"
    WARN = "warn"
    """The effect is right, but the answer is not."""
    SKIP = "skip"
    """It was not run; ``why`` says the reason."""
    UNKNOWN = "unknown"
    """It ran, but the answers do not decide."""


OUTCOMES = (CheckOutcome.FAIL, CheckOutcome.UNKNOWN, CheckOutcome.WARN, CheckOutcome.SKIP, CheckOutcome.PASS)
"""All outcomes, the worst first."""


class Stop(Enum):
    """Why a run ended before its last check."""

    INTERRUPTED = auto()
    THROTTLED = auto()
    NO_ANSWER = auto()
    LOGIN = auto()
    DEADLINE = auto()
    NOT_HTTP = auto()
    NOT_DAV = auto()
    NO_COLLECTION = auto()
    """The URL is empty, or is a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """A check before it is run. ``id`` never changes its meaning."""

    id: str
    group: str
    title: str
    level: Level
    reference: str
    """The clause that demands it, such as ``RFC 4918 §9.10.4``."""
    litmus: str | None
    """The same test in the locks suite of litmus 0.13."""
    story: str
    """What davlock sends, and why it matters, in a few sentences."""
    hostile: bool = False
    """Whether one of its requests crashes some servers."""
    writes: bool = True
    """Whether it writes anything, in the scratch collection."""
    two_users: bool = False
    """Whether it needs a second user."""
    diagnostic: bool = False
    """Whether ``diagnose --scratch`` also runs it: its failure concerns the person's own resource, too."""


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
    """The outcome of one check. ``exchanges`` are numbers into :attr:`Run.exchanges`; ``subject`` is the number of the
    answer that decided.
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
    """Ids of the findings that explain it."""

    @property
    def counts(self) -> bool:
        """Whether it failed and the baseline does not name it."""
        return self.outcome is CheckOutcome.FAIL and not self.expected

    @property
    def fixed(self) -> bool:
        """Whether it passed although the baseline names it."""
        return self.expected and self.outcome is CheckOutcome.PASS


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of the suite at ``target``. ``left`` says what davlock could not remove. ``stopped`` says why the run
    ended early, and ``stop`` does so in one word; ``checked`` then has only the checks that it reached.
    """

    target: str
    scratch: str | None
    checked: tuple[Checked, ...]
    exchanges: "tuple[Exchange, ...]" = ()
    skipped: "tuple[Skipped, ...]" = ()
    left: str = ""
    stopped: str = ""
    stop: Stop | None = None
    command: tuple[str, ...] = ()
    """What to type before davlock can check here; empty if no command helps."""
    refused_user: str = ""
    """Whose login ended the run; empty for the person's own."""
    missed: int = 0
    """How many checks it did not reach."""
    elapsed_ms: float = 0.0
    began_at: float = 0.0
    """Seconds since 1970."""
    one_user: int | None = None
    """The number of the exchange that showed that the server does not tell users apart; else ``None``."""


# -- what they mean to a pipeline


class Mark(Enum):
    """What an outcome means to a pipeline, the worst first."""

    FAILED = "failed"
    BELOW = "below"
    """It failed, but its level is below ``--fail-level``."""
    EXPECTED = "expected"
    """It failed, and the baseline names it."""
    UNKNOWN = "unknown"
    WARNED = "warned"
    FIXED = "fixed"
    """It passed, although the baseline names it."""
    SKIPPED = "skipped"
    PASSED = "passed"


_MARKS = {
    CheckOutcome.UNKNOWN: Mark.UNKNOWN,
    CheckOutcome.WARN: Mark.WARNED,
    CheckOutcome.SKIP: Mark.SKIPPED,
    CheckOutcome.PASS: Mark.PASSED,
}


def mark(checked: Checked, fail_level: Level) -> Mark:
    """Returns what ``checked`` means if failures count from ``fail_level`` on."""
    if checked.outcome is CheckOutcome.FAIL:
        if not checked.counts:
            return Mark.EXPECTED
        return Mark.FAILED if checked.about.level.weight >= fail_level.weight else Mark.BELOW
    return Mark.FIXED if checked.fixed else _MARKS[checked.outcome]


def succeeded(run: Run, fail_level: Level) -> bool:
    """Whether the run reached its end without a failure that counts."""
    return not run.stopped and all(mark(checked, fail_level) is not Mark.FAILED for checked in run.checked)


def ran_nothing(run: Run) -> bool:
    """Whether the run was stopped before any check ran: then no failure shows that something is wrong."""
    return bool(run.stopped) and all(checked.outcome is CheckOutcome.SKIP for checked in run.checked)
