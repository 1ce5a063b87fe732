"""somebody changed the content past your lock.

What happened: the content changed while you held the lock. Its entity tag is another one now, although none of these
requests wrote to it. Or the server accepted a write without the lock's token, which RFC 4918 does not allow. Web
interfaces, office editors, network shares and the file system often ignore WebDAV locks.

How sure we are: likely. A server whose entity tags change by themselves looks the same. A server that accepted a write
without the token may do so only for the user who took the lock.

What to do: read the content again before you write. Send If-Match with the write: the lock alone is not enough here.

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
"""Seconds that we assume to have passed if the answers have no Date."""

_WAYS = (
    safe("Read the content again before you write"),
    intrusive("Guard the write with If-Match, too"),
)


@rule(
    id="lock-bypassed",
    severity=Severity.WARNING,
    role=Role.NOTE,
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("7"), rfc(9110, "8.8.3")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a write that succeeded without the token of our exclusive lock; or two entity tags of the target under
    such a lock, read by the same method with no write between them.

    A lock that the server showed both before and after was active all the time.
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
    """Returns a match if the write in question sent no token and succeeded on what our lock covers."""
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
            headline=f"The server accepted {evidence.method} without the token of the exclusive lock",
            explanation="The server let another login write past the lock."
            if other
            else "The lock keeps nobody from writing, or not the user who took it.",
            retry=AFTER_CHANGE,
            evidence=(
                quotes.lock(lock),
                quotes.status_line(evidence),
                *quotes.request_header(evidence, "If"),
            ),
            alternatives=(
                Alternative("fake-lock", "a LOCK by another user, without the token: a real lock refuses it with 423"),
            ),
            remedies=_WAYS,
        )
    return None


def _is_in_force(lock: ObservedLock, evidence: Evidence) -> bool:
    """Whether an exclusive lock covered the target itself when the answer came, by the server's clock."""
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
                headline="Somebody changed the content while you held the lock",
                explanation="Its entity tag changed, although none of these requests wrote to it. Locks do not"
                " stop every way to write here.",
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
