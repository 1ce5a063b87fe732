"""An answer that is of no use: the line says which URL gave it, and what is wrong with it."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.answers import OPTIONS, element, multistatus
from tests.cli.command import run
from tests.saying import Say
from tests.transport.scripted import Conversation, ScriptedServer, response

Serve = Callable[..., ScriptedServer]

BAD = b"HTTP/1.1 207 Multi-Status\r\nContent-Length: -5\r\n\r\n"
DAMAGED = response("207 Multi-Status", b"abcde", "Content-Encoding: gzip")


def serving(answers: dict[bytes, bytes]) -> Callable[[Conversation], None]:
    """By the path of the request; else OPTIONS, or a resource without a lock."""

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            method, path, _ = request.split(b" ", 2)
            good = OPTIONS if method == b"OPTIONS" else multistatus(element(path.decode()))
            conversation.say(answers.get(path, good))

    return play


VERBS = {
    "locks": ("locks",),
    "locks -r": ("locks", "-r"),
    "diagnose": ("diagnose",),
    "propfind": ("propfind",),
    "lock": ("lock", "--no-ledger"),
    "unlock": ("unlock", "--token", "urn:x:1"),
    "refresh": ("refresh", "--token", "urn:x:1"),
    "wait": ("wait", "-w", "1s"),
    "check": ("check",),
    "cleanup": ("cleanup", "--all"),
    "watch": ("watch", "--for", "0.2s", "--interval", "0.1s"),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(("name", "why"), [("bad", "bad Content-Length"), ("gz", "the gzip data")])
def test_the_line_names_the_url(serve: Serve, verb: str, name: str, why: str) -> None:
    server = serve(serving({b"/bad": BAD, b"/gz": DAMAGED, b"/bad/": BAD, b"/gz/": DAMAGED}))
    done = run(*VERBS[verb], f"{server.url}/{name}")
    lines = [line for line in done.err.splitlines() if why in line]
    assert lines, done.err
    assert all(line.count(f"{server.url}/{name}") == 1 for line in lines)
    assert done.code == 6


def test_run_names_the_url(serve: Serve) -> None:
    server = serve(serving({b"/bad": BAD}))
    done = run("run", "--no-ledger", f"{server.url}/bad", "--", "true")
    assert f"{server.url}/bad: HTTP: the answer is not valid (bad Content-Length)" in done.err


def test_the_others_have_their_turn(serve: Serve) -> None:
    server = serve(serving({b"/bad": BAD}))
    done = run("locks", *(f"{server.url}/{name}" for name in ("a", "bad", "b")))
    (line,) = done.err.splitlines()
    assert line == f"davlock: {server.url}/bad: HTTP: the answer is not valid (bad Content-Length)"
    asked = [request.split(b" ")[1] for request in server.requests]
    assert [path for path in dict.fromkeys(asked) if path != b"/"] == [b"/a", b"/bad", b"/b"], "and what is above them"


def test_check_names_the_coding_that_is_damaged(serve: Serve) -> None:
    done = run("check", f"{serve(lambda conversation: conversation.say(DAMAGED)).url}/")
    assert done.code == 6
    assert "the server answered PROPFIND with an unreadable body (Content-Encoding): the gzip data" in done.err
    assert "no HTTP" not in done.err


def test_check_of_an_endless_answer_is_the_fault_of_the_server(serve: Serve) -> None:
    body = gzip.compress(bytes(17 * 1024 * 1024))
    endless = response("404 Not Found", body, "Content-Encoding: gzip")
    done = run("check", f"{serve(lambda conversation: conversation.say(endless)).url}/")
    assert done.code == 6
    assert "davlock did not read the answer to PROPFIND: the answer is larger than 16 MiB" in done.err


@pytest.mark.parametrize("location", ["http://[::1/bad", "mailto:admin@dav.example", "http://h:99999/"])
def test_a_location_that_is_no_url_is_no_other_host(serve: Serve, location: str) -> None:
    answer = response("302 Found", b"", f"Location: {location}")
    done = run("diagnose", "--json", f"{serve(serving({b'/a': answer})).url}/a")
    finding = next(finding for finding in done.result["findings"] if finding["id"] == "redirected")
    assert finding["headline"] == f"The server redirects to something that is not an http URL: {location}"
    assert finding["remedies"] == []


def test_an_api_that_says_locked_is_a_lock_in_the_way(say: Say, tmp_path: Path) -> None:
    """PROPFIND gets 405, as of any API: the write itself says what is in the way."""
    body = b'{"error":{"code":"locked","message":"server is locked by action 42"}}'
    answers = {"PUT": response("423 Locked", body, "Content-Type: application/json")}
    server = say(answers, response("405 Method Not Allowed", b"{}", "Content-Type: application/json"))
    (tmp_path / "a").write_text("x")
    done = run("put", str(tmp_path / "a"), f"{server.url}/servers/7", "--json")
    assert (done.code, done.ids[0]) == (1, "423-application-lock")
    assert "Is it an API?" in run("diagnose", f"{server.url}/servers/7", "--json").out
