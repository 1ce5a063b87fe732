"""What an answer may cost the whole process, and when a command has to be over."""

import gzip
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.answers import OPTIONS, TOKEN, active_lock, by_method, element, granted, multistatus
from tests.cli.command import run
from tests.transport.scripted import Conversation, ScriptedServer, response

Serve = Callable[..., ScriptedServer]

MOST = 150 * 1024
"""Kilobytes of memory."""

FLOOD = b'<D:multistatus xmlns:D="DAV:"><D:response><D:href>/f</D:href><D:propstat><D:prop>' + b"<a/>" * 2_000_000


LAUNCH = """
import os, subprocess, sys
with open(sys.argv[1], "rb") as given:
    child = subprocess.Popen([sys.executable, "-m", "davlock", *sys.argv[2:]], stdin=given, stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss)
"""
"""A small process in between: what a child is said to have used at most is never less than what its parent has."""


def measured(*arguments: str, given: str = os.devnull) -> tuple[int, int, str]:
    """The exit status of davlock as a process of its own, the most memory that it had, and its stderr."""
    done = subprocess.run([sys.executable, "-c", LAUNCH, given, *arguments], capture_output=True, text=True, check=True)
    code, memory = done.stdout.split()
    return int(code), int(memory), done.stderr


@pytest.fixture
def flooding(serve: Serve) -> str:
    answer = response("207 Multi-Status", FLOOD, "Content-Type: application/xml")
    ok = response("200 OK", FLOOD, "Content-Type: application/xml")
    return serve(by_method({"OPTIONS": OPTIONS, "PROPFIND": answer, "PUT": answer, "LOCK": ok})).url + "/f"


@pytest.mark.parametrize("verb", ["diagnose", "put", "lock", "propfind", "locks"])
def test_a_flood_costs_little_and_is_named(flooding: str, verb: str, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x")
    more = {"put": (str(tmp_path / "f"),), "lock": ("--no-ledger", "--create")}.get(verb, ())
    code, memory, err = measured(verb, *more, flooding)
    assert code == 6
    assert memory < MOST
    assert "more than 100000 tags" in err.splitlines()[0]
    assert "Traceback" not in err


@pytest.mark.parametrize("kind", ["multistatus", "lockdiscovery"])
def test_decode_of_a_flood_costs_little(kind: str, tmp_path: Path) -> None:
    (tmp_path / "flood").write_bytes(FLOOD)
    code, memory, err = measured("decode", kind, "-", given=str(tmp_path / "flood"))
    assert (code, err) == (1, "")
    assert memory < MOST


def test_a_bomb_costs_little(serve: Serve) -> None:
    bomb = gzip.compress(FLOOD + b"<a/>" * 1_900_000, 1)
    answer = response("207 Multi-Status", bomb, "Content-Type: application/xml", "Content-Encoding: gzip")
    url = serve(by_method({"OPTIONS": OPTIONS, "PROPFIND": answer})).url + "/f"
    code, memory, err = measured("diagnose", url)
    assert (code, memory < MOST) == (6, True)
    assert "more than 100000 tags" in err


def test_an_answer_that_is_too_large_came_and_is_not_usable(serve: Serve) -> None:
    answer = response("207 Multi-Status", b" " * (17 * 1024 * 1024))
    url = serve(by_method({"OPTIONS": OPTIONS, "PROPFIND": answer})).url + "/f"
    done = run("diagnose", url)
    assert done.code == 6
    assert "larger than 16 MiB" in done.err


def test_of_a_listing_that_is_too_long_to_keep_a_part_is_shown(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("davlock.operations.listing.KEPT_LIMIT", 15_000)
    members = [element(f"/f/{n}", locks=active_lock(f"urn:x:{n}", root=f"/f/{n}")) for n in range(20)]
    url = serve(by_method({"OPTIONS": OPTIONS, "PROPFIND": multistatus(*members)})).url + "/f/"
    for verb in ("propfind", "locks"):
        done = run(verb, "--depth", "1", "--json", url)
        assert done.code == 7, verb
        assert "of 20 resources are left out" in done.err
    monkeypatch.setattr("davlock.operations.listing.KEPT_LIMIT", 900)
    done = run("locks", "--depth", "1", "--format", "table", url)
    assert (done.code, "not all of them were kept" in done.out) == (7, True)
    done = run("locks", "--depth", "1", "--json", url)
    assert (done.code, done.result["verdict"], done.result["locks"]) == (7, "unknown", [])
    streamed = run("propfind", "--depth", "1", "--format", "tsv", url)
    assert (streamed.code, streamed.err) == (0, "")
    assert {row[0] for row in streamed.rows} == {f"{url}{n}" for n in range(20)}


# -- the deadline

LOCKED = element("/f", locks=active_lock("urn:x:other", root="/f"))
FREE = element("/f")
REFUSED = response("423 Locked", b'<D:error xmlns:D="DAV:"><D:no-conflicting-lock/></D:error>')


def silent(conversation: Conversation) -> None:
    while conversation.request() is not None:
        conversation.pause(30)


@pytest.mark.parametrize(
    "command",
    [
        ("diagnose",),
        ("locks",),
        ("propfind",),
        ("lock", "--no-ledger"),
        ("unlock", "--no-ledger", "--token", TOKEN),
        ("refresh", "--no-ledger", "--token", TOKEN),
        ("put", os.devnull),
        ("check",),
    ],
)
def test_the_deadline_ends_a_command_that_gets_no_answer(serve: Serve, command: tuple[str, ...]) -> None:
    done = run(*command, "--deadline", "1s", serve(silent).url + "/f")
    assert done.code == 5
    assert "deadline" in done.err
    assert "Traceback" not in done.err


def test_what_the_deadline_leaves_is_said_and_the_status_is_that_of_a_part(serve: Serve) -> None:
    good = serve(by_method({"OPTIONS": OPTIONS, "PROPFIND": multistatus(FREE)})).url + "/f"
    done = run("locks", "--deadline", "2s", good, serve(silent).url + "/f", good)
    assert done.code == 7
    assert done.err.count("\n") == 2
    assert "the deadline of 2 s is over" in done.err
    assert "1 of 3 URLs was left" in done.err


@pytest.mark.parametrize(
    "command",
    [
        ("wait",),
        ("wait", "--then", "lock", "--no-ledger"),
        ("lock", "--wait", "5m", "--no-ledger"),
        ("run", "--no-ledger"),
    ],
)
def test_the_deadline_ends_waiting(serve: Serve, command: tuple[str, ...]) -> None:
    server = serve(by_method({"OPTIONS": OPTIONS, "PROPFIND": multistatus(LOCKED), "LOCK": REFUSED}))
    child = ("--", "true") if command[0] == "run" else ()
    done = run(*command, "--deadline", "2s", f"{server.url}/f", *child)
    assert done.code == 75, done


def test_the_child_of_run_may_outlast_the_deadline(serve: Serve) -> None:
    shown = multistatus(element("/f", locks=active_lock(TOKEN, root="/f")))
    script: dict[str, bytes | list[bytes]] = {
        "OPTIONS": OPTIONS,
        "PROPFIND": [multistatus(FREE), shown, multistatus(FREE)],
        "LOCK": granted(),
        "UNLOCK": response("204 No Content"),
    }
    server = serve(by_method(script))
    done = run("run", "--no-ledger", "--deadline", "2s", f"{server.url}/f", "--", "sleep", "2.3")
    assert done.code == 0, done
    assert any(request.startswith(b"UNLOCK") for request in server.requests)


def test_a_watch_has_no_deadline() -> None:
    done = run("watch", "--deadline", "1s", "http://127.0.0.1:1/f")
    assert done.code == 2
    assert "--for" in done.err


def test_reading_what_arrived_is_part_of_a_request(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parsing takes time that --max-time counts: a body is read while it arrives."""
    from davlock.operations import large_answers
    from davlock.protocol.content import ContentReader

    class Slow(ContentReader):
        def feed(self, data: bytes) -> None:
            import time

            time.sleep(0.3)
            super().feed(data)

    monkeypatch.setattr(large_answers, "ContentReader", Slow)
    members = [element(f"/f/{n}") for n in range(5_000)]
    url = serve(by_method({"OPTIONS": OPTIONS, "PROPFIND": multistatus(*members)})).url + "/f"
    done = run("diagnose", "--max-time", "1s", url)
    assert done.code == 5
    assert "--max-time" in done.err
