"""The presenter of commands that are about one target at a time: its screen for people, its findings for pipes."""

from dataclasses import replace
from typing import TYPE_CHECKING

from davlock.cli.options import Shared
from davlock.cli.output import Presenter
from davlock.cli.refused_login import login_refusal
from davlock.render.plain import FINDING_COLUMNS, finding_rows

if TYPE_CHECKING:
    from davlock.render.result import Result
    from davlock.render.tables import Console


def target_presenter(command: str, shared: Shared, *, err: bool = False) -> Presenter:
    """Returns a presenter for results of ``command``; ``err``: on stderr."""
    refusals: dict[str, str | None] = {}

    def show(console: "Console", result: "Result") -> None:
        from davlock.render.screens import show_result  # rich, which no pipe needs

        show_result(console, result if shared.why else _refused_once(result, refusals), why=shared.why)

    return Presenter(command, shared, rows=finding_rows, columns=FINDING_COLUMNS, show=show, err=err)


def _refused_once(result: "Result", refusals: dict[str, str | None]) -> "Result":
    """``result``; without its steps if its login was refused for an earlier target, whose screen says what to do.

    ``refusals`` has the first target of each refusal.
    """
    refusal, screen = login_refusal(result.findings), result.screen
    if refusal is None or screen is None or refusals.setdefault(refusal.headline, result.target) == result.target:
        return result
    return replace(result, make_screen=lambda: replace(screen, meaning=(), steps=()))
