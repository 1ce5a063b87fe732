"""``davlock refresh`` on real servers."""

from collections.abc import Callable

import click
import httpx
import pytest

from tests.cli.answers import TOKEN
from tests.cli.command import run
from tests.conftest import ServerFor
from tests.servers import Server

LOCKINFO = b'<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>'

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


def test_what_was_done_comes_before_what_is_wrong(server_for: ServerFor, folder: Folder) -> None:
    """A lock that never expires is no reason to say that the file was not written, or the lock not renewed."""
    url = folder(server_for("apache")) + "a.txt"
    assert run("put", "--no-ledger", "-", url, stdin=b"x\n").code == 0
    locked = httpx.request("LOCK", url, headers={"Timeout": "Infinite"}, content=LOCKINFO)
    token = locked.headers["Lock-Token"].strip("<>")
    written = run("put", "--token", token, "-", url, stdin=b"y\n", tty=True)
    renewed = run("refresh", "--token", token, url, tty=True)
    assert (written.code, renewed.code) == (0, 0)
    shown = click.unstyle(written.out)
    assert shown == "WRITTEN: a.txt.\n! Someone without a name holds a lock that never expires (lock-never-expires)\n"
    assert click.unstyle(renewed.out).startswith("RENEWED: a.txt is LOCKED until ")
