"""``davlock ledger``, with a module for each of its commands."""

import click

from davlock.cli.commands.ledger.check import check
from davlock.cli.commands.ledger.forget import forget
from davlock.cli.commands.ledger.list_entries import list_entries
from davlock.cli.commands.ledger.recover import recover


@click.group("ledger")
def command() -> None:
    """The locks that davlock took, kept between runs: list them, release what a crash left, check the file, forget.

    The ledger is a file that only you can read; it has URLs, tokens and times, and no passwords. It is what
    --token auto means. --no-ledger, with any command, does without.

    davlock names damaged rows, and goes on without them. It follows no symbolic link to a file of the ledger; a link in
    place of the folder is accepted if only you can write to its target.
    """


for subcommand in (list_entries, recover, check, forget):
    command.add_command(subcommand)
