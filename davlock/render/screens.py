"""One target for people at a terminal: what :mod:`davlock.diagnosis.screen` decided, laid out."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from davlock.diagnosis.finding import Finding, Severity
from davlock.diagnosis.remedies import Command
from davlock.diagnosis.screen import Line, LockRow, NextStep, StateWord, TargetScreen
from davlock.protocol.visible import visible
from davlock.render.commands import shell_line
from davlock.render.details import show_details
from davlock.render.local_time import local_time
from davlock.render.notes import note_lines
from davlock.render.result import Result
from davlock.render.screen_words import part_words
from davlock.render.tables import hang, plain_text, show_skipped, show_table
from davlock.render.theme import SEVERITY_MARK, SEVERITY_STYLE, VERDICT_STYLE
from davlock.render.trimmed import Trimmed

WIDEST_TITLE = 24
"""Columns of a step's title that stands before its command; a longer one stands above it."""

MARKS = {False: "→ ", True: "-> "}
"""Before the first step, the safest: by whether the terminal may know nothing but ASCII."""


def show_result(console: Console, result: Result, *, why: bool | None = None) -> None:
    """What to read first about one target; with ``why``, all that it rests on as well. ``None``: nobody can ask why."""
    if result.heading:
        console.print(plain_text(result.heading, "bold"), soft_wrap=True)
    if result.screen is not None:
        show_screen(console, result.screen, why=why)
        if why is None:
            show_skipped(console, result)
    elif result.target is not None:
        console.print(plain_text(result.target, "bold"), soft_wrap=True)
        show_skipped(console, result)
    if why:
        show_details(console, result)
    if result.heading:
        console.print()


def show_overview(console: Console, results: Sequence[Result]) -> None:
    """Several results, a line each: what to look for above."""
    rows = [
        [str(number), result.answer, result.findings[0].id if result.findings else "", result.target or ""]
        for number, result in enumerate(results, 1)
    ]
    show_table(console, ("", "What happened", "Finding", "Resource"), rows)


def show_screen(console: Console, screen: TargetScreen, *, why: bool | None = None) -> None:
    """How things stand, what that means, what to do; at last the finding's id and where to read more."""
    now = console.get_datetime()
    _paragraph(console, line_text(screen.headline, now))
    if screen.meaning:
        _paragraph(console, line_text(screen.meaning, now))
    if screen.token:
        console.print(plain_text(f"token  {screen.token}"), soft_wrap=True)
    if screen.rows:
        _show_rows(console, screen.rows, screen.more_rows, now)
    for finding in screen.beside:
        _show_beside(console, finding)
    for line in note_lines(screen.notes if why is not None else ()):
        _paragraph(console, plain_text(f"Note: {line}"))
    if screen.steps:
        if len(screen.steps) > 1 and _fit_beside(console, screen.steps):
            console.print()
        show_steps(console, screen.steps)
    if screen.harmful is not None:
        if screen.steps:
            console.print()
        beside = bool(_widest(screen.steps)) and _fit_beside(console, screen.steps)
        _show_harmful(console, screen.harmful, _indent(console, screen.steps) if beside else 4)
    if screen.lead is not None and screen.lead.severity > Severity.OK:
        console.print(Text(_last_line(screen.lead, console.width, why=why), style="dim"), soft_wrap=True)


def line_text(line: Line, now: datetime) -> Text:
    """Returns a line with its state in colour, and its moments in the zone of the reader."""
    return Text.assemble(
        *(
            (visible(part_words(part, now)), VERDICT_STYLE[part.verdict] if isinstance(part, StateWord) else "")
            for part in line
        )
    )


def _paragraph(console: Console, words: Text) -> None:
    """Wrapped, without white space at the end of any line. A URL that is longer than a line stays whole."""
    breaks: list[int] = []
    start, width = 0, console.width
    for word in re.finditer(r"\S+", words.plain):
        if start < word.start() and cell_len(words.plain[start : word.end()]) > width:
            start = word.start()
            breaks.append(start)
        if "://" in word[0]:
            continue
        for end in range(word.start(), word.end()):
            if cell_len(words.plain[start : end + 1]) > width:
                start = end
                breaks.append(start)
    for line in words.divide(breaks):
        line.rstrip()
        console.print(line, soft_wrap=True)


def _show_rows(console: Console, rows: Iterable[LockRow], more: int, now: datetime) -> None:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 3, 0, 0))
    cells = [
        (row.name, row.holder, row.left, f"until {local_time(row.ends, now)}" if row.ends is not None else "")
        for row in rows
    ]
    kept = [column for column in zip(*cells, strict=True) if any(column)]
    for _ in kept:
        table.add_column(overflow="fold")
    for first, *others in zip(*kept, strict=True):
        table.add_row(plain_text(f"  {first}"), *map(plain_text, others))
    console.print(Trimmed(table, whole=False))
    if more:
        console.print(plain_text(f"  and {more} more"))


def _show_beside(console: Console, finding: Finding) -> None:
    """One line: the rest is below ``--why``."""
    mark = (f"{SEVERITY_MARK[finding.severity]} ", SEVERITY_STYLE[finding.severity])
    line = Text.assemble(mark, plain_text(f"{finding.headline} ({finding.id})"))
    line.truncate(console.width, overflow="ellipsis")
    console.print(line, soft_wrap=True)


def _last_line(lead: Finding, width: int, *, why: bool | None) -> str:
    """The id, how sure davlock is, and where to read more, if there is room."""
    parts = [f"{lead.id}, {lead.certainty.word}", *(["details: --why"] if why is False else [])]
    whole = " · ".join([*parts, f"davlock explain {lead.id}"])
    return whole if cell_len(whole) <= width else " · ".join(parts)


# -- steps


def show_steps(console: Console, steps: Sequence[NextStep]) -> None:
    """A table of what to do and the command for it. No command is wrapped or cut: it is there to be copied."""
    mark = MARKS[console.options.ascii_only]
    width = _indent(console, steps) - 2
    beside = _fit_beside(console, steps)
    table = _step_table(width)
    for number, step in enumerate(steps):
        lead = mark if number == 0 else " " * len(mark)
        lines = _command_lines(step.commands)
        if beside and _is_short(step):
            titles = [f"{lead}{step.title}", *[""] * (len(lines) - 1)]
            for title, line in zip(titles, lines, strict=True):
                table.add_row(plain_text(title), Text(line, style="bold"))
            continue
        _print_table(console, table)
        table = _step_table(width)
        hang(console, Text(lead[:-1]), _sentence(step))
        for line in lines:
            console.print(Text(f"    {line}", style="bold"), soft_wrap=True)
    _print_table(console, table)


def _widest(steps: Sequence[NextStep]) -> int:
    return max((cell_len(step.title) for step in steps if _is_short(step)), default=0)


def _fit_beside(console: Console, steps: Sequence[NextStep]) -> bool:
    """Whether each command has room beside its title; else each stands below it."""
    rows = [line for step in steps if _is_short(step) for line in _command_lines(step.commands)]
    return _indent(console, steps) + max(map(cell_len, rows), default=0) <= console.width


def _indent(console: Console, steps: Sequence[NextStep]) -> int:
    """The column at which commands begin that stand beside their titles."""
    return len(MARKS[console.options.ascii_only]) + _widest(steps) + 2


def _step_table(width: int) -> Table:
    """What to do, ``width`` columns wide, and the command."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(min_width=width, no_wrap=True)
    table.add_column(no_wrap=True)
    return table


def _is_short(step: NextStep) -> bool:
    return bool(step.commands) and cell_len(step.title) <= WIDEST_TITLE


def _sentence(step: NextStep) -> str:
    """A step that is no row of the table."""
    if step.commands:
        return f"{step.title.rstrip(':.')}{'' if step.title.endswith('?') else ':'}"
    note = f" ({step.note})" if step.note else ""
    return f"{step.title.removesuffix('.')}{note}."


def _command_lines(commands: Sequence[Command]) -> list[str]:
    lines = [shell_line(command) for command in commands]
    return [f"{line} &&" for line in lines[:-1]] + lines[-1:]


def _print_table(console: Console, table: Table) -> None:
    if table.row_count:
        console.print(Trimmed(table), crop=False)


def _show_harmful(console: Console, step: NextStep, indent: int) -> None:
    """First who it hurts and when it is right, then the command, below those of the other steps if it fits there."""
    if not step.commands:
        _paragraph(console, plain_text(f"{step.title.removesuffix('.')}{f': {step.note}' if step.note else ''}."))
        return
    _paragraph(console, plain_text(f"{step.note or f'{step.title} (others can lose work)'}:"))
    lines = _command_lines(step.commands)
    lead = " " * (indent if indent + max(map(cell_len, lines)) <= console.width else 4)
    for line in lines:
        console.print(Text.assemble(lead, (line, "bold")), soft_wrap=True)
