"""A multistatus or a lockdiscovery that was pasted without what stands around it.

What people copy from a log is often one ``response``, one ``activelock``, or an ``error``. Each is found wherever it
stands, and that it stands there is a Deviation. Nothing a server sends is read so: there, the missing part may be the
one that counts.
"""

from collections import Counter
from collections.abc import Callable, Iterator

from lxml import etree

from davlock.errors import LimitExceeded, RemoteProtocolError
from davlock.protocol.deviation import Deviation
from davlock.protocol.headers import NOT_IN_A_URI
from davlock.protocol.held_bytes import SHOWN_LIMIT, held_by_locks
from davlock.protocol.lock import ActiveLock
from davlock.protocol.lockdiscovery import parse_activelock, parse_lockdiscovery
from davlock.protocol.multistatus import MultistatusParser, NotMultistatus, ResponseElement, error_codes, parse_response
from davlock.protocol.xml_elements import dav_name, mebibytes
from davlock.values import dataclass

Emit = Callable[[ResponseElement], object]

DEVIATION_LIMIT = 64
"""More than this many kinds of departures are not told one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What a multistatus says beside its responses. ``error_codes`` are those of an ``error`` in place of any
    response.
    """

    description: str | None
    error_codes: tuple[str, ...]
    deviations: tuple[Deviation, ...]


def read_multistatus(body: bytes, base: str, emit: Emit) -> Envelope:
    """Hand each response to ``emit``: those of a multistatus, else any ``response``, else take an ``error``.

    ``base`` is the URL of the request, or empty. Raises RemoteProtocolError where there is none of them, or where the
    body is no XML or not whole.
    """
    departures: dict[Deviation, None] = {}
    emitted = 0

    def checked(response: ResponseElement) -> None:
        nonlocal emitted
        emitted += 1
        departures.update(dict.fromkeys(_departures(response)))
        emit(response)

    parser = MultistatusParser(base, checked)
    description: str | None = None
    codes: tuple[str, ...] = ()
    try:
        parser.feed(body)
        description = parser.close()
        forgiven = list(parser.deviations)
    except NotMultistatus as foreign:
        if emitted:
            forgiven = [*parser.deviations, Deviation("multistatus", "stands inside of other elements")]
        else:
            codes, forgiven = _loose(foreign, base, checked)
    deviations_seen = dict.fromkeys((*forgiven, *departures))
    return Envelope(description=description, error_codes=codes, deviations=tuple(deviations_seen)[:DEVIATION_LIMIT])


def _loose(foreign: NotMultistatus, base: str, emit: Emit) -> tuple[tuple[str, ...], list[Deviation]]:
    """The codes of an error and what was forgiven; ``foreign`` is raised again where nothing is found."""
    root = foreign.root
    deviations = list(foreign.deviations)
    responses = list(_outermost(root, "response"))
    errors = list(_outermost(root, "error"))
    if responses:
        deviations.append(Deviation("multistatus", f"is missing: a response {_place(root, 'response')}"))
    elif errors:
        deviations.append(Deviation("multistatus", f"is missing: an error {_place(root, 'error')}"))
    else:
        raise foreign
    for element in responses:
        response = parse_response(element, base, deviations, True)
        if response is not None:
            emit(response)
    return () if responses else tuple(code for error in errors for code in error_codes(error)), deviations


def _place(root: etree._Element, name: str) -> str:
    above = dav_name(root.tag) or root.tag
    return "is the root" if above == name else f"stands in <{above}>"


def _outermost(root: etree._Element, name: str) -> Iterator[etree._Element]:
    """The elements of this DAV: name that do not stand in another one, in document order."""
    waiting = [root]
    while waiting:
        element = waiting.pop()
        if dav_name(element.tag) == name:
            yield element
        else:
            waiting.extend(reversed(element))


def _departures(response: ResponseElement) -> Iterator[Deviation]:
    """What RFC 4918 §14.24 does not allow: it has one href with propstats, or any number with one status."""
    if response.propstats and response.status is not None:
        yield Deviation("response", "has both a status and a propstat (RFC 4918 §14.24)")
    if response.propstats and len(response.hrefs) > 1:
        yield Deviation("response", "has several hrefs with a propstat (RFC 4918 §14.24)")
    if not response.propstats and response.status is None:
        yield Deviation("response", "has neither a usable status nor a propstat (RFC 4918 §14.24)")
    if any(propstat.status is None for propstat in response.propstats):
        yield Deviation("propstat", "has no usable status (RFC 4918 §14.22)")
    for href in response.hrefs:
        if strange := NOT_IN_A_URI.search(href):
            yield Deviation("response/href", f"{strange[0]!r} cannot stand in a URI (RFC 3986 §2)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """The locks that a body shows, each with the href of its response (``None`` where there is no response around it).

    ``withheld`` counts, by status and reason, the resources whose lockdiscovery was refused: their locks are not known.
    """

    locks: tuple[tuple[str | None, ActiveLock], ...]
    withheld: tuple[tuple[int, str, int], ...]
    deviations: tuple[Deviation, ...]


def read_locks(body: bytes, base: str) -> Discovery:
    """The locks of a LOCK answer, a PROPFIND answer, or a part of either. Raises RemoteProtocolError where there is
    no lockdiscovery and no activelock, and LimitExceeded for too many.
    """
    locks: list[tuple[str | None, ActiveLock]] = []
    withheld: Counter[tuple[int, str]] = Counter()
    shown = False
    held = 0

    def take(response: ResponseElement) -> None:
        nonlocal shown, held
        held += held_by_locks(response)
        if held > SHOWN_LIMIT:
            raise LimitExceeded("body", f"its locks take more than {mebibytes(SHOWN_LIMIT)} of memory")
        for propstat in response.propstats:
            if propstat.locks is None:
                continue
            shown = True
            if propstat.ok or propstat.status is None:
                locks.extend((response.hrefs[0], lock) for lock in propstat.locks)
            else:
                withheld[propstat.status, propstat.reason] += 1

    try:
        deviations = read_multistatus(body, base, take).deviations
    except NotMultistatus as foreign:
        return _loose_locks(foreign.root, base, foreign.deviations)
    if not shown:
        raise RemoteProtocolError("body", "holds no lockdiscovery, so nothing is known about locks")
    return Discovery(
        locks=tuple(locks), withheld=tuple((*which, count) for which, count in withheld.items()), deviations=deviations
    )


def _loose_locks(root: etree._Element, base: str, undeclared: tuple[Deviation, ...]) -> Discovery:
    deviations = list(undeclared)
    root_name = dav_name(root.tag) or root.tag
    elements = list(_outermost(root, "lockdiscovery"))
    if elements:
        locks = [lock for element in elements for lock in parse_lockdiscovery(element, base, deviations)]
        if root_name not in ("prop", "lockdiscovery"):
            deviations.append(Deviation("prop", f"is missing: the lockdiscovery stands in <{root_name}>"))
    else:
        active = list(_outermost(root, "activelock"))
        if not active:
            raise RemoteProtocolError("body", f"holds no lockdiscovery and no activelock: its root is <{root_name}>")
        locks = [parse_activelock(element, base, deviations) for element in active]
        deviations.append(Deviation("lockdiscovery", f"is missing: an activelock {_place(root, 'activelock')}"))
    told = tuple(dict.fromkeys(deviations))[:DEVIATION_LIMIT]
    return Discovery(locks=tuple((None, lock) for lock in locks), withheld=(), deviations=told)
