"""``davlock config list``."""

from typing import TYPE_CHECKING

import click

from davlock.cli.exit_status import ExitStatus
from davlock.cli.help_page import BriefCommand
from davlock.cli.options import Shared, output_options
from davlock.cli.output import Presenter, complain
from davlock.cli.profiles import load_profiles
from davlock.render.profile_rows import PROFILE_COLUMNS, profile_lines, profile_list
from davlock.render.result import Result

if TYPE_CHECKING:
    from davlock.render.tables import Console


@click.command("list", cls=BriefCommand)
@output_options
def list_profiles(shared: Shared) -> int:
    """List the profiles with their URLs and users, without secrets.

    Without a terminal, davlock prints one line for each profile. The columns are name, url, user, keys.
    """
    profiles = load_profiles()
    rows = [
        {
            "name": profile.name,
            "url": profile.url,
            "user": profile.settings.get("user"),
            "keys": sorted(profile.lines),
        }
        for profile in profiles.by_name.values()
    ]

    def show(console: "Console", result: Result) -> None:
        from davlock.render.draw_rows import show_rows

        show_rows(console, profile_list(result, str(profiles.path)))

    presenter = Presenter("config", shared, rows=profile_lines, columns=PROFILE_COLUMNS, show=show, paged=True)
    presenter.add(Result(target=None, extra=(("profiles", rows),)))
    presenter.finish()
    if number := len(profiles.faults):
        complain(f"{profiles.path} has {number} fault{'' if number == 1 else 's'}: davlock config check shows all")
    return ExitStatus.OK
