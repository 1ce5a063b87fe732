"""Answer a shell that completes a command line, from a table: click is not imported, so the answer takes a moment.

The shells ask by the scripts of ``davlock completion``, which are click's: ``_DAVLOCK_COMPLETE`` names the shell and
``COMP_WORDS`` and ``COMP_CWORD`` hold the line. The table is generated from the commands (man/completion.py).
"""

import json
import os
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

ASKED_BY = "_DAVLOCK_COMPLETE"

TABLE = os.path.join(os.path.dirname(__file__), "completion.json")

SUFFIX = "_complete"

Suggestion = tuple[str, str, str]
"""What it is (``plain``, or ``file`` for any file), the word or how the file begins, and the word's help."""


def answer(environment: Mapping[str, str]) -> str:
    """What the shell that ``environment`` names is to read; empty where it tells no line."""
    if "COMP_WORDS" not in environment:
        return ""
    shell = environment.get(ASKED_BY, "").removesuffix(SUFFIX)
    words, begun = _line(shell, environment)
    possible = list(suggestions(words, begun))
    if shell == "zsh" and any(kind == "plain" for kind, _, _ in possible):  # it would list neither, beside files
        possible = [suggestion for suggestion in possible if suggestion[0] == "plain"]
    lines = map(_FORMATS[shell], possible)
    return "".join(f"{line}\n" for line in lines)


def asked(environment: Mapping[str, str]) -> bool:
    """Whether a shell asks for the words that can follow."""
    return environment.get(ASKED_BY, "").removesuffix(SUFFIX) in _FORMATS


def suggestions(words: list[str], begun: str) -> Iterator[Suggestion]:
    """What can stand in place of ``begun``, after ``words``: the line without the name of the program."""
    with open(TABLE, encoding="utf-8") as file:
        table: dict[str, Any] = json.load(file)
    if "--" in words:
        yield "file", begun, ""
        return
    command = table
    arguments = []
    option = None
    for word in words:
        if option is not None and word != "=":
            option = None  # its value
        elif word.startswith("-"):
            option = _with_value(command, word)
        elif word in command.get("commands", {}):
            command = command["commands"][word]
        elif word != "=":
            arguments.append(word)
    if begun == "=":
        begun = ""
    if option is not None:
        yield from _values(table, option["values"], begun)
    elif begun.startswith("--") and "=" in begun:
        name, _, value = begun.partition("=")
        if (option := _with_value(command, name)) is not None:
            for kind, word, help_ in _values(table, option["values"], value):
                yield kind, f"{name}={word}" if kind == "plain" else word, help_
    elif begun.startswith("-"):
        for name, known in command["options"].items():
            if name.startswith(begun):
                yield "plain", name, known["help"]
    elif "commands" in command:
        for name, known in command["commands"].items():
            if name.startswith(begun):
                yield "plain", name, known["help"]
        if command is table and begun:  # davlock work:a.odt is davlock diagnose work:a.odt
            yield from _profiles(begun)
    else:
        kinds = command["arguments"]
        yield from _values(table, kinds[min(len(arguments), len(kinds) - 1)] if kinds else "", begun)


def _with_value(command: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """The option that takes the next word as its value."""
    option: Mapping[str, Any] | None = command["options"].get(name)
    return option if option is not None and "values" in option else None


def _values(table: Mapping[str, Any], values: "str | list[str]", begun: str) -> Iterator[Suggestion]:
    """``values`` is a list of words, ``file``, ``targets``, the name of a list in ``table``, or empty for anything at
    all.
    """
    if values == "file":
        yield "file", begun, ""
        return
    if values == "targets":
        yield from _profiles(begun)
        return
    if isinstance(values, str):
        if values == "subjects":
            yield "file", begun, ""
        values = table["lists"].get(values, [])
    before, comma, last = begun.rpartition(",")
    for word in values:
        if word.startswith(last):
            yield "plain", f"{before}{comma}{word}", ""


def _profiles(begun: str) -> Iterator[Suggestion]:
    """The profiles, as ``work:``; none if the file has a fault, which the command will say."""
    if ":" in begun:
        return
    from davlock.cli.profile_file import parsed, read_config
    from davlock.cli.profile_names import is_name
    from davlock.errors import LocalProtocolError

    try:
        config = read_config()
        servers = parsed(config).get("servers", {}) if config is not None else {}
    except LocalProtocolError:
        return
    for name in servers if isinstance(servers, dict) else ():
        if name.startswith(begun) and is_name(name):
            yield "plain", f"{name}:", ""


def _line(shell: str, environment: Mapping[str, str]) -> tuple[list[str], str]:
    """The words before the one that was begun, and that one."""
    words = _split(environment["COMP_WORDS"])[1:]
    place = environment.get("COMP_CWORD", "")
    if shell == "fish":  # it gives the word itself
        begun = (_split(place) or [""])[0]
        return (words[:-1] if begun and words and words[-1] == begun else words), begun
    typed = (_split(environment.get("COMP_LINE", "")) or [""])[-1]
    if ":" in typed and not environment["COMP_LINE"][-1].isspace():  # bash takes it apart at the colon
        return words, typed
    number = int(place) - 1 if place.isdecimal() else len(words)
    return words[: max(number, 0)], words[number] if 0 <= number < len(words) else ""


def _split(line: str) -> list[str]:
    """The words of a line that may end within quotes."""
    try:
        return shlex.split(line)
    except ValueError:
        return line.split()


def _for_bash(suggestion: Suggestion) -> str:
    kind, word, _ = suggestion
    return f"{kind},{word}"


def _for_zsh(suggestion: Suggestion) -> str:
    kind, word, help_ = suggestion
    word = word or "_"  # zsh drops an empty one from the list
    escaped = word.replace(":", r"\:") if help_ else word  # _describe parts a word from its help at a colon
    return f"{kind}\n{escaped}\n{help_ or '_'}"


def _for_fish(suggestion: Suggestion) -> str:
    """The script takes a comma for the end: a help goes on behind a semicolon, and lists are not completed."""
    kind, word, help_ = suggestion
    if "," in word:
        return "plain,"
    return f"{kind},{word}\t{help_.replace(',', ';')}" if help_ else f"{kind},{word}"


_FORMATS = {"bash": _for_bash, "zsh": _for_zsh, "fish": _for_fish}
