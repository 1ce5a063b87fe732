"""The words of a command line as a shell reads them: POSIX, Windows' cmd and PowerShell differ in quotes and escapes.

A pasted command may go on over several lines: behind a backslash, a caret or a backtick, or within quotes.
"""

from enum import Enum

from davlock.values import dataclass

COMMAND_LIMIT = 16 * 1024
"""Characters of one command line that are read."""

_ENDS = frozenset({"|", "||", "&&", ";", "&", ">", ">>", "<", "2>", "2>&1", "&>", ")"})


class Shell(Enum):
    """A shell, by the character that escapes the next one and continues a line."""

    POSIX = "\\"
    CMD = "^"
    POWERSHELL = "`"


@dataclass(frozen=True, slots=True)
class CommandWords:
    """The words of a command up to a pipe or a redirection, and where the line ends that holds its last one."""

    words: tuple[str, ...]
    end: int


def read_words(text: str, start: int, shell: Shell) -> CommandWords:
    """Returns the words of the command line that begins at ``start``."""
    words, end = _scan(text, start, shell, quotes_span_lines=True)
    if end < 0:  # a quote that nobody closed: an apostrophe, or the paste was cut
        words, end = _scan(text, start, shell, quotes_span_lines=False)
    for place, word in enumerate(words):
        if word in _ENDS or word.startswith((">", "2>", "|")):
            return CommandWords(tuple(words[:place]), end)
        if word.endswith(";") and "=" not in word and ":" not in word[:-1].partition("://")[0]:
            return CommandWords((*words[:place], word[:-1]), end)
    return CommandWords(tuple(words), end)


def _scan(text: str, start: int, shell: Shell, *, quotes_span_lines: bool) -> tuple[list[str], int]:
    """The words, and where their last line ends; -1 in place of that where a quote is left open."""
    quotes = '"' if shell is Shell.CMD else "\"'"
    words: list[str] = []
    word: list[str] = []
    begun = False
    quote = ""
    place, limit = start, min(len(text), start + COMMAND_LIMIT)
    while place < limit:
        char = text[place]
        following = text[place + 1 : place + 2]
        if quote:
            if char == "\n" and not quotes_span_lines:
                quote = ""
                continue
            if shell is Shell.CMD and text[place : place + 3] == '\\^"':
                word.append('"')
                place += 2
            elif shell is Shell.CMD and char == "^" and following == quote:
                quote = ""
                place += 1
            elif char == quote and not (shell is Shell.POWERSHELL and following == quote):
                quote = ""
            elif quote == '"' and _escapes(char, following, shell):
                word.append("" if following == "\n" else following)
                place += 1
            elif char == quote:  # PowerShell doubles it
                word.append(char)
                place += 1
            else:
                word.append(char)
        elif char == shell.value and following:
            word.append("" if following == "\n" else following)
            begun = begun or following != "\n"
            place += 1
            if shell is Shell.CMD and following in quotes:  # ^" opens one for the program, as Chrome writes it
                word.pop()
                quote = following
        elif char in quotes:
            quote, begun = char, True
        elif char == "\n":
            break
        elif char in " \t\r":
            if begun:
                words.append("".join(word))
            word, begun = [], False
        else:
            word.append(char)
            begun = True
        place += 1
    if begun:
        words.append("".join(word))
    return words, -1 if quote and quotes_span_lines else min(place + 1, len(text))


def _escapes(char: str, following: str, shell: Shell) -> bool:
    """Returns true if ``char`` within double quotes takes the next character's meaning away."""
    if shell is Shell.POWERSHELL:
        return char == "`" and bool(following)
    if shell is Shell.CMD:
        return (char == "\\" and following == '"') or (char == "^" and following in ("^", "\n", "%"))
    return char == "\\" and following in ('"', "\\", "$", "`", "\n")
