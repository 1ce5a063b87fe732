"""LOCK, refresh and UNLOCK, each looked at again before success is claimed: a 2xx alone proves nothing."""

from dataclasses import dataclass

from davlock.diagnosis.age import NEVER_REFRESHED
from davlock.diagnosis.evidence import CHALLENGES, Evidence
from davlock.diagnosis.fact import Failed, Known, NotAsked
from davlock.diagnosis.resource import CoveringLock
from davlock.diagnosis.situation import unlock_token_refused
from davlock.errors import Cancelled, LocalProtocolError, RemoteProtocolError
from davlock.ledger import Ledger, State
from davlock.operations import gather
from davlock.operations.case import Case, Report
from davlock.operations.own_lock import SentLock, lock_of_run
from davlock.operations.results import Achieved
from davlock.protocol import requests
from davlock.protocol.lock import ActiveLock, Depth, LockScope, LockToken
from davlock.protocol.message import Exchange
from davlock.protocol.requests import LOCK_PROPERTIES, STATE_PROPERTIES
from davlock.protocol.url import same_path
from davlock.servers import PROFILES
from davlock.servers.profile import Profile
from davlock.transport.base import Send


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The lock that is wanted; ``seconds`` is the timeout asked for."""

    scope: LockScope = LockScope.EXCLUSIVE
    depth: Depth = Depth.ZERO
    seconds: int = 600
    owner: str | None = None
    create: bool = False
    """Whether LOCK may create an empty resource where there is none."""
    kept: bool = True
    """Whether the lock is meant to outlive this process."""


def lock(send: Send, url: str, wish: Wish, *, ledger: Ledger, profiles: tuple[Profile, ...] = PROFILES) -> Report:
    """Take a lock on ``url``, and note it down in ``ledger`` before and after.

    Raises Cancelled, saying what may be left behind, when interrupted once the LOCK is on its way, and
    LocalProtocolError, before anything is sent that changes something, where the ledger cannot be written. Whatever
    goes wrong after the grant, the lock is released: its token would be lost.
    """
    case = Case(send, url, profiles=profiles)
    state = case.propfind(url, STATE_PROPERTIES)
    if state.response is None or state.status in CHALLENGES:
        return case.report(case.evidence(subject=case.last), Achieved.NO)
    if state.status == 404 and not wish.create:
        case.skip("LOCK", "there is nothing at this URL, and LOCK would create an empty file: --create allows it")
        return case.report(case.evidence(subject=case.last), Achieved.NO)
    readable = state.status == 207 and isinstance(case.evidence(inquiry=True).exists, Known)
    if not readable and state.status != 404 and not wish.create:
        case.skip("LOCK", "whether there is anything at this URL could not be learned; --create locks it all the same")
        return case.report(case.evidence(subject=case.last), Achieved.NO)
    run = ledger.new_run()
    owner = requests.owner_of_run(wish.owner, run)
    request = requests.lock(url, scope=wish.scope, depth=wish.depth, seconds=wish.seconds, owner=owner)
    ledger.intend(run, case.target, owner=owner, scope=wish.scope, depth=wish.depth, kept=wish.kept)
    sent = SentLock(url=case.target, owner=owner, scope=wish.scope, depth=wish.depth)
    try:
        exchange = case.ask(request)
    except KeyboardInterrupt as interrupt:
        named = f" with the owner “{owner}”" if owner else ""
        ways = f"look with: davlock locks {case.target}" + ("; release it with: davlock ledger recover" if run else "")
        raise Cancelled.after(
            interrupt, f"the LOCK was on its way: a lock{named} may exist on {case.target}; {ways}"
        ) from None
    subject = case.last
    if exchange.status not in (200, 201):
        _settle(case, exchange, run, ledger, sent)
        return case.report(gather.explain_refusal(case, subject), Achieved.NO)
    token: LockToken | None = None
    try:
        granted = case.evidence(subject)
        token = granted_token(granted)
        if token is None and run and (token := lock_of_run(case, sent).token) is not None:
            case.held += (token.uri,)
            case.skip("token", "the answer to LOCK names no token; the lock was found by its owner")
        if token is not None:
            active = granted.granted
            root = active.root.url if active is not None and active.root is not None else None
            ledger.granted(run, token, root=root, timeout=active.timeout if active is not None else None)
        report = _after_lock(case, subject, token, wish)
    except BaseException as error:
        left, released = _give_back(case, token)
        if released:
            ledger.settle(run, State.RELEASED)
        if isinstance(error, KeyboardInterrupt):
            raise Cancelled.after(error, left) from None
        if isinstance(error, LocalProtocolError):  # its token is no fault of the person's
            raise RemoteProtocolError(f"LOCK {case.target}", left) from None
        raise
    if report.achieved is Achieved.NO and token is not None and not covered_by(report.evidence, token):
        ledger.settle(run, State.LOST)
    return report


def _settle(case: Case, exchange: Exchange, run: str, ledger: Ledger, sent: SentLock) -> None:
    """After a LOCK that was refused, or not answered: whether it made a lock all the same, which is released then.

    WsgiDAV was seen to answer 500, and to keep the lock.
    """
    if exchange.status is not None and exchange.status < 500:
        ledger.dropped(run)
        return
    token = lock_of_run(case, sent).token if run else None
    if token is not None:
        left, released = _give_back(case, token)
        case.skip("LOCK", f"there was no answer that names it, but {left}")
        if released:
            ledger.dropped(run)
        else:
            ledger.granted(run, token, root=None, timeout=None)
        return
    case.propfind(case.target, STATE_PROPERTIES)
    now = case.evidence(inquiry=True)
    if isinstance(now.locks, Known) and not now.covering and now.server is not None and now.server.shows_locks is True:
        ledger.dropped(run)
    elif run:
        case.skip("LOCK", "whether it made a lock is not known; to look for it later: davlock ledger recover")


def covered_by(evidence: Evidence, token: LockToken) -> bool:
    """Whether the lock of ``token`` is among those that were read."""
    return any(entry.token == token.uri for entry in evidence.covering)


def granted_token(evidence: Evidence) -> LockToken | None:
    """The token of the lock that a LOCK brought, where the answer names it."""
    if evidence.granted is not None and evidence.granted.token is not None:
        return evidence.granted.token
    return LockToken(next(iter(evidence.held))) if evidence.held else None


def _give_back(case: Case, token: LockToken | None) -> tuple[str, bool]:
    """Release a lock that nobody would know of; in words, what is left, and whether it was released."""
    if token is None:
        look = f"look with: davlock locks {case.target}"
        return f"a lock was taken on {case.target}, and its token is not known; {look}", False
    left = f"the lock {token} was taken on {case.target}"
    try:
        released = case.ask(requests.unlock(case.target, token)).status in (200, 204)
    except LocalProtocolError as error:
        return f"{left}, and stays until its time is over: {error.what}", False
    return (f"{left}, and released again" if released else left), released


def _after_lock(case: Case, subject: int, token: LockToken | None, wish: Wish) -> Report:
    if token is None:
        case.propfind(case.target, STATE_PROPERTIES)
        case.skip("token", "the answer to LOCK names no token; to release the lock: davlock ledger recover")
        return case.report(case.evidence(subject), Achieved.UNKNOWN)
    shown = _token_shown(case, subject, token)
    if shown:
        evidence = case.evidence(subject)
        shallow = evidence.granted is not None and evidence.granted.depth is Depth.ZERO
        # pywebdav3 grants depth 0 to Depth infinity: the members, which were to be locked, are not.
        return case.report(evidence, Achieved.NO if shallow and wish.depth is Depth.INFINITY else Achieved.YES)
    # Not shown: hidden, or not there. The token itself can be tried, by refreshing the lock that was just asked for.
    case.ask(requests.refresh(case.target, token, seconds=wish.seconds))
    evidence = case.evidence(subject)
    if isinstance(evidence.token_alive, Known):
        if evidence.token_alive.value:
            what = "tokens" if any(entry.token is None for entry in evidence.covering) else "the lock"
            case.skip("lockdiscovery", f"the server does not show {what}; the token was tried instead, and accepted")
        return case.report(evidence, Achieved.YES if evidence.token_alive.value else Achieved.NO)
    return case.report(evidence, Achieved.UNKNOWN)


def refresh(
    send: Send, url: str, token: LockToken, *, seconds: int, ledger: Ledger, profiles: tuple[Profile, ...] = PROFILES
) -> Report:
    """Extend the lock that ``token`` names."""
    report = _refresh(send, url, token, seconds=seconds, profiles=profiles)
    granted = report.evidence.granted
    if report.achieved is Achieved.YES:
        ledger.renewed(url, token, granted.timeout if granted is not None else None)
    elif (new := renamed(report, token)) is not None:
        ledger.renewed(url, new, granted.timeout if granted is not None else None, was=token)
    elif lost(report, token):
        ledger.ended(url, token, State.LOST)
    return report


def renamed(report: Report, token: LockToken) -> LockToken | None:
    """The new token that a refresh gave the lock of ``token``, where the old one is gone with it."""
    evidence = report.evidence
    new = evidence.granted.token if evidence.granted is not None else None
    if new is None or new == token or report.achieved is Achieved.YES or covered_by(evidence, token):
        return None
    return new if covered_by(evidence, new) or not isinstance(evidence.locks, Known) else None


def lost(report: Report, token: LockToken) -> bool:
    """Whether a refresh that failed proves that the lock is gone: the server said that the token is none, or it is not
    among the locks that were read since.
    """
    evidence = report.evidence
    if report.achieved is not Achieved.NO or evidence.no_response is not None or covered_by(evidence, token):
        return False
    status = evidence.response.status if evidence.response is not None else None
    if isinstance(evidence.token_alive, Known) and not evidence.token_alive.value:
        return True
    if status == 412 and not isinstance(evidence.locks, Known):
        return True  # rclone shows no locks, and has no other words for a token that it does not know
    shown = isinstance(evidence.locks, Known) and evidence.locks.exchange > (evidence.subject or 0)
    hidden = any(entry.token is None for entry in evidence.covering)
    return status is not None and (status < 300 or status in (400, 404, 409, 412, 423)) and shown and not hidden


def _refresh(
    send: Send, url: str, token: LockToken, *, seconds: int, profiles: tuple[Profile, ...] = PROFILES
) -> Report:
    case = Case(send, url, held=(token.uri,), profiles=profiles)
    exchange = case.ask(requests.refresh(url, token, seconds=seconds))
    subject = case.last
    # 207: Apache refreshes the root of a deep lock alone, and names the members where it has run out since.
    if exchange.status is None or exchange.status >= 300 or exchange.status == 207:
        return case.report(gather.explain_refusal(case, subject), Achieved.NO)
    shown = _token_shown(case, subject, token)
    evidence = case.evidence(subject)
    if shown is None or (not shown and _hides(evidence)):
        what = "tokens" if evidence.covering else "its locks"
        case.skip("lockdiscovery", f"the server does not show {what}: the answer to the refresh is all there is")
        named = evidence.granted is not None and evidence.granted.token == token
        return case.report(evidence, Achieved.YES if named else Achieved.UNKNOWN)
    return case.report(evidence, Achieved.YES if shown else Achieved.NO)


def unlock(
    send: Send,
    url: str,
    token: LockToken | None,
    *,
    steal: bool = False,
    at_root: bool = False,
    ledger: Ledger,
    profiles: tuple[Profile, ...] = PROFILES,
) -> Report:
    """Release a lock: the one that ``token`` names, or with ``steal`` the only one that the server shows.

    Raises LocalProtocolError where that is not exactly one, or the lock root is another URL and ``at_root`` is not
    given.
    """
    report, released = _unlock(send, url, token, steal=steal, at_root=at_root, profiles=profiles)
    if report.achieved is Achieved.YES and released is not None:
        ledger.ended(url, released, State.RELEASED)
    return report


def _unlock(
    send: Send,
    url: str,
    token: LockToken | None,
    *,
    steal: bool,
    at_root: bool,
    profiles: tuple[Profile, ...],
) -> tuple[Report, LockToken | None]:
    """What came of it, and which lock it was about."""
    case = Case(send, url, held=(token.uri,) if token else (), profiles=profiles)
    gather.read_state(case)
    before = case.evidence(inquiry=True)
    if before.no_response is not None or before.status in CHALLENGES:
        return case.report(before, Achieved.NO), token
    if token is None:
        token = _only_token(before, steal=steal)
    where = case.target
    lock_here = next((entry for entry in before.covering if entry.token == token.uri), _only_hidden(before))
    if lock_here is not None and lock_here.root is not None and not same_path(lock_here.root, case.target):
        if not at_root:
            raise LocalProtocolError(
                f"that lock was taken on {lock_here.root}",
                "add --at-root to release it there",
            )
        where = lock_here.root
    gather.read_vendor_locks(case)
    told = next((entry.lock for entry in case.evidence(inquiry=True).covering if entry.token == token.uri), None)
    exchange = case.ask(requests.unlock(where, token, fields=unlock_fields(told, before.server)))
    subject = case.last
    if exchange.status is None or not 200 <= exchange.status < 300 or exchange.status == 207:
        evidence = gather.explain_refusal(case, subject)
        if exchange.status in (400, 409, 412) and not isinstance(evidence.locks, Known):
            return case.report(evidence, Achieved.UNKNOWN), token  # this token locks nothing; another may
        gone = _is_gone(evidence, token, before)
        return case.report(evidence, Achieved.YES if gone else Achieved.NO), token
    shown = _token_shown(case, subject, token)
    was_shown = lock_here is not None
    vouched = before.server is not None and before.server.shows_locks is True
    if shown:
        return case.report(case.evidence(subject), Achieved.NO), token
    if case.exchanges[-1].status in (404, 410):
        return case.report(case.evidence(subject), Achieved.YES), token  # nothing is left that could be locked
    shows_tokens = any(entry.token is not None for entry in before.covering)
    if shown is False and (was_shown or vouched or shows_tokens):
        evidence = case.evidence(subject)
        # nginx says 204 to any token: a lock of before that is still there was the one to release.
        left = any(entry.token != token.uri for entry in evidence.covering) and not was_shown
        return case.report(evidence, Achieved.NO if left else Achieved.YES), token
    evidence = case.evidence(subject)
    if isinstance(evidence.locks, Known) and evidence.server is None:
        # Nothing was shown before or after. The token is not tried on a server that nobody knows: a refresh with a dead
        # token makes a lock on nginx.
        return case.report(evidence, Achieved.YES if not evidence.covering else Achieved.NO), token
    return _try_token(case, subject, token), token


def _only_hidden(before: Evidence) -> CoveringLock | None:
    """The lock without its token that a token must be of: the only one that is shown (sabre/dav 1.8 withholds them)."""
    only = before.covering[0] if len(before.covering) == 1 else None
    return only if only is not None and only.token is None else None


def _try_token(case: Case, subject: int, token: LockToken) -> Report:
    """Where locks are not shown, ask whether the token is still good: a refresh that is refused proves that it is
    not.
    """
    case.ask(requests.refresh(case.target, token, seconds=60))
    evidence = case.evidence(subject)
    if isinstance(evidence.token_alive, Known):
        if not evidence.token_alive.value:
            case.skip("lockdiscovery", "the server does not show its locks; the token was tried instead, and is dead")
        return case.report(evidence, Achieved.NO if evidence.token_alive.value else Achieved.YES)
    return case.report(evidence, Achieved.UNKNOWN)


def _is_gone(evidence: Evidence, token: LockToken, before: Evidence) -> bool:
    """Whether, after a refused UNLOCK, the lock is proven not to be there."""
    if any(entry.token == token.uri for entry in evidence.covering):
        return False
    if not isinstance(evidence.locks, Known) or evidence.covering:
        return False  # not told; or another lock is active, and the person meant to free the resource
    shows = before.server.shows_locks if before.server is not None else None
    # Where an empty lockdiscovery proves nothing (Apache), the refusal itself must say that the token locks nothing.
    status = evidence.cause.status if evidence.cause is not None else None
    return shows is True or (shows is None and (status in (400, 404, 409, 412) or unlock_token_refused(evidence)))


def unlock_fields(lock: ActiveLock | None, server: Profile | None) -> tuple[tuple[str, str], ...]:
    """What an UNLOCK needs besides the token: on Nextcloud, the lock of a person or an app takes a header field."""
    kind = dict(lock.vendor).get("nc:lock-owner-type") if lock is not None else None
    return server.unlocks_by_hand if server is not None and kind in NEVER_REFRESHED else ()


def _only_token(before: Evidence, *, steal: bool) -> LockToken:
    if not steal:
        raise LocalProtocolError(
            "no token was given", "add --token TOKEN, or --steal to use the one that the server shows"
        )
    tokens = [entry.lock.token for entry in before.covering if entry.lock.token is not None]
    if isinstance(before.locks, Failed | NotAsked):
        why = before.locks.reason if isinstance(before.locks, Failed) else before.locks.why
        raise LocalProtocolError(f"the server does not show its locks ({why})", "add --token TOKEN")
    if not tokens:
        found = "a lock without its token" if before.covering else "no lock"
        raise LocalProtocolError(f"the server shows {found} here", "there is nothing to release with --steal")
    if len(tokens) > 1:
        listed = ", ".join(str(token) for token in tokens)
        raise LocalProtocolError(f"{len(tokens)} locks are active here: {listed}", "choose one with --token TOKEN")
    return tokens[0]


def _token_shown(case: Case, subject: int, token: LockToken) -> bool | None:
    """Read the locks again: whether ``token`` is among them, or ``None`` where the server does not show all tokens."""
    case.propfind(case.target, LOCK_PROPERTIES)
    evidence = case.evidence(subject)
    if not isinstance(evidence.locks, Known) or evidence.locks.exchange <= subject:
        return None
    if any(entry.token == token.uri for entry in evidence.covering):
        return True
    return None if any(entry.token is None for entry in evidence.covering) else False


def _hides(evidence: Evidence) -> bool:
    """Whether an empty lockdiscovery proves nothing here, and is empty."""
    return not evidence.covering and (evidence.server is None or evidence.server.shows_locks is not True)
