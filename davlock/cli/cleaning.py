"""The second half of ``davlock cleanup``: release what is planned, one lock after the other, and keep the journal."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from davlock.cli.batch import for_doer, stopped
from davlock.cli.cleanup_consent import Consent
from davlock.cli.cleanup_place import Now, Place, locks
from davlock.cli.cleanup_settings import Settings
from davlock.cli.cleanup_survey import Survey
from davlock.cli.cleanup_told import Telling
from davlock.cli.exit_code import ExitCode
from davlock.cli.options import Shared
from davlock.cli.plugins import Knowledge, judged
from davlock.cli.present import complain
from davlock.cli.progress import ProgressLine
from davlock.cli.session import OpenSender, open_sender
from davlock.cli.state import state_folder
from davlock.cli.stopping import Stopping, stopping
from davlock.cli.walking import budget_for
from davlock.diagnosis.evidence import CHALLENGES
from davlock.errors import LocalProtocolError, OutputFailed
from davlock.ledger import Ledger, State
from davlock.operations import sweep
from davlock.operations.case import Report
from davlock.operations.journal import Journal, Read, new_path
from davlock.operations.results import Decision, Outcome, Planned
from davlock.operations.sweep import Released
from davlock.operations.workers import Crew
from davlock.protocol.retry_after import THROTTLED
from davlock.render.result import Result

SILENCES = 3
"""Locks in a row without an answer after which the server is taken to be gone."""


class Cleanup:
    """One run of the command."""

    def __init__(
        self,
        settings: Settings,
        shared: Shared,
        ledger: Ledger,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        wall_clock: Callable[[], float] = time.time,
        opener: OpenSender = open_sender,
    ) -> None:
        """``clock`` only ever goes forward; ``wall_clock`` is asked once. ``opener`` opens what sends."""
        self._settings = settings
        self._ledger = ledger
        self._known = Knowledge(shared)
        self._progress = ProgressLine(shared)
        started, begun = wall_clock(), clock()
        # A clock that is set while we wait must not hide a renewal.
        self._now: Now = lambda: started + clock() - begun
        self._budget = budget_for(shared, clock)
        self._survey = Survey(
            settings,
            shared,
            ledger,
            self._known,
            self._progress,
            now=self._now,
            sleep=sleep,
            budget=self._budget,
            opener=opener,
        )
        self._scene = self._survey.scene
        self._told = Telling(self._scene, shared, self._known, self._progress)
        self._left = 0
        self._silent = 0

    def run(self, *, act: bool, path: str | None, resume: str | None, earlier: Read | None) -> int:
        """The exit status.

        ``path`` is where the journal is to be, ``resume`` where the ``earlier`` one is. One that was broken off before
        its plan was whole is begun anew.
        """
        adopted = earlier if earlier is not None and earlier.whole else None
        with ExitStack() as stack:
            for url in self._settings.urls:
                self._survey.go_to(url, stack)
            if adopted is not None:
                self._survey.adopt(adopted)
                self._tell_again(adopted)
            else:
                self._survey.find(act=act)
            self._budget.allow_grace()
            code = self._act(path, resume, adopted) if act else self._would()
            self._told.finish()
            return code

    def _tell_again(self, earlier: Read) -> None:
        """What is known to have come of a lock is not tried again."""
        for number, (outcome, why) in earlier.outcomes.items():
            if outcome is not Outcome.UNSURE and number in self._scene.plan:
                one = self._scene.plan[number]
                self._told.one(one, outcome, why)
                refused = outcome is Outcome.REFUSED
                self._scene.place(one).codes.append(ExitCode.FOUND if refused else ExitCode.OK)

    def _would(self) -> ExitCode:
        for one in self._scene.plan.values():
            self._told.one(one)
        withheld, held_back = self._told.withheld(), self._told.held_back()
        if not (withheld or held_back) or self._scene.chosen():
            self._told.would()
        self._told.whose()
        self._told.over(self._settings.limit)
        return self._told.code

    def _act(self, path: str | None, resume: str | None, earlier: Read | None) -> ExitCode:
        for one in self._scene.plan.values():
            if one.decision is Decision.SKIP:
                self._told.one(one)
        if earlier is None and self._told.over(self._settings.limit):
            for one in self._scene.chosen():
                self._told.one(one)
            return ExitCode.FOUND
        todo = list(earlier.left) if earlier is not None else self._scene.chosen()
        withheld, held_back = self._told.withheld(), self._told.held_back()
        for one in withheld:
            self._scene.place(one).codes.append(ExitCode.UNKNOWN)
        for one in held_back:
            self._scene.place(one).codes.append(ExitCode.FOUND)
        if earlier is None and not todo:
            if not withheld and not held_back:
                self._told.nothing()
            return self._told.code
        self._told.whose()
        journal = self._opened(path, resume)
        if earlier is None:
            self._write_plan(journal)
        with stopping("stopping; once more to stop in the middle") as stop:
            try:
                self._release_all(todo, journal, stop, begun=earlier.begun if earlier is not None else set())
                journal.end(whole=not self._left)
            except (LocalProtocolError, OutputFailed) as error:  # what was done is told all the same
                complain(str(error))
                self._left += 1
                failed = isinstance(error, OutputFailed)
                self._scene.place(todo[0]).codes.append(ExitCode.OUTPUT_FAILED if failed else ExitCode.PARTIAL)
            finally:
                journal.close()
        self._told.sum_up(f"; go on with --resume {journal.path}" if self._left else "")
        return stop.code if stop.asked else self._told.code

    # -- the journal

    def _opened(self, path: str | None, resume: str | None) -> Journal:
        if resume is not None:
            file = Path(resume)
        elif path is not None:
            file = Path(path)
        else:
            file = new_path(state_folder(), self._now())
        journal = Journal(file, now=self._now, append=resume is not None)
        complain(f"journal: {file}")
        if resume is None:
            journal.begin(self._settings.as_dict())
        else:
            journal.resumed()
        return journal

    def _write_plan(self, journal: Journal) -> None:
        journal.planning()
        for one in self._scene.plan.values():
            journal.plan(one)
        journal.planned({place.url: place.terms.counts_down for place in self._scene.places.values()})

    # -- one lock after the other

    def _release_all(self, todo: list[Planned], journal: Journal, stop: Stopping, *, begun: set[int]) -> None:
        def work(one: Planned) -> Released:
            place = self._scene.place(one)
            return sweep.release(
                place.send, one, place.terms, before_unlock=journal.before_unlock, resumed=one.number in begun
            )

        if todo and (why := self._why_late(todo[0])):
            for one in todo:
                self._leave(one, why)
            return
        jobs = 1 if self._settings.interactive or self._must_queue() else self._settings.jobs or 1
        done = 0
        with self._progress, Crew(work, jobs) as crew:
            for one in self._agreed(todo, journal, stop) if self._settings.interactive else todo:
                crew.add(one)
                if self._settings.interactive:
                    for released in crew.outcomes():
                        self._note(released, journal)
            for released in crew.outcomes():
                self._note(released, journal)
                done += 1
                self._progress.tell(f"{done} of {locks(len(todo))}")
                why = "you stopped" if stop.asked else self._why_stop(released) or self._why_late(released.planned)
                for left in crew.drop() if why else ():
                    self._leave(left, why)

    def _why_late(self, one: Planned) -> str:
        """Why nothing more is begun, by the clock; empty where there is time."""
        if not self._budget.time_is_up:
            return ""
        self._scene.place(one).codes.append(ExitCode.PARTIAL)
        return "the time of --deadline is over"

    def _must_queue(self) -> bool:
        servers = (place.evidence.server for place in self._scene.places.values())
        return any(server is not None and server.loses_concurrent_changes for server in servers)

    def _agreed(self, todo: list[Planned], journal: Journal, stop: Stopping) -> Iterator[Planned]:
        """Those that the person agrees to."""
        consent = Consent(stop)
        for number, one in enumerate(todo):
            if why := self._why_late(one):
                for left in todo[number:]:
                    self._leave(left, why)
                return
            agreed = consent.to(one)
            if consent.over:
                for left in todo[number:]:
                    self._leave(left, "you stopped")
                return
            if agreed:
                yield one
            else:
                self._told.one(one, Outcome.SKIPPED, "you said no")
                journal.outcome(one, Outcome.SKIPPED, "you said no")

    def _leave(self, one: Planned, why: str) -> None:
        """Not tried; --resume does."""
        self._left += 1
        self._told.one(one, Outcome.SKIPPED, why)

    def _why_stop(self, released: Released) -> str:
        """Why the other locks are not to be tried; empty where they are."""
        exchanges = released.report.evidence.exchanges
        last = exchanges[-1] if exchanges else None
        self._silent = self._silent + 1 if last is not None and last.response is None else 0
        if self._silent == SILENCES:
            return "the server does not answer"
        if any(entry.status in THROTTLED for entry in exchanges):
            return "the server wants no more requests for now"
        if last is not None and last.request.method == "PROPFIND" and last.status in CHALLENGES:
            return "the login is refused"
        return ""

    def _note(self, released: Released, journal: Journal) -> None:
        place = self._scene.place(released.planned)
        self._settle(released, place)
        # After that, since nothing is done again of which the outcome is known.
        journal.outcome(released.planned, released.outcome, released.why)
        self._told.one(released.planned, released.outcome, released.why)
        if released.outcome in (Outcome.REFUSED, Outcome.UNSURE):
            found = judged(self._known.anonymous.complete(released.report.evidence), self._known)
            seen = {finding.id for finding in place.findings}
            place.findings.extend(finding for finding in found.findings if finding.id not in seen)
            code = _code_of(released.report, found)
            told = stopped(released.report.evidence) or ExitCode.UNKNOWN
            place.codes.append(code if released.outcome is Outcome.REFUSED else told)
        else:
            place.codes.append(ExitCode.OK)

    def _settle(self, released: Released, place: Place) -> None:
        """Our own ledger, where it was our own lock."""
        token = released.planned.found.lock.token
        if token is None or released.outcome not in (Outcome.RELEASED, Outcome.ALREADY_GONE):
            return
        self._ledger.login = place.login  # only this thread asks with it
        state = State.RELEASED if released.outcome is Outcome.RELEASED else State.LOST
        self._ledger.ended(place.url, token, state)


def _code_of(report: Report, found: Result) -> ExitCode:
    """Of what was refused. A 207 says so as well, with a 2xx."""
    code = for_doer(report, found)
    return ExitCode.FOUND if code in (ExitCode.OK, ExitCode.UNKNOWN) else code
