"""LOCK and refresh, each read back before success is claimed: a 2xx alone proves nothing."""

from collections.abc import Callable
from dataclasses import replace

from davlock.diagnosis.evidence import CHALLENGES, Evidence
from davlock.diagnosis.fact import Known, Unreadable
from davlock.diagnosis.grant import differences
from davlock.diagnosis.predicates.resource import resource_gone
from davlock.diagnosis.predicates.token_reading import TokenReading, token_reading
from davlock.diagnosis.resource import OwnLock
from davlock.errors import Cancelled, LocalProtocolError, RemoteProtocolError
from davlock.ledger import Ledger, State
from davlock.locks.sent_owner import owner_of_another
from davlock.operations import investigate
from davlock.operations.give_back import give_back
from davlock.operations.lock_proof import Proof, prove
from davlock.operations.own_lock import (
    RequestedLock,
    granted_token,
    held_in,
    is_doubtful_refusal,
    lock_of_run,
    may_arrive_late,
    may_have_made,
    proven_absent,
    search,
    taken_over,
)
from davlock.operations.probe import Probe, ProbeResult
from davlock.operations.results import Achieved
from davlock.protocol import requests
from davlock.protocol.if_header import IfHeader
from davlock.protocol.lock import Depth, LockScope, LockToken
from davlock.protocol.requests import LOCK_PROPERTIES, STATE_PROPERTIES
from davlock.protocol.web_page import page_instead
from davlock.servers import PROFILES
from davlock.servers.profile import Profile
from davlock.transport.base import Send
from davlock.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRequest:
    """The lock that is wanted; ``seconds`` is the timeout asked for."""

    scope: LockScope = LockScope.EXCLUSIVE
    depth: Depth = Depth.ZERO
    seconds: int = 600
    owner: str | None = None
    create: bool = False
    """True if LOCK may create an empty resource where there is none."""
    kept: bool = True
    """True if the lock shall outlive this process."""
    spell: Callable[[str], str] = str
    """How the caller spells an option of the command line."""


def lock(
    send: Send, url: str, wish: LockRequest, *, ledger: Ledger, profiles: tuple[Profile, ...] = PROFILES
) -> ProbeResult:
    """Take a lock on ``url``, and note it down in ``ledger`` before and after.

    Raises Cancelled, saying what may be left behind, when interrupted once the LOCK is on its way, and
    LocalProtocolError, before anything is sent that changes something, where the ledger cannot be written. Whatever
    goes wrong after the grant, the lock is released: its token would be lost.
    """
    probe = Probe(send, url, profiles=profiles, stay_within=url)
    state = probe.propfind(url, STATE_PROPERTIES)
    asked = probe.last
    there = probe.evidence(inquiry=True).exists  # by PROPFIND alone: a front end may say 200 to any HEAD
    investigate.read_what_was_refused(probe, state)
    if state.response is None or state.status in CHALLENGES:
        return probe.report(probe.evidence(subject=asked), Achieved.NO)
    if isinstance(there, Known) and not there.value and not wish.create:
        probe.skip(
            "LOCK",
            f"there is nothing at this URL, and LOCK would create an empty file ({wish.spell('--create')} allows that)",
        )
        return probe.report(probe.evidence(subject=asked), Achieved.NO)
    if not isinstance(there, Known) and not wish.create and state.response.ok and state.status != 207:
        # A page of something in front: it would answer a LOCK in the same way.
        return probe.report(probe.evidence(subject=asked), Achieved.NO)
    if not isinstance(there, Known) and not wish.create:
        why = "davlock could not find out whether there is anything at this URL"
        probe.skip("LOCK", f"{why}; {wish.spell('--create')} locks it all the same")
        return probe.report(probe.evidence(subject=asked), Achieved.NO)
    run = ledger.new_run()
    owner = requests.owner_of_run(wish.owner, run)
    request = requests.lock(url, scope=wish.scope, depth=wish.depth, seconds=wish.seconds, owner=owner)
    ledger.intend(run, probe.target, owner=owner, scope=wish.scope, depth=wish.depth, kept=wish.kept)
    sent = RequestedLock(url=probe.target, owner=owner, scope=wish.scope, depth=wish.depth)
    subject = len(probe.exchanges)
    signalled: KeyboardInterrupt | None = None
    try:
        probe.ask(request)
    except KeyboardInterrupt as interrupt:
        if len(probe.exchanges) == subject:
            raise Cancelled.after(interrupt, f"the LOCK was on its way: {_may_exist(probe, owner, run)}") from None
        signalled = interrupt  # the answer came all the same
    exchange = probe.exchanges[subject]
    if exchange.status not in (200, 201) or page_instead(exchange) is not None:
        if signalled is not None and not may_have_made(exchange) and not is_doubtful_refusal(exchange):
            ledger.dropped(run)
            raise signalled
        try:
            evidence, unsettled = _settle(probe, subject, run, ledger, sent)
        except KeyboardInterrupt as interrupt:
            if not may_have_made(exchange):
                raise
            raise Cancelled.after(interrupt, _may_exist(probe, owner, run)) from None
        if signalled is not None:
            why = "; ".join(skip.why for skip in probe.skipped if skip.what == "LOCK")
            raise Cancelled.after(signalled, why) if why else signalled
        return replace(probe.report(evidence, Achieved.NO), unsettled=unsettled)
    token: LockToken | None = None
    try:
        granted = probe.evidence(subject)
        token = granted_token(granted)
        if token is None and run and (token := lock_of_run(probe, sent).token) is not None:
            probe.held += (token.uri,)
            probe.skip("token", "the answer to LOCK has no token; davlock found the lock by its owner")
        if token is not None:
            active = granted.granted
            root = active.root.url if active is not None and active.root is not None else None
            ledger.granted(run, token, root=root, timeout=active.timeout if active is not None else None)
        if signalled is not None:
            raise signalled
        if token is not None:
            IfHeader.untagged(token)  # refuses one that no request can carry: such a lock is of no use
        report = _after_lock(probe, subject, token, wish, ledger)
        if token is not None and _owner_changed(granted, report.evidence, token, owner):
            ledger.owner_changed(run)
        return report
    except BaseException as error:
        left, released = give_back(probe, token, probe.evidence(subject), hurry=isinstance(error, KeyboardInterrupt))
        if released:
            ledger.settle(run, State.RELEASED)
        if isinstance(error, Cancelled):
            raise Cancelled(error.signum, f"{left}; {error.left_behind}") from None
        if isinstance(error, KeyboardInterrupt):
            raise Cancelled.after(error, left) from None
        if isinstance(error, LocalProtocolError):  # its token is no fault of the person's
            raise RemoteProtocolError(f"LOCK {probe.target}", left) from None
        raise


def _owner_changed(granted: Evidence, read: Evidence, token: LockToken, sent: str | None) -> bool:
    """Whether the server shows another owner than was sent, right after the LOCK: it is one that changes owners."""
    shown = (granted.granted, *(entry.lock for entry in read.covering if entry.lock.token == token))
    return any(lock is not None and bool(owner_of_another(lock, sent)) for lock in shown)


def _may_exist(probe: Probe, owner: str | None, run: str) -> str:
    """In words, what may be left of a LOCK whose effect is not known."""
    named = f" with the owner “{owner}”" if owner else ""
    ways = f"to check: davlock locks {probe.target}"
    if run:
        ways = f"{ways}; to release it: davlock ledger recover {probe.target}"
    answered = [exchange.status for exchange in probe.exchanges if exchange.request.method == "LOCK"]
    status = f" (the server answered {answered[-1]} to LOCK)" if answered and answered[-1] is not None else ""
    return f"a lock{named} may exist on {probe.target}{status}; {ways}"


def _settle(probe: Probe, subject: int, run: str, ledger: Ledger, sent: RequestedLock) -> tuple[Evidence, bool]:
    """After a LOCK that brought no lock, as its answer says: whether it made one all the same, which is released then.

    WsgiDAV was seen to answer 500, and to keep the lock. Returns what explains the answer, and whether a lock may be
    left. The row of such a lock stays in the ledger.
    """
    exchange = probe.exchanges[subject]
    unclear = may_have_made(exchange)
    token: LockToken | None = None
    if run and (unclear or is_doubtful_refusal(exchange)):
        token = lock_of_run(probe, sent).token
    if token is None and unclear:
        probe.propfind(probe.target, STATE_PROPERTIES)
        unclear = may_arrive_late(exchange) or not proven_absent(probe.evidence(inquiry=True), since=subject)
    evidence = investigate.explain_refusal(probe, subject)
    if run and token is None:
        token = search(evidence, sent).token
    if token is not None:
        left, released = give_back(probe, token, probe.evidence(inquiry=True))
        probe.skip("LOCK", f"no answer names the lock, but {left}")
        ledger.dropped(run) if released else ledger.granted(run, token, root=None, timeout=None)
        return probe.evidence(subject), not released
    # A gateway may want its login only when the server behind it has made the lock, and hide the locks, too.
    unclear = unclear or (exchange.status in CHALLENGES and not _was_read(evidence, since=subject))
    if unclear:
        probe.skip("LOCK", _may_exist(probe, sent.owner, run))
        evidence = _in_doubt(evidence)
    else:
        ledger.dropped(run)
    return evidence, unclear


def _in_doubt(evidence: Evidence) -> Evidence:
    """The evidence after a LOCK that may have left a lock: that none was shown does not make the target free."""
    if not isinstance(evidence.locks, Known) or evidence.locks.value:
        return evidence
    why = "a LOCK may have created a lock that the server does not show yet"
    return replace(evidence, locks=Unreadable(why, evidence.locks.exchange))


def _was_read(evidence: Evidence, *, since: int) -> bool:
    """Returns true if the locks were read after the exchange ``since``."""
    return isinstance(evidence.locks, Known) and evidence.locks.exchange > since


def covered_by(evidence: Evidence, token: LockToken) -> bool:
    """Returns true if the lock of ``token`` is among those that were read."""
    return token_reading(evidence, token) is TokenReading.SHOWN


def _after_lock(probe: Probe, subject: int, token: LockToken | None, wish: LockRequest, ledger: Ledger) -> ProbeResult:
    if token is None:
        probe.propfind(probe.target, STATE_PROPERTIES)
        probe.skip("token", "the answer to LOCK has no token; to release the lock: davlock ledger recover")
        return probe.report(probe.evidence(subject), Achieved.UNKNOWN)
    proven = prove(probe, subject, token, owner=wish.owner, ledger=ledger)
    evidence = probe.evidence(subject)
    if proven.why:
        probe.skip("lockdiscovery", proven.why)
    if proven.proof is Proof.UNKNOWN:
        return probe.report(evidence, Achieved.UNKNOWN)
    if proven.proof is Proof.UNSHARED:
        left, released = give_back(probe, token, evidence)
        probe.skip("LOCK", left)
        if released:
            ledger.ended(probe.target, token, State.RELEASED)
        return probe.report(evidence, Achieved.NO)
    if proven.proof is Proof.FAKE:
        ledger.ended(probe.target, token, State.LOST)  # it keeps nobody out
        return probe.report(evidence, Achieved.NO)
    # pywebdav3 grants depth 0 to Depth infinity: the members, which were to be locked, are not. The lock stays.
    less = any(difference.less for difference in differences(evidence))
    return probe.report(evidence, Achieved.NO if less else Achieved.YES)


def refresh(
    send: Send,
    url: str,
    token: LockToken,
    *,
    seconds: int,
    ledger: Ledger,
    own: tuple[OwnLock, ...] = (),
    profiles: tuple[Profile, ...] = PROFILES,
    read_first: bool = True,
    shown: bool = False,
    typed: bool = False,
) -> ProbeResult:
    """Extend the lock that ``token`` names.

    Unless the person has ``typed`` the token, no LOCK is sent where the server shows it with another owner.

    ``read_first``: read whether the resource is there, and send no LOCK where it is missing. nginx makes an empty file
    and a new lock of a refresh with a token that it does not know. ``shown`` says that the server has shown this lock
    before. ``own`` are the locks there that davlock took.
    """
    held = held_in(own, token, typed=typed)
    probe = Probe(send, url, held=held, own=own, profiles=profiles, stay_within=url)
    report = _refresh(probe, token, seconds=seconds, read_first=read_first, shown_before=shown, typed=typed)
    granted = report.evidence.granted
    if report.achieved is Achieved.YES:
        ledger.renewed(url, token, granted.timeout if granted is not None else None)
    elif (new := renamed(report, token)) is not None:
        ledger.renewed(url, new, granted.timeout if granted is not None else None, was=token)
    elif lost(report, token):
        ledger.ended(url, token, State.LOST)
    return report


def renamed(report: ProbeResult, token: LockToken) -> LockToken | None:
    """The new token that a refresh gave the lock of ``token``, where the old one is gone with it."""
    evidence = report.evidence
    new = evidence.granted.token if evidence.granted is not None else None
    if new is None or new == token or report.achieved is Achieved.YES or covered_by(evidence, token):
        return None
    if resource_gone(evidence):
        return None
    return new if covered_by(evidence, new) or not isinstance(evidence.locks, Known) else None


def lost(report: ProbeResult, token: LockToken) -> bool:
    """Returns true if a refresh that failed proves that the lock is gone.

    The server said that the token is not valid, or later readings do not show it, or the resource is gone.
    """
    evidence = report.evidence
    if report.achieved is not Achieved.NO or evidence.no_response is not None or covered_by(evidence, token):
        return False
    status = evidence.response.status if evidence.response is not None else None
    if isinstance(evidence.token_alive, Known) and not evidence.token_alive.value:
        return True
    if status is not None and status < 300 and resource_gone(evidence):
        return True
    if status == 412 and not isinstance(evidence.locks, Known):
        return True  # rclone shows no locks, and has no other words for a token that it does not know
    if evidence.method == "PROPFIND":
        return isinstance(evidence.exists, Known) and not evidence.exists.value  # its lock has gone with the resource
    about_the_lock = status is not None and (status < 300 or status in (400, 404, 409, 412, 423))
    return about_the_lock and token_reading(evidence, token, after=evidence.subject or 0) is TokenReading.MISSING


def _refresh(
    probe: Probe, token: LockToken, *, seconds: int, read_first: bool, shown_before: bool, typed: bool
) -> ProbeResult:
    url = probe.target
    if read_first:
        state = probe.propfind(url, STATE_PROPERTIES)
        there = probe.evidence(inquiry=True).exists
        missing = isinstance(there, Known) and not there.value
        if state.response is None or state.status in CHALLENGES or missing:
            return probe.report(probe.evidence(subject=probe.last), Achieved.NO)
        evidence = probe.evidence(inquiry=True)
        if not typed and (why := taken_over(evidence, token)):
            probe.skip("LOCK", why)
            return probe.report(evidence, Achieved.NO)
    exchange = probe.ask(requests.refresh(url, token, seconds=seconds))
    subject = probe.last
    # 207: Apache refreshes the root of a deep lock alone, and names the members where it has run out since.
    if (
        exchange.status is None
        or exchange.status >= 300
        or exchange.status == 207
        or page_instead(exchange) is not None
    ):
        return probe.report(investigate.explain_refusal(probe, subject), Achieved.NO)
    probe.propfind(probe.target, LOCK_PROPERTIES)
    evidence = probe.evidence(subject)
    reading = token_reading(evidence, token, after=subject)
    if resource_gone(evidence):
        return probe.report(evidence, Achieved.NO)  # the lock is gone with it: the answer is an echo
    missing = reading is TokenReading.MISSING
    if reading is TokenReading.UNTOLD or (missing and not shown_before and _hides(evidence)):
        what = "tokens" if evidence.covering else "its locks"
        probe.skip(
            "lockdiscovery", f"the server does not show {what}, so only its answer says that the lock is renewed"
        )
        named = evidence.granted is not None and evidence.granted.token == token
        return probe.report(evidence, Achieved.YES if named else Achieved.UNKNOWN)
    return probe.report(evidence, Achieved.NO if missing else Achieved.YES)


def _hides(evidence: Evidence) -> bool:
    """Returns true if an empty lockdiscovery proves nothing here, and is empty."""
    return not evidence.covering and (evidence.server is None or evidence.server.shows_locks is not True)
