"""Every command that a finding prints for a paste can be run as it stands: a shell and davlock's parser take it."""

import shlex
import subprocess
from collections.abc import Iterator
from functools import cache

import pytest

from davlock.capture.detect import Supplement, read_capture
from davlock.cli.main import cli
from davlock.diagnosis.incidents import split_capture
from davlock.diagnosis.judge_capture import judge_incident
from davlock.errors import LocalProtocolError
from man.commands import ROOT
from tests.pastes.score import FOLDERS, HERE

FILES = sorted(file for folder in (*FOLDERS, HERE.parent / "capture" / "shapes") for file in folder.glob("*.txt"))


def _commands() -> Iterator[tuple[str, ...]]:
    for file in FILES:
        try:
            capture = read_capture(file.read_bytes(), Supplement())
        except LocalProtocolError:
            continue
        for story in split_capture(capture.exchanges).incidents:
            for finding in judge_incident(story).findings:
                yield from (remedy.command for remedy in finding.remedies if remedy.command is not None)


@cache
def commands() -> tuple[tuple[str, ...], ...]:
    """Returns each command once."""
    return tuple(dict.fromkeys(_commands()))


def test_a_shell_takes_every_command() -> None:
    script = "\n".join(shlex.join(command) for command in commands())
    done = subprocess.run(["bash", "-n"], input=script.encode(), capture_output=True, check=False)
    assert done.stderr == b""


@pytest.mark.parametrize("program", ["davlock", "curl"])
def test_every_command_names_a_url_that_can_be_asked(program: str) -> None:
    asking = [command for command in commands() if command[0] == program]
    assert asking
    for command in asking:
        assert any(word.startswith(("http://", "https://")) for word in command), shlex.join(command)
        assert not any(word.startswith("/") for word in command), shlex.join(command)


def test_davlock_takes_its_own_commands() -> None:
    for command in commands():
        if command[0] == "davlock":
            verb = cli.get_command(ROOT, command[1])
            assert verb is not None
            verb.make_context(command[1], list(command[2:]), parent=ROOT)
