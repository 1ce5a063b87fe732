"""Take a lock for a moment, to see whether it is granted: what tells where locks are hidden.

The one request of a diagnosis that changes something on the person's own resource, and only where the person asked for
it. It is never sent to a name that does not exist, which LOCK would create.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.errors import Cancelled
from davlock.ledger import Ledger, State
from davlock.operations.case import Case
from davlock.operations.give_back import unlocked
from davlock.operations.lock_answer import LockInterrupted
from davlock.operations.lock_proof import Proof, prove
from davlock.operations.own_lock import SentLock, lock_of_run, may_have_made, proven_absent
from davlock.operations.release import release
from davlock.operations.results import Achieved, Outcome
from davlock.protocol import requests
from davlock.protocol.lock import Depth, LockScope, LockToken

SECONDS = 10
"""Long enough to reach UNLOCK over a slow line."""

TOKEN_DEAD = frozenset({404, 409, 412})
"""Answers to UNLOCK after which a token of ours counts as released: it locks nothing here."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """The person's leave to change something. ``announce`` is told before each change, ``mark`` is a word that no other
    run has, so that what is left behind can be found; ``ledger`` is for locks on what is the person's own.
    """

    announce: Callable[[str], None]
    mark: str
    ledger: Ledger

    @property
    def owner(self) -> str:
        """What locks taken under this permit say of their owner."""
        return f"{requests.TRIAL} {self.mark}"


def insist(act: Callable[[], T]) -> T:
    """``act``, once more if it is interrupted: an impatient second Ctrl-C does not keep us from cleaning up."""
    try:
        return act()
    except KeyboardInterrupt:
        return act()


def worst_of_a_lock(evidence: Evidence, seconds: int) -> str:
    """How long a lock can stay whose UNLOCK is lost, in words."""
    if evidence.server is not None and evidence.server.keeps_longer:
        return evidence.server.keeps_longer
    return f"the server ends it after {seconds} s" + ("" if evidence.server else ", or later if it grants more")


def attempt_lock(case: Case, permit: Permit) -> int | None:
    """LOCK the target with Depth 0, prove that the lock keeps others out, and release it at once.

    Returns the number of the exchange that did not go well, if one did not. A lock that the server does not show is
    proved by a second LOCK. Raises Cancelled, saying what may be left behind, when interrupted: not before the lock was
    released, if it could be.
    """
    before = case.evidence(inquiry=True)
    if why := _why_not(before):
        case.skip("LOCK", why)
        return None
    run = permit.ledger.new_run()
    permit = replace(permit, mark=run or permit.mark)
    permit.announce(
        f"LOCK {case.target} for {SECONDS} s as “{permit.owner}”, then UNLOCK. If the server hides the lock, a second"
        f" LOCK tests it. Should the UNLOCK be lost: {worst_of_a_lock(before, SECONDS)}"
    )
    permit.ledger.intend(run, case.target, owner=permit.owner, scope=LockScope.EXCLUSIVE, depth=Depth.ZERO, kept=False)
    subject = len(case.exchanges)
    proof = Proof.UNKNOWN
    try:
        case.ask(
            requests.lock(case.target, scope=LockScope.EXCLUSIVE, depth=Depth.ZERO, seconds=SECONDS, owner=permit.owner)
        )
        proof = _proved(case, subject, permit, run)
        left = _released(case, subject, permit, run)
    except BaseException as error:
        unsure = _may_exist(case, permit, recoverable=bool(run))
        if isinstance(error, LockInterrupted) and error.at_once:
            raise Cancelled.after(error, unsure) from None
        try:
            left = insist(lambda: _released(case, subject, permit, run))
        except KeyboardInterrupt as impatient:
            raise Cancelled.after(impatient, unsure) from None
        told = left or f"the lock on {case.target} was released again"
        if isinstance(error, Cancelled):  # it says what became of the second lock
            raise Cancelled(error.signum, f"{told}; {error.left_behind}") from None
        if isinstance(error, KeyboardInterrupt):
            raise Cancelled.after(error, told) from None
        if left:
            permit.announce(left)
        raise
    if left:
        permit.announce(left)
        case.skip("UNLOCK", left)
    if proof is Proof.FAKE or case.exchanges[subject].status not in (200, 201):
        return subject
    unlocks = [index for index, entry in enumerate(case.exchanges) if entry.request.method == "UNLOCK"]
    if not left or not unlocks:
        return subject if left else None
    answer = case.exchanges[unlocks[-1]].response
    return unlocks[-1] if answer is not None and answer.ok else None


def _proved(case: Case, subject: int, permit: Permit, run: str) -> Proof:
    """What is known of the lock that the LOCK brought; the ledger learns of it first."""
    token = _granted(case, subject)
    if token is None or case.exchanges[subject].status not in (200, 201):
        return Proof.UNKNOWN
    permit.ledger.granted(run, token, root=None, timeout=None)
    proven = prove(case, subject, token, owner=permit.owner, ledger=permit.ledger)
    if proven.why:
        case.skip("lockdiscovery", proven.why)
    return proven.proof


def _why_not(before: Evidence) -> str:
    if before.subject is not None:
        return "the resource could not be read, so no lock was tried on it"
    if not isinstance(before.exists, Known):
        return "whether there is anything at this URL could not be learned, and LOCK would create an empty file"
    if not before.exists.value:
        return "there is nothing at this URL, and LOCK would create an empty file"
    if before.covering:
        return "the server shows a lock, so there was no need to try one"
    if before.held and not (before.server is not None and before.server.shows_locks):
        return "the lock whose token you hold would refuse another one, and prove nothing"
    return ""


def _released(case: Case, subject: int, permit: Permit, run: str) -> str:
    """Release it, and settle its row; in words, what is left."""
    token = _granted(case, subject) if len(case.exchanges) > subject else None
    if token is not None:
        permit.ledger.granted(run, token, root=None, timeout=None)
    left = _release(case, subject, permit, recoverable=bool(run))
    if not left:
        permit.ledger.settle(run, State.RELEASED) if token is not None else permit.ledger.dropped(run)
    return left


def _release(case: Case, subject: int, permit: Permit, *, recoverable: bool) -> str:
    """Release what the LOCK brought about, if anything; in words, what is left of it.

    ``recoverable`` says that the ledger has a row of it.
    """
    answered = len(case.exchanges) > subject
    if answered and not may_have_made(case.exchanges[subject]):
        return ""
    token = _granted(case, subject) if answered else None
    # WsgiDAV was seen to answer 500 to a LOCK, and to keep the lock.
    sent = SentLock(url=case.target, owner=permit.owner, scope=LockScope.EXCLUSIVE, depth=Depth.ZERO)
    token = token or lock_of_run(case, sent).token
    if token is None:
        if answered and case.exchanges[subject].status is not None and proven_absent(case.evidence(inquiry=True)):
            return ""
        return _may_exist(case, permit, recoverable=recoverable)
    if unlocked(case, token, subject):
        return ""
    ending = release(case, token)
    if ending.achieved is not Achieved.YES and (ending.evidence.status or 0) >= 500:
        ending = release(case, token)  # 503, too: it is our own lock, and stays on the person's resource
    if ending.achieved is Achieved.YES or (ending.outcome is Outcome.UNSURE and ending.evidence.status in TOKEN_DEAD):
        return ""
    return (
        f"the lock {token} on {case.target} could not be released ({ending.why}); try:"
        f" davlock unlock {case.target} --token '{token}'"
    )


def _may_exist(case: Case, permit: Permit, *, recoverable: bool) -> str:
    """In words, what may be left of a LOCK whose effect is not known."""
    return (
        f"a lock by “{permit.owner}” may exist on {case.target}, for a while: whether LOCK had an effect is not"
        f" known; look with: davlock locks {case.target}"
        + (f"; release it with: davlock ledger recover {case.target}" if recoverable else "")
    )


def _granted(case: Case, subject: int) -> LockToken | None:
    """The token that the LOCK brought, never one that the person holds."""
    evidence = case.evidence(subject)
    if evidence.granted is not None and evidence.granted.token is not None:
        return evidence.granted.token
    return next((LockToken(token) for token in evidence.held if token not in case.held), None)
