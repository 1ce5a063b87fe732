"""The generated blocks of a document: what stands between two comments is derived, and all else is written by hand."""

import re
from collections.abc import Mapping


def fresh(name: str, text: str, blocks: Mapping[str, str]) -> str:
    """Returns ``text``, the document called ``name``, with each of ``blocks`` in its place."""
    for title, block in blocks.items():
        pattern = re.compile(rf"(?<=<!-- generated: {title} -->\n).*?(?=<!-- end -->)", re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"{name} has no block <!-- generated: {title} -->")
        # Once only: an empty block would match a second time, up to the end of the next one.
        text = pattern.sub((block + "\n").replace("\\", r"\\"), text, count=1)
    return text


def table(head: tuple[str, ...], *rows: tuple[str, ...]) -> str:
    """A table in Markdown. A bar in a cell is escaped."""
    titles, *lines = ("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in (head, *rows))
    return "\n".join((titles, "|" + "---|" * len(head), *lines))
