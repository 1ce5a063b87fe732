"""``davlock config path``."""

import click

from davlock.cli.exit_status import ExitStatus
from davlock.cli.help_page import BriefCommand
from davlock.cli.output import complain
from davlock.cli.profile_file import config_path


@click.command("path", cls=BriefCommand)
def path() -> int:
    """Print where the file of profiles is.

    DAVLOCK_CONFIG names another file. If the file does not exist, davlock says so on stderr.
    """
    file = config_path()
    click.echo(file)
    if not file.exists():
        complain("there is no such file yet; davlock help profiles shows an example")
    return ExitStatus.OK
