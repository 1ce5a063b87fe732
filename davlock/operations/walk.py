"""Find every lock in a tree: with one answer of Depth infinity where the server gives it, else a collection at a time.

The walk never leaves the tree, nor the origin that was asked: of an href, the path alone counts, since behind a proxy
the server writes a host of its own. What is asked for is only what a walk needs, for every property costs the server.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice

from davlock.diagnosis.evidence import CHALLENGES, Evidence
from davlock.diagnosis.resource import OwnLock, ResourceView
from davlock.errors import RemoteProtocolError
from davlock.operations.case import Case
from davlock.operations.collection import own_view, read_collection, without_body
from davlock.operations.gather import MAX_ANCESTORS, STATE_OF_COLLECTION
from davlock.operations.loop import why_a_loop
from davlock.operations.merging import Merger, Names
from davlock.operations.reading import Answer, Manner, Reader
from davlock.operations.results import FoundLock, LockRow, Skipped
from davlock.operations.workers import Crew
from davlock.protocol.lock import Depth
from davlock.protocol.message import Exchange
from davlock.protocol.requests import LOCK_PROPERTIES, options
from davlock.protocol.retry_after import THROTTLED, http_date
from davlock.protocol.url import ancestors, names_of
from davlock.servers import PROFILES
from davlock.servers.profile import Profile
from davlock.transport.base import Send

DEEPEST = 64
"""Names below the start beyond which nothing is followed."""

MAX_LINES = 20
"""Collections that are named with the reason why they were not read; others are counted."""

MAX_EXCHANGES = 100
"""Exchanges that are kept to be shown, without the bodies."""

SILENCES = 3
"""Requests in a row without an answer after which the server is taken to be gone."""

NEAR = 2.0
"""Milliseconds for a request below which one at a time is faster than several."""

Emit = Callable[[tuple[FoundLock, ...], Evidence], object]
Progress = Callable[[int, int], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """What a walk found. ``locks`` is ``None`` where the server does not disclose them: never the same as none."""

    target: str
    evidence: Evidence
    """Of the first look at the target, which tells the product."""
    locks: tuple[FoundLock, ...] | None = None
    collections: int = 0
    """That were read."""
    resources: int = 0
    skipped: tuple[Skipped, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    """The first of them."""
    ended: Exchange | None = None
    """The exchange that ended the walk before its time: no answer, no login, or too many requests."""
    unread: int = 0
    """Collections that were not read, although they may hold locks."""
    ok: bool = True
    """Whether the target itself could be read."""


def walk(
    send: Send,
    url: str,
    *,
    now: Callable[[], float],
    jobs: int = 8,
    own: tuple[OwnLock, ...] = (),
    profiles: tuple[Profile, ...] = PROFILES,
    emit: Emit | None = None,
    progress: Progress | None = None,
) -> Walked:
    """Every lock at and below ``url``; ``jobs`` requests at a time where it takes many.

    ``emit`` is told the locks that a resource was the first to show, as they are found; ``progress``, how many
    collections were read and locks found so far. Both are called in the calling thread. ``now`` is the time in seconds
    since 1970. Raises RemoteProtocolError where ``url`` itself is answered 207 with no usable multistatus.
    """
    return _Walk(Case(send, url, own=own, profiles=profiles), send, now, jobs, emit, progress).walked()


class _Walk:
    def __init__(
        self,
        case: Case,
        send: Send,
        now: Callable[[], float],
        jobs: int,
        emit: Emit | None,
        progress: Progress | None,
    ) -> None:
        self.case = case
        self.send = send
        self.jobs = jobs
        self.manner = Manner(start=case.target, now=now)
        self._emit = emit
        self._progress = progress
        self._merger = Merger(case.target)
        self._evidence = case.evidence(inquiry=True)
        self._found = 0
        self._collections = 0
        self._resources = 0
        self._hidden = 0
        self._outside = 0
        self._asked: list[Exchange] = []
        self._count = 0
        self._notes: list[Skipped] = []
        self._noted = 0
        self._unread = 0
        self._ended: Exchange | None = None

    @property
    def start(self) -> str:
        """The collection that is walked."""
        return self.manner.start

    # -- the target itself

    def walked(self) -> Walked:
        sent = self.manner.now()
        exchange = self.case.propfind(self.start, STATE_OF_COLLECTION)
        response = exchange.response
        if response is None or response.status != 207:
            return self._result(ok=False)
        date = http_date(response.headers.get("Date") or "")
        ahead = date.timestamp() - self.manner.now() if date is not None else None
        self.manner = replace(self.manner, start=exchange.request.url, ahead=ahead)
        self._merger = Merger(self.start)
        top = own_view(exchange, response)
        self._evidence = self.case.evidence(inquiry=True)
        if self._evidence.server is None:  # OPTIONS gives away more than the listing of what is free
            self.case.read(options(self.start))
            self._evidence = self.case.evidence(inquiry=True)
        if top.locks is None:
            top = self._look_for_disclosure(top)
            server = self._evidence.server
            if top.locks is None and server is not None and server.shows_locks is False:
                self.case.skip("members", f"{server.title} does not disclose locks: they were not asked for")
                return self._result(disclosed=False)
        self._resources = 1
        server = self._evidence.server
        if server is not None and not server.lists_locks:
            self.manner = replace(self.manner, singly=True)
        if server is not None and server.lock_properties:
            self.manner = replace(self.manner, vendor=server.lock_properties)
            sent = self.manner.now()
            asked = self.case.propfind(self.start, (*LOCK_PROPERTIES, *server.lock_properties))
            if asked.response is not None and asked.status == 207:
                told = own_view(asked, asked.response)
                top = replace(told, is_collection=top.is_collection)
        rows = self.manner.rows(self.start, top, sent)
        if rows is None:
            self._hidden += 1
        else:
            self._settle(rows)
            self._take(rows)
        if top.is_collection is False:
            return self._result()
        if not self.start.endswith("/"):
            self.manner = replace(self.manner, start=self.start + "/")
        todo = [self.start] if self.manner.singly else self._at_once()
        if todo:
            self._crawl(todo)
        return self._result()

    def _look_for_disclosure(self, top: ResourceView) -> ResourceView:
        """Where lockdiscovery is not told among other properties: who this is, and whether it is told alone."""
        if self._evidence.server is not None:  # else it was asked for that already
            self.case.read(options(self.start))
            self._evidence = self.case.evidence(inquiry=True)
        server = self._evidence.server
        untold_is_free = server is not None and server.leaves_out_lockdiscovery
        exchange = self.case.propfind(self.start, LOCK_PROPERTIES)
        if exchange.response is None or exchange.status != 207:
            return top
        told = own_view(exchange, exchange.response)
        # oCIS answers 404 for lockdiscovery among other properties, and tells when it is asked for alone.
        alone = told.locks is not None or untold_is_free
        self.manner = replace(self.manner, alone=alone, untold_is_free=untold_is_free)
        return replace(told, is_collection=top.is_collection) if told.locks is not None else top

    def _settle(self, rows: list[LockRow]) -> None:
        """Apache sends no lockroot: a lock of depth infinity on the target has its root where, going up, no more is
        shown.
        """
        asked: dict[str, tuple[object, ...] | None] = {}
        for row in rows:
            lock = row.lock
            if lock.root is not None or lock.depth is Depth.ZERO or lock.token is None:
                continue
            root = self.start
            for above in islice(ancestors(self.start), MAX_ANCESTORS):
                if above not in asked:
                    asked[above] = self._shown(above)
                shown = asked[above]
                if shown is None:
                    break
                if lock.token not in shown:
                    self._merger.settled[lock.token.uri] = root
                    break
                root = above
            else:
                self._merger.settled[lock.token.uri] = root

    def _shown(self, above: str) -> tuple[object, ...] | None:
        """The tokens that a collection above shows; ``None`` where it does not tell."""
        exchange = self.case.propfind(above, STATE_OF_COLLECTION)
        if exchange.response is not None and exchange.status == 207:
            with suppress(RemoteProtocolError):
                locks = own_view(exchange, exchange.response).locks
                if locks is not None:
                    return tuple(lock.token for lock in locks)
        self.case.skip("collections above", f"{above} does not tell its locks: one that is shown here may begin above")
        return None

    # -- one request for everything

    def _at_once(self) -> list[str]:
        """One PROPFIND of Depth infinity; the collections that it leaves to be asked on one by one."""
        first: list[str] = []
        reader = Reader(self.manner, self.start, self._take)

        def collection(address: str, level: int) -> None:
            self._collections += 1
            if level == 1 and not reader.deeper:
                first.append(address)
            self._tell()

        reader.collection = collection
        trouble = ""
        exchange: Exchange | None = None
        try:
            exchange = self.send(self.manner.request(self.start, Depth.INFINITY), feed=reader.feed)
            self._keep(exchange)
            reader.finish(exchange)
        except RemoteProtocolError as error:
            trouble = str(error)
        answer = reader.answered
        if exchange is not None and self._ends(exchange):
            self._left_out(self.start, "Depth infinity was answered " + _said(exchange))
            return []
        if trouble or exchange is None or exchange.response is None:
            # What was seen stays, and is met again.
            why = trouble or _said(exchange)
            self._note("Depth infinity", f"the answer is not whole ({why}): asked a collection at a time")
            self._collections = 0
            return [self.start]
        if exchange.status != 207 or not (answer.members or reader.own_seen):
            return [self.start]
        self._count_in(answer)
        self._collections += 1
        if reader.deeper:
            return []
        # sabre answers 207 as if Depth 1 had been asked for: what is below the members is not in it.
        self._collections -= len(first)
        return first

    # -- a collection at a time

    def _crawl(self, todo: list[str]) -> None:
        visited: dict[Names, int] = {names_of(url): 0 for url in todo}
        base = len(names_of(self.start))
        silent = 0
        with Crew(self._read, self._jobs_that_pay()) as crew:
            for url in todo:
                crew.add(url)
            for answer in crew.outcomes():
                exchange = answer.exchange
                if exchange is not None:
                    self._keep(exchange)
                    silent = silent + 1 if exchange.response is None else 0
                    if self._ended is None and (silent >= SILENCES or self._ends(exchange)):
                        self._ended = exchange
                        waiting = crew.drop()
                        self._left_out(answer.url, _said(exchange))
                        for url in waiting:
                            self._left_out(url, "the walk had ended")
                        continue
                for rows in answer.rows:
                    self._take(rows)
                if answer.trouble or exchange is None or exchange.status != 207:
                    self._refused(answer.url, answer.trouble or _said(exchange), exchange)
                else:
                    self._collections += 1
                self._count_in(answer)
                self._tell()
                if self._ended is not None:
                    self._unread += sum(names_of(url) not in visited for url in answer.below)
                    continue
                own = names_of(answer.url)
                visited[own] = answer.signature
                if answer.below and (loop := why_a_loop(own, base, visited)):
                    self._note(_shown_from(self.start, answer.url), loop)
                    continue
                for url in answer.below:
                    names = names_of(url)
                    if names in visited or len(names) != len(own) + 1:
                        continue
                    visited[names] = 0
                    if len(names) - base > DEEPEST:
                        self._left_out(url, f"it is more than {DEEPEST} names below the start")
                    else:
                        crew.add(url)

    def _read(self, url: str) -> Answer:
        """Called by a worker."""
        return read_collection(self.send, self.manner, url)

    def _jobs_that_pay(self) -> int:
        """One where the server answers sooner than an answer is read: threads would only wait for the interpreter."""
        waits = [exchange.elapsed_ms for exchange in self.case.exchanges if exchange.elapsed_ms is not None]
        return 1 if waits and min(waits) < NEAR else self.jobs

    # -- what is found, and what is not

    def _take(self, rows: list[LockRow]) -> None:
        new = tuple(found for row in rows if (found := self._merger.add(row)) is not None)
        if new:
            self._found += len(new)
            if self._emit is not None:
                self._emit(new, self._evidence)
            self._tell()

    def _tell(self) -> None:
        if self._progress is not None:
            self._progress(self._collections, self._found)

    def _count_in(self, answer: Answer) -> None:
        self._resources += answer.members
        self._hidden += answer.hidden
        self._outside += answer.outside
        for url, status in answer.refused:
            self._refused(url, f"answered {status}", None, status)

    def _ends(self, exchange: Exchange) -> bool:
        """Whether asking on would be of no use, or do harm."""
        if exchange.status in (*CHALLENGES, *THROTTLED):
            self._ended = exchange
            return True
        if exchange.request.url == self.start and exchange.request.headers.get("Depth") == "1":
            # No other is left to be asked.
            self._ended = exchange if exchange.status != 207 else None
        return self._ended is not None

    def _refused(self, url: str, why: str, exchange: Exchange | None, status: int | None = None) -> None:
        status = exchange.status if exchange is not None else status
        if status in (404, 410):
            self._note(_shown_from(self.start, url), "is not there any more")
        elif status == 508:
            self._note(_shown_from(self.start, url), "is a loop, says the server (508): it was not followed")
        else:
            self._left_out(url, why)

    def _left_out(self, url: str, why: str) -> None:
        self._unread += 1
        self._note(_shown_from(self.start, url), f"not read: {why}")

    def _note(self, what: str, why: str) -> None:
        self._noted += 1
        if self._noted <= MAX_LINES:
            self._notes.append(Skipped(what, why))

    def _keep(self, exchange: Exchange) -> None:
        self._count += 1
        if len(self._asked) < MAX_EXCHANGES:
            self._asked.append(without_body(exchange))

    def _result(self, *, ok: bool = True, disclosed: bool = True) -> Walked:
        case = self.case
        notes = list(self._notes)
        if self._noted > MAX_LINES:
            notes.append(Skipped("collections", f"{self._noted - MAX_LINES} more like these"))
        if self._outside:
            notes.append(Skipped("names", f"{self._outside} outside the tree were answered, and not followed"))
        hidden = not disclosed or (self._resources > 0 and self._hidden >= self._resources)
        if self._hidden and not hidden:
            why = f"{self._hidden} of {self._resources} resources did not disclose their locks"
            notes.append(Skipped("lockdiscovery", why))
        if self._count > len(self._asked):
            notes.append(Skipped("exchanges", f"the first {len(self._asked)} of {self._count} are listed"))
        return Walked(
            target=case.target,
            evidence=self._evidence if ok else case.evidence(subject=case.last),
            locks=None if hidden or not ok else self._merger.found,
            collections=self._collections,
            resources=self._resources,
            skipped=(*case.skipped, *notes),
            exchanges=(*(without_body(exchange) for exchange in case.exchanges), *self._asked),
            ended=self._ended,
            unread=self._unread,
            ok=ok,
        )


def _said(exchange: Exchange | None) -> str:
    if exchange is None:
        return ""
    if exchange.response is None:
        return str(exchange.outcome)
    return f"answered {exchange.status} {exchange.response.reason}".rstrip()


def _shown_from(start: str, url: str) -> str:
    """``url`` as it reads from the start."""
    return url[len(start) :] if url.startswith(start) and url != start else url
