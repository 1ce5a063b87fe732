"""A lock two collections up: found, named, and opened with its own token."""

import base64
import http.client
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.cli.answers import OPTIONS, active_lock, element, multistatus
from tests.cli.command import run
from tests.conftest import ServerFor
from tests.transport.scripted import Conversation, ScriptedServer, response

Serve = Callable[..., ScriptedServer]

ALICE, BOB = ("-u", "alice:alice"), ("-u", "bob:bob")

SHOWING = ("wsgidav", "apache", "lighttpd", "nginx")
"""The servers that show locks at all."""


def make_tree(url: str) -> str:
    """Two folders in ``url`` with a file in the inner one; returns the URL of the file."""
    parts = urlsplit(url)
    login = {"Authorization": "Basic " + base64.b64encode(b"alice:alice").decode()}
    for method, name, body in (("MKCOL", "a/", b""), ("MKCOL", "a/b/", b""), ("PUT", "a/b/f.txt", b"x")):
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
        connection.request(method, parts.path + name, body, login)
        assert connection.getresponse().status == 201
        connection.close()
    return f"{url}a/b/f.txt"


@pytest.mark.parametrize("kind", SHOWING)
def test_a_lock_two_collections_up_is_named(
    server_for: ServerFor, folder: Callable[..., str], tmp_path: Path, kind: str
) -> None:
    above = folder(server_for(kind, auth="basic"))
    url = make_tree(above)
    file = tmp_path / "f"
    file.write_bytes(b"new")
    assert run("lock", f"{above}", "--depth", "infinity", *ALICE).code == 0
    for command in (("diagnose", url), ("put", str(file), url), ("lock", url)):
        done = run(*command, "--json", *BOB)
        assert (done.code, done.result["verdict"]) == (1, "blocked"), command
        assert done.ids[0] in ("423-ancestor-lock", "423-lock-conflict"), command
        assert done.result["locks"][0]["lockroot"] == above, command
    assert run("put", str(file), url, *ALICE).code == 0, "the ledger has the token of the lock above"
    assert run("unlock", above, *ALICE).code == 0


def test_a_collection_that_may_not_be_read_hides_no_lock_above_it(serve: Serve) -> None:
    """The folder of the file is 403 to this login; the one above it shows a lock that covers the file."""
    deep = active_lock(depth="infinity", root="/a/")

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            method, path = request.split(b" ", 2)[:2]
            if method == b"OPTIONS":
                conversation.say(OPTIONS)
            elif path == b"/a/b/":
                conversation.say(response("403 Forbidden"))
            else:
                locks = deep if path == b"/a/" else ""
                conversation.say(multistatus(element(path.decode(), locks=locks, more="<D:resourcetype/>")))

    done = run("diagnose", f"{serve(play).url}/a/b/f.txt", "--json")
    assert (done.code, done.result["verdict"], done.ids[0]) == (1, "blocked", "423-ancestor-lock")
    assert any(re.search(r"answered 403 to PROPFIND \S+/a/b/", entry["why"]) for entry in done.result["skipped"])


@pytest.mark.parametrize("depth", ["", "1"], ids=["no depth", "depth 1"])
def test_how_far_a_lock_without_a_depth_reaches_is_no_certainty(serve: Serve, depth: str) -> None:
    lock = active_lock(root="/a/", depth=depth)
    answers = {
        "/a/": multistatus(element("/a/", locks=lock, more="<D:resourcetype><D:collection/></D:resourcetype>")),
        "/a/b.txt": multistatus(element("/a/b.txt")),
        "/": multistatus(element("/", more="<D:resourcetype><D:collection/></D:resourcetype>")),
    }

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            method, path, _ = request.decode().split(" ", 2)
            conversation.say(OPTIONS if method == "OPTIONS" else answers[path])

    done = run("diagnose", f"{serve(play).url}/a/b.txt", "--json")
    (finding,) = [one for one in done.result["findings"] if one["id"] == "423-ancestor-lock"]
    assert finding["certainty"] == "likely"
    assert finding["headline"].endswith("/a/ is locked with everything below it")


def test_a_missing_collection_below_a_deep_lock_is_to_be_created(
    server_for: ServerFor, folder: Callable[..., str]
) -> None:
    above = folder(server_for("apache", auth="basic"))
    assert run("lock", above, *ALICE, "--no-ledger", "--depth", "infinity").code == 0
    done = run("diagnose", f"{above}no/x.txt", *BOB, "--no-ledger", "--json")
    ways = [way for finding in done.result["findings"] for way in finding["remedies"]]
    assert ["curl", "--anyauth", "-u", "bob", "-X", "MKCOL", f"{above}no/"] in [way["command"] for way in ways]
    waits = [way["command"][-1] for way in ways if (way["command"] or ())[:2] == ["davlock", "wait"]]
    assert set(waits) <= {above}
