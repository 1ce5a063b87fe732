"""All that is known about one case, frozen: what the rules read.

Evidence is derived from exchanges alone, so that a capture read from a file and a live investigation are judged alike.
A live command adds how a walk over a tree ended, and what it tried beside the target.

One exchange can be the *subject*, the request whose answer is to be explained; those after it show what it left.
"""

from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING

from davlock.diagnosis.fact import Fact, Known, NotAsked
from davlock.diagnosis.invocation import Invocation
from davlock.diagnosis.resource import (
    MemberLocks,
    Offer,
    OwnLock,
    SeenTag,
    owner_since,
)
from davlock.diagnosis.scratch_outcomes import ScratchOutcomes
from davlock.diagnosis.walk_end import WalkEnd
from davlock.errors import NoResponse
from davlock.locks.observed import ObservedLock
from davlock.locks.server_record import server_record
from davlock.protocol.headers import EntityTag
from davlock.protocol.if_header import IfHeader, IfSyntaxError
from davlock.protocol.lock import ActiveLock, Depth, LockEntry, is_empty_token
from davlock.protocol.message import Exchange, Headers, Request, Response
from davlock.protocol.precondition import DavError
from davlock.protocol.retry_after import WaitAdvice, http_date, wait_advice
from davlock.protocol.url import resolve
from davlock.protocol.web_page import WebPage
from davlock.protocol.xml import DEPTH_WORDS
from davlock.servers.phrases import Sayings
from davlock.servers.profile import Profile
from davlock.values import dataclass

if TYPE_CHECKING:  # only a refusal is looked up among them
    from davlock.applications.application import ApplicationRefusal

READS = frozenset({"OPTIONS", "PROPFIND", "GET", "HEAD", "REPORT", "SEARCH", "TRACE"})


CREATING = frozenset({"PUT", "MKCOL", "LOCK", "COPY", "MOVE"})
"""Methods that make a resource where there was none, and so need the collection above."""


CHALLENGES = (401, 407)


REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One status that says no, and the resource that it speaks of."""

    url: str
    status: int
    codes: tuple[str, ...] = ()
    words: str = ""
    """What was said beside the status: a responsedescription, a message. Wire text."""
    member: bool = False
    """True if it stands inside a multistatus rather than on the answer itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One case. Indices point into ``exchanges``."""

    target: str
    exchanges: tuple[Exchange, ...] = ()
    subject: int | None = None
    held: frozenset[str] = frozenset()
    """Lock tokens that the person holds: given, or taken in these exchanges."""
    own: tuple[OwnLock, ...] = ()
    """Those whose beginning is known."""
    mine: frozenset[str] = frozenset()
    """Those of them whose locks the person took. A token that was only typed tells nothing of that."""
    user: str = ""
    """The name of the login that asks; empty where that is not known."""
    server: Profile | None = None
    locks: Fact[tuple[ObservedLock, ...]] = field(default_factory=NotAsked)
    """The locks that cover the target, as last read."""
    locks_before: Fact[tuple[ObservedLock, ...]] = field(default_factory=NotAsked)
    """The same, as known when the subject was sent."""
    inferred_free: str = ""
    """Why ``locks`` is known to be empty although the server left lockdiscovery out; else empty."""
    parent_locks: Fact[tuple[ObservedLock, ...]] = field(default_factory=NotAsked)
    """The locks of depth 0 on the collection above."""
    member_locks: Fact[MemberLocks] = field(default_factory=NotAsked)
    """The locks below the target, where it is a collection that was looked into."""
    nearest: str | None = None
    """Of a target that does not exist: the last part of its path that does, where that was asked."""
    intended: str = ""
    """The method that the person wants to send, where they said so."""
    exists: Fact[bool] = field(default_factory=NotAsked)
    """Whether there was a resource when the subject was sent, or is one if there is no subject."""
    exists_now: Fact[bool] = field(default_factory=NotAsked)
    """True if there is one now, as last seen."""
    is_collection: Fact[bool] = field(default_factory=NotAsked)
    parent_is_collection: Fact[bool] = field(default_factory=NotAsked)
    """Known false: the parent is missing, or is no collection."""
    supported: Fact[tuple[LockEntry, ...]] = field(default_factory=NotAsked)
    dav: Fact[tuple[str, ...]] = field(default_factory=NotAsked)
    allow: Fact[tuple[str, ...]] = field(default_factory=NotAsked)
    offers: tuple[Offer, ...] = ()
    """What each client was told by OPTIONS, in order; ``dav`` and ``allow`` belong to the one under question."""
    etag: Fact[EntityTag] = field(default_factory=NotAsked)
    etags: tuple[SeenTag, ...] = ()
    """Every entity tag of the target that was read, in order; ``etag`` is the last that nothing compressed."""
    token_alive: Fact[bool] = field(default_factory=NotAsked)
    """True if the token in question was still good after the subject, tried by a refresh where reading tells nothing.
    """
    lockable: Fact[bool] = field(default_factory=NotAsked)
    """True if an exclusive LOCK of the target, sent without If, was granted (or refused as locked) when last tried."""
    users_told_apart: Fact[bool] = field(default_factory=NotAsked)
    """Known false: the server does the same for a request without the login that the others have."""
    logged_in: bool | None = None
    """Whether the person's requests say who sends them; ``None`` where that is not known, as in most captures."""
    taken: tuple[ObservedLock, ...] = ()
    """The locks that were taken in these exchanges before the subject, and neither released nor expired.

    Of each, the URL is that of the LOCK, and the exchange the one that granted it.
    """
    expired: tuple[ObservedLock, ...] = ()
    """Those that were not refreshed in time, by the Dates of the answers up to the subject's."""
    sightings: tuple[ObservedLock, ...] = ()
    """Every answer that shows a token on the target or above it, in the order of the exchanges."""
    grants: tuple[ObservedLock, ...] = ()
    """Those of them that are answers to the LOCK that took or refreshed the lock."""
    granted: ActiveLock | None = None
    """The lock that the subject, a LOCK that succeeded, describes."""
    error: DavError | None = None
    """The body of the subject's answer."""
    page: WebPage | None = None
    """The web page that came in place of a WebDAV answer to the subject: its success means nothing."""
    refusals: tuple[Refusal, ...] = ()
    if_header: IfHeader | None = None
    if_error: IfSyntaxError | None = None
    invocation: Invocation | None = None
    """The command line of a live command; a capture has none."""
    ahead: float = 0.0
    """Seconds by which the server's clock is ahead of ours; 0 where that is not known, as in a capture."""
    captured: datetime | None = None
    """When the answer in question came, by its Date, if this is a capture of long ago: then its locks are told of in
    the past tense.
    """
    application: "ApplicationRefusal | None" = None
    """What an application that is not WebDAV says in the subject's answer, where davlock knows that application."""
    condition: "Evidence | None" = None
    """What the server said to an If-Match that was tried on the target."""
    scratch: ScratchOutcomes | None = None
    """What checks showed in a scratch collection on the same server."""
    overcome: "Evidence | None" = None
    """A refusal of the same request in another form, before the form that went through."""
    walk: WalkEnd | None = None
    """How a walk over the target's tree ended, where a bound or a redirect cut it short."""

    @property
    def asked(self) -> Exchange | None:
        """The exchange under question."""
        return None if self.subject is None else self.exchanges[self.subject]

    @property
    def request(self) -> Request | None:
        """The request under question."""
        return self.asked.request if self.asked else None

    @property
    def response(self) -> Response | None:
        """Its response, where there is one."""
        return self.asked.response if self.asked else None

    @property
    def no_response(self) -> NoResponse | None:
        """Why there is none, where there is none."""
        outcome = self.asked.outcome if self.asked else None
        return outcome if isinstance(outcome, NoResponse) else None

    @property
    def method(self) -> str:
        """The method under question; empty where it is not known or there is none."""
        return self.request.method.upper() if self.request else ""

    @property
    def status(self) -> int | None:
        """The status under question."""
        return self.asked.status if self.asked else None

    @property
    def headers(self) -> Headers:
        """The request headers under question; incomplete and empty where there are none."""
        return self.request.headers if self.request else Headers(complete=False)

    @property
    def said(self) -> Sayings:
        """What the words of the answer under question mean: ``Said.EXISTS in evidence.said``."""
        status = self.cause.status if self.cause is not None else self.status
        return Sayings(self.error.message if self.error is not None else None, status)

    @property
    def wait_advice(self) -> WaitAdvice | None:
        """When the answer says to come back, in seconds from its own Date."""
        return wait_advice(self.response.headers, now=None) if self.response else None

    def answered_at(self, exchange: int) -> datetime | None:
        """When the server answered, by its own Date: the only clock that its locks go by."""
        response = self.exchanges[exchange].response if exchange < len(self.exchanges) else None
        date = response.headers.get("Date") if response else None
        return http_date(date) if date is not None else None

    def lacks(self, name: str) -> bool:
        """Returns true if it is certain that the request did not have the field ``name``."""
        return self.headers.complete and name not in self.headers

    @property
    def cause(self) -> Refusal | None:
        """The refusal to explain: never a 424 while something else failed, for that is the cause; nor a member that
        is missing, which keeps nobody from deleting or moving the others.
        """
        members = [refusal for refusal in self.refusals if refusal.member]
        causes = [refusal for refusal in [*members, *self.refusals] if refusal.status != 424]
        weighty = [refusal for refusal in causes if not (refusal.member and refusal.status in (404, 410))]
        return next(iter(weighty or causes or self.refusals), None)

    @property
    def is_refresh(self) -> bool:
        """Returns true if the request is a LOCK that refreshes: no body, and an If (RFC 4918 §9.10.2)."""
        if self.method != "LOCK" or self.request is None:
            return False
        if self.request.body is None:
            return "If" in self.headers and "Content-Type" not in self.headers
        return self.request.body == b"" and not self.lacks("If")

    @property
    def is_write(self) -> bool:
        """Returns true if the request would change something and is neither LOCK nor UNLOCK."""
        return self.method not in READS | {"LOCK", "UNLOCK", ""}

    @property
    def submitted(self) -> tuple[str, ...] | None:
        """The tokens that the request submitted in If; ``None`` where the request's headers are not known.

        An empty token, such as ``opaquelocktoken:``, does not count.
        """
        if self.if_header is not None:
            return tuple(token.uri for token in self.if_header.tokens if not is_empty_token(token.uri))
        return () if self.headers.complete else None

    @property
    def destination(self) -> str | None:
        """Where COPY or MOVE was to put it (RFC 4918 §10.3)."""
        sent = self.headers.get("Destination")
        return resolve(self.target, sent) if sent is not None and self.method in ("COPY", "MOVE") else None

    @property
    def covering(self) -> tuple[ObservedLock, ...]:
        """The locks that are known to cover the target; empty where none is known."""
        return self.locks.value if isinstance(self.locks, Known) else ()

    @property
    def depth(self) -> Depth | None:
        """The request's Depth; what RFC 4918 §9 lays down where it has none and its headers are known."""
        sent = self.headers.get("Depth")
        if sent is not None:
            return DEPTH_WORDS.get(sent.lower())
        return Depth.INFINITY if self.headers.complete and self.method in ("LOCK", "PROPFIND", "DELETE") else None

    def is_yours(self, lock: ActiveLock) -> bool | None:
        """Whether the person took the lock: by its token, or because the server names their login as its user.

        ``False``: it has the token of a lock that davlock took, and another owner. ``None``: not known.
        """
        if self.user and self.user in server_record(lock).users:
            return True
        if lock.token is None or lock.token.uri not in self.mine:  # of many locks, few are searched for among many
            return None
        return not owner_since(lock, self.own)

    def after_subject(self, index: int) -> bool:
        """Returns true if the exchange ``index`` came after the one under question."""
        return self.subject is not None and index > self.subject
