"""Find the lock that a LOCK of davlock made whose answer did not arrive, or did not name the token.

The run id in an owner is public: everybody who may read the locks can copy it. So nothing less counts as proof than
exactly one lock on exactly that URL whose whole owner is what davlock sent, with the depth and the scope asked for. A
server that changes the owner proves nothing, and its lock is left.
"""

from dataclasses import replace

from davlock.diagnosis.above import MAX_ANCESTORS
from davlock.diagnosis.evidence import CHALLENGES, Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.resource import OwnLock, owner_since
from davlock.diagnosis.wording import holder
from davlock.errors import NoResponse, NoResponseKind
from davlock.locks.observed import ObservedLock
from davlock.operations.probe import Probe, ProbeResult
from davlock.protocol.character_references import unescaped
from davlock.protocol.lock import Depth, LockScope, LockToken, is_among
from davlock.protocol.message import Exchange, Request
from davlock.protocol.precondition import read_error
from davlock.protocol.requests import LOCK_PROPERTIES
from davlock.protocol.retry_after import THROTTLED
from davlock.protocol.url import ancestors, same_path
from davlock.protocol.xml_elements import escaped
from davlock.transport.base import Send
from davlock.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedLock:
    """What a LOCK asked for: ``owner`` is the text exactly as it was sent, ``None`` where that is not known."""

    url: str
    owner: str | None
    scope: LockScope
    depth: Depth


@dataclass(frozen=True, slots=True, kw_only=True)
class LockSearch:
    """What was found: ``token`` where the lock is proven, else ``None`` and ``why``, as a clause.

    ``shown`` are the locks on and above the URL.
    """

    token: LockToken | None = None
    why: str
    shown: tuple[ObservedLock, ...] = ()


def lock_of_run(probe: Probe, sent: RequestedLock) -> LockSearch:
    """Read the locks of the probe's target, and search them for the lock that ``sent`` made. Sends PROPFIND alone."""
    probe.propfind(probe.target, LOCK_PROPERTIES)
    evidence = probe.evidence(inquiry=True)
    for url in ancestors(probe.target)[:MAX_ANCESTORS]:
        # A deep lock without a lockroot may come from above (Apache names no roots): the collection there shows it too.
        if not any(entry.root is None and _is_owned(entry, sent) for entry in evidence.covering):
            break
        if probe.propfind(url, LOCK_PROPERTIES).status != 207:
            break
        evidence = probe.evidence(inquiry=True)
    return search(evidence, sent)


def granted_token(evidence: Evidence) -> LockToken | None:
    """The token of the lock that a LOCK brought, where its answer names it: in its body, or in Lock-Token alone."""
    if evidence.granted is not None and evidence.granted.token is not None:
        return evidence.granted.token
    return LockToken(next(iter(evidence.held))) if evidence.held else None


def may_have_made(exchange: Exchange) -> bool:
    """Returns true if a LOCK whose answer names no lock may have made one all the same.

    An answer of 3xx or 4xx says that it did not, and so does a 207 that lists a failure. 429 is no such word: a gateway
    that counts can say it after the server behind it has made the lock. What was never sent made no lock.
    """
    if isinstance(exchange.outcome, NoResponse):
        return exchange.outcome.sent
    status = exchange.status
    if status == 207:
        return not _lists_a_failure(exchange)
    return status is None or 200 <= status < 300 or status >= 500 or status in THROTTLED


def may_arrive_late(exchange: Exchange) -> bool:
    """Returns true if a LOCK without an answer may still be on its way: that no lock is there now proves nothing."""
    if isinstance(exchange.outcome, NoResponse):
        return exchange.outcome.sent and exchange.outcome.kind in (NoResponseKind.TIMEOUT, NoResponseKind.DEADLINE)
    return exchange.status == 504


def is_doubtful_refusal(exchange: Exchange) -> bool:
    """Returns true if the answer says no, but its sender may not know what the server behind it did.

    It names another place, says that nothing has changed, wants a login, or lists members.
    """
    status = exchange.status
    return status is not None and (300 <= status < 400 or status == 207 or status in CHALLENGES)


def _lists_a_failure(exchange: Exchange) -> bool:
    """Returns true for a 207 with a member that failed: such a LOCK made no lock (RFC 4918 §9.10.9)."""
    if exchange.response is None:
        return False
    listed = read_error(exchange.response, exchange.request.url).multistatus
    return listed is not None and any(member.failed for member in listed.responses)


def proven_absent(evidence: Evidence, *, since: int = -1) -> bool:
    """Returns true if no lock was read after the exchange ``since``, on a server that shows every lock."""
    shows = evidence.server is not None and evidence.server.shows_locks is True
    read = isinstance(evidence.locks, Known) and evidence.locks.exchange > since
    return shows and read and not evidence.covering


def made_no_lock(send: Send, request: Request) -> bool:
    """Returns true if PROPFIND proves that the LOCK ``request``, which was refused with 429, made no lock.

    An empty lockdiscovery proves that on a product known to show its locks, or beside another lock that it shows.
    Elsewhere it proves nothing: some servers hide locks, and some show a new lock late. A lock whose owner is hidden
    may be the one.
    """
    probe = Probe(send, request.url, stay_within=request.url)
    probe.propfind(request.url, LOCK_PROPERTIES)
    evidence = probe.evidence(inquiry=True)
    if not isinstance(evidence.locks, Known):
        return False
    if not evidence.covering:
        return proven_absent(evidence)
    sent = unescaped(request.body.decode()) if isinstance(request.body, bytes) else ""
    owners = [entry.lock.owner.xml.strip() if entry.lock.owner is not None else "" for entry in evidence.covering]
    return not any(not owner or unescaped(owner) in sent for owner in owners)


def search(evidence: Evidence, sent: RequestedLock) -> LockSearch:
    """Search the locks that were read for the lock that ``sent`` made."""
    shown = evidence.covering

    def left(why: str) -> LockSearch:
        return LockSearch(why=why, shown=shown)

    if not isinstance(evidence.locks, Known) or not shown:
        return left("the server shows no lock")
    if not sent.owner:
        return left("the ledger does not say which owner davlock sent")
    owned = [entry for entry in shown if _is_owned(entry, sent)]
    if not owned:
        return left(_others(shown))
    if len(owned) > 1:
        return left(f"{len(owned)} locks have the owner that davlock sent")
    (own,) = owned
    wrong = _why_not(own, sent)
    if wrong or own.lock.token is None:
        return left(wrong or "the server hides the token of the lock")
    return LockSearch(
        token=own.lock.token, why="it is the only lock here with the owner that davlock sent", shown=shown
    )


def refused_by_own(report: ProbeResult, own: tuple[OwnLock, ...]) -> ProbeResult:
    """The report of a refused LOCK, to be judged by one who knows that ``own`` may be what is in the way."""
    evidence = report.evidence
    mine = evidence.mine | {lock.token for lock in own}
    return replace(report, evidence=replace(evidence, own=own, mine=mine))


def held_in(own: tuple[OwnLock, ...], token: LockToken, *, typed: bool) -> tuple[str, ...]:
    """The tokens that a probe holds beside ``own``: ``token``, unless it is known from nowhere but the ledger."""
    return (token.uri,) if typed or not is_among(token.uri, tuple(lock.token for lock in own)) else ()


def taken_over(evidence: Evidence, token: LockToken) -> str:
    """Why the lock that shows ``token``, which davlock was granted, is somebody else's; empty where it is not."""
    for entry in evidence.covering:
        if entry.lock.token == token and owner_since(entry.lock, evidence.own):
            return (
                f"this lock has your token, but another owner: {holder(entry)}. This server may give every"
                f" lock here the same token. If the lock is yours all the same, add: --token {token.uri}"
            )
    return ""


def _is_owned(entry: ObservedLock, sent: RequestedLock) -> bool:
    """Returns true if the whole owner is what davlock sent: plain text, without elements of its own."""
    owner = entry.lock.owner
    return owner is not None and sent.owner is not None and owner.xml == escaped(sent.owner).strip()


def _why_not(entry: ObservedLock, sent: RequestedLock) -> str:
    """What about a lock of the right owner is not as davlock asked for; empty where all is."""
    stated = entry.lock.root.url if entry.lock.root is not None else entry.root
    if stated is None:
        return "nobody knows where the lock was taken"
    if not same_path(stated, sent.url):
        return f"the lock was taken on {stated}"
    if not same_path(entry.url, sent.url):
        return f"the server shows the lock only on {entry.url}"
    if entry.lock.depth is not sent.depth:
        return f"the depth of the lock is {_value(entry.lock.depth)}, and davlock asked for {sent.depth.value}"
    if entry.lock.scope is not sent.scope:
        return f"the lock is {_value(entry.lock.scope)}, and davlock asked for {sent.scope.value}"
    return ""


def _value(word: Depth | LockScope | None) -> str:
    return word.value if word is not None else "not known"


def _others(shown: tuple[ObservedLock, ...]) -> str:
    """In words, whose the locks are that do not have the owner that davlock sent."""
    owners = tuple(dict.fromkeys(f"“{entry.lock.claimed}”" for entry in shown if entry.lock.claimed))
    if not owners:
        return "the server hides the owner of the lock"
    return f"davlock sent another owner than {', '.join(owners)}"
