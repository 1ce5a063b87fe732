"""What one answer says of one resource and its locks."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from davlock.errors import LimitExceeded, RemoteProtocolError
from davlock.locks.observed import ObservedLock
from davlock.locks.sent_owner import owner_of_another
from davlock.locks.server_record import SVN_FIELDS, SVN_USER
from davlock.protocol.headers import EntityTag, parse_etag_leniently, parse_lock_token
from davlock.protocol.lock import ActiveLock, Depth, LockEntry, same_token
from davlock.protocol.message import Exchange, Request, Response
from davlock.protocol.multistatus import Multistatus, PropStat, ResponseElement
from davlock.protocol.precondition import READING, read_answer, read_locks_of, read_multistatus_of
from davlock.protocol.spelling import differences
from davlock.protocol.url import is_path_above, resolve, same_path
from davlock.values import dataclass

GONE = (404, 410)
"""Statuses inside a multistatus that say that nothing is there (RFC 9110 §15.5.5, §15.5.11)."""


NOT_MENTIONED = "the answer does not mention the resource asked for"
"""Why a multistatus tells nothing of what was asked."""


@dataclass(frozen=True, slots=True)
class OwnLock:
    """A lock that the person took in an earlier run: seconds since it was taken, and since they last refreshed it.

    ``owner`` is what davlock sent as its owner, ``None`` where that is not known. ``url`` is where it was taken.
    ``moment`` is when, by our clock. ``process`` is the id of the ``davlock run`` that holds it, if that still runs.
    ``shown``: the server showed it at some time. ``over``: the time that the server granted is over by our clock.
    """

    token: str
    taken: float
    renewed: float
    owner: str | None = None
    url: str = ""
    moment: datetime | None = None
    process: int | None = None
    shown: bool = False
    over: bool = False


def owner_since(lock: ActiveLock, own: Iterable[OwnLock]) -> str:
    """The owner of ``lock``, where its token is that of one of ``own`` and its owner another; else empty."""
    token = lock.token.uri if lock.token is not None else None
    ours = next((entry for entry in own if same_token(entry.token, token)), None)
    return owner_of_another(lock, ours.owner) if ours is not None else ""


MAX_MEMBER_LOCKS = 1000
"""Locks of members that are kept for a verdict; that there are more is all that is said of the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLocks:
    """The locks that were shown below a collection. ``unseen`` says what was not looked at; empty: all was."""

    locks: tuple[ObservedLock, ...] = ()
    unseen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What one client was told by OPTIONS.

    ``allow`` is ``None`` where there was no Allow, ``authenticated`` where nobody knows whether credentials were sent.
    """

    client: str
    url: str
    authenticated: bool | None
    dav: tuple[str, ...]
    allow: tuple[str, ...] | None
    exchange: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenTag:
    """An entity tag of the target as one answer gave it; ``coded`` if its request gave leave to compress."""

    tag: EntityTag
    source: str
    coded: bool
    exchange: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceView:
    """One resource in one answer. ``locks`` is ``None`` where lockdiscovery came without a value: ``locks_why`` says
    how.
    """

    url: str
    locks: tuple[ActiveLock, ...] | None
    locks_why: str
    supported: tuple[LockEntry, ...] | None
    is_collection: bool | None
    etag: EntityTag | None
    vendor: tuple[tuple[str, str], ...] = ()
    left_out: bool = False
    """True if lockdiscovery is not in the answer, or there with 404, as where it has no value."""


def read_lock_answer(response: Response, url: str) -> tuple[ActiveLock, ...]:
    """The locks that an answer to LOCK lists; none where its body is something else."""
    try:
        locks = read_locks_of(response, url)
    except RemoteProtocolError:
        return ()
    # The date in the answer to a renewal is that of before it.
    user = tuple(field for field in _record_fields(response) if field[0] == SVN_USER)
    return (replace(locks[0], vendor=locks[0].vendor + user),) if user and len(locks) == 1 else locks


def read_propfind(exchange: Exchange) -> Multistatus | str:
    """The multistatus in the answer to a PROPFIND; in words, why there is none."""
    response = exchange.response
    if response is None:
        return "no answer"
    if response.status != 207:
        return f"the server answered {f'{response.status} {response.reason}'.rstrip()} to PROPFIND"
    if not was_kept(response):
        return "the answer's body was not kept"
    try:
        answer = read_multistatus_of(response, exchange.request.url)
    except RemoteProtocolError as error:
        return str(error)
    fields = _record_fields(response)
    return _with_record(answer, fields) if fields else answer


def _record_fields(response: Response) -> tuple[tuple[str, str], ...]:
    """The header fields in which a server names the user of a lock, and when it was taken."""
    values = ((name, response.headers.get(name)) for name in SVN_FIELDS)
    return tuple((name, value) for name, value in values if value)


def _with_record(answer: Multistatus, fields: tuple[tuple[str, str], ...]) -> Multistatus:
    """``answer`` with ``fields`` at its only lock: of several, nobody knows which one they speak of."""
    shown = [lock for element in answer.responses for propstat in element.propstats for lock in propstat.locks or ()]
    if len(shown) != 1:
        return answer
    marked = (replace(shown[0], vendor=shown[0].vendor + fields),)
    responses = tuple(
        replace(
            element,
            propstats=tuple(
                replace(propstat, locks=marked) if propstat.locks else propstat for propstat in element.propstats
            ),
        )
        for element in answer.responses
    )
    return replace(answer, responses=responses)


def was_kept(response: Response) -> bool:
    """Returns true if all that its body says is known: it is there, or it was read before most of it was dropped."""
    return response.was_read_whole(READING) or not (response.body is None or response.body_truncated)


def limit_exceeded(exchange: Exchange) -> LimitExceeded | None:
    """The limit that a listing, or the answer to a LOCK, went beyond; ``None`` where it did not."""
    response = exchange.response
    if response is None or not was_kept(response):
        return None
    if response.status != 207 and not (response.ok and exchange.request.method.upper() == "LOCK"):
        return None
    trouble = read_answer(response, exchange.request.url).multistatus
    return trouble if isinstance(trouble, LimitExceeded) else None


def find(multistatus: Multistatus, request_url: str, url: str) -> ResponseElement | None:
    """The element for ``url``: by path, for a server behind a proxy may call itself by another host."""
    for element in multistatus.responses:
        if any(same_path(resolve(request_url, href), url) for href in element.hrefs):
            return element
    return None


def topmost(multistatus: Multistatus) -> ResponseElement | None:
    """The element for the resource that all others are members of, where there is one."""
    elements = [element for element in multistatus.responses if element.hrefs]
    if not elements:
        return None
    top = min(elements, key=lambda element: len(resolve("", element.hrefs[0]).rstrip("/")))
    url = resolve("", top.hrefs[0])
    others = (resolve("", element.hrefs[0]) for element in elements if element is not top)
    return top if all(is_path_above(url, other) for other in others) else None


def existence(element: ResponseElement) -> bool | None:
    """Returns true if a multistatus says that there is a resource; ``None`` where it does not tell.

    The element's own status says it. Without one, a 404 for every property says that nothing is there if resourcetype
    is among them, for every resource has that one (RFC 4918 §15.9). Without resourcetype it says nothing: Apache
    answers 404 for lockdiscovery where nothing is locked.
    """
    valued = any(propstat.ok and (propstat.properties or propstat.locks) for propstat in element.propstats)
    if element.status in GONE:
        return None if valued else False
    if element.status is not None and not 200 <= element.status < 300:
        return True if valued else None
    if not element.propstats or any(propstat.status not in GONE for propstat in element.propstats):
        return True
    return False if any(propstat.collection is not None for propstat in element.propstats) else None


def says_missing(exchange: Exchange) -> bool:
    """Whether the answer to a PROPFIND says that there is nothing at its URL: by its status, or inside a 207."""
    if exchange.status != 207:
        return exchange.status in GONE
    answer = read_propfind(exchange)
    element = None if isinstance(answer, str) else find_asked(answer, exchange)
    return element is not None and existence(element) is False and names_asked(element, exchange)


def shows_no_lock(exchange: Exchange) -> bool:
    """Returns true if an answer to PROPFIND says that its resource is there, and lists its locks, which are none."""
    answer = read_propfind(exchange)
    url = exchange.request.url
    element = None if isinstance(answer, str) else find(answer, url, url)
    return element is not None and existence(element) is True and view(element, url).locks == ()


def find_asked(multistatus: Multistatus, exchange: Exchange) -> ResponseElement | None:
    """The element for the URL that was asked. Some servers write an empty or foreign href: the only element of an
    answer to Depth 0 is the one.
    """
    element = find(multistatus, exchange.request.url, exchange.request.url)
    if element is None and len(multistatus.responses) == 1 and exchange.request.headers.get("Depth") == "0":
        return multistatus.responses[0]
    return element


def names_asked(element: ResponseElement, exchange: Exchange) -> bool:
    """Whether ``element`` names the URL that was asked: by its path on any host, in another spelling, or by no href.

    An element of another path says nothing about the existence of what was asked for.
    """
    url = exchange.request.url
    hrefs = [href for href in element.hrefs if href.strip()]
    return not hrefs or any(same_path(resolve(url, href), url) or differences(href, url) is not None for href in hrefs)


def view(element: ResponseElement, request_url: str) -> ResourceView:
    """What ``element`` says."""
    locks: tuple[ActiveLock, ...] | None = None
    why = "lockdiscovery is not in the answer"
    supported: tuple[LockEntry, ...] | None = None
    collection: bool | None = None
    etag: EntityTag | None = None
    vendor: list[tuple[str, str]] = []
    refused = element.status is not None and element.failed
    if refused:
        why = f"the server answered {element.status} for the resource"
    for propstat in element.propstats:
        if propstat.locks is not None and not propstat.ok:
            why = f"the server answered {_status_words(propstat)} for lockdiscovery"
            refused = refused or propstat.status not in GONE
        if not propstat.ok:
            continue
        locks = propstat.locks if propstat.locks is not None else locks
        supported = propstat.supported if propstat.supported is not None else supported
        collection = propstat.collection if propstat.collection is not None else collection
        for prop in propstat.properties:
            if prop.name == "{DAV:}getetag" and prop.text:
                etag = _etag(prop.text)
            elif prop.name.startswith("{http://nextcloud.org/ns}lock") and prop.text:
                vendor.append((f"nc:{prop.name.rpartition('}')[2]}", prop.text))
    return ResourceView(
        url=resolve(request_url, element.hrefs[0]),
        locks=locks,
        locks_why=why,
        supported=supported,
        is_collection=collection,
        etag=etag,
        vendor=tuple(vendor),
        left_out=locks is None and not refused,
    )


def _status_words(propstat: PropStat) -> str:
    return f"{propstat.status} {propstat.reason}".strip() if propstat.status is not None else "without a status"


def _etag(text: str) -> EntityTag | None:
    try:
        return parse_etag_leniently(text)[0]
    except RemoteProtocolError:
        return None


def covers_from_above(lock: ActiveLock, *, is_parent: bool, creating: bool) -> bool:
    """Returns true if a lock seen on a collection bears on a PUT or LOCK of a resource below it.

    Depth infinity does; depth 0 only where the parent's list of members would change (RFC 4918 §7.4).
    """
    return lock.depth is not Depth.ZERO or (is_parent and creating)


def shows_a_lock(answer: Multistatus) -> bool:
    """Returns true if a lock is shown in this answer, on whatever resource."""
    return any(propstat.ok and propstat.locks for element in answer.responses for propstat in element.propstats)


def asks_for_exclusive_lock(request: Request) -> bool:
    """Returns true if the body of a LOCK asks for an exclusive lock."""
    return isinstance(request.body, bytes) and re.search(rb"<(?:[\w.-]+:)?exclusive\b", request.body) is not None


def granted_token(response: Response, locks: tuple[ActiveLock, ...]) -> str | None:
    """Returns the token of the lock that a LOCK took: from Lock-Token, else from the only lock in the body."""
    sent = response.headers.get("Lock-Token")
    token = None
    if sent is not None:
        try:
            token = parse_lock_token(sent)[0].uri
        except RemoteProtocolError:
            token = None
    if token is None and len(locks) == 1 and locks[0].token:
        token = locks[0].token.uri
    return token
