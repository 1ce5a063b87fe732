"""The pages of ``davlock explain`` at a terminal, as Markdown that rich shows."""

import re
from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Console, RenderableType
from rich.markdown import Markdown
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from davlock.diagnosis.finding import Severity
from davlock.protocol.visible import visible
from davlock.render.theme import SEVERITY_STYLE
from davlock.render.topic_pages import Page, facts, related

WIDEST = 100
"""Columns: longer lines are hard to read, however wide the terminal is."""

LOOKS = Theme({"markdown.h2": "bold", "markdown.code": "cyan", "markdown.table.header": "bold"})


def show_page(console: Console, page: Page) -> None:
    """One page."""
    with console.use_theme(LOOKS):
        _print(console, Markdown(markdown(page), hyperlinks=False), width=min(console.width, WIDEST))


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


def markdown(page: Page) -> str:
    """The page as Markdown: its title, its facts, its sections, the findings of a status and the references."""
    if page["kind"] == "status":
        parts = [f"## {page['id']} {_escaped(page['title'])}"]
    else:
        parts = [f"## {_escaped(page['id'])}", _escaped(page["title"])]
        parts.append("  \n".join(f"**{name}:** {_escaped(words)}" for name, words in facts(page)))
    parts += (f"**{_escaped(name)}:** {_escaped(words)}" for name, words in page["sections"].items())
    if page["findings"]:
        rows = (f"| {_escaped(name)} | {_escaped(words)} |" for name, words in related(page))
        parts.append("\n".join(("| Finding | What was observed |", "| --- | --- |", *rows)))
    parts.append("\n".join(f"* {_escaped(entry['title'])}: {entry['url']}" for entry in page["references"]))
    return "\n\n".join(parts)


def _escaped(words: str) -> str:
    """Plain words as Markdown: nothing but `code` means anything in them."""
    outside_and_code = re.split(r"(`[^`]+`)", visible(words))
    return "".join(
        part if part.startswith("`") else re.sub(r"([\\`*_{}\[\]<>()#+!|~&-])", r"\\\1", part)
        for part in outside_and_code
    )
