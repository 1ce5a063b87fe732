"""Run the checks at one URL: who asks, where davlock may write, and what a person sees while they run."""

import secrets
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

from davlock.checks.check import Check
from davlock.checks.context import CheckContext
from davlock.checks.place import require_collection
from davlock.checks.registry import GROUND
from davlock.checks.repeats import merge_runs
from davlock.checks.requester import NAME
from davlock.checks.results import Run
from davlock.checks.suite import run
from davlock.cli.check_reports import CheckReports
from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.credentials import for_another_user, has_login, without_login
from davlock.cli.invocation import invocation
from davlock.cli.options import Shared
from davlock.cli.pace import Pace
from davlock.cli.progress import progress_of
from davlock.cli.session import open_sender
from davlock.diagnosis.printed_command import with_options
from davlock.operations.scratch import User
from davlock.protocol.url import without_credentials
from davlock.protocol.write_scope import WriteScope
from davlock.render.commands import shell_line
from davlock.transport.base import Send


def run_checks(
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
    target, budget = collection_url(url), shared.budget
    limit = budget.clean_up if budget is not None else no_limit
    runs = []
    progress = CheckProgress(len(chosen), repeat)
    progress_of(shared).tell(progress.words)
    for number in range(repeat):
        if budget is not None:
            budget.end_clean_up()
        mark = secrets.token_hex(6)
        scopes = scratch_scopes(target, f"{NAME}{mark}")
        with ExitStack() as stack:
            users = scratch_users(url, shared, user2, scopes, stack)
            context = CheckContext(
                users,
                target,
                mark=mark,
                again=clean_up_command(shared, target),
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
            outcome = run(
                context,
                chosen,
                clock=time.monotonic,
                now=time.time,
                prepare=require_collection,
                tell=partial(_tell, output, context, len(chosen), partial(progress.at, number)),
            )
            runs.append(replace(outcome, command=_as_typed(shared, target, outcome.command)))
        if runs[-1].stop is not None:
            break
    return merge_runs(runs)


def no_limit(seconds: float) -> None:
    """Sets no limit: the removal has its own."""


def clean_up_command(shared: Shared, target: str) -> str:
    """Returns the command that removes what a run left below ``target``, with the login and the route as typed."""
    return shell_line(_as_typed(shared, target, ("davlock", "check", "--clean-up", target)))


def _as_typed(shared: Shared, target: str, command: tuple[str, ...]) -> tuple[str, ...]:
    """Returns ``command`` with the login and the route as typed; nothing for nothing."""
    return with_options(command, invocation(shared, target)) if command else ()


def collection_url(url: str) -> str:
    target = without_credentials(url)
    return target if target.endswith("/") else f"{target}/"


def scratch_scopes(target: str, name: str) -> tuple[WriteScope, ...]:
    """Returns where one run may write: its scratch collection, and the file that it tries if MKCOL fails."""
    return WriteScope(url=f"{target}{name}/"), WriteScope(url=f"{target}{name}.txt", below=False)


def scratch_users(
    url: str, shared: Shared, user2: str | None, scopes: tuple[WriteScope, ...], stack: ExitStack
) -> "tuple[User, ...]":
    users = [User(stack.enter_context(open_sender(shared, url, *scopes)), "")]
    if user2 is not None:
        other = for_another_user(shared, user2)
        users.append(
            User(stack.enter_context(open_sender(other, collection_url(url), *scopes)), user2.partition(":")[0])
        )
    return tuple(users)


def _anonymous(
    url: str, shared: Shared, user2: str | None, scopes: tuple[WriteScope, ...], stack: ExitStack
) -> Send | None:
    """Returns a sender without any login, if the person gave one."""
    if user2 is None and not has_login(shared, url):
        return None
    return stack.enter_context(open_sender(without_login(shared), collection_url(url), *scopes))


def _tell(
    output: CheckReports,
    context: CheckContext,
    count: int,
    note: Callable[[str, int], None],
    check: Check,
    place: int,
) -> None:
    if check.id == GROUND:  # not before: if the server does not answer, davlock writes nothing
        then = "kept (--keep)" if context.keep else "removed at the end"
        output.announce(f"{count} checks write and lock files in {context.url}, {then}")
    note(check.id, place)


class CheckProgress:
    """How far the runs at one URL have come."""

    def __init__(self, checks: int, repeat: int) -> None:
        self._checks = checks
        self._repeat = repeat
        self._pace = Pace(checks * repeat)
        self._check = ""

    def at(self, number: int, check: str, place: int) -> None:
        """``check`` begins, in the run of that ``number``."""
        self._check = check
        self._pace.at(number * self._checks + place)

    def words(self) -> str:
        """One line; empty before the first check."""
        if not self._check:
            return ""
        run, place = divmod(self._pace.done, self._checks)
        which = f" (run {run + 1} of {self._repeat})" if self._repeat > 1 else ""
        parts = (f"check {place + 1} of {self._checks}{which}", *self._pace.words(), self._check)
        return ", ".join(parts)
