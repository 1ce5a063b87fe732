"""What is derived: that each page has its sections, and that a stale one is noticed."""

import re
import sys
from pathlib import Path

import pytest

from davlock.cli.exit_status import ExitStatus
from davlock.cli.main import COMMANDS
from davlock.diagnosis.rules.registry import RULES
from man import generate
from man.commands import tree, typed
from man.exit_status import codes

SECTIONS = ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES", "SEE ALSO"]


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return {path.relative_to(generate.ROOT).as_posix(): text for path, text in generate.wanted().items()}


def sections(page: str) -> list[str]:
    return re.findall(r"^\.SH (.*)$", page, re.MULTILINE)


def plain(page: str) -> str:
    return re.sub(r"\\f[BIPR]|\\fP", "", page).replace("\\-", "-").replace("\\(aq", "'").replace("\\e", "\\")


@pytest.mark.long
@pytest.mark.parametrize("name", COMMANDS)
def test_page_of_a_command(files: dict[str, str], name: str) -> None:
    page = files[f"man/man1/davlock-{name}.1"]
    assert [entry for entry in SECTIONS if entry in sections(page)] == sections(page)
    assert {*SECTIONS} - {*sections(page)} <= {"EXAMPLES"}
    leaves = typed(name, tree()[name])
    for words in leaves:
        assert f"davlock {words}" in plain(page)
    for parameter in (parameter for leaf in leaves.values() for parameter in leaf.params):
        for option in parameter.opts:
            # One that is gone is hidden, and only says what to type in its place.
            shown = not getattr(parameter, "hidden", False)
            assert not option.startswith("-") or (option in plain(page)) is shown, option
        assert parameter.envvar is None or str(parameter.envvar) in plain(page)
    assert "-h, --help" in plain(page)


def test_overview(files: dict[str, str]) -> None:
    page = files["man/man1/davlock.1"]
    assert [
        entry for entry in sections(page) if entry not in ("COMMANDS", "LOGIN", "PROFILES", "BUNDLE", "PLUG-INS")
    ] == SECTIONS
    for name in COMMANDS:
        assert f"davlock-{name}(1)" in plain(page)


def test_findings(files: dict[str, str]) -> None:
    page = plain(files["man/man7/davlock-findings.7"])
    assert re.findall(r"^\.SS (.*)$", page, re.MULTILINE) == [
        rule.id for family in dict.fromkeys(type(RULES[0].family)) for rule in sorted(RULES, key=lambda rule: rule.id)
        if rule.family is family
    ]  # fmt: skip
    assert page.count("What to do:") == len(RULES)
    assert page.count("How to confirm:") == len(RULES)


def test_table_of_findings(files: dict[str, str]) -> None:
    """Each rule has one row, and its link leads to the heading of its words."""
    page = files["docs/findings.md"]
    ids = sorted(rule.id for rule in RULES)
    assert sorted(re.findall(r"^\| \[`([^`]+)`\]\(#\1\) \|", page, re.MULTILINE)) == ids
    assert sorted(re.findall(r"^### (.+)$", page, re.MULTILINE)) == ids


def test_exit_statuses() -> None:
    commands = tree()
    offline = {ExitStatus(number) for number in (0, 2, 70, 74, 130, 143)}
    assert {*codes(commands["explain"])} == {*codes(commands["demo"])} == offline
    asking = offline | {ExitStatus(number) for number in (1, 3, 4, 5, 6, 8)}
    assert {*codes(commands["put"])} == asking
    assert {*codes(commands["diagnose"])} == asking | {ExitStatus.PARTIAL}


def test_help_of_davlock_itself(files: dict[str, str]) -> None:
    assert all(len(line) <= 80 for line in files["davlock/cli/help.txt"].splitlines())


def test_stale_and_leftover(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What differs, what is missing, and the page of a command that is no more."""
    good, old, missing, gone = (tmp_path / "man/man1" / name for name in ("a.1", "b.1", "c.1", "gone.1"))
    good.parent.mkdir(parents=True)
    for path in (good, old, gone):
        path.write_text("as it was\n", "utf-8")
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "wanted", lambda: {good: "as it was\n", old: "new\n", missing: "new\n"})

    def call(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["generate", *arguments])
        return generate.main()

    assert call("--check") == 1
    stale = capsys.readouterr().err.splitlines()
    assert [line.split()[1] for line in stale] == ["man/man1/b.1", "man/man1/c.1", "man/man1/gone.1"]
    assert gone.exists()
    assert call() == 0
    assert (old.read_text("utf-8"), missing.read_text("utf-8"), gone.exists()) == ("new\n", "new\n", False)
    assert call("--check") == 0
