"""The help: of davlock itself without its command tree, of each command with examples that can be typed."""

import os
import re
import tomllib
from pathlib import Path

import click
import pytest

import davlock
from davlock.cli.environment import ENVIRONMENT
from davlock.cli.examples import EXAMPLES
from davlock.cli.help_page import examples_of, own_options
from davlock.cli.help_topics import PROFILES_EXAMPLE
from davlock.cli.help_topics import TOPICS as HELP_TOPICS
from davlock.cli.main import COMMANDS, TOPICS, cli
from davlock.cli.options import shared_options
from man.commands import ROOT
from tests.cli.command import popen, run, run_process
from tests.cli.typed import davlock_calls, parse

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


@pytest.mark.parametrize(("name", "what", "line"), ALL, ids=[f"{name}-{what}" for name, what, _ in ALL])
def test_examples_can_be_typed(
    name: str, what: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profiles = tmp_path / "config.toml"
    profiles.write_text(PROFILES_EXAMPLE, encoding="utf-8")
    monkeypatch.setenv("DAVLOCK_CONFIG", str(profiles))
    (call,) = davlock_calls(line)
    assert call[0] == name
    parse(call)
    assert max(map(len, line.splitlines())) <= 74, "it fits 80 columns of help"


def test_every_variable_that_is_read_is_in_the_manual() -> None:
    """Besides the options' own: the table names it, or the platform sets it for all programs."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in Path(davlock.__file__).parent.rglob("*.py"))
    found = re.findall(r"""environ(?:\.get\(|\[)"([A-Z_]+)"|= "(DAVLOCK_[A-Z]+)\"""", code)
    read = {name for names in found for name in names if name}
    listed = {name for names, _, _ in ENVIRONMENT for name in names.split(", ")}
    assert read - listed == {"HOME", "TERM", "DAVLOCK_NO_PAGER", "DAVLOCK_FORMAT"}


def test_an_example_that_cannot_be_typed_is_noticed() -> None:
    (call,) = davlock_calls("davlock locks --no-such https://dav.example/ | sort")
    with pytest.raises(click.NoSuchOption):
        parse(call)


def leaves() -> dict[str, click.Command]:
    """Every command by what is typed for it, groups too."""
    found = {name: command for name in COMMANDS if (command := cli.get_command(ROOT, name)) is not None}
    for name, command in list(found.items()):
        if isinstance(command, click.Group):
            found |= {f"{name} {word}": leaf for word, leaf in command.commands.items()}
    return found


@pytest.mark.parametrize("name", leaves())
def test_help_of_a_command(name: str) -> None:
    """Two screens at most: an example before the options, one line an option, and all of it behind ``help``."""
    brief = run(*name.split(), "--help", env={"COLUMNS": "80"}).out
    lines = brief.splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 80
    (what, line), *_ = examples_of(name.split())
    assert f"  {what}\n    {line.splitlines()[0]}\n" in brief
    options = own_options(leaves()[name])
    shown = brief.partition("\nOptions:\n")[2].partition("\n\n")[0].splitlines()
    assert [line.startswith("  -") for line in shown] == [True] * len(options)
    full = run("help", *name.split(), env={"COLUMNS": "80"}).out
    for example in examples_of(name.split()):
        assert all(words in full for words in (example[0], *example[1].splitlines()))
    names = {parameter.name for parameter in leaves()[name].params}
    for option in options:
        assert option.opts[-1] in full
    for topic, mark in (("connection", "user"), ("output", "json_")):
        assert (f"): davlock help {topic}\n" in brief) is (mark in names)


@pytest.mark.parametrize("topic", TOPICS)
def test_topics_of_help(topic: str) -> None:
    page = run("help", topic, env={"COLUMNS": "80"})
    assert (page.code, page.err) == (0, "")
    assert max(map(len, page.out.splitlines())) <= 80
    assert list(HELP_TOPICS) == list(TOPICS)
    for group in ("connection", "output"):
        listed = run("help", group).out
        assert all(option.opts[-1] in listed for option in shared_options(group))


def test_help_of_what_is_not_there() -> None:
    overview = run("help").out
    assert overview.startswith(run("--help").out.partition("\nTopics")[0])
    assert all(f"  {topic} " in overview and about in overview for topic, (about, _) in HELP_TOPICS.items())
    done = run("help", "conection")
    assert (done.code, done.out) == (2, "")
    assert done.err == "davlock: there is no command or topic 'conection'; did you mean connection?\n"
    assert run("help", "ledger", "zzz").code == 2
    assert run("help", "davlock").out == overview
    assert run("help", "exit", "status").out == run("help", "exit-status").out


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("help findings", "davlock explain --list"),
        ("help checks", "davlock check --list"),
        ("help 423", "type: davlock explain 423"),
        ("help 423-held-by-other", "type: davlock explain 423-held-by-other"),
        ("help token-in-if", "man davlock-checks"),
        ("help exit", "did you mean exit-status?"),
        ("help env", "did you mean environment?"),
        ("help profile", "did you mean profiles?"),
        ("help showlocks", "did you mean ledger list?"),
        ("findings", "davlock explain --list"),
        ("checks", "davlock check --list"),
        ("targets", "type: davlock help targets"),
    ],
)
def test_where_to_read_what_has_no_page_of_help(typed: str, words: str) -> None:
    done = run(*typed.split())
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert words in done.err


def test_every_manual_page_is_shipped() -> None:
    """Pages stand in the folders that the wheel takes as share/man."""
    root = Path(davlock.__file__).parent.parent
    hatch = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert {f"man/{folder.name}": f"share/man/{folder.name}" for folder in (root / "man").glob("man[0-9]")} == (
        hatch["shared-data"]
    )
