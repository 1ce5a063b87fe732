"""The first half of ``davlock cleanup``: find the locks, and plan what is to become of each. Changes nothing."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime

from davlock.cli.batch import stopped
from davlock.cli.cleanup_place import Now, Place, Scene, locks
from davlock.cli.cleanup_settings import Settings
from davlock.cli.credentials import login_for
from davlock.cli.exit_code import ExitCode, for_error
from davlock.cli.first_look import first_looks
from davlock.cli.insecure_login import about_the_login
from davlock.cli.options import Shared
from davlock.cli.plugins import Knowledge, judged
from davlock.cli.present import complain
from davlock.cli.progress import ProgressLine
from davlock.cli.refused_login import complain_of_the_answer, login_refusal
from davlock.cli.session import OpenSender
from davlock.cli.state import own_locks
from davlock.cli.walking import complain_of_the_end, complain_of_the_unread, walk_findings, walk_numbers
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Verdict
from davlock.diagnosis.selection import Judgement
from davlock.diagnosis.wording import seconds_in_words
from davlock.errors import LocalProtocolError
from davlock.ledger import Holder, Ledger, State
from davlock.locks.renewal import TimeReading
from davlock.operations import sweep
from davlock.operations.alive_gate import AliveGate
from davlock.operations.budget import Budget
from davlock.operations.case import Case
from davlock.operations.journal import Read
from davlock.operations.results import FoundLock
from davlock.operations.second_reading import LockKey, ReadingWait, SelectedLock, Silence, lock_key, not_renewed
from davlock.operations.sweep import Terms
from davlock.operations.walk import walk
from davlock.protocol.requests import LOCK_PROPERTIES, options
from davlock.protocol.url import same_path, without_credentials
from davlock.protocol.write_scope import WriteScope
from davlock.render.assembly import found_view

READERS = 8
"""Requests at a time while a tree is read."""

STRAYED = "a redirect led the walk out of the tree that was named"
"""Why nothing is released of a tree that the server does not answer for."""


class Survey:
    """Fills a scene: by a walk, or from the journal of an earlier run."""

    def __init__(
        self,
        settings: Settings,
        shared: Shared,
        ledger: Ledger,
        known: Knowledge,
        progress: ProgressLine,
        *,
        now: Now,
        sleep: Callable[[float], object],
        budget: Budget,
        opener: OpenSender,
    ) -> None:
        self.scene = Scene()
        self._settings = settings
        self._shared = shared
        self._ledger = ledger
        self._held = ledger.entries(State.HELD)
        self._doubtful = {row.token for row in ledger.rows().damaged if row.token}
        self._known = known
        self._progress = progress
        self._now = now
        self._pause = sleep
        self._gate = AliveGate(
            unrenewed=settings.unrenewed_for is not None,
            older_than=settings.older_than is not None,
            opened=settings.even_if_alive or settings.interactive,
        )
        self._budget = budget
        self._open = opener

    def go_to(self, url: str, stack: ExitStack) -> None:
        """Open one URL of the command line, until ``stack`` is closed. Nothing is sent.

        Raises LocalProtocolError where it is named for two users.
        """
        bare = without_credentials(url)
        login = login_for(self._shared, url)
        if bare in self.scene.places:
            if self.scene.places[bare].login == login:
                return
            raise LocalProtocolError(f"{bare} is named twice, for two users", "clean up as one after the other")
        send = stack.enter_context(self._open(self._shared, url, WriteScope(url=bare), budget=self._budget))
        selection = self._settings.selection(bare)

        def judge(found: FoundLock, evidence: Evidence) -> Judgement:
            return selection.judge(found_view(found, evidence))

        terms = Terms(
            judge=judge,
            now=self._now,
            own=lambda: own_locks(self._ledger, bare, login=login),
            profiles=self._known.profiles,
            held_back=self._gate.held_back,
        )
        self.scene.places[bare] = Place(bare, login, send, terms, Evidence(target=bare))

    def find(self, *, act: bool) -> None:
        """Walk each place, and plan. Raises LocalProtocolError for a first look that is none.

        ``act``: whether the plan is carried out. Then a lock in its last minute is read again only shortly before its
        end.
        """
        earlier = first_looks(self._settings.first_look)
        known: set[LockKey] = set()
        for place in self.scene.places.values():
            fresh = [found for found in self._walked(place) if lock_key(found) not in known]
            known.update(lock_key(found) for found in fresh if found.lock.token is not None)
            self.scene.add(
                sweep.plan(
                    place.url,
                    fresh,
                    place.evidence,
                    judge=place.terms.judge,
                    spared=self._spared if not place.strayed else lambda found: STRAYED,
                    first=len(self.scene.plan) + 1,
                )
            )
            self._learn_countdown(place)
        if earlier is not None and known and not known & set(earlier):
            complain(f"--first-look {self._settings.first_look}: it has none of these locks. Is it the right file?")
        if self._settings.unrenewed_for is not None:
            self._read_twice(self._settings.unrenewed_for, earlier, act=act)
        self.scene.add(self._gate.mark(one, self.scene.place(one).evidence) for one in self.scene.chosen())

    def adopt(self, earlier: Read) -> None:
        """The plan of an earlier run. Raises LocalProtocolError where it is for other places."""
        for url in {one.target for one in earlier.plan.values()} - set(self.scene.places):
            raise LocalProtocolError(f"the journal has locks below {url}, and was not asked to", "start again")
        self.scene.add(earlier.plan.values())
        for place in self.scene.places.values():
            if place.url in earlier.counts_down:
                place.terms = replace(place.terms, counts_down=earlier.counts_down[place.url])
            meeting = Case(place.send, place.url, profiles=self._known.profiles, stay_within=place.url)
            meeting.propfind(place.url, LOCK_PROPERTIES)
            meeting.read(options(place.url))
            place.evidence = meeting.evidence(inquiry=True)

    def _walked(self, place: Place) -> tuple[FoundLock, ...]:
        with self._progress:
            found = walk(
                place.send,
                place.url,
                now=self._now,
                jobs=self._settings.jobs or READERS,
                own=place.terms.own(),
                profiles=self._known.profiles,
                budget=self._budget,
                progress=lambda read, locks: self._progress.tell(f"{read} collections read, {locks} locks found"),
            )
        place.evidence = found.evidence
        shape = judged(found.evidence, self._known, skipped=found.skipped)
        place.findings.extend((*walk_findings(shape), *about_the_login(shape)))
        place.strayed = found.end is not None and found.end.redirect is not None
        place.result = replace(
            shape,
            target=place.url,
            locks=None,
            findings=(),
            skipped=found.skipped,
            exchanges=found.exchanges,
            extra=(walk_numbers(found, len(found.locks or ())),),
        )
        if not found.ok or found.locks is None or found.unread or found.end is not None:
            place.result = replace(place.result, verdict=Verdict.UNKNOWN)
        if found.end is not None:
            complain_of_the_end(place.url, shape)
            place.codes.append(ExitCode.PARTIAL)
        elif found.evidence.no_response is not None:
            complain(str(found.evidence.no_response))
            place.codes.append(for_error(found.evidence.no_response))
        elif not found.ok:
            complain_of_the_answer(place.url, shape, found.evidence.status, shows_findings=False)
            place.findings.extend(filter(None, (login_refusal(shape),)))
            stop = stopped(found.evidence)
            place.codes.append(stop or (ExitCode.FOUND if found.evidence.status == 404 else ExitCode.UNKNOWN))
        elif found.locks is None:
            complain(f"{place.url}: this server does not disclose its locks: nothing can be cleaned up")
            place.codes.append(ExitCode.UNKNOWN)
        elif found.unread or found.ended is not None:
            complain_of_the_unread(place.url, found)
            place.codes.append(ExitCode.PARTIAL)
        return found.locks or ()

    def _spared(self, found: FoundLock) -> str:
        token = found.lock.token
        if token is not None and token.uri in self._doubtful:
            return "its row in the ledger is damaged, and a davlock may hold it: davlock ledger check"
        for entry in self._held:  # whoever asks, and by whatever name of the host
            if token is not None and entry.token == token.uri and same_path(entry.place, found.root or found.url):
                holder = self._ledger.holder(entry)
                if holder is Holder.ELSEWHERE:
                    return f"davlock took it on {entry.process.host}, where it may still be in use"
                if holder is Holder.RUNS and not entry.kept:
                    return f"davlock holds it: process {entry.process.pid} still runs"
        return ""

    def _learn_countdown(self, place: Place) -> None:
        """A renewal shows only where the time that is left does. Two readings of a lock tell that themselves."""
        server = place.evidence.server
        counts = server.counts_down if server is not None else None
        chosen = self.scene.chosen(place)
        if counts is None and chosen and self._settings.unrenewed_for is None and not self._budget.time_is_up:
            counts = sweep.seen_to_count_down(place.send, chosen, place.evidence, place.terms, self._sleep)
        place.terms = replace(place.terms, counts_down=counts)

    def _sleep(self, seconds: float) -> None:
        left = self._budget.seconds_left()
        self._pause(seconds if left is None else min(seconds, left))

    def _read_twice(self, seconds: float, earlier: dict[LockKey, TimeReading] | None, *, act: bool) -> None:
        """Keep what was not renewed for so long, at every place after one wait."""
        left = self._budget.seconds_left()
        longest = self._settings.wait if left is None else min(self._settings.wait, left)
        option = "--wait" if longest == self._settings.wait else "--deadline"
        silence = Silence(
            seconds=seconds,
            earlier=earlier,
            longest_wait=longest,
            capped_by=option,
            at_the_end=act and not self._gate.opened,
        )
        waiting = ReadingWait(
            now=self._now,
            sleep=self._sleep,
            announce=self._announce,
            tick=(lambda left: self._progress.tell(f"reading again in {seconds_in_words(left)}"))
            if self._progress.on
            else None,
        )
        with self._progress:
            self.scene.add(tuple(not_renewed(self._selected(), silence, waiting)))

    def _selected(self) -> Iterator[SelectedLock]:
        for one in self.scene.chosen():
            place = self.scene.place(one)
            yield SelectedLock(planned=one, send=place.send, evidence=place.evidence, terms=place.terms)

    def _announce(self, seconds: float, count: int) -> None:
        end = datetime.fromtimestamp(self._now() + seconds).astimezone()
        what = "it" if count == 1 else "them"
        complain(
            f"{locks(count)} selected so far: waiting {seconds_in_words(seconds)}, until {end:%H:%M:%S}, to read {what}"
            " again"
        )
