"""``davlock refresh`` on real servers."""

from collections.abc import Callable

import pytest

from tests.cli.answers import TOKEN
from tests.cli.command import run
from tests.conftest import ServerFor
from tests.servers import Server

Folder = Callable[[Server], str]


@pytest.mark.parametrize("kind", ["nginx", "lighttpd", "apache", "wsgidav", "rclone"])
def test_refresh_makes_no_file_and_no_lock(server_for: ServerFor, folder: Folder, kind: str) -> None:
    """nginx makes both of a token that it does not know."""
    server = server_for(kind)
    url = folder(server) + "missing.txt"
    done = run("refresh", "--json", "--token", TOKEN, url)
    assert (done.code, done.ids[0]) == (1, "404-not-found")
    assert not server.path(url).exists()
    assert run("put", "--no-ledger", "-", url, stdin=b"another's\n").code == 0
