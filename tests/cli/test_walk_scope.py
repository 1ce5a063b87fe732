"""A walk over a tree stays in it: whatever redirects the server answers, nothing outside is listed or released.

WsgiDAV has the locks, and a small front before it redirects.
"""

import json
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from tests.cli.command import Done, run
from tests.cli.test_cleanup import outcomes, plan, shown, take
from tests.cli.test_locks_walk import Serve, plant
from tests.conftest import ServerFor
from tests.operations.walk.test_walk import told
from tests.servers import Server
from tests.servers.proxy import Hook, Passing, proxy
from tests.transport.scripted import Conversation, response

Folder = Callable[[Server], str]

PAGE = b'<D:error xmlns:D="DAV:"><D:propfind-finite-depth/></D:error>'


def path_of(url: str) -> str:
    return urlsplit(url).path


def redirecting(
    path: str, location: str, *, depths: tuple[str, ...] = ("0", "1", "infinity"), status: int = 302
) -> Hook:
    """A front that answers PROPFIND ``path`` with a redirect; Depth infinity elsewhere is refused."""

    def hook(passing: Passing) -> None:
        if passing.method != "PROPFIND":
            return
        depth = passing.get("Depth")
        if passing.path == path and depth in depths:
            passing.status, passing.reason, passing.body = status, "Found", b""
            passing.headers = [("Location", location)]
        elif depth == "infinity":
            passing.status, passing.reason, passing.body = 403, "Forbidden", PAGE
            passing.headers = [("Content-Type", "application/xml")]

    return hook


def asked(done: Done) -> set[str]:
    return {path_of(exchange["url"]) for exchange in done.result["exchanges"]}


@pytest.fixture
def trees(server_for: ServerFor, folder: Folder) -> tuple[Server, str, str]:
    """A server with two trees: the one that is named, and another."""
    server = server_for("wsgidav")
    team, other = folder(server), folder(server)
    plant(server, team)
    plant(server, other)
    return server, team, other


@pytest.mark.parametrize("absolute", [False, True])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_does_not_move_the_tree_of_a_cleanup(
    trees: tuple[Server, str, str], status: int, absolute: bool
) -> None:
    server, team, other = trees
    foreign, own = take(f"{other}x.txt"), take(f"{team}x.txt")
    location = other if absolute else path_of(other)
    with proxy(server.url, before=redirecting(path_of(team), location, status=status)) as front:
        url = front.rstrip("/") + path_of(team)
        for arguments in (("--all", url), ("--all", "--yes", url), ("--all", "--yes", "-j", "8", url)):
            done = run("cleanup", "--json", *arguments)
            assert (done.code, done.result["plan"], done.result["outcomes"]) == (7, [], [])
            assert done.ids == ["walk-left-scope"]
            assert asked(done) == {path_of(team)}
            assert done.result["verdict"] == "unknown"
            assert "redirects out of your tree" in done.err
    assert shown(other) == {foreign}
    assert shown(team) == {own}


def test_a_redirect_does_not_move_the_tree_that_is_listed(trees: tuple[Server, str, str]) -> None:
    server, team, other = trees
    foreign = take(f"{other}x.txt")
    with proxy(server.url, before=redirecting(path_of(team), "/")) as front:
        url = front.rstrip("/") + path_of(team)
        done = run("locks", "-r", "--json", url)
        assert (done.code, done.result["locks"], done.ids) == (7, None, ["walk-left-scope"])
        assert foreign not in done.out
        assert asked(done) == {path_of(team)}
        (finding,) = done.result["findings"]
        assert (finding["severity"], finding["certainty"], finding["retry"]["verdict"]) == (
            "warning",
            "certain",
            "after-change",
        )
        assert [(quote["source"], quote["quote"]) for quote in finding["evidence"]] == [
            ("status", "302 Found"),
            ("response header Location", "/"),
        ]
        assert finding["remedies"][0]["command"] == ["davlock", "locks", "-r", front]
        for shape in ("tsv", "jsonl", "table"):
            listed = run("locks", "-r", "--format", shape, url)
            assert listed.code == 7, shape
            assert foreign not in listed.out
            assert "The server redirects out of your tree" in listed.err


def test_no_command_is_printed_for_another_host(trees: tuple[Server, str, str]) -> None:
    server, team, _ = trees
    with proxy(server.url, before=redirecting(path_of(team), "http://files.example/team/")) as front:
        done = run("locks", "-r", "--json", front.rstrip("/") + path_of(team))
    assert (done.code, done.ids) == (7, ["walk-left-scope"])
    (remedy,) = done.result["findings"][0]["remedies"]
    assert remedy["command"] is None
    assert "http://files.example/team/" in remedy["title"]


@pytest.mark.parametrize("name", ["%2e%2e/", "..%5c", "a%2f..%2f..%2f"])
def test_a_redirect_that_only_looks_as_if_it_stayed_is_not_followed(trees: tuple[Server, str, str], name: str) -> None:
    server, team, other = trees
    foreign = take(f"{other}x.txt")
    location = f"{path_of(team)}{name}{path_of(other).strip('/')}/"
    with proxy(server.url, before=redirecting(path_of(team), location)) as front:
        url = front.rstrip("/") + path_of(team)
        assert run("cleanup", "--all", "--yes", url).code == 7
        listed = run("locks", "-r", "--json", url)
    assert (listed.code, listed.ids) == (7, ["walk-left-scope"])
    assert foreign not in listed.out
    assert shown(other) == {foreign}


def test_a_redirect_that_stays_in_the_tree_is_followed_and_said(trees: tuple[Server, str, str]) -> None:
    server, team, _ = trees
    inner, beside = take(f"{team}a/y.txt"), take(f"{team}x.txt")
    with proxy(server.url, before=redirecting(path_of(team), f"{path_of(team)}a/")) as front:
        url = front.rstrip("/") + path_of(team)
        listed = run("locks", "-r", "--json", url)
        assert (listed.code, {lock["token"] for lock in listed.result["locks"]}) == (0, {inner})
        assert "walk-left-scope" not in listed.ids
        assert any("followed to" in entry["why"] for entry in listed.result["skipped"])
        done = run("cleanup", "--json", "--all", "--yes", url)
        assert (done.code, outcomes(done)) == (0, {inner: "released"})
    assert shown(team) == {beside}


@pytest.mark.parametrize("jobs", ["1", "8"])
def test_a_redirect_in_the_middle_of_a_walk_ends_it(trees: tuple[Server, str, str], jobs: str) -> None:
    """What was read before is listed, but no clean-up acts on a tree that the server does not answer for."""
    server, team, other = trees
    foreign, own = take(f"{other}a/y.txt"), take(f"{team}x.txt")
    with proxy(server.url, before=redirecting(f"{path_of(team)}a/", f"{path_of(other)}a/")) as front:
        url = front.rstrip("/") + path_of(team)
        listed = run("locks", "-r", "-j", jobs, "--json", url)
        assert (listed.code, [lock["token"] for lock in listed.result["locks"]]) == (7, [own])
        assert listed.ids == ["walk-left-scope"]
        assert listed.result["walk"]["unread"] == 1
        (quote, _) = listed.result["findings"][0]["evidence"]
        assert listed.result["exchanges"][quote["exchange"]]["status"] == 302
        done = run("cleanup", "--json", "-j", jobs, "--all", "--yes", url)
        assert (done.code, plan(done), done.ids) == (7, {own: "skip"}, ["walk-left-scope"])
        assert "out of the tree" in done.result["plan"][0]["why"]
    assert shown(other) == {foreign}
    assert shown(team) == {own}


def test_a_collection_that_moved_inside_the_tree_is_read_there(trees: tuple[Server, str, str]) -> None:
    server, team, _ = trees
    own = take(f"{team}a/y.txt")
    (server.path(team) / "moved").mkdir()
    front_only = f"{path_of(team)}moved/"
    with proxy(server.url, before=redirecting(front_only, f"{path_of(team)}a/")) as front:
        listed = run("locks", "-r", "--json", front.rstrip("/") + path_of(team))
    assert (listed.code, [lock["token"] for lock in listed.result["locks"]]) == (0, [own])
    assert listed.result["walk"]["unread"] == 0
    assert any(entry["what"] == "moved/" and "followed to" in entry["why"] for entry in listed.result["skipped"])


def test_a_redirect_before_an_unlock_is_no_sign_that_the_lock_is_gone(trees: tuple[Server, str, str]) -> None:
    """The look before the UNLOCK must be one at the lock itself."""
    server, team, _ = trees
    own, other = take(f"{team}x.txt"), take(f"{team}a/y.txt")
    unlocked: list[str] = []
    look = redirecting(f"{path_of(team)}x.txt", f"{path_of(team)}a/y.txt", depths=("0",))

    def before(passing: Passing) -> None:
        if passing.method == "UNLOCK":
            unlocked.append(passing.path)
        look(passing)

    with proxy(server.url, before=before) as front:
        done = run("cleanup", "--json", "--all", "--yes", front.rstrip("/") + path_of(team))
    assert outcomes(done) == {own: "unsure", other: "released"}
    assert unlocked == [f"{path_of(team)}a/y.txt"]
    assert shown(team) == {own}


def test_options_that_are_redirected_out_of_the_tree_end_the_walk(serve: Serve) -> None:
    body = f'<?xml version="1.0"?><D:multistatus xmlns:D="DAV:">{told("/f/")}</D:multistatus>'.encode()

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            if request.startswith(b"OPTIONS"):
                conversation.say(response("302 Found", b"", "Location: /login"))
            else:
                conversation.say(response("207 Multi-Status", body, "Content-Type: application/xml"))

    server = serve(play)
    done = run("locks", "-r", "--json", f"{server.url}/f/")
    assert (done.code, done.ids) == (7, ["walk-left-scope"])
    assert not any(b" /login " in request for request in server.requests)


def test_names_that_may_lead_elsewhere_are_listed_and_not_followed(serve: Serve) -> None:
    """Some servers keep a backslash or a semicolon in a name: a lock there is a lock in the tree. Dots never are."""
    names = ("%2e%2e/", "..%5csecret/", "a%2f..%2f..%2f/", "..;/")
    lock = (
        "<D:activelock><D:locktype><D:write/></D:locktype><D:lockscope><D:exclusive/></D:lockscope><D:depth>0</D:depth>"
        "<D:locktoken><D:href>urn:secret</D:href></D:locktoken></D:activelock>"
    )
    members = "".join(told(f"/f/{name}", lock) for name in names)
    body = f'<?xml version="1.0"?><D:multistatus xmlns:D="DAV:">{told("/f/")}{members}</D:multistatus>'.encode()

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            head = request.split(b"\r\n\r\n")[0].lower()
            if b"depth: infinity" in head:
                conversation.say(response("403 Forbidden", PAGE, "Content-Type: application/xml"))
            else:
                conversation.say(response("207 Multi-Status", body, "Content-Type: application/xml"))

    server = serve(play)
    done = run("locks", "-r", "--json", f"{server.url}/f/")
    assert [entry["url"].removeprefix(f"{server.url}/f/") for entry in done.result["locks"]] == [
        "..;/",
        "..%5csecret/",
        "a%2f..%2f..%2f/",
    ]
    assert {json.dumps(exchange["url"]) for exchange in done.result["exchanges"]} == {json.dumps(f"{server.url}/f/")}
    told_of = [entry["why"] for entry in done.result["skipped"]]
    assert sum("may lead somewhere else" in why for why in told_of) == len(names) - 1
    assert any("1 outside the tree" in why for why in told_of)
    assert done.code == 7
