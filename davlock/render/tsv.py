"""One line of tab-separated output."""

from collections.abc import Iterable

from davlock.render.sinks import tsv_cell


def row(cells: Iterable[object]) -> str:
    """The cells without the line break that ends them."""
    return "\t".join(map(tsv_cell, cells))
