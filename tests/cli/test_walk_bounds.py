"""``locks -r`` and ``cleanup`` on servers whose tree or whose answer has no end."""

import itertools
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from davlock.render.schema import schema
from tests.cli.answers import OPTIONS, active_lock, document
from tests.cli.command import run
from tests.cli.test_cleanup import outcomes, plan
from tests.cli.test_locks_walk import Serve
from tests.operations.walk.test_walk import told
from tests.transport.scripted import Conversation, ScriptedServer, response

LATER = 600
"""Requests after which the endless trees of these tests do end, so that a walk without bounds fails, and ends."""

REFUSED = response("403 Forbidden", b'<D:error xmlns:D="DAV:"><D:propfind-finite-depth/></D:error>')


class Endless:
    """Three new collections in each answer of Depth 1, and one lock, on ``/f/x``, that can be released."""

    def __init__(self, serve: Serve, *, on: Callable[[Conversation, bytes], bool] = lambda talk, head: False) -> None:
        self._numbers = itertools.count()
        self._on = on
        self.locked = True
        self.server: ScriptedServer = serve(self._play)
        self.url = f"{self.server.url}/f/"

    def sent(self, method: bytes = b"") -> int:
        return sum(request.startswith(method) for request in self.server.requests)

    def _play(self, conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            head = request.split(b"\r\n\r\n")[0]
            if not self._on(conversation, head):
                conversation.say(self._answer(head))

    def _answer(self, head: bytes) -> bytes:
        method, path, _ = head.split(b"\r\n")[0].decode().split(" ")
        depth = next((line[7:] for line in head.decode().split("\r\n") if line.startswith("Depth: ")), "0")
        if method == "OPTIONS":
            return OPTIONS
        if method == "UNLOCK":
            self.locked = False
            return response("204 No Content")
        if depth == "infinity":
            return REFUSED
        lock = active_lock("urn:x", root="/f/x", timeout="Infinite") if self.locked else ""
        if path == "/f/x":
            return response("207 Multi-Status", document(told(path, lock)))
        below = []
        if depth == "1" and self.sent() < LATER:
            below = [told(f"{path}{next(self._numbers)}/") for _ in range(3)]
        if depth == "1" and path == "/f/":
            below.append(told("/f/x", lock))
        return response("207 Multi-Status", document(told(path), *below))


@pytest.fixture(params=["1", "8"])
def jobs(request: pytest.FixtureRequest) -> tuple[str, str]:
    return "-j", request.param


def test_an_endless_tree_does_not_keep_a_listing_for_ever(serve: Serve, jobs: tuple[str, str]) -> None:
    tree = Endless(serve)
    done = run("locks", "-r", *jobs, "--json", tree.url, env={"DAVLOCK_MAX_REQUESTS": "40"})
    assert tree.sent() == 40
    assert (done.code, done.ids) == (7, ["walk-bounded"])
    assert [lock["token"] for lock in done.result["locks"]] == ["urn:x"]
    numbers = done.result["walk"]
    assert numbers["unread"] == 1 + 3 * numbers["collections"] - numbers["collections"]
    (finding,) = done.result["findings"]
    assert (finding["severity"], finding["retry"]["verdict"]) == ("warning", "after-change")
    assert finding["facts"]["bounds"] == ["requests"]
    assert "40 requests" in finding["headline"]
    assert finding["remedies"][0]["command"] == ["davlock", "locks", "-r", "--max-requests", "400", tree.url]
    assert "40 requests" in done.err
    assert "--max-requests" in done.err
    Draft202012Validator(schema()).validate(done.json)


def json_of(*arguments: str) -> Any:
    """The one result of a command."""
    return run(*arguments, "--json").result


@pytest.mark.parametrize("shape", ["tsv", "jsonl", "table"])
def test_every_format_says_that_the_walk_was_bounded(serve: Serve, shape: str) -> None:
    done = run("locks", "-r", "--max-requests", "20", "--format", shape, Endless(serve).url)
    assert done.code == 7
    assert ("1 lock below" if shape == "table" else "urn:x") in done.out
    assert "limit of 20 requests" in done.err


def test_an_endless_tree_does_not_keep_a_cleanup_for_ever(serve: Serve, jobs: tuple[str, str]) -> None:
    tree = Endless(serve)
    env = {"DAVLOCK_MAX_REQUESTS": "40"}
    dry = run("cleanup", "--all", *jobs, "--json", tree.url, env=env)
    assert (dry.code, plan(dry), dry.ids) == (7, {"urn:x": "release"}, ["walk-bounded"])
    assert tree.sent() < LATER
    assert "The rest may contain more locks" in dry.result["findings"][0]["explanation"]
    Draft202012Validator(schema()).validate(dry.json)
    done = run("cleanup", "--all", "--yes", *jobs, "--json", tree.url, env=env)
    assert (done.code, outcomes(done), done.ids) == (7, {"urn:x": "released"}, ["walk-bounded"])
    assert tree.sent() < LATER
    assert tree.sent(b"UNLOCK") == 1


def test_all_urls_share_the_requests(serve: Serve) -> None:
    tree = Endless(serve)
    done = run("locks", "-r", "--max-requests", "30", "--json", tree.url, f"{tree.url}other/")
    assert tree.sent() == 30
    assert done.code == 7
    assert [[finding["id"] for finding in result["findings"]] for result in done.json["results"]] == [
        ["walk-bounded"],
        ["walk-bounded"],
    ]
    assert [result["locks"] is None for result in done.json["results"]] == [False, True]


@pytest.mark.parametrize("command", [("locks", "-r"), ("cleanup", "--all"), ("cleanup", "--all", "--yes")])
def test_the_deadline_ends_a_request_that_is_not_answered(serve: Serve, command: tuple[str, ...]) -> None:
    def silent(conversation: Conversation, head: bytes) -> bool:
        if b"Depth: 1" in head:
            conversation.pause(60)
        return b"Depth: 1" in head

    tree = Endless(serve, on=silent)
    done = run(*command, "--deadline", "2s", "--max-time", "60s", "--json", tree.url)
    assert (done.code, done.ids) == (7, ["walk-bounded"])
    assert done.result["findings"][0]["facts"]["bounds"] == ["deadline"]
    assert tree.sent(b"UNLOCK") == 0
    assert "--deadline" in done.err


def test_an_endless_answer_ends_at_the_deadline(serve: Serve) -> None:
    def stream(conversation: Conversation, head: bytes) -> bool:
        if b"Depth: infinity" not in head:
            return False
        conversation.say(b"HTTP/1.1 207 Multi-Status\r\nContent-Type: application/xml\r\n\r\n")
        conversation.say(b'<?xml version="1.0"?><D:multistatus xmlns:D="DAV:">' + told("/f/").encode())
        conversation.say(told("/f/x", active_lock("urn:x", root="/f/x")).encode())
        numbers = itertools.count()
        with suppress(OSError):
            while conversation.pause(0.01):
                conversation.say(told(f"/f/{next(numbers)}/").encode() * 10)
        return True

    tree = Endless(serve, on=stream)
    done = run("locks", "-r", "--deadline", "2s", "--max-time", "60s", "--json", tree.url)
    assert (done.code, done.ids) == (7, ["walk-bounded"])
    assert [lock["token"] for lock in done.result["locks"]] == ["urn:x"]
    assert done.result["walk"]["unread"] == 1
    assert tree.sent(b"PROPFIND") == 2, "nothing is begun after the deadline"


@pytest.mark.waits
def test_a_deadline_of_a_cleanup_leaves_what_it_has_not_begun(serve: Serve) -> None:
    """The time is over while the first of two locks is released: what was begun is read back, the other stays."""
    locks = {"/f/x": True, "/f/y": True}

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            head = request.split(b"\r\n\r\n")[0].decode()
            method, path, _ = head.split("\r\n")[0].split(" ")

            def shown(at: str) -> str:
                return told(at, active_lock(f"urn:{at}", root=at, timeout="Infinite") if locks[at] else "")

            if method == "OPTIONS":
                conversation.say(OPTIONS)
            elif method == "UNLOCK":
                locks[path] = False
                conversation.pause(4)
                conversation.say(response("204 No Content"))
            elif path in locks:
                conversation.say(response("207 Multi-Status", document(shown(path))))
            else:
                conversation.say(response("207 Multi-Status", document(told("/f/"), *map(shown, locks))))

    server = serve(play)
    done = run("cleanup", "--all", "--yes", "--deadline", "3s", "--json", f"{server.url}/f/")
    assert done.code == 7
    assert outcomes(done) == {"urn:/f/x": "released", "urn:/f/y": "skipped"}
    assert "--deadline" in next(entry["why"] for entry in done.result["outcomes"] if entry["outcome"] == "skipped")
    assert "--resume" in done.err
    assert locks == {"/f/x": False, "/f/y": True}


def test_a_bound_of_requests_where_there_is_no_walk_is_refused(serve: Serve) -> None:
    tree = Endless(serve)
    done = run("locks", "--max-requests", "5", tree.url)
    assert (done.code, done.out, tree.sent()) == (2, "", 0)
    assert "--max-requests" in done.err
    assert "-r" in done.err
    again = run("locks", tree.url, env={"DAVLOCK_MAX_REQUESTS": "5"})
    assert again.code == 0, "the environment speaks to commands that know it"


def test_max_requests_means_nothing_to_a_cleanup_that_is_resumed(serve: Serve) -> None:
    done = run("cleanup", "--resume", "journal", "--max-requests", "5")
    assert done.code == 2
    assert "--max-requests" in done.err


@pytest.mark.parametrize("command", [("locks", "-r"), ("cleanup", "--all")])
def test_what_was_not_read_does_not_flood_a_table(serve: Serve, command: tuple[str, ...]) -> None:
    tree = Endless(serve)
    done = run(*command, "--max-requests", "200", "--color", "never", "--format", "table", tree.url)
    assert done.code == 7
    words = " ".join(done.out.split())
    assert words.count("Note:") == 1
    unread = json_of(*command, "--max-requests", "200", Endless(serve).url)
    listed = [entry for entry in unread["skipped"] if "members are unread" in entry["why"]]
    assert listed, unread["skipped"]
    assert any("are listed" in entry["why"] for entry in unread["skipped"])
    assert "are listed" not in words
    assert " more: " in words
    assert len(done.err.splitlines()) < 5
