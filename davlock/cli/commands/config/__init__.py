"""``davlock config``, with a module for each of its commands."""

import click

from davlock.cli.commands.config.check import check
from davlock.cli.commands.config.explain import explain
from davlock.cli.commands.config.list_profiles import list_profiles
from davlock.cli.commands.config.path import path
from davlock.cli.help_page import BriefGroup


@click.group("config", cls=BriefGroup)
def command() -> None:
    """Show and check the profiles: servers that you named in a file.

    work:team/report.odt is a place on the server that the profile "work" describes. davlock help profiles shows an
    example of the file. davlock never writes to it.
    """


for subcommand in (path, list_profiles, check, explain):
    command.add_command(subcommand)
