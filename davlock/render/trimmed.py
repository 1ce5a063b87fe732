"""A rich table without blanks at the end of its lines."""

from collections.abc import Iterator

from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.table import Table


class Trimmed:
    """A table without blanks at the end of its lines; ``whole``: as wide as it needs to be, whatever the terminal."""

    def __init__(self, table: Table, *, whole: bool = True) -> None:
        self._table = table
        self._whole = whole

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yields the lines of the table."""
        if self._whole:
            wanted = console.measure(self._table, options=options.update(max_width=100_000)).maximum
            options = options.update(width=max(wanted, 1))
        for line in console.render_lines(self._table, options, pad=False):
            yield from _without_end(line)
            yield Segment.line()


def _without_end(line: list[Segment]) -> Iterator[Segment]:
    kept = list(line)
    while kept and not kept[-1].text.strip(" "):
        kept.pop()
    if kept:
        text, style, control = kept[-1]
        kept[-1] = Segment(text.rstrip(" "), style, control)
    return iter(kept)
