"""A filter that answers WebDAV's methods itself is no permission: one HEAD, which it lets through, tells."""

from collections.abc import Callable

import pytest

from tests.cli.answers import TOKEN, element, multistatus
from tests.cli.command import Done, run
from tests.cli.conftest import MakeFile
from tests.conftest import ServerFor
from tests.saying import Say
from tests.servers.proxy import Hook, Passing, proxy
from tests.transport.scripted import ScriptedServer, response

Serve = Callable[..., ScriptedServer]

PAGE = b"<html><head><title>403 Forbidden</title></head><body><h1>Forbidden</h1><hr></body></html>"

KINDS = ("wsgidav", "apache", "lighttpd")


def filtering(*methods: str, page: bytes = PAGE, server: str = "") -> Hook:
    """Answers these methods itself, with 403 and a page."""

    def hook(passing: Passing) -> None:
        if passing.method in methods:
            passing.status, passing.reason, passing.body = 403, "Forbidden", page
            passing.headers = [("Content-Type", "text/html"), *([("Server", server)] if server else [])]

    return hook


def through(kind: str, server_for: ServerFor, make_file: MakeFile, hook: Hook, *arguments: str) -> Done:
    """``davlock arguments… URL`` through the filter."""
    server = server_for(kind)
    url = make_file(server, "a.txt")
    with proxy(server.url, before=hook) as front:
        return run(*arguments, "--no-ledger", "--json", url.replace(server.url, front))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "arguments",
    [
        ("diagnose",),
        ("locks",),
        ("propfind",),
        ("lock",),
        ("wait", "-w", "0"),
        ("unlock", "--token", TOKEN),
        ("refresh", "--token", TOKEN),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_filter_of_every_method_is_no_permission(
    server_for: ServerFor, make_file: MakeFile, kind: str, arguments: tuple[str, ...]
) -> None:
    hook = filtering("PROPFIND", "LOCK", "UNLOCK", "OPTIONS")
    done = through(kind, server_for, make_file, hook, *arguments)
    assert done.ids == ["403-method-filtered"]
    assert done.code == 4
    assert [entry["method"] for entry in done.result["exchanges"]].count("HEAD") == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "arguments", [("lock",), ("diagnose", "--attempt", "lock")], ids=lambda arguments: arguments[0]
)
def test_a_filter_of_lock_alone_is_no_permission(
    server_for: ServerFor, make_file: MakeFile, kind: str, arguments: tuple[str, ...]
) -> None:
    done = through(kind, server_for, make_file, filtering("LOCK", server="edge"), *arguments)
    assert "403-method-filtered" in done.ids
    assert not {"403-no-permission", "403-lock-refused"} & set(done.ids)


def test_a_filter_of_unlock_is_no_other_user(server_for: ServerFor, make_file: MakeFile) -> None:
    server = server_for("wsgidav")
    url = make_file(server, "a.txt")
    token = run("lock", "-q", "--no-ledger", "--timeout", "60", url).out.strip()
    with proxy(server.url, before=filtering("UNLOCK")) as front:
        done = run("unlock", "--no-ledger", "--json", "--token", token, url.replace(server.url, front))
    assert done.ids[0] == "403-method-filtered"
    assert "403-unlock-not-owner" not in done.ids
    assert run("unlock", "--no-ledger", "--token", token, url).code == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("arguments", [("diagnose",), ("locks",), ("lock",)], ids=lambda arguments: arguments[0])
def test_a_403_for_everything_stays_a_permission(
    server_for: ServerFor, make_file: MakeFile, kind: str, arguments: tuple[str, ...]
) -> None:
    hook = filtering("PROPFIND", "LOCK", "UNLOCK", "OPTIONS", "GET", "HEAD")
    done = through(kind, server_for, make_file, hook, *arguments)
    assert done.ids == ["403-no-permission"]
    assert [other["id"] for other in done.result["findings"][0]["alternatives"]] == []


def test_a_server_that_refuses_lock_itself_stays_a_permission(say: Say) -> None:
    """Its own page says so, or carries the name of the server that reads."""
    own = b"<html><head><title>403 Forbidden</title></head><body><p>You don't have permission.</p></body></html>"
    for page, name in ((own, "Server: Apache"), (PAGE, "Server: lighttpd/1.4.69")):
        read = multistatus(element("/a.txt", more="<D:resourcetype/>"), fields=(name,))
        refused = response("403 Forbidden", page, "Content-Type: text/html", name)
        server = say({"PROPFIND": read, "LOCK": refused, "HEAD": response("200 OK", b"", name)})
        done = run("lock", "--no-ledger", "--json", f"{server.url}/a.txt")
        assert done.ids[0] == "403-no-permission"


def test_who_wrote_the_page_may_be_unknown(say: Say) -> None:
    """Nobody names himself: one finding, possible, with what else it may be."""
    read = multistatus(element("/a.txt", more="<D:resourcetype/>"))
    refused = response("403 Forbidden", PAGE, "Content-Type: text/html")
    server = say({"PROPFIND": read, "LOCK": refused, "HEAD": response("200 OK")})
    done = run("lock", "--no-ledger", "--json", f"{server.url}/a.txt")
    finding = done.result["findings"][0]
    assert (finding["id"], finding["certainty"]) == ("403-method-filtered", "possible")
    assert [other["id"] for other in finding["alternatives"]] == ["403-no-permission", "403-lock-refused"]


@pytest.mark.parametrize("name", ["a.txt", "missing.txt"])
def test_no_lock_is_sent_on_the_word_of_a_head(server_for: ServerFor, make_file: MakeFile, name: str) -> None:
    """A front end may say 200 to any HEAD: LOCK could make a file."""
    refuse = filtering("PROPFIND", "OPTIONS")

    def front_end(passing: Passing) -> None:
        refuse(passing)
        if passing.method == "HEAD":
            passing.status, passing.reason, passing.headers = 200, "OK", [("Content-Type", "text/html")]

    server = server_for("wsgidav")
    url = make_file(server, "a.txt").removesuffix("a.txt") + name
    with proxy(server.url, before=front_end) as front:
        done = run("lock", "--no-ledger", "--json", url.replace(server.url, front))
    assert [entry["method"] for entry in done.result["exchanges"]] == ["PROPFIND", "HEAD", "PROPFIND"]
    assert done.code == 4
    assert server.path(url).exists() == (name == "a.txt")
