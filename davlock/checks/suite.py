"""Run checks on one server: make the collection, carry them out one by one, remove it on every way out.

A check whose ground has failed already is left out, so that of what is reported each line is a fault of its own. A run
that is stopped reports the checks that it reached.
"""

from collections.abc import Callable, Sequence

from davlock.checks.check import Check
from davlock.checks.not_passed import Failed, NotPassed, Skip
from davlock.checks.results import Checked, Outcome, Run
from davlock.checks.site import Site
from davlock.checks.stopping import Stopped
from davlock.errors import Cancelled, DavlockError
from davlock.operations.results import Skipped

ONE_USER = "the server does not tell users apart: it carries out a PUT that comes without a login"
"""Why a check about other users is skipped."""


def run(
    site: Site,
    checks: Sequence[Check],
    *,
    clock: Callable[[], float],
    now: Callable[[], float],
    tell: Callable[[Check, int], None] = lambda check, number: None,
    prepare: Callable[[Site], object] = lambda site: None,
    for_diagnosis: bool = False,
) -> Run:
    """Carry out ``checks`` in their order; ``tell`` is told each before it begins, and its number. ``prepare`` comes
    first, and may raise Stopped.

    ``for_diagnosis``: the locks of a check stay until the end, so that no LOCK follows an UNLOCK.

    Raises Cancelled, saying what may be left behind, when interrupted: not before the collection was removed, if it
    could be. An interrupt of the removal itself costs nothing of what was found, except in a diagnosis.
    """
    began, began_at = clock(), now()
    found: list[Checked] = []
    stopped, stop, user = "", None, ""
    writes = any(check.about.writes for check in checks)
    asked = False
    try:
        with site:
            try:
                prepare(site)
                _all(site, checks, found, clock=clock, tell=tell, hold_locks=for_diagnosis)
            except Stopped as error:
                stopped, stop, user = str(error), error.stop, error.user
            asked = True
    except Cancelled:
        if for_diagnosis or not asked:
            raise
    if stopped and all(checked.outcome is Outcome.SKIP for checked in found):
        found.clear()  # none was carried out: why the run was stopped is all there is to say
    missed = len(checks) - len(found)
    return Run(
        target=site.target,
        scratch=site.url if writes else None,
        checked=tuple(found),
        exchanges=tuple(site.exchanges),
        skipped=(*site.skipped, *([Skipped(f"{missed} checks", "the run ended before them")] if missed else ())),
        left=site.left,
        stopped=stopped,
        stop=stop,
        refused_user=user,
        missed=missed,
        elapsed_ms=(clock() - began) * 1000,
        began_at=began_at,
        one_user=site.one_user,
    )


def _all(
    site: Site,
    checks: Sequence[Check],
    found: list[Checked],
    *,
    clock: Callable[[], float],
    tell: Callable[[Check, int], None],
    hold_locks: bool,
) -> None:
    bad: dict[str, Outcome] = {}
    for number, check in enumerate(checks):
        if (left_out := _left_out(site, check, bad)) is not None:
            outcome = left_out
        else:
            tell(check, number)
            first = len(site.exchanges)
            outcome = _carried_out(site, check, clock)
            if not hold_locks:
                site.release()
            site.forget(first)
            site.ask_without_login()
        if outcome.outcome in (Outcome.FAIL, Outcome.UNKNOWN, Outcome.SKIP) and check.id not in site.enough:
            bad[check.id] = outcome.outcome
        found.append(outcome)


def _left_out(site: Site, check: Check, bad: dict[str, Outcome]) -> Checked | None:
    """What is said of a check that is not run; where something that it needs could not be told, neither can it."""
    about = check.about
    if about.hostile and not site.hostile:
        why = "it is known to end some servers; --hostile runs it"
        return Checked(about=about, outcome=Outcome.SKIP, why=why)
    if about.two_users and site.one_user is not None:
        return Checked(about=about, outcome=Outcome.SKIP, why=ONE_USER)
    if about.two_users and len(site.users) < 2:
        return Checked(about=about, outcome=Outcome.SKIP, why="it needs a second user: --user2")
    said = {Outcome.FAIL: "failed", Outcome.UNKNOWN: "could not tell", Outcome.SKIP: "was not run"}
    needs = [need for need in check.needs if need in bad]
    if not needs:
        return None
    # That it is unknown outweighs that something else failed.
    decisive = next((need for need in needs if bad[need] is Outcome.UNKNOWN), needs[0])
    outcome = Outcome.UNKNOWN if bad[decisive] is Outcome.UNKNOWN else Outcome.SKIP
    return Checked(about=about, outcome=outcome, why=f"it needs {decisive}, which {said[bad[decisive]]}")


def _carried_out(site: Site, check: Check, clock: Callable[[], float]) -> Checked:
    first, began = len(site.exchanges), clock()
    site.warnings.clear()
    outcome, why, subject = Outcome.PASS, "", None
    try:
        check.act(site)
    except NotPassed as error:
        outcome = (
            Outcome.FAIL if isinstance(error, Failed) else Outcome.SKIP if isinstance(error, Skip) else Outcome.UNKNOWN
        )
        why, subject = error.why, error.subject
    except DavlockError as error:
        outcome, why = Outcome.UNKNOWN, str(error)
    if outcome is Outcome.PASS and site.warnings:
        outcome = Outcome.WARN
        why, subject = "; ".join(words for words, _ in site.warnings), site.warnings[0][1]
    exchanges = tuple(range(first, len(site.exchanges)))
    return Checked(
        about=check.about,
        outcome=outcome,
        why=why,
        elapsed_ms=(clock() - began) * 1000,
        exchanges=exchanges,
        subject=subject if subject is not None else (exchanges[-1] if exchanges else None),
    )
