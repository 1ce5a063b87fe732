"""Run checks on one server: make the collection, carry them out one by one, remove it on every way out.

A check whose ground has failed already is left out, so that of what is reported each line is a fault of its own. A run
that is stopped reports the checks that it reached.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from davlock.checks.check import Check
from davlock.checks.not_passed import Failed, NotPassed, Skip
from davlock.checks.requester import NAME
from davlock.checks.results import OUTCOMES, Checked, Outcome, Run
from davlock.checks.site import Site
from davlock.checks.stopping import Stopped
from davlock.errors import Cancelled, DavlockError, RemoteProtocolError
from davlock.operations.answers import answer
from davlock.operations.results import Skipped
from davlock.protocol.lock import Depth
from davlock.protocol.message import Exchange
from davlock.protocol.precondition import read_multistatus_of
from davlock.protocol.requests import propfind
from davlock.protocol.url import names_of, resolve
from davlock.protocol.write_scope import inside
from davlock.transport.base import Send

MOST_LEFT = 100
"""Collections of other runs that one clean-up removes."""

ONE_USER = "the server does not tell users apart: it carries out a PUT that comes without a login"
"""Why a check about other users is skipped."""

MARK = re.compile(rf"{re.escape(NAME)}([0-9a-f]{{8,32}})")


def run(
    site: Site,
    checks: Sequence[Check],
    *,
    clock: Callable[[], float],
    now: Callable[[], float],
    tell: Callable[[Check, int], None] = lambda check, number: None,
    prepare: Callable[[Site], object] = lambda site: None,
) -> Run:
    """Carry out ``checks`` in their order; ``tell`` is told each before it begins, and its number. ``prepare`` comes
    first, and may raise Stopped.

    Raises Cancelled, saying what may be left behind, when interrupted: not before the collection was removed, if it
    could be. An interrupt of the removal itself costs nothing of what was found.
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
                _all(site, checks, found, clock=clock, tell=tell)
            except Stopped as error:
                stopped, stop, user = str(error), error.stop, error.user
            asked = True
    except Cancelled:
        if not asked:
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
) -> None:
    bad: dict[str, Outcome] = {}
    for number, check in enumerate(checks):
        if (left_out := _left_out(site, check, bad)) is not None:
            outcome = left_out
        else:
            tell(check, number)
            first = len(site.exchanges)
            outcome = _carried_out(site, check, clock)
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


def list_below(send: Send, target: str) -> Exchange:
    """A listing of what stands right below ``target``."""
    return send(propfind(target, Depth.ONE, ("{DAV:}resourcetype",)))


def left_by_others(listed: Exchange, target: str) -> tuple[str, ...]:
    """The marks of scratch collections right below ``target``: of runs that were killed, or that run now.

    Raises RemoteProtocolError where the listing cannot be read.
    """
    if listed.response is None or listed.status != 207:
        raise RemoteProtocolError("PROPFIND", answer(listed))
    marks: dict[str, None] = {}
    depth = len(names_of(target))
    for element in read_multistatus_of(listed.response, target).responses:
        for url in (resolve(target, href) for href in element.hrefs):
            names = names_of(url)
            found = MARK.fullmatch(names[-1].decode("latin-1")) if len(names) == depth + 1 else None
            if found is not None and inside(target, url):
                marks[found[1]] = None
    return tuple(marks)[:MOST_LEFT]


def merged(runs: Sequence[Run]) -> Run:
    """Several runs at one target as one: of each check the worst outcome, and in how many runs it was so."""
    if len(runs) == 1:
        return runs[0]
    offset = 0
    exchanges: list[Exchange] = []
    by_check: dict[str, list[Checked]] = {}
    one_user: int | None = None
    for one in runs:
        if one_user is None and one.one_user is not None:
            one_user = one.one_user + offset
        for checked in one.checked:
            by_check.setdefault(checked.about.id, []).append(_moved(checked, offset))
        exchanges += one.exchanges
        offset += len(one.exchanges)
    last = runs[-1]
    return replace(
        last,
        checked=tuple(map(_worst, by_check.values())),
        exchanges=tuple(exchanges),
        left="; ".join(one.left for one in runs if one.left),
        stopped=next((one.stopped for one in runs if one.stopped), ""),
        stop=next((one.stop for one in runs if one.stop), None),
        refused_user=next((one.refused_user for one in runs if one.stop), ""),
        elapsed_ms=sum(one.elapsed_ms for one in runs),
        began_at=runs[0].began_at,
        one_user=one_user,
    )


def _moved(checked: Checked, by: int) -> Checked:
    return replace(
        checked,
        exchanges=tuple(index + by for index in checked.exchanges),
        subject=None if checked.subject is None else checked.subject + by,
    )


def _worst(same: Iterable[Checked]) -> Checked:
    each = list(same)
    worst = min(each, key=lambda checked: OUTCOMES.index(checked.outcome))
    alike = sum(checked.outcome is worst.outcome for checked in each)
    if alike == len(each):
        return worst
    return replace(worst, why=f"in {alike} of {len(each)} runs: {worst.why}")
