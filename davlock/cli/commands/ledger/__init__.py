"""``davlock ledger``, with a module for each of its commands."""

import click

from davlock.cli.commands.ledger.check import check
from davlock.cli.commands.ledger.forget import forget
from davlock.cli.commands.ledger.list_entries import list_entries
from davlock.cli.commands.ledger.recover import recover
from davlock.cli.help_page import BriefGroup


@click.group("ledger", cls=BriefGroup)
def command() -> None:
    """List, verify and release the locks that davlock took.

    The ledger is a file that only you can read. It has URLs, tokens and times, and no passwords. --token auto takes its
    tokens. Any command works without it: --no-ledger.

    davlock names damaged rows, and continues without them. It follows no symbolic link to a file of the ledger. It
    accepts a link instead of the folder if only you can write to its target.
    """


for subcommand in (list_entries, recover, check, forget):
    command.add_command(subcommand)
