"""Release what is planned, one lock after the other. The journal knows of each step before it is taken."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from enum import Enum

from davlock.diagnosis.evidence import CHALLENGES
from davlock.ledger import Ledger, State
from davlock.operations.cleanup.journal import Journal
from davlock.operations.cleanup.plan import CleanupPlan
from davlock.operations.cleanup.release import Released, release_planned
from davlock.operations.results import Planned, ReleaseOutcome
from davlock.operations.workers import Crew
from davlock.protocol.retry_after import THROTTLED
from davlock.values import dataclass

SILENCES = 3
"""Locks in a row without an answer after which the server is taken to be gone."""

LATE = "the time of --deadline is over"
STOPPED = "you stopped"
DECLINED = "you said no"


class Consent(Enum):
    """What the person says to the release of one lock."""

    YES = "yes"
    NO = "no"
    STOP = "stop"
    """Neither this lock nor any other is to be released."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEvents:
    """Who is told what comes of each lock.

    ``busy`` is entered while locks are released. ``released`` gets each lock that was tried, ``declined`` one that the
    person keeps, ``left`` one that was not tried and why. ``progress`` gets how many were tried.
    """

    busy: Callable[[], AbstractContextManager[object]]
    released: Callable[[Released], object]
    declined: Callable[[Planned, str], object]
    left: Callable[[Planned, str], object]
    progress: Callable[[int], object]


class CleanupRun:
    """One run over a plan that is in the ``journal``.

    ``ask`` is asked about each lock; without it, all are selected. ``stopped`` says whether the person wants an end,
    ``time_is_up`` whether nothing more may be begun.
    """

    def __init__(
        self,
        plan: CleanupPlan,
        journal: Journal,
        ledger: Ledger,
        *,
        jobs: int,
        ask: Callable[[Planned], Consent] | None = None,
        stopped: Callable[[], bool],
        time_is_up: Callable[[], bool],
        events: RunEvents,
    ) -> None:
        self._plan = plan
        self._journal = journal
        self._ledger = ledger
        self._jobs = 1 if self._must_queue() else jobs
        self._ask = ask
        self._stopped = stopped
        self._time_is_up = time_is_up
        self._events = events
        self._begun: AbstractSet[int] = frozenset()
        self._silent = 0
        self.left = 0
        """Locks that were not tried; a resumed run tries them."""
        self.late = False
        """True if the time was up while the run lasted."""
        self.unanswered = False
        """Whether the person was asked, and there was no answer, or that it is enough."""

    def release_all(self, locks: Sequence[Planned], *, begun: AbstractSet[int] = frozenset()) -> None:
        """Release ``locks``. For those in ``begun`` an earlier run may have sent UNLOCK.

        Raises LocalProtocolError or OutputFailed where the journal cannot be written: then nothing more is sent.
        """
        self._begun = begun
        if locks and self._is_late():
            self._leave(locks, LATE)
        elif self._ask is not None:
            with self._events.busy():
                self._release_agreed(locks, self._ask)
        else:
            with self._events.busy():
                self._release_in_parallel(locks)

    def _release_in_parallel(self, locks: Sequence[Planned]) -> None:
        done = 0
        with Crew(self._release, self._jobs) as crew:
            for planned in locks:
                crew.add(planned)
            for released in crew.outcomes():
                self._note(released)
                done += 1
                self._events.progress(done)
                why = STOPPED if self._stopped() else self._why_stop(released) or (LATE if self._is_late() else "")
                if why:
                    self._leave(crew.drop(), why)

    def _release_agreed(self, locks: Sequence[Planned], ask: Callable[[Planned], Consent]) -> None:
        for number, planned in enumerate(locks):
            if self._is_late():
                self._leave(locks[number:], LATE)
                return
            consent = ask(planned)
            if consent is Consent.STOP:
                self.unanswered = True
                self._leave(locks[number:], STOPPED)
                return
            if consent is Consent.YES:
                self._note(self._release(planned))
            else:
                self._journal.outcome(planned, ReleaseOutcome.SKIPPED, DECLINED)
                self._events.declined(planned, DECLINED)

    def _release(self, planned: Planned) -> Released:
        target = self._plan.target_of(planned)
        return release_planned(
            target.send,
            planned,
            target.terms,
            before_unlock=self._journal.before_unlock,
            resumed=planned.number in self._begun,
        )

    def _must_queue(self) -> bool:
        servers = (target.evidence.server for target in self._plan.targets.values())
        return any(server is not None and server.loses_concurrent_changes for server in servers)

    def _is_late(self) -> bool:
        self.late = self.late or self._time_is_up()
        return self.late

    def _leave(self, locks: Sequence[Planned], why: str) -> None:
        """Not tried; --resume does."""
        for planned in locks:
            self.left += 1
            self._events.left(planned, why)

    def _why_stop(self, released: Released) -> str:
        """Why the other locks are not to be tried; empty where they are."""
        exchanges = released.exchanges
        last = exchanges[-1] if exchanges else None
        self._silent = self._silent + 1 if last is not None and last.response is None else 0
        if self._silent == SILENCES:
            return "the server does not answer"
        if any(entry.status in THROTTLED for entry in exchanges):
            return "the server wants no more requests for now"
        if last is not None and last.request.method == "PROPFIND" and last.status in CHALLENGES:
            return "the login is refused"
        return ""

    def _note(self, released: Released) -> None:
        self._settle(released)
        # The journal comes after the ledger: nothing is done again where the journal knows the outcome.
        self._journal.outcome(released.planned, released.outcome, released.why)
        self._events.released(released)

    def _settle(self, released: Released) -> None:
        """Our own ledger, where it was our own lock."""
        token = released.planned.found.lock.token
        if token is None or released.outcome not in (ReleaseOutcome.RELEASED, ReleaseOutcome.ALREADY_GONE):
            return
        target = self._plan.target_of(released.planned)
        self._ledger.login = target.login  # only this thread asks with it
        state = State.RELEASED if released.outcome is ReleaseOutcome.RELEASED else State.LOST
        self._ledger.ended(target.url, token, state)
