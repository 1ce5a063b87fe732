"""All that is known about one case, frozen: what the rules read.

Evidence is derived from exchanges alone, so that a capture read from a file and a live investigation are judged alike;
how a walk over a tree ended is all that is added to them.

One exchange can be the *subject*, the request whose answer is to be explained; those after it show what it left.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from davlock.applications import APPLICATIONS, recognise_application
from davlock.applications.application import Application, ApplicationRefusal
from davlock.diagnosis.fact import Fact, Failed, Known, NotAsked
from davlock.diagnosis.history import History
from davlock.diagnosis.invocation import Invocation
from davlock.diagnosis.left_out import why_free
from davlock.diagnosis.logins import has_login, login_of, users_told_apart
from davlock.diagnosis.resource import (
    CoveringLock,
    MemberLocks,
    Offer,
    OwnLock,
    SeenTag,
    Sighting,
    TakenLock,
    owner_since,
    read_lock_answer,
)
from davlock.diagnosis.walk_end import WalkEnd
from davlock.errors import NoResponse
from davlock.locks.server_record import server_record
from davlock.protocol.headers import EntityTag
from davlock.protocol.if_header import IfHeader, IfSyntaxError, parse_if
from davlock.protocol.lock import ActiveLock, Depth, LockEntry, is_empty_token
from davlock.protocol.message import Exchange, Headers, Request, Response
from davlock.protocol.multistatus import ResponseElement
from davlock.protocol.precondition import BodyKind, DavError, read_error
from davlock.protocol.requests import TRIAL
from davlock.protocol.retry_after import WaitAdvice, http_date, wait_advice
from davlock.protocol.url import resolve, same_resource
from davlock.protocol.web_page import WebPage, page_instead
from davlock.protocol.xml import DEPTH_WORDS
from davlock.servers import PROFILES, recognise
from davlock.servers.phrases import Sayings
from davlock.servers.profile import RFC_4918, MemberAct, Profile

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
    """Whether it stands inside a multistatus rather than on the answer itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One case. Indices point into ``exchanges``."""

    target: str
    exchanges: tuple[Exchange, ...] = ()
    subject: int | None = None
    held: frozenset[str] = frozenset()
    """Lock tokens that the person holds: given, or taken in these exchanges."""
    own: tuple[OwnLock, ...] = ()
    """Those of them of which it is known since when."""
    mine: frozenset[str] = frozenset()
    """Those of them whose locks the person took. A token that was only typed tells nothing of that."""
    user: str = ""
    """The name of the login that asks; empty where that is not known."""
    server: Profile | None = None
    locks: Fact[tuple[CoveringLock, ...]] = field(default_factory=NotAsked)
    """The locks that cover the target, as last read."""
    locks_before: Fact[tuple[CoveringLock, ...]] = field(default_factory=NotAsked)
    """The same, as known when the subject was sent."""
    inferred_free: str = ""
    """Why ``locks`` is known to be empty although the server left lockdiscovery out; else empty."""
    parent_locks: Fact[tuple[CoveringLock, ...]] = field(default_factory=NotAsked)
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
    """Whether there is one now, as last seen."""
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
    """Whether the token in question was still good after the subject, tried by a refresh where reading tells nothing.
    """
    lockable: Fact[bool] = field(default_factory=NotAsked)
    """Whether an exclusive LOCK of the target, sent without If, was granted (or refused as locked) when last tried."""
    users_told_apart: Fact[bool] = field(default_factory=NotAsked)
    """Known false: the server does the same for a request without the login that the others have."""
    logged_in: bool | None = None
    """Whether the person's requests say who sends them; ``None`` where that is not known, as in most captures."""
    taken: tuple[TakenLock, ...] = ()
    """The locks that were taken in these exchanges before the subject, and neither released nor expired."""
    expired: tuple[TakenLock, ...] = ()
    """Those that were not refreshed in time, by the Dates of the answers up to the subject's."""
    sightings: tuple[Sighting, ...] = ()
    """Every look at the timeout of a lock on the target or above it, in the order of the exchanges."""
    grants: tuple[Sighting, ...] = ()
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
    application: ApplicationRefusal | None = None
    """What an application that is not WebDAV says in the subject's answer, where davlock knows that application."""
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
        """Whether it is certain that the request did not have the field ``name``."""
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
        """Whether the request is a LOCK that refreshes: no body, and an If (RFC 4918 §9.10.2)."""
        if self.method != "LOCK" or self.request is None:
            return False
        if self.request.body is None:
            return "If" in self.headers and "Content-Type" not in self.headers
        return self.request.body == b"" and not self.lacks("If")

    @property
    def is_write(self) -> bool:
        """Whether the request was meant to change something and is neither LOCK nor UNLOCK."""
        return self.method not in READS | {"LOCK", "UNLOCK", ""}

    @property
    def submitted(self) -> tuple[str, ...] | None:
        """The tokens that the request submitted in If; ``None`` where the request's headers are not known.

        An empty token, such as ``opaquelocktoken:``, is none.
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
    def covering(self) -> tuple[CoveringLock, ...]:
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
        if owner_since(lock, self.own):
            return False
        return True if lock.token is not None and lock.token.uri in self.mine else None

    def after_subject(self, index: int) -> bool:
        """Whether the exchange ``index`` came after the one under question."""
        return self.subject is not None and index > self.subject


def from_exchanges(
    exchanges: Iterable[Exchange],
    *,
    target: str | None = None,
    subject: int | None = None,
    held: Iterable[str] = (),
    own: tuple[OwnLock, ...] = (),
    guess: bool = True,
    profiles: tuple[Profile, ...] = PROFILES,
    applications: tuple[Application, ...] = APPLICATIONS,
    walk: WalkEnd | None = None,
    member_locks: Fact[MemberLocks] | None = None,
    intended: str = "",
) -> Evidence:
    """The evidence in ``exchanges``. Without ``subject`` one is chosen, unless ``guess`` is false: then there is none.

    Chosen is the last write that went wrong, else the last write, else the last read that went wrong. The server is
    the first of ``profiles`` that fits; an application that is not WebDAV is one of ``applications``.
    """
    all_exchanges = tuple(exchanges)
    if subject is None and guess:
        subject = _guess_subject(all_exchanges)
    if target is None:
        asked = all_exchanges[subject] if subject is not None else all_exchanges[-1] if all_exchanges else None
        target = asked.request.url if asked else ""
    login = login_of(all_exchanges[subject].request.headers) if subject is not None else None
    server = recognise(all_exchanges, profiles)
    timed = server is None or not server.timeout_misleads
    acts = RFC_4918 if server is None or server.depth_zero_forbids is None else server.depth_zero_forbids
    guards_new = bool(acts & {MemberAct.CREATE, MemberAct.LOCK_NEW})
    before = History(
        target,
        frozenset(held),
        own=own,
        login=login,
        client=_client(all_exchanges, subject),
        timed=timed,
        guards_new=guards_new,
    )
    users = users_told_apart(all_exchanges)
    # What somebody without a login is told is about logins alone.
    aside = users.exchange if isinstance(users, Known) and users.exchange != subject else None
    for index, exchange in enumerate(all_exchanges[: len(all_exchanges) if subject is None else subject]):
        if index != aside:
            before.take(index, exchange)
    now = before.copy()
    if subject is not None:
        for index in range(subject, len(all_exchanges)):
            if index != aside:
                now.take(index, all_exchanges[index], subject=index == subject)
        before.clock.look(all_exchanges[subject])
    asked = all_exchanges[subject] if subject is not None else None
    response = asked.response if asked else None
    error = read_error(response, target) if response is not None and asked is not None else None
    if_header, if_error = _if_header(asked.request.headers if asked else Headers())
    locks, why = _settled(now, all_exchanges, server)
    return Evidence(
        target=target,
        exchanges=all_exchanges,
        subject=subject,
        held=now.held | before.held,
        own=own,
        mine=now.mine | before.mine,
        server=server,
        locks=locks,
        locks_before=_settled(before, all_exchanges, server)[0],
        inferred_free=why,
        parent_locks=now.parent_locks,
        member_locks=member_locks if member_locks is not None else NotAsked("its members were not looked at"),
        nearest=now.nearest,
        intended=intended,
        exists=before.exists if isinstance(before.exists, Known) else now.exists_after,
        exists_now=now.exists_after,
        is_collection=now.is_collection,
        parent_is_collection=now.parent_is_collection,
        supported=now.supported,
        dav=now.offered.dav,
        allow=now.offered.allow,
        offers=now.offered.offers,
        etag=now.tags.current,
        etags=now.tags.seen,
        token_alive=now.token_alive,
        lockable=now.lockable,
        users_told_apart=users,
        logged_in=True if any(has_login(exchange.request.headers) for exchange in all_exchanges) else None,
        taken=tuple(entry for entry in before.taken if entry not in before.expired),
        expired=before.expired,
        sightings=now.sightings,
        grants=tuple(entry for entry in now.sightings if entry.granted),
        granted=_granted(asked, target),
        error=error,
        page=page_instead(asked) if asked is not None else None,
        refusals=_refusals(asked, error, target),
        if_header=if_header,
        if_error=if_error,
        application=recognise_application(asked, applications) if asked is not None else None,
        walk=walk,
    )


def _settled(
    history: History, exchanges: tuple[Exchange, ...], server: Profile | None
) -> tuple[Fact[tuple[CoveringLock, ...]], str]:
    """The locks that a history knows of; where lockdiscovery was left out, whether that means that there are none."""
    locks = history.locks
    if not isinstance(locks, Failed):
        return locks, ""
    expired = history.expired
    ours = any(entry not in expired and same_resource(entry.url, history.target) for entry in history.taken)
    why = why_free(locks, exchanges, server, showed=history.showed, ours=ours)
    return (Known((), locks.exchange), why) if why else (locks, "")


def _client(exchanges: tuple[Exchange, ...], subject: int | None) -> str | None:
    """The User-Agent of the request under question, else of the first that names one."""
    asked = exchanges if subject is None else exchanges[subject : subject + 1]
    named = (exchange.request.headers.get("User-Agent") for exchange in asked)
    return next((name for name in named if name is not None), None)


def failed(exchange: Exchange) -> bool:
    """Whether it went wrong: by its status, by the want of one, by a member of the 207 to a write, or because a web
    page came in place of an answer.
    """
    response = exchange.response
    if response is None:
        return True
    if response.status >= 300:
        return response.status != 304
    if page_instead(exchange) is not None:
        return True
    if response.status != 207 or exchange.request.method.upper() in READS:
        return False
    multistatus = read_error(response, exchange.request.url).multistatus
    return multistatus is not None and multistatus.failure


def _guess_subject(exchanges: tuple[Exchange, ...]) -> int | None:
    """A refused write before a failed read, which mostly only explains it; what went well only if nothing failed."""
    tried = only_tried(exchanges)
    numbered = [
        (index, exchange)
        for index, exchange in enumerate(exchanges)
        if index not in tried and not _asked_again(index, exchanges)
    ]
    writes = [entry for entry in numbered if entry[1].request.method.upper() not in READS]
    for candidates in (
        [entry for entry in writes if failed(entry[1])],
        writes,
        [entry for entry in numbered if failed(entry[1])],
    ):
        if candidates:
            return candidates[-1][0]
    return None


def only_tried(exchanges: Iterable[Exchange]) -> frozenset[int]:
    """The numbers of the LOCKs that davlock sent only to see, and of the UNLOCKs of them.

    One that was refused counts only while a lock of davlock's own was there: then it was sent to test that lock.
    """
    found: set[int] = set()
    tokens: set[str | None] = set()
    for index, exchange in enumerate(exchanges):
        request, response = exchange.request, exchange.response
        if response is None:
            continue
        trial = request.method == "LOCK" and isinstance(request.body, bytes) and TRIAL.encode() in request.body
        if trial and response.status == 423 and tokens:
            found.add(index)
        if not response.ok:
            continue
        if trial:
            found.add(index)
            tokens.add(response.headers.get("Lock-Token"))
        elif request.method == "UNLOCK" and request.headers.get("Lock-Token") in tokens - {None}:
            found.add(index)
    return frozenset(found)


def _asked_again(index: int, exchanges: tuple[Exchange, ...]) -> bool:
    """Whether the answer was only a step on the way: the same request came again with credentials, or at the place
    that a redirect named. One without a login says nothing where the same request with a login came before it.
    """
    asked = exchanges[index]
    url = asked.request.url
    steps: tuple[int, ...] = ()
    if asked.status in CHALLENGES:
        where, steps = url, CHALLENGES
        if has_login(asked.request.headers) is False and any(
            earlier.request.method == asked.request.method
            and earlier.request.url == url
            and has_login(earlier.request.headers)
            and earlier.status not in CHALLENGES
            for earlier in exchanges[:index]
        ):
            return True
    elif asked.status in REDIRECTS and asked.response is not None and "Location" in asked.response.headers:
        where = resolve(url, asked.response.headers.get("Location") or "")
    else:
        return False
    return any(
        later.request.method == asked.request.method
        and (later.request.url == where or same_resource(later.request.url, where))
        and later.status not in steps
        for later in exchanges[index + 1 :]
    )


def _if_header(headers: Headers) -> tuple[IfHeader | None, IfSyntaxError | None]:
    text = headers.get("If")
    if text is None:
        return None, None
    try:
        return parse_if(text), None
    except IfSyntaxError as error:
        return None, error


def _granted(asked: Exchange | None, target: str) -> ActiveLock | None:
    """The lock in the answer to a LOCK: of several, the one whose token Lock-Token or If names (RFC 4918 §9.10.1)."""
    response = asked.response if asked else None
    if asked is None or response is None or asked.request.method.upper() != "LOCK":
        return None
    if response.status not in (200, 201) or not response.body:
        return None
    locks = read_lock_answer(response, target)
    names = (response.headers.get("Lock-Token") or "") + (asked.request.headers.get("If") or "")
    named = [lock for lock in locks if lock.token is not None and lock.token.uri in names]
    candidates = named or locks
    return candidates[-1] if candidates else None


def _refusals(asked: Exchange | None, error: DavError | None, target: str) -> tuple[Refusal, ...]:
    response = asked.response if asked else None
    if asked is None or response is None or error is None:
        return ()
    found = []
    if response.status >= 300:
        codes = tuple(entry.code for entry in error.preconditions)
        found.append(Refusal(url=target, status=response.status, codes=codes, words=error.message or ""))
    if error.kind is BodyKind.MULTISTATUS and error.multistatus and asked.request.method.upper() not in READS:
        found += [_member(member, target) for member in error.multistatus.responses if member.failed]
    return tuple(found)


def _member(member: ResponseElement, target: str) -> Refusal:
    codes = member.error_codes + tuple(code for propstat in member.propstats for code in propstat.error_codes)
    return Refusal(
        url=resolve(target, member.hrefs[0]),
        status=member.worst or 0,
        codes=codes,
        words=member.description or "",
        member=True,
    )
