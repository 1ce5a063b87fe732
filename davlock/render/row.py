"""One line of tab-separated output."""

from collections.abc import Iterable

from davlock.protocol.visible import visible


def row(cells: Iterable[object]) -> str:
    """The cells without the line break that ends them: an unknown one is empty, a control in one a visible escape."""
    return "\t".join("" if cell is None else visible(str(cell)) for cell in cells)
