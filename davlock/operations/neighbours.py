"""What stands around a resource and bears on DELETE and MOVE: its collection's list of members, and its own members."""

from collections.abc import Callable
from dataclasses import replace

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known, NotAsked, Unreadable
from davlock.diagnosis.lock_verdict import METHODS, REMOVING, UNSEEN_LEVELS, is_collection, is_missing
from davlock.diagnosis.member_locks import observed_members
from davlock.diagnosis.predicates.locks import foreign_locks
from davlock.diagnosis.resource import GONE, MemberLocks, view
from davlock.errors import RemoteProtocolError
from davlock.operations.answered_depth import DEPTH_ONE, below_the_first
from davlock.operations.probe import Probe
from davlock.operations.singly import MAX_SINGLY, ask_singly
from davlock.protocol.lock import ActiveLock, Depth
from davlock.protocol.message import Exchange
from davlock.protocol.multistatus import MultistatusParser, ResponseElement
from davlock.protocol.requests import STATE_OF_COLLECTION, propfind
from davlock.protocol.url import at_origin, leads_up, names_of, parent, resolve, same_path
from davlock.servers.profile import RFC_4918, MemberAct

MAX_MEMBERS = 10_000
"""Members that are looked at in one answer."""

MAX_SECONDS = 5.0
"""Seconds for that answer."""

Clock = Callable[[], float]


def look_around(probe: Probe, *, clock: Clock | None = None, methods: tuple[str, ...] = METHODS) -> None:
    """Ask what else can refuse one of ``methods`` at the target, whose own state was read."""
    evidence = probe.evidence(inquiry=True)
    if evidence.subject is not None or is_missing(evidence):
        return
    if not isinstance(evidence.locks, Known):
        if not _may_be_disclosed(evidence):
            return
        members = _MemberSearch(probe, evidence, clock).found()
        evidence = probe.evidence(inquiry=True)
        if not isinstance(evidence.locks, Known):
            return
        probe.member_locks = members
    if foreign_locks(evidence):
        return  # it is refused already
    _read_parent(probe, evidence, methods)
    removing = any(method in REMOVING for method in methods)
    barred = evidence.server is not None and evidence.server.locked_member_bars_lock and "LOCK" in methods
    if is_collection(evidence) and (removing or barred) and probe.member_locks is None:
        probe.member_locks = _MemberSearch(probe, evidence, clock).found()


def _may_be_disclosed(evidence: Evidence) -> bool:
    """Returns true if a lock on a member can show why a collection has no lockdiscovery: because nothing locks it."""
    left_out = isinstance(evidence.locks, Unreadable) and evidence.locks.left_out
    return left_out and is_collection(evidence) and evidence.server is None


def _read_parent(probe: Probe, evidence: Evidence, methods: tuple[str, ...]) -> None:
    """The lock of depth 0 on the collection above, unless it was asked or none would matter."""
    server = evidence.server
    forbidden = RFC_4918 if server is None or server.depth_zero_forbids is None else server.depth_zero_forbids
    matters = any(MemberAct[method] in forbidden for method in methods)
    above = parent(probe.target)
    asked = isinstance(evidence.parent_is_collection, Known) or not isinstance(evidence.parent_locks, NotAsked)
    if above is not None and matters and not asked:
        probe.propfind(above, STATE_OF_COLLECTION)


class _Enough(Exception):
    """So many members, or so much time, that nothing more is read of an answer."""


class _MemberSearch:
    """One collection, looked into once."""

    def __init__(self, probe: Probe, evidence: Evidence, clock: Clock | None) -> None:
        self._probe = probe
        self._clock = clock
        self._shows = evidence.server is not None and evidence.server.leaves_out_lockdiscovery
        self._listed = evidence.server is None or evidence.server.lists_locks
        self._evidence = evidence
        self._own = names_of(probe.target)
        # nginx looks for locks by the text of the path; others answer a redirect to the name with the slash.
        self._place = probe.target if probe.target.endswith("/") or "?" in probe.target else f"{probe.target}/"
        self._base = self._place
        self._rows: list[tuple[str, ActiveLock]] = []
        self._members = 0
        self._unread = 0
        self._strays = 0
        self._cut: int | None = None
        self._collections: list[str] = []
        self._left_out: list[str] = []
        self._free: list[str] = []
        self._deepest = 0
        self._begun = 0.0

    def found(self) -> Known[MemberLocks] | Unreadable:
        """The locks below the target, and what was not looked at."""
        unseen = ""
        answered, bound = self._list(self._place, Depth.INFINITY)
        if bound:
            unseen = bound
        elif answered is None or answered.status != 207:
            words = "no answer" if answered is None or answered.status is None else str(answered.status)
            answered, bound = self._list(self._place, Depth.ONE)
            if bound:
                unseen = bound
            elif answered is None or answered.status != 207:
                why = f"davlock could not list its members (answer to PROPFIND: {_status(answered)})"
                self._probe.skip("members", why)
                return Unreadable(why, self._probe.last)
            elif self._collections:
                unseen = UNSEEN_LEVELS
                self._probe.skip("members below the first level", f"the server answered Depth infinity {words}")
        elif not self._members and not self._strays:
            unseen = self._look_once_more()
        elif self._collections and self._deepest == 1:
            unseen = self._look_deeper()
        unseen = self._ask_singly() or unseen
        if self._unread and not unseen:
            unseen = f"davlock could not read {self._unread} of its members"
        if self._cut is not None and not unseen:
            unseen = f"the server cut the listing of its members short ({self._cut})"
        if self._strays and not unseen:
            unseen = f"{self._strays} names in the listing are not below it"
        if unseen and unseen is not UNSEEN_LEVELS:
            self._probe.skip("members", unseen)
        last = self._probe.last
        locks = observed_members(self._rows, self._evidence, exchange=last, typed=self._probe.held)
        return Known(MemberLocks(locks=locks, unseen=unseen), last)

    def _list(self, url: str, depth: Depth) -> tuple[Exchange | None, str]:
        """One listing, and the bound that it reached; ``None`` with a bound, for such an answer is not whole."""
        self._base = url
        self._begun = self._clock() if self._clock is not None else 0.0
        parser = MultistatusParser(url, self._take, properties=False, collections=True)
        parser.passing_over = self._pass
        fed = False

        def feed(data: bytes) -> None:
            nonlocal fed
            fed = True
            parser.feed(data)
            if self._members > MAX_MEMBERS:
                raise _Enough(f"davlock read only the first {MAX_MEMBERS:,} members")
            if self._clock is not None and self._clock() - self._begun > MAX_SECONDS:
                raise _Enough(f"the listing took more than {MAX_SECONDS:g} s: davlock read {self._members:,} members")

        try:
            # A server that says nothing for long is given up, too: no data come that the clock could be looked at.
            asked = replace(propfind(url, depth, STATE_OF_COLLECTION), within=MAX_SECONDS)
            exchange = self._probe.read(asked, feed=feed)
            if fed:
                parser.close()
        except _Enough as enough:
            return None, str(enough)
        except RemoteProtocolError as error:
            return None, f"davlock cannot read the listing of its members: {error}"
        # A listing says less of the collection itself than its own answer does, and is not kept for that.
        self._probe.exchanges[-1] = exchange.without_body()
        return exchange, ""

    def _take(self, element: ResponseElement) -> None:
        seen = view(element, self._base)
        address = at_origin(self._probe.target, seen.url)
        level = self._level(address)
        if level == 0 and element.status is not None and element.failed and element.status not in GONE:
            self._cut = element.status
        if level < 1:
            return
        self._members += 1
        if element.status is not None and element.failed and seen.locks is None:
            self._unread += element.status not in (404, 410, 508)
            return
        if seen.is_collection:
            self._collections.append(address)
        if seen.locks is None:
            if seen.left_out:
                self._left_out.append(address)
            else:
                self._unread += 1
        elif not seen.locks:
            self._keep_free(address)
        for lock in seen.locks or ():
            self._rows.append((address, lock))

    def _pass(self, href: str) -> None:
        address = at_origin(self._probe.target, resolve(self._base, href))
        if self._level(address) >= 1:
            self._members += 1
            self._keep_free(address)

    def _keep_free(self, address: str) -> None:
        if not self._listed and len(self._free) <= MAX_SINGLY:
            self._free.append(address)

    def _level(self, address: str) -> int:
        names = names_of(address)
        if names[: len(self._own)] != self._own or leads_up(names[len(self._own) :]):
            self._strays += self._own[: len(names)] != names  # a listing may name what is above, too
            return -1
        level = len(names) - len(self._own)
        self._deepest = max(self._deepest, level)
        return level

    def _look_once_more(self) -> str:
        """Checks if the server answered Depth infinity as 0: then a collection that seemed empty is not."""
        answered, bound = self._list(self._place, Depth.ONE)
        if bound:
            return bound
        if answered is None or answered.status != 207:
            return ""  # it is empty, by the only answer that there is
        if not self._members:
            return ""
        self._probe.skip("members below the first level", "the server answered Depth infinity as Depth 0")
        return UNSEEN_LEVELS if self._collections else ""

    def _look_deeper(self) -> str:
        """Whether the server answered Depth infinity as 1: then a collection in it that seemed empty is not (sabre)."""
        seemed_empty = tuple(self._collections)
        proof = below_the_first(seemed_empty, self._shows_members)
        if proof.members_of is not None:
            if len(seemed_empty) == 1 and not self._nested(proof.members_of):
                return ""  # all of it was seen after all
            self._probe.skip("members below the first level", DEPTH_ONE)
        elif proof.doubt:
            self._probe.skip("members below the first level", proof.doubt)
        return UNSEEN_LEVELS if proof.members_of is not None or proof.doubt else ""

    def _shows_members(self, collection: str) -> bool | None:
        answered, bound = self._list(collection, Depth.ONE)
        if bound or answered is None or answered.status != 207:
            return None
        return self._deepest > 1

    def _nested(self, collection: str) -> bool:
        return self._deepest > 2 or any(not same_path(entry, collection) for entry in self._collections)

    def _ask_singly(self) -> str:
        """Ask each member for its own locks where the listing leaves them out; what is still not known, in words."""
        doubtful = list(self._left_out)
        if not self._listed:
            doubtful += self._free
        elif self._shows:
            return ""  # it leaves the property out where there is no lock
        if not doubtful:
            return ""
        answers = ask_singly(self._probe, doubtful, showed=bool(self._rows))
        self._rows += answers.locks
        if answers.refusal is not None:
            return f"davlock did not read {answers.unasked} members (answer to PROPFIND: {_status(answers.refusal)})"
        if not answers.told:
            return "the server leaves out the locks of its members: they may be locked or not"
        if answers.silent:
            return f"{answers.silent} members do not show their locks"
        if answers.unasked:
            return f"{answers.unasked} members were not checked one by one"
        return ""


def _status(exchange: Exchange | None) -> str:
    return "nothing" if exchange is None or exchange.status is None else str(exchange.status)
