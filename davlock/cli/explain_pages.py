"""What explain shows from its pages: a status, a finding, the words of a text, and the lists."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.exit_status import ExitStatus
from davlock.cli.options import Shared
from davlock.cli.output import Presenter, chosen_format
from davlock.errors import LocalProtocolError

if TYPE_CHECKING:
    from davlock.diagnosis.rule import Rule
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

    return _present(shared, "mentions", shown, mention_rows(shown), show)


def present_shapes(shared: Shared) -> int:
    from davlock.capture.shapes import SHAPES

    shapes = [{"name": shape.name, "title": shape.title} for shape in SHAPES]

    def show(console: "Console") -> None:
        for shape in shapes:
            console.print(f"{shape['name']:<20} {shape['title']}", markup=False, highlight=False)

    return _present(shared, "shapes", shapes, (f"{shape['name']}\t{shape['title']}" for shape in shapes), show)


def present_rules(shared: Shared, known: CommandKnowledge) -> int:
    from davlock.render import topic_pages

    rules = topic_pages.rule_list(known.rules)

    def show(console: "Console") -> None:
        from davlock.render.topic_tables import show_rules

        show_rules(console, rules)

    return _present(shared, "rules", rules, topic_pages.rule_rows(rules), show)


def present_status(shared: Shared, status: int) -> int:
    from davlock.diagnosis.topics import TOPICS
    from davlock.render.topic_pages import status_page

    if status not in TOPICS:
        nearest = min(sorted(TOPICS), key=lambda known: abs(known - status))
        known = ", ".join(map(str, sorted(TOPICS)))
        raise LocalProtocolError(
            f"davlock has nothing to say about {status}", f"the nearest that it knows is {nearest}, of {known}"
        )
    return _present_page(shared, status_page(status, TOPICS[status]))


def present_finding(shared: Shared, rule: "Rule") -> int:
    from davlock.render.topic_pages import finding_page

    return _present_page(shared, finding_page(rule))


def _present_page(shared: Shared, page: "Page") -> int:
    from davlock.render.topic_pages import page_rows

    def show(console: "Console") -> None:
        from davlock.render.topic_tables import show_page

        show_page(console, page)

    return _present(shared, "topic", page, page_rows(page), show)


def _present(shared: Shared, key: str, value: object, rows: Iterator[str], show: Callable[["Console"], None]) -> int:
    """Something to read that is about no target; a RESULT is made of it for JSON alone, under ``key``."""
    if chosen_format(shared) == "tsv" and shared.screen_file is None:
        for row in rows:
            click.echo(row)
        return ExitStatus.OK
    from davlock.render.result import Result

    presenter = Presenter("explain", shared, rows=lambda result: rows, show=lambda console, result: show(console))
    presenter.add(Result(target=None, extra=((key, value),)))
    presenter.finish()
    return ExitStatus.OK
