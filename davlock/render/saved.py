"""A screen as a document of its own, for a ticket or a wiki: HTML, SVG or Markdown, by rich's exporters.

Each holds the words of the terminal's screen and fetches nothing. HTML and SVG follow the reader's light or dark mode.
"""

import html
import io
from typing import IO, cast

from rich.cells import cell_len
from rich.color import Color
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Span, Text

NARROWEST = 60
"""Columns of the smallest picture."""

WIDEST = 300
"""Columns beyond which a line is folded."""

_Rgb = tuple[int, int, int]


def _rgb(hexadecimal: str) -> _Rgb:
    return (int(hexadecimal[1:3], 16), int(hexadecimal[3:5], 16), int(hexadecimal[5:7], 16))


def _theme(background: str, foreground: str, *sixteen: str) -> TerminalTheme:
    colours = [_rgb(colour) for colour in sixteen]
    return TerminalTheme(_rgb(background), _rgb(foreground), colours[:8], colours[8:])


# The terminal's sixteen colours, black to white and then bright. Each has a contrast of at least 4.5:1 to the
# background (WCAG 2.1, 1.4.3), and each is there once: a class of the style sheet stands for one colour in both modes.
LIGHT = _theme(
    *("#ffffff", "#1f2328"),
    *("#24292f", "#b42318", "#1a7f37", "#8a5a00", "#0550ae", "#8250df", "#0b6b78", "#59636e"),
    *("#57606a", "#b3261e", "#187733", "#835600", "#0a58ca", "#7d4cdb", "#0a6571", "#4d565f"),
)
DARK = _theme(
    *("#0d1117", "#e6edf3"),
    *("#8b949e", "#ff7b72", "#3fb950", "#d29922", "#79c0ff", "#d2a8ff", "#56d4dd", "#c9d1d9"),
    *("#9198a1", "#ff8b83", "#4ac45c", "#dba63a", "#8ac8ff", "#dab7ff", "#6adbe3", "#f0f6fc"),
)

_FONT = "ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace"

_HTML = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="davlock">
<meta name="color-scheme" content="light dark">
<title>%(title)s</title>
<style>
body { margin: 2rem; color: %(light_text)s; background: %(light_page)s; }
pre { font: 14px/1.45 %(font)s; white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; }
code { font: inherit; }
%(light)s
@media screen and (prefers-color-scheme: dark) {
body { color: %(dark_text)s; background: %(dark_page)s; }
%(dark)s
}
@media print { body { margin: 0; } pre { font-size: 10pt; } }
</style>
</head>
<body>
<pre><code>%(code)s</code></pre>
</body>
</html>
"""

_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" viewBox="0 0 {width} {height}" role="img">
<title>%(title)s</title>
<style>
svg {{ max-width: 100%%; height: auto; }}
.page {{ fill: %(light_page)s; }}
.{unique_id}-matrix {{ font: {char_height}px/{line_height}px %(font)s; }}
{styles}
@media (prefers-color-scheme: dark) {{
.page {{ fill: %(dark_page)s; }}
%(dark)s
}}
</style>
<defs>{lines}</defs>
<rect class="page" width="100%%" height="100%%" rx="8"/>
<g transform="translate({terminal_x}, 24)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


class SavedScreen:
    """What a command shows at a terminal, kept for a document. ``stream`` takes it, with the terminal's colours."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def empty(self) -> bool:
        """Whether nothing was shown."""
        return not self.stream.getvalue().strip()

    def document(self, kind: str, title: str) -> str:
        """The document. ``kind`` is ``html``, ``svg`` or ``md``; ``title`` names it to a reader."""
        text = Text.from_ansi(self.stream.getvalue().strip("\n"))
        text.spans = [Span(span.start, span.end, _readable(span.style)) for span in text.spans]
        if kind == "md":
            return _markdown(text.plain, title)
        lines = text.plain.split("\n")
        width = min(max(NARROWEST, *(cell_len(line) for line in lines)), WIDEST)
        console = Console(
            file=cast("IO[str]", io.StringIO()), record=True, width=width, color_system="standard", force_terminal=True
        )
        console.print(text, soft_wrap=kind == "html")
        return _html(console, title) if kind == "html" else _svg(console, title)


def _readable(style: str | Style) -> Style:
    """``style`` without dim: an exporter blends a dim text with the page, and nobody can read that."""
    known = Style.parse(style) if isinstance(style, str) else style
    if not known.dim:
        return known
    return Style(color=known.color or Color.parse("bright_black"), bold=known.bold, underline=known.underline)


def _html(console: Console, title: str) -> str:
    def export(theme: TerminalTheme, part: str) -> str:
        return console.export_html(theme=theme, clear=False, code_format=part)

    return _HTML % {
        "title": html.escape(title),
        "font": _FONT,
        **_colours(),
        "light": export(LIGHT, "{stylesheet}"),
        "dark": export(DARK, "{stylesheet}"),
        "code": export(LIGHT, "{code}").rstrip("\n"),
    }


def _svg(console: Console, title: str) -> str:
    dark = console.export_svg(theme=DARK, clear=False, code_format="{styles}", unique_id="davlock")
    words = {"title": html.escape(title), "font": _FONT, "dark": _in_format(dark), **_colours()}
    words["title"] = _in_format(words["title"])
    return console.export_svg(theme=LIGHT, clear=False, code_format=_SVG % words, unique_id="davlock")


def _in_format(text: str) -> str:
    """``text`` within a format string."""
    return text.replace("{", "{{").replace("}", "}}")


def _colours() -> dict[str, str]:
    return {
        "light_text": LIGHT.foreground_color.hex,
        "light_page": LIGHT.background_color.hex,
        "dark_text": DARK.foreground_color.hex,
        "dark_page": DARK.background_color.hex,
    }


def _markdown(plain: str, title: str) -> str:
    """The screen as a block of code: nothing in it means anything to Markdown, and commands stay whole."""
    fence = "```"
    while fence in plain:
        fence += "`"
    lines = "\n".join(line.rstrip() for line in plain.split("\n"))
    return f"**{title}**\n\n{fence}text\n{lines}\n{fence}\n"
