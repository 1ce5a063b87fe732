"""One run of ``davlock cleanup``: find, plan, release, and say what came of it."""

import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import click

from davlock.cli.batch import for_doer, stopped
from davlock.cli.cleanup_settings import Settings
from davlock.cli.exit_code import ExitCode, combine
from davlock.cli.first_look import first_looks
from davlock.cli.options import Shared
from davlock.cli.plugins import Knowledge, judged
from davlock.cli.present import Presenter, complain
from davlock.cli.progress import ProgressLine
from davlock.cli.session import login_for, open_sender
from davlock.cli.state import own_locks, state_folder
from davlock.cli.stopping import Stopping, stopping
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Finding
from davlock.diagnosis.life import Sight
from davlock.diagnosis.selection import Judgement
from davlock.errors import LocalProtocolError
from davlock.ledger import Holder, Ledger, State
from davlock.operations import journal as journals
from davlock.operations import sweep, vigil
from davlock.operations.case import Case, Report
from davlock.operations.journal import Journal
from davlock.operations.results import Decision, FoundLock, Outcome, Planned
from davlock.operations.sweep import Released, Terms
from davlock.operations.walk import walk
from davlock.operations.workers import Crew
from davlock.protocol.requests import LOCK_PROPERTIES, options, owner_without_run
from davlock.protocol.retry_after import THROTTLED
from davlock.protocol.url import same_path, without_credentials
from davlock.render.assembly import found_view
from davlock.render.plan import plan_lines, show_plan
from davlock.render.result import PlanView, Result
from davlock.transport.base import Send

READERS = 8
"""Requests at a time while a tree is read."""

SILENCES = 3
"""Locks in a row without an answer after which the server is taken to be gone."""


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


class Cleanup:
    """One run of the command."""

    def __init__(self, settings: Settings, shared: Shared, ledger: Ledger) -> None:
        self._settings = settings
        self._shared = shared
        self._ledger = ledger
        self._held = ledger.entries(State.HELD)
        self._known = Knowledge(shared)
        self._presenter = Presenter("cleanup", shared, rows=plan_lines, show=show_plan)
        self._stack = ExitStack()
        self._places: dict[str, Place] = {}
        self._plan: dict[int, Planned] = {}
        self._journal: Journal | None = None
        self._left = 0
        self._silent = 0
        self._progress = ProgressLine(shared)
        started, clock = time.time(), time.monotonic()
        # A clock that is set while we wait must not make a refresh look like silence.
        self._now: Callable[[], float] = lambda: started + time.monotonic() - clock

    def run(self, *, act: bool, path: str | None, resume: str | None, earlier: journals.Read | None) -> int:
        """The exit status."""
        with self._stack:
            firsts = first_looks(self._settings.first_look)
            whole = earlier is not None and earlier.whole
            for url in self._settings.urls:
                self._go_to(url)
            if whole and earlier is not None:
                self._adopt(earlier)
            else:
                self._find(firsts)
            code = self._act(path, resume, earlier if whole else None) if act else self._would()
            self._present()
            return code

    # -- finding

    def _go_to(self, url: str) -> None:
        bare = without_credentials(url)
        login = login_for(self._shared, url)
        if bare in self._places:
            if self._places[bare].login == login:
                return
            raise LocalProtocolError(f"{bare} is named twice, for two users", "clean up as one after the other")
        send = self._stack.enter_context(open_sender(self._shared, url))
        selection = self._settings.selection(bare)

        def judge(found: FoundLock, evidence: Evidence) -> Judgement:
            return selection.judge(found_view(found, evidence))

        terms = Terms(
            judge=judge,
            now=self._now,
            before_unlock=lambda planned: self._before_unlock(planned),
            own=lambda: own_locks(self._ledger, bare, login=login),
            profiles=self._known.profiles,
        )
        self._places[bare] = Place(bare, login, send, terms, Evidence(target=bare))

    def _find(self, firsts: dict[vigil.Key, Sight]) -> None:
        known: set[vigil.Key] = set()
        for place in self._places.values():
            fresh = [found for found in self._walked(place) if vigil.key(found) not in known]
            known.update(vigil.key(found) for found in fresh if found.lock.token is not None)
            for planned in sweep.plan(
                place.url,
                fresh,
                place.evidence,
                judge=place.terms.judge,
                spared=self._spared,
                first=len(self._plan) + 1,
            ):
                self._plan[planned.number] = planned
            self._learn_countdown(place)
            if self._settings.abandoned:
                self._keep_vigil(place, firsts)

    def _learn_countdown(self, place: Place) -> None:
        """A refresh shows only where the time that is left does."""
        server = place.evidence.server
        counts = server.counts_down if server is not None else None
        chosen = [one for one in self._to_release() if one.target == place.url]
        if counts is None and chosen:
            counts = sweep.seen_to_count_down(place.send, chosen, place.evidence, place.terms, time.sleep)
        place.terms = replace(place.terms, counts_down=counts)

    def _walked(self, place: Place) -> tuple[FoundLock, ...]:
        with self._progress:
            found = walk(
                place.send,
                place.url,
                now=self._now,
                jobs=self._settings.jobs or READERS,
                own=place.terms.own(),
                profiles=self._known.profiles,
                progress=lambda read, locks: self._progress.tell(f"{read} collections read, {locks} locks found"),
            )
        place.evidence = found.evidence
        place.result = replace(
            judged(found.evidence, self._known, skipped=found.skipped),
            target=place.url,
            locks=None,
            findings=(),
            skipped=found.skipped,
            exchanges=found.exchanges,
        )
        if found.evidence.no_response is not None:
            complain(str(found.evidence.no_response))
            place.codes.append(ExitCode.NO_RESPONSE)
        elif not found.ok:
            complain(f"{place.url}: PROPFIND was answered {found.evidence.status}")
            stop = stopped(found.evidence)
            place.codes.append(stop or (ExitCode.FOUND if found.evidence.status == 404 else ExitCode.UNKNOWN))
        elif found.locks is None:
            complain(f"{place.url}: this server does not disclose its locks: nothing can be cleaned up")
            place.codes.append(ExitCode.UNKNOWN)
        elif found.unread or found.ended is not None:
            complain(f"{place.url}: {found.unread} collections were not read: there may be more locks")
            place.codes.append(ExitCode.PARTIAL)
        return found.locks or ()

    def _spared(self, found: FoundLock) -> str:
        token = found.lock.token
        for entry in self._held:  # whoever asks, and by whatever name of the host
            if token is not None and entry.token == token.uri and same_path(entry.place, found.root or found.url):
                holder = self._ledger.holder(entry)
                if holder is Holder.ELSEWHERE:
                    return f"davlock took it on {entry.process.host}, where it may still be in use"
                if holder is Holder.RUNS and not entry.kept:
                    return f"davlock holds it: process {entry.process.pid} still runs"
        return ""

    def _keep_vigil(self, place: Place, firsts: dict[vigil.Key, Sight]) -> None:
        chosen = [one for one in self._to_release() if one.target == place.url]
        watch = vigil.Vigil(
            firsts=firsts,
            patience=self._settings.wait,
            sleep=time.sleep,
            tell=self._progress.tell,
        )
        with self._progress:
            for one, told in vigil.keep(place.send, chosen, place.evidence, place.terms, watch):
                if told.met is True:
                    why = f"{one.why}; {told.why}" if one.why != "every lock" else told.why
                    self._plan[one.number] = replace(one, why=why)
                else:
                    why = told.why if told.met is False else f"unsure: {told.why}"
                    self._plan[one.number] = replace(one, decision=Decision.SKIP, why=why)

    def _to_release(self) -> list[Planned]:
        return [one for one in self._plan.values() if one.decision is Decision.RELEASE]

    # -- the plan alone

    def _would(self) -> ExitCode:
        for one in self._plan.values():
            self._view(one)
        count = len(self._to_release())
        complain(f"{count} of {_locks(len(self._plan))} would be released; --yes does it" if count else _NOTHING)
        self._warn_of_owners()
        self._over_limit()
        return self._code()

    def _over_limit(self) -> bool:
        count, limit = len(self._to_release()), self._settings.limit
        if limit is None or count <= limit:
            return False
        complain(f"{_locks(count)} would be released, and --limit is {limit}: nothing was sent")
        return True

    def _warn_of_owners(self) -> None:
        """Said before anything is tried."""
        for place in self._places.values():
            server = place.evidence.server
            foreign = [one for one in self._to_release() if one.target == place.url and not self._mine(one, place)]
            if foreign and place.login and server is not None and server.foreign_token_works is False:
                told = f"{server.title} lets only the user who took a lock release it"
                complain(f"{told}: those that {place.login} did not take will be refused")

    def _mine(self, one: Planned, place: Place) -> bool:
        token = one.found.lock.token
        return token is not None and any(own.token == token.uri for own in place.terms.own())

    # -- acting

    def _act(self, path: str | None, resume: str | None, earlier: journals.Read | None) -> ExitCode:
        for one in self._plan.values():
            if one.decision is Decision.SKIP:
                self._view(one)
        if earlier is None and self._over_limit():
            for one in self._to_release():
                self._view(one)
            return ExitCode.FOUND
        todo = list(earlier.left) if earlier is not None else self._to_release()
        if earlier is None and not todo:
            complain(_NOTHING)
            return self._code()
        self._warn_of_owners()
        self._open_journal(path, resume, earlier)
        assert self._journal is not None  # noqa: S101 -- just opened
        with stopping("stopping; once more to stop in the middle") as stop:
            try:
                self._release_all(todo, stop, earlier)
                self._journal.end(whole=not self._left)
            except LocalProtocolError as error:  # what was done is told all the same
                complain(str(error))
                self._left += 1
                self._places[todo[0].target].codes.append(ExitCode.PARTIAL)
            finally:
                self._journal.close()
        self._sum_up()
        return stop.code if stop.asked else self._code()

    def _adopt(self, earlier: journals.Read) -> None:
        """Go on with a plan: what is known to have come of it is not tried again."""
        self._plan = dict(earlier.plan)
        for url, counts in earlier.counts_down.items():
            if url in self._places:
                self._places[url].terms = replace(self._places[url].terms, counts_down=counts)
        for place in self._places.values():
            meeting = Case(place.send, place.url, profiles=self._known.profiles)
            meeting.propfind(place.url, LOCK_PROPERTIES)
            meeting.read(options(place.url))
            place.evidence = meeting.evidence(inquiry=True)
        for number, (outcome, why) in earlier.outcomes.items():
            if outcome is not Outcome.UNSURE and number in self._plan:
                self._view(self._plan[number], outcome, why)
                refused = outcome is Outcome.REFUSED
                self._places[self._plan[number].target].codes.append(ExitCode.FOUND if refused else ExitCode.OK)
        for url in {one.target for one in self._plan.values()} - set(self._places):
            raise LocalProtocolError(f"the journal has locks below {url}, and was not asked to", "begin anew")

    def _open_journal(self, path: str | None, resume: str | None, earlier: journals.Read | None) -> None:
        if resume is not None:
            file = Path(resume)
        elif path is not None:
            file = Path(path)
        else:
            stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
            file = state_folder() / "journals" / f"cleanup-{stamp}-{secrets.token_hex(4)}.jsonl"
        self._journal = Journal(file, now=self._now, append=resume is not None)
        complain(f"journal: {file}")
        if resume is None:
            self._journal.begin(self._settings.as_dict())
        else:
            self._journal.resumed()
        if earlier is None:
            self._journal.planning()
            for one in self._plan.values():
                self._journal.plan(one)
            self._journal.planned({place.url: place.terms.counts_down for place in self._places.values()})

    def _before_unlock(self, planned: Planned) -> None:
        if self._journal is not None:
            self._journal.before_unlock(planned)

    def _release_all(self, todo: list[Planned], stop: Stopping, earlier: journals.Read | None) -> None:
        begun = earlier.begun if earlier is not None else set()

        def work(one: Planned) -> Released:
            place = self._places[one.target]
            return sweep.release(place.send, one, place.terms, resumed=one.number in begun)

        jobs = 1 if self._settings.interactive or self._must_queue() else self._settings.jobs or 1
        done = 0
        with self._progress, Crew(work, jobs) as crew:
            for one in self._agreed(todo, stop):
                crew.add(one)
                if self._settings.interactive:
                    for released in crew.outcomes():
                        self._note(released)
            for released in crew.outcomes():
                self._note(released)
                done += 1
                self._progress.tell(f"{done} of {_locks(len(todo))}")
                why = "you stopped" if stop.asked else self._why_stop(released)
                for left in crew.drop() if why else ():
                    self._leave(left, why)

    def _must_queue(self) -> bool:
        servers = (place.evidence.server for place in self._places.values())
        return any(server is not None and server.loses_concurrent_changes for server in servers)

    def _agreed(self, todo: list[Planned], stop: Stopping) -> Iterator[Planned]:
        """Those that the person agrees to."""
        if not self._settings.interactive:
            yield from todo
            return
        every = False
        for number, one in enumerate(todo):
            answer = "y" if every else self._asked(one, stop)
            if answer in ("q", "") or stop.asked:
                for left in todo[number:]:
                    self._leave(left, "you stopped")
                return
            every = every or answer == "a"
            if answer in ("y", "a"):
                yield one
                continue
            self._view(one, Outcome.SKIPPED, "you said no")
            if self._journal is not None:
                self._journal.outcome(one, Outcome.SKIPPED, "you said no")

    def _asked(self, one: Planned, stop: Stopping) -> str:
        from davlock.protocol.visible import visible

        owner = owner_without_run(one.found.lock.claimed)
        whose = f" of “{owner}”" if owner else ""
        question = visible(f"Release the lock{whose} on {one.found.root} ({one.why})?")
        while True:
            click.echo(f"{question} [y]es, [N]o, [a]ll, [q]uit: ", err=True, nl=False)
            line = ""
            with stop.at_once():
                line = sys.stdin.readline()
            if not line:
                return ""
            answer = line.strip().lower()[:1] or "n"
            if answer in "ynaq":
                return answer

    def _leave(self, one: Planned, why: str) -> None:
        """Not tried; --resume does."""
        self._left += 1
        self._view(one, Outcome.SKIPPED, why)

    def _why_stop(self, released: Released) -> str:
        """Why the other locks are not to be tried; empty where they are."""
        exchanges = released.report.evidence.exchanges
        last = exchanges[-1] if exchanges else None
        self._silent = self._silent + 1 if last is not None and last.response is None else 0
        if self._silent == SILENCES:
            return "the server does not answer"
        if any(entry.status in THROTTLED for entry in exchanges):
            return "the server wants no more requests for now"
        if last is not None and last.request.method == "PROPFIND" and last.status in (401, 407):
            return "the login is refused"
        return ""

    def _note(self, released: Released) -> None:
        place = self._places[released.planned.target]
        self._settle(released, place)
        if self._journal is not None:  # after that, since nothing is done again of which the outcome is known
            self._journal.outcome(released.planned, released.outcome, released.why)
        self._view(released.planned, released.outcome, released.why)
        if released.outcome in (Outcome.REFUSED, Outcome.UNSURE):
            found = judged(released.report.evidence, self._known)
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

    def _sum_up(self) -> None:
        counts: dict[str, int] = {}
        for place in self._places.values():
            for view in place.views.values():
                if view.decision is Decision.RELEASE and view.outcome is not None:
                    counts[view.outcome.value] = counts.get(view.outcome.value, 0) + 1
        told = ", ".join(f"{count} {what}" for what, count in counts.items())
        again = f"; go on with --resume {self._journal.path}" if self._left and self._journal is not None else ""
        complain(f"{told or 'nothing was done'}{again}")

    # -- showing

    def _view(self, one: Planned, outcome: Outcome | None = None, why: str = "") -> None:
        place = self._places[one.target]
        view = PlanView(
            lock=found_view(one.found, place.evidence),
            decision=one.decision,
            why=one.why,
            outcome=outcome,
            outcome_why=why,
        )
        place.views[one.number] = view
        if self._presenter.format in ("jsonl", "tsv"):
            self._progress.clear()
            where = one.found.root or one.found.url
            self._presenter.add(replace(place.result, target=where, plan=(view,), skipped=(), exchanges=()))

    def _present(self) -> None:
        for place in self._places.values():
            views = tuple(place.views[number] for number in sorted(place.views))
            if self._presenter.format not in ("jsonl", "tsv"):
                self._presenter.add(replace(place.result, plan=views, findings=tuple(place.findings)))
        self._presenter.finish()

    def _code(self) -> ExitCode:
        return combine([code for place in self._places.values() for code in place.codes])


_NOTHING = "no lock is selected: there is nothing to release"


def _locks(count: int) -> str:
    return f"{count} lock" if count == 1 else f"{count} locks"


def _code_of(report: Report, found: Result) -> ExitCode:
    code = for_doer(report, found)
    return code if code is not ExitCode.OK else ExitCode.FOUND
