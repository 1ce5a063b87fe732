"""What monitoring systems run: ``check --format nagios`` with its four exit statuses, and the metrics of locks."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families as classic

from tests.cli.command import clean_environment, run
from tests.cli.test_check import Folder
from tests.conftest import ServerFor
from tests.render.test_openmetrics import openmetrics

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


# -- metrics of locks


def test_the_metrics_of_locks(server_for: ServerFor, folder: Folder, tmp_path: Path) -> None:
    """Both of Prometheus's parsers read them, in a file that is written in one step."""
    url = folder(server_for("wsgidav"))
    (tmp_path / "old.prom").write_text("old")
    for name, more in (("a.txt", ()), ("b.txt", ()), ("c.txt", ("--scope", "shared"))):
        assert run("lock", "-q", "--create", *more, f"{url}{name}").code == 0
    file = tmp_path / "old.prom"
    done = run("locks", "-r", "--format", "openmetrics", "-o", str(file), url, "http://127.0.0.1:9/")
    assert (done.code, done.out) == (7, "")
    text = file.read_text(encoding="utf-8")
    families = {family.name: family.samples for family in openmetrics(text)}
    assert {family.name: family.samples for family in classic(text)} == families
    counts = Counter({(s.labels["scope"], s.labels["depth"]): s.value for s in families["davlock_locks"]})
    assert counts == {
        ("exclusive", "0"): 2,
        ("shared", "0"): 1,
        ("exclusive", "infinity"): 0,
        ("shared", "infinity"): 0,
    }
    values = {(name, s.labels["target"]): s.value for name, samples in families.items() for s in samples}
    assert values["davlock_locks_complete", url] == 1
    assert values["davlock_locks_complete", "http://127.0.0.1:9/"] == 0
    assert ("davlock_locks_infinite", "http://127.0.0.1:9/") not in values
    assert values["davlock_locks_infinite", url] == 0
    assert values["davlock_locks_oldest_seconds", url] < 600
    assert values["davlock_locks_next_end_timestamp_seconds", url] - values["davlock_locks_timestamp_seconds", url] > 0
