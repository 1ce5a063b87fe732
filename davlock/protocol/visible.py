"""Text from the wire, made harmless for a terminal.

An owner, an href or a header can hold escape sequences that repaint the screen, or bidirectional controls that make a
name read otherwise than it is. They become visible escapes; everything that a person can read stays as it is.
"""

import re

# C0 and C1 controls, DEL, surrogates, and the format characters (Cf) that change how their neighbours look: bidi marks,
# embeddings and isolates, zero-width characters, tags, line and paragraph separators.
_ODD = (
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)


def visible(text: str, *, keep_lines: bool = False) -> str:
    """``text`` with every control shown as ``\\x1b`` or ``\\u202e``; with ``keep_lines``, line feeds and tabs stay."""

    if text.isprintable():  # nearly always; none of the above is
        return text

    def shown(match: re.Match[str]) -> str:
        character = match[0]
        return character if keep_lines and character in "\n\t" else escape(character)

    return re.sub(_ODD, shown, text)


def escape(character: str) -> str:
    """One character as an escape that a programmer reads at once."""
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
    if character in named:
        return named[character]
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def has_control(text: str, *, allowed: str = "") -> bool:
    """Whether ``text`` holds a C0 control or DEL (RFC 5234 appendix B.1, CTL) other than those ``allowed``: no place
    that takes one line of text has room for them.
    """
    if text.isprintable():  # nearly always; none of them is
        return False
    return any((character < " " or character == "\x7f") and character not in allowed for character in text)


def columns(text: str) -> int:
    """How many terminal columns ``text`` takes, as far as Unicode's East Asian width tells."""
    if text.isascii():
        return len(text)
    import unicodedata  # 1 MB of tables, which plain output of ASCII has no use for

    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
