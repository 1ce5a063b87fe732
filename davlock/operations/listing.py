"""Read properties and locks of a resource, or of a collection and its members, as they arrive."""

from collections.abc import Callable
from dataclasses import field

from davlock.diagnosis.above import unread_above
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known, Unreadable
from davlock.diagnosis.left_out import why_free
from davlock.diagnosis.resource import GONE, NOT_MENTIONED, OwnLock, view
from davlock.diagnosis.skipped import Skipped
from davlock.errors import RemoteProtocolError
from davlock.locks.observed import ObservedLock
from davlock.operations.answered_depth import unread_levels
from davlock.operations.lock_users import MOST, LockUsers
from davlock.operations.probe import Probe
from davlock.operations.results import PropertyRow
from davlock.operations.shown_elsewhere import other_spelling, read_ancestors
from davlock.operations.singly import MAX_SINGLY, ask_singly
from davlock.protocol.held_bytes import held_by_locks, held_bytes
from davlock.protocol.lock import Depth
from davlock.protocol.multistatus import MultistatusParser, ResponseElement
from davlock.protocol.requests import LOCK_PROPERTIES, STATE_OF_COLLECTION, propfind
from davlock.protocol.url import at_origin, names_of, parent, resolve
from davlock.protocol.write_scope import inside
from davlock.servers import PROFILES
from davlock.servers.profile import Profile
from davlock.transport.base import Send
from davlock.values import dataclass

KEPT_LIMIT = 64 * 1024 * 1024
"""Bytes of memory for what is kept until all of it is printed: some 40,000 locks, or 200,000 properties."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a PROPFIND told. ``locks`` is ``None`` where the server does not disclose them: never the same as none."""

    target: str
    evidence: Evidence
    locks: tuple[ObservedLock, ...] | None = None
    properties: tuple[PropertyRow, ...] = ()
    resources: int = 0
    skipped: tuple[Skipped, ...] = field(default=())
    ok: bool = True
    """True if the answer was a multistatus that could be read to its end."""
    missing: bool = False
    """True if the multistatus says that there is nothing at the target."""
    dropped: int = 0
    """Responses whose properties and locks are only counted, since too many came before them."""
    left_out: bool = False
    """True if no resource has a lockdiscovery, as on this server where nothing is locked."""
    unread: str = ""
    """What of the members the answer left out, and why, as a clause; empty where it shows all that was asked for."""
    untold: int = 0
    """Resources whose locks the listing leaves out, and which did not tell them singly either, or were not asked."""
    why: str = ""
    """Why ``locks`` is ``None`` although the answer could be read."""


def read(
    send: Send,
    url: str,
    *,
    depth: Depth,
    names: tuple[str, ...] | None = None,
    own: tuple[OwnLock, ...] = (),
    profiles: tuple[Profile, ...] = PROFILES,
    emit: Callable[[tuple[PropertyRow, ...]], object] | None = None,
    limit: int | None = None,
) -> Listing:
    """PROPFIND ``names`` (none of them: allprop) on ``url``; without ``names``, locks alone.

    ``emit`` gets the properties of each resource as they arrive: then they are not kept, and neither are locks. Else
    ``limit`` bounds the bytes of memory for them, KEPT_LIMIT if it is ``None``.
    Raises RemoteProtocolError for a 207 that is no usable multistatus.
    """
    probe = Probe(send, url, own=own, profiles=profiles)
    rows: list[PropertyRow] = []
    locks: list[ObservedLock] = []
    resources = undisclosed = kept = beyond = mentioned = omitted = deepest = 0
    slashes = -1
    cut: int | None = None
    left_out: list[str] = []
    top = len(names_of(url))
    enough = {Depth.ZERO: 0, Depth.ONE: 1, Depth.INFINITY: 2}[depth]
    """The level of a member that shows that the answer is one to this depth."""

    def measure(address: str) -> int:
        nonlocal deepest
        level = len(names_of(address)) - top
        deepest = max(deepest, level)
        return level

    def take(element: ResponseElement) -> None:
        nonlocal resources, undisclosed, kept, beyond, mentioned, omitted, cut
        resources += 1
        failed = element.status is not None and element.failed and element.status not in GONE
        level = measure(at_origin(url, resolve(url, element.hrefs[0]))) if deepest < enough or failed else deepest
        if failed and level == 0:
            cut = element.status
        address = resolve(url, element.hrefs[0])
        mentioned += inside(url, at_origin(url, address))
        kept += held(element) if emit is None else 0
        if kept > most:
            beyond += 1
            return
        disclosed = False
        for propstat in element.propstats:
            if propstat.locks is not None and propstat.ok:
                disclosed = True
                if emit is None:
                    locks.extend(ObservedLock(url=address, lock=lock) for lock in propstat.locks)
            new = tuple(
                PropertyRow(url=address, status=propstat.status, property=entry) for entry in propstat.properties
            )
            if emit is not None:
                emit(new)
            else:
                rows.extend(new)
        undisclosed += not disclosed
        if not disclosed and view(element, url).left_out:
            omitted += 1
            if len(left_out) <= MAX_SINGLY:
                left_out.append(at_origin(url, address))

    most = KEPT_LIMIT if limit is None else limit
    held = held_by_locks if names is None else held_bytes
    parsers: list[MultistatusParser] = []

    def passes(href: str) -> None:
        nonlocal mentioned, slashes
        if (depth_of := href.rstrip("/").count("/")) <= slashes:
            return  # no deeper than one before it
        slashes = depth_of
        address = at_origin(url, resolve(url, href))
        mentioned += inside(url, address)
        if measure(address) >= enough and mentioned:
            parsers[0].passing_over = None  # one is enough

    def feed(data: bytes) -> None:
        if not parsers:
            parsers.append(MultistatusParser(url, take, properties=names is not None))
            parsers[0].passing_over = passes
        parsers[0].feed(data)

    exchange = probe.read(propfind(url, depth, LOCK_PROPERTIES if names is None else names), feed=feed)
    whole = exchange.status == 207
    asked = probe.last
    if not whole:
        from davlock.operations.investigate import read_what_was_refused

        read_what_was_refused(probe, exchange)
    else:
        if not parsers:
            raise RemoteProtocolError("207 body", "is empty")
        parsers[0].close()
        resources += parsers[0].free
    evidence = probe.evidence(subject=None if whole else asked, inquiry=True)
    missing = whole and isinstance(evidence.exists, Known) and not evidence.exists.value
    hidden = whole and not missing and resources > 0 and undisclosed == resources
    free, untold = False, 0
    if left_out and whole and not missing and (names is None or LOCK_PROPERTIES[0] in names):
        free = _means_free(probe, evidence, locks=bool(locks))
        if not free and depth is not Depth.ZERO:
            answers = ask_singly(probe, left_out)
            locks.extend(ObservedLock(url=member, lock=lock) for member, lock in answers.locks)
            hidden = hidden and answers.told == 0
            undisclosed -= answers.told
            untold = omitted - answers.told
            if not hidden and omitted > MAX_SINGLY:
                words = f"the listing leaves out their locks; davlock asked {MAX_SINGLY} of them one by one"
                probe.skip("members", words)
    if free:
        hidden, undisclosed = False, undisclosed - omitted
    why = "the server does not show its locks here" if hidden else ""
    if whole and not hidden and not missing and depth is Depth.ZERO and isinstance(evidence.locks, Unreadable):
        why = NOT_MENTIONED if evidence.locks.reason == NOT_MENTIONED else ""
    elif whole and resources and not mentioned and not missing and depth is not Depth.ZERO:
        why = NOT_MENTIONED
    if (
        not hidden
        and depth is not Depth.ZERO
        and not locks
        and evidence.server is not None
        and not evidence.server.lists_locks
    ):
        probe.skip("members", f"{evidence.server.title} shows no locks in a listing; locks -r asks each resource")
        hidden = True
        why = "the server shows no locks in a listing"
    unread = ""
    if whole and not (hidden or missing or why):
        undisclosed -= cut is not None
        if cut is not None:
            unread = f"the server cut the listing short ({cut})"
        elif names is None:
            unread = unread_levels(probe, depth, deepest)
        if unread:
            probe.skip("members", unread)
    if beyond:
        probe.skip(
            "resources",
            f"{beyond} of {resources} are left out: the answer has more properties and locks than davlock keeps",
        )
    if undisclosed > 0 and not hidden and not missing and not why:
        probe.skip("lockdiscovery", f"{undisclosed} of {resources} resources do not show their locks")
    if whole and depth is Depth.ZERO and names is None and not (hidden or missing or why):
        locks += _read_other_spelling(probe, evidence) or _read_above(probe, evidence)
        evidence = probe.evidence(inquiry=True)
        why = unread_above(evidence) if not locks else ""
    users = LockUsers(send, evidence.server)
    locks = list(users.rows(locks)) if names is None and not (hidden or missing) else locks
    if users.left:
        probe.skip("users", f"davlock asked only for the first {MOST} locks which user took them")
    return Listing(
        target=probe.target,
        evidence=evidence,
        locks=None if why or missing or not whole else tuple(locks),
        left_out=free and not locks and undisclosed <= 0,
        unread=unread,
        untold=untold,
        why=why,
        properties=tuple(rows),
        resources=resources,
        skipped=tuple(probe.skipped),
        ok=whole,
        missing=missing,
        dropped=beyond,
    )


def _read_above(probe: Probe, evidence: Evidence) -> list[ObservedLock]:
    """The locks that cover the target from above, where it does not show them itself (WsgiDAV)."""
    if isinstance(evidence.locks, Known) and not (evidence.server is not None and evidence.server.shows_inherited):
        shown = {covering.token for covering in evidence.covering}
        read_ancestors(probe, evidence)
        above = probe.evidence(inquiry=True).covering
        return [ObservedLock(url=entry.url, lock=entry.lock) for entry in above if entry.token not in shown]
    return []


def _read_other_spelling(probe: Probe, evidence: Evidence) -> list[ObservedLock]:
    """The locks that the target shows under its URL with a slash at its end, or without the one that it has (nginx)."""
    one_spelling = evidence.server is not None and not evidence.server.locks_by_spelling
    if one_spelling or evidence.covering or parent(probe.target) is None or not isinstance(evidence.locks, Known):
        return []
    probe.propfind(probe.target, STATE_OF_COLLECTION)  # whether it is a collection decides which of them is right
    other = other_spelling(probe.exchanges[probe.last], probe.evidence(inquiry=True))
    if other is None:
        return []
    probe.propfind(other, LOCK_PROPERTIES)
    return [ObservedLock(url=other, lock=entry.lock) for entry in probe.evidence(inquiry=True).covering]


def _means_free(probe: Probe, evidence: Evidence, *, locks: bool) -> bool:
    """Returns true if the resources without a lockdiscovery are not locked: ``locks`` were shown on others."""
    server = evidence.server
    if locks and (server is None or server.lists_locks):
        return True
    failed = Unreadable("left out", probe.last, left_out=True)
    return bool(evidence.inferred_free or why_free(failed, evidence.exchanges, server, showed=None))
