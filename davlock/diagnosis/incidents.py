"""The incidents of a capture: for each resource that had trouble, the requests to explain and all that bears on them.

A person records more than one thing: a browser fetches images, a sync client goes through a tree. So this module
groups exchanges by the resource that they ask for. Each incident takes in what the rules need to judge it, in order:

* every exchange on the resource itself (by host and path: a raw capture does not tell http from https), and every
  COPY or MOVE that has it as its source or its destination;
* what was done to the collections above it, whose locks and whose absence bear on it;
* LOCK and UNLOCK on its members, where the collection itself was to be changed;
* the LOCK that granted a token which the request submits, and the UNLOCK of that token;
* the requests that were redirected to it, and the first half of an authentication.

What bears on several resources, a LOCK on the collection that holds them, is part of several incidents.

An incident is told if something in it failed, or if a lock was involved; of many that went equally well, the last. It
has one *subject* for each distinct refusal, so that a PUT refused with 423 and later with 412 is explained twice, in
one incident, and a client that tried the same fifty times is explained once. Failed reads mostly only explain a failed
write, and are no subjects beside it. Where nothing failed, the last write is the subject, and warnings are heard on the
others. Reads that fail in the normal course of things (an image is missing, a client asks for ``desktop.ini``) are told
only where nothing else went wrong, those that are alike once."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import zip_longest

from davlock.diagnosis.build_evidence import failed
from davlock.diagnosis.capture_index import EXCHANGE_LIMIT, CaptureIndex, ResourceExchanges
from davlock.protocol.message import Exchange
from davlock.protocol.url import origin
from davlock.values import dataclass

INCIDENT_LIMIT = 500
"""Incidents told of one capture."""

MANY = 10
"""Resources on which the same went well, beyond which only the last is told."""

_LOCK_CHANGES = frozenset({"LOCK", "UNLOCK", "DELETE", "COPY", "MOVE"})
_WRITES = frozenset({"PUT", "MKCOL", "PATCH", "PROPPATCH", "POST"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One incident: the resource it is about and its exchanges, in order."""

    target: str
    exchanges: tuple[Exchange, ...]
    subjects: tuple[int, ...] = ()
    """The requests to explain, as indices into ``exchanges``, in order; none where only the state was read."""
    asides: tuple[int, ...] = ()
    """Where nothing failed: the writes before the subject, which may have a warning to them."""
    alike: int = 0
    """How many other resources were asked and answered the same, and are not told."""
    left_out: int = 0
    """How many more exchanges would belong here: repetitions, if there were enough."""
    unexplained: int = 0
    """How many more distinct refusals there were before the subjects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incidents:
    """What there is to tell of a capture. Without ``incidents``, nothing failed and no lock was involved."""

    incidents: tuple[Incident, ...]
    untold: int = 0
    """Incidents beyond ``INCIDENT_LIMIT``."""
    passed_over: int = 0
    """Reads that failed in the normal course of things, on resources that no incident is about."""


def split_capture(exchanges: Iterable[Exchange]) -> Incidents:
    """The incidents in ``exchanges``, in the order in which they came to their end."""
    capture = CaptureIndex(tuple(exchanges))
    groups = [ResourceExchanges(capture, key, indices) for key, indices in capture.own.items()]
    troubled = [group for group in groups if group.troubles]
    bearing = {group.key: capture.bearing(group) for group in troubled[:INCIDENT_LIMIT]}
    claimed = {index for indices in bearing.values() for index in indices}
    untroubled = [
        group
        for group in groups
        if not group.troubles
        and any(index not in claimed and capture.is_about_locks(index) for index in group.own)
        and not all(capture.went_on(index) for index in group.own)
    ]
    minor = [group for group in groups if group.minor and not (group.troubles or claimed.intersection(group.minor))]
    lasts = _last_of_each_kind(capture, untroubled, tell_all=MANY)
    if not bearing:
        # Nothing else went wrong: these are what there is to explain.
        lasts = _last_of_each_kind(capture, [group for group in minor if group not in untroubled], tell_all=1) | lasts
        minor = []
    if not bearing and not lasts:
        lasts = dict.fromkeys(groups, 0) if len(groups) == 1 else _asked_for_locks(capture, groups)
    alike = {group.key: number for group, number in lasts.items()}
    troubled += lasts
    troubled.sort(key=lambda group: group.last)
    incidents = (
        _story(capture, group, bearing.get(group.key) or capture.bearing(group), alike=alike.get(group.key, 0))
        for group in troubled[:INCIDENT_LIMIT]
    )
    return Incidents(incidents=tuple(incidents), untold=max(0, len(troubled) - INCIDENT_LIMIT), passed_over=len(minor))


def _asked_for_locks(capture: CaptureIndex, groups: list[ResourceExchanges]) -> dict[ResourceExchanges, int]:
    """The groups whose locks were asked for, without those above another: they were asked on the way up from it."""
    asked = [group for group in groups if any(capture.asks_for_locks(index) for index in group.own)]
    asked.sort(key=lambda group: (group.key[0], group.folder))
    deepest = [
        group
        for group, after in zip_longest(asked, asked[1:])
        if after is None or after.key[0] != group.key[0] or not after.folder.startswith(group.folder)
    ]
    return _last_of_each_kind(capture, deepest, tell_all=MANY)


def until_changed(exchanges: tuple[Exchange, ...], subject: int) -> int:
    """Where what is read no longer is what the subject met: at the next request that took, moved or released a lock,
    or, if the subject was not refused for a lock, that wrote.
    """
    changing = _LOCK_CHANGES if exchanges[subject].status == 423 else _LOCK_CHANGES | _WRITES
    for index in range(subject + 1, len(exchanges)):
        exchange = exchanges[index]
        method, response = exchange.request.method.upper(), exchange.response
        if response is None or not response.ok or method not in changing or failed(exchange):
            continue
        # A refresh changes nothing: it shows whether its token is good.
        if method != "LOCK" or exchange.request.body or "If" not in exchange.request.headers:
            return index + 1 if _tried_otherwise(exchanges[subject], exchange) else index
    return len(exchanges)


def _tried_otherwise(first: Exchange, second: Exchange) -> bool:
    """Whether it is the same request with another If header, or the same UNLOCK: that it went through tells of the
    first.
    """
    headers = first.request.headers, second.request.headers
    method = first.request.method.upper()
    if method != second.request.method.upper() or first.request.url != second.request.url:
        return False
    if method == "UNLOCK":
        # A 403 is about the login, whoever released the lock later.
        return first.status != 403 and headers[0].get("Lock-Token") == headers[1].get("Lock-Token")
    return all("If" in fields for fields in headers) and headers[0].get("If") != headers[1].get("If")


def _last_of_each_kind(
    capture: CaptureIndex, groups: list[ResourceExchanges], *, tell_all: int
) -> dict[ResourceExchanges, int]:
    """The groups to tell, and how many others there are like each: all of a kind up to ``tell_all``, else the last."""
    kinds: dict[object, list[ResourceExchanges]] = defaultdict(list)
    for group in groups:
        exchange = capture.exchanges[group.last]
        kinds[origin(exchange.request.url), exchange.request.method.upper(), exchange.status].append(group)
    last: dict[ResourceExchanges, int] = {}
    for same in kinds.values():
        few = len(same) <= tell_all
        last |= dict.fromkeys(same, 0) if few else {same[-1]: len(same) - 1}
    return last


def _story(capture: CaptureIndex, group: ResourceExchanges, bearing: list[int], *, alike: int = 0) -> Incident:
    """The incident of a group."""
    kept = _kept(capture, bearing, group.subjects + group.asides)
    place = {index: number for number, index in enumerate(kept)}
    return Incident(
        target=capture.exchanges[group.last].request.url,
        exchanges=tuple(capture.exchanges[index] for index in kept),
        subjects=tuple(place[index] for index in group.subjects),
        asides=tuple(place[index] for index in group.asides),
        alike=alike,
        left_out=len(bearing) - len(kept),
        unexplained=group.unexplained,
    )


def _kept(capture: CaptureIndex, bearing: list[int], subjects: tuple[int, ...]) -> list[int]:
    if len(bearing) <= EXCHANGE_LIMIT:
        return bearing
    alike: dict[object, list[int]] = defaultdict(list)
    for index in bearing:
        exchange = capture.exchanges[index]
        alike[exchange.request.method, exchange.request.url, exchange.status].append(index)
    several = max(2, EXCHANGE_LIMIT // (2 * len(alike)))
    few = {index for same in alike.values() for index in (same[0], *same[-several:])}
    # Locks first, then what came last.
    ranked = sorted(few, key=lambda index: (capture.exchanges[index].request.method in ("LOCK", "UNLOCK"), index))
    return sorted({*ranked[-EXCHANGE_LIMIT:], *subjects})
