"""The verdict by method, against what real servers then do; and the first lines."""

import json
from collections.abc import Callable
from contextlib import closing

import pytest

from tests.bench import methods as bench
from tests.cli.answers import element, multistatus
from tests.cli.command import popen, run, wait_for
from tests.conftest import ServerFor
from tests.servers import Server
from tests.transport.scripted import Conversation, ScriptedServer, response

Folder = Callable[[Server], str]

QUICK = (
    bench.BY_ME,
    "in a depth-0-locked folder",
    "folder with a locked member",
    "new name in a depth-0-locked folder",
    "depth-0-locked folder",
)
"""Where servers differ from each other; ``python -m tests.bench.methods`` has all situations."""


def test_clear_passes_and_blocked_is_refused(any_server: Server, folder: Folder) -> None:
    situations = {name: bench.SITUATIONS[name] for name in QUICK}
    wrong = [cell for cell in bench.cells(any_server, situations, base=folder(any_server)) if cell.wrong]
    assert wrong == []


def first_words(*arguments: str) -> str:
    """What stands on the screen, on one line."""
    done = run("diagnose", *arguments, tty=True, env={"NO_COLOR": "1"})
    return " ".join(done.out.split())


def take(url: str, *options: str) -> None:
    assert run("lock", "--no-ledger", "-q", *options, url).code == 0


def test_a_folder_with_a_locked_member_is_blocked(server_for: ServerFor, folder: Folder) -> None:
    server = server_for("apache")
    where = folder(server)
    server.path(where + "a.txt").write_text("old")
    take(where + "a.txt", "--owner", "alice")
    done = run("diagnose", "--json", where)
    assert (done.code, done.result["verdict"], done.ids[0]) == (1, "blocked", "423-member-lock")
    delete = done.result["methods"]["DELETE"]
    assert (delete["verdict"], done.result["locks"][delete["lock"]]["url"]) == ("blocked", where + "a.txt")
    assert done.result["methods"]["PUT"] == {"verdict": "clear", "lock": None, "why": "no lock is in the way"}
    name = where.rstrip("/").rpartition("/")[2] + "/"
    said = f"{name} itself is not locked, but 1 file in it is: DELETE and MOVE of {name} are refused."
    assert first_words(where).startswith(said)
    command = done.result["findings"][0]["remedies"][0]["command"]
    assert command[:5] == ["davlock", "wait", "--for-method", "DELETE", "-w"]
    assert run("diagnose", "--for-method", "PUT", where).code == 0


def test_a_locked_member_that_the_server_deletes_is_named(server_for: ServerFor, folder: Folder) -> None:
    server = server_for("lighttpd")
    where = folder(server)
    server.path(where + "a.txt").write_text("old")
    take(where + "a.txt")
    careful = "Careful: 1 file in it is locked, and lighttpd mod_webdav"
    assert f"{careful} deletes or moves it all the same." in first_words(where)
    assert f"{careful} deletes it all the same." in first_words("--for-method", "DELETE", where)
    assert "Careful" not in first_words("--for-method", "PUT", where)
    assert run("diagnose", where).code == 0


def test_a_file_in_a_folder_locked_with_depth_0(server_for: ServerFor, folder: Folder) -> None:
    """The verdict of a file is that of PUT; --for-method chooses another."""
    server = server_for("wsgidav")
    where = folder(server)
    url = where + "a.txt"
    server.path(url).write_text("old")
    take(where, "--owner", "alice")
    assert run("diagnose", url).code == 0
    said = first_words(url)
    assert said.startswith("a.txt itself is not locked, but its folder ")
    assert "PUT and LOCK would pass; DELETE and MOVE would get 423." in said
    done = run("diagnose", "--json", "--for-method", "DELETE", url)
    assert (done.code, done.result["verdict"], done.ids[0]) == (1, "blocked", "423-ancestor-lock")
    assert run("wait", "-w", "0.1", url).code == 0
    assert run("wait", "-w", "0.1", "--for-method", "DELETE", url).code == 75


def test_not_looked_at_below_the_first_level() -> None:
    """Where Depth infinity is refused, and a collection is in the collection."""
    kind = "<D:resourcetype><D:collection/></D:resourcetype>"

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            if request.startswith(b"OPTIONS"):
                conversation.say(response("200 OK", b"", "DAV: 1, 2"))
            elif b"infinity" in request:
                conversation.say(response("403 Forbidden"))
            else:
                path = "/a/" if b" /a/ " in request else "/"
                inside = [element("/a/d/", more=kind)] if b"Depth: 1" in request else []
                conversation.say(multistatus(element(path, more=kind), *inside))

    with closing(ScriptedServer(play)) as server:
        url = f"{server.url}/a/"
        done = run("diagnose", "--json", url)
        assert (done.code, done.result["verdict"]) == (0, "clear")
        assert done.result["methods"]["DELETE"]["verdict"] == "unknown"
        assert any(entry["what"] == "members below the first level" for entry in done.result["skipped"])
        assert "not looked at below the first level" in first_words(url)


def test_a_name_that_is_not_there_yet(server_for: ServerFor, folder: Folder) -> None:
    server = server_for("apache")
    where = folder(server)
    done = run("diagnose", "--json", where + "new.txt")
    assert (done.code, done.result["verdict"], done.ids) == (0, "clear", ["nothing-there-yet"])
    assert first_words(where + "new.txt").startswith(
        "new.txt is not there yet, and FREE: nothing keeps you from creating it."
    )
    take(where, "--owner", "alice")
    assert run("diagnose", where + "new.txt").code == 1


def test_a_name_whose_folder_is_not_there(any_server: Server, folder: Folder) -> None:
    where = folder(any_server)
    url = where + "no/such/new.txt"
    done = run("diagnose", "--json", url)
    assert (done.code, done.result["verdict"]) == (1, "unknown")
    assert "404-not-found" in done.ids
    assert first_words(url).startswith(f"new.txt is NOT THERE. The last part of the path that exists is {where} ")
    waited = run("wait", url)
    assert (waited.code, "NOT THERE" in waited.err) == (1, True)
    for command in ("locks", "propfind"):
        assert run(command, url).code == 1


def test_a_lock_of_the_ledger_is_yours_and_keeps_others_out(server_for: ServerFor, folder: Folder) -> None:
    server = server_for("wsgidav")
    url = folder(server) + "a.txt"
    server.path(url).write_text("old")
    assert run("lock", url).code == 0
    done = run("diagnose", "--json", url)
    assert (done.code, done.result["locks"][0]["mine"]) == (0, True)
    said = first_words(url)
    assert said.startswith("a.txt is LOCKED BY YOU until ")
    assert said.endswith(". davlock's own writes pass, other programs get 423.")
    waited = run("wait", url)
    assert (waited.code, "LOCKED BY YOU" in waited.err) == (0, True)


def test_a_typed_token_does_not_make_a_lock_yours(server_for: ServerFor, folder: Folder) -> None:
    server = server_for("wsgidav")
    url = folder(server) + "a.txt"
    server.path(url).write_text("old")
    token = run("lock", "--no-ledger", "-q", url).out.strip()
    done = run("diagnose", "--json", "--token", token, url)
    assert (done.code, done.result["locks"][0]["mine"]) == (0, None)
    assert "(yours)" not in run("diagnose", "--token", token, url, tty=True).out


@pytest.mark.waits
def test_apache_after_a_lock_ran_out_is_free(server_for: ServerFor, folder: Folder) -> None:
    """Apache leaves lockdiscovery out until somebody writes there."""
    server = server_for("apache")
    where = folder(server)
    url = where + "a.txt"
    server.path(url).write_text("old")
    assert run("lock", "-q", url, "--timeout", "5").code == 0
    wait_for(lambda: run("locks", "--json", url).result["locks"] == [])
    done = run("diagnose", "--json", url)
    assert (done.code, done.result["verdict"], done.ids) == (0, "clear", ["no-lock"])
    assert done.result["findings"][0]["certainty"] == "likely"
    listed = run("locks", "--json", url)
    assert (listed.code, listed.result["locks"]) == (0, [])
    assert run("wait", "-w", "0.1", url).code == 0
    walked = run("locks", "-r", "--json", where)
    assert (walked.code, walked.result["locks"]) == (0, [])
    assert not any(entry["what"] == "lockdiscovery" for entry in walked.result["skipped"])
    verified = run("ledger", "list", "--verify", "--json", url)
    assert [row["standing"] for row in verified.result["rows"]] == ["gone"]


def test_an_answer_about_another_resource_is_no_empty_list() -> None:
    def play(conversation: Conversation) -> None:
        while conversation.request() is not None:
            conversation.say(multistatus(element("/elsewhere.txt")))

    with closing(ScriptedServer(play)) as server:
        for depth in ("0", "1"):
            done = run("locks", "--json", "--depth", depth, server.url + "/a.txt")
            assert (done.code, done.result["locks"]) == (3, None)
            assert "does not mention the resource" in done.err


def test_a_lock_two_folders_up_is_found(any_server: Server, folder: Folder) -> None:
    if any_server.kind == "rclone":
        return  # it shows no lock
    where = folder(any_server)
    (any_server.path(where) / "d").mkdir()
    url = where + "d/a.txt"
    any_server.path(url).write_text("old")
    take(where, "--depth", "infinity", "--owner", "alice")
    assert run("wait", "-w", "0.1", url).code == 75
    done = run("diagnose", "--json", url)
    assert (done.code, done.result["locks"][0]["depth"]) == (1, "infinity")


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        (("--timeout", "5s"), "-w DURATION"),
        (("--depth", "infinity"), "--then lock"),
        (("--create",), "--then lock"),
    ],
)
def test_what_means_nothing_to_wait_is_refused(options: tuple[str, ...], hint: str) -> None:
    done = run("wait", *options, "http://dav.example/a")
    assert (done.code, hint in done.err) == (2, True)


def test_waiting_without_a_limit_says_so(server_for: ServerFor, folder: Folder) -> None:
    server = server_for("wsgidav")
    url = folder(server) + "a.txt"
    server.path(url).write_text("old")
    take(url, "--timeout", "60", "--owner", "alice")
    with popen("wait", url, "--format", "jsonl") as process:
        assert process.stderr is not None
        said = process.stderr.readline().decode()
        assert " until " in said
        assert "no limit was set (-w DURATION sets one)" in said
        assert run("unlock", "--no-ledger", "--steal", url).code == 0
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert json.loads(out.splitlines()[-1])["event"] == "free"
