"""What a terminal shows of text from the wire, where pictographs are composed of several characters."""

import pytest

from davlock.protocol.visible import visible


@pytest.mark.parametrize(
    "text",
    [
        "\U0001f469\u200d\U0001f4bb",
        "\u2764\ufe0f",
        "\U0001f469\U0001f3fd\u200d\U0001f4bb",
        "\U0001f3f3\ufe0f\u200d\U0001f308",
    ],
    ids=["joined", "with its style", "with a skin tone", "with a style, and joined"],
)
def test_a_pictograph_is_shown_as_it_is(text: str) -> None:
    assert visible(f"notes {text}.odt") == f"notes {text}.odt"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\ufe0f", "a\\ufe0f"),
        ("\u2764\ufe0f\ufe0f", "\u2764\ufe0f\\ufe0f"),
        ("x\u200d\U0001f469", "x\\u200d\U0001f469"),
        ("\U0001f469\u200d\u202e", "\U0001f469\\u200d\\u202e"),
        ("\U0001f469\u200d", "\U0001f469\\u200d"),
        ("\u2764\ufe0e", "\u2764\\ufe0e"),
        ("\U0001f469\u200d\U0001f7de", "\U0001f469\\u200d\\U0001f7de"),
        ("\u00e9\u200d\ufe0f", "\u00e9\\u200d\\ufe0f"),
    ],
)
def test_what_joins_no_pictographs_is_escaped(text: str, shown: str) -> None:
    assert visible(text) == shown
