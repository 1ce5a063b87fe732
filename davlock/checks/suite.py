"""Run checks on one server: create the collection, run the checks one by one, and always remove the collection.

A check that needs a failed one is skipped, so that each reported failure is a fault of its own. A run that is stopped
reports the checks that it reached.
"""

from collections.abc import Callable, Sequence

from davlock.checks.check import Check
from davlock.checks.context import CheckContext
from davlock.checks.outcomes import CheckFailed, CheckSkipped, NotPassed
from davlock.checks.results import Checked, CheckOutcome, Omission, Run
from davlock.checks.stopping import Stopped
from davlock.diagnosis.skipped import Skipped
from davlock.errors import Cancelled, DavlockError

ONE_USER = "the server does not tell users apart: it accepts a PUT without a login"
"""Why checks about other users are skipped."""


def run(
    context: CheckContext,
    checks: Sequence[Check],
    *,
    clock: Callable[[], float],
    now: Callable[[], float],
    tell: Callable[[Check, int], None] = lambda check, number: None,
    prepare: Callable[[CheckContext], object] = lambda context: None,
    for_diagnosis: bool = False,
) -> Run:
    """Runs ``checks`` in their order. ``tell`` gets each check before it begins, with its number. ``prepare`` comes
    first, and may raise Stopped.

    ``for_diagnosis``: the locks of a check stay until the end, so that no LOCK follows an UNLOCK.

    After an interrupt it removes the collection if it can, and raises Cancelled with what may be left. If only the
    removal is interrupted, the outcomes are returned, except in a diagnosis.
    """
    began, began_at = clock(), now()
    outcomes: list[Checked] = []
    stopped, stop, user = "", None, ""
    command: tuple[str, ...] = ()
    writes = any(check.about.writes for check in checks)
    asked = False
    try:
        with context:
            try:
                prepare(context)
                _all(context, checks, outcomes, clock=clock, tell=tell, hold_locks=for_diagnosis)
            except Stopped as error:
                stopped, stop, user, command = str(error), error.stop, error.user, error.command
            asked = True
    except Cancelled:
        if for_diagnosis or not asked:
            raise
    if stopped and all(checked.outcome is CheckOutcome.SKIP for checked in outcomes):
        outcomes.clear()  # none was carried out: why the run was stopped is all there is to say
    missed = len(checks) - len(outcomes)
    return Run(
        target=context.target,
        scratch=context.url if writes else None,
        checked=tuple(outcomes),
        exchanges=tuple(context.exchanges),
        skipped=(*context.skipped, *([Skipped(f"{missed} checks", "the run ended before them")] if missed else ())),
        left=context.left,
        stopped=stopped,
        stop=stop,
        command=command,
        refused_user=user,
        missed=missed,
        elapsed_ms=(clock() - began) * 1000,
        began_at=began_at,
        one_user=context.one_user,
    )


def _all(
    context: CheckContext,
    checks: Sequence[Check],
    outcomes: list[Checked],
    *,
    clock: Callable[[], float],
    tell: Callable[[Check, int], None],
    hold_locks: bool,
) -> None:
    bad: dict[str, CheckOutcome] = {}
    for number, check in enumerate(checks):
        if (left_out := _left_out(context, check, bad)) is not None:
            outcome = left_out
        else:
            tell(check, number)
            first = len(context.exchanges)
            outcome = _carried_out(context, check, clock)
            if not hold_locks:
                context.release()
            context.forget(first)
            context.ask_without_login()
        if (
            outcome.outcome in (CheckOutcome.FAIL, CheckOutcome.UNKNOWN, CheckOutcome.SKIP)
            and check.id not in context.enough
        ):
            bad[check.id] = outcome.outcome
        outcomes.append(outcome)


def _left_out(context: CheckContext, check: Check, bad: dict[str, CheckOutcome]) -> Checked | None:
    """The outcome of a check that is not run; it is UNKNOWN if a check that it needs could not tell."""

    def skip(omission: Omission, why: str, outcome: CheckOutcome = CheckOutcome.SKIP, ground: str = "") -> Checked:
        return Checked(about=check.about, outcome=outcome, why=why, omission=omission, ground=ground)

    about = check.about
    if about.hostile and not context.hostile:
        return skip(Omission.HOSTILE, "its request crashes some servers; --hostile runs it")
    if about.two_users and context.one_user is not None:
        return skip(Omission.ONE_USER, ONE_USER)
    if about.two_users and len(context.users) < 2:
        return skip(Omission.SECOND_USER, "it needs a second user: --user2")
    words = {CheckOutcome.FAIL: "failed", CheckOutcome.UNKNOWN: "is undecided", CheckOutcome.SKIP: "was not run"}
    needs = [need for need in check.needs if need in bad]
    if not needs:
        return None
    # An unknown outcome outweighs a failure.
    decisive = next((need for need in needs if bad[need] is CheckOutcome.UNKNOWN), needs[0])
    outcome = CheckOutcome.UNKNOWN if bad[decisive] is CheckOutcome.UNKNOWN else CheckOutcome.SKIP
    return skip(Omission.GROUND, f"it needs {decisive}, which {words[bad[decisive]]}", outcome, decisive)


def _carried_out(context: CheckContext, check: Check, clock: Callable[[], float]) -> Checked:
    first, began = len(context.exchanges), clock()
    context.warnings.clear()
    outcome, why, subject = CheckOutcome.PASS, "", None
    try:
        check.act(context)
    except NotPassed as error:
        outcome = (
            CheckOutcome.FAIL
            if isinstance(error, CheckFailed)
            else CheckOutcome.SKIP
            if isinstance(error, CheckSkipped)
            else CheckOutcome.UNKNOWN
        )
        why, subject = error.why, error.subject
    except DavlockError as error:
        outcome, why = CheckOutcome.UNKNOWN, str(error)
    if outcome is CheckOutcome.PASS and context.warnings:
        outcome = CheckOutcome.WARN
        why, subject = "; ".join(words for words, _ in context.warnings), context.warnings[0][1]
    exchanges = tuple(range(first, len(context.exchanges)))
    return Checked(
        about=check.about,
        outcome=outcome,
        why=why,
        elapsed_ms=(clock() - began) * 1000,
        exchanges=exchanges,
        subject=subject if subject is not None else (exchanges[-1] if exchanges else None),
    )
