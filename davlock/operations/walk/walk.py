"""Find every lock in a tree: with one answer of Depth infinity where the server gives it, else a collection at a time.

The walk never leaves the tree, nor the origin that was asked: of an href, the path alone counts, since behind a proxy
the server writes a host of its own; a redirect out of the tree ends it. Every walk has an end, by the budget at the
latest. What is asked for is only what a walk needs, for every property costs the server.
"""

from collections.abc import Callable
from dataclasses import replace

from davlock.diagnosis.resource import OwnLock, ResourceView
from davlock.diagnosis.walk_end import Bound
from davlock.locks.observed import ObservedLock
from davlock.operations.budget import BoundReached, Budget
from davlock.operations.lock_users import MOST, LockUsers
from davlock.operations.probe import FOLLOWED, Probe
from davlock.operations.redirect import redirected_to
from davlock.operations.walk.collection import is_next, own_view, read_collection
from davlock.operations.walk.cycles import LoopWatch, key
from davlock.operations.walk.first_members import members_tell
from davlock.operations.walk.found_locks import Emit, FoundLocks, Progress
from davlock.operations.walk.roots import settled_roots
from davlock.operations.walk.shard import Division, Shard
from davlock.operations.walk.strategy import CollectionAnswer, Strategy
from davlock.operations.walk.tally import Tally, said
from davlock.operations.walk.walk_stop import DEEPEST, NO_MORE, WalkStop
from davlock.operations.walk.walked import Walked
from davlock.operations.walk.whole_tree import WholeTree
from davlock.operations.workers import Crew, WorkerWaiting
from davlock.protocol.message import Exchange
from davlock.protocol.requests import LOCK_PROPERTIES, STATE_OF_COLLECTION, options
from davlock.protocol.retry_after import http_date
from davlock.protocol.url import names_of
from davlock.protocol.write_scope import inside
from davlock.servers import PROFILES
from davlock.servers.profile import Profile
from davlock.transport.base import Send

NEAR = 2.0
"""Milliseconds for a request below which a walk begins with one at a time, and measures if more would help."""


def walk(
    send: Send,
    url: str,
    *,
    now: Callable[[], float],
    jobs: int = 8,
    own: tuple[OwnLock, ...] = (),
    profiles: tuple[Profile, ...] = PROFILES,
    budget: Budget | None = None,
    shard: Shard | None = None,
    emit: Emit | None = None,
    progress: Progress | None = None,
) -> Walked:
    """Every lock at and below ``url``; ``jobs`` requests at a time where it takes many.

    ``emit`` is told the locks that a resource was the first to show, as they are found; ``progress``, how many
    collections were read and locks found so far. Both are called in the calling thread. ``now`` is the time in seconds
    since 1970. ``budget`` bounds the walk; without one, only its requests are bounded. With a ``shard``, it reads and
    finds only that part. Raises RemoteProtocolError where
    the answer for ``url`` itself is a 207 without a usable multistatus.
    """
    budget = budget if budget is not None else Budget(clock=now, seconds=None)
    send = budget.spending(send)
    probe = Probe(send, url, own=own, profiles=profiles, stay_within=url)
    with budget.walking():
        return _Walk(probe, send, now, jobs, budget, shard, emit, progress).walked()


class _Strayed(Exception):
    """A redirect leads out of the tree. The probe has it."""


class _Walk:
    def __init__(
        self,
        probe: Probe,
        send: Send,
        now: Callable[[], float],
        jobs: int,
        budget: Budget,
        shard: Shard | None,
        emit: Emit | None,
        progress: Progress | None,
    ) -> None:
        self.probe = probe
        self.send = send
        self.jobs = jobs
        self.budget = budget
        self.strategy = Strategy(tree=probe.target, start=probe.target, now=now)
        self.tally = Tally(probe.target)
        self.locks = FoundLocks(probe.target, emit=emit, progress=progress, hold=budget.hold)
        self._evidence = probe.evidence(inquiry=True)
        self._shard = shard
        self._suspected = ""
        self._stop = WalkStop(probe, budget, self.tally)
        self._users = LockUsers(send, None)

    @property
    def start(self) -> str:
        """The collection that is walked."""
        return self.strategy.start

    # -- the target itself

    def walked(self) -> Walked:
        try:
            return self._all()
        except BoundReached as reached:
            self._stop.at(reached.bound)
            self._evidence = self.probe.evidence(inquiry=True)
        except _Strayed:
            subject = None if self.tally.resources else self.probe.strayed
            self._evidence = self.probe.evidence(subject, inquiry=True)
        self.tally.left_out(self.start, NO_MORE)
        return self._result(disclosed=self.tally.resources > 0)

    def _all(self) -> Walked:
        sent = self.strategy.now()
        exchange = self._look(STATE_OF_COLLECTION)
        response = exchange.response
        if response is None or response.status != 207:
            return self._result(ok=False)
        date = http_date(response.headers.get("Date") or "")
        ahead = date.timestamp() - self.strategy.now() if date is not None else None
        self._begin_at(exchange.request.url, ahead=ahead)
        self.locks.begin_at(self.start, self._divided())
        top = own_view(exchange, response)
        self._evidence = self.probe.evidence(inquiry=True)
        if self._evidence.server is None:  # OPTIONS gives away more than the listing of what is free
            self._look_at_options()
        if top.locks is None:
            top = self._look_for_disclosure(top)
            server = self._evidence.server
            if top.locks is None and server is not None and server.shows_locks is False:
                self.probe.skip("members", f"{server.title} does not show locks, so davlock did not ask")
                return self._result(disclosed=False)
        server = self._evidence.server
        self._users = LockUsers(self.send, server)
        if server is not None and server.leaves_out_lockdiscovery and not server.tells_locks_alone:
            self.strategy = replace(self.strategy, untold_is_free=True)
        if server is not None and not server.lists_locks:
            self.strategy = replace(self.strategy, singly=True)
        if server is not None and server.lock_properties:
            self.strategy = replace(self.strategy, vendor=server.lock_properties)
            sent = self.strategy.now()
            asked = self._look((*LOCK_PROPERTIES, *server.lock_properties))
            if asked.response is not None and asked.status == 207:
                own = own_view(asked, asked.response)
                top = replace(own, is_collection=top.is_collection)
        self.tally.resources = 1
        rows = self.strategy.rows(self.start, top, sent)
        if rows is None:
            self.tally.hidden += not top.left_out
            self.tally.omitted += top.left_out
        else:
            try:
                self.locks.merger.settled.update(settled_roots(self.probe, self.start, rows))
            finally:
                self._take(rows)
        if top.is_collection is False:
            return self._result()
        if not self.start.endswith("/"):
            self._begin_at(self.start + "/", ahead=self.strategy.ahead)
        todo = self._only_the_start() if self.strategy.singly or self.locks.division else self._at_once()
        if todo:
            self._crawl(todo)
        if self.tally.omitted and not self.locks.seen and not self._stop.over and self._tells_singly(top):
            # Whoever asks for one resource gets it, and a listing leaves it out.
            self.strategy = replace(self.strategy, singly=True)
            self.tally.begin_again()
            self.locks.division = self._divided()
            self._crawl(self._only_the_start())
        return self._result()

    def _tells_singly(self, top: ResourceView) -> bool:
        """Whether a resource tells its locks when it is asked alone: the start did, or one of its first members does.

        A server can have the property only on what is locked: then the start does not show it.
        """
        return top.locks is not None or (not self.strategy.singly and members_tell(self.probe, self.strategy))

    def _divided(self) -> Division | None:
        return Division(self._shard, self.start, self.budget) if self._shard is not None else None

    def _begin_at(self, start: str, *, ahead: float | None) -> None:
        self.strategy = replace(self.strategy, start=start, ahead=ahead)
        self.tally.start = start

    def _look(self, names: tuple[str, ...]) -> Exchange:
        """PROPFIND on the start itself. Raises _Strayed where a redirect leads out of the tree."""
        exchange = self.probe.propfind(self.start, names)
        self._require_within()
        return exchange

    def _look_at_options(self) -> None:
        self.probe.read(options(self.start))
        self._require_within()
        self._evidence = self.probe.evidence(inquiry=True)

    def _require_within(self) -> None:
        if self.probe.strayed is not None:
            raise _Strayed

    def _look_for_disclosure(self, top: ResourceView) -> ResourceView:
        """Where lockdiscovery is not told among other properties: who this is, and whether it is told alone."""
        if self._evidence.server is not None:  # else it was asked for that already
            self._look_at_options()
        server = self._evidence.server
        untold_is_free = server is not None and server.leaves_out_lockdiscovery
        exchange = self._look(LOCK_PROPERTIES)
        if exchange.response is None or exchange.status != 207:
            return top
        own = own_view(exchange, exchange.response)
        # oCIS answers 404 for lockdiscovery among other properties, and tells when it is asked for alone.
        alone = own.locks is not None or (untold_is_free and server is not None and server.tells_locks_alone)
        self.strategy = replace(self.strategy, alone=alone, untold_is_free=untold_is_free)
        return replace(own, is_collection=top.is_collection) if own.locks is not None else top

    # -- one request for everything

    def _at_once(self) -> list[str]:
        """One PROPFIND of Depth infinity; the collections that it leaves to be asked on one by one."""
        whole_tree = WholeTree(
            self.send,
            self.strategy,
            tally=self.tally,
            budget=self.budget,
            stop=self._stop,
            take=self._take,
            tell=self._tell,
        )
        collections = whole_tree.ask()
        if collections is None:
            return self._only_the_start()
        self._stop.count_crowded(whole_tree.answer)
        return collections

    # -- a collection at a time

    def _only_the_start(self) -> list[str]:
        if self.budget.reserve(self.start):
            return [self.start]
        self.tally.left_out(self.start, self._stop.at(Bound.REQUESTS))
        return []

    def _crawl(self, todo: list[str]) -> None:
        """Ask on each of ``todo``, whose places in the budget are reserved, and on what is below them."""
        loops = LoopWatch(len(names_of(self.start)), self.tally, self.budget)
        loops.met.update((key(names_of(url)), 0) for url in todo)
        with Crew(self._read, self.jobs, self._waiting()) as crew:
            for url in todo:
                crew.add(url)
            for answer in crew.outcomes():
                if answer.exchange is not None:
                    self.tally.keep(answer.exchange)
                if self.locks.division is not None:
                    self.locks.division.settle(answer)
                self._merge(answer)
                why = self._stop.because_of(answer, self.start)
                for url in crew.drop() if why else ():
                    self.budget.release(url)
                    self.tally.left_out(url, NO_MORE)
                if why:
                    self.tally.left_out(answer.url, why)
                elif self._follow(answer, loops, crew):
                    continue
                elif not loops.proves(answer):
                    self._judge(answer)
                self.tally.count_in(answer)
                self._stop.count_crowded(answer)
                self._tell()
                self._go_below(answer, loops, crew)
        loops.finish()
        self._suspected = loops.suspected

    def _read(self, url: str) -> CollectionAnswer:
        """Called by a worker."""
        self.budget.release(url)
        division = self.locks.division
        may_follow = division.may_wait if division is not None and division.is_upper(url) else self.budget.reserve
        return read_collection(self.send, self.strategy, url, self.budget, may_follow)

    def _waiting(self) -> WorkerWaiting | None:
        """What measures if more than one request at a time helps; ``None`` if the first answers show that it does."""
        waits = [exchange.elapsed_ms for exchange in self.probe.exchanges if exchange.elapsed_ms is not None]
        return WorkerWaiting() if waits and min(waits) < NEAR else None

    def _go_below(self, answer: CollectionAnswer, loops: LoopWatch, crew: "Crew[str, CollectionAnswer]") -> None:
        """The collections in one that was read."""
        level = len(names_of(answer.url))
        new: list[str] = []
        for url in answer.below:
            names = names_of(url)
            if key(names) not in loops.met and is_next(answer.url, url, len(names) - level):
                loops.met[key(names)] = 0
                new.append(url)
            else:
                self.budget.release(url)
        if self._stop.over:
            self.tally.unread += len(new)
            for url in new:
                self.budget.release(url)
            return
        for url in loops.go_on(answer, new):
            names = names_of(url)
            if len(names) - len(names_of(self.start)) <= DEEPEST or loops.on_a_trail(names):
                crew.add(url)
                continue
            self._stop.bounds.add(Bound.DEPTH)
            self.tally.left_out(url, f"it is more than {DEEPEST} names below the start")
            self.budget.release(url)

    def _merge(self, answer: CollectionAnswer) -> None:
        """Takes the locks of a collection. If a bound is reached then, its answer says so."""
        self.budget.let_go(answer.held)
        try:
            for rows in answer.rows:
                self._take(list(self._users.rows(rows)))
        except BoundReached as reached:
            answer.bound = reached.bound

    def _judge(self, answer: CollectionAnswer) -> None:
        """Notes if a collection was read."""
        exchange = answer.exchange
        if answer.trouble or answer.bound or exchange is None or exchange.status != 207:
            status = exchange.status if exchange is not None else None
            self.tally.refused(answer.url, answer.trouble or said(exchange) or NO_MORE, status)
        else:
            self.tally.collections += 1

    def _follow(self, answer: CollectionAnswer, loops: LoopWatch, crew: "Crew[str, CollectionAnswer]") -> bool:
        """Go where the redirect of a collection leads inside the tree. Whether there is one to be followed."""
        exchange = answer.exchange
        where = redirected_to(exchange) if exchange is not None and exchange.status in FOLLOWED else None
        if exchange is None or where is None or not inside(self.start, where):
            return False
        where = where.rstrip("/") + "/"
        names = names_of(where)
        if names == names_of(answer.url):
            return False
        self.tally.note(self.tally.shown(answer.url), f"redirects ({exchange.status}); followed to {where}")
        if self.locks.division is not None:
            self.locks.division.redirect(answer.url, where)
        if key(names) not in loops.met:
            loops.met[key(names)] = 0
            if self._stop.over:
                self.tally.left_out(where, NO_MORE)
            elif self.budget.reserve(where):
                crew.add(where)
            else:
                self.tally.left_out(where, self._stop.at(Bound.REQUESTS))
        return True

    # -- what is found, and what ends it

    def _take(self, rows: list[ObservedLock]) -> None:
        self.locks.take(rows, self._evidence, self.tally.collections)

    def _tell(self) -> None:
        self.locks.tell(self.tally.collections)

    def _with_users(self) -> tuple[ObservedLock, ...]:
        """All that was found. A lock of one long answer is asked for its user only now, when that answer is read."""
        found = self.locks.all
        if self._stop.end is not None:
            return found
        try:
            return self._users.found(found)
        except BoundReached:
            return found
        finally:
            if self._users.left:
                self.probe.skip("users", f"davlock asked only for the first {MOST} locks which user took them")

    def _result(self, *, ok: bool = True, disclosed: bool = True) -> Walked:
        probe, tally = self.probe, self.tally
        if not self.locks.seen:  # a server that shows a lock leaves lockdiscovery out where there is none
            tally.hidden, tally.omitted = tally.hidden + tally.omitted, 0
        hidden = not disclosed or tally.undisclosed
        evidence = self._evidence if ok else probe.evidence(subject=probe.last)
        if self._stop.end is not None:
            evidence = replace(evidence, exchanges=tuple(probe.exchanges), walk=self._stop.end)
        return Walked(
            target=probe.target,
            evidence=evidence,
            locks=None if hidden or not ok else self._with_users(),
            collections=tally.collections,
            resources=tally.resources,
            skipped=(*probe.skipped, *tally.notes, *(self._shard.notes if self._shard is not None else ())),
            exchanges=(*(exchange.without_body() for exchange in probe.exchanges), *tally.kept),
            ended=self._stop.ended,
            unread=tally.unread,
            suspected=self._suspected,
            ok=ok,
            shard=self.locks.division.report if self.locks.division is not None else None,
        )
