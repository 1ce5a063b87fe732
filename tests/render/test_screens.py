"""The screen of each kind of case, at three widths: how long it is, and that its commands can be copied."""

import io
import re
import subprocess
from collections.abc import Iterator

import pytest

from davlock.diagnosis.judge import judge
from davlock.diagnosis.screen import NextStep
from davlock.render.build_result import result
from davlock.render.commands import shell_line
from davlock.render.result import Result
from davlock.render.screens import show_result
from davlock.render.tables import console_for
from tests.diagnosis.scenario import load_all

WIDTHS = (60, 80, 120)

KINDS = {
    "one lock": ("423-held-by-other--inquiry", 12),
    "a refused write": ("423-held-by-other--put-refused", 13),
    "a refused lock": ("423-lock-conflict--read-again", 12),
    "a lock above": ("423-ancestor-lock--lives-on-after-delete", 12),
    "a locked member": ("423-member-lock--delete-207", 12),
    "two shared locks": ("423-shared-lock--inquiry", 13),
    "Subversion": ("423-svn-lock--commit", 12),
    "a lock of Nextcloud's files_lock": ("423-nextcloud-user-lock--locked-by-hand", 13),
    "a transactional lock of Nextcloud": ("423-transactional--double-put", 12),
    "an editing session": ("423-office-session--checked-out", 12),
    "a lock of an application": ("423-terraform-state-lock--cloud-box-shows-the-caller", 12),
    "your own lock": ("lock-is-yours--changed-before-the-lock", 3),
    "your own lock, and no token": ("423-own-lock-token-missing--after-a-cut", 12),
    "hidden locks": ("lockdiscovery-unreadable--go", 12),
    "free": ("no-lock--apache", 4),
    "not there": ("404-not-found--propfind", 12),
    "a missing folder": ("409-missing-parent--apache-lock", 12),
    "a changed file": ("412-etag-changed--only-weak-tags", 12),
    "a throttled login": ("429-login-throttle--nextcloud", 12),
    "a wrong password": ("401-not-authenticated--wrong-password", 12),
    "no permission": ("403-no-permission--put-refused-too", 12),
    "a method that is not taken": ("405-method-not-allowed--put-on-collection", 12),
    "a granted lock": ("lock-granted--read-again", 4),
}
"""For each kind a scenario, and the most lines that its screen has at 80 columns."""

ALL = {scenario.name: scenario for scenario in load_all()}


def built(name: str) -> Result:
    return result(judge(ALL[name].evidence))


def shown(value: Result, width: int, *, color: bool = False, why: bool = False, ascii_marks: bool = False) -> str:
    stream = io.StringIO()
    console = console_for(stream, color=color, width=width, ascii_marks=ascii_marks)
    show_result(console, value, why=why)
    return stream.getvalue()


def steps(value: Result) -> Iterator[NextStep]:
    assert value.screen is not None
    yield from value.screen.steps
    if value.screen.harmful is not None:
        yield value.screen.harmful


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_short_and_its_commands_are_whole(kind: str) -> None:
    name, most = KINDS[kind]
    value = built(name)
    assert value.screen is not None
    assert len(value.screen.steps) <= 3
    for width in WIDTHS:
        lines = shown(value, width).splitlines()
        assert len(lines) <= (most if width == 80 else 20), "\n".join(lines)
        assert all(line == line.rstrip() for line in lines)
        commands = [shell_line(command) for step in steps(value) for command in step.commands]
        assert all(any(command in line for line in lines) for command in commands)
        long = [line for line in lines if len(line) > width]
        assert all("://" in line or "davlock " in line or "token" in line for line in long), long


@pytest.mark.parametrize("kind", KINDS)
def test_colour_only_marks_words_that_say_the_same(kind: str) -> None:
    value = built(KINDS[kind][0])
    coloured = shown(value, 80, color=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == shown(value, 80)
    codes = {int(code) for group in re.findall(r"\x1b\[([0-9;]*)m", coloured) for code in group.split(";")}
    assert codes <= {0, 1, 2, *range(30, 38), *range(90, 98)}, "the terminal's sixteen colours, bold and dim"


@pytest.mark.parametrize("kind", KINDS)
def test_in_ascii(kind: str) -> None:
    value = built(KINDS[kind][0])
    assert shown(value, 80, why=True, ascii_marks=True).isascii()


def test_a_scenario_of_every_finding_fits_a_screen() -> None:
    """And every command that any of them prints is one that a shell can read."""
    commands = set()
    for name in {scenario.leading: name for name, scenario in ALL.items()}.values():
        value = built(name)
        text = shown(value, 80)
        assert text.count("\n") <= 20, text
        commands |= {shell_line(command) for step in steps(value) for command in step.commands}
        assert not [line for line in text.splitlines() if line != line.rstrip()]
    script = "\n".join(sorted(commands))
    checked = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_what_is_not_on_the_screen_is_below_why() -> None:
    """Nothing that the JSON has is out of reach: evidence, tokens, alternatives, further findings and ways out."""
    for name, _ in KINDS.values():
        value = built(name)
        text = " ".join(shown(value, 400, why=True).split())
        for finding in value.findings:
            assert finding.id in text
            assert " ".join(finding.explanation.split()) in text
            for quote in finding.evidence:
                assert " ".join(quote.text.split())[:100] in text
            for remedy in finding.remedies:
                assert remedy.command is None or shell_line(remedy.command) in text
            assert all(other.id in text for other in finding.alternatives)
        for view in value.locks or ():
            assert view.lock.token is None or view.lock.token.uri in text
