"""The presenter of commands that are about one target at a time: its screen for people, its findings for pipes."""

from typing import TYPE_CHECKING

from davlock.cli.options import Shared
from davlock.cli.output import Presenter
from davlock.render.plain import FINDING_COLUMNS, finding_rows

if TYPE_CHECKING:
    from davlock.render.result import Result
    from davlock.render.tables import Console


def target_presenter(command: str, shared: Shared, *, err: bool = False) -> Presenter:
    """Returns a presenter for results of ``command``; ``err``: on stderr."""

    def show(console: "Console", result: "Result") -> None:
        from davlock.render.screens import show_result  # rich, which no pipe needs

        show_result(console, result, why=shared.why)

    return Presenter(command, shared, rows=finding_rows, columns=FINDING_COLUMNS, show=show, err=err)
