"""Whether a lock that was granted keeps anybody out: what ``lock``, ``diagnose --attempt lock`` and ``check`` believe.

A lock is believed when it is read back. Where the server shows none, a second exclusive LOCK decides, with a body and
without If: refused with 423, the first lock holds; granted while the first should stand, it is for show. Nothing else
proves anything: servers that keep no locks accept every refresh, too.
"""

from enum import Enum

from davlock.diagnosis.build_evidence import from_exchanges
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.predicates.presence import reappearance
from davlock.diagnosis.predicates.token_reading import TokenReading, token_reading
from davlock.diagnosis.wording import never_ends
from davlock.errors import Cancelled, LocalProtocolError
from davlock.ledger import Ledger, State
from davlock.operations import investigate
from davlock.operations.give_back import give_back
from davlock.operations.own_lock import (
    RequestedLock,
    granted_token,
    is_doubtful_refusal,
    lock_of_run,
    may_arrive_late,
    may_have_made,
    proven_absent,
)
from davlock.operations.probe import Probe
from davlock.operations.release import release
from davlock.operations.results import ReleaseOutcome
from davlock.protocol import requests
from davlock.protocol.lock import Depth, LockScope, LockToken
from davlock.protocol.message import Exchange
from davlock.protocol.web_page import page_instead
from davlock.values import dataclass

SECONDS = 60
"""What the second LOCK asks for: should it be granted and its release be lost, it ends by itself."""

SHORTEST = 5.0
"""Seconds. A lock that was granted for less can have ended before the second LOCK."""


class Proof(Enum):
    """What is known of a lock that was granted."""

    HOLDS = "holds"
    FAKE = "fake"
    """An exclusive LOCK was granted twice."""
    UNSHARED = "unshared"
    """One worker of the server knows the lock, and another does not."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Proven:
    """A proof, and in words what it rests on where that is not the lock itself, read back."""

    proof: Proof
    why: str = ""


def hold_second_lock(second: Exchange, *, granted: bool) -> Proof:
    """What the answer to a second exclusive LOCK, sent without If, proves of the first lock.

    ``granted`` says whether its answer describes a lock, or names a token.
    """
    if second.status == 423:
        return Proof.HOLDS
    return Proof.FAKE if second.status in (200, 201) and granted else Proof.UNKNOWN


def prove(probe: Probe, subject: int, token: LockToken, *, owner: str | None, ledger: Ledger) -> Proven:
    """Find out whether the lock that the exchange ``subject`` granted is there. Its token is ``token``.

    If it granted an exclusive lock twice, every grant is released: each token once. ``owner`` is who the second
    LOCK names. The ledger knows of the second LOCK before it is sent.

    Raises LocalProtocolError where the ledger cannot be written, and what the sender raises.
    """
    probe.propfind(probe.target, requests.LOCK_PROPERTIES)
    evidence = probe.evidence(subject)
    reading = token_reading(evidence, token, after=subject)
    if reading is TokenReading.SHOWN:
        return Proven(Proof.HOLDS)
    if _read_since(evidence, subject) and _only_new_lock(evidence):
        return Proven(Proof.HOLDS, "the server shows the lock without its token")
    if reading is TokenReading.MISSING:
        investigate.look_again(probe, subject, (token.uri,))
        evidence = probe.evidence(subject)
        if reappearance(evidence) is not None:
            return Proven(Proof.UNSHARED, "one worker of the server knows the lock, but another does not")
    if why := _why_not_tried(evidence):
        return Proven(Proof.UNKNOWN, why)
    return _try_second(probe, subject, token, owner=owner, ledger=ledger)


def _read_since(evidence: Evidence, subject: int) -> bool:
    return isinstance(evidence.locks, Known) and evidence.locks.exchange > subject


def _only_new_lock(evidence: Evidence) -> bool:
    """Returns true if a lock is shown without its token where none was before: it is the one that was granted."""
    free = isinstance(evidence.locks_before, Known) and not evidence.locks_before.value
    return free and len(evidence.covering) == 1 and evidence.covering[0].token is None


def _why_not_tried(evidence: Evidence) -> str:
    """Why a second LOCK would prove nothing; empty where it would."""
    server, granted = evidence.server, evidence.granted
    if server is not None and server.same_user_locks_again:
        return f"{server.title} does not show the lock, and grants its user a second one"
    timeout = granted.timeout if granted is not None else None
    if timeout is not None and timeout.seconds == 0 and not never_ends(timeout, evidence):
        return "the server granted the lock for no time at all"
    return ""


def _may_have_ended(evidence: Evidence) -> bool:
    """Returns true if the first lock was granted for so short a time that it can be over already."""
    timeout = evidence.granted.timeout if evidence.granted is not None else None
    if timeout is None or never_ends(timeout, evidence) or timeout.seconds is None:
        return False
    return timeout.seconds < SHORTEST


def _try_second(probe: Probe, subject: int, token: LockToken, *, owner: str | None, ledger: Ledger) -> Proven:
    run = ledger.new_run()
    owner = requests.owner_of_run(owner, run)
    number = len(probe.exchanges)
    sent = RequestedLock(url=probe.target, owner=owner, scope=LockScope.EXCLUSIVE, depth=Depth.ZERO)
    try:
        ledger.intend(run, probe.target, owner=owner, scope=sent.scope, depth=sent.depth, kept=False)
        probe.ask(requests.lock(probe.target, scope=sent.scope, depth=sent.depth, seconds=SECONDS, owner=owner))
        return _judge_second(probe, subject, token, number, _Second(sent=sent, run=run, ledger=ledger))
    except KeyboardInterrupt as interrupt:
        raise Cancelled.after(interrupt, _leave_second(probe, number, run, ledger)) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Second:
    """The second LOCK, and its row."""

    sent: RequestedLock
    run: str
    ledger: Ledger


def _judge_second(probe: Probe, subject: int, first: LockToken, number: int, lock: _Second) -> Proven:
    """What the second LOCK, the exchange ``number``, proves; both locks are released where it was granted."""
    second = probe.exchanges[number]
    grant = _grant_of(probe, number)
    granted = granted_token(grant)
    proof = hold_second_lock(second, granted=granted is not None)
    if proof is Proof.HOLDS:
        lock.ledger.dropped(lock.run)
        return Proven(proof, "the server does not show the lock; a second LOCK was refused with 423")
    if granted is None:
        granted = _look_for_second(probe, second, lock)
        answer = f"answered {second.status}" if second.status is not None else "not answered"
        if granted is None:
            return Proven(Proof.UNKNOWN, f"the server does not show the lock, and a second LOCK was {answer}")
    lock.ledger.granted(lock.run, granted, root=None, timeout=grant.granted.timeout if grant.granted else None)
    ended = _may_have_ended(probe.evidence(subject))
    for token in dict.fromkeys((granted,) if ended else (granted, first)):
        try:
            ending = release(probe, token)
        except LocalProtocolError as error:  # the server chose that token
            probe.skip("UNLOCK", f"the lock {token} stays until its time is over: {error.what}")
            continue
        if token == granted and ending.outcome in (ReleaseOutcome.RELEASED, ReleaseOutcome.ALREADY_GONE):
            lock.ledger.settle(lock.run, State.RELEASED)
        elif ending.outcome not in (ReleaseOutcome.RELEASED, ReleaseOutcome.ALREADY_GONE):
            way = f"davlock unlock {probe.target} --token '{token}'"
            probe.skip("UNLOCK", f"the lock {token} was not released ({ending.why}); try: {way}")
    if ended:
        return Proven(Proof.UNKNOWN, "the server does not show the lock, and it may have ended already")
    return Proven(Proof.FAKE, "the server granted an exclusive lock twice")


def _grant_of(probe: Probe, number: int) -> Evidence:
    """The answer to the second LOCK by itself; a web page grants nothing."""
    second = probe.exchanges[number]
    if page_instead(second) is not None:
        return Evidence(target=probe.target)
    return from_exchanges([second], target=probe.target, subject=0, profiles=probe.profiles)


def _look_for_second(probe: Probe, second: Exchange, lock: _Second) -> LockToken | None:
    """Look for the lock of a second LOCK whose answer names none; its row stays where nothing proves that none is."""
    denied = not may_have_made(second)
    if denied and not is_doubtful_refusal(second):
        lock.ledger.dropped(lock.run)
        return None
    if not lock.run:
        return None
    if (token := lock_of_run(probe, lock.sent).token) is not None:
        return token
    absent = denied or proven_absent(probe.evidence(inquiry=True), since=probe.exchanges.index(second))
    if absent and not may_arrive_late(second):
        lock.ledger.dropped(lock.run)
    else:
        probe.skip("LOCK", "a second LOCK may have created a lock; to look for it later: davlock ledger recover")
    return None


def _leave_second(probe: Probe, number: int, run: str, ledger: Ledger) -> str:
    """After an interrupt: release the second lock if it is known; in words, what is left of it."""
    way = f"to release it: davlock ledger recover {probe.target}"
    if len(probe.exchanges) <= number:
        return f"a second LOCK was on its way to {probe.target}; {way}"
    token = granted_token(_grant_of(probe, number))
    if token is None and not may_have_made(probe.exchanges[number]):
        ledger.dropped(run)
        return "a second LOCK was refused"
    if token is None:
        return f"a second LOCK may have created a lock on {probe.target}; {way}"
    ledger.granted(run, token, root=None, timeout=None)
    left, released = give_back(probe, token, probe.evidence(number), hurry=True)
    if released:
        ledger.settle(run, State.RELEASED)
    return left
