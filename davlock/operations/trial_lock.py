"""Take a lock for a moment, to see whether it is granted: what tells where locks are hidden.

The one request of a diagnosis that changes something on the person's own resource, and only where the person asked for
it. It is never sent to a name that does not exist, which LOCK would create.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.errors import Cancelled, LocalProtocolError, RemoteProtocolError
from davlock.ledger import Ledger, State
from davlock.operations.give_back import unlocked
from davlock.operations.lock_answer import LockInterrupted
from davlock.operations.lock_proof import Proof, prove
from davlock.operations.own_lock import RequestedLock, is_doubtful_refusal, lock_of_run, may_have_made, proven_absent
from davlock.operations.probe import Probe
from davlock.operations.release import release
from davlock.operations.results import Achieved, ReleaseOutcome
from davlock.protocol import requests
from davlock.protocol.if_header import IfHeader
from davlock.protocol.lock import Depth, LockScope, LockToken
from davlock.values import dataclass

SECONDS = 10
"""Long enough to reach UNLOCK over a slow line."""

TOKEN_DEAD = frozenset({404, 409, 412})
"""Answers to UNLOCK after which a token of ours counts as released: it locks nothing here."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteConsent:
    """Consent to change something. ``announce`` is told before each change, ``mark`` is a word that no other
    run has, so that what is left behind can be found; ``ledger`` is for locks on what is the person's own.
    """

    announce: Callable[[str], None]
    mark: str
    ledger: Ledger

    @property
    def owner(self) -> str:
        """What locks taken with this consent say of their owner."""
        return f"{requests.TRIAL} {self.mark}"


def retry_once(act: Callable[[], T]) -> T:
    """``act``, once more if it is interrupted: an impatient second Ctrl-C does not keep us from cleaning up."""
    try:
        return act()
    except KeyboardInterrupt:
        return act()


def describe_worst_case(evidence: Evidence) -> str:
    """Returns, as a clause, what becomes of a lock that davlock cannot release."""
    if evidence.server is not None and evidence.server.keeps_longer:
        return evidence.server.keeps_longer
    return "the lock expires by itself"


def attempt_lock(probe: Probe, consent: WriteConsent) -> int | None:
    """LOCK the target with Depth 0, prove that the lock keeps others out, and release it at once.

    Returns the number of the exchange that did not go well, if one did not. A lock that the server does not show is
    proved by a second LOCK. Raises Cancelled, saying what may be left behind, when interrupted: not before the lock was
    released, if it could be.
    """
    before = probe.evidence(inquiry=True)
    if why := _why_not(before):
        probe.skip("LOCK", why)
        return None
    run = consent.ledger.new_run()
    consent = replace(consent, mark=run or consent.mark)
    consent.announce(
        f"this locks {probe.target} for {SECONDS} s and releases it. If that fails, {describe_worst_case(before)}."
    )
    consent.ledger.intend(
        run, probe.target, owner=consent.owner, scope=LockScope.EXCLUSIVE, depth=Depth.ZERO, kept=False
    )
    subject = len(probe.exchanges)
    proof = Proof.UNKNOWN
    try:
        probe.ask(
            requests.lock(
                probe.target, scope=LockScope.EXCLUSIVE, depth=Depth.ZERO, seconds=SECONDS, owner=consent.owner
            )
        )
        proof = _proved(probe, subject, consent, run)
        left = _released(probe, subject, consent, run)
    except BaseException as error:
        unsure = _may_exist(probe, consent, recoverable=bool(run))
        if isinstance(error, LockInterrupted) and error.at_once:
            raise Cancelled.after(error, unsure) from None
        try:
            left = retry_once(lambda: _released(probe, subject, consent, run))
        except KeyboardInterrupt as impatient:
            raise Cancelled.after(impatient, unsure) from None
        ending = left or f"the lock on {probe.target} was a test; davlock released it"
        if isinstance(error, Cancelled):  # it says what became of the second lock
            raise Cancelled(error.signum, f"{ending}; {error.left_behind}") from None
        if isinstance(error, KeyboardInterrupt):
            raise Cancelled.after(error, ending) from None
        if left:
            consent.announce(left)
        raise
    if left:
        consent.announce(left)
        probe.skip("UNLOCK", left)
    if proof is Proof.FAKE or probe.exchanges[subject].status not in (200, 201):
        return subject
    unlocks = [index for index, entry in enumerate(probe.exchanges) if entry.request.method == "UNLOCK"]
    if not left or not unlocks:
        return subject if left else None
    answer = probe.exchanges[unlocks[-1]].response
    return unlocks[-1] if answer is not None and answer.ok else None


def _proved(probe: Probe, subject: int, consent: WriteConsent, run: str) -> Proof:
    """What is known of the lock that the LOCK brought; the ledger learns of it first."""
    token = _granted(probe, subject)
    if token is None or probe.exchanges[subject].status not in (200, 201):
        return Proof.UNKNOWN
    consent.ledger.granted(run, token, root=None, timeout=None)
    try:
        IfHeader.untagged(token)
    except LocalProtocolError as error:  # the server chose that token
        raise RemoteProtocolError("Lock-Token", error.what) from None
    proven = prove(probe, subject, token, owner=consent.owner, ledger=consent.ledger)
    if proven.why:
        probe.skip("lockdiscovery", proven.why)
    return proven.proof


def _why_not(before: Evidence) -> str:
    if before.subject is not None:
        return "davlock could not read the resource, so it tried no lock"
    if not isinstance(before.exists, Known):
        return "davlock could not find out whether there is anything at this URL, and LOCK could create an empty file"
    if not before.exists.value:
        return "there is nothing at this URL, and LOCK would create an empty file"
    if before.covering:
        return "the server shows a lock, so davlock did not try one"
    if before.held and not (before.server is not None and before.server.shows_locks):
        return "your own lock would refuse another one, which proves nothing"
    return ""


def _released(probe: Probe, subject: int, consent: WriteConsent, run: str) -> str:
    """Release it, and settle its row; in words, what is left."""
    token = _granted(probe, subject) if len(probe.exchanges) > subject else None
    if token is not None:
        consent.ledger.granted(run, token, root=None, timeout=None)
    left = _release(probe, subject, consent, recoverable=bool(run))
    if not left:
        consent.ledger.settle(run, State.RELEASED) if token is not None else consent.ledger.dropped(run)
    return left


def _release(probe: Probe, subject: int, consent: WriteConsent, *, recoverable: bool) -> str:
    """Release what the LOCK brought about, if anything; in words, what is left of it.

    ``recoverable`` says that the ledger has a row of it.
    """
    answered = len(probe.exchanges) > subject
    denied = answered and not may_have_made(probe.exchanges[subject])
    if denied and not is_doubtful_refusal(probe.exchanges[subject]):
        return ""
    token = _granted(probe, subject) if answered else None
    # WsgiDAV was seen to answer 500 to a LOCK, and to keep the lock.
    sent = RequestedLock(url=probe.target, owner=consent.owner, scope=LockScope.EXCLUSIVE, depth=Depth.ZERO)
    token = token or lock_of_run(probe, sent).token
    if token is None:
        if denied:
            return ""
        if (
            answered
            and probe.exchanges[subject].status is not None
            and proven_absent(probe.evidence(inquiry=True), since=subject)
        ):
            return ""
        return _may_exist(probe, consent, recoverable=recoverable)
    if unlocked(probe, token, subject):
        return ""
    try:
        ending = release(probe, token)
    except LocalProtocolError as error:
        return f"the lock {token} on {probe.target} stays until its time is over: {error.what}"
    if ending.achieved is not Achieved.YES and (ending.evidence.status or 0) >= 500:
        ending = release(probe, token)  # 503, too: it is our own lock, and stays on the person's resource
    if ending.achieved is Achieved.YES or (
        ending.outcome is ReleaseOutcome.UNSURE and ending.evidence.status in TOKEN_DEAD
    ):
        return ""
    return (
        f"the lock {token} on {probe.target} could not be released ({ending.why}); try:"
        f" davlock unlock {probe.target} --token '{token}'"
    )


def _may_exist(probe: Probe, consent: WriteConsent, *, recoverable: bool) -> str:
    """In words, what may be left of a LOCK whose effect is not known."""
    return (
        f"a lock by “{consent.owner}” may exist on {probe.target}, for a while: nobody knows whether LOCK"
        f" took effect; to check: davlock locks {probe.target}"
        + (f"; to release it: davlock ledger recover {probe.target}" if recoverable else "")
    )


def _granted(probe: Probe, subject: int) -> LockToken | None:
    """The token that the LOCK brought, never one that the person holds."""
    evidence = probe.evidence(subject)
    if evidence.granted is not None and evidence.granted.token is not None:
        return evidence.granted.token
    return next((LockToken(token) for token in evidence.held if token not in probe.held), None)
