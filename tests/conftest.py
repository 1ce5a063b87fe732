"""Fixtures that lend tests a running server, and the fence that keeps every test on this machine.

A server that is not installed skips its tests, and the end of the run names it. With ``DAVLOCK_REQUIRE_SERVERS=1``
such a test fails instead, so that continuous integration cannot pass by testing nothing.
"""

import contextlib
import gc
import itertools
import os
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import hypothesis
import pytest
import pytest_socket

from tests.saying import say as say
from tests.servers import KINDS, Server, missing, new_folder, start, temporary_directory, why_missing


def pytest_configure() -> None:
    """What holds for every test."""
    # No test is judged by a clock: a busy machine is no fault of the code.
    # It remembers what failed in the checkout, and warns where that cannot be written to.
    memory = hypothesis.settings().database if os.access(Path(__file__).parents[1], os.W_OK) else None
    hypothesis.settings.register_profile("davlock", deadline=None, database=memory)
    hypothesis.settings.load_profile("davlock")
    # A server has a user of its own, who reads what tests write.
    os.umask(0o022)
    # A shell starts what it puts into the background with SIGINT and SIGQUIT ignored, and nohup(1) ignores SIGHUP: all
    # our processes would inherit it.
    as_usual: dict[signal.Signals, signal.Handlers | Callable[..., None]] = {
        signal.SIGINT: signal.default_int_handler,
        signal.SIGQUIT: signal.SIG_DFL,
        signal.SIGHUP: signal.SIG_DFL,
    }
    for number, usual in as_usual.items():
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Half of the workers begin with what waits, beside the others, which compute: waiting needs no processor.

    xdist gives each worker a part of the list, and who is done takes over the end of another's part. So nobody begins
    to wait when all the rest is done.
    """
    if not hasattr(config, "workerinput"):
        return
    waiting = [item for item in items if item.get_closest_marker("waits") is not None]
    others = [item for item in items if item.get_closest_marker("waits") is None]
    workers = int(config.workerinput["workercount"])
    beginners = max(1, workers // 2)
    ordered: list[pytest.Item] = []
    for part in range(workers):
        size = (len(items) - len(ordered)) // (workers - part)
        first = waiting[part::beginners] if part < beginners else []
        rest = others[: max(0, size - len(first))]
        del others[: len(rest)]
        ordered += first + rest
    items[:] = ordered + others


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What stands for the tests stays until the end: nobody looks for garbage in it again and again."""
    gc.collect()
    gc.freeze()


_LOOPBACK = ["127.0.0.1", "localhost", "::1"]

_RESOLVED: dict[str, set[str]] = {}

# A skipped test's report carries its user properties from an xdist worker to the process that writes the summary.
_NOT_INSTALLED = "server not installed"


_state_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def _states(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("states")


@pytest.fixture(autouse=True)
def _state_of_its_own(_states: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What davlock keeps between runs, it keeps for one test. Most keep nothing, so that no folder is made before."""
    monkeypatch.setenv("XDG_STATE_HOME", str(_states / str(next(_state_numbers))))


class ServerFor(Protocol):
    """The type of the fixture ``server_for``."""

    def __call__(self, kind: str, auth: str = "none", variant: str = "") -> Server: ...


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before each test: pytest-socket lifts its restrictions after every one."""
    pytest_socket.socket_allow_hosts(_LOOPBACK, allow_unix_socket=True, resolution_cache=_RESOLVED)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line on what this run has not tested."""
    reports = itertools.chain.from_iterable(
        terminalreporter.stats.get(outcome, ()) for outcome in ("skipped", "failed")
    )
    names = {
        str(value)
        for report in reports
        if isinstance(report, pytest.TestReport)
        for name, value in report.user_properties
        if name == _NOT_INSTALLED
    }
    if names:
        terminalreporter.write_line(f"servers not installed: {', '.join(sorted(names))}", yellow=True)


@pytest.fixture(scope="session")
def _running_servers() -> Iterator[ServerFor]:
    """Starts each server once, when a test first asks for it, and ends them all after the last test."""
    servers: dict[tuple[str, str, str], Server] = {}
    with contextlib.ExitStack() as stack:

        def server_for(kind: str, auth: str = "none", variant: str = "") -> Server:
            key = (kind, auth, variant)
            if key not in servers:
                directory = stack.enter_context(temporary_directory())
                servers[key] = stack.enter_context(start(kind, auth=auth, variant=variant, directory=directory))
            return servers[key]

        yield server_for


@pytest.fixture
def server_for(request: pytest.FixtureRequest, _running_servers: ServerFor) -> ServerFor:
    """``server_for(kind, auth="none", variant="")``: that server, running; other tests of this run may share it."""

    def server_for(kind: str, auth: str = "none", variant: str = "") -> Server:
        lacks = missing(kind)
        if lacks is not None:
            request.node.user_properties.append((_NOT_INSTALLED, f"{kind} ({lacks.package})"))
            reason = f"{kind}: {why_missing(kind)}"
            if os.environ.get("DAVLOCK_REQUIRE_SERVERS") == "1":
                pytest.fail(f"{reason}, and DAVLOCK_REQUIRE_SERVERS=1", pytrace=False)
            # Said once more at the end of the run, by pytest_terminal_summary. CI sets the variable: there it fails.
            pytest.skip(reason)
        return _running_servers(kind, auth, variant)

    return server_for


@pytest.fixture(params=KINDS)
def any_server(request: pytest.FixtureRequest, server_for: ServerFor) -> Server:
    """Each of the servers in turn, without authentication."""
    return server_for(request.param)


@pytest.fixture(params=KINDS)
def basic_server(request: pytest.FixtureRequest, server_for: ServerFor) -> Server:
    """Each of the servers in turn, with Basic authentication."""
    return server_for(request.param, auth="basic")


_folder_numbers = itertools.count(1)


@pytest.fixture
def folder(request: pytest.FixtureRequest) -> Callable[[Server], str]:
    """``folder(server)``: the URL of a new empty collection; ``server.path(url)`` is the same folder on the disk."""
    test = re.sub(r"[^A-Za-z0-9]+", "-", request.node.name).strip("-")[:60]

    def new(server: Server) -> str:
        return new_folder(server, f"{test}-{next(_folder_numbers)}")

    return new
