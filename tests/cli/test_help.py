"""The help: of davlock itself without its command tree, of each command with examples that can be typed."""

import os
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import davlock
from davlock.cli.examples import EXAMPLES
from davlock.cli.main import COMMANDS, cli
from man.commands import ROOT
from tests.cli.command import popen, run, run_process

ALL = [(name, *example) for name, examples in EXAMPLES.items() for example in examples]


def test_help_is_answered_without_the_command_tree() -> None:
    """It is what the command tree says in 80 columns, and costs no import of it."""
    for option in ("--help", "-h"):
        done = run_process(option)
        assert (done.code, done.err) == (0, "")
        assert done.out == run("--help", env={"COLUMNS": "80"}).out
    for name in COMMANDS:
        assert f"  {name} " in done.out


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_a_reader_that_has_left_is_no_error(option: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with popen(option, stdout=writing) as process:
        os.close(writing)
        _, complaint = process.communicate(timeout=60)
    assert (process.returncode, complaint) == (0, b"")


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


@pytest.mark.parametrize(("name", "what", "line"), ALL, ids=[f"{name}-{what}" for name, what, _ in ALL])
def test_examples_can_be_typed(name: str, what: str, line: str) -> None:
    calls = list(davlock_calls(line))
    assert [call[0] for call in calls] == [name]
    command = cli.get_command(ROOT, name)
    assert command is not None
    words = calls[0][1:]
    if isinstance(command, click.Group):
        _, command, words = command.resolve_command(click.Context(command, parent=ROOT), words)
        assert command is not None
    command.make_context(name, words, parent=ROOT)  # raises for an option that does not exist, or a value that is none
    assert max(map(len, line.splitlines())) <= 74, "it fits 80 columns of help"


def test_an_example_that_cannot_be_typed_is_noticed() -> None:
    command = cli.get_command(ROOT, "locks")
    assert command is not None
    (call,) = davlock_calls("davlock locks --no-such https://dav.example/ | sort")
    with pytest.raises(click.NoSuchOption):
        command.make_context("locks", call[1:], parent=ROOT)


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_in_the_help(name: str) -> None:
    page = run(name, "--help", env={"COLUMNS": "80"}).out
    for what, line in EXAMPLES[name]:
        assert f"    {what}\n      {line.splitlines()[0]}\n" in page
    assert all(len(text) <= 80 for text in page.splitlines())


def test_every_manual_page_is_shipped() -> None:
    """Pages stand in the folders that the wheel takes as share/man."""
    root = Path(davlock.__file__).parent.parent
    hatch = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert {f"man/{folder.name}": f"share/man/{folder.name}" for folder in (root / "man").glob("man[0-9]")} == (
        hatch["shared-data"]
    )
