"""What short commands do not load: they are called in loops, and most of their time is their start."""

import subprocess
import sys
from contextlib import closing

import pytest

from tests.cli.answers import active_lock, by_method, element, multistatus
from tests.cli.command import clean_environment
from tests.transport.scripted import ScriptedServer

SCRIPT = """
import dataclasses, re, sys
compiled = []
def compile(pattern, flags, compile=re._compiler.compile):
    compiled.append(pattern)
    return compile(pattern, flags)
re._compiler.compile = compile
from davlock.cli.main import run
assert run(["locks", "--json", sys.argv[1]]) == 0
patterns = len(compiled)
for name, module in sorted(sys.modules.items()):
    values = [one for one in vars(module).values() if isinstance(one, type) and one.__module__ == name]
    made = sum(map(dataclasses.is_dataclass, values)) if name.startswith("davlock.") else 0
    print(name, made, file=sys.stderr)
print("patterns", patterns, file=sys.stderr)
import httpcore
for late in (httpcore.AsyncConnectionPool, httpcore.AnyIOBackend, httpcore.MockBackend, httpcore.SOCKSProxy):
    assert late.__module__.startswith("httpcore.")
assert httpcore.default_ssl_context().get_ca_certs()
"""

NOT_LOADED = (
    "anyio.",
    "asyncio.",
    "certifi.",
    "davlock.applications.application.",
    "davlock.checks.",
    "davlock.cli.commands.propfind.",
    "davlock.diagnosis.rules.capability.not_authenticated.",
    "davlock.diagnosis.rules.conflict.missing_parent.",
    "davlock.diagnosis.rules.healthy.lock_granted.",
    "davlock.diagnosis.rules.healthy.no_lock.",
    "davlock.diagnosis.rules.locked.svn_lock.",
    "davlock.diagnosis.rules.throttled.",
    "davlock.diagnosis.rules.walk.",
    "davlock.ledger.",
    "davlock.operations.investigate.",
    "davlock.operations.walk.walk.",
    "davlock.operations.workers.",
    "davlock.render.tables.",
    "html.",
    "httpcore._async.",
    "importlib.metadata.",
    "platformdirs.",
    "rich.",
    "socksio.",
    "sqlite3.",
    "subprocess.",
)

MOST_VALUES = 104
"""Dataclasses that are made at most: each takes as long as to import a small module."""

MOST_PATTERNS = 155
"""Regular expressions that are compiled at most; more than half of them are those of httpx, click and the library."""


def test_reading_locks_loads_no_more_than_it_needs() -> None:
    server = ScriptedServer(by_method({"PROPFIND": multistatus(element(locks=active_lock()))}))
    with closing(server):
        call = [sys.executable, "-c", SCRIPT, f"{server.url}/a.txt"]
        done = subprocess.run(call, capture_output=True, text=True, check=True, timeout=60, env=clean_environment())
    assert "opaquelocktoken" in done.stdout
    loaded = {name: int(values) for name, values in (line.split() for line in done.stderr.splitlines())}
    assert loaded.pop("patterns") <= MOST_PATTERNS
    assert sorted(name for name in loaded if f"{name}.".startswith(NOT_LOADED)) == []
    assert sum(loaded.values()) <= MOST_VALUES


ALONE = """
import sys
before = set(sys.modules)
from davlock.__main__ import main
sys.argv[0] = "davlock"
assert main() == 0
print(*sorted(set(sys.modules) - before), file=sys.stderr)
"""


def modules(script: str, *arguments: str) -> list[str]:
    """What Python has loaded for it, beyond what it loads for nothing."""
    call = [sys.executable, "-c", script, *arguments]
    done = subprocess.run(call, capture_output=True, text=True, check=True, timeout=60, env=clean_environment())
    return done.stderr.split()


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_version_and_help_load_nothing(option: str) -> None:
    assert modules(ALONE, option) == ["davlock", "davlock.__main__", "gc"]


ANSWERS = (
    "davlock.applications.",
    "davlock.checks.",
    "davlock.diagnosis.evidence.",
    "davlock.diagnosis.rules.",
    "davlock.ledger.",
    "davlock.operations.walk.",
    "davlock.servers.",
    "davlock.transport.http.",
    "email.",
    "h11.",
    "httpcore.",
    "httpx.",
    "lxml.",
    "socket.",
    "sqlite3.",
    "ssl.",
    "subprocess.",
)
"""What is only needed to ask a server, to read its answer, or for a pager."""


def test_the_page_of_a_status_loads_nothing_about_answers() -> None:
    loaded = modules(ALONE, "explain", "423")
    assert "davlock.cli.main" in loaded
    assert [name for name in loaded if f"{name}.".startswith((*ANSWERS, "rich."))] == []
