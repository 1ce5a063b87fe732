"""Reads lines that people type: which davlock commands are in them, and if click accepts each."""

import re
import shlex
from collections.abc import Iterator

import click

from davlock.cli.main import cli
from man.commands import ROOT


def davlock_calls(line: str) -> Iterator[list[str]]:
    """The words after ``davlock``, for each of the commands in a shell line."""
    line = re.sub(r"source <\((.*)\)$", r"\1", line)
    line = re.sub(r"\w+=\$\((.*)\)$", r"\1", line).replace('"$token"', "opaquelocktoken:1")
    words = shlex.shlex(line, punctuation_chars=True, posix=True)
    words.whitespace_split = True
    call: list[str] = []
    for word in (*words, ";"):
        if set(word) <= set("|;&<"):
            if call[:1] == ["davlock"]:
                yield call[1:]
            call = [""] if word == "<" else []
        else:
            call.append(word)


def parse(call: list[str]) -> None:
    """Raises ``click.UsageError`` for an option that does not exist, or a value that is none."""
    name, *words = call
    command = cli.get_command(ROOT, name)
    if command is None:
        raise click.UsageError(f"no command {name}")
    if isinstance(command, click.Group):
        _, command, words = command.resolve_command(click.Context(command, parent=ROOT), words)
        assert command is not None
    command.make_context(name, words, parent=ROOT)
