"""Read properties and locks of a resource, or of a collection and its members, as they arrive."""

from collections.abc import Callable
from dataclasses import dataclass, field

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.resource import OwnLock
from davlock.errors import RemoteProtocolError
from davlock.operations import gather
from davlock.operations.case import Case
from davlock.operations.lock_users import MOST, LockUsers
from davlock.operations.results import LockRow, PropertyRow, Skipped
from davlock.protocol.content import parts
from davlock.protocol.lock import Depth
from davlock.protocol.multistatus import MultistatusParser, ResponseElement
from davlock.protocol.requests import LOCK_PROPERTIES, propfind
from davlock.protocol.url import resolve
from davlock.servers import PROFILES
from davlock.servers.profile import Profile
from davlock.transport.base import Send

PROPERTIES_LIMIT = 100_000
"""Like PART_LIMIT, for what is kept until all of it is printed."""

LOCKS_LIMIT = 700_000
"""Like PART_LIMIT, where locks alone are read: some hundred thousand resources that are all locked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a PROPFIND told. ``locks`` is ``None`` where the server does not disclose them: never the same as none."""

    target: str
    evidence: Evidence
    locks: tuple[LockRow, ...] | None = None
    properties: tuple[PropertyRow, ...] = ()
    resources: int = 0
    skipped: tuple[Skipped, ...] = field(default=())
    ok: bool = True
    """Whether the answer was a multistatus that could be read to its end."""
    missing: bool = False
    """Whether the multistatus says that there is nothing at the target."""
    left_out: int = 0
    """Responses whose properties and locks are only counted, since too many came before them."""


def read(
    send: Send,
    url: str,
    *,
    depth: Depth,
    names: tuple[str, ...] | None = None,
    own: tuple[OwnLock, ...] = (),
    profiles: tuple[Profile, ...] = PROFILES,
    emit: Callable[[tuple[PropertyRow, ...]], object] | None = None,
) -> Listing:
    """PROPFIND ``names`` (none of them: allprop) on ``url``; without ``names``, locks alone.

    ``emit`` gets the properties of each resource as they arrive: then they are not kept, and neither are locks.
    Raises RemoteProtocolError for a 207 that is no usable multistatus.
    """
    case = Case(send, url, own=own, profiles=profiles)
    rows: list[PropertyRow] = []
    locks: list[LockRow] = []
    resources = undisclosed = kept = left_out = 0

    def take(element: ResponseElement) -> None:
        nonlocal resources, undisclosed, kept, left_out
        resources += 1
        kept += parts(element) if emit is None else 0
        if kept > most:
            left_out += 1
            return
        address = resolve(url, element.hrefs[0])
        disclosed = False
        for propstat in element.propstats:
            if propstat.locks is not None and propstat.ok:
                disclosed = True
                if emit is None:
                    locks.extend(LockRow(url=address, lock=lock) for lock in propstat.locks)
            new = tuple(
                PropertyRow(url=address, status=propstat.status, property=entry) for entry in propstat.properties
            )
            if emit is not None:
                emit(new)
            else:
                rows.extend(new)
        undisclosed += not disclosed

    most = LOCKS_LIMIT if names is None else PROPERTIES_LIMIT
    parsers: list[MultistatusParser] = []

    def feed(data: bytes) -> None:
        if not parsers:
            parsers.append(MultistatusParser(url, take, properties=names is not None))
        parsers[0].feed(data)

    exchange = case.read(propfind(url, depth, LOCK_PROPERTIES if names is None else names), feed=feed)
    whole = exchange.status == 207
    asked = case.last
    gather.read_plainly(case, exchange)
    if whole:
        if not parsers:
            raise RemoteProtocolError("207 body", "is empty")
        parsers[0].close()
        resources += parsers[0].free
    evidence = case.evidence(subject=None if whole else asked, inquiry=True)
    missing = whole and isinstance(evidence.exists, Known) and not evidence.exists.value
    hidden = whole and not missing and resources > 0 and undisclosed == resources
    if (
        not hidden
        and depth is not Depth.ZERO
        and not locks
        and evidence.server is not None
        and not evidence.server.lists_locks
    ):
        case.skip("members", f"{evidence.server.title} shows no locks in a listing: locks -r asks for each one's own")
        hidden = True
    if left_out:
        case.skip("resources", f"{left_out} of {resources} are left out: more properties and locks came than are kept")
    if undisclosed and not hidden and not missing:
        case.skip("lockdiscovery", f"{undisclosed} of {resources} resources did not disclose their locks")
    users = LockUsers(send, evidence.server)
    locks = list(users.rows(locks)) if names is None and not (hidden or missing) else locks
    if users.left:
        case.skip("users", f"only the first {MOST} locks were asked for the user who took them")
    return Listing(
        target=case.target,
        evidence=evidence,
        locks=None if hidden or missing or not whole else tuple(locks),
        properties=tuple(rows),
        resources=resources,
        skipped=tuple(case.skipped),
        ok=whole,
        missing=missing,
        left_out=left_out,
    )
