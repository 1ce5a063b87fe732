"""``davlock refresh``."""

import click

from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.duration import DURATION
from davlock.cli.exit_status import ExitStatus
from davlock.cli.help_page import BriefCommand
from davlock.cli.lock_options import checked_timeout
from davlock.cli.options import Shared, network_options, why_option
from davlock.cli.output import complain
from davlock.cli.paths import open_ledger, own_locks
from davlock.cli.profile_targets import TARGET
from davlock.cli.target_screens import target_presenter
from davlock.cli.targets import conclude, for_each, whole_tree
from davlock.cli.tokens import given_tokens, kept_token
from davlock.ledger import Ledger
from davlock.operations import locking
from davlock.protocol.lock import LONGEST_TIMEOUT, LockToken
from davlock.render.result import Result
from davlock.transport.base import Send

_LIFETIME = 600
"""Seconds to ask for where the ledger does not know better."""


def _granted_before(ledger: Ledger, url: str, token: LockToken) -> int:
    """The lifetime that this lock had, in whole seconds: a renewal is not to make it shorter."""
    lifetimes = [entry.seconds for entry in ledger.covering(url) if entry.lock_token == token]
    known = lifetimes[0] if lifetimes else None
    return int(known) if known is not None and 1 <= known <= LONGEST_TIMEOUT else _LIFETIME


@click.command("refresh", cls=BriefCommand)
@click.argument("urls", nargs=-1, required=True, type=TARGET, metavar="URL...")
@click.option(
    "--token",
    default="auto",
    show_default=True,
    metavar="TOKEN",
    help="The lock to renew. auto is the lock that davlock took.",
)
@click.option(
    "--timeout",
    type=DURATION,
    default=None,
    show_default="as before, else 10m",
    help="Lifetime to ask for.",
)
@why_option
@network_options
def command(urls: tuple[str, ...], token: str, timeout: float | None, shared: Shared) -> int:
    """Renew a lock and verify it. At least one server renews locks that do not exist.

    davlock sends no LOCK if the resource is missing: nginx would create an empty file.

    davlock always sends a Timeout: without one, some servers make the lock endless.
    """
    seconds = None if timeout is None else checked_timeout(timeout)
    tokens = given_tokens((token,))
    known = CommandKnowledge(shared)
    presenter = target_presenter("refresh", shared)
    with open_ledger(shared) as ledger:

        def wanted(url: str) -> LockToken:
            return tokens[0] if tokens else kept_token(ledger, url, verb="refresh", or_else="Or add --token TOKEN.")

        def act(send: Send, url: str) -> tuple[Result, ExitStatus]:
            lock = wanted(url)
            report = locking.refresh(
                send,
                url,
                lock,
                seconds=seconds or _granted_before(ledger, url, lock),
                ledger=ledger,
                own=own_locks(ledger, url),
                typed=bool(tokens),
                profiles=known.profiles,
            )
            if presenter.format != "table":
                for why in (skipped.why for skipped in report.skipped if skipped.what == "LOCK"):
                    complain(f"{url}: {why}")
            return conclude(report, known)

        return for_each(urls, shared, presenter, act, ledger=ledger, ready=wanted, writes=whole_tree)
