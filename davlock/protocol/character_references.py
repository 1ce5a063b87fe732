"""Character references of HTML and XML in a text that may be anybody's."""

from davlock.late_pattern import late_pattern

# int() refuses numbers of more than 4,300 digits, and html.unescape() hands them on.
_TOO_LONG = late_pattern(r"&#[0-9]{20,};?")


def unescaped(text: str) -> str:
    """Returns ``text`` with the characters that its references name: U+FFFD for a number that no character has."""
    from html import unescape  # with all names of HTML: few texts need them

    return unescape(_TOO_LONG.sub("\ufffd", text)) if "&" in text else text
