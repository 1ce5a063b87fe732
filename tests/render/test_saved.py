"""A saved screen says what the terminal says, fetches nothing, and can be read in light and dark."""

import re
from html.parser import HTMLParser

import pytest
from lxml import etree
from rich.color_triplet import ColorTriplet
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from davlock.render.saved import DARK, LIGHT, SavedScreen
from davlock.render.tables import console_for

HOSTILE = 'report.odt <script>alert("x")</script> & ```fence``` {braces} %(percent)s'
COMMAND = f"davlock unlock https://dav.example/{'long-name/' * 15}report.odt"


@pytest.fixture
def screen() -> SavedScreen:
    saved = SavedScreen()
    console = console_for(saved.stream, color=True, width=100)
    console.print(Text("LOCKED", "bold red"), Text(HOSTILE))
    console.print(Text("dim words", "dim"), Text("bright", "bold cyan"), Text("文書 ” “ →", "green"))
    console.print(Text(COMMAND, "bold"), soft_wrap=True)
    return saved


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.code = False
        self.words = ""
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.code = self.code or tag == "code"

    def handle_data(self, data: str) -> None:
        self.words += data if self.code else ""


def plain(screen: SavedScreen) -> str:
    return Text.from_ansi(screen.stream.getvalue()).plain.strip()


def test_html_has_the_words_of_the_screen(screen: SavedScreen) -> None:
    document = screen.document("html", "davlock diagnose")
    parser = _Words()
    parser.feed(document)
    assert parser.words.strip() == plain(screen)
    assert "script" not in parser.tags
    assert COMMAND in document
    assert "dark" in document


def test_svg_is_xml_with_the_words_of_the_screen(screen: SavedScreen) -> None:
    document = screen.document("svg", "davlock & diagnose")
    picture = etree.fromstring(document.encode())
    texts = picture.iter("{http://www.w3.org/2000/svg}text")
    words = "".join(str(part) for text in texts for part in text.itertext()).replace("\xa0", " ")
    assert re.sub(r"\s", "", words) == re.sub(r"\s", "", plain(screen))
    assert not list(picture.iter("{http://www.w3.org/2000/svg}script"))


def test_markdown_holds_the_screen_in_one_block(screen: SavedScreen) -> None:
    document = screen.document("md", "davlock diagnose")
    fence = "````"
    assert document.count(f"\n{fence}") == 2
    assert plain(screen) in document


@pytest.mark.parametrize("kind", ["html", "svg"])
def test_it_fetches_nothing(screen: SavedScreen, kind: str) -> None:
    document = screen.document(kind, "davlock").replace("http://www.w3.org/2000/svg", "").replace(COMMAND, "")
    for way in ("src=", "href=", "url(http", "@import", "@font-face"):
        assert way not in document


def test_nothing_shown_is_empty() -> None:
    assert SavedScreen().empty


def _luminance(colour: ColorTriplet) -> float:
    linear = [
        share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4
        for share in (value / 255 for value in colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_every_colour_can_be_read(theme: TerminalTheme) -> None:
    colours = [theme.foreground_color, *(ColorTriplet(*theme.ansi_colors[number]) for number in range(16))]
    for colour in colours:
        lighter, darker = sorted(map(_luminance, (colour, theme.background_color)), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, colour.hex
    assert len({colour.hex for colour in colours}) == len(colours)


def test_dim_words_get_a_colour_that_can_be_read(screen: SavedScreen) -> None:
    known = {LIGHT.foreground_color.hex, DARK.foreground_color.hex}
    known |= {ColorTriplet(*theme.ansi_colors[number]).hex for theme in (LIGHT, DARK) for number in range(16)}
    known |= {LIGHT.background_color.hex, DARK.background_color.hex}
    for kind in ("html", "svg"):
        assert set(re.findall(r"(?:color|fill): *(#[0-9a-f]{6})", screen.document(kind, "davlock"))) <= known


def test_an_escape_sequence_of_a_server_stays_visible() -> None:
    saved = SavedScreen()
    console_for(saved.stream, color=True, width=100).print(Text("a\\x1b[31mb"))
    assert "a\\x1b[31mb" in saved.document("html", "davlock")
