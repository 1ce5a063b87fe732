"""``davlock check``."""

import secrets
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

import click

from davlock.checks.check import Check
from davlock.checks.context import CheckContext
from davlock.checks.requester import NAME
from davlock.checks.results import Checked, CheckOutcome, Level, Run, Stop
from davlock.cli.check_reports import KINDS, CheckReports, ReportTarget, report_target
from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.credentials import for_another_user, has_login, without_login
from davlock.cli.exit_status import (
    ExitStatus,
    combine,
    for_check,
    for_lost_report,
    for_scratch_removal,
    for_success,
    for_unread,
)
from davlock.cli.options import FORMATS, Shared, network_options_with
from davlock.cli.output import complain
from davlock.cli.refused_login import complain_with_login, login_refusal, say_what_to_type
from davlock.cli.session import checked_url, open_sender, urls_from
from davlock.cli.signals import stopping
from davlock.diagnosis.build_evidence import from_exchanges
from davlock.errors import LocalProtocolError
from davlock.operations.read_failure import listing_failure
from davlock.operations.scratch import User
from davlock.protocol.url import without_credentials
from davlock.protocol.write_scope import WriteScope
from davlock.render.result import Result
from davlock.transport.base import Send


class _CheckNames(click.ParamType[tuple[str, ...]]):
    """Names of checks or groups, with commas between them."""

    name = "ids"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        return tuple(word for word in str(value).replace(",", " ").split() if word)


class _ReportTargetType(click.ParamType[ReportTarget]):
    name = "report"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> ReportTarget:
        try:
            return report_target(str(value))
        except LocalProtocolError as error:
            self.fail(str(error), param, ctx)


@click.command("check")
@click.argument("urls", nargs=-1, metavar="[URL]...")
@click.option("--list", "listing", is_flag=True, help="Show the checks that would be run, and send nothing.")
@click.option(
    "--profile",
    default="class2",
    show_default=True,
    metavar="NAME",
    help="What is needed: class2, office, macos, davfs2, conditional-put, read-only.",
)
@click.option("--select", multiple=True, type=_CheckNames(), metavar="ID,...", help="Only these checks or groups.")
@click.option("--ignore", multiple=True, type=_CheckNames(), metavar="ID,...", help="Not these checks or groups.")
@click.option("--read-only", is_flag=True, help="Only what writes nothing; short for --profile read-only.")
@click.option("--hostile", is_flag=True, help="Also send what is known to have ended some servers.")
@click.option("--user2", metavar="USER[:PASSWORD]", envvar="DAVLOCK_USER2", help="A second user, for what takes two.")
@click.option(
    "--fail-level",
    type=click.Choice([level.value for level in Level], case_sensitive=False),
    default=Level.MUST.value,
    show_default=True,
    help="Exit 1 when a check at or above this level fails.",
)
@click.option("--expect", metavar="FILE", help="Ids of checks that are known to fail, a line each.")
@click.option("--repeat", type=click.IntRange(1, 1000), default=1, show_default=True, help="Run all of it so often.")
@click.option("--keep", is_flag=True, help="Leave the scratch collection where it is.")
@click.option(
    "--clean-up",
    is_flag=True,
    help="Remove what killed runs have left below URL, and check nothing. Not while another check runs there.",
)
@click.option(
    "--report",
    "reports",
    multiple=True,
    type=_ReportTargetType(),
    metavar="KIND=FILE",
    help=f"Write a report besides: {', '.join(KINDS)}; - is stdout.",
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
    reports: tuple[ReportTarget, ...],
    shared: Shared,
) -> int:
    """Check that locking works at each URL, as a smoke test for CI.

    Makes a collection davlock-check-RANDOM below URL, tries in it what clients need, and removes it on every way out.
    Locks are asked for two minutes. A check fails where the effect is wrong; where only the answer is, it warns. What a
    failed check was the ground for is left out, so that the first line is the failure that matters.

    With a login, one small file is sent without it. A server that accepts the file does not tell users apart: checks
    about other users are skipped.

    Exit status 0: no check at or above --fail-level failed; 1: one did; 3: of one it could not be told; 4, 5, 6, 8: a
    login, no answer, no WebDAV or throttling ended it. Without a terminal: a line a check, the failed ones first, with
    the columns outcome, id, level, why, clause, litmus (its counterpart there), findings, milliseconds, and expected
    where --expect names it. A check that was not reached has no line.
    """
    chosen = _chosen("read-only" if read_only else profile, _flat(select), _flat(ignore))
    level = Level(fail_level.upper())
    expected = _expected(expect) if expect is not None else {}
    output = CheckReports(shared, reports, level, listing=listing)
    if listing:
        output.show_list(chosen)
        return ExitStatus.OK
    checked = [checked_url(url) for url in urls_from(urls)]
    if not checked:
        raise LocalProtocolError("no URL was given", "name a collection in which davlock may write")
    known = CommandKnowledge(shared)
    if clean_up:
        return combine([_clean_up(url, shared, known, user2) for url in checked])
    codes: list[ExitStatus] = []
    with stopping("stopping: removing the scratch collection; once more to leave at once") as halt, output:
        for url in checked:
            run = _run(url, chosen, shared, known, user2, hostile, keep, repeat, lambda: halt.asked, output)
            run = replace(run, checked=tuple(_marked(one, expected) for one in run.checked))
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


def _flat(words: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    return tuple(word for some in words for word in some)


def _chosen(profile: str, select: tuple[str, ...], ignore: tuple[str, ...]) -> tuple[Check, ...]:
    """The checks, in their order, and the one in which all that writes stands."""
    from davlock.checks.registry import CHECKS, GROUND, PROFILES, groups

    if profile not in PROFILES:
        raise LocalProtocolError(f"--profile {profile}: there is no such profile", f"there are {', '.join(PROFILES)}")
    names = {*groups(), *(check.id for check in CHECKS)}
    for word in (*select, *ignore):
        if word not in names:
            import difflib

            close = difflib.get_close_matches(word, names, n=1)
            hint = f"did you mean {close[0]}?" if close else "davlock check --list shows them"
            raise LocalProtocolError(f"{word}: there is no such check or group", hint)
    wanted = set(PROFILES[profile])

    def named(check: Check, words: tuple[str, ...]) -> bool:
        return check.id in words or check.about.group in words

    chosen = [
        check
        for check in CHECKS
        if (check.id in wanted or named(check, select))
        and (not select or named(check, select))
        and not named(check, ignore)
    ]
    if profile == "read-only" and (writing := [check.id for check in chosen if check.about.writes]):
        raise LocalProtocolError(f"{writing[0]} writes, and --read-only was given", "leave one of the two away")
    if not chosen:
        raise LocalProtocolError("no check is left", "select another, or ignore fewer")
    if any(check.about.writes for check in chosen) and not any(check.id == GROUND for check in chosen):
        chosen = [check for check in CHECKS if check in chosen or check.id == GROUND]
    return tuple(chosen)


def _expected(path: str) -> dict[str, CheckOutcome]:
    """What a baseline says: an id a line, with its outcome behind it where that is not ``fail``."""
    from davlock.checks.registry import CHECKS

    try:
        with open(path, encoding="utf-8") as file:
            lines = [line.partition("#")[0].split() for line in file]
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise LocalProtocolError(f"--expect {path}: {why}", "name a readable file") from None
    found = {}
    ids = {check.id for check in CHECKS}
    for number, words in enumerate(lines, 1):
        if not words:
            continue
        outcome = words[1] if len(words) == 2 else CheckOutcome.FAIL.value
        if words[0] not in ids or len(words) > 2 or outcome not in [one.value for one in CheckOutcome]:
            raise LocalProtocolError(
                f"--expect {path}, line {number}: {' '.join(words)!r:.60} is no check", "write an id a line"
            )
        found[words[0]] = CheckOutcome(outcome)
    return found


def _marked(checked: Checked, expected: dict[str, CheckOutcome]) -> Checked:
    return replace(checked, expected=expected.get(checked.about.id) is CheckOutcome.FAIL)


def _run(
    url: str,
    chosen: tuple[Check, ...],
    shared: Shared,
    known: CommandKnowledge,
    user2: str | None,
    hostile: bool,
    keep: bool,
    repeat: int,
    stop: Callable[[], bool],
    output: CheckReports,
) -> Run:
    from davlock.checks.place import require_collection
    from davlock.checks.repeats import merged
    from davlock.checks.suite import run

    target, budget = _collection(url), shared.budget
    limit = budget.clean_up if budget is not None else _no_limit
    runs = []
    for number in range(repeat):
        if budget is not None:
            budget.end_clean_up()
        mark = secrets.token_hex(6)
        scopes = _scopes(target, mark)
        with ExitStack() as stack:
            context = CheckContext(
                _users(url, shared, user2, scopes, stack),
                target,
                mark=mark,
                sleep=time.sleep,
                clock=time.monotonic,
                stop=stop,
                late=lambda: budget is not None and budget.time_is_up,
                limit=limit,
                anonymous=_anonymous(url, shared, user2, scopes, stack),
                hostile=hostile,
                keep=keep,
                profiles=known.profiles,
            )
            runs.append(
                run(
                    context,
                    chosen,
                    clock=time.monotonic,
                    now=time.time,
                    prepare=require_collection,
                    tell=partial(_tell, output, context, len(chosen), f" (run {number + 1})" if repeat > 1 else ""),
                )
            )
        if runs[-1].stop is not None:
            break
    return merged(runs)


def _say(run: Run, result: Result, output: CheckReports) -> None:
    """What is not about any check; at a terminal some of it stands in the answer."""
    from davlock.checks.results import ran_nothing
    from davlock.render.check_table import ended_early, not_run

    if run.stopped and not output.for_people:
        complain(not_run(run) if ran_nothing(run) else ended_early(run))
        if run.stop is Stop.LOGIN and (refusal := login_refusal(result.findings)) is not None:
            say_what_to_type(refusal)
    if run.left:
        complain(run.left)
    if (fixed := [one.about.id for one in run.checked if one.fixed]) and not output.for_people:
        complain(f"expected to fail, and passing now: {', '.join(fixed)}")


def _clean_up(url: str, shared: Shared, known: CommandKnowledge, user2: str | None) -> ExitStatus:
    """Remove scratch collections that other runs have left; nothing else below ``url`` is touched."""
    from davlock.checks.leftovers import left_by_others, list_below
    from davlock.operations.answers import answer
    from davlock.operations.scratch import ScratchCollection

    target, budget = _collection(url), shared.budget
    limit = budget.clean_up if budget is not None else _no_limit
    with open_sender(shared, url) as send:
        listed = list_below(send, target)
    if listed.response is None or listed.status != 207:
        found = known.judge(from_exchanges((listed,), target=target, subject=0))
        complain_with_login(f"{target}: {answer(listed)}", login_refusal(found.findings))
        return for_unread(listing_failure(listed), missing=listed.status == 404)
    marks = left_by_others(listed, target)
    clean = True
    for number, mark in enumerate(marks):
        if budget is not None:
            budget.end_clean_up()
            if budget.time_is_up:
                complain(f"{budget.words()}: {len(marks) - number} collections were left below {target}")
                return for_scratch_removal(removed=number)
        with ExitStack() as stack:
            users = _users(url, shared, user2, _scopes(target, mark), stack)
            collection = ScratchCollection(
                users,
                target,
                f"{NAME}{mark}",
                sleep=time.sleep,
                clock=time.monotonic,
                profiles=known.profiles,
                again=f"davlock check --clean-up {target}",
                foreign=True,
                limit=limit,
            )
            if not shared.quiet:
                complain(f"removing {collection.url}, with all locks and files in it")
            left = collection.remove()
            for skipped in collection.skipped:
                complain(skipped.why)
            if left:
                complain(left)
                clean = False
            else:
                click.echo(f"removed\t{collection.url}")
    if not marks and not shared.quiet:
        complain(f"nothing was left below {target}")
    return for_success(clean)


def _no_limit(seconds: float) -> None:
    """Nothing bounds the requests of the removal but the removal."""


def _collection(url: str) -> str:
    target = without_credentials(url)
    return target if target.endswith("/") else f"{target}/"


def _scopes(target: str, mark: str) -> tuple[WriteScope, ...]:
    """Where one run may change something: its scratch collection, and the file that is tried in its place."""
    name = f"{target}{NAME}{mark}"
    return WriteScope(url=f"{name}/"), WriteScope(url=f"{name}.txt", below=False)


def _users(
    url: str, shared: Shared, user2: str | None, scopes: tuple[WriteScope, ...], stack: ExitStack
) -> "tuple[User, ...]":
    users = [User(stack.enter_context(open_sender(shared, url, *scopes)), "")]
    if user2 is not None:
        other = for_another_user(shared, user2)
        users.append(User(stack.enter_context(open_sender(other, _collection(url), *scopes)), user2.partition(":")[0]))
    return tuple(users)


def _anonymous(
    url: str, shared: Shared, user2: str | None, scopes: tuple[WriteScope, ...], stack: ExitStack
) -> Send | None:
    """Who asks without any login, where the person gave one."""
    if user2 is None and not has_login(shared, url):
        return None
    return stack.enter_context(open_sender(without_login(shared), _collection(url), *scopes))


def _tell(output: CheckReports, context: CheckContext, count: int, which: str, check: Check, place: int) -> None:
    from davlock.checks.registry import GROUND

    if check.id == GROUND:  # not before: where the server does not answer, nothing is about to be written
        kept = "" if context.keep else ", and it is removed again"
        output.announce(f"MKCOL {context.url}: {count} checks write and lock small files in it{kept}")
    output.tell(f"{place + 1}/{count} {check.id}{which}")


def _code(run: Run, level: Level) -> ExitStatus:
    from davlock.checks.results import Mark, mark

    failed = [one for one in run.checked if mark(one, level) is Mark.FAILED]
    statuses = [
        run.exchanges[one.subject].status for one in failed if one.about.id == "scratch" and one.subject is not None
    ]
    return for_check(
        run.stop,
        ran=any(one.outcome in (CheckOutcome.PASS, CheckOutcome.WARN, CheckOutcome.FAIL) for one in run.checked),
        failed=bool(failed),
        refused=any(status in (401, 403, 407) for status in statuses),
        unsure=any(
            one.outcome is CheckOutcome.UNKNOWN and one.about.level.weight >= level.weight for one in run.checked
        ),
    )
