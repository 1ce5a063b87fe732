"""Options and commands of other tools get what does the same here, and never what merely looks alike."""

import importlib

import click
import pytest

from davlock.cli.main import COMMANDS as THERE
from davlock.cli.suggestions import COMMANDS, OPTIONS, option_hint
from tests.cli.command import run


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("locks", "-R", "http://h/"), "use -r to read the whole tree"),
        (("watch", "--recursive", "http://h/"), "use --depth infinity"),
        (("diagnose", "--recursive", "http://h/"), "davlock locks -r URL"),
        (("lock", "--shared", "http://h/"), "use --scope shared"),
        (("unlock", "--force", "http://h/"), "use --steal"),
        (("put", "--force", "a", "http://h/"), "davlock wait URL"),
        (("cleanup", "--dry-run", "http://h/"), "without --yes, nothing is released"),
        (("cleanup", "-n", "http://h/"), "without --yes, nothing is released"),
        (("cleanup", "-y", "http://h/"), "use --yes"),
        (("diagnose", "-p", "x", "http://h/"), "use -u USER"),
        (("diagnose", "--password=x", "http://h/"), "use -u USER"),
        (("explain", "--password", "x", "423"), "needs no login"),
        (("lock", "--ttl", "5", "http://h/"), "use --timeout DURATION"),
        (("ls", "http://h/"), "did you mean locks?"),
        (("force-unlock", "http://h/"), "did you mean unlock --steal?"),
    ],
)
def test_a_word_of_another_tool_gets_what_does_the_same(typed: tuple[str, ...], words: str) -> None:
    done = run(*typed)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert words in done.err


@pytest.mark.parametrize(
    "typed", [("lock", "--shraed"), ("unlock", "--forec"), ("diagnose", "--zzz"), ("decode", "-5")]
)
def test_letters_that_are_merely_alike_suggest_nothing(typed: tuple[str, ...]) -> None:
    done = run(*typed, "http://h/")
    assert done.code == 2
    assert done.err.startswith(f"davlock {typed[0]}: there is no option '{typed[1]}'; see")


def test_a_slip_of_the_finger_is_still_mended() -> None:
    assert "the nearest is --depth" in run("locks", "--dept", "1", "http://h/").err
    assert "did you mean diagnose?" in run("diagnos", "http://h/").err


def test_each_advice_can_be_followed_somewhere() -> None:
    commands = [importlib.import_module(f"davlock.cli.commands.{name}").command for name in THERE]
    commands += [each for group in commands if isinstance(group, click.Group) for each in group.commands.values()]
    for needed in {needed for advices in OPTIONS.values() for needed, _ in advices if needed}:
        assert any(needed in all_options(command) for command in commands), needed
    given = {option_hint(word, command) for word in OPTIONS for command in commands if word not in all_options(command)}
    assert {advice for advices in OPTIONS.values() for _, advice in advices} <= given


def all_options(command: click.Command) -> set[str]:
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}


def test_each_command_that_is_meant_exists() -> None:
    assert {meant.split()[0] for meant in COMMANDS.values()} <= set(THERE)
    assert not set(COMMANDS) & set(THERE)
