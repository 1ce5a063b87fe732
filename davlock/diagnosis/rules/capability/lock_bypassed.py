"""our own lock was active and the content changed all the same.

What happened: the entity tag was read twice under the same lock of yours, and was another the second time, though
nothing was written in these exchanges. Somebody wrote past the lock: through the web interface, an office editor, a
share or the file system, none of which ask the DAV locks on many servers. Or a write without the lock's token went
through under your lock, where RFC 4918 wants it refused.

How sure we are: likely. A server whose entity tags change by themselves looks the same; one that lets a write through
may do so only for the user who took the lock.

What to do: read the content again before you write, and guard the write with If-Match: a lock is not enough here.

How to confirm: compare the content with what you read under the lock.
"""

from collections.abc import Iterator

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import READS, Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.logins import logins_differ
from davlock.diagnosis.predicates.locks import own_locks
from davlock.diagnosis.predicates.sequence import seconds_between
from davlock.diagnosis.remedies import intrusive, safe
from davlock.diagnosis.resource import find, read_propfind, view
from davlock.diagnosis.rule import Match, Role, rfc, rfc4918, rule
from davlock.errors import RemoteProtocolError
from davlock.locks.observed import ObservedLock
from davlock.protocol.compressed_tag import same_content
from davlock.protocol.headers import EntityTag, parse_etag_leniently
from davlock.protocol.lock import Depth, LockScope
from davlock.protocol.message import Exchange
from davlock.protocol.url import is_ancestor, resolve, same_resource

ENDS_AT_THE_URL = frozenset({"PUT", "PATCH", "PROPPATCH", "DELETE"})
"""Writes that concern the URL's resource: of the others, a lock protects the other end or the collection above."""

A_MOMENT = 60.0
"""Seconds: what is assumed to have passed where answers have no Date."""

_WAYS = (
    safe("Read the content again before you write over it"),
    intrusive("Guard the write with If-Match as well"),
)


@rule(
    id="lock-bypassed",
    severity=Severity.WARNING,
    role=Role.NOTE,
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("7"), rfc(9110, "8.8.3")),
)
def check(evidence: Evidence) -> Match | None:
    """A write that went through without the token of an exclusive lock of ours; or two entity tags of the target, by
    the same method, both under one, and no write between.

    A lock that was shown both before and after was active all the time.
    """
    if (let_through := _let_through(evidence)) is not None:
        return let_through
    for lock in own_locks(evidence):
        if lock.lock.scope is not LockScope.EXCLUSIVE or (lock.lock.depth is Depth.ZERO and lock.direct is not True):
            continue
        known = [entry.exchange for entry in evidence.sightings if entry.token == lock.token]
        if len(set(known)) > 1 and (match := _changed(evidence, lock, min(known), max(known))) is not None:
            return match
    return None


def _let_through(evidence: Evidence) -> Match | None:
    """The write under question sent no token at all, and succeeded on what our lock covers."""
    response = evidence.response
    if not evidence.is_write or response is None or not response.ok or response.status == 207:
        return None
    if evidence.method not in ENDS_AT_THE_URL or not (evidence.lacks("If") and evidence.lacks("Lock-Token")):
        return None
    before = evidence.locks_before.value if isinstance(evidence.locks_before, Known) else ()
    taken = {entry.token: entry.exchange for entry in evidence.grants if not evidence.after_subject(entry.exchange)}
    for lock in before:
        if lock.token not in taken or not _is_in_force(lock, evidence):
            continue
        other = logins_differ(evidence.exchanges[taken[lock.token]].request.headers, evidence.headers)
        return Match(
            certainty=Certainty.LIKELY,
            headline=f"{evidence.method} went through without the token of an exclusive lock",
            explanation="The server let another login write past the lock."
            if other
            else "The server keeps nobody from writing, or not the user who took the lock.",
            retry=AFTER_CHANGE,
            evidence=(
                quotes.lock(lock),
                quotes.status_line(evidence),
                *quotes.request_header(evidence, "If"),
            ),
            alternatives=(
                Alternative("fake-lock", "LOCK as another user, without the token: a real lock refuses it with 423"),
            ),
            remedies=_WAYS,
        )
    return None


def _is_in_force(lock: ObservedLock, evidence: Evidence) -> bool:
    """Whether an exclusive lock covered the target itself when the request was answered, by the server's clock."""
    timeout = lock.lock.timeout
    if lock.lock.scope is not LockScope.EXCLUSIVE or (lock.lock.depth is Depth.ZERO and lock.direct is not True):
        return False
    if timeout is None or evidence.subject is None:
        return False
    passed = seconds_between(evidence, lock.exchange, evidence.subject)
    return timeout.infinite or (timeout.seconds or 0) > (passed if passed is not None else A_MOMENT)


def _changed(evidence: Evidence, lock: ObservedLock, first: int, last: int) -> Match | None:
    seen: dict[str, tuple[EntityTag, int]] = {}
    for index in range(first, last + 1):
        exchange = evidence.exchanges[index]
        if _may_have_written(exchange, evidence.target):
            seen.clear()
        tag = _tag(exchange, evidence.target)
        if tag is None:
            continue
        method = exchange.request.method.upper()
        before = seen.setdefault(method, (tag, index))
        if not same_content(before[0], tag):
            return Match(
                certainty=Certainty.LIKELY,
                headline="The content changed under your lock: somebody wrote past it",
                explanation="The entity tag is another one, and nothing was written in these exchanges. Locks do not"
                " protect this resource against every way in.",
                retry=AFTER_CHANGE,
                evidence=(
                    Quote("ETag before", before[0].as_sent, before[1]),
                    Quote("ETag after", tag.as_sent, index),
                    quotes.lock(lock),
                ),
                facts=(("before", before[0].as_sent), ("after", tag.as_sent)),
                remedies=_WAYS,
            )
    return None


def _tag(exchange: Exchange, target: str) -> EntityTag | None:
    request, response = exchange.request, exchange.response
    method = request.method.upper()
    if response is None or not response.ok or not same_resource(request.url, target):
        return None
    if method == "PROPFIND":
        answer = read_propfind(exchange)
        element = None if isinstance(answer, str) else find(answer, request.url, target)
        return view(element, request.url).etag if element is not None else None
    sent = response.headers.get("ETag") if method in ("GET", "HEAD") else None
    try:
        return parse_etag_leniently(sent)[0] if sent is not None else None
    except RemoteProtocolError:
        return None


def _may_have_written(exchange: Exchange, target: str) -> bool:
    """Whether a request of ours could have changed the target: refused for certain is only a 4xx."""
    method, status = exchange.request.method.upper(), exchange.status
    if method in READS | {"LOCK", "UNLOCK"} or (status is not None and 400 <= status < 500):
        return False
    return any(same_resource(url, target) or is_ancestor(url, target) for url in _touched(exchange))


def _touched(exchange: Exchange) -> Iterator[str]:
    yield exchange.request.url
    if (destination := exchange.request.headers.get("Destination")) is not None:
        yield resolve(exchange.request.url, destination)
