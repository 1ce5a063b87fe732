"""One run of ``davlock cleanup``: say what is planned, have it released, and say what came of it."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from davlock.cli.cleanup_consent import ConsentPrompt
from davlock.cli.cleanup_printer import CleanupPrinter
from davlock.cli.cleanup_settings import Settings
from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.credentials import login_for
from davlock.cli.exit_status import ExitStatus, for_kept_lock, for_success, for_unfinished_cleanup
from davlock.cli.first_look import keep_first_look, take_first_looks
from davlock.cli.options import Shared
from davlock.cli.output import complain
from davlock.cli.pace import Pace
from davlock.cli.paths import own_locks
from davlock.cli.progress import progress_of
from davlock.cli.session import OpenSender, open_sender
from davlock.cli.signals import Stopping, stopping
from davlock.cli.walk_output import WalkProgress, budget_for
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.lock_filter import Judgement
from davlock.diagnosis.wording import seconds_in_words
from davlock.errors import LocalProtocolError, OutputFailed
from davlock.ledger import Ledger
from davlock.locks.observed import ObservedLock
from davlock.operations.budget import LOCKS_LIMIT
from davlock.operations.cleanup.alive_gate import AliveGate
from davlock.operations.cleanup.journal import Journal, JournalRead, new_path
from davlock.operations.cleanup.plan import CleanupPlan, CleanupTarget, Terms
from davlock.operations.cleanup.planner import Planner, PlanningEvents
from davlock.operations.cleanup.run import CleanupRun, RunEvents
from davlock.operations.results import Decision, ReleaseOutcome
from davlock.own_files.user_folders import state_folder
from davlock.protocol.url import without_credentials
from davlock.protocol.write_scope import WriteScope
from davlock.render.build_result import found_view
from davlock.render.local_time import local_time
from davlock.render.plural import count


class Cleanup:
    """One run of the command."""

    def __init__(
        self,
        settings: Settings,
        shared: Shared,
        ledger: Ledger,
        *,
        show_kept: bool = False,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        wall_clock: Callable[[], float] = time.time,
        opener: OpenSender = open_sender,
    ) -> None:
        """``clock`` only ever goes forward; ``wall_clock`` is asked once. ``opener`` opens what sends."""
        self._settings = settings
        self._shared = shared
        self._ledger = ledger
        self._known = CommandKnowledge(shared)
        self._progress = progress_of(shared)
        started, begun = wall_clock(), clock()
        # A clock that is set while we wait must not hide a renewal.
        self._now: Callable[[], float] = lambda: started + clock() - begun
        self._sleep = sleep
        self._budget = budget_for(shared, clock)
        self._budget.memory = LOCKS_LIMIT // 2  # a plan takes as much as the locks
        self._open = opener
        self._gate = AliveGate(
            unrenewed=settings.unrenewed_for is not None,
            older_than=settings.older_than is not None,
            opened=settings.even_if_alive or settings.interactive,
        )
        self._acts = False
        self._first_look: Path | None = None
        """Where the first look of a plan that waited is kept."""
        self._plan = CleanupPlan()
        self._printer = CleanupPrinter(self._plan, shared, self._known, show_kept=show_kept)

    def run(self, *, act: bool, path: str | None, resume: str | None, earlier: JournalRead | None) -> int:
        """The exit status.

        ``path`` is where the journal is to be, ``resume`` where the ``earlier`` one is. One that was broken off before
        its plan was whole begins again.
        """
        self._acts = act
        adopted = earlier if earlier is not None and earlier.whole else None
        with ExitStack() as stack:
            for url in self._settings.urls:
                self._open_target(url, stack)
            planner = self._planner()
            if adopted is not None:
                planner.adopt(adopted)
                self._printer.settled_earlier(adopted)
            else:
                planner.find(
                    unrenewed_for=self._settings.unrenewed_for,
                    earlier=take_first_looks(self._settings.first_look),
                    longest_wait=self._settings.wait,
                    act=act,
                )
            self._budget.allow_grace()
            code = self._act(path, resume, adopted) if act else self._would()
            self._printer.finish()
            return code

    # -- the plan

    def _open_target(self, url: str, stack: ExitStack) -> None:
        """Open one URL of the command line, until ``stack`` is closed. Nothing is sent.

        Raises LocalProtocolError where it is named for two users.
        """
        bare = without_credentials(url)
        login = login_for(self._shared, url)
        if bare in self._plan.targets:
            if self._plan.targets[bare].login == login:
                return
            raise LocalProtocolError(f"{bare} is there twice, for two users", "clean up as one user after the other")

        def logged_in() -> None:
            self._plan.targets[bare].login = login_for(self._shared, url)

        send = stack.enter_context(
            self._open(self._shared, url, WriteScope(url=bare), budget=self._budget, logged_in=logged_in)
        )
        selection = self._settings.selection(bare)

        def judge(observed: ObservedLock, evidence: Evidence) -> Judgement:
            return selection.judge(found_view(observed, evidence))

        terms = Terms(
            judge=judge,
            now=self._now,
            own=lambda tokens=None: own_locks(self._ledger, bare, login=login_for(self._shared, url), tokens=tokens),
            profiles=self._known.profiles,
            held_back=self._gate.held_back,
        )
        self._plan.targets[bare] = CleanupTarget(bare, login, send, terms, Evidence(target=bare))

    def _planner(self) -> Planner:
        walks = WalkProgress(self._budget)
        events = PlanningEvents(
            busy=lambda: self._progress.telling(walks.words),
            read=walks.at,
            walked=self._printer.add_walk,
            wait=self._announce_wait,
            waiting=self._telling_of_the_wait,
            file_is_strange=self._complain_of_the_file,
        )
        return Planner(
            self._plan,
            self._ledger,
            self._gate,
            jobs=self._settings.jobs,
            shard=self._settings.part,
            profiles=self._known.profiles,
            budget=self._budget,
            now=self._now,
            sleep=self._sleep,
            events=events,
        )

    def _telling_of_the_wait(self, moment: float) -> AbstractContextManager[object]:
        return self._progress.telling(lambda: f"reading again in {seconds_in_words(max(moment - self._now(), 1.0))}")

    def _complain_of_the_file(self) -> None:
        complain(f"--first-look {self._settings.first_look}: it has none of these locks. Is it the right file?")

    def _announce_wait(self, seconds: float, number: int) -> None:
        now = datetime.fromtimestamp(self._now(), UTC)
        end = local_time(now + timedelta(seconds=seconds), now, seconds=True)
        what = "it" if number == 1 else "them"
        advice = "" if self._acts else "; with -i, davlock then asks about each"
        complain(
            f"{count(number, 'lock')} selected so far: waiting {seconds_in_words(seconds)}, until {end}, to read {what}"
            f" again{advice}"
        )
        if not self._acts:  # whoever carries out the plan need not wait again
            views = [
                found_view(planned.found, self._plan.target_of(planned).evidence)
                for planned in self._plan.planned.values()
            ]
            self._first_look = keep_first_look(views, state_folder(), self._now())

    def _would(self) -> ExitStatus:
        for planned in self._plan.planned.values():
            self._printer.add_lock(planned)
        withheld, held_back = self._printer.say_withheld(), self._printer.say_held_back()
        self._printer.would(nothing=not (withheld or held_back))
        self._printer.say_foreign_locks()
        if not self._printer.exceeds_limit(self._settings.limit):
            first_look = ("--first-look", str(self._first_look)) if self._first_look is not None else ()
            self._printer.say_how_to_do_it(held_back=held_back, more=first_look)
        return self._printer.status

    # -- the release

    def _act(self, path: str | None, resume: str | None, earlier: JournalRead | None) -> ExitStatus:
        for planned in self._plan.planned.values():
            if planned.decision is Decision.SKIP:
                self._printer.add_lock(planned)
        if earlier is None and self._printer.exceeds_limit(self._settings.limit):
            for planned in self._plan.chosen():
                self._printer.add_lock(planned)
            return for_success(False)
        todo = list(earlier.left) if earlier is not None else self._plan.chosen()
        withheld, held_back = self._printer.say_withheld(), self._printer.say_held_back()
        self._printer.add_status(for_kept_lock(withheld=True), *withheld)
        self._printer.add_status(for_kept_lock(withheld=False), *held_back)
        if earlier is None and not todo:
            if not withheld and not held_back:
                self._printer.say_nothing_selected()
            return self._printer.status
        self._printer.say_foreign_locks(complain)
        journal = self._opened(path, resume)
        if earlier is None:
            journal.write_plan(self._plan)
        with stopping("stopping", "to stop in the middle") as stop:
            run = self._run(journal, stop, len(todo))
            failed = False
            try:
                run.release_all(todo, begun=earlier.begun if earlier is not None else frozenset())
                journal.end(whole=not run.left)
            except (LocalProtocolError, OutputFailed) as error:  # what was done is told all the same
                complain(str(error))
                failed = True
                self._printer.add_status(for_unfinished_cleanup(error), todo[0])
            finally:
                journal.close()
        if run.late or run.unanswered:
            self._printer.add_status(for_unfinished_cleanup(None), todo[0])
        self._printer.sum_up()
        if run.left or failed:
            self._printer.say_how_to_go_on(journal.path, todo[0])
        return stop.code if stop.asked else self._printer.status

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

    def _run(self, journal: Journal, stop: Stopping, todo: int) -> CleanupRun:
        pace = Pace(todo)

        def words() -> str:
            return ", ".join((f"{pace.done:,} of {count(todo, 'lock')} tried", *pace.words()))

        events = RunEvents(
            busy=lambda: self._progress.telling(words),
            released=self._printer.released,
            declined=lambda planned, why: self._printer.add_lock(planned, ReleaseOutcome.SKIPPED, why),
            left=lambda planned, why: self._printer.add_lock(planned, ReleaseOutcome.SKIPPED, why),
            progress=pace.at,
        )
        return CleanupRun(
            self._plan,
            journal,
            self._ledger,
            jobs=self._settings.jobs or 1,
            ask=ConsentPrompt(stop).ask if self._settings.interactive else None,
            stopped=lambda: stop.asked,
            time_is_up=lambda: self._budget.time_is_up,
            events=events,
        )
