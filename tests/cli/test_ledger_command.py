"""``davlock ledger``, and what the other commands make of it, on real servers."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from html import escape
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from davlock.ledger import Ledger, Process, State
from davlock.own_files.user_folders import state_folder
from davlock.protocol.lock import Depth, LockScope, LockToken
from tests.cli.answers import TOKEN, active_lock, element, granted, multistatus
from tests.cli.command import clean_environment, popen, run, wait_for
from tests.cli.conftest import MakeFile
from tests.conftest import ServerFor
from tests.servers import Server
from tests.transport.scripted import Conversation, ScriptedServer, answering, response

HERE = Process(host="here", boot="boot", pid=1, started="0")

ALICE, BOB = ("-u", "alice:alice"), ("-u", "bob:bob")
DEAD = "opaquelocktoken:00000000-0000-4000-8000-000000000000"
UNSHOWN = ("rclone",)
"""What shows no lock at all."""
NAMELESS = ("lighttpd", "nginx", "rclone")
"""What shows no owner, or no lock at all."""

CRASH = """
import os, sys
from davlock.operations.probe import Probe
from davlock.cli.main import run

ask = Probe.ask

def crash(self, request, **more):
    if request.method == "LOCK" and when == "before":
        os.kill(os.getpid(), 9)
    exchange = ask(self, request, **more)
    if request.method == "LOCK":
        os.kill(os.getpid(), 9)
    return exchange

when = sys.argv.pop(1)
Probe.ask = crash
run(sys.argv[1:])
"""


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """A LOCK that was never sent needs no time to become a lock."""
    monkeypatch.setattr("davlock.cli.late_lock.pause", lambda seconds: None)


def crash(when: str, *arguments: str) -> None:
    """davlock, killed just before the LOCK is sent or just after it was answered."""
    done = subprocess.run(
        [sys.executable, "-c", CRASH, when, *arguments], env=clean_environment(), capture_output=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done


def ledger(*arguments: str) -> list[dict[str, object]]:
    """The rows that ``davlock ledger …`` prints."""
    done = run("ledger", *arguments, "--json")
    return [row for result in done.json["results"] for row in result["rows"]]


def is_locked(url: str) -> bool:
    """Whether somebody without a token is kept out."""
    return run("put", "--no-ledger", "-", url, stdin=b"next\n").code == 1


# -- the others use it


def test_a_lock_is_carried_from_command_to_command(any_server: Server, make_file: MakeFile) -> None:
    url = make_file(any_server, "a.txt")
    assert run("lock", url).code == 0
    assert run("put", "-", url, stdin=b"mine\n").code == 0
    assert any_server.path(url).read_bytes() == b"mine\n"
    assert run("refresh", "--timeout", "5m", url).code == 0
    told = run("diagnose", "--json", url)
    assert told.result["verdict"] == ("unknown" if any_server.kind == "rclone" else "clear")
    if any_server.kind != "rclone":
        (lock,) = run("locks", "--json", url).result["locks"]
        assert lock["mine"] is True
        assert (lock["age"]["source"], lock["age"]["certainty"]) == ("ledger", "certain")
    assert run("unlock", url).code == 0
    assert not is_locked(url)
    assert [row["state"] for row in ledger("list", "--all")] == ["released"]
    again = run("unlock", url)
    assert (again.code, "already released" in again.err) == (0, True), again


def test_unlock_sends_nothing_for_a_lock_that_was_released_before(serve: Callable[..., ScriptedServer]) -> None:
    """A lock of another login is not meant, and a name that davlock never locked is still the caller's fault."""
    server = serve(answering())
    url = f"{server.url}/a.txt"
    with Ledger(state_folder(), process=HERE, now=lambda: 1_800_000_000.0, complain=pytest.fail) as kept:
        kept.intend("0123456789abcdef", url, owner=None, scope=LockScope.EXCLUSIVE, depth=Depth.ZERO, kept=True)
        kept.granted("0123456789abcdef", LockToken(TOKEN), root=None, timeout=None)
        kept.settle("0123456789abcdef", State.RELEASED)
    done = run("unlock", url)
    assert done.code == 0, done
    assert "already released at 2027-01-15 08:00 UTC; nothing was sent" in done.err
    assert run("unlock", "-u", "bob:secret", url).code == 2
    assert run("unlock", f"{url}x").code == 2
    assert server.requests == []


def test_unlock_after_a_lock_of_unknown_outcome_names_the_recovery() -> None:
    url = "http://127.0.0.1:1/a.txt"
    with Ledger(state_folder(), process=HERE, now=lambda: 1_800_000_000.0, complain=pytest.fail) as kept:
        kept.intend("0123456789abcdef", url, owner=None, scope=LockScope.EXCLUSIVE, depth=Depth.ZERO, kept=True)
    done = run("unlock", url)
    assert (done.code, f"davlock ledger recover {url}" in done.err) == (2, True), done


def test_a_token_that_can_be_none_is_an_error_and_so_is_the_exit_status(
    server_for: ServerFor, make_file: MakeFile
) -> None:
    done = run("unlock", "--token", "garbage", "--json", make_file(server_for("apache"), "a.txt"))
    assert (done.code, done.result["findings"][0]["severity"]) == (1, "error"), done


def test_a_lock_above_is_found_for_a_member(server_for: ServerFor, make_file: MakeFile) -> None:
    url = make_file(server_for("apache"), "a.txt")
    assert run("lock", "--depth", "infinity", url.removesuffix("a.txt")).code == 0
    assert run("put", "-", url, stdin=b"mine\n").code == 0
    asked = run("unlock", url)
    assert (asked.code, "--at-root" in asked.err) == (2, True)
    assert run("unlock", "--at-root", url).code == 0


def test_the_lock_of_another_login_is_not_ours(basic_server: Server, make_file: MakeFile) -> None:
    url = make_file(basic_server, "a.txt")
    assert run("lock", *ALICE, url).code == 0
    assert run("put", *BOB, "-", url, stdin=b"bob's\n").code == 1
    assert run("put", *ALICE, "-", url, stdin=b"hers\n").code == 0
    refused = run("ledger", "recover", "--kept", *BOB)
    assert (refused.code, "-u alice" in refused.err) == (3, True)
    assert run("unlock", *ALICE, url).code == 0


def test_without_the_ledger(server_for: ServerFor, make_file: MakeFile) -> None:
    url = make_file(server_for("wsgidav"), "a.txt")
    locked = run("lock", "--no-ledger", "--json", "--owner", "me", url)
    assert locked.result["locks"][0]["owner"] == "me"
    assert ledger("list", "--all") == []
    assert run("put", "-", url, stdin=b"x").code == 1


def test_the_owner_names_the_run(server_for: ServerFor, make_file: MakeFile) -> None:
    url = make_file(server_for("apache"), "a.txt")
    owner = run("lock", "--json", "--owner", "Jane", url).result["locks"][0]["owner"]
    (row,) = ledger("list")
    assert owner == f"Jane (davlock {row['run']})"


# -- list, forget


def test_list(server_for: ServerFor, make_file: MakeFile) -> None:
    server = server_for("wsgidav")
    one, other = make_file(server, "a.txt"), make_file(server, "b.txt")
    tokens = [run("lock", "-q", url).out.strip() for url in (one, other)]
    assert [row["token"] for row in ledger("list")] == tokens
    assert [row["token"] for row in ledger("list", one.removesuffix("a.txt"))] == tokens[:1]
    assert run("ledger", "list", "--print", "token").out.split() == tokens
    assert run("ledger", "list", "--print", "if", one).out == f"If: <{one}> (<{tokens[0]}>)\n"
    both = f"If: <{one}> (<{tokens[0]}>) <{other}> (<{tokens[1]}>)\n"  # MOVE and DELETE take one header
    assert run("ledger", "list", "--print", "if").out == both
    (line, _) = run("ledger", "list").rows
    assert line[:3] == [one, tokens[0], "held"]
    shown = run("ledger", "list", "--color", "never", tty=True).out
    assert not any(token in shown for token in tokens)
    assert shown.splitlines()[-2:] == ["Tokens: --tokens", "→ davlock ledger list --verify"]
    clock = r"(?:\d{4}-\d\d-\d\d )?\d\d:\d\d"  # with the date, where midnight comes first
    assert re.search(rf"/a\.txt +{clock} +{clock}$", shown, re.MULTILINE)
    assert all(token in run("ledger", "list", "--tokens", tty=True).out for token in tokens)
    assert run("ledger", "forget", tokens[0]).code == 0
    assert [row["token"] for row in ledger("list")] == tokens[1:]
    assert run("ledger", "forget", tokens[0]).code == 1
    assert run("ledger", "forget", other).code == 0
    assert run("ledger", "list").out == ""
    assert run("ledger", "forget").code == 2


def test_verify(any_server: Server, make_file: MakeFile) -> None:
    mine, stolen, gone = (make_file(any_server, f"{name}.txt") for name in ("mine", "stolen", "gone"))
    tokens = {url: run("lock", "-q", url).out.strip() for url in (mine, stolen, gone)}
    for url in (stolen, gone):
        assert run("unlock", "--no-ledger", url, "--token", tokens[url]).code == 0
    assert run("lock", "--no-ledger", stolen).code == 0
    told = {row["url"]: row["standing"] for row in ledger("list", "--verify")}
    shown = any_server.kind != "rclone"
    assert told == ({mine: "mine", stolen: "stolen", gone: "gone"} if shown else dict.fromkeys(told, "unknown"))
    assert [row["state"] for row in ledger("list")] == ["held"] * 3  # looking changes nothing


def test_verify_where_nobody_answers(server_for: ServerFor, make_file: MakeFile) -> None:
    url = make_file(server_for("wsgidav"), "a.txt")
    assert run("lock", url).code == 0
    path = Path(os.environ["XDG_STATE_HOME"]) / "davlock" / "ledger.sqlite"
    rows = sqlite3.connect(path)
    rows.execute("UPDATE locks SET url = 'http://127.0.0.1:1/a.txt', root = NULL")
    rows.commit()
    rows.close()
    done = run("ledger", "list", "--verify", "--json")
    assert (done.code, done.result["rows"][0]["standing"]) == (5, "unknown")
    recovered = run("ledger", "recover", "--kept", "--json")
    assert (recovered.code, recovered.result["rows"][0]["outcome"]) == (5, "unsure")
    assert [row["state"] for row in ledger("list")] == ["held"]


# -- recover


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_around_the_lock(any_server: Server, make_file: MakeFile, when: str) -> None:
    """The answer was never noted down: the lock is found by its whole owner, where the server keeps that."""
    url = make_file(any_server, "a.txt")
    crash(when, "lock", url)
    (row,) = ledger("list")
    assert (row["state"], row["process_runs"]) == ("intended", False)
    done = run("ledger", "recover", "--json")
    # Apache can be told to hide its locks: where it shows none, nobody knows.
    hides = any_server.kind == "rclone" or (when == "before" and any_server.kind == "apache")
    unsure = hides or (when == "after" and any_server.kind in NAMELESS)
    assert done.code == (3 if unsure else 0)
    outcome = "unsure" if unsure else "already-gone" if when == "before" else "released"
    assert [row["outcome"] for row in done.result["rows"]] == [outcome]
    assert is_locked(url) is (when == "after" and any_server.kind in NAMELESS)
    if when == "after" and any_server.kind in ("lighttpd", "nginx"):
        (command,) = done.result["rows"][0]["commands"]
        assert command[:3] == ["davlock", "unlock", url]
        assert f"davlock unlock {url} --token " in done.err
        assert run(*command[1:]).code == 0
        assert not is_locked(url)
        again = run("ledger", "recover", "--json")
        assert (again.code, again.result["rows"][0]["outcome"]) == (0, "already-gone")
    if not unsure:
        assert ledger("list") == []


def test_unproven_is_no_option_any_more() -> None:
    done = run("ledger", "recover", "--unproven")
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert "no longer has --unproven" in done.err
    assert "--unproven" not in run("ledger", "recover", "--help").out


class OtherLock(NamedTuple):
    """A lock that somebody else takes in place of the one that a crash left, with what of davlock's own request."""

    owner: str = "{owner}"
    depth: str = "0"
    scope: str = "exclusive"
    times: int = 1
    above: bool = False


OTHER_LOCKS = {
    "Jane": OtherLock(owner="Jane"),
    "names our run": OtherLock(owner="Jane, who saw {owner} here"),
    "begins with our owner": OtherLock(owner="{owner}."),
    "our owner in an element": OtherLock(owner="<D:href>{owner}</D:href>"),
    "two of them": OtherLock(scope="shared", times=2),
    "another scope": OtherLock(scope="shared"),
    "another depth": OtherLock(depth="infinity"),
    "on the collection above": OtherLock(depth="infinity", above=True),
}


def take_other(url: str, other: OtherLock, owner: str) -> None:
    """A LOCK by somebody who has read our owner."""
    where = url.rpartition("/")[0] + "/" if other.above else url
    body = (
        f'<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:{other.scope}/></D:lockscope><D:locktype><D:write/></D:locktype>'
        f"<D:owner>{other.owner.format(owner=escape(owner, quote=False))}</D:owner></D:lockinfo>"
    )
    for _ in range(other.times):
        connection = HTTPConnection(urlsplit(url).netloc)
        connection.request(
            *("LOCK", urlsplit(where).path, body.encode()),
            headers={"Depth": other.depth, "Timeout": "Second-600", "Content-Type": "application/xml"},
        )
        assert connection.getresponse().status == 200
        connection.close()


def tokens_of(url: str) -> set[str]:
    """The tokens that the server shows there."""
    return {lock["token"] for lock in run("locks", "--no-ledger", "--json", url).result["locks"]}


@pytest.mark.parametrize("kind", ["wsgidav", "apache"])
@pytest.mark.parametrize("name", OTHER_LOCKS)
def test_a_lock_that_is_not_proven_to_be_ours_is_not_released(
    server_for: ServerFor, make_file: MakeFile, kind: str, name: str
) -> None:
    """The run id in an owner is public: whoever reads it can write it into an owner of their own."""
    url = make_file(server_for(kind), "a.txt")
    crash("before", "lock", url)
    other = OTHER_LOCKS[name]
    take_other(url, other, sent_owner())
    where = url.removesuffix("a.txt") if other.above else url
    before = tokens_of(where)
    assert len(before) == other.times
    done = run("ledger", "recover", "--json")
    (row,) = done.result["rows"]
    assert (done.code, row["outcome"], row["token"]) == (3, "unsure", None), done
    assert {(command[2].rstrip("/"), command[-1]) for command in row["commands"]} == {
        (where.rstrip("/"), token) for token in before
    }
    assert [exchange["method"] for exchange in done.result["exchanges"]].count("UNLOCK") == 0
    assert tokens_of(where) == before
    assert is_locked(url)
    assert [row["state"] for row in ledger("list")] == ["intended"]


def sent_owner() -> str:
    """The owner that the only row of the ledger says was sent."""
    rows = sqlite3.connect(ledger_path())
    ((owner,),) = rows.execute("SELECT owner FROM locks").fetchall()
    rows.close()
    return str(owner)


def ledger_path() -> Path:
    """The file."""
    return Path(os.environ["XDG_STATE_HOME"]) / "davlock" / "ledger.sqlite"


@pytest.mark.parametrize("kind", ["wsgidav", "apache"])
def test_the_lock_of_a_collection_is_recovered(server_for: ServerFor, make_file: MakeFile, kind: str) -> None:
    """Apache names no lock root: that the lock is not from above is read there."""
    url = make_file(server_for(kind), "a.txt")
    crash("after", "lock", "--depth", "infinity", url.removesuffix("a.txt"))
    assert is_locked(url)
    done = run("ledger", "recover", "--json")
    assert (done.code, done.result["rows"][0]["outcome"]) == (0, "released"), done
    assert not is_locked(url)


def test_a_lock_of_another_token_is_not_released_for_a_row_that_has_one(
    server_for: ServerFor, make_file: MakeFile
) -> None:
    """The token decides, whatever an owner says."""
    url = make_file(server_for("wsgidav"), "a.txt")
    token = run("lock", "-q", url).out.strip()
    owner = sent_owner()
    assert run("unlock", "--no-ledger", url, "--token", token).code == 0
    take_other(url, OtherLock(), owner)
    done = run("ledger", "recover", "--kept", "--json")
    assert (done.code, done.result["rows"][0]["outcome"]) == (0, "already-gone"), done
    assert [exchange["method"] for exchange in done.result["exchanges"]].count("UNLOCK") == 0
    assert is_locked(url)


def test_a_row_of_an_earlier_davlock_without_a_token_matches_nothing(
    server_for: ServerFor, make_file: MakeFile
) -> None:
    url = make_file(server_for("wsgidav"), "a.txt")
    crash("after", "lock", url)
    rows = sqlite3.connect(ledger_path())
    rows.execute("UPDATE locks SET owner = NULL")
    rows.commit()
    rows.close()
    done = run("ledger", "recover", "--json")
    assert (done.code, done.result["rows"][0]["outcome"]) == (3, "unsure"), done
    assert is_locked(url)


def test_lock_does_not_release_what_only_names_its_run(serve: Callable[..., ScriptedServer]) -> None:
    """A 500 to LOCK, and the lock of somebody who has copied the run id from the owner."""
    owner: list[str] = []
    unlocked: list[bytes] = []

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            if request.startswith(b"LOCK"):
                owner.append(re.findall("davlock [0-9a-f]{16}", request.decode())[0])
                conversation.say(response("500 Internal Server Error"))
            elif request.startswith(b"UNLOCK"):
                unlocked.append(request)
                conversation.say(response("204 No Content"))
            else:
                lock = active_lock("urn:x:1", owner=f"Jane, beside {owner[-1]}") if owner else ""
                conversation.say(multistatus(element(locks=lock)))

    done = run("lock", f"{serve(play).url}/a.txt")
    assert (done.code, unlocked) == (1, []), done


def test_what_was_left_on_purpose(any_server: Server, make_file: MakeFile) -> None:
    url = make_file(any_server, "a.txt")
    assert run("lock", url).code == 0
    left = run("ledger", "recover", "--json")
    assert (left.code, [row["outcome"] for row in left.result["rows"]]) == (0, ["skipped"])
    assert is_locked(url)
    done = run("ledger", "recover", "--kept", "--json")
    assert (done.code, [row["outcome"] for row in done.result["rows"]]) == (0, ["released"])
    # What became of the lock, and not what was read before: "the server shows its token".
    verified = any_server.kind not in UNSHOWN
    why = "it is gone (verified)" if verified else "the server says so; not verified"
    assert [row["why"] for row in done.result["rows"]] == [why]
    assert not is_locked(url)
    assert run("ledger", "recover").code == 0


def test_locks_that_ended_stand_below_those_that_are_held(server_for: ServerFor, make_file: MakeFile) -> None:
    server = server_for("wsgidav")
    urls = [make_file(server, name) for name in ("a.txt", "b.txt")]
    assert all(run("lock", "-q", url).code == 0 for url in urls)
    assert run("unlock", "-q", "--no-ledger", "--steal", urls[0]).code == 0
    wide = run("ledger", "list", "--verify", "--color", "never", env={"COLUMNS": "200"}, tty=True)
    head, _, _, *rows = wide.out.splitlines()
    assert "2 locks that davlock took below " in head
    assert ", 1 of them ended" in head
    assert ["b.txt" in row for row in rows[:2]] == [True, False], rows


def test_recover_prints_one_table_at_a_terminal(server_for: ServerFor, make_file: MakeFile) -> None:
    """Of locks that are released, and of those that are left."""
    server = server_for("wsgidav")
    urls = [make_file(server, name) for name in ("a.txt", "b.txt", "c.txt")]
    assert all(run("lock", "-q", url).code == 0 for url in urls[:2])
    crash("after", "lock", urls[2])
    done = run("ledger", "recover", "--kept", "--color", "never", tty=True)
    assert done.code == 0, done
    head, titles, _, *rows = done.out.splitlines()
    assert "3 locks that davlock took below " in head
    assert "(released)" in head
    assert "FILE" in titles
    assert [row.split()[0].rpartition("/")[2] for row in rows] == ["a.txt", "b.txt", "c.txt"]
    assert "FILE" not in run("ledger", "recover", tty=True).out


def test_recover_does_not_call_a_lock_refused_that_it_never_unlocked(serve: Callable[..., ScriptedServer]) -> None:
    """After the first look the server wants a login."""
    unlocked: list[bytes] = []
    shows = [True]

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            if request.startswith(b"LOCK"):
                conversation.say(granted("urn:x:1"))
            elif request.startswith(b"UNLOCK"):
                unlocked.append(request)
                conversation.say(response("204 No Content"))
            elif shows[0] or not recovering[0]:
                shows[0] = not recovering[0]
                conversation.say(multistatus(element(locks=active_lock("urn:x:1"))))
            else:
                conversation.say(response("401 Unauthorized"))

    recovering = [False]
    url = f"{serve(play).url}/a.txt"
    assert run("lock", url).code == 0
    recovering[0] = True
    done = run("ledger", "recover", "--kept", "--json")
    (row,) = done.result["rows"]
    assert (row["outcome"], unlocked) == ("unsure", []), done
    assert "davlock sent no UNLOCK" in row["why"]


def test_recover_says_what_unlock_was_answered(serve: Callable[..., ScriptedServer]) -> None:
    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            if request.startswith(b"LOCK"):
                conversation.say(granted("urn:x:1"))
            elif request.startswith(b"UNLOCK"):
                conversation.say(response("403 Forbidden"))
            else:
                conversation.say(multistatus(element(locks=active_lock("urn:x:1"))))

    assert run("lock", f"{serve(play).url}/a.txt").code == 0
    done = run("ledger", "recover", "--kept", "--json")
    (row,) = done.result["rows"]
    assert (row["outcome"], row["why"]) == (
        "refused",
        "the server answered 403 to UNLOCK, and the lock is still there",
    ), done


def test_an_attempt_leaves_nothing(any_server: Server, make_file: MakeFile) -> None:
    url = make_file(any_server, "a.txt")
    run("diagnose", "--attempt", "lock", url)
    assert ledger("list") == []
    crash("after", "diagnose", "--attempt", "lock", url)
    (row,) = ledger("list")
    assert (row["state"], row["kept"]) == ("intended", False)
    recovered = run("ledger", "recover")
    assert recovered.code == (3 if any_server.kind in NAMELESS else 0)


# -- a file that cannot be used


def test_a_ledger_that_cannot_be_written(server_for: ServerFor, make_file: MakeFile) -> None:
    """Nothing is locked without an intent; what reads goes on."""
    url = make_file(server_for("wsgidav"), "a.txt")
    state = Path(os.environ["XDG_STATE_HOME"])
    state.write_text("a file where a folder ought to be")
    refused = run("lock", url)
    assert refused.code == 2
    assert len(refused.err.splitlines()) == 1
    assert "--no-ledger" in refused.err
    assert run("locks", url).out == ""
    assert run("lock", "--no-ledger", url).code == 0
    assert run("put", "-", url, stdin=b"x").code == 1


def test_a_ledger_that_is_damaged(server_for: ServerFor, make_file: MakeFile) -> None:
    url = make_file(server_for("wsgidav"), "a.txt")
    path = Path(os.environ["XDG_STATE_HOME"]) / "davlock" / "ledger.sqlite"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database" * 500)
    for arguments in (("lock", url), ("ledger", "list"), ("ledger", "recover"), ("ledger", "forget", "--all")):
        refused = run(*arguments)
        assert (refused.code, len(refused.err.splitlines())) == (2, 1)
        assert re.search(r"move .* away|--no-ledger", refused.err)
    told = run("diagnose", "--json", url)
    assert (told.code, told.result["verdict"]) == (0, "clear")
    assert json.loads(told.out)["schema"] == "davlock/1"
    assert "cannot be used" in told.err


def test_a_login_in_the_url(server_for: ServerFor, make_file: MakeFile) -> None:
    url = make_file(server_for("apache", auth="basic"), "a.txt")
    assert run("lock", *ALICE, url).code == 0
    named = url.replace("://", "://alice:alice@")
    (row,) = ledger("list", "--verify", named)
    assert row["standing"] == "mine"
    done = run("ledger", "recover", "--kept", named)
    assert (done.code, "alice:" in done.out + done.err) == (0, False)


def test_a_file_that_was_deleted_is_not_made_again(any_server: Server, make_file: MakeFile) -> None:
    """A refresh with a dead token makes a lock on nginx, and with it the file."""
    url = make_file(any_server, "a.txt")
    token = run("lock", "-q", url).out.strip()
    connection = HTTPConnection(urlsplit(url).netloc)
    connection.request("DELETE", urlsplit(url).path, headers={"If": f"<{url}> (<{token}>)"})
    assert connection.getresponse().status in (200, 204)
    connection.close()
    run("unlock", url)
    assert not any_server.path(url).exists()


def test_a_grant_without_a_token(serve: Callable[..., ScriptedServer]) -> None:
    """The lock is found by its owner."""
    owner: list[str] = []

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            if request.startswith(b"LOCK"):
                owner.append(re.findall("owner>(.*davlock [0-9a-f]{16})<", request.decode())[0])
                conversation.say(response("200 OK"))
            else:
                lock = active_lock("urn:x:1", owner=owner[-1]) if owner else ""
                conversation.say(multistatus(element(locks=lock)))

    done = run("lock", "-q", f"{serve(play).url}/a.txt")
    assert (done.code, done.out) == (0, "urn:x:1\n")
    assert [row["token"] for row in ledger("list")] == ["urn:x:1"]


def test_a_token_that_cannot_be_sent_back(serve: Callable[..., ScriptedServer]) -> None:
    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            conversation.say(granted("a b") if request.startswith(b"LOCK") else multistatus(element()))

    done = run("lock", f"{serve(play).url}/a.txt")
    assert (done.code, len(done.err.splitlines())) == (6, 1), done
    assert "a b" in done.err


def test_a_state_folder_of_which_nothing_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/" + "x" * 5000)
    for arguments in (("ledger", "list"), ("cleanup", "--all", "http://127.0.0.1:1/")):
        done = run(*arguments)
        assert (done.code, len(done.err.splitlines())) == (2, 1), done


def test_the_lock_of_a_davlock_that_runs_is_not_released_by_the_way(
    server_for: ServerFor, make_file: MakeFile, tmp_path: Path
) -> None:
    url = make_file(server_for("apache"), "a.txt")
    inside = tmp_path / "inside"
    with popen("run", url, "--", "sh", "-c", f"touch {inside}; exec sleep 30") as process:
        wait_for(inside.exists)
        refused = run("unlock", url)
        assert (refused.code, str(process.pid) in refused.err) == (2, True)
        assert is_locked(url)
        process.terminate()
        process.communicate(timeout=60)
    assert not is_locked(url)


@pytest.mark.parametrize("kind", ["wsgidav", "apache"])
@pytest.mark.parametrize("owner", ["Jürgen & <Söhne>", "  two  spaces ", "日本語 “davlock”", "a" * 300])
def test_an_odd_owner_is_known_again(server_for: ServerFor, make_file: MakeFile, kind: str, owner: str) -> None:
    url = make_file(server_for(kind), "a.txt")
    crash("after", "lock", "--owner", owner, url)
    done = run("ledger", "recover", "--json")
    assert (done.code, done.result["rows"][0]["outcome"]) == (0, "released"), done
    assert not is_locked(url)
