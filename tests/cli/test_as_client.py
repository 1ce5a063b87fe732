"""``diagnose --as``: what another client is told is compared, and never taken for what we are told."""

import pytest

from davlock.operations.clients import USER_AGENTS
from tests.cli.command import run
from tests.cli.conftest import MakeFile
from tests.conftest import ServerFor
from tests.servers import Server
from tests.servers.proxy import Passing, proxy


def picky(passing: Passing) -> None:
    """Nextcloud without a lock app: locks for Finder and Explorer alone."""
    favoured = any(word in (passing.agent or "") for word in ("WebDAVFS", "MiniRedir"))
    if passing.method == "OPTIONS" and not favoured:
        passing.set("DAV", "1, 3")
        passing.set("Allow", "OPTIONS, GET, PUT, PROPFIND")


@pytest.mark.parametrize("client", ["finder", "Explorer", "My-WebDAVFS/1.0"])
def test_a_server_that_favours_some(server_for: ServerFor, make_file: MakeFile, client: str) -> None:
    server = server_for("wsgidav")
    url = make_file(server, "a.txt")
    with proxy(server.url, after=picky) as address:
        done = run("diagnose", "--json", "--as", client, url.replace(server.url, address))
    found = {entry["id"]: entry for entry in done.result["findings"]}["locks-depend-on-client"]
    assert found["certainty"] == "certain"
    assert found["facts"]["locks_differ"] is True
    assert {quote["quote"].partition(";")[0] for quote in found["evidence"]} == {"DAV: 1, 3", "DAV: 1, 2"}
    # What we are told is what counts for us.
    assert done.result["server"]["dav"] == ["1", "3"]


@pytest.mark.parametrize("arguments", [(), ("--attempt", "lock"), ("--scratch", "")])
def test_what_was_granted_counts_more_than_what_is_announced(
    server_for: ServerFor, make_file: MakeFile, arguments: tuple[str, ...]
) -> None:
    server = server_for("apache")
    url = make_file(server, "a.txt")
    with proxy(server.url, before=lambda passing: passing.set("Host", passing.host), after=picky) as address:
        there = url.replace(server.url, address)
        above = there.rpartition("/")[0] + "/"
        done = run("diagnose", "--json", *(word or above for word in arguments), there)
    assert ("lock-not-supported" in done.ids) is (not arguments)


@pytest.mark.parametrize("client", ["davfs2", "cadaver", "libreoffice", "office"])
def test_a_client_that_is_not_favoured(server_for: ServerFor, make_file: MakeFile, client: str) -> None:
    server = server_for("wsgidav")
    url = make_file(server, "a.txt")
    seen: list[str | None] = []
    with proxy(server.url, before=lambda passing: seen.append(passing.agent), after=picky) as address:
        done = run("diagnose", "--json", "--as", client, url.replace(server.url, address))
    assert "locks-depend-on-client" not in done.ids
    assert USER_AGENTS[client] in seen
    assert "client" in {entry["what"] for entry in done.result["skipped"]}


def test_honest_servers(any_server: Server, make_file: MakeFile) -> None:
    url = make_file(any_server, "a.txt")
    plain = run("diagnose", "--json", url)
    asked = run("diagnose", "--json", "--as", "finder", url)
    assert (asked.ids, asked.code) == (plain.ids, plain.code)
    assert len(asked.result["exchanges"]) == len(plain.result["exchanges"]) + 1
    assert USER_AGENTS["finder"] in " ".join(entry["why"] for entry in asked.result["skipped"])


def test_a_client_that_is_refused(server_for: ServerFor, make_file: MakeFile) -> None:
    """The refusal of another client is not ours."""
    server = server_for("wsgidav")
    url = make_file(server, "a.txt")

    def before(passing: Passing) -> None:
        if passing.agent == USER_AGENTS["finder"]:
            passing.status, passing.reason, passing.headers = 403, "Forbidden", []

    with proxy(server.url, before=before) as address:
        done = run("diagnose", "--json", "--as", "finder", url.replace(server.url, address))
    assert (done.code, done.result["verdict"]) == (0, "clear")
    assert done.result["server"]["dav"] == ["1", "2"]
    assert any("403" in entry["why"] for entry in done.result["skipped"])


def test_a_name_that_cannot_be_sent(server_for: ServerFor, make_file: MakeFile) -> None:
    done = run("diagnose", "--as", "a\nb", make_file(server_for("wsgidav"), "a.txt"))
    assert (done.code, done.out) == (2, "")
    assert "User-Agent" in done.err
