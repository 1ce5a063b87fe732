"""Makes the evidence of a run of exchanges, and chooses the request whose answer is to be explained."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from davlock.applications.recognition import recognise_application
from davlock.diagnosis.evidence import CHALLENGES, READS, REDIRECTS, Evidence, Refusal
from davlock.diagnosis.fact import Fact, Known, NotAsked, Unreadable
from davlock.diagnosis.left_out import why_free
from davlock.diagnosis.logins import has_login, login_of, users_told_apart
from davlock.diagnosis.resource import MemberLocks, OwnLock, read_lock_answer
from davlock.diagnosis.timeline import Timeline
from davlock.diagnosis.walk_end import WalkEnd
from davlock.locks.observed import ObservedLock
from davlock.protocol.if_header import IfHeader, IfSyntaxError, parse_if
from davlock.protocol.lock import ActiveLock
from davlock.protocol.message import Exchange, Headers
from davlock.protocol.multistatus import ResponseElement
from davlock.protocol.precondition import BodyKind, DavError, read_error
from davlock.protocol.requests import TRIAL
from davlock.protocol.url import resolve, same_resource
from davlock.protocol.web_page import page_instead
from davlock.servers import PROFILES, recognise
from davlock.servers.profile import RFC_4918, MemberAct, Profile

if TYPE_CHECKING:
    from davlock.applications.application import Application


def from_exchanges(
    exchanges: Iterable[Exchange],
    *,
    target: str | None = None,
    subject: int | None = None,
    held: Iterable[str] = (),
    own: tuple[OwnLock, ...] = (),
    guess: bool = True,
    profiles: tuple[Profile, ...] = PROFILES,
    added_applications: "tuple[Application, ...]" = (),
    walk: WalkEnd | None = None,
    member_locks: Fact[MemberLocks] | None = None,
    intended: str = "",
) -> Evidence:
    """The evidence in ``exchanges``. Without ``subject`` one is chosen, unless ``guess`` is false: then there is none.

    Chosen is the last write that went wrong, else the last write, else the last read that went wrong. The server is
    the first of ``profiles`` that fits; an application that is not WebDAV may be of
    ``added_applications``.
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
    asked = all_exchanges[subject] if subject is not None else None
    before = Timeline(
        target,
        frozenset(held),
        own=own,
        login=login,
        client=_client(all_exchanges, subject),
        timed=timed,
        guards_new=guards_new,
        # A refusal after a DELETE may come from a lock that outlived it, as on SeafDAV.
        removal_ends=asked is None or not failed(asked),
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
        grants=now.grants,
        granted=_granted(asked, target),
        error=error,
        page=page_instead(asked) if asked is not None else None,
        refusals=_refusals(asked, error, target),
        if_header=if_header,
        if_error=if_error,
        application=recognise_application(asked, added_applications) if asked is not None else None,
        walk=walk,
    )


def _settled(
    timeline: Timeline, exchanges: tuple[Exchange, ...], server: Profile | None
) -> tuple[Fact[tuple[ObservedLock, ...]], str]:
    """The locks that a timeline knows of; where lockdiscovery was left out, whether that means that there are none."""
    locks = timeline.locks
    if not isinstance(locks, Unreadable):
        return locks, ""
    expired = timeline.expired
    ours = any(entry not in expired and same_resource(entry.url, timeline.target) for entry in timeline.taken)
    why = why_free(locks, exchanges, server, showed=timeline.showed, ours=ours)
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
    tried: set[int] = set()
    tokens: set[str | None] = set()
    for index, exchange in enumerate(exchanges):
        request, response = exchange.request, exchange.response
        if response is None:
            continue
        trial = request.method == "LOCK" and isinstance(request.body, bytes) and TRIAL.encode() in request.body
        if trial and response.status == 423 and tokens:
            tried.add(index)
        if not response.ok:
            continue
        if trial:
            tried.add(index)
            tokens.add(response.headers.get("Lock-Token"))
        elif request.method == "UNLOCK" and request.headers.get("Lock-Token") in tokens - {None}:
            tried.add(index)
    return frozenset(tried)


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
    refusals = []
    if response.status >= 300:
        codes = tuple(entry.code for entry in error.preconditions)
        refusals.append(Refusal(url=target, status=response.status, codes=codes, words=error.message or ""))
    if error.kind is BodyKind.MULTISTATUS and error.multistatus and asked.request.method.upper() not in READS:
        refusals += [_member(member, target) for member in error.multistatus.responses if member.failed]
    return tuple(refusals)


def _member(member: ResponseElement, target: str) -> Refusal:
    codes = member.error_codes + tuple(code for propstat in member.propstats for code in propstat.error_codes)
    return Refusal(
        url=resolve(target, member.hrefs[0]),
        status=member.worst or 0,
        codes=codes,
        words=member.description or "",
        member=True,
    )
