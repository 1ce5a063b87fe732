"""Ask about one target: the exchanges so far, in order, and what was left out."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from davlock.diagnosis.build_evidence import from_exchanges
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Fact
from davlock.diagnosis.resource import MemberLocks, OwnLock
from davlock.diagnosis.skipped import Skipped
from davlock.errors import NoResponse, NoResponseKind, RemoteProtocolError
from davlock.operations.lock_answer import LockInterrupted
from davlock.operations.redirect import leads_out, redirected_to
from davlock.operations.results import Achieved
from davlock.protocol.lock import Depth
from davlock.protocol.message import Exchange, Request
from davlock.protocol.requests import propfind
from davlock.protocol.url import same_origin, without_credentials
from davlock.protocol.write_scope import inside
from davlock.servers import PROFILES
from davlock.servers.profile import Profile
from davlock.transport.base import Send
from davlock.values import dataclass

MAX_REDIRECTS = 5

_CHANGES_LOCKS = frozenset({"LOCK", "UNLOCK"})

FOLLOWED = (301, 302, 307, 308)
"""Redirects that mean the same request elsewhere; 303 means a GET."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """What a verb found out or brought about at one target."""

    target: str
    evidence: Evidence
    achieved: Achieved = Achieved.UNKNOWN
    skipped: tuple[Skipped, ...] = ()
    """A refusal on the way, which another form of the same request got past."""
    why: str = ""
    """What ``achieved`` rests on, as a clause, where the verb says so."""
    unsettled: bool = False
    """True if a LOCK without a grant may have left a lock: a second LOCK could make one more."""


class Probe:
    """Sends, and remembers.

    ``held`` are the tokens that the person gave, ``own`` the locks of earlier runs, ``profiles`` the servers that are
    known. Redirects may lead to what is inside ``stay_within``; without it, to anything at the origin. Every read on
    which a write rests names such a tree.
    """

    def __init__(
        self,
        send: Send,
        target: str,
        *,
        held: tuple[str, ...] = (),
        own: tuple[OwnLock, ...] = (),
        profiles: tuple[Profile, ...] = PROFILES,
        stay_within: str | None = None,
    ) -> None:
        self.target = without_credentials(target)
        self.held = held
        self.own = own
        self.profiles = profiles
        self.stay_within = without_credentials(stay_within) if stay_within is not None else None
        self.strayed: int | None = None
        """The number of the first exchange whose redirect leads out of ``stay_within``."""
        self.member_locks: Fact[MemberLocks] | None = None
        """What was found below the target, where that was looked for."""
        self.intended = ""
        """The method that the person wants to send, where they said so."""
        self.exchanges: list[Exchange] = []
        self.skipped: list[Skipped] = []
        self._send = send

    def ask(self, request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        """Send one request that must not go anywhere else: a redirect is its answer.

        From the first LOCK or UNLOCK on, an answer that is not HTTP counts as none: the lock must be looked after all
        the same. Before that, it raises RemoteProtocolError.
        """
        try:
            exchange = self._send(request, feed=feed)
        except LockInterrupted as interrupt:
            if interrupt.exchange is not None:
                self.exchanges.append(interrupt.exchange)
            raise
        except RemoteProtocolError as error:
            if not any(entry.method in _CHANGES_LOCKS for entry in (request, *self._requests)):
                raise
            url = error.url or request.url
            exchange = Exchange(request=request, outcome=NoResponse(NoResponseKind.NOT_HTTP, url, str(error)))
        self.exchanges.append(exchange)
        return exchange

    @property
    def _requests(self) -> Iterator[Request]:
        return (exchange.request for exchange in self.exchanges)

    def read(self, request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        """Send one request that only reads, and follow the redirects that it may follow. Notes each."""
        exchange = self.ask(request, feed=feed)
        for _ in range(MAX_REDIRECTS):
            url = redirected_to(exchange)
            if (
                url is None
                or url == request.url
                or exchange.status not in FOLLOWED
                or not self._may_follow(request, url)
            ):
                break
            self.skipped.append(
                Skipped("redirect", f"{request.method} {request.url} got {exchange.status}; followed to {url}")
            )
            request = replace(request, url=url)
            exchange = self.ask(request, feed=feed)
        tree = self.stay_within
        if tree is not None and leads_out(exchange, tree):
            why = f"{request.method} {request.url} got {exchange.status}"
            self.skip("redirect", f"{why}; not followed to {redirected_to(exchange)}, which is not in {tree}")
            if self.strayed is None:
                self.strayed = self.last
        return exchange

    def _may_follow(self, request: Request, url: str) -> bool:
        return same_origin(url, request.url) if self.stay_within is None else inside(self.stay_within, url)

    def propfind(self, url: str, names: tuple[str, ...]) -> Exchange:
        """PROPFIND with Depth 0."""
        return self.read(propfind(url, Depth.ZERO, names))

    def skip(self, what: str, why: str) -> None:
        """Note what was not done."""
        left_out = Skipped(what, why)
        if left_out not in self.skipped:
            self.skipped.append(left_out)

    @property
    def last(self) -> int:
        """The number of the latest exchange."""
        return len(self.exchanges) - 1

    def evidence(self, subject: int | None = None, *, inquiry: bool = False) -> Evidence:
        """All of it as evidence; an ``inquiry`` has no subject unless the first read failed."""
        guess = True
        if inquiry and subject is None:
            subject = next(
                (
                    index
                    for index, entry in enumerate(self.exchanges)
                    if _failed_read(entry, self.target) and not self._has_only_the_slash_added(index)
                ),
                None,
            )
            guess = subject is not None
        return from_exchanges(
            self.exchanges,
            target=self.target,
            subject=subject,
            held=self.held,
            own=self.own,
            guess=guess,
            profiles=self.profiles,
            member_locks=self.member_locks,
            intended=self.intended,
        )

    def _has_only_the_slash_added(self, index: int) -> bool:
        """Returns true if it was redirected to the same name with a slash at its end, and answered there."""
        if index == self.last or self.exchanges[index].status not in FOLLOWED:
            return False
        there = redirected_to(self.exchanges[index])
        after = self.exchanges[index + 1]
        same = there == after.request.url == f"{self.exchanges[index].request.url}/"
        return same and after.status in (207, 404)

    def report(self, evidence: Evidence, achieved: Achieved = Achieved.UNKNOWN) -> ProbeResult:
        """What the probe found."""
        return ProbeResult(target=self.target, evidence=evidence, achieved=achieved, skipped=tuple(self.skipped))


def _failed_read(exchange: Exchange, target: str) -> bool:
    """Returns true if it is the PROPFIND on the target itself, and tells nothing: a 404 tells that the name is free."""
    if exchange.request.method != "PROPFIND" or exchange.request.url.rstrip("/") != target.rstrip("/"):
        return False
    if exchange.request.headers.get("Depth") != Depth.ZERO.value:
        return False  # a question about the members
    return exchange.response is None or exchange.response.status not in (207, 404)


def went_well(exchange: Exchange) -> bool:
    """2xx; a 207 to a write does not count before its members are read."""
    return exchange.response is not None and exchange.response.ok and exchange.status != 207
