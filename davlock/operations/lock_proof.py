"""Whether a lock that was granted keeps anybody out: what ``lock``, ``diagnose --attempt lock`` and ``check`` believe.

A lock is believed when it is read back. Where the server shows none, a second exclusive LOCK decides, with a body and
without If: refused with 423, the first lock holds; granted while the first should stand, it is for show. Nothing else
proves anything: servers that keep no locks accept every refresh, too.
"""

from dataclasses import dataclass
from enum import Enum

from davlock.diagnosis.evidence import Evidence, from_exchanges
from davlock.diagnosis.fact import Known
from davlock.diagnosis.presence import reappearance
from davlock.diagnosis.wording import never_ends
from davlock.errors import Cancelled
from davlock.ledger import Ledger, State
from davlock.operations import gather
from davlock.operations.case import Case
from davlock.operations.release import release
from davlock.operations.results import Outcome
from davlock.protocol import requests
from davlock.protocol.lock import Depth, LockScope, LockToken
from davlock.protocol.message import Exchange

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


def of_second_lock(second: Exchange, *, granted: bool) -> Proof:
    """What the answer to a second exclusive LOCK, sent without If, proves of the first lock.

    ``granted`` says whether its answer describes a lock.
    """
    if second.status == 423:
        return Proof.HOLDS
    return Proof.FAKE if second.status in (200, 201) and granted else Proof.UNKNOWN


def prove(case: Case, subject: int, token: LockToken, *, owner: str | None, ledger: Ledger) -> Proven:
    """Find out whether the lock that the exchange ``subject`` granted is there. Its token is ``token``.

    Where an exclusive LOCK was granted twice, every grant is released: each token once. ``owner`` is who the second
    LOCK names. The ledger knows of the second LOCK before it is sent.

    Raises LocalProtocolError where the ledger cannot be written, and what the sender raises.
    """
    case.propfind(case.target, requests.LOCK_PROPERTIES)
    evidence = case.evidence(subject)
    if any(entry.token == token.uri for entry in evidence.covering) and _read_since(evidence, subject):
        return Proven(Proof.HOLDS)
    if _read_since(evidence, subject) and _only_new_lock(evidence):
        return Proven(Proof.HOLDS, "the server shows the lock without its token")
    if _read_since(evidence, subject) and not any(entry.token is None for entry in evidence.covering):
        gather.look_again(case, subject, (token.uri,))
        evidence = case.evidence(subject)
        if reappearance(evidence) is not None:
            return Proven(Proof.UNSHARED, "one worker of the server knows the lock, and another does not")
    if why := _why_not_tried(evidence):
        return Proven(Proof.UNKNOWN, why)
    return _try_second(case, subject, token, owner=owner, ledger=ledger)


def _read_since(evidence: Evidence, subject: int) -> bool:
    return isinstance(evidence.locks, Known) and evidence.locks.exchange > subject


def _only_new_lock(evidence: Evidence) -> bool:
    """Whether a lock is shown without its token where none was before: it is the one that was granted."""
    free = isinstance(evidence.locks_before, Known) and not evidence.locks_before.value
    return free and len(evidence.covering) == 1 and evidence.covering[0].token is None


def _why_not_tried(evidence: Evidence) -> str:
    """Why a second LOCK would prove nothing; empty where it would."""
    server, granted = evidence.server, evidence.granted
    if server is not None and server.same_user_locks_again:
        return f"{server.title} does not show the lock, and grants the same user a second one"
    timeout = granted.timeout if granted is not None else None
    if timeout is not None and timeout.seconds == 0 and not never_ends(timeout, evidence):
        return "the lock was granted for no time at all"
    return ""


def _may_have_ended(evidence: Evidence) -> bool:
    """Whether the first lock was granted for so short a time that it can be over already."""
    timeout = evidence.granted.timeout if evidence.granted is not None else None
    if timeout is None or never_ends(timeout, evidence) or timeout.seconds is None:
        return False
    return timeout.seconds < SHORTEST


def _try_second(case: Case, subject: int, token: LockToken, *, owner: str | None, ledger: Ledger) -> Proven:
    run = ledger.new_run()
    owner = requests.owner_of_run(owner, run)
    ledger.intend(run, case.target, owner=owner, scope=LockScope.EXCLUSIVE, depth=Depth.ZERO, kept=False)
    request = requests.lock(case.target, scope=LockScope.EXCLUSIVE, depth=Depth.ZERO, seconds=SECONDS, owner=owner)
    try:
        second = case.ask(request)
    except KeyboardInterrupt as interrupt:
        left = f"a second LOCK was on its way to {case.target}; release it with: davlock ledger recover"
        raise Cancelled.after(interrupt, left) from None
    grant = from_exchanges([second], target=case.target, subject=0, profiles=case.profiles).granted
    proof = of_second_lock(second, granted=grant is not None and grant.token is not None)
    if proof is Proof.HOLDS:
        ledger.dropped(run)
        return Proven(proof, "the server does not show the lock; a second LOCK was refused with 423")
    if proof is Proof.UNKNOWN or grant is None or grant.token is None:
        if second.status is not None and second.status < 500:
            ledger.dropped(run)
        answer = f"answered {second.status}" if second.status is not None else "not answered"
        return Proven(proof, f"the server does not show the lock, and a second LOCK was {answer}")
    ledger.granted(run, grant.token, root=None, timeout=grant.timeout)
    ended = _may_have_ended(case.evidence(subject))
    for granted in dict.fromkeys((grant.token,) if ended else (grant.token, token)):
        ending = release(case, granted)
        if granted == grant.token and ending.outcome in (Outcome.RELEASED, Outcome.ALREADY_GONE):
            ledger.settle(run, State.RELEASED)
        elif ending.outcome not in (Outcome.RELEASED, Outcome.ALREADY_GONE):
            way = f"davlock unlock {case.target} --token '{granted}'"
            case.skip("UNLOCK", f"the lock {granted} was not released ({ending.why}); try: {way}")
    if ended:
        return Proven(Proof.UNKNOWN, "the server does not show the lock, and it may have ended already")
    return Proven(Proof.FAKE, "an exclusive LOCK was granted twice")
