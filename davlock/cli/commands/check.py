"""``davlock check``."""

from dataclasses import replace

import click

from davlock.checks.results import Checked, CheckOutcome, Level, Mark, Run, Stop, mark, ran_nothing
from davlock.cli.check_leftovers import remove_leftovers
from davlock.cli.check_reports import KINDS, CheckReports, ReportTarget, report_target
from davlock.cli.check_run import run_checks
from davlock.cli.check_selection import CheckNames, expected_outcomes, flatten, selected_checks
from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.exit_status import ExitStatus, combine, for_check, for_lost_report
from davlock.cli.options import FORMATS, Shared, network_options_with
from davlock.cli.output import complain
from davlock.cli.refused_login import login_refusal, say_what_to_type
from davlock.cli.session import checked_url, urls_from
from davlock.cli.signals import stopping
from davlock.errors import LocalProtocolError
from davlock.render.check_screen import ended_early, not_run
from davlock.render.result import Result


class _ReportTargetType(click.ParamType[ReportTarget]):
    name = "report"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> ReportTarget:
        try:
            return report_target(str(value))
        except LocalProtocolError as error:
            self.fail(str(error), param, ctx)


@click.command("check")
@click.argument("urls", nargs=-1, metavar="[URL]...")
@click.option("--list", "listing", is_flag=True, help="List the checks that would run, and send nothing.")
@click.option(
    "--profile",
    default="class2",
    show_default=True,
    metavar="NAME",
    help="Run what one kind of client needs: class2, office, macos, davfs2, conditional-put, read-only.",
)
@click.option("--select", multiple=True, type=CheckNames(), metavar="ID,...", help="Run only these checks or groups.")
@click.option("--ignore", multiple=True, type=CheckNames(), metavar="ID,...", help="Skip these checks or groups.")
@click.option("--read-only", is_flag=True, help="Write nothing; short for --profile read-only.")
@click.option("--hostile", is_flag=True, help="Also run checks that are known to crash some servers.")
@click.option(
    "--user2", metavar="USER[:PASSWORD]", envvar="DAVLOCK_USER2", help="Second user, for checks that need two."
)
@click.option(
    "--fail-level",
    type=click.Choice([level.value for level in Level], case_sensitive=False),
    default=Level.MUST.value,
    show_default=True,
    help="Exit 1 if a check of this level or above fails.",
)
@click.option("--expect", metavar="FILE", help="Ids of checks that are known to fail, one a line.")
@click.option("--repeat", type=click.IntRange(1, 1000), default=1, show_default=True, help="Repeat the run N times.")
@click.option("--keep", is_flag=True, help="Do not remove the scratch collection.")
@click.option(
    "--clean-up",
    is_flag=True,
    help="Remove what killed runs left below URL, and run no check. Not while another check runs there.",
)
@click.option("--why", is_flag=True, help="Show evidence, warnings, skipped checks and a table of the groups.")
@click.option("--list-warnings", is_flag=True, help="Show each warning, not only their number.")
@click.option(
    "--report",
    "reports",
    multiple=True,
    type=_ReportTargetType(),
    metavar="KIND=FILE",
    help=f"Also write a report: {', '.join(KINDS)}; - is stdout.",
)
@network_options_with((*FORMATS, "junit", "tap", "github", "openmetrics"))
def command(
    urls: tuple[str, ...],
    listing: bool,
    profile: str,
    select: tuple[tuple[str, ...], ...],
    ignore: tuple[tuple[str, ...], ...],
    read_only: bool,
    hostile: bool,
    user2: str | None,
    fail_level: str,
    expect: str | None,
    repeat: int,
    keep: bool,
    clean_up: bool,
    why: bool,
    list_warnings: bool,
    reports: tuple[ReportTarget, ...],
    shared: Shared,
) -> int:
    """Check that locking works at each URL, as a smoke test for CI.

    davlock creates a collection davlock-check-RANDOM below URL, tries in it what clients need, and removes it. The
    locks in it last two minutes. A check fails if the effect is wrong, and warns if only the answer is. Checks that
    depend on a failed check are skipped, so the first line is the failure to fix.

    If you give a login, davlock also sends one small file without it. A server that accepts the file does not tell
    users apart: checks about other users are skipped.

    Exit status 0: no check of --fail-level or above failed. 1: one failed. 3: one could not tell. 4, 5, 6, 8: a login,
    no answer, no WebDAV or throttling ended the run. Without a terminal, davlock prints one line a check, the failed
    ones first: outcome, id, level, why, clause, litmus (the same test there), findings, milliseconds, and expected if
    --expect names it. A check that the run did not reach has no line.
    """
    chosen = selected_checks("read-only" if read_only else profile, flatten(select), flatten(ignore))
    level = Level(fail_level.upper())
    expected = expected_outcomes(expect) if expect is not None else {}
    output = CheckReports(
        shared,
        reports,
        level,
        listing=listing,
        why=why,
        list_warnings=list_warnings,
        several=len(urls) > 1 or "-" in urls,
    )
    if listing:
        output.show_list(chosen)
        return ExitStatus.OK
    checked = [checked_url(url) for url in urls_from(urls)]
    if not checked:
        raise LocalProtocolError("no URL was given", "name a collection in which davlock may write")
    known = CommandKnowledge(shared)
    if clean_up:
        return combine([remove_leftovers(url, shared, known, user2) for url in checked])
    codes: list[ExitStatus] = []
    with stopping("stopping: removing the scratch collection; once more to leave at once") as halt, output:
        for url in checked:
            run = run_checks(url, chosen, shared, known, user2, hostile, keep, repeat, lambda: halt.asked, output)
            run = replace(run, checked=tuple(_with_expectation(outcome, expected) for outcome in run.checked))
            run, result = output.add(run, known)
            try:
                output.show(run, result)
            finally:
                _say(run, result, output)
            codes.append(_code(run, level))
            if halt.asked or run.stop is Stop.DEADLINE:
                break
    if halt.asked:
        return halt.code
    return for_lost_report(combine(codes), failed=output.failed)


def _with_expectation(checked: Checked, expected: dict[str, CheckOutcome]) -> Checked:
    return replace(checked, expected=expected.get(checked.about.id) is CheckOutcome.FAIL)


def _say(run: Run, result: Result, output: CheckReports) -> None:
    """What is not about any check; at a terminal some of it stands in the answer."""
    if run.stopped and not output.for_people:
        complain(not_run(run) if ran_nothing(run) else ended_early(run))
        if run.stop is Stop.LOGIN and (refusal := login_refusal(result.findings)) is not None:
            say_what_to_type(refusal)
    if run.left:
        complain(run.left)
    if (fixed := [checked.about.id for checked in run.checked if checked.fixed]) and not output.for_people:
        complain(f"expected to fail, and passing now: {', '.join(fixed)}")


def _code(run: Run, level: Level) -> ExitStatus:
    failed = [checked for checked in run.checked if mark(checked, level) is Mark.FAILED]
    statuses = [
        run.exchanges[checked.subject].status
        for checked in failed
        if checked.about.id == "scratch" and checked.subject is not None
    ]
    return for_check(
        run.stop,
        ran=any(
            checked.outcome in (CheckOutcome.PASS, CheckOutcome.WARN, CheckOutcome.FAIL) for checked in run.checked
        ),
        failed=bool(failed),
        refused=any(status in (401, 403, 407) for status in statuses),
        unsure=any(
            checked.outcome is CheckOutcome.UNKNOWN and checked.about.level.weight >= level.weight
            for checked in run.checked
        ),
    )
