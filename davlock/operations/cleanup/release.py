"""Release one lock of a plan, and none that was seen to be renewed.

Before UNLOCK the lock is read again: it must be the same lock, still be selected, and not have been renewed after the
last reading that selected it. Afterwards it is read once more, because a 2xx alone proves nothing.
"""

from collections.abc import Callable
from dataclasses import replace

from davlock.diagnosis.evidence import Evidence
from davlock.errors import LocalProtocolError, RemoteProtocolError
from davlock.locks.observed import Observation, ObservedLock
from davlock.operations.cleanup.plan import Terms
from davlock.operations.cleanup.reread import Reread, other_root, reread
from davlock.operations.probe import Probe, ProbeResult
from davlock.operations.release import release, unlock_fields
from davlock.operations.results import Planned, ReleaseOutcome
from davlock.protocol.if_header import IfHeader
from davlock.protocol.message import Exchange
from davlock.transport.base import Send
from davlock.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """What became of one lock of the plan.

    ``stands``: the lock was read after the UNLOCK, whatever its answer.
    """

    planned: Planned
    outcome: ReleaseOutcome
    why: str
    exchanges: tuple[Exchange, ...]
    """What was asked of the server."""
    report_of: Callable[[], ProbeResult]
    stands: bool = False

    @property
    def report(self) -> ProbeResult:
        """What the answers say. Made when it is asked for: a lock that is gone needs none."""
        return self.report_of()


def release_planned(
    send: Send, planned: Planned, terms: Terms, *, before_unlock: Callable[[Planned], None], resumed: bool = False
) -> Released:
    """Release one lock of a plan, unless it has ended, was renewed, is held back, or is not selected any more.

    ``before_unlock`` returns once it is on the disk that UNLOCK will be sent; whatever it raises is raised, and no
    UNLOCK is sent. ``resumed``: one was about to be sent before, by a run that was broken off.
    """
    observed = planned.found

    def ends(
        latest: Reread, outcome: ReleaseOutcome, why: str, evidence_of: Callable[[], Evidence] | None = None
    ) -> Released:
        return Released(
            planned=planned,
            outcome=outcome,
            why=why,
            exchanges=tuple(latest.probe.exchanges),
            report_of=lambda: latest.probe.report(evidence_of() if evidence_of is not None else latest.evidence),
        )

    try:
        latest = reread(send, observed, terms)
    except RemoteProtocolError as error:
        probe = Probe(send, observed.root or observed.url, profiles=terms.profiles)
        report = probe.report(probe.evidence(inquiry=True))
        return Released(
            planned=planned, outcome=ReleaseOutcome.UNSURE, why=str(error), exchanges=(), report_of=lambda: report
        )
    if latest.trouble and latest.ran_out(observed):
        return ends(latest, ReleaseOutcome.ALREADY_GONE, "its time is over")
    if latest.trouble:
        return ends(latest, ReleaseOutcome.UNSURE, f"it could not be read again: {latest.trouble}")
    if latest.lock is None:
        if resumed:
            return ends(latest, ReleaseOutcome.RELEASED, "it is gone, after an UNLOCK that was about to be sent")
        what = "the resource is gone" if latest.gone else "it is not there any more"
        taken = " (another lock is)" if latest.evidence.covering else ""
        return ends(latest, ReleaseOutcome.ALREADY_GONE, what + taken)
    why, certain = _why_to_leave(latest, observed, terms)
    if why:
        return ends(latest, ReleaseOutcome.SKIPPED if certain else ReleaseOutcome.UNSURE, why)
    token = observed.lock.token
    assert token is not None  # noqa: S101 -- one without is never planned
    fields = unlock_fields(latest.lock.lock, latest.evidence.server)
    try:
        IfHeader.untagged(token)  # before the journal says that UNLOCK is about to be sent
    except LocalProtocolError as error:
        return ends(latest, ReleaseOutcome.REFUSED, f"no UNLOCK can be sent for it: {error.what}")
    before_unlock(planned)
    ending = release(
        latest.probe,
        token,
        fields=fields,
        before=latest.evidence,
        why_not_again=lambda evidence: _why_not_again(latest.probe, evidence, observed, terms),
    )
    return replace(ends(latest, ending.outcome, ending.why, ending.evidence_of), stands=ending.still_there)


def _why_to_leave(latest: Reread, observed: ObservedLock, terms: Terms) -> tuple[str, bool]:
    """Why a lock that was read again stays, and whether that is certain; empty where it goes."""
    assert latest.lock is not None  # noqa: S101 -- the caller saw it
    why, certain = latest.changed(observed, terms.counts_down)
    if why:
        return why, certain
    judged = terms.judge(latest.lock, latest.evidence)
    if judged.met is not True:
        return f"it is not selected any more: {judged.why}", True
    return terms.held_back(latest.lock, latest.evidence), True


def _why_not_again(probe: Probe, evidence: Evidence, observed: ObservedLock, terms: Terms) -> str:
    """Why a lock that outlived its UNLOCK, as ``evidence`` read it back just now, gets no second one.

    Its holder may have renewed it while the answer was on its way. Empty where a second UNLOCK may be sent.
    """
    token = observed.lock.token
    there = next((entry for entry in evidence.covering if token is not None and entry.lock.token == token), None)
    if there is None:
        return ""
    received = terms.now()
    sent = received - (evidence.exchanges[there.exchange].elapsed_ms or 0.0) / 1000
    seen = Observation(sent=sent, received=received, date=evidence.answered_at(there.exchange))
    again = replace(observed, lock=there.lock, observation=seen)
    latest = Reread(probe=probe, evidence=evidence, asked_at=sent, there=there, lock=again)
    return other_root(observed, there, probe.target) or _why_to_leave(latest, observed, terms)[0]
