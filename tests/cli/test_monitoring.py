"""``check --format nagios`` as a monitoring system runs it: one line first, and four exit statuses."""

import subprocess
import sys

import pytest

from tests.cli.command import clean_environment, run
from tests.cli.test_check import Folder
from tests.conftest import ServerFor

FAST = ("--select", "exclusive")


def monitored(*arguments: str) -> tuple[int, str]:
    """The state, and the first line without the numbers."""
    done = run("check", "--format", "nagios", *arguments)
    return done.code, done.out.splitlines()[0].partition(" | ")[0]


@pytest.mark.parametrize(
    ("kind", "arguments", "state", "words"),
    [
        ("wsgidav", FAST, 0, "DAVLOCK OK - {url}: 11 of 11 checks passed"),
        ("rclone", FAST, 2, "DAVLOCK CRITICAL - {url}: 1 of 10 checks failed: lock-discovered"),
        ("rclone", (*FAST, "--deadline", "0"), 2, "DAVLOCK CRITICAL - {url}: the deadline has passed"),
    ],
)
def test_a_server(
    server_for: ServerFor, folder: Folder, kind: str, arguments: tuple[str, ...], state: int, words: str
) -> None:
    url = folder(server_for(kind))
    assert monitored(*arguments, url) == (state, words.format(url=url))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--bogus", "http://127.0.0.1:9/"), "there is no option '--bogus'; see: davlock check --help"),
        ((), "URL is missing; name a collection where davlock may write"),
        (("--clean-up", "http://127.0.0.1:9/"), "--format nagios is for a run of checks; leave out"),
        (("--expect", "/nowhere/x", "http://127.0.0.1:9/"), "--expect /nowhere/x"),
        (("--user2", "a:b", "ftp://h/"), "davlock does not speak ftp://"),
    ],
)
def test_wrong_arguments_are_unknown(arguments: tuple[str, ...], words: str) -> None:
    state, line = monitored(*arguments)
    assert (state, line.startswith(f"DAVLOCK UNKNOWN - {words}")) == (3, True), line


def test_nothing_is_written_before_the_first_line(server_for: ServerFor, folder: Folder) -> None:
    """Icinga reads stdout and stderr as one, and davlock says on stderr where it writes."""
    url = folder(server_for("wsgidav"))
    command = (sys.executable, "-m", "davlock", "check", "--format=nagios", *FAST, url)
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=clean_environment(), check=True
    )
    assert [done.stdout.startswith("DAVLOCK OK - "), "davlock: 11 checks write" in done.stdout] == [True, True]


def test_the_variable_counts_as_well() -> None:
    env = {"DAVLOCK_FORMAT": "nagios"}
    assert run("check", "--bogus", env=env).code == 3
    assert run("check", "--format", "tsv", "--bogus", env=env).code == 2
