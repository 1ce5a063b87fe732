"""``davlock lock``."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import click

from davlock.cli.broken_pipe import lost_reader
from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.exit_status import ExitStatus, for_late
from davlock.cli.help_page import BriefCommand
from davlock.cli.if_headers import print_if_headers
from davlock.cli.lock_options import WAIT, lock_options, wait_policy
from davlock.cli.options import Shared, network_options, quiet_prints_token, why_option
from davlock.cli.output import Presenter, complain, echo_for_script
from davlock.cli.paths import open_ledger, own_locks
from davlock.cli.profile_targets import TARGET
from davlock.cli.target_screens import target_presenter
from davlock.cli.targets import conclude, for_each, judge_report, whole_tree
from davlock.errors import Cancelled, OutputFailed
from davlock.operations import wait as waiting
from davlock.operations.locking import LockRequest
from davlock.operations.own_lock import granted_token, refused_by_own
from davlock.operations.probe import ProbeResult
from davlock.operations.results import Achieved
from davlock.operations.wait import WaitEnding, Waiting
from davlock.protocol.lock import LockToken
from davlock.render.local_time import in_local_time
from davlock.render.plain import FINDING_COLUMNS, finding_rows
from davlock.render.result import Result
from davlock.transport.base import Send

if TYPE_CHECKING:
    from davlock.ledger import Ledger


@click.command("lock", cls=BriefCommand)
@click.argument("urls", nargs=-1, required=True, type=TARGET, metavar="URL...")
@lock_options
@click.option("-w", "--wait", type=WAIT, default=0.0, help="Keep trying this long while someone else has it.")
@click.option(
    "--print", "print_", type=click.Choice(("token", "if")), help="Print only the token, or an If header with it."
)
@why_option
@quiet_prints_token
@network_options
def command(urls: tuple[str, ...], wish: LockRequest, wait: float, print_: str | None, shared: Shared) -> int:
    """Take a lock on each URL and verify it.

    davlock sends one LOCK with a Depth and one Timeout. -q prints only the token.

    Exit status 0: the server granted the lock, and davlock saw it. 1: the server refused it; davlock says why. 3: the
    server granted it, but davlock cannot see it. 75: it was not free within --wait.
    """
    presenter = lock_presenter("lock", shared, print_)
    known = CommandKnowledge(shared)
    patient = wait_policy(wait, lambda waits: None if shared.quiet else say_waiting(waits), shared=shared)

    taken: dict[str, str] = {}

    with open_ledger(shared) as ledger:

        def act(send: Send, url: str) -> tuple[Result, ExitStatus]:
            waited = waiting.acquire(send, url, wish, patient, ledger=ledger, profiles=known.profiles)
            token = granted_token(waited.report.evidence) if waited.report.achieved is not Achieved.NO else None
            if token is not None:
                taken[token.uri] = url
            report = waited.report
            if report.achieved is Achieved.NO:  # a lock that davlock took before can be what is in the way
                report = refused_by_own(report, own_locks(ledger, url))
            say_not_tried(report, presenter)
            if wait and waited.ending is WaitEnding.LATE:
                return judge_report(report, known), for_late(waits=True)
            return conclude(report, known)

        with name_what_stays(ledger, taken):
            return for_each(urls, shared, presenter, act, ledger=ledger, writes=whole_tree, waits=wait > 0)


@contextmanager
def name_what_stays(ledger: "Ledger", taken: dict[str, str]) -> Iterator[None]:
    """Where nobody reads the results, or the command ends before them, name every lock that it leaves: tokens and URLs.

    ``taken`` holds them by token; what is in it when the block ends counts.
    """

    def locks_that_stay() -> list[str]:
        ours = {entry.token: entry.url for entry in ledger.of_this_process() if entry.token is not None}
        return [f"the lock {token} on {url} stays; {_way(url, token)}" for token, url in {**taken, **ours}.items()]

    try:
        yield
    except (KeyboardInterrupt, Cancelled, OutputFailed) as error:
        stays = locks_that_stay()
        if not stays:
            raise
        if isinstance(error, Cancelled):
            raise Cancelled(error.signum, "; ".join((error.left_behind, *stays))) from None
        if isinstance(error, KeyboardInterrupt):
            raise Cancelled.after(error, "; ".join(stays)) from None
        for line in stays:
            complain(line)
        raise
    if lost_reader():
        for line in locks_that_stay():
            complain(line)


def _way(url: str, token: str) -> str:
    return f"release it with: davlock unlock {url} --token '{token}'"


def say_waiting(waits: Waiting, *, no_limit: bool = False) -> None:
    """What is waited for, on stderr, and whether there is a limit."""
    limit = "; no limit was set (-w DURATION sets one)" if no_limit else ""
    complain(f"waiting for {waits.url}: {in_local_time(waits.words, datetime.now())}{limit}")


def say_not_tried(report: ProbeResult, presenter: Presenter) -> None:
    """Why no LOCK was sent; at a terminal the result says it."""
    for skipped in report.skipped:
        if skipped.what == "LOCK" and presenter.format != "table":
            complain(skipped.why)


def lock_presenter(command: str, shared: Shared, print_: str | None) -> Presenter:
    """For the locks that ``command`` took: everything about them, or what a script wants of them alone."""
    wanted = print_ or ("token" if shared.quiet and shared.format == "auto" else None)
    if wanted is None:
        return target_presenter(command, shared)
    return _TokenPrinter(command, shared, wanted)


class _TokenPrinter(Presenter):
    """Prints what a script wants of the granted locks; a refusal goes to stderr."""

    def __init__(self, command: str, shared: Shared, what: str) -> None:
        super().__init__(command, shared, rows=finding_rows, columns=FINDING_COLUMNS, show=lambda console, result: None)
        self._what = what
        self._locks: list[tuple[str, LockToken]] = []

    def write(self, result: Result) -> None:
        """The token. An If header waits for the other locks."""
        lock = next((view.lock for view in result.locks or () if view.held and view.lock.token), None)
        if lock is None or lock.token is None:
            for row in finding_rows(result):
                click.echo(row, err=True)
        elif self._what == "if":
            self._locks.append((result.target or "", lock.token))
        else:
            echo_for_script(lock.token.uri)

    def finish(self) -> None:
        """The If header, when all locks are there."""
        print_if_headers(self._locks)
