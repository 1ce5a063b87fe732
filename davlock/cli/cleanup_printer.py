"""What ``davlock cleanup`` shows of its plan, and of what came of it."""

from collections.abc import Callable, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from davlock.cli.cleanup_foot import CleanupFoot
from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.exit_status import (
    ExitStatus,
    combine,
    for_cleanup_walk,
    for_refused_release,
    for_success,
    for_unread,
)
from davlock.cli.insecure_login import login_findings
from davlock.cli.options import Shared
from davlock.cli.output import Presenter, complain
from davlock.cli.refused_login import complain_of_the_answer, login_refusal
from davlock.cli.targets import for_doer
from davlock.cli.walk_output import complain_of_the_end, complain_of_the_unread, walk_findings
from davlock.diagnosis.finding import Finding
from davlock.diagnosis.users import ONE_USER, may_be_one_user
from davlock.diagnosis.verdict import Verdict
from davlock.locks.renewal import LATEST_RENEWAL
from davlock.operations.cleanup.journal import JournalRead
from davlock.operations.cleanup.plan import WITHHELD, CleanupPlan, CleanupTarget
from davlock.operations.cleanup.release import Released
from davlock.operations.read_failure import read_failure
from davlock.operations.results import Decision, Planned, ReleaseOutcome
from davlock.operations.walk.walked import Walked
from davlock.render.build_result import found_view
from davlock.render.listing_result import walk_numbers, walk_result
from davlock.render.plan import COLUMNS, plan_lines
from davlock.render.plural import count
from davlock.render.result import PlanView, Result
from davlock.values import dataclass

if TYPE_CHECKING:
    from davlock.render.tables import Console

_ENDED = (ReleaseOutcome.RELEASED, ReleaseOutcome.ALREADY_GONE)

FEW_KEPT = 20
"""Locks that stay and are listed where nothing is selected; of more, people see the number."""

_LINES = ("jsonl", "tsv")
"""Formats that have a line for each lock, written as it is settled."""


@dataclass(slots=True)
class TargetReport:
    """What is shown of one target, and the exit statuses of what was done there."""

    views: dict[int, PlanView] = field(default_factory=dict)
    result: Result = field(default_factory=lambda: Result(target=None))
    findings: list[Finding] = field(default_factory=list)
    statuses: list[ExitStatus] = field(default_factory=list)


class CleanupPrinter:
    """Results for stdout, and lines for stderr."""

    def __init__(self, plan: CleanupPlan, shared: Shared, known: CommandKnowledge, *, show_kept: bool) -> None:
        self._plan = plan
        self._known = known
        self._reports: dict[str, TargetReport] = {}
        self._show_kept = show_kept
        self._presenter = Presenter(
            "cleanup", shared, rows=plan_lines, columns=COLUMNS, show=lambda console, result: None
        )
        self._foot = CleanupFoot(on_screen=self._presenter.format == "table")

    def add_lock(
        self, planned: Planned, outcome: ReleaseOutcome | None = None, why: str = "", *, stands: bool = False
    ) -> None:
        """A lock that is done with."""
        report = self._report(planned.target)
        view = PlanView(
            lock=found_view(planned.found, self._plan.target_of(planned).evidence),
            decision=planned.decision,
            why=planned.why,
            may_be_alive=planned.may_be_alive,
            outcome=outcome,
            outcome_why=why,
            stands=stands,
        )
        report.views[planned.number] = view
        if self._presenter.format in _LINES:
            where = planned.found.root or planned.found.url
            verdict = _verdict((view,), Verdict.CLEAR)
            of_lock = replace(report.result, methods=(), skipped=(), exchanges=())
            result = replace(of_lock, target=where, verdict=verdict, plan=(view,))
            self._presenter.add(result)

    def add_walk(self, target: CleanupTarget, walked: Walked) -> None:
        """A walk that is over: what it says of its target, and what it did not read."""
        report = self._report(target.url)
        shape = walk_result(walked, self._known.judge(walked.evidence, skipped=walked.skipped), None)
        report.findings.extend((*walk_findings(shape), *login_findings(shape.findings)))
        report.result = replace(
            shape,
            target=target.url,
            locks=None,
            findings=(),
            skipped=walked.skipped,
            exchanges=walked.exchanges,
            extra=(walk_numbers(walked, len(walked.locks or ())),),
        )
        if not walked.ok or walked.locks is None or walked.unread or walked.end is not None:
            report.result = replace(report.result, verdict=Verdict.UNKNOWN)
        if walked.end is not None:
            complain_of_the_end(target.url, shape)
        elif walked.evidence.no_response is not None:
            complain(str(walked.evidence.no_response))
        elif not walked.ok:
            complain_of_the_answer(target.url, shape, walked.evidence.status, form=self._presenter.format)
            report.findings.extend(filter(None, (login_refusal(shape.findings),)))
        elif walked.locks is None:
            complain(f"{target.url}: the server does not show its locks, so davlock cannot clean up")
        elif walked.unread or walked.ended is not None:
            complain_of_the_unread(target.url, walked)
        status = for_cleanup_walk(
            read_failure(walked.evidence),
            bounded=walked.end is not None,
            missing=walked.evidence.status == 404,
            readable=walked.ok,
            undisclosed=walked.locks is None,
            unread=bool(walked.unread) or walked.ended is not None,
        )
        if status is not None:
            report.statuses.append(status)

    def settled_earlier(self, earlier: JournalRead) -> None:
        """What is known to have come of a lock in an earlier run, which is not tried again."""
        for number, (outcome, why) in earlier.outcomes.items():
            if outcome is not ReleaseOutcome.UNSURE and number in self._plan.planned:
                planned = self._plan.planned[number]
                self.add_lock(planned, outcome, why)
                self.add_status(for_success(outcome is not ReleaseOutcome.REFUSED), planned)

    def released(self, released: Released) -> None:
        """What came of a lock that was tried."""
        report = self._report(released.planned.target)
        self.add_lock(released.planned, released.outcome, released.why, stands=released.stands)
        if released.outcome not in (ReleaseOutcome.REFUSED, ReleaseOutcome.UNSURE):
            report.statuses.append(ExitStatus.OK)
            return
        diagnosis = self._known.judge(self._known.anonymous.complete(released.report.evidence))
        known = {finding.id for finding in report.findings}
        report.findings.extend(finding for finding in diagnosis.findings if finding.id not in known)
        refused = released.outcome is ReleaseOutcome.REFUSED or released.stands
        report.statuses.append(
            for_refused_release(for_doer(released.report, diagnosis.findings))  # a 207 refuses as well, with a 2xx
            if refused
            else for_unread(read_failure(released.report.evidence))
        )

    def add_status(self, status: ExitStatus, *planned: Planned) -> None:
        """The exit status of each of these locks."""
        for lock in planned:
            self._report(lock.target).statuses.append(status)

    def _report(self, url: str) -> TargetReport:
        return self._reports.setdefault(url, TargetReport())

    def _in_order(self) -> list[TargetReport]:
        return [self._report(url) for url in self._plan.targets]

    def would(self, *, nothing: bool) -> None:
        """The count of a plan that is not carried out. ``nothing``: an empty plan has no reason that was said already.

        Where the plan is empty, people see what was read and why it stays, if that is no long list.
        """
        chosen, every = len(self._plan.chosen()), count(len(self._plan.planned), "lock")
        if not chosen:
            self._show_kept = self._show_kept or len(self._plan.planned) <= FEW_KEPT
            if nothing:
                self.say_nothing_selected()
        else:
            self._foot.note(f"{chosen} of {every}")
        if chosen and not self._foot.on_screen:
            complain(f"{chosen} of {every} would be released; --yes does it")
        self._say_what_stays()

    def say_how_to_do_it(self, *, held_back: Sequence[Planned], more: tuple[str, ...]) -> None:
        """Below a plan, the commands that carry it out, with the options ``more``.

        Where all that is selected is ``held_back``, they show the plan with the permission to release it, and do not
        carry it out: somebody may be editing.
        """
        for target in self._plan.targets.values():
            chosen = self._plan.chosen(target)
            alive = not chosen and any(planned.target == target.url for planned in held_back)
            if chosen or alive:
                options = ("--even-if-alive", *more) if alive else (*more, "--yes")
                self._foot.commands += filter(None, (self._known.again(target.url, *options),))
                if more and not self._foot.on_screen:
                    what = "list" if alive else "release"
                    complain(f"to {what} them without waiting again: {' '.join(options)}")

    def say_how_to_go_on(self, journal: Path, planned: Planned) -> None:
        """The command that goes on with a clean-up that was broken off."""
        words = ("--resume", str(journal))
        if self._foot.on_screen:
            login = self._known.profile_word(planned.target)
            self._foot.commands.append((*self._known.as_typed(("davlock", "cleanup"), planned.target), *words, *login))
        else:
            complain(f"go on with {' '.join(words)}")

    def _say_what_stays(self) -> None:
        stays = len(self._plan.planned) - len(self._plan.chosen())
        if stays:
            verb = "stays" if stays == 1 else "stay"
            self._foot.note(f"{stays} {verb}{'' if self._show_kept else ' (--show-kept)'}")

    def say_withheld(self) -> list[Planned]:
        """Prints how many selected locks have a hidden token."""
        tokenless = [planned for planned in self._plan.planned.values() if planned.why == WITHHELD]
        if tokenless:
            one = len(tokenless) == 1
            words = f"the server hides the token of {count(len(tokenless), 'selected lock')}"
            self._foot.say(
                f"{words}; only {'its holder' if one else 'their holders'} can release {'it' if one else 'them'}"
            )
        return tokenless

    def say_held_back(self) -> list[Planned]:
        """The locks that were selected by a time, and may be alive; says so."""
        alive = [
            planned
            for planned in self._plan.planned.values()
            if planned.may_be_alive and planned.decision is Decision.SKIP
        ]
        if alive:
            stay = "stays" if len(alive) == 1 else "stay"
            many = f"{count(len(alive), 'lock')} with more than {LATEST_RENEWAL:g} s left may be in use and {stay}"
            them = "it" if len(alive) == 1 else "them"
            self._foot.say(f"{many}; --even-if-alive releases {them}, and can break an edit")
        return alive

    def say_nothing_selected(self) -> None:
        """That the plan is empty; nothing where no place could be read as a whole, which was said already."""
        if all(self._report(url).statuses for url in self._plan.targets):
            return
        if self._plan.planned or not self._foot.on_screen:
            self._foot.say("no lock is selected: there is nothing to release")

    def say_foreign_locks(self, say: Callable[[str], None] | None = None) -> None:
        """Say that the server will refuse some locks, or that it may not tell users apart.

        ``say`` is for what must be read before anything is tried; else it stands with the rest.
        """
        say = say or self._foot.say
        for target in self._plan.targets.values():
            server = target.evidence.server
            if not target.login or server is None or server.foreign_token_works is not False:
                continue
            if target.not_taken(self._plan.chosen(target)):
                target.evidence = self._known.anonymous.ask(target.evidence)
                if may_be_one_user(target.evidence):
                    say(f"on {target.url}, {ONE_USER}")
                    continue
                words = f"{server.title} lets only the login that took a lock release it"
                say(f"{words}: it will refuse those that {target.login} did not take")

    def exceeds_limit(self, limit: int | None) -> bool:
        """Whether more would be released than the person expects; says so."""
        chosen = len(self._plan.chosen())
        if limit is None or chosen <= limit:
            return False
        if self._foot.on_screen:
            self._foot.say(f"--limit is {limit}, so that davlock releases none of them")
        else:
            complain(f"{count(chosen, 'lock')} would be released, and --limit is {limit}: nothing was sent")
        return True

    def sum_up(self) -> None:
        """How many came to which end."""
        counts: dict[str, int] = {}
        for report in self._in_order():
            for view in report.views.values():
                if view.decision is Decision.RELEASE and view.outcome is not None:
                    counts[view.outcome.value] = counts.get(view.outcome.value, 0) + 1
        self._foot.say(", ".join(f"{number} {what}" for what, number in counts.items()) or "nothing was done")
        self._say_what_stays()

    def finish(self) -> None:
        """What had to wait for the end."""
        results: list[Result] = []
        for report in self._in_order():
            views = tuple(report.views[number] for number in sorted(report.views))
            findings = sorted(report.findings, key=lambda finding: -finding.severity)
            verdict = _verdict(views, report.result.verdict)
            results.append(replace(report.result, verdict=verdict, plan=views, findings=tuple(findings)))
            nothing_yet = self._presenter.format == "jsonl" and not views  # a reader must see that it was looked at
            if self._presenter.format not in _LINES or nothing_yet:
                self._presenter.add(results[-1])
        acted = any(view.outcome is not None for result in results for view in result.plan or ())
        self._presenter.show_all(self._show, results, paged=not acted)
        self._presenter.finish()

    def _show(self, console: "Console", results: list[Result]) -> None:
        from davlock.render.list_screens import show_plans

        show_plans(console, results, kept=self._show_kept, foot=self._foot.text, commands=self._foot.commands)

    @property
    def status(self) -> ExitStatus:
        """The exit status of it all."""
        return combine([status for report in self._in_order() for status in report.statuses])


def _stays_yours(view: PlanView) -> bool:
    """Whether it was not selected, and you hold its token."""
    return view.lock.mine is True and not view.may_be_alive and view.why != WITHHELD


def _verdict(views: tuple[PlanView, ...], before: Verdict) -> Verdict:
    """The verdict once the plan was carried out; ``before`` is that of the walk.

    A lock that still stands blocks a write, but for one that stays because it is yours. Where it may stand, the verdict
    is unknown.
    """
    others = [view for view in views if not (view.decision is Decision.SKIP and _stays_yours(view))]
    if any(view.stands or view.outcome not in (*_ENDED, ReleaseOutcome.UNSURE) for view in others):
        return Verdict.BLOCKED
    if any(view.outcome is ReleaseOutcome.UNSURE for view in others):
        return Verdict.UNKNOWN
    all_ended = bool(views) and all(view.outcome in _ENDED for view in views)
    return Verdict.CLEAR if before is Verdict.BLOCKED and all_ended else before
