"""Find the locks of a clean-up, and plan what is to become of each. Changes nothing."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace

from davlock.errors import LocalProtocolError
from davlock.ledger import Entry, Holder, Ledger, State
from davlock.locks.observed import ObservedLock
from davlock.locks.renewal import TimeReading
from davlock.operations.budget import Budget
from davlock.operations.cleanup.alive_gate import AliveGate
from davlock.operations.cleanup.journal import JournalRead
from davlock.operations.cleanup.plan import CleanupPlan, CleanupTarget, plan_locks
from davlock.operations.cleanup.reread import seen_to_count_down
from davlock.operations.cleanup.second_reading import LockKey, ReadingWait, SelectedLock, Silence, lock_key, not_renewed
from davlock.operations.probe import Probe
from davlock.operations.walk.shard import Shard
from davlock.operations.walk.walk import walk
from davlock.operations.walk.walked import Walked
from davlock.protocol.lock import token_key
from davlock.protocol.requests import LOCK_PROPERTIES, options
from davlock.protocol.url import same_path
from davlock.servers.profile import Profile
from davlock.values import dataclass

READERS = 8
"""Requests at a time while a tree is read."""

STRAYED = "a redirect led the walk out of the tree that was named"
"""Why nothing is released of a tree that the server does not answer for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanningEvents:
    """Who is told how planning goes.

    ``busy`` is entered while something takes long. ``read`` gets how many collections were read and locks found so far,
    ``walked`` each walk that is over. ``wait`` gets for how many seconds a second reading waits, and for how many
    locks. ``waiting`` is entered for that time, and gets its end. ``file_is_strange``: the file of earlier readings has
    none of the locks.
    """

    busy: Callable[[], AbstractContextManager[object]]
    read: Callable[[int, int], object]
    walked: Callable[[CleanupTarget, Walked], object]
    wait: Callable[[float, int], object]
    waiting: Callable[[float], AbstractContextManager[object]]
    file_is_strange: Callable[[], object]


class Planner:
    """Fills a plan: by a walk over each target, or from the journal of an earlier run."""

    def __init__(
        self,
        plan: CleanupPlan,
        ledger: Ledger,
        gate: AliveGate,
        *,
        jobs: int | None,
        shard: Shard | None = None,
        profiles: tuple[Profile, ...],
        budget: Budget,
        now: Callable[[], float],
        sleep: Callable[[float], object],
        events: PlanningEvents,
    ) -> None:
        """``now`` gives the seconds since 1970. A ``shard`` is the part of each tree to read."""
        self._plan = plan
        self._ledger = ledger
        self._held: dict[str, list[Entry]] = {}
        for entry in ledger.entries(State.HELD):
            self._held.setdefault(token_key(entry.token or ""), []).append(entry)
        self._doubtful = {token_key(row.token) for row in ledger.rows().damaged if row.token}
        self._gate = gate
        self._jobs = jobs or READERS
        self._shard = shard
        self._profiles = profiles
        self._budget = budget
        self._now = now
        self._pause = sleep
        self._events = events

    def find(
        self,
        *,
        unrenewed_for: float | None,
        earlier: Mapping[LockKey, TimeReading] | None,
        longest_wait: float,
        act: bool,
    ) -> None:
        """Walk each target, and plan.

        ``unrenewed_for``: select by two readings, the first of them ``earlier`` where there is a file, else waiting for
        at most ``longest_wait`` seconds. ``act``: whether the plan is carried out. Then a lock in its last minute is
        read again only shortly before its end.
        """
        known: set[LockKey] = set()
        for target in self._plan.targets.values():
            fresh = [observed for observed in self._walk(target) if lock_key(observed) not in known]
            known.update(lock_key(observed) for observed in fresh if observed.lock.token is not None)
            self._plan.add(
                plan_locks(
                    target.url,
                    fresh,
                    target.evidence,
                    judge=target.terms.judge,
                    spared=self._spared if not target.strayed else lambda observed: STRAYED,
                    first=len(self._plan.planned) + 1,
                )
            )
            self._learn_countdown(target, by_two_readings=unrenewed_for is not None)
        if earlier is not None and known and not known & set(earlier):
            self._events.file_is_strange()
        if unrenewed_for is not None:
            self._read_twice(unrenewed_for, earlier, longest_wait, act=act)
        self._plan.add(
            self._gate.mark(planned, self._plan.target_of(planned).evidence) for planned in self._plan.chosen()
        )

    def adopt(self, earlier: JournalRead) -> None:
        """The plan of an earlier run. Raises LocalProtocolError where it is for other places."""
        for url in {planned.target for planned in earlier.plan.values()} - set(self._plan.targets):
            raise LocalProtocolError(f"the journal has locks below {url}, and was not asked to", "start again")
        self._plan.add(earlier.plan.values())
        for target in self._plan.targets.values():
            if target.url in earlier.counts_down:
                target.terms = replace(target.terms, counts_down=earlier.counts_down[target.url])
            probe = Probe(target.send, target.url, profiles=self._profiles, stay_within=target.url)
            probe.propfind(target.url, LOCK_PROPERTIES)
            probe.read(options(target.url))
            target.evidence = probe.evidence(inquiry=True)

    def _walk(self, target: CleanupTarget) -> tuple[ObservedLock, ...]:
        with self._events.busy():
            walked = walk(
                target.send,
                target.url,
                now=self._now,
                jobs=self._jobs,
                own=target.terms.own(),
                profiles=self._profiles,
                budget=self._budget,
                shard=self._shard,
                progress=self._events.read,
            )
        target.evidence = walked.evidence
        target.strayed = walked.end is not None and walked.end.redirect is not None
        self._events.walked(target, walked)
        return walked.locks or ()

    def _spared(self, observed: ObservedLock) -> str:
        """Why a lock is left alone whatever the person selects; empty where it is not."""
        token = observed.lock.token
        if token is not None and token_key(token.uri) in self._doubtful:
            return "its row in the ledger is damaged, and a davlock may hold it: davlock ledger check"
        for entry in (
            self._held.get(token_key(token.uri), ()) if token is not None else ()
        ):  # whoever asks, by any name of the host
            if same_path(entry.place, observed.root or observed.url):
                holder = self._ledger.holder(entry)
                if holder is Holder.ELSEWHERE:
                    return f"davlock took it on {entry.process.host}, where it may still be in use"
                if holder is Holder.RUNS and not entry.kept:
                    return f"davlock holds it: process {entry.process.pid} still runs"
                if holder is Holder.UNKNOWN and not entry.kept:
                    return f"davlock took it, and this system does not show if process {entry.process.pid} still runs"
        return ""

    def _learn_countdown(self, target: CleanupTarget, *, by_two_readings: bool) -> None:
        """A renewal shows only where the time that is left does. Two readings of a lock tell that themselves."""
        server = target.evidence.server
        counts = server.counts_down if server is not None else None
        chosen = self._plan.chosen(target)
        if counts is None and chosen and not by_two_readings and not self._budget.time_is_up:
            counts = seen_to_count_down(target.send, chosen, target.evidence, target.terms, self._sleep)
        target.terms = replace(target.terms, counts_down=counts)

    def _sleep(self, seconds: float) -> None:
        left = self._budget.seconds_left()
        self._pause(seconds if left is None else min(seconds, left))

    def _read_twice(
        self, seconds: float, earlier: Mapping[LockKey, TimeReading] | None, longest_wait: float, *, act: bool
    ) -> None:
        """Keep the locks that nobody renewed for that time, at every target after one wait."""
        left = self._budget.seconds_left()
        longest = longest_wait if left is None else min(longest_wait, left)
        silence = Silence(
            seconds=seconds,
            earlier=earlier,
            longest_wait=longest,
            capped_by="--wait" if longest == longest_wait else "--deadline",
            at_the_end=act and not self._gate.opened,
        )
        waiting = ReadingWait(
            now=self._now, sleep=self._sleep, announce=self._events.wait, waiting=self._events.waiting
        )
        with self._events.busy():
            self._plan.add(tuple(not_renewed(self._selected(), silence, waiting)))

    def _selected(self) -> Iterator[SelectedLock]:
        for planned in self._plan.chosen():
            target = self._plan.target_of(planned)
            yield SelectedLock(planned=planned, send=target.send, evidence=target.evidence, terms=target.terms)
