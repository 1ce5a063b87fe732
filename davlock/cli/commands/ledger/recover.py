"""``davlock ledger recover``."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import click

from davlock.cli import late_lock
from davlock.cli.activity import activity_of
from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.commands.ledger.rows import OPEN, chosen_entries, entry_address, entry_row, now_iso
from davlock.cli.credentials import login_for
from davlock.cli.exit_status import ExitStatus, combine, for_failed_recovery, for_recovery, for_unread
from davlock.cli.help_page import BriefCommand
from davlock.cli.options import Shared, network_options
from davlock.cli.output import Presenter, complain
from davlock.cli.paths import open_ledger
from davlock.cli.profile_targets import TARGET
from davlock.cli.refused_login import complain_with_login, login_refusal
from davlock.cli.session import open_sender
from davlock.cli.targets import for_doer, judge_report
from davlock.cli.typed_urls import always_writes, urls_from
from davlock.errors import Cancelled, DavlockError, LocalProtocolError
from davlock.ledger import Entry, Ledger
from davlock.operations import recovery
from davlock.operations.recovery import Recovered
from davlock.operations.results import ReleaseOutcome
from davlock.protocol.write_scope import WriteScope
from davlock.render.commands import shell_line
from davlock.render.ledger_rows import COLUMNS, ledger_lines, ledger_list
from davlock.render.result import Result

if TYPE_CHECKING:
    from davlock.render.tables import Console


def _refuse_unproven(context: click.Context, parameter: click.Parameter, typed: bool) -> None:
    """``--unproven`` released locks of other people."""
    if typed:
        raise LocalProtocolError(
            "davlock no longer has --unproven: recover releases only what is surely ours",
            "without it, recover lists the other locks with the command that releases each",
        )


@click.command("recover", cls=BriefCommand)
@click.argument("urls", nargs=-1, type=TARGET, metavar="[URL]...")
@click.option("--kept", is_flag=True, help="Also release locks that davlock lock left on purpose.")
@click.option("--unproven", is_flag=True, hidden=True, expose_value=False, callback=_refuse_unproven)
@network_options
def recover(urls: tuple[str, ...], kept: bool, shared: Shared) -> int:
    """Release the locks that a crash left behind.

    With URLs, it releases those at and below them. These are locks of a davlock that no longer runs. If the answer to
    LOCK never arrived, davlock does not know the token. Then recover looks for exactly one lock on that URL, with the
    owner, depth and scope that davlock sent. It leaves every other lock, and lists it with the command that releases it
    (exit status 3).

    If the LOCK was sent less than ten seconds ago and no lock is shown, the server may still work on it. Then recover
    waits until the ten seconds are over, and looks again.

    It also leaves locks of a process that still runs, and locks taken on another machine. Without --kept, it leaves
    locks that davlock lock left on purpose. Exit status 0: nothing is left.
    """
    # At a terminal all rows are one table, at the end: a table for each lock repeated its header.
    presenter = Presenter(
        "ledger",
        shared,
        rows=partial(ledger_lines, now=now_iso()),
        columns=COLUMNS,
        show=lambda console, result: None,
    )
    known = CommandKnowledge(shared)
    codes: list[ExitStatus] = []
    results: list[Result] = []
    left_alone: list[tuple[Entry, str]] = []

    def add(result: Result) -> None:
        presenter.add(result)
        results.append(result)

    with open_ledger(shared) as ledger:
        try:
            typed = urls_from(urls, shared, writes=always_writes)
            for entry in activity_of(shared).each(chosen_entries(ledger, typed, OPEN), "lock"):
                why = recovery.why_not(entry, ledger, kept=kept)
                if why:
                    left_alone.append((entry, why))
                    continue
                found, code = _recovered(entry, entry_address(entry, typed), ledger, shared, known)
                add(found)
                codes.append(code)
            for entry, why in left_alone:
                row = entry_row(entry, ledger, recovered=Recovered(outcome=ReleaseOutcome.SKIPPED, why=why))
                add(Result(target=entry.url, extra=(("rows", [row]),)))
            ledger.clear_signs()
        except (KeyboardInterrupt, Cancelled):
            presenter.stop(())
            raise
        finally:
            if results:
                presenter.show_all(_show, results)
            presenter.finish()
    if not codes:
        more = f"; {len(left_alone)} locks are left alone" if left_alone else ""
        complain(f"there is nothing to recover{more}")
    return combine(codes)


def _show(console: "Console", results: list[Result]) -> None:
    from davlock.render.draw_rows import show_rows

    show_rows(console, ledger_list(results, now=now_iso()))


def _recovered(
    entry: Entry, address: str, ledger: Ledger, shared: Shared, known: CommandKnowledge
) -> tuple[Result, ExitStatus]:
    ledger.login = entry.login
    if entry.login != login_for(shared, address):
        who = f"as {entry.login}" if entry.login else "without a user name"
        hint = f"-u {entry.login}" if entry.login else "no -u"
        recovered = Recovered(outcome=ReleaseOutcome.UNSURE, why=f"the lock was taken {who}: run this with {hint}")
        complain(f"{entry.url}: {recovered.why}")
        row = entry_row(entry, ledger, recovered=recovered)
        return Result(target=entry.url, extra=(("rows", [row]),)), for_unread(None)
    failed = for_unread(None)
    try:
        with open_sender(shared, address, WriteScope(url=entry.url, below=False)) as send:
            wait = partial(late_lock.wait_for_late_lock, shared, entry.url)
            recovered = recovery.recover(send, entry, ledger, now=late_lock.now, wait=wait, profiles=known.profiles)
    except Cancelled:
        raise
    except DavlockError as error:
        recovered = Recovered(outcome=ReleaseOutcome.UNSURE, why=str(error))
        failed = for_failed_recovery(error)
    row = entry_row(entry, ledger, recovered=recovered)
    report = recovered.report
    found = judge_report(report, known) if report is not None else Result(target=entry.url)
    found = replace(found, extra=(("rows", [row]),))
    if recovered.outcome in (ReleaseOutcome.RELEASED, ReleaseOutcome.ALREADY_GONE):
        return found, for_recovery(ended=True, code=failed)
    complain_with_login(f"{entry.url}: {recovered.outcome.value}: {recovered.why}", login_refusal(found.findings))
    for line in recovered.commands:
        complain(f"if the lock is yours, release it: {shell_line(line)}")
    code = for_doer(report, found.findings) if report is not None else failed
    return found, for_recovery(ended=False, code=code)
