"""A capture as a whole: its exchanges, where to find those on a resource, and which of them bear on one another."""

import re
from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable

from davlock.diagnosis.build_evidence import failed, only_tried
from davlock.diagnosis.evidence import CHALLENGES, READS, REDIRECTS
from davlock.diagnosis.resource import read_lock_answer
from davlock.diagnosis.timeline import LOCKDISCOVERY
from davlock.protocol.message import Exchange
from davlock.protocol.url import ancestors, host_and_path, origin, resolve

SUBJECT_LIMIT = 20
"""Distinct refusals explained in one incident: the last ones."""

EXCHANGE_LIMIT = 200
"""Exchanges of one incident, beyond which those that only repeat others are left out first."""

_CONDITIONS = ("If", "If-Match", "If-None-Match", "If-Unmodified-Since", "Lock-Token")
_PLAIN_READS = frozenset({"GET", "HEAD", "POST"})
# Statuses that are about a lock, a condition or a limit whatever the method was.
_TELLING = (409, 412, 423, 424, 428, 429, 503, 507)
_TOKEN = re.compile(r"<([^<>]+)>")
_Place = tuple[str, bytes]
_ACTIVE_LOCK = re.compile(rb"<(?:[\w.-]{1,64}:)?activelock[\s/>]", re.IGNORECASE)


class CaptureIndex:
    """All exchanges, and where to find those on a resource, below it, and about a token."""

    def __init__(self, exchanges: tuple[Exchange, ...]) -> None:
        self.exchanges = exchanges
        self.own: dict[_Place, list[int]] = defaultdict(list)
        self._named: dict[_Place, list[int]] = defaultdict(list)
        self._locks_on: dict[_Place, list[int]] = defaultdict(list)
        self._locks_below: dict[_Place, list[int]] = defaultdict(list)
        self._by_token: dict[str, list[int]] = defaultdict(list)
        self._leads_to: dict[_Place, list[int]] = defaultdict(list)
        self._last_let_in: dict[str, int] = {}
        self._last_answer: dict[tuple[str, str], int] = {}
        self._last_at: dict[tuple[str, _Place], int] = {}
        self.tried = only_tried(exchanges)
        for index, exchange in enumerate(exchanges):
            self._add(index, exchange)

    def _add(self, index: int, exchange: Exchange) -> None:
        request, response = exchange.request, exchange.response
        method = request.method.upper()
        key = host_and_path(request.url)
        self.own[key].append(index)
        self._last_at[method, key] = index
        for place in {key, *self._destination(exchange)}:
            self._named[place].append(index)
        if method in ("LOCK", "UNLOCK"):
            self._locks_on[key].append(index)
            for above in ancestors(request.url):
                self._locks_below[host_and_path(above)].append(index)
            for token in self._tokens_of_lock(exchange):
                self._by_token[token].append(index)
        if response is None:
            return
        location = response.headers.get("Location")
        if response.status in REDIRECTS and location is not None and request.url:
            self._leads_to[host_and_path(resolve(request.url, location))].append(index)
        if response.status not in CHALLENGES:
            self._last_let_in[origin(request.url)] = index
            self._last_answer[method, request.url] = index

    def _destination(self, exchange: Exchange) -> tuple[_Place, ...]:
        """By its path: behind a proxy the client may have to name another host in it."""
        request = exchange.request
        sent = request.headers.get("Destination")
        if sent is None or request.method.upper() not in ("COPY", "MOVE"):
            return ()
        return ((host_and_path(request.url)[0], host_and_path(resolve(request.url, sent))[1]),)

    def _tokens_of_lock(self, exchange: Exchange) -> set[str]:
        request, response = exchange.request, exchange.response
        if request.method.upper() == "UNLOCK":
            return set(_TOKEN.findall(request.headers.get("Lock-Token") or ""))
        if response is None or not response.ok:
            return set()
        named = set(_TOKEN.findall(response.headers.get("Lock-Token") or ""))
        return named or {lock.token.uri for lock in read_lock_answer(response, request.url) if lock.token}

    def went_on(self, index: int) -> bool:
        """Whether the answer was only a step on the way: asked again with credentials, or at the place it named."""
        exchange = self.exchanges[index]
        request, status = exchange.request, exchange.status
        if status in CHALLENGES:
            if request.method.upper() in READS and self._last_let_in.get(origin(request.url), -1) > index:
                return True
            return self._last_answer.get((request.method.upper(), request.url), -1) > index
        if status not in REDIRECTS:
            return False
        if not request.url:
            # Responses alone: one after the other on the way to the last.
            return index < len(self.exchanges) - 1
        location = exchange.response.headers.get("Location") if exchange.response else None
        if location is None:
            return False
        place = host_and_path(resolve(request.url, location))
        method = request.method.upper()
        # A write that became a GET on its way, as curl -L makes of it, was never done.
        last = self.own.get(place, [-1])[-1] if method in READS else self._last_at.get((method, place), -1)
        return last > index

    def is_about_locks(self, index: int) -> bool:
        """Returns true if a lock or a condition was involved."""
        exchange = self.exchanges[index]
        method, headers = exchange.request.method.upper(), exchange.request.headers
        if index in self.tried:
            return False
        if method in ("LOCK", "UNLOCK"):
            return True
        if method not in READS:
            return any(name in headers for name in _CONDITIONS)
        body = exchange.response.body if exchange.response else None
        return method == "PROPFIND" and _ACTIVE_LOCK.search(body or b"") is not None

    def asks_for_locks(self, index: int) -> bool:
        """Returns true if lockdiscovery was asked for by name."""
        request = self.exchanges[index].request
        asked = isinstance(request.body, bytes) and LOCKDISCOVERY in request.body
        return asked and request.method.upper() == "PROPFIND"

    def bearing(self, group: "ResourceExchanges") -> list[int]:
        """The exchanges that bear on a group's subjects, in order."""
        numbers = set(group.own)
        keys = {group.key}
        for index in group.own:
            keys.update(self._destination(self.exchanges[index]))
        changed = any(self.exchanges[index].request.method.upper() not in READS for index in group.subjects)
        urls = [self.exchanges[group.own[0]].request.url]
        for index in group.subjects:
            request = self.exchanges[index].request
            for name in ("If", "Lock-Token"):
                for token in _TOKEN.findall(request.headers.get(name) or ""):
                    numbers.update(self._by_token.get(token, ()))
            if self._destination(self.exchanges[index]):
                urls.append(resolve(request.url, request.headers.get("Destination") or ""))
        for key in keys:
            numbers.update(self._named[key])
            numbers.update(self._leads_to.get(key, ()))
            if changed:
                numbers.update(_nearest(self._locks_below.get(key, []), group.last))
        for above in (above for url in urls for above in ancestors(url)):
            place = group.key[0], host_and_path(above)[1]
            numbers.update(_nearest(self._locks_on.get(place, []), group.last))
            numbers.update(
                index
                for index in _nearest(self._named.get(place, []), group.last)
                if self.exchanges[index].request.method.upper() not in _PLAIN_READS
            )
        return sorted(numbers)


class ResourceExchanges:
    """The exchanges that ask for one resource, and which of them are to be explained."""

    def __init__(self, capture: CaptureIndex, key: _Place, own: list[int]) -> None:
        self.key = key
        self.folder = key[1].rstrip(b"/") + b"/"
        self.own = own
        exchanges = capture.exchanges
        wrong = [
            index
            for index in own
            if failed(exchanges[index]) and index not in capture.tried and not capture.went_on(index)
        ]
        writes = [
            index
            for index in own
            if exchanges[index].request.method.upper() not in READS
            and index not in capture.tried
            and not capture.went_on(index)
        ]
        failed_writes = [index for index in wrong if exchanges[index].request.method.upper() not in READS]
        self.minor = [index for index in wrong if _is_minor(exchanges[index])]
        major = [index for index in failed_writes or (wrong if not writes else ()) if not _is_minor(exchanges[index])]
        self.troubles = bool(major)
        distinct = _distinct(exchanges, major or failed_writes or writes[-1:] or wrong)
        self.subjects = tuple(distinct[-SUBJECT_LIMIT:])
        self.unexplained = len(distinct) - len(self.subjects)
        before = [] if wrong else writes[:-1]
        self.asides = tuple(_distinct(exchanges, before)[-SUBJECT_LIMIT:])
        self.last = self.subjects[-1] if self.subjects else own[-1]


def _nearest(indices: list[int], around: int) -> list[int]:
    """Of very many, those nearest to ``around``: what bears on hundreds of incidents is not read for each of them."""
    middle = bisect(indices, around)
    return indices[max(0, middle - EXCHANGE_LIMIT) : middle + EXCHANGE_LIMIT]


def _is_minor(exchange: Exchange) -> bool:
    """Returns true if it fails in the normal course of things."""
    method, status = exchange.request.method.upper(), exchange.status
    if method in _PLAIN_READS:
        return status not in _TELLING
    return method in READS and status in (404, 410)


def _distinct(exchanges: tuple[Exchange, ...], subjects: Iterable[int]) -> list[int]:
    """Of the exchanges with the same request and answer, the last."""
    last: dict[object, int] = {}
    for index in subjects:
        request, response = exchanges[index].request, exchanges[index].response
        conditions = tuple(request.headers.get(name) for name in (*_CONDITIONS, "Depth", "Destination", "Overwrite"))
        answer = (response.status, response.body) if response else None
        last[request.method.upper(), conditions, answer] = index
    return sorted(last.values())
