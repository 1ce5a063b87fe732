"""What ``diagnose --scratch`` learns from the checks that are marked as diagnostic.

They show whether locks protect anything, whether the server checks conditions, and which header fields reach it.
Nothing malformed is sent, and no untagged If to a server that crashes on it.
"""

from collections.abc import Callable

from davlock.checks.context import CheckContext
from davlock.checks.exclusive import LOCK, PUT, TOKEN
from davlock.checks.registry import DIAGNOSTIC
from davlock.checks.requester import DIAGNOSIS_NAME
from davlock.checks.results import Checked, CheckOutcome, Run
from davlock.checks.suite import run
from davlock.diagnosis.build_evidence import from_exchanges
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.scratch_outcomes import ScratchFailure, ScratchOutcomes
from davlock.diagnosis.skipped import Skipped
from davlock.operations.answers import answer, refusal
from davlock.operations.scratch import User
from davlock.servers import PROFILES
from davlock.servers.profile import Profile
from davlock.transport.base import Send
from davlock.values import dataclass

PART = "scratch collection"
"""The name of its notes."""


def scratch_name(mark: str) -> str:
    """Returns the name of a diagnosis's collection."""
    return f"{DIAGNOSIS_NAME}{mark}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScratchDiagnosis:
    """A run of the diagnostic checks: its outcomes, and what davlock could not try."""

    run: Run
    outcomes: ScratchOutcomes
    skipped: tuple[Skipped, ...]


def diagnostic_context(
    send: Send,
    above: str,
    mark: str,
    *,
    owner: str,
    target: Evidence,
    sleep: Callable[[float], None],
    clock: Callable[[], float],
    profiles: tuple[Profile, ...] = PROFILES,
) -> CheckContext:
    """Returns a scratch collection below ``above``; nothing beside it is written. ``target`` describes the server."""
    return CheckContext(
        (User(send, ""),),
        above,
        mark=mark,
        name=scratch_name(mark),
        owner=owner,
        again="",
        presume_safe=target.server is None or not target.server.untagged_if_is_deadly,
        stand_in=False,
        sleep=sleep,
        clock=clock,
        profiles=profiles,
    )


def diagnose_in(context: CheckContext, *, clock: Callable[[], float], now: Callable[[], float]) -> ScratchDiagnosis:
    """Creates the collection, runs the diagnostic checks in it, removes it.

    After an interrupt it removes the collection if it can, and raises Cancelled with what may be left.
    """
    done = run(context, DIAGNOSTIC, clock=clock, now=now, for_diagnosis=True)
    outcomes = ScratchOutcomes(
        exchanges=done.exchanges,
        failures=tuple(
            ScratchFailure(check=checked.about.id, subject=checked.subject, last=checked.exchanges[-1])
            for checked in done.checked
            if checked.outcome is CheckOutcome.FAIL and checked.exchanges and checked.subject is not None
        ),
        lock_granted=any(
            checked.about.id == LOCK and checked.outcome in (CheckOutcome.PASS, CheckOutcome.WARN)
            for checked in done.checked
        ),
    )
    return ScratchDiagnosis(run=done, outcomes=outcomes, skipped=(*_not_tried(context, done), *context.skipped))


def _not_tried(context: CheckContext, done: Run) -> tuple[Skipped, ...]:
    """Returns notes on what davlock could not try or remove."""
    notes = []
    if not context.made:
        created = next((exchange for exchange in done.exchanges if exchange.request.method == "MKCOL"), None)
        why = answer(created) if created is not None else done.stopped
        notes.append(f"davlock could not create {context.url}: {why}")
    else:
        notes += [why for checked in done.checked if (why := _why_not_tried(context, done, checked))]
        if done.stopped:
            notes.append(f"davlock did not try everything there: {done.stopped}")
    if done.left:
        notes.append(done.left)
    return tuple(Skipped(PART, note) for note in dict.fromkeys(notes)) + _untagged(context, done)


def _why_not_tried(context: CheckContext, done: Run, checked: Checked) -> str:
    """Returns why a check that ran has no outcome; empty if it has one."""
    if checked.outcome is CheckOutcome.UNKNOWN and checked.exchanges:
        return f"{checked.about.id}: {checked.why}"
    if (
        checked.about.id != PUT
        or checked.outcome is not CheckOutcome.FAIL
        or checked.subject is None
        or PUT in context.enough
    ):
        return ""
    subject = done.exchanges[checked.subject]
    if subject.request.method == "PUT":
        return refusal(subject, f"PUT {subject.request.url}")
    return f"{PUT}: {checked.why}"


def _untagged(context: CheckContext, done: Run) -> tuple[Skipped, ...]:
    """Returns a note on the untagged If, if davlock did not send it: the server is known to crash on it."""
    failed = any(checked.about.id == TOKEN and checked.outcome is CheckOutcome.FAIL for checked in done.checked)
    server = from_exchanges(done.exchanges, guess=False, profiles=context.profiles).server
    if not failed or context.untagged_is_safe:
        return ()
    title = server.title if server is not None else "the server"
    return (Skipped("untagged If", f"{title} is known to crash on it"),)
