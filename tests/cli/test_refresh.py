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


def test_a_renewal_asks_for_what_was_granted_before(server_for: ServerFor, folder: Folder) -> None:
    """Not for the ten minutes that a new lock gets: that made a lock of half an hour shorter."""
    url = folder(server_for("wsgidav")) + "a.txt"
    assert run("put", "--no-ledger", "-", url, stdin=b"x\n").code == 0
    assert run("lock", "--timeout", "30m", url).code == 0

    def left(*options: str) -> float:
        (lock,) = run("refresh", "--json", *options, url).result["locks"]
        return float(lock["timeout"]["seconds"])

    assert left() > 1700
    assert left("--timeout", "5m") <= 300
    assert left() <= 300
