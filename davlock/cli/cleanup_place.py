"""What one run of ``davlock cleanup`` knows: the URLs it was given, what was learned at each, and the plan."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from davlock.cli.exit_code import ExitCode
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Finding
from davlock.operations.results import Decision, Planned
from davlock.operations.sweep import Terms
from davlock.render.result import PlanView, Result
from davlock.transport.base import Send

Now = Callable[[], float]
"""The time in seconds since 1970."""


@dataclass(slots=True)
class Place:
    """One URL of the command line, and what was learned there."""

    url: str
    login: str
    send: Send
    terms: Terms
    evidence: Evidence
    views: dict[int, PlanView] = field(default_factory=dict)
    result: Result = field(default_factory=lambda: Result(target=None))
    findings: list[Finding] = field(default_factory=list)
    codes: list[ExitCode] = field(default_factory=list)
    strayed: bool = False
    """Whether a redirect led the walk out of the tree."""

    def took(self, one: Planned) -> bool:
        """Whether the ledger knows the lock as taken by this login."""
        token = one.found.lock.token
        return token is not None and any(own.token == token.uri for own in self.terms.own())


@dataclass(slots=True)
class Scene:
    """All of them: places by URL, planned locks by number."""

    places: dict[str, Place] = field(default_factory=dict)
    plan: dict[int, Planned] = field(default_factory=dict)

    def place(self, one: Planned) -> Place:
        """Where a planned lock was found."""
        return self.places[one.target]

    def chosen(self, place: Place | None = None) -> list[Planned]:
        """What is to be released, everywhere or at one place."""
        return [
            one
            for one in self.plan.values()
            if one.decision is Decision.RELEASE and (place is None or one.target == place.url)
        ]

    def add(self, planned: Iterable[Planned]) -> None:
        """More of the plan; what was there by the same number is replaced."""
        self.plan.update((one.number, one) for one in planned)


def locks(count: int) -> str:
    """``1 lock``, ``2 locks``."""
    return f"{count} lock" if count == 1 else f"{count} locks"
