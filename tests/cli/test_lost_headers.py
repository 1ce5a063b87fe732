"""A proxy that takes Lock-Token away: looked for before the token is said to be wrong."""

from collections.abc import Callable

import pytest

from tests.cli.answers import OTHER
from tests.cli.command import run
from tests.cli.conftest import MakeFile
from tests.conftest import ServerFor
from tests.servers.proxy import proxy, without


@pytest.mark.parametrize("kind", ["wsgidav", "apache", "lighttpd", "rclone"])
@pytest.mark.parametrize("auth", ["none", "basic"])
def test_an_unlock_that_lost_its_token_is_no_mismatch(
    server_for: ServerFor, make_file: MakeFile, kind: str, auth: str
) -> None:
    server = server_for(kind, auth=auth)
    url = make_file(server, "a.txt")
    login = ("-u", "alice:alice") if auth == "basic" else ()
    token = run("lock", "-q", "--no-ledger", "--timeout", "60", *login, url).out.strip()
    with proxy(server.url, before=without("Lock-Token")) as front:
        done = run("unlock", "--no-ledger", "--json", "--token", token, *login, url.replace(server.url, front))
    assert done.code != 0
    assert done.ids[0] == "proxy-header-dropped"
    assert done.result["findings"][0]["facts"] == {"header": "Lock-Token"}
    assert run("unlock", "--no-ledger", "--token", token, *login, url).code == 0


@pytest.mark.parametrize("kind", ["wsgidav", "apache", "lighttpd"])
def test_a_token_of_nothing_is_no_lost_header(server_for: ServerFor, make_file: MakeFile, kind: str) -> None:
    url = make_file(server_for(kind), "a.txt")
    assert run("lock", "--no-ledger", "--timeout", "60", url).code == 0
    done = run("unlock", "--no-ledger", "--json", "--token", OTHER, url)
    assert done.ids[0] == "409-unlock-token-mismatch"


def test_another_users_lock_is_no_lost_header(any_login: Callable[[str], str]) -> None:
    """Apache refuses with 403: the token arrived."""
    url = any_login("apache")
    token = run("lock", "-q", "--no-ledger", "--timeout", "60", "-u", "alice:alice", url).out.strip()
    done = run("unlock", "--no-ledger", "--json", "--token", token, "-u", "bob:bob", url)
    assert done.ids[0] == "403-unlock-not-owner"


@pytest.fixture
def any_login(server_for: ServerFor, make_file: MakeFile) -> Callable[[str], str]:
    return lambda kind: make_file(server_for(kind, auth="basic"), "a.txt")
