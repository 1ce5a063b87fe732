"""Text from the wire, made harmless for a terminal and for the log of a CI system.

An owner, an href or a header can hold escape sequences that repaint the screen, characters that make a name read
otherwise than it is, and commands that GitHub Actions or Azure Pipelines carry out when they stand in a log. Whatever
is not known to be harmless becomes a visible escape. What a person can read stays as it is.
"""

from collections.abc import Iterator
from unicodedata import category, east_asian_width

from davlock.late_pattern import late_pattern

MOST_MARKS = 4
"""Combining marks on one letter that are shown as they are: Vietnamese needs two, Hebrew and Tibetan three or four."""

_JOINERS = "\u200c\u200d"
"""They join or part letters: Persian and Indic words need them."""

_PASSING = frozenset("LMNPSZ")
"""First letters of the Unicode categories that are shown: letters, marks, numbers, punctuation, symbols, spaces. What
remains controls something, is for private use, or is not assigned at all.
"""

_INVISIBLE = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2028\u2029\u2800\u3164\uffa0\U00016fe4\U0001d159"
    + "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
)
"""What those categories hold and nobody sees: fillers, variation selectors, the empty Braille pattern, line ends."""

_PLAIN = late_pattern(r"(?!\s*::)[ -~]*+(?:[^\W\x00-\x7f\u115f\u1160\u3164\uffa0]++[ -~]*+)*")
"""ASCII, letters and digits: nearly every text. The two classes have no character in common, so it takes no more than
one look at each.
"""


_ZERO_WIDTH_JOINER, _EMOJI_STYLE = "\u200d", "\ufe0f"

_AFTER_PICTOGRAPH = _EMOJI_STYLE + "".join(map(chr, range(0x1F3FB, 0x1F400)))
"""The style of a pictograph, and skin tones."""

_BASES = frozenset(
    "\xa9\xae\u203c\u2049\u2122\u2139\u231a\u231b\u2328\u23cf\u24c2\u25aa\u25ab\u25b6\u25c0\u2934\u2935\u2b1b\u2b1c\u2b50\u2b55"
    "\u3030\u303d\u3297\u3299" + "".join(map(chr, (*range(0x2194, 0x219A), *range(0x21A9, 0x21AB))))
)
"""Pictographs outside the blocks that hold little else (Unicode emoji-variation-sequences.txt)."""


def _is_pictograph(character: str) -> bool:
    """Returns true if a character is drawn as a picture, alone or with the style that asks for it."""
    code = ord(character)
    if code < 0x2600:
        return character in _BASES or 0x23E9 <= code <= 0x23FA or 0x25FB <= code <= 0x25FE
    return code <= 0x27BF or 0x1F000 <= code <= 0x1FAFF or character in _BASES


def _joins_pictographs(character: str, before: str, after: str) -> bool:
    """Returns true if it joins the pictograph before it to the one after it, or asks for its style, once."""
    if character == _ZERO_WIDTH_JOINER:
        return bool(after) and _is_pictograph(after) and category(after)[0] in _PASSING
    return character == _EMOJI_STYLE and before != _EMOJI_STYLE


def visible(text: str, *, keep_lines: bool = False) -> str:
    """``text`` with all that could act shown as ``\\x1b`` or ``\\u202e``; with ``keep_lines``, line feeds and tabs
    stay.

    A CI system obeys ``##vso[`` and ``##[`` anywhere in a line, and ``::`` at its beginning: the second character of
    each is escaped.
    """
    if "##" not in text and _PLAIN.fullmatch(text):
        return text
    return "".join(pieces(text, keep_lines=keep_lines))


def pieces(text: str, *, keep_lines: bool = False) -> Iterator[str]:
    """What :func:`visible` shows for each character of ``text``, one by one."""
    shown = 0  # characters of this line so far that are no blanks
    marks = MOST_MARKS  # on the letter before; nothing stands there yet that could carry one
    pictograph = False  # whether the character before is a pictograph, or its style or skin tone
    letter = False  # whether the character before is a letter, or a mark on one
    for index, character in enumerate(text):
        before, after = text[index - 1 : index], text[index + 1 : index + 2]
        kind = category(character)[0]
        if keep_lines and character in "\n\t":
            shown, marks, letter = (0 if character == "\n" else shown), MOST_MARKS, False
            pictograph = False
            yield character
            continue
        command = before == character and (character == "#" or (character == ":" and shown == 1))
        joined = bool(after) and after not in _INVISIBLE and category(after)[0] in "LM"
        joins = character in _JOINERS and letter and joined
        if joins or (pictograph and _joins_pictographs(character, before, after)):
            passes = True
        elif kind == "M":
            marks += 1
            passes = marks <= MOST_MARKS and character not in _INVISIBLE
        else:
            passes = kind in _PASSING and character not in _INVISIBLE and not command
            letter, marks = passes and kind == "L", 0
        if not passes:
            letter, marks = False, MOST_MARKS
        # A skin tone and the style belong to the pictograph before them.
        pictograph = passes and (_is_pictograph(character) or (pictograph and character in _AFTER_PICTOGRAPH))
        shown += not (passes and kind == "Z")
        yield character if passes else escape(character)


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
    """How many terminal columns ``text`` takes, by Unicode's East Asian width."""
    if text.isascii():
        return len(text)

    return sum(
        0 if category(character) in ("Mn", "Me", "Cf") else 2 if east_asian_width(character) in "WF" else 1
        for character in text
    )
