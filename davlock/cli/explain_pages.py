"""What explain shows from its pages: a status, a finding, the words of a text, and the lists."""

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.exit_status import ExitStatus
from davlock.cli.options import Shared
from davlock.cli.output import Presenter, chosen_format, paged_console, print_lines, wants_color
from davlock.errors import LocalProtocolError

if TYPE_CHECKING:
    from davlock.diagnosis.topics.topic import Topic
    from davlock.render.tables import Console
    from davlock.render.topic_pages import Page


def present_mentions(shared: Shared, text: str) -> int | None:
    """The page of what a text mentions; ``None`` where it is about something else."""
    from davlock.diagnosis.mentions import RECORD, mentions
    from davlock.render.topic_pages import mention_list, mention_rows

    shown = mention_list(mentions(text))
    if not shown:
        return None

    def show(console: "Console") -> None:
        from davlock.render.topic_tables import show_mentions

        show_mentions(console, shown, RECORD)

    return _present(shared, "mentions", [shown], mention_rows(shown), show)


def present_shapes(shared: Shared) -> int:
    from davlock.capture.shapes import SHAPES

    shapes = [{"name": shape.name, "title": shape.title} for shape in SHAPES]

    def show(console: "Console") -> None:
        for shape in shapes:
            console.print(f"{shape['name']:<20} {shape['title']}", markup=False, highlight=False)

    return _present(shared, "shapes", [shapes], (f"{shape['name']}\t{shape['title']}" for shape in shapes), show)


def present_rules(shared: Shared, known: CommandKnowledge, statuses: Sequence[int] = ()) -> int:
    """The list of findings: all, or those that explain one of the ``statuses``."""
    from davlock.render import topic_pages

    for status in statuses:
        _topic(status)
    rules = topic_pages.rule_list(known.rules, statuses)

    def show(console: "Console") -> None:
        from davlock.render.topic_tables import show_rules

        show_rules(console, rules)

    return _present(shared, "rules", [rules], topic_pages.rule_rows(rules), show)


def present_statuses(shared: Shared, statuses: Sequence[int]) -> int:
    """The page of one status, or several side by side."""
    from davlock.render.topic_pages import comparison_rows, status_page

    pages = [status_page(status, _topic(status)) for status in dict.fromkeys(statuses)]
    if len(pages) == 1:
        return present_pages(shared, pages)

    def show(console: "Console") -> None:
        from davlock.render.topic_tables import show_comparison

        show_comparison(console, pages)

    return _present(shared, "topic", pages, comparison_rows(pages), show)


def _topic(status: int) -> "Topic":
    from davlock.diagnosis.topics import TOPICS

    if status not in TOPICS:
        nearest = min(sorted(TOPICS), key=lambda known: abs(known - status))
        known = ", ".join(map(str, sorted(TOPICS)))
        raise LocalProtocolError(f"there is no page for {status}", f"the nearest is {nearest}, of {known}")
    return TOPICS[status]


def present_pages(shared: Shared, pages: "Sequence[Page]") -> int:
    """One page after the other."""
    from davlock.render.topic_pages import page_rows

    def show(console: "Console") -> None:
        from davlock.render.topic_tables import show_page

        for place, page in enumerate(pages):
            if place:
                console.print()
            show_page(console, page)

    def lines(columns: int, ascii_only: bool) -> Iterator[str]:
        from davlock.render.page_lines import page_lines
        from davlock.render.styled_lines import plain

        for place, page in enumerate(pages):
            if place:
                yield ""
            yield from map(plain, page_lines(page, columns, ascii_only=ascii_only))

    return _present(shared, "topic", pages, (row for page in pages for row in page_rows(page)), show, lines)


def _present(
    shared: Shared,
    key: str,
    values: Sequence[object],
    rows: Iterator[str],
    show: Callable[["Console"], None],
    lines: Callable[[int, bool], Iterator[str]] | None = None,
) -> int:
    """Something to read that is about no target. Each of ``values`` is a RESULT of the JSON, under ``key``.

    ``lines`` are what ``show`` prints, but without colours, which takes no rich.
    """
    if shared.screen_file is not None:
        show(shared.screen_file.console)
    shape = chosen_format(shared)
    if shape == "tsv":
        for row in rows:
            click.echo(row)
        return ExitStatus.OK
    if shape == "table" and lines is not None and not wants_color(shared, sys.stdout.isatty()):
        print_lines(shared, lines)
        return ExitStatus.OK
    if shape == "table":
        with paged_console(shared) as console:
            show(console)
        return ExitStatus.OK
    from davlock.render.result import Result

    presenter = Presenter("explain", shared, rows=lambda result: rows, show=lambda console, result: None)
    for value in values:
        presenter.add(Result(target=None, extra=((key, value),)))
    presenter.finish()
    return ExitStatus.OK
