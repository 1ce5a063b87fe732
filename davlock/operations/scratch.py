"""A collection of davlock's own on a server: requests may change things in it, and all of it is removed again.

The name of the collection is one that no other run has. Whatever a request locks or creates, the collection knows.
"""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from davlock.diagnosis.build_evidence import from_exchanges
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.skipped import Skipped
from davlock.errors import Cancelled, DavlockError, NoResponse
from davlock.locks.observed import ObservedLock
from davlock.operations.answers import answer, refusal, status_line
from davlock.operations.lock_answer import LockInterrupted
from davlock.operations.probe import Probe, went_well
from davlock.operations.release import release
from davlock.operations.removal_budget import REMOVAL_SECONDS, RemovalBudget
from davlock.operations.scratch_locks import LockTracker, ScratchLock
from davlock.operations.scratch_members import members_below
from davlock.operations.scratch_remains import StandingLocks
from davlock.protocol import requests
from davlock.protocol.if_header import IfHeader
from davlock.protocol.lock import Depth, LockToken
from davlock.protocol.message import Exchange, Headers, Request
from davlock.protocol.url import at_origin, parent, same_resource
from davlock.protocol.write_scope import inside
from davlock.servers import PROFILES
from davlock.servers.profile import Profile
from davlock.transport.base import Send
from davlock.values import dataclass

OLD = b"davlock: as it was\n"

MOST_LOCKS = 4
"""Locks on one resource that are released at the end, whatever the server lists."""

MOST_OUTSIDE = 5
"""Names outside of the collection that are reported one by one."""

GONE = (404, 410)

RETURN, RETURNS = 0.5, 4
"""Seconds that a server which does not answer any more is given to come back, and how often, before all is left."""

PATIENCE = 2
"""Interrupts after which the removal begins again: an impatient second Ctrl-C does not keep it from its end."""


@dataclass(frozen=True, slots=True)
class User:
    """One principal: how it asks, and its name for people."""

    send: Send
    name: str


class ScratchCollection:
    """The collection ``name`` below ``above``; leaving the ``with`` block removes it, also after a second Ctrl-C.

    ``users`` are one or two principals; ``again`` is the command by which a person removes later what could not be
    removed now. With ``keep``, only the locks are released at the end. A ``foreign`` collection is one that another run
    left. ``limit`` is told for how many seconds the removal may send requests, when it begins. :attr:`left` says
    afterwards, in words, what is still there.
    """

    def __init__(
        self,
        users: tuple[User, ...],
        above: str,
        name: str,
        *,
        sleep: Callable[[float], None],
        clock: Callable[[], float],
        profiles: tuple[Profile, ...] = PROFILES,
        again: str = "",
        keep: bool = False,
        foreign: bool = False,
        limit: Callable[[float], object] = lambda seconds: None,
    ) -> None:
        self.above = f"{above.rstrip('/')}/"
        self.url = f"{self.above}{name}/"
        self.users = users
        self.profiles = profiles
        self._again = again or f"curl -X DELETE {self.url}"
        self.keep = keep
        self.exchanges: list[Exchange] = []
        self.left = ""
        self.suspects: list[str] = []
        """Names that may be locked although LOCK was refused."""
        self.begun = foreign
        """True if the collection was asked for, so that it may be there."""
        self._foreign = foreign
        self._limit = limit
        self._sleep = sleep
        self._created: Exchange | None = None  # the first MKCOL
        self._beside: str | None = None  # what was tried in its place
        self._locks = LockTracker()
        self._stuck: list[ScratchLock] = []  # which UNLOCK did not release
        self._standing = StandingLocks()
        self._outside: dict[str, str] = {}  # what the server lists as a member though it is outside, and why
        self._above_us: tuple[ObservedLock, ...] | None = None  # locks of the collection that ours is in
        self._number = 0
        self._returns = RETURNS
        self._budget = RemovalBudget(clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Raises Cancelled, with what may be left behind, after KeyboardInterrupt in the block or in the removal."""
        interrupts = [error] if isinstance(error, KeyboardInterrupt) else []
        while True:
            try:
                self.left = self._end()
                break
            except KeyboardInterrupt as again:
                interrupts.append(again)
                if len(interrupts) > PATIENCE:
                    raise
        if interrupts and (error is None or error is interrupts[0]):
            done = f"davlock {'kept' if self.keep else 'removed'} {self.url}" if self.begun else ""
            raise Cancelled.after(interrupts[0], self.left or done) from None

    def _end(self) -> str:
        if not self.keep:
            return self.remove()
        self._begin_removal()
        self.release()
        return ""

    # -- asking

    @property
    def last(self) -> int:
        """The number of the latest exchange."""
        return len(self.exchanges) - 1

    @property
    def held(self) -> tuple[ScratchLock, ...]:
        """The locks that the server granted and that were not released yet."""
        return tuple(self._locks.held)

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What the server lists as members of the collection and what is outside of it: nothing was sent there."""
        named = list(self._outside.items())[:MOST_OUTSIDE]
        skipped = [Skipped("member", f"davlock left {url} alone: {why}") for url, why in named]
        if unnamed := len(self._outside) - len(named):
            skipped.append(Skipped("member", f"davlock left {unnamed} more names outside of {self.url} alone"))
        return tuple(skipped)

    def send(self, request: Request, *, feed: Callable[[bytes], object] | None = None, by: int = 0) -> Exchange:
        """Send it as the user ``by``, and remember what it creates or locks. Raises what a sender raises."""
        self._locks.note_request(request)
        if request.method == "MKCOL" and request.url == self.url:
            self.begun = True
        try:
            exchange = self.users[by].send(request, feed=feed)
        except LockInterrupted as interrupt:
            if interrupt.exchange is not None:
                self._keep(interrupt.exchange, by)
            raise
        self._keep(exchange, by)
        return exchange

    def _keep(self, exchange: Exchange, by: int) -> None:
        """Remember an answer, and what it says that the request created or locked."""
        request = exchange.request
        self.exchanges.append(exchange)
        self._budget.note(exchange)
        self._locks.note_answer(exchange, self.last, by)
        if request.method == "MKCOL" and request.url == self.url and self._created is None:
            self._created = exchange

    def stand_in(self, url: str) -> None:
        """Remember ``url``, beside the collection, as what is tried where the collection could not be created."""
        self._beside = url

    def name(self, word: str = "f", extension: str = ".txt") -> str:
        """A URL in the collection that nothing has yet."""
        self._number += 1
        return f"{self.url}{word}{self._number}{extension}"

    def tagged(self, taken: ScratchLock, url: str | None = None) -> tuple[str, str]:
        """The If field that submits a token for ``url``, or for what is locked."""
        return "If", str(IfHeader.tagged_with(url or taken.url, taken.token))

    # -- releasing

    def release(self) -> None:
        """Release every lock that was taken, in silence: none of it is what was asked about."""
        for taken in reversed(self._locks.held):
            released = self._unlock(taken.url, taken.token, taken.by)
            if released is None or not went_well(released):
                self._stuck.append(taken)
        self._locks.held.clear()
        while self.suspects:
            self._uncover(self.suspects[-1])
            self.suspects.pop()

    def _uncover(self, url: str) -> None:
        """Release a lock on a name that does not exist, below a collection that does not either.

        No server shows such a lock, and nothing can be written there. A collection with such a name in it, moved
        there, brings the lock to light.
        """
        above = parent(url)
        if above is None:
            return
        other = self.name("cover", "/")
        self._quietly(requests.mkcol(other))
        self._quietly(requests.put(f"{other}{url.removeprefix(above)}", OLD))
        fields = Headers.of([("Destination", above), ("Overwrite", "F")])
        self._quietly(Request(method="MOVE", url=other, headers=fields))
        self._free(url)

    # -- removing

    def remove(self) -> str:
        """Remove the collection and everything in it; in words, what could not be removed."""
        if not self._may_exist():
            return ""
        self._begin_removal()
        self.release()
        # Before they are gone: nginx keeps the lock of what was deleted, where nobody finds it any more.
        for url in [*self._locks.unsure, *(self._members(self.url) if self._foreign else ())]:
            self._free(url)
        if self._beside is not None:
            self._free(self._beside)
            self._quietly(requests.delete(self._beside))
        if self._deleted():
            return self._still_there()
        for url in dict.fromkeys([*self._locks.tried, *self._members(self.url), self.url]):
            self._free(url)
        for taken in self._stuck:
            self._quietly(requests.put(taken.url, OLD, conditions=(self.tagged(taken),)), by=taken.by)
            condition = str(IfHeader.tagged_with(taken.url, taken.token))
            self._quietly(requests.delete(taken.url, condition=condition), by=taken.by)
        if self._deleted():
            return self._still_there()
        return self._not_removed()

    def _may_exist(self) -> bool:
        created = self._created
        if created is None:
            return self.begun
        if isinstance(created.outcome, NoResponse):
            return created.outcome.sent
        return not (created.status is not None and 300 <= created.status < 500)  # the answer says that nothing is there

    def _begin_removal(self) -> None:
        if self._budget.begin():
            self._limit(REMOVAL_SECONDS)

    def _free(self, url: str) -> None:
        """Releases and deletes ``url``. A lock that was taken in the collection is ours, also without its token."""
        shown = self._quietly(requests.propfind(url, Depth.ZERO, requests.LOCK_PROPERTIES))
        if shown is None or shown.status != 207:
            return
        entries = self._shown_by(shown, url)
        ours = [entry for entry in entries if self._is_ours(entry) and entry.lock.token is not None]
        for entry in entries:
            if entry not in ours:
                above = (lock for lock in self._locks_above() if entry.token and lock.token == entry.token)
                self._standing.note(next(above, entry))
        tokens = [entry.lock.token for entry in ours if entry.lock.token is not None]
        for entry, token in list(zip(ours, tokens, strict=True))[:MOST_LOCKS]:
            asked = [self._unlock(url, token, by) for by in range(len(self.users))]
            if any(released is not None and went_well(released) for released in asked):
                self._standing.forget(token)
            else:
                self._standing.note(entry, next((status_line(sent) for sent in asked if sent is not None), "not sent"))
                if url.endswith("/"):
                    self._empty(url, token)
            self._quietly(requests.delete(url, condition=str(IfHeader.tagged_with(url, token))))
        if len(tokens) > 1:  # WsgiDAV wants the token of everybody who shares a lock
            self._quietly(requests.delete(url, condition=str(IfHeader.tagged_with(url, *tokens[:MOST_LOCKS]))))

    def _shown_by(self, exchange: Exchange, url: str) -> tuple[ObservedLock, ...]:
        evidence = from_exchanges([exchange], target=url, subject=None, guess=False, profiles=self.profiles)
        return evidence.covering

    def _is_ours(self, entry: ObservedLock) -> bool:
        """Returns true if a lock that covers something in the collection was taken there.

        A lock of a collection above covers it too: that one is somebody's work.
        """
        if entry.token is not None and any(entry.token == above.token for above in self._locks_above()):
            return False
        if any(entry.lock.token == taken.token for taken in (*self._locks.held, *self._stuck)) or entry.root is None:
            return True
        root = at_origin(self.url, entry.root)  # behind a proxy the server writes a host of its own
        return inside(self.url, root) or (self._beside is not None and same_resource(self._beside, root))

    def _locks_above(self) -> tuple[ObservedLock, ...]:
        if self._above_us is None:
            asked = self._quietly(requests.propfind(self.above, Depth.ZERO, requests.LOCK_PROPERTIES))
            self._above_us = self._shown_by(asked, self.above) if asked is not None else ()
        return self._above_us

    def _empty(self, url: str, token: LockToken) -> None:
        """Remove what is in a locked collection, and unlock it then: with a file in it, Zope does not."""
        condition = str(IfHeader.tagged_with(url, token))
        for by in range(len(self.users)):
            for member in self._members(url):
                self._quietly(requests.delete(member, condition=condition), by=by)
            self._unlock(url, token, by)

    def _members(self, top: str) -> tuple[str, ...]:
        """What is below ``top``, a collection of ours, from the server's listing."""
        members = members_below(top, self._quietly)
        self._outside = members.outside | self._outside
        return members.members

    def _deleted(self) -> bool:
        deleted = self._quietly(requests.delete(self.url))
        # What a request has ended is often started again.
        while deleted is not None and deleted.response is None and self._returns:
            self._returns -= 1
            self._sleep(RETURN)
            deleted = self._quietly(requests.delete(self.url))
        return deleted is not None and (deleted.status == 404 or went_well(deleted))

    def _still_there(self) -> str:
        """Read again what a DELETE got 2xx for: that alone proves nothing."""
        last = self.exchanges[-1]
        if last.status == 404:
            if self._foreign or (self._created is not None and self._created.response is not None):
                return ""
            return f"the server did not answer MKCOL: {self.url} may exist; to remove it: curl -X DELETE {self.url}"
        read = self._quietly(requests.propfind(self.url, Depth.ZERO, ("{DAV:}resourcetype",)))
        hint = f"although the server answered {last.status} to DELETE; to remove it: curl -X DELETE {self.url}"
        if read is None or (read.status != 207 and read.status not in GONE):
            why = answer(read) if read is not None else "davlock could not read it"
            return f"{self.url} may still exist ({why}), {hint}"
        if read.status in GONE or self._says_missing(read):
            return ""
        return f"{self.url} still exists, {hint}"

    def _says_missing(self, read: Exchange) -> bool:
        """Returns true if a 207 says inside that there is nothing, as some servers do in place of a 404."""
        evidence = from_exchanges([read], target=self.url, subject=None, guess=False, profiles=self.profiles)
        return isinstance(evidence.exists, Known) and not evidence.exists.value

    def _not_removed(self) -> str:
        if self._budget.is_over:
            return (
                f"could not remove {self.url} within {REMOVAL_SECONDS:.0f} s: it may still exist, with locks in"
                f" it; to remove it: {self._again}"
            )
        last = refusal(self.exchanges[-1]) if self.exchanges else "the server did not answer"
        if self.exchanges and self.exchanges[-1].status == 423 and not self._standing.words(self.url):
            for above in self._locks_above():
                self._standing.note(above)
        if locks := self._standing.words(self.url):
            return f"could not remove {self.url}: {last}. {locks} When no lock is left: {self._again}"
        return f"could not remove {self.url}: {last}; to remove it: curl -X DELETE {self.url}"

    def _unlock(self, url: str, token: LockToken, by: int) -> Exchange | None:
        """Release a lock once: no other method here does. ``None`` where nothing was sent or no HTTP came back.

        What came of it is not read back: the collection is deleted, and that is read back.
        """
        if not self._budget.spend():
            return None

        def send(request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
            return self.send(request, feed=feed, by=by)

        probe = Probe(send, url, profiles=self.profiles, stay_within=self.url)
        try:
            release(probe, token, before=Evidence(target=url), tries=1, read_back=False)
        except DavlockError:
            return None
        return probe.exchanges[-1]

    def _quietly(self, request: Request, *, by: int = 0) -> Exchange | None:
        """Send a request of the removal; ``None`` where nothing was sent or no HTTP came back."""
        if not self._budget.spend(whole=request.method == "DELETE" and request.url == self.url):
            return None
        try:
            return self.send(request, by=by)
        except DavlockError:
            return None
