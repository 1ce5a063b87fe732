"""The stories of a capture: for each resource that had trouble, the requests to explain and all that bears on them.

A person records more than one thing: a browser fetches images, a sync client goes through a tree. So exchanges are
told apart by the resource that they ask for, and each story takes in what the rules need to judge it, in order:

* every exchange on the resource itself (by host and path: a raw capture does not tell http from https), and every
  COPY or MOVE that has it as its source or its destination;
* what was done to the collections above it, whose locks and whose absence bear on it;
* LOCK and UNLOCK on its members, where the collection itself was to be changed;
* the LOCK that granted a token which the request submits, and the UNLOCK of that token;
* the requests that were redirected to it, and the first half of an authentication.

What bears on several resources, a LOCK on the collection that holds them, is part of several stories.

A story is told if something in it failed, or if a lock was involved; of many that went equally well, the last. It has
one *subject* for each distinct refusal, so that a PUT refused with 423 and later with 412 is explained twice, in one
story, and a client that tried the same fifty times is explained once. Failed reads mostly only explain a failed write,
and are no subjects beside it. Where nothing failed, the last write is the subject, and warnings are heard on the
others. Reads that fail in the normal course of things (an image is missing, a client asks for
``desktop.ini``) are told only where nothing else went wrong, those that are alike once.
"""

import re
from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from itertools import zip_longest

from davlock.diagnosis.engine import Unfit, diagnose
from davlock.diagnosis.evidence import READS, Evidence, failed, from_exchanges, only_tried
from davlock.diagnosis.finding import Finding, Quote, Severity
from davlock.diagnosis.history import LOCKDISCOVERY
from davlock.diagnosis.resource import read_lock_answer
from davlock.diagnosis.rule import Rule
from davlock.diagnosis.rules import RULES
from davlock.protocol.message import Exchange
from davlock.protocol.url import ancestors, host_and_path, origin, resolve
from davlock.servers import PROFILES
from davlock.servers.profile import Profile

STORY_LIMIT = 500
"""Stories told of one capture."""

MANY = 10
"""Resources on which the same went well, beyond which only the last is told."""

SUBJECT_LIMIT = 20
"""Distinct refusals explained in one story: the last ones."""

EXCHANGE_LIMIT = 200
"""Exchanges of one story, beyond which those that only repeat others are left out first."""

_CONDITIONS = ("If", "If-Match", "If-None-Match", "If-Unmodified-Since", "Lock-Token")
_PLAIN_READS = frozenset({"GET", "HEAD", "POST"})
_LOCK_CHANGES = frozenset({"LOCK", "UNLOCK", "DELETE", "COPY", "MOVE"})
_WRITES = frozenset({"PUT", "MKCOL", "PATCH", "PROPPATCH", "POST"})
_REDIRECTS = (301, 302, 303, 307, 308)
_CHALLENGES = (401, 407)
# Statuses that are about a lock, a condition or a limit whatever the method was.
_TELLING = (409, 412, 423, 424, 428, 429, 503, 507)
_TOKEN = re.compile(r"<([^<>]+)>")
_Place = tuple[str, bytes]
_ACTIVE_LOCK = re.compile(rb"<(?:[\w.-]{1,64}:)?activelock[\s/>]", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One story: the resource it is about and its exchanges, in order."""

    target: str
    exchanges: tuple[Exchange, ...]
    subjects: tuple[int, ...] = ()
    """The requests to explain, as indices into ``exchanges``, in order; none where only the state was read."""
    asides: tuple[int, ...] = ()
    """Where nothing failed: the writes before the subject, which may have a warning to them."""
    alike: int = 0
    """How many other resources were asked and answered the same, and are not told."""
    left_out: int = 0
    """How many more exchanges would belong here: repetitions, as far as there were enough."""
    unexplained: int = 0
    """How many more distinct refusals there were before the subjects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What there is to tell of a capture. Without ``stories``, nothing failed and no lock was involved."""

    stories: tuple[Story, ...]
    untold: int = 0
    """Stories beyond ``STORY_LIMIT``."""
    passed_over: int = 0
    """Reads that failed in the normal course of things, on resources that no story is about."""


def tell(exchanges: Iterable[Exchange]) -> Telling:
    """The stories in ``exchanges``, in the order in which they came to their end."""
    capture = _Capture(tuple(exchanges))
    groups = [_Group(capture, key, indices) for key, indices in capture.own.items()]
    told = [group for group in groups if group.troubles]
    bearing = {group.key: capture.bearing(group) for group in told[:STORY_LIMIT]}
    claimed = {index for indices in bearing.values() for index in indices}
    well = [
        group
        for group in groups
        if not group.troubles and any(index not in claimed and capture.is_about_locks(index) for index in group.own)
    ]
    minor = [group for group in groups if group.minor and not (group.troubles or claimed.intersection(group.minor))]
    lasts = _last_of_each_kind(capture, well, tell_all=MANY)
    if not bearing:
        # Nothing else went wrong: these are what there is to explain.
        lasts = _last_of_each_kind(capture, [group for group in minor if group not in well], tell_all=1) | lasts
        minor = []
    if not bearing and not lasts:
        lasts = dict.fromkeys(groups, 0) if len(groups) == 1 else _asked_for_locks(capture, groups)
    alike = {group.key: number for group, number in lasts.items()}
    told += lasts
    told.sort(key=lambda group: group.last)
    stories = (
        capture.story(group, bearing.get(group.key) or capture.bearing(group), alike=alike.get(group.key, 0))
        for group in told[:STORY_LIMIT]
    )
    return Telling(stories=tuple(stories), untold=max(0, len(told) - STORY_LIMIT), passed_over=len(minor))


def _asked_for_locks(capture: "_Capture", groups: list["_Group"]) -> dict["_Group", int]:
    """The groups whose locks were asked for, without those above another: they were asked on the way up from it."""
    asked = [group for group in groups if any(capture.asks_for_locks(index) for index in group.own)]
    asked.sort(key=lambda group: (group.key[0], group.folder))
    deepest = [
        group
        for group, after in zip_longest(asked, asked[1:])
        if after is None or after.key[0] != group.key[0] or not after.folder.startswith(group.folder)
    ]
    return _last_of_each_kind(capture, deepest, tell_all=MANY)


def judge(
    story: Story,
    *,
    rules: tuple[Rule, ...] = RULES,
    profiles: tuple[Profile, ...] = PROFILES,
    unfit: Unfit | None = None,
) -> tuple[Evidence, tuple[Finding, ...]]:
    """The evidence as it was in the end, on the last subject, and the findings on every subject: most severe first,
    the last refusal's before the others', and each finding once. ``unfit`` is as in :func:`engine.diagnose`.
    """
    findings: dict[str, Finding] = {}
    read = partial(from_exchanges, profiles=profiles)
    find = partial(diagnose, rules=rules, unfit=unfit)
    for subject in reversed(story.subjects):
        # A lock that was taken or released later says nothing about why this was refused.
        seen = story.exchanges[: _until_changed(story.exchanges, subject)]
        for finding in find(read(seen, subject=subject)):
            findings.setdefault(finding.id, _of_one(finding, story, subject))
    for aside in reversed(story.asides):
        # A lock that was granted, and was not there when it was looked for, is not made good by its UNLOCK.
        seen = story.exchanges[: _until_changed(story.exchanges, aside)]
        for finding in find(read(seen, subject=aside)):
            if finding.severity >= Severity.WARNING:
                findings.setdefault(finding.id, _of_one(finding, story, aside))
    if story.subjects:
        end = read(story.exchanges, subject=story.subjects[-1])
    else:
        end = read(story.exchanges, target=story.target, guess=False)
        findings = {finding.id: finding for finding in find(end)}
    return end, tuple(sorted(findings.values(), key=lambda finding: -finding.severity))


def _of_one(finding: Finding, story: Story, subject: int) -> Finding:
    """The finding with the request that it is about quoted first, where there are several."""
    if len(story.subjects) + len(story.asides) == 1:
        return finding
    request = story.exchanges[subject].request
    quote = Quote("request", f"{request.method} {request.url}".strip() or "(not captured)", subject)
    return replace(finding, evidence=(quote, *finding.evidence))


def _until_changed(exchanges: tuple[Exchange, ...], subject: int) -> int:
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
            return index
    return len(exchanges)


def _last_of_each_kind(capture: "_Capture", groups: list["_Group"], *, tell_all: int) -> dict["_Group", int]:
    """The groups to tell, and how many others there are like each: all of a kind up to ``tell_all``, else the last."""
    kinds: dict[object, list[_Group]] = defaultdict(list)
    for group in groups:
        exchange = capture.exchanges[group.last]
        kinds[origin(exchange.request.url), exchange.request.method.upper(), exchange.status].append(group)
    told: dict[_Group, int] = {}
    for same in kinds.values():
        few = len(same) <= tell_all
        told |= dict.fromkeys(same, 0) if few else {same[-1]: len(same) - 1}
    return told


class _Capture:
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
        self.tried = only_tried(exchanges)
        for index, exchange in enumerate(exchanges):
            self._add(index, exchange)

    def _add(self, index: int, exchange: Exchange) -> None:
        request, response = exchange.request, exchange.response
        method = request.method.upper()
        key = host_and_path(request.url)
        self.own[key].append(index)
        for each in {key, *self._destination(exchange)}:
            self._named[each].append(index)
        if method in ("LOCK", "UNLOCK"):
            self._locks_on[key].append(index)
            for above in ancestors(request.url):
                self._locks_below[host_and_path(above)].append(index)
            for token in self._tokens_of_lock(exchange):
                self._by_token[token].append(index)
        if response is None:
            return
        location = response.headers.get("Location")
        if response.status in _REDIRECTS and location is not None and request.url:
            self._leads_to[host_and_path(resolve(request.url, location))].append(index)
        if response.status not in _CHALLENGES:
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
        if status in _CHALLENGES:
            if request.method.upper() in READS and self._last_let_in.get(origin(request.url), -1) > index:
                return True
            return self._last_answer.get((request.method.upper(), request.url), -1) > index
        if status not in _REDIRECTS:
            return False
        if not request.url:
            # Responses alone: one after the other on the way to the last.
            return index < len(self.exchanges) - 1
        location = exchange.response.headers.get("Location") if exchange.response else None
        return location is not None and self.own.get(host_and_path(resolve(request.url, location)), [-1])[-1] > index

    def is_about_locks(self, index: int) -> bool:
        """Whether a lock or a condition was involved."""
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
        """Whether lockdiscovery was asked for by name."""
        request = self.exchanges[index].request
        asked = isinstance(request.body, bytes) and LOCKDISCOVERY in request.body
        return asked and request.method.upper() == "PROPFIND"

    def bearing(self, group: "_Group") -> list[int]:
        """The exchanges that bear on a group's subjects, in order."""
        found = set(group.own)
        keys = {group.key}
        for index in group.own:
            keys.update(self._destination(self.exchanges[index]))
        changed = any(self.exchanges[index].request.method.upper() not in READS for index in group.subjects)
        urls = [self.exchanges[group.own[0]].request.url]
        for index in group.subjects:
            request = self.exchanges[index].request
            for name in ("If", "Lock-Token"):
                for token in _TOKEN.findall(request.headers.get(name) or ""):
                    found.update(self._by_token.get(token, ()))
            if self._destination(self.exchanges[index]):
                urls.append(resolve(request.url, request.headers.get("Destination") or ""))
        for key in keys:
            found.update(self._named[key])
            found.update(self._leads_to.get(key, ()))
            if changed:
                found.update(_nearest(self._locks_below.get(key, []), group.last))
        for above in (above for url in urls for above in ancestors(url)):
            place = group.key[0], host_and_path(above)[1]
            found.update(_nearest(self._locks_on.get(place, []), group.last))
            found.update(
                index
                for index in _nearest(self._named.get(place, []), group.last)
                if self.exchanges[index].request.method.upper() not in _PLAIN_READS
            )
        return sorted(found)

    def story(self, group: "_Group", bearing: list[int], *, alike: int = 0) -> Story:
        """The story of a group."""
        kept = self._kept(bearing, group.subjects + group.asides)
        place = {index: number for number, index in enumerate(kept)}
        return Story(
            target=self.exchanges[group.last].request.url,
            exchanges=tuple(self.exchanges[index] for index in kept),
            subjects=tuple(place[index] for index in group.subjects),
            asides=tuple(place[index] for index in group.asides),
            alike=alike,
            left_out=len(bearing) - len(kept),
            unexplained=group.unexplained,
        )

    def _kept(self, bearing: list[int], subjects: tuple[int, ...]) -> list[int]:
        if len(bearing) <= EXCHANGE_LIMIT:
            return bearing
        alike: dict[object, list[int]] = defaultdict(list)
        for index in bearing:
            exchange = self.exchanges[index]
            alike[exchange.request.method, exchange.request.url, exchange.status].append(index)
        several = max(2, EXCHANGE_LIMIT // (2 * len(alike)))
        few = {index for same in alike.values() for index in (same[0], *same[-several:])}
        # Locks first, then what came last.
        ranked = sorted(few, key=lambda index: (self.exchanges[index].request.method in ("LOCK", "UNLOCK"), index))
        return sorted({*ranked[-EXCHANGE_LIMIT:], *subjects})


class _Group:
    """The exchanges that ask for one resource, and which of them are to be explained."""

    def __init__(self, capture: _Capture, key: _Place, own: list[int]) -> None:
        self.key = key
        self.folder = key[1].rstrip(b"/") + b"/"
        self.own = own
        exchanges = capture.exchanges
        wrong = [index for index in own if failed(exchanges[index]) and not capture.went_on(index)]
        writes = [
            index
            for index in own
            if exchanges[index].request.method.upper() not in READS and index not in capture.tried
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
    """Of very many, those nearest to ``around``: what bears on hundreds of stories must not be gone through in each."""
    middle = bisect(indices, around)
    return indices[max(0, middle - EXCHANGE_LIMIT) : middle + EXCHANGE_LIMIT]


def _is_minor(exchange: Exchange) -> bool:
    """Whether it fails in the normal course of things."""
    method, status = exchange.request.method.upper(), exchange.status
    if method in _PLAIN_READS:
        return status not in _TELLING
    return method in READS and status in (404, 410)


def _distinct(exchanges: tuple[Exchange, ...], subjects: Iterable[int]) -> list[int]:
    """Of those that asked the same and were answered the same, the last."""
    last: dict[object, int] = {}
    for index in subjects:
        request, response = exchanges[index].request, exchanges[index].response
        conditions = tuple(request.headers.get(name) for name in (*_CONDITIONS, "Depth", "Destination", "Overwrite"))
        answer = (response.status, response.body) if response else None
        last[request.method.upper(), conditions, answer] = index
    return sorted(last.values())
