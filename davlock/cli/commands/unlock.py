"""``davlock unlock``."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.exit_status import ExitStatus, for_success, for_unlock
from davlock.cli.help_page import BriefCommand
from davlock.cli.options import Shared, network_options, why_option
from davlock.cli.output import complain
from davlock.cli.paths import open_ledger, own_locks
from davlock.cli.profile_targets import TARGET
from davlock.cli.target_screens import target_presenter
from davlock.cli.targets import conclude, for_each
from davlock.cli.tokens import ended_lock, given_tokens, kept_token
from davlock.diagnosis.finding import Severity
from davlock.diagnosis.lock_names import name_of
from davlock.diagnosis.screen import StateWord, TargetScreen
from davlock.diagnosis.skipped import Skipped
from davlock.diagnosis.verdict import Verdict
from davlock.errors import LocalProtocolError, SeveralLocks
from davlock.ledger import State
from davlock.operations.release import unlock
from davlock.protocol.lock import LockToken
from davlock.protocol.write_scope import WriteScope
from davlock.render.commands import shell_line
from davlock.render.json_v1 import iso
from davlock.render.local_time import in_local_time
from davlock.render.result import Result
from davlock.transport.base import Send

if TYPE_CHECKING:
    from davlock.ledger import Entry


@click.command("unlock", cls=BriefCommand)
@click.argument("urls", nargs=-1, required=True, type=TARGET, metavar="URL...")
@click.option(
    "--token",
    default="auto",
    show_default=True,
    metavar="TOKEN",
    help="The lock to release. auto is the lock that davlock took.",
)
@click.option("--steal", is_flag=True, help="Release the one lock that the server shows. Its holder can lose work.")
@click.option(
    "--at-root",
    is_flag=True,
    help="Also release a lock that was taken on another URL. davlock sends UNLOCK to the root of the lock.",
)
@why_option
@network_options
def command(urls: tuple[str, ...], token: str, steal: bool, at_root: bool, shared: Shared) -> int:
    """Release a lock and verify that it is gone. Some servers answer success and keep the lock.

    Exit status 0: the lock is gone, as read back, or it was gone before. davlock leaves a lock that another program
    took in the meantime, and says so. It sends nothing for a lock that it released before.

    To release a lock of somebody else, use --steal or its token. The holder can lose work. With --steal, 1: the server
    shows no lock. 2: it shows several, so choose one with --token. 3: it hides the token.
    """
    tokens = given_tokens((token,))
    if tokens and steal:
        raise LocalProtocolError("--steal takes the token that the server shows", "leave out --token, or --steal")
    known = CommandKnowledge(shared)
    presenter = target_presenter("unlock", shared)
    with open_ledger(shared) as ledger:

        def wanted(url: str) -> LockToken | None:
            if tokens or steal or ended_lock(ledger, url) is not None:
                return tokens[0] if tokens else None
            return kept_token(
                ledger,
                url,
                verb="unlock",
                or_else="Or add --token TOKEN or --steal: the holder can then lose work.",
                ends=True,
            )

        def act(send: Send, url: str) -> tuple[Result, ExitStatus]:
            ended = None if tokens or steal else ended_lock(ledger, url)
            if ended is not None:
                return _ended(ended, url, at_terminal=presenter.format == "table")
            try:
                report = unlock(
                    send,
                    url,
                    wanted(url),
                    steal=steal,
                    typed=bool(tokens),
                    at_root=at_root,
                    ledger=ledger,
                    own=own_locks(ledger, url),
                    profiles=known.profiles,
                )
            except SeveralLocks as several:
                look = shell_line(known.as_typed(("davlock", "locks", "--tokens", url), url))
                raise LocalProtocolError(several.what, several.hint, steps=(f"→ {look}",)) from None
            if presenter.format != "table":
                for why in (skipped.why for skipped in report.skipped if skipped.what == "UNLOCK"):
                    complain(f"{url}: {why}")
            result, code = conclude(report, known)
            # The token is wrong by itself: that no lock is shown does not say that the wanted lock is gone.
            wrong = bool(result.findings) and result.findings[0].severity is Severity.ERROR
            return result, for_unlock(code, wrong_token=wrong)

        def writes(url: str) -> tuple[WriteScope, ...]:
            return (WriteScope(url=url, roots=at_root),)

        return for_each(urls, shared, presenter, act, ledger=ledger, ready=wanted, writes=writes)


def _ended(entry: "Entry", url: str, *, at_terminal: bool) -> tuple[Result, ExitStatus]:
    """What is said of a lock that has ended before: nothing is sent for it."""
    when = datetime.fromtimestamp(entry.ended_at or 0.0, UTC)
    released = entry.state is State.RELEASED
    how = "already released" if released else "found to be gone"
    why = f"the lock that davlock took was {how} at {iso(when)}; nothing was sent"
    if not at_terminal:
        complain(f"{url}: {in_local_time(why, datetime.now(UTC))}")
    word = StateWord("ALREADY RELEASED" if released else "ALREADY GONE", Verdict.CLEAR)
    screen = TargetScreen(headline=(word, f": {name_of(url)}, at ", when, ". Nothing was sent."))
    return Result(target=url, make_screen=lambda: screen, skipped=(Skipped("UNLOCK", why),)), for_success(True)
