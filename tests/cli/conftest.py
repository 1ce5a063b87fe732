"""Fixtures of the command line's tests."""

import os
from collections.abc import Callable, Iterator

import pytest

from tests.cli.command import end_all
from tests.cli.forked import get_ready
from tests.servers import Server
from tests.transport.conftest import certificate as certificate
from tests.transport.conftest import serve as serve

MakeFile = Callable[[Server, str], str]


@pytest.fixture(autouse=True, scope="session")
def _processes_can_be_forked() -> None:
    get_ready()


@pytest.fixture(autouse=True)
def _processes_end_with_their_test() -> Iterator[None]:
    yield
    end_all()


@pytest.fixture
def make_file(folder: Callable[[Server], str]) -> MakeFile:
    """``make_file(server, name)``: the URL of a new file of an hour ago, in a folder of its own."""

    def make(server: Server, name: str) -> str:
        above = folder(server)
        path = server.path(above) / name
        path.write_bytes(b"first\n")
        owner = path.parent.stat()
        if path.stat().st_uid != owner.st_uid:
            os.chown(path, owner.st_uid, owner.st_gid)
        # Apache's entity tags are weak within a second of the last change.
        hour_ago = path.stat().st_mtime - 3600
        os.utime(path, (hour_ago, hour_ago))
        return above + name

    return make
