"""``davlock ledger list``."""

import click

from davlock.cli.activity import activity_of
from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.commands.ledger.rows import OPEN, chosen_entries, entry_address, entry_presenter, entry_row
from davlock.cli.exit_status import ExitStatus, combine, for_error, for_reading, for_success
from davlock.cli.help_page import BriefCommand
from davlock.cli.if_headers import print_if_headers
from davlock.cli.options import Shared, network_options
from davlock.cli.output import echo_for_script
from davlock.cli.paths import open_ledger
from davlock.cli.profile_targets import TARGET, typed_targets
from davlock.cli.refused_login import complain_with_login, login_refusal
from davlock.cli.session import open_sender
from davlock.cli.targets import judge_report
from davlock.cli.typed_urls import only_reads, urls_from
from davlock.errors import Cancelled, DavlockError, LocalProtocolError
from davlock.ledger import Entry
from davlock.operations import recovery
from davlock.operations.read_failure import read_failure
from davlock.operations.recovery import Verified
from davlock.render.result import Result


@click.command("list", cls=BriefCommand)
@click.argument("urls", nargs=-1, type=TARGET, metavar="[URL]...")
@click.option("--all", "everything", is_flag=True, help="Also released and lost locks.")
@click.option("--verify", is_flag=True, help="Ask the server about each lock: mine, stolen or gone.")
@click.option("--tokens", is_flag=True, help="Also show lock tokens.")
@click.option("--print", "print_", type=click.Choice(("token", "if")), help="Print only tokens, or If headers.")
@network_options
def list_entries(
    urls: tuple[str, ...], everything: bool, verify: bool, tokens: bool, print_: str | None, shared: Shared
) -> int:
    """List the locks that davlock took.

    With URLs, it lists those at and below them.

    With --verify, davlock compares each lock with the server, as svn status -u does. A lock is mine (K), stolen (T) if
    another lock is in its place, gone (B), or unknown (?). It changes nothing.

    Without a terminal, davlock prints one line for each lock. The columns are url, token, state, login, taken_at,
    expires_at, lockroot, process, standing, outcome, why, run.
    """
    with open_ledger(shared) as ledger:
        typed = urls_from(urls, shared, writes=only_reads)
        entries = chosen_entries(ledger, typed, () if everything else OPEN)
        if print_ is not None:
            return _print(entries, print_)
        rows = []
        codes = []
        known = CommandKnowledge(shared)
        for entry in activity_of(shared).each(entries, "lock") if verify else entries:
            verified = None
            if verify and entry.state in OPEN:
                verified, code = _verified(entry, entry_address(entry, typed), shared, known)
                codes.append(code)
            rows.append(entry_row(entry, ledger, verified=verified))
        presenter = entry_presenter(
            shared, tokens=tokens, verified=verify, targets=tuple(typed_targets().words.values())
        )
        presenter.add(Result(target=None, extra=(("rows", rows),)))
        presenter.finish()
        return combine(codes)


def _print(entries: tuple[Entry, ...], what: str) -> int:
    held = [(entry.place, token) for entry in entries if (token := entry.lock_token) is not None]
    if what == "if":
        print_if_headers(held)
    else:
        for _, token in held:
            echo_for_script(token.uri)
    return for_success(bool(held))


def _verified(entry: Entry, address: str, shared: Shared, known: CommandKnowledge) -> tuple[Verified | str, ExitStatus]:
    try:
        with open_sender(shared, address) as send:
            verified = recovery.verify(send, entry, profiles=known.profiles)
    except (Cancelled, LocalProtocolError):
        raise
    except DavlockError as error:
        return str(error), for_error(error)
    if (refusal := login_refusal(judge_report(verified.report, known, silent=True).findings)) is not None:
        complain_with_login(f"{entry.url}: {verified.why}", refusal)
    return verified, for_reading(read_failure(verified.report.evidence))
