"""What ``davlock cleanup`` shows of its plan, and of what came of it."""

from dataclasses import replace

from davlock.cli.cleanup_place import Scene, locks
from davlock.cli.exit_code import ExitCode, combine
from davlock.cli.options import Shared
from davlock.cli.plugins import Knowledge
from davlock.cli.present import Presenter, complain
from davlock.cli.progress import ProgressLine
from davlock.diagnosis.users import ONE_USER, may_be_one_user
from davlock.diagnosis.whole import Verdict
from davlock.locks.renewal import LATEST_RENEWAL
from davlock.operations.results import Decision, Outcome, Planned
from davlock.operations.sweep import WITHHELD
from davlock.render.assembly import found_view
from davlock.render.plan import plan_lines, show_plan
from davlock.render.result import PlanView

_ENDED = (Outcome.RELEASED, Outcome.ALREADY_GONE)

_LINES = ("jsonl", "tsv")
"""Formats that have a line for each lock, written as it is settled."""


class Telling:
    """Results for stdout, and lines for stderr."""

    def __init__(self, scene: Scene, shared: Shared, known: Knowledge, progress: ProgressLine) -> None:
        self._scene = scene
        self._known = known
        self._progress = progress
        self._presenter = Presenter("cleanup", shared, rows=plan_lines, show=show_plan)

    def one(self, one: Planned, outcome: Outcome | None = None, why: str = "") -> None:
        """A lock of which nothing more will come."""
        place = self._scene.place(one)
        view = PlanView(
            lock=found_view(one.found, place.evidence),
            decision=one.decision,
            why=one.why,
            may_be_alive=one.may_be_alive,
            outcome=outcome,
            outcome_why=why,
        )
        place.views[one.number] = view
        if self._presenter.format in _LINES:
            self._progress.clear()
            where = one.found.root or one.found.url
            verdict = _verdict((view,), place.result.verdict)
            found = replace(place.result, target=where, verdict=verdict, plan=(view,), skipped=(), exchanges=())
            self._presenter.add(found)

    def would(self) -> None:
        """The count of a plan that is not carried out."""
        count = len(self._scene.chosen())
        if count:
            complain(f"{count} of {locks(len(self._scene.plan))} would be released; --yes does it")
        else:
            self.nothing()

    def withheld(self) -> list[Planned]:
        """The locks that were meant, and whose tokens the server keeps to itself; says so."""
        found = [one for one in self._scene.plan.values() if one.why == WITHHELD]
        if found:
            told = f"the server does not show the token of {locks(len(found))} that you mean: only its holder can"
            complain(f"{told} release it (davlock ledger recover, where davlock took it)")
        return found

    def held_back(self) -> list[Planned]:
        """The locks that were selected by a time, and may be alive; says so."""
        found = [one for one in self._scene.plan.values() if one.may_be_alive and one.decision is Decision.SKIP]
        if found:
            stay = "stays" if len(found) == 1 else "stay"
            many = f"{locks(len(found))} with more than {LATEST_RENEWAL:g} s left may be alive and {stay}"
            complain(f"{many}; --even-if-alive releases {'it' if len(found) == 1 else 'them'}")
        return found

    def nothing(self) -> None:
        """That the plan is empty; nothing where no place could be read as a whole, which was said already."""
        if all(place.codes for place in self._scene.places.values()):
            return
        complain("no lock is selected: there is nothing to release")

    def whose(self) -> None:
        """Say before anything is tried that the server will refuse some locks, or that it may not tell users apart."""
        for place in self._scene.places.values():
            server = place.evidence.server
            foreign = [one for one in self._scene.chosen(place) if not place.took(one)]
            if foreign and place.login and server is not None and server.foreign_token_works is False:
                place.evidence = self._known.anonymous.ask(place.evidence)
                if may_be_one_user(place.evidence):
                    complain(f"{place.url}: {ONE_USER}")
                    continue
                told = f"{server.title} lets only the user who took a lock release it"
                complain(f"{told}: those that {place.login} did not take will be refused")

    def over(self, limit: int | None) -> bool:
        """Whether more would be released than the person expects; says so."""
        count = len(self._scene.chosen())
        if limit is None or count <= limit:
            return False
        complain(f"{locks(count)} would be released, and --limit is {limit}: nothing was sent")
        return True

    def sum_up(self, again: str) -> None:
        """How many came to which end; ``again`` says how to go on."""
        counts: dict[str, int] = {}
        for place in self._scene.places.values():
            for view in place.views.values():
                if view.decision is Decision.RELEASE and view.outcome is not None:
                    counts[view.outcome.value] = counts.get(view.outcome.value, 0) + 1
        told = ", ".join(f"{count} {what}" for what, count in counts.items())
        complain(f"{told or 'nothing was done'}{again}")

    def finish(self) -> None:
        """What had to wait for the end."""
        for place in self._scene.places.values():
            views = tuple(place.views[number] for number in sorted(place.views))
            if self._presenter.format not in _LINES:
                findings = sorted(place.findings, key=lambda finding: -finding.severity)
                verdict = _verdict(views, place.result.verdict)
                self._presenter.add(replace(place.result, verdict=verdict, plan=views, findings=tuple(findings)))
        self._presenter.finish()

    @property
    def code(self) -> ExitCode:
        """The exit status of it all."""
        return combine([code for place in self._scene.places.values() for code in place.codes])


def _verdict(views: tuple[PlanView, ...], before: Verdict) -> Verdict:
    """The verdict once the plan was carried out; ``before`` is that of the walk.

    A selected lock that still stands blocks a write, also where its token is hidden or its holder may be alive. Where
    it may stand, the verdict is unknown.
    """
    selected = [
        view.outcome for view in views if view.decision is Decision.RELEASE or view.may_be_alive or view.why == WITHHELD
    ]
    if any(outcome not in (*_ENDED, Outcome.UNSURE) for outcome in selected):
        return Verdict.BLOCKED
    if Outcome.UNSURE in selected:
        return Verdict.UNKNOWN
    all_ended = bool(views) and all(view.outcome in _ENDED for view in views)
    return Verdict.CLEAR if before is Verdict.BLOCKED and all_ended else before
