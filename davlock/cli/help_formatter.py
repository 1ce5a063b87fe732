"""Breaks the lines of help where nobody copies them wrong."""

from collections.abc import Iterable

import click

_UNBREAKABLE = "\u2011"


class HelpFormatter(click.HelpFormatter):
    """Breaks no line inside of a word such as ``--no-input``: people copy options."""

    def write_text(self, text: str) -> None:
        """Write a paragraph."""
        super().write_text(text.replace("-", _UNBREAKABLE))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write a list of terms, each with its text."""
        kept = [(term, text.replace("-", _UNBREAKABLE)) for term, text in rows]
        super().write_dl(kept, col_max, col_spacing)

    def getvalue(self) -> str:
        """The page."""
        return super().getvalue().replace(_UNBREAKABLE, "-")


class HelpContext(click.Context):
    """The context of every command: it writes help by that formatter."""

    formatter_class = HelpFormatter
