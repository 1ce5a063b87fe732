"""``davlock check``."""

from dataclasses import replace

import click

from davlock.checks.results import Checked, CheckOutcome, Level, Mark, Run, Stop, mark, ran_nothing
from davlock.cli.activity import activity_of
from davlock.cli.check_leftovers import remove_leftovers
from davlock.cli.check_reports import KINDS, CheckReports, ReportTarget, report_target
from davlock.cli.check_run import run_checks
from davlock.cli.check_selection import CheckNames, expected_outcomes, flatten, selected_checks
from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.connection_options import without_lost_secret
from davlock.cli.exit_status import ExitStatus, combine, for_check, for_lost_report
from davlock.cli.help_page import BriefCommand
from davlock.cli.monitoring_state import for_monitored
from davlock.cli.options import FORMATS, NAGIOS, Shared, network_options_with
from davlock.cli.output import complain, write_line
from davlock.cli.profile_targets import TARGET
from davlock.cli.refused_login import login_refusal, say_what_to_type
from davlock.cli.signals import stopping
from davlock.cli.typed_urls import urls_from
from davlock.errors import LocalProtocolError
from davlock.render.check_screen import ended_early, not_run
from davlock.render.commands import shell_line
from davlock.render.result import Result


class _ReportTargetType(click.ParamType[ReportTarget]):
    name = "report"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> ReportTarget:
        try:
            return report_target(str(value))
        except LocalProtocolError as error:
            self.fail(str(error), param, ctx)


@click.command("check", cls=BriefCommand)
@click.argument("urls", nargs=-1, type=TARGET, metavar="[URL]...")
@click.option("--list", "listing", is_flag=True, help="Show the checks that would run. Sends nothing.")
@click.option(
    "--profile",
    default="class2",
    show_default=True,
    metavar="NAME",
    help="Whose needs to check. class2, office, macos, davfs2, conditional-put or read-only.",
)
@click.option("--select", multiple=True, type=CheckNames(), metavar="ID,...", help="Only these checks or groups.")
@click.option("--ignore", multiple=True, type=CheckNames(), metavar="ID,...", help="Not these checks or groups.")
@click.option("--read-only", is_flag=True, help="Only checks that write nothing. Short for --profile read-only.")
@click.option("--hostile", is_flag=True, help="Also run checks that crash some servers.")
@click.option(
    "--user2",
    metavar="USER[:PASSWORD]",
    envvar="DAVLOCK_USER2",
    callback=without_lost_secret,
    help="Second user, for checks that need two.",
)
@click.option(
    "--fail-level",
    type=click.Choice([level.value for level in Level], case_sensitive=False),
    default=Level.MUST.value,
    show_default=True,
    help="Exit 1 from this level on. A failed check of this level, or of a higher one, counts.",
)
@click.option("--expect", metavar="FILE", help="File with ids of known failures. One id a line.")
@click.option(
    "--repeat", type=click.IntRange(1, 1000), default=1, show_default=True, help="Repeat the run N times.", metavar="N"
)
@click.option("--keep", is_flag=True, help="Keep the scratch collection.")
@click.option(
    "--clean-up",
    is_flag=True,
    help="Remove what killed runs and --scratch left. Do not use it while another check runs below URL.",
)
@click.option("--why", is_flag=True, help="Also show evidence, warnings and groups.")
@click.option("--list-warnings", is_flag=True, help="Show each warning, not only their number.")
@click.option(
    "--report",
    "reports",
    multiple=True,
    type=_ReportTargetType(),
    metavar="KIND=FILE",
    help=f"Also write a report. KIND is {', '.join(KINDS)}. FILE '-' is stdout. Repeatable.",
)
@network_options_with((*FORMATS, "junit", "tap", "github", "openmetrics", NAGIOS))
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
    list_warnings: bool,
    reports: tuple[ReportTarget, ...],
    shared: Shared,
) -> int:
    """Check that locking works at each URL, as a smoke test for CI.

    davlock creates a collection davlock-check-RANDOM below URL, tries there what clients need, and always removes it.
    It asks for locks of two minutes. A check fails if the effect is wrong. It warns if only the answer is wrong. Checks
    that depend on a failed check are skipped, so the first line is the failure to fix.

    With a login, davlock also sends one small file without it. If the server accepts the file, it does not distinguish
    users. Then davlock skips the checks about other users.

    Exit status 0: no check at or above --fail-level failed. 1: one failed. 3: the answers do not show if one failed. 4,
    5, 6, 8: a refused login, no answer, no WebDAV, or throttling ended the run.

    --format nagios is for Nagios, Icinga and checkmk. It has their exit statuses. 0: OK. 1: a check below --fail-level
    failed, or davlock could not remove what it created. 2: a check at or above --fail-level failed, or nobody can lock
    there: no answer, a refused login, no WebDAV, or throttling. 3: wrong arguments, the deadline (25 s, unless you
    type another), an interruption, or an undecided check.

    Without a terminal, davlock prints one line for each check, failed ones first. The columns are outcome, id, level,
    why, clause, litmus (its counterpart there), findings, milliseconds, and expected if --expect names it. A check that
    the run did not reach has no line.
    """
    chosen = selected_checks("read-only" if read_only else profile, flatten(select), flatten(ignore))
    level = Level(fail_level.upper())
    expected = expected_outcomes(expect) if expect is not None else {}
    output = CheckReports(
        shared,
        reports,
        level,
        listing=listing,
        why=shared.why,
        list_warnings=list_warnings,
        several=len(urls) > 1 or "-" in urls,
    )
    if output.for_monitoring and (listing or clean_up):
        raise LocalProtocolError("--format nagios is for a run of checks", "leave out --list and --clean-up")
    if listing:
        output.show_list(chosen)
        return ExitStatus.OK
    checked = urls_from(urls, shared, writes=lambda url: clean_up or any(check.about.writes for check in chosen))
    if not checked:
        raise LocalProtocolError("URL is missing", "name a collection where davlock may write")
    known = CommandKnowledge(shared)
    if clean_up:
        return combine([remove_leftovers(url, shared, known, user2) for url in checked])
    codes: list[ExitStatus] = []
    with stopping("stopping: removing the scratch collection", "to exit at once") as halt, output:
        for url in activity_of(shared).each(checked):
            run = run_checks(url, chosen, shared, known, user2, hostile, keep, repeat, lambda: halt.asked, output)
            run = replace(run, checked=tuple(_with_expectation(outcome, expected) for outcome in run.checked))
            run, result = output.add(run, known)
            try:
                output.show(run, result)
            finally:
                _say(run, result, output)
            codes.append(_code(run, level))
            output.add_state(run, codes[-1])
            if halt.asked or run.stop is Stop.DEADLINE:
                break
        output.conclude(unfinished=halt.asked or len(codes) < len(checked))
    if output.for_monitoring:
        return for_monitored((output.state,), unfinished=output.failed)
    if halt.asked:
        return halt.code
    return for_lost_report(combine(codes), failed=output.failed)


def _with_expectation(checked: Checked, expected: dict[str, CheckOutcome]) -> Checked:
    return replace(checked, expected=expected.get(checked.about.id) is CheckOutcome.FAIL)


def _say(run: Run, result: Result, output: CheckReports) -> None:
    """Writes to stderr what concerns no check; at a terminal, some of it is in the answer."""
    if run.stopped and not output.for_people:
        complain(not_run(run) if ran_nothing(run) else ended_early(run))
        if run.command:
            write_line(f"→ {shell_line(run.command)}")
        if run.stop is Stop.LOGIN and (refusal := login_refusal(result.findings)) is not None:
            say_what_to_type(refusal)
    if run.left:
        complain(run.left)
    if (fixed := [checked.about.id for checked in run.checked if checked.fixed]) and not output.for_people:
        complain(f"passed, although --expect names it: {', '.join(fixed)}")


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
