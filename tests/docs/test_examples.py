"""Every example of the README and of ``docs/`` is run, or at least read: none can grow old unseen."""

import ast
import contextlib
import json
import re
import shlex
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from davlock.cli.help_topics import PROFILES_EXAMPLE
from tests.cli.typed import davlock_calls, parse
from tests.conftest import ServerFor
from tests.docs.pages import PAGES, ROOT, Block, Command, Section, sections
from tests.docs.stage import matches, stage_for

SECTIONS = [section for page in PAGES for section in sections(page)]

READ: Mapping[str, Callable[[str], Any]] = {
    "": str,
    "groovy": str,
    "http": str,
    "json": json.loads,
    "python": ast.parse,
    "text": str,
    "toml": tomllib.loads,
    "yaml": lambda text: list(yaml.safe_load_all(text)),
}
"""By language, what reads a block that nobody types. A drawing has no language."""

TYPED = ("console", "sh")
"""What a reader types: it is run."""


def is_run(block: Block) -> bool:
    """Whether this machine can run it."""
    return block.language in TYPED and not block.elsewhere


STORIES = [section for section in SECTIONS if any(map(is_run, section.blocks))]

SETTINGS = frozenset({"exit", "file", "on", "via"})

FOREIGN = [section for section in SECTIONS if section.page.name == "coming-from.md" and section.named]
"""What somebody types in place of a command of another program."""

FILLED = {"URL": "https://dav.example/team/report.odt", "FOLDER/": "https://dav.example/team/", "FILE": "report.odt"}
"""What those stand for that a reader replaces."""


@pytest.mark.parametrize("section", STORIES, ids=str)
def test_what_a_page_tells_to_type_works(
    section: Section, server_for: ServerFor, programs_of: Callable[[str], None], tmp_path: Path
) -> None:
    programs_of("".join(block.text for block in section.blocks if is_run(block)))
    with stage_for(section, server_for, tmp_path) as stage:
        for block in filter(is_run, section.blocks):
            for state in block.states:
                stage.prepare(state)
            for number, command in enumerate(block.commands, 1):
                outcome = stage.run(command)
                last = number == len(block.commands)
                assert outcome.code == (int(block.settings.get("exit", "0")) if last else 0), outcome.shown
                if command.output:
                    assert matches(command.output, outcome.shown), f"{command.output}\n---- was:\n{outcome.shown}"


@pytest.mark.parametrize("section", FOREIGN, ids=str)
def test_the_commands_of_a_table_work_one_after_the_other(
    section: Section, server_for: ServerFor, tmp_path: Path
) -> None:
    with stage_for(section, server_for, tmp_path) as stage:
        for named in section.named:
            typed = re.sub(r"(?<!\S)(?:URL|FOLDER/|FILE)(?!\S)", lambda match: FILLED[match[0]], named)
            if typed != named and "&&" not in typed:
                outcome = stage.run(Command(typed, ""))
                assert outcome.code == 0, f"{typed}\n{outcome.shown}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_what_is_not_run_is_read(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    profiles = tmp_path / "config.toml"
    profiles.write_text(PROFILES_EXAMPLE, encoding="utf-8")
    monkeypatch.setenv("DAVLOCK_CONFIG", str(profiles))
    for section in sections(page):
        for block in section.blocks:
            assert set(block.settings) <= SETTINGS, section
            if block.language not in TYPED:
                READ[block.language](block.text)  # a language that is not in the table fails here
            if not is_run(block):
                for call in calls_in(block):
                    parse(call)
        for named in section.named:
            for call in davlock_calls(named):
                if len(call) > 1 and call[0].isalpha() and call[0].islower():
                    # What is only spoken of has no URL, and an option no value.
                    with contextlib.suppress(click.MissingParameter, click.BadOptionUsage):
                        parse(call)


def calls_in(block: Block) -> Iterator[list[str]]:
    """davlock's commands in a block that is not run: at a prompt, in a job, or in a table of cron."""
    if block.language in TYPED:
        for command in block.commands:
            yield from davlock_calls(command.typed)
        return
    if block.language not in ("yaml", "groovy", "text"):
        return
    for line in block.text.splitlines():
        typed = re.search(r"(?:run: |sh '|^\s*- |^[\d*/ ]+ )(davlock [^']*)", line)
        if typed is not None:
            yield from davlock_calls(typed[1])
        arguments = re.search(r"args: \[(.*)\]", line)
        if arguments is not None:
            yield [word.strip(",") for word in shlex.split(arguments[1])]


@pytest.mark.parametrize(
    ("expected", "same"),
    [
        ("a.odt is LOCKED by Alice for 10 more minutes (until 11:51 CET).", True),
        ("a.odt is LOCKED by\nAlice for 9 more minutes (until 08:00 UTC).", True),
        ("…\nAlice for 9 more minutes (until 08:00 UTC).", True),
        ("a.odt is LOCKED by Bob for 10 more minutes (until 11:51 CET).", False),
        ("a.odt is LOCKED by Alice", False),
        ("a.odt …", False),
    ],
)
def test_an_output_matches_but_for_its_times(expected: str, same: bool) -> None:
    assert matches(expected, "a.odt is LOCKED by Alice for 10 more minutes (until 10:00 UTC).\n") is same


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=lambda page: str(page.name))
def test_a_tool_of_the_repository_runs_with_the_python_that_has_its_packages(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert (
        re.findall(r"(?<!\.venv/bin/)(?:python3? -m (?:compatibility|man|release|tests)\b|pytest tests/)\S*", text)
        == []
    )


def test_the_readme_can_be_read_on_a_terminal() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 150
    assert [line for line in lines if len(line) > 140] == []
    assert [line for line in lines if re.search(r"<(?:[a-z]+[ >]|!--|/)", line)] == []


def test_the_cookbook_has_twenty_short_recipes() -> None:
    """Fifteen lines of words, commands and output."""
    _, *recipes = re.split(r"(?m)^## ", (ROOT / "docs/cookbook.md").read_text(encoding="utf-8"))
    assert [int(recipe.partition(".")[0]) for recipe in recipes] == list(range(1, 21))
    for heading, *lines in map(str.splitlines, recipes):
        assert len([line for line in lines if line and not line.startswith("```")]) <= 15, heading


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_a_link_leads_somewhere(page: Path) -> None:
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", page.read_text(encoding="utf-8")):
        other = (page.parent / target) if target else page
        assert other.exists(), target
        if anchor:
            text = other.read_text(encoding="utf-8")
            headings = re.findall(r"(?m)^#+ (.*)$", text)
            named = re.findall(r'<a id="([^"]+)"></a>', text)
            assert anchor in {*named, *(re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in headings)}
