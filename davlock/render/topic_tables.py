"""The pages and lists of ``davlock explain``, drawn by rich."""

from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from davlock.diagnosis.finding import Severity
from davlock.protocol.visible import visible
from davlock.render.page_lines import LABEL, WIDEST, page_lines, styled
from davlock.render.theme import SEVERITY_STYLE
from davlock.render.topic_pages import Page, StatusPage, comparison

NARROWEST = 18
"""Columns of a status in a comparison. Where there are fewer, the statuses stand below each other."""


def show_page(console: Console, page: Page) -> None:
    """One page: the answer in a frame, what it may be confused with, and the commonest findings."""
    for line in page_lines(page, console.width, ascii_only=console.options.ascii_only):
        console.print(Text.assemble(*line), soft_wrap=True)


def show_comparison(console: Console, pages: Sequence[StatusPage]) -> None:
    """Several statuses side by side; below each other if the terminal is too narrow for that."""
    names = [Text(f"{page['id']} {page['title']}", style="bold") for page in pages]
    if (console.width - LABEL - 2) // len(pages) - 2 < NARROWEST:
        _show_below_each_other(console, pages)
    else:
        table = Table(box=box.SIMPLE_HEAD, border_style="dim", pad_edge=False, show_edge=False)
        table.add_column("", style="bold", min_width=LABEL)
        for name in names:
            table.add_column(name, max_width=WIDEST // 2, ratio=1)
        for heading, cells in comparison(pages):
            table.add_row(heading, *map(_words, cells))
        _print(console, table, width=console.width)
    console.print(_words(f"More on one: `davlock explain {pages[0]['id']}`"))


def _show_below_each_other(console: Console, pages: Sequence[StatusPage]) -> None:
    for heading, cells in (("Status", [page["title"] for page in pages]), *comparison(pages)):
        console.print(Text(heading, style="bold"))
        table = Table.grid(padding=(0, 2, 0, 0))
        for page, words in zip(pages, cells, strict=True):
            table.add_row(f"  {page['id']}", _words(words or "-"))
        _print(console, table, width=console.width)


def show_rules(console: Console, rules: Sequence[Mapping[str, str]]) -> None:
    """The table of all findings, with a line for each family; ids are never broken."""
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", border_style="dim", pad_edge=False)
    for name in ("Finding", "Severity"):
        table.add_column(name, no_wrap=True)
    for name in ("What was observed", "From"):
        table.add_column(name, overflow="fold")
    family = ""
    for rule in rules:
        if rule["family"] != family:
            family = rule["family"]
            table.add_section()
            table.add_row(Text(family, style="bold"))
        words = [Text(visible(rule[name])) for name in ("id", "severity", "title", "origin")]
        words[1].stylize(SEVERITY_STYLE[Severity[rule["severity"].upper()]])
        table.add_row(*words)
    _print(console, table, width=console.width)


def show_mentions(console: Console, mentions: Sequence[Mapping[str, object]], record: str) -> None:
    """What a text mentions, a line each, with the pages on it and how to record more."""
    console.print(Text("No exchange can be read here. It mentions:"))
    for entry in mentions:
        console.print(Text(f"  {visible(str(entry['words']))}: {entry['meaning']}"), soft_wrap=True)
        see = entry["see"]
        for page in see if isinstance(see, list) else ():
            console.print(Text(f"      davlock explain {page}"), soft_wrap=True)
    console.print(Text(f"To learn more, {record}."), soft_wrap=True)


def _print(console: Console, shown: RenderableType, *, width: int) -> None:
    """Without the white space that rich puts at the end of lines."""
    for line in console.render_lines(shown, console.options.update(width=width), pad=False):
        words = Text.assemble(*((part.text, part.style or "") for part in line))
        words.rstrip()
        console.print(words, soft_wrap=True)


def _words(words: str) -> Text:
    return Text.assemble(*styled(words))
