"""The marks that davlock itself writes, for terminals that know nothing but ASCII."""

_FORMS = {
    **{"→": "->", "←": "<-", "↑": "^", "↓": "v", "·": "-", "•": "*", "…": "...", "×": "x", "–": "-", "—": "--"},
    **{
        "“": '"',
        "”": '"',
        "‘": "'",
        "’": "'",
        "✗": "x",
        "✓": "+",
        "✔": "+",
        "▸": ">",
        "≤": "<=",
        "≥": ">=",
        "§": "sec. ",
    },
    **{"█": "#", "░": "-", "─": "-", "│": "|", "├": "|", "└": "`"},
    **{"\u00a0": " ", "\u2009": " "},
}

ASCII_MARKS = str.maketrans(_FORMS)
"""For ``str.translate``: each mark, and what stands for it. All other characters stay."""


def replace_unencodable(error: UnicodeError) -> tuple[str, int]:
    """An error handler of codecs: marks get their ASCII form, and what else an encoding lacks is escaped."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(_FORMS.get(character) or _escaped(character) for character in text), error.end


def _escaped(character: str) -> str:
    return character.encode("ascii", "backslashreplace").decode("ascii")
