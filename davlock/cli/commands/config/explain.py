"""``davlock config explain``."""

from typing import TYPE_CHECKING

import click

from davlock.cli.exit_status import ExitStatus
from davlock.cli.help_page import BriefCommand
from davlock.cli.options import Shared, network_options
from davlock.cli.output import Presenter
from davlock.cli.profile_targets import TARGET
from davlock.cli.setting_sources import setting_sources
from davlock.cli.typed_urls import only_reads, url_from
from davlock.protocol.url import without_credentials
from davlock.render.profile_rows import SETTING_COLUMNS, setting_lines, setting_list
from davlock.render.result import Result

if TYPE_CHECKING:
    from davlock.render.tables import Console


@click.command("explain", cls=BriefCommand)
@click.argument("target", type=TARGET, metavar="URL")
@network_options
def explain(target: str, shared: Shared) -> int:
    """Show each setting for a URL, and where it comes from. Asks no server.

    An option outweighs the environment, and that the profile. At a terminal, davlock leaves out what is not set.

    Without a terminal, davlock prints one line for each setting. The columns are setting, value, source, from. source
    is option, environment, profile or default.
    """
    url = url_from(target, shared, writes=only_reads)
    rows = [source.as_dict() for source in setting_sources(click.get_current_context(), shared, url)]

    def show(console: "Console", result: Result) -> None:
        from davlock.render.draw_rows import show_rows

        show_rows(console, setting_list(result))

    presenter = Presenter("config", shared, rows=setting_lines, columns=SETTING_COLUMNS, show=show, paged=True)
    presenter.add(Result(target=without_credentials(url), extra=(("settings", rows),)))
    presenter.finish()
    return ExitStatus.OK
