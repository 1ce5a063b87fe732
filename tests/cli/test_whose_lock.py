"""Whose lock it is: the ledger and the server's own record decide, and no token that was typed."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.answers import OPTIONS, TOKEN, active_lock, by_method, element, granted, multistatus
from tests.cli.command import run
from tests.conftest import ServerFor
from tests.transport.scripted import Conversation, ScriptedServer, response

Serve = Callable[..., ScriptedServer]

ALICE, BOB = ("-u", "alice:alice"), ("-u", "bob:bob")

LOCKED = by_method(
    {"OPTIONS": OPTIONS, "PROPFIND": multistatus(element(locks=active_lock())), "UNLOCK": response("403 Forbidden")}
)


def test_a_token_that_was_typed_is_not_yours(serve: Serve) -> None:
    url = f"{serve(LOCKED).url}/a.txt"
    for command in (("diagnose", url), ("unlock", url)):
        done = run(*command, "--token", TOKEN, "--json")
        assert done.result["locks"][0]["mine"] is None, command
        shown = run(*command, "--token", TOKEN, "--format", "table")
        assert "(yours)" not in shown.out, command
        assert "locked by you" not in shown.out, command


def test_a_lock_of_the_ledger_is_yours_though_its_token_is_typed(serve: Serve) -> None:
    free, locked = multistatus(element()), multistatus(element(locks=active_lock()))
    answers: dict[str, bytes | list[bytes]] = {"OPTIONS": OPTIONS, "PROPFIND": [free, locked], "LOCK": granted()}
    url = f"{serve(by_method(answers)).url}/a.txt"
    assert run("lock", url).code == 0
    assert run("diagnose", url, "--token", TOKEN, "--json").result["locks"][0]["mine"] is True


@pytest.mark.parametrize("verb", ["unlock", "refresh"])
def test_the_ledger_names_the_login_that_has_the_lock(
    server_for: ServerFor, make_file: Callable[..., str], tmp_path: Path, verb: str
) -> None:
    """With the options that reach the server. A profile has more of them, so it is named where there is one."""
    url = make_file(server_for("apache", auth="basic"), "f.txt")
    assert run("lock", url, *ALICE).code == 0
    done = run(verb, url, *BOB)
    assert done.code == 2
    assert "one taken as alice" in done.err
    assert f"davlock {verb} -u alice {url}" in done.err
    assert f"davlock {verb} -u alice -k --noproxy x {url}" in run(verb, url, "-k", "--noproxy", "x", *BOB).err
    profile = '[servers.{name}]\nurl = "{url}"\nuser = "{name}"\npassword = "{name}"\n'
    config = tmp_path / "config.toml"
    above = url.removesuffix("f.txt")
    for names, command in ((("bob",), "-u alice bob:f.txt"), (("bob", "alice"), "alice:f.txt")):
        config.write_text("".join(profile.format(name=name, url=above) for name in names))
        config.chmod(0o600)
        assert f"davlock {verb} {command}\n" in run(verb, "bob:f.txt", env={"DAVLOCK_CONFIG": str(config)}).err
    assert run("unlock", url, *ALICE).code == 0


def test_the_ledger_does_not_call_a_lock_held_whose_time_is_over(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    free, locked = multistatus(element()), multistatus(element(locks=active_lock(timeout="Second-60")))
    answers: dict[str, bytes | list[bytes]] = {
        "OPTIONS": OPTIONS,
        "PROPFIND": [free, locked],
        "LOCK": granted(timeout="Second-60"),
    }
    url = f"{serve(by_method(answers)).url}/a.txt"
    assert run("lock", url).code == 0
    assert run("ledger", "list").rows[0][2] == "held"
    later = time.time() + 480
    monkeypatch.setattr("davlock.cli.paths.time.time", lambda: later)
    assert run("ledger", "list").rows[0][2] == "ended, unless renewed"
    assert "ended, unless" in run("ledger", "list", "--format", "table").out


@pytest.mark.parametrize("command", [("run", "{url}", "--", "true"), ("wait", "--then", "lock", "{url}")])
def test_nobody_waits_for_ever_for_a_lock_of_their_own(serve: Serve, command: tuple[str, ...]) -> None:
    free, locked = multistatus(element()), multistatus(element(locks=active_lock(timeout="Infinite")))
    answers: dict[str, bytes | list[bytes]] = {
        "OPTIONS": OPTIONS,
        "PROPFIND": [free, locked],
        "LOCK": [granted(timeout="Infinite"), response("423 Locked")],
    }
    url = f"{serve(by_method(answers)).url}/a.txt"
    assert run("lock", url).code == 0
    done = run(*(word.format(url=url) for word in command))
    assert done.code == 75
    assert f"davlock unlock {url} releases it" in done.err
    assert "waiting for" not in done.err


class OneToken:
    """A server that gives each path one token for ever. ``owner`` is what its lock on the path shows."""

    def __init__(self, keeps: Callable[[str], str] = str) -> None:
        self.owner: str | None = None
        self._keeps = keeps

    def __call__(self, conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            method = request.split(b" ", 1)[0].decode()
            if method == "LOCK":
                found = re.search(rb"owner>(.*?)</", request, re.DOTALL)
                assert found is not None or self.owner is not None
                self.owner = self._keeps(found[1].decode()) if found is not None else self.owner
                conversation.say(granted(owner=self.owner or ""))
            elif method == "UNLOCK":
                self.owner = None
                conversation.say(response("204 No Content"))
            elif method == "PROPFIND":
                locks = active_lock(owner=self.owner) if self.owner is not None else ""
                conversation.say(multistatus(element(locks=locks)))
            else:
                conversation.say(OPTIONS)


BOBS = "<D:href>mailto:bob@example.org</D:href>"


@pytest.mark.parametrize(
    ("command", "code"),
    [(("unlock",), 1), (("refresh",), 1), (("cleanup", "--mine", "--yes"), 0)],
    ids=lambda it: str(it),
)
def test_a_lock_with_our_token_and_another_owner_is_left(serve: Serve, command: tuple[str, ...], code: int) -> None:
    play = OneToken()
    server = serve(play)
    url = f"{server.url}/a.txt"
    assert run("lock", url).code == 0
    play.owner = BOBS
    before = len(server.requests)
    done = run(*command, url)
    assert done.code == code, done.out + done.err
    assert "another " in done.out + done.err
    assert {request.split(b" ", 1)[0] for request in server.requests[before:]} <= {b"PROPFIND", b"OPTIONS"}
    assert play.owner == BOBS


def test_a_renewal_that_took_the_owner_away_is_no_new_holder(serve: Serve) -> None:
    """Yaws replaces the owner at each renewal. The next one, and UNLOCK, must still know the lock."""
    play = OneToken()
    url = f"{serve(play).url}/a.txt"
    assert run("lock", url).code == 0
    play.owner = "anonymous"
    assert run("refresh", url).code == 0
    assert run("unlock", url).code == 0


def test_put_sends_no_token_that_has_become_another_owners(serve: Serve, tmp_path: Path) -> None:
    """The write would pass through somebody else's lock."""
    play = OneToken()
    server = serve(play)
    url = f"{server.url}/a.txt"
    body = tmp_path / "body"
    body.write_text("x")
    assert run("lock", url).code == 0
    assert run("put", str(body), url).code == 0
    play.owner = BOBS
    before = len(server.requests)
    done = run("put", str(body), url)
    assert done.code == 1
    assert "another owner" in done.err
    assert b"PUT" not in {request.split(b" ", 1)[0] for request in server.requests[before:]}
    assert run("put", str(body), url, "--token", TOKEN).code == 0, "a person may know better"


def test_a_lock_with_our_token_and_another_owner_is_not_called_ours(serve: Serve) -> None:
    play = OneToken()
    url = f"{serve(play).url}/a.txt"
    assert run("lock", url).code == 0
    assert run("diagnose", url, "--json").result["locks"][0]["mine"] is True
    play.owner = BOBS
    done = run("diagnose", url, "--json")
    assert done.result["locks"][0]["mine"] is False
    assert done.result["verdict"] == "blocked"
    assert "lock-is-yours" not in done.ids
    assert run("locks", url, "--mine", "--json").result["locks"] == []


def test_a_token_that_is_typed_releases_a_lock_of_another_owner(serve: Serve) -> None:
    play = OneToken()
    url = f"{serve(play).url}/a.txt"
    assert run("lock", url).code == 0
    play.owner = BOBS
    assert run("unlock", url, "--token", TOKEN).code == 0
    assert play.owner is None


def test_recover_leaves_a_lock_with_our_token_and_another_owner(serve: Serve) -> None:
    play = OneToken()
    url = f"{serve(play).url}/a.txt"
    assert run("lock", url).code == 0
    play.owner = BOBS
    run("ledger", "recover", "--kept", url)
    assert play.owner == BOBS


@pytest.mark.parametrize(
    "keeps",
    [
        lambda sent: "",
        lambda sent: f"\n  {sent}\n  ",
        lambda sent: f"<D:href>{sent}</D:href>",
        lambda sent: f"{sent} via WebDAV",
        lambda sent: sent.replace(" ", "\n\t"),
        lambda sent: "Alice A.",
    ],
    ids=["drops it", "pads it", "wraps it", "adds to it", "other white space", "writes the user's name from the start"],
)
def test_a_server_that_writes_the_owner_in_its_own_way_leaves_the_lock_ours(
    serve: Serve, keeps: Callable[[str], str]
) -> None:
    play = OneToken(keeps)
    url = f"{serve(play).url}/a.txt"
    assert run("lock", url).code == 0
    assert run("diagnose", url, "--json").result["locks"][0]["mine"] is True
    assert run("refresh", url).code == 0
    assert run("unlock", url).code == 0
    assert play.owner is None


@pytest.mark.parametrize("kind", ["apache", "wsgidav", "lighttpd"])
def test_the_token_of_another_user_is_not_said_to_work(
    server_for: ServerFor, make_file: Callable[..., str], kind: str
) -> None:
    url = make_file(server_for(kind, auth="basic"), "f.txt")
    taken = run("lock", url, *ALICE, "--no-ledger", "--json")
    token = taken.result["locks"][0]["token"]
    done = run("diagnose", url, *BOB, "--token", token, "--json")
    assert (done.result["verdict"], done.code) == ("unknown", 3)
    assert {finding["certainty"] for finding in done.result["findings"] if finding["id"] == "lock-is-yours"} == {
        "possible"
    }
    shown = run("diagnose", url, *BOB, "--token", token, "--format", "table").out
    assert "the lock is yours" not in shown
    assert "writes that send it pass" not in shown
    assert run("unlock", url, *ALICE, "--no-ledger", "--token", token).code == 0


def test_the_token_of_a_user_whom_the_server_names_is_known_not_to_work(serve: Serve) -> None:
    own = ("Server: Apache/2.4.71 (Debian) SVN/1.14.2", "X-SVN-Lock-Owner: alice")
    shown = multistatus(element(locks=active_lock()), fields=own)
    url = f"{serve(by_method({'OPTIONS': OPTIONS, 'PROPFIND': shown})).url}/a.txt"
    done = run("diagnose", url, *BOB, "--token", TOKEN, "--json")
    assert (done.result["verdict"], done.code) == ("blocked", 1)
    assert "lock-is-yours" not in done.ids
    assert done.ids == ["423-svn-lock"]
    alice = run("diagnose", url, *ALICE, "--token", TOKEN, "--json")
    assert (alice.result["verdict"], alice.code) == ("clear", 0)


@pytest.mark.parametrize(
    ("after", "finding", "certainty"),
    [
        (element(status="404 Not Found"), "unlocked", "likely"),
        (element(locks=active_lock(None)), "unlock-had-no-effect", "likely"),
        (element(locks=active_lock()), "unlock-had-no-effect", "certain"),
        (element(), "unlocked", "certain"),
    ],
    ids=["left out", "a hidden token", "the same token", "empty"],
)
def test_what_became_of_the_lock_is_as_certain_as_what_was_read(
    serve: Serve, after: str, finding: str, certainty: str
) -> None:
    unlocked = False

    def play(conversation: Conversation) -> None:
        nonlocal unlocked
        while (request := conversation.request()) is not None:
            method = request.split(b" ", 1)[0]
            unlocked = unlocked or method == b"UNLOCK"
            shown = multistatus(after if unlocked else element(locks=active_lock()))
            conversation.say({b"PROPFIND": shown, b"UNLOCK": response("204 No Content")}.get(method, OPTIONS))

    done = run("unlock", f"{serve(play).url}/a.txt", "--token", TOKEN, "--json")
    assert {one["id"]: one["certainty"] for one in done.result["findings"]} == {finding: certainty}


@pytest.mark.parametrize("command", [("wait", "-w", "1s"), ("unlock", "--steal"), ("diagnose",)], ids=lambda it: it[0])
def test_a_product_that_never_shows_locks_is_not_asked_again(
    server_for: ServerFor, make_file: Callable[..., str], command: tuple[str, ...]
) -> None:
    url = make_file(server_for("rclone"), "f.txt")
    done = run(*command, url, "--json")
    (finding,) = [one for one in done.result["findings"] if one["id"] == "lockdiscovery-unreadable"]
    assert "never shows its locks" in finding["headline"]
    assert not any("propfind" in (way["command"] or ()) for way in finding["remedies"])


def test_of_a_very_long_owner_a_person_is_shown_the_beginning(serve: Serve) -> None:
    shown = multistatus(element(locks=active_lock(owner="x" * 200_000)))
    url = f"{serve(by_method({'OPTIONS': OPTIONS, 'PROPFIND': shown})).url}/a.txt"
    for command, cut in ((("locks",), "xxx …"), (("diagnose", "--why"), "00 more characters")):
        out = run(*command, url, "--format", "table").out
        assert len(out) < 10_000, command
        assert cut in " ".join(out.replace("│", " ").split()), command
    assert run("locks", url, "--json").result["locks"][0]["owner"] == "x" * 200_000


@pytest.mark.parametrize("kind", ["nginx", "wsgidav", "apache", "lighttpd"])
def test_another_lock_in_the_place_of_ours(server_for: ServerFor, make_file: Callable[..., str], kind: str) -> None:
    """nginx answers 204, the others refuse it. Our lock was gone before, and what stands is another one."""
    url = make_file(server_for(kind, auth="basic"), "a.txt")
    token = run("lock", "--json", *ALICE, url).result["locks"][0]["token"]
    assert run("unlock", "--no-ledger", *ALICE, "--token", token, url).code == 0
    theirs = run("lock", "--json", *BOB, "--no-ledger", url).result["locks"][0]["token"]
    done = run("unlock", "--json", *ALICE, url)
    assert (done.code, done.ids[0], done.result["verdict"]) == (0, "409-unlock-already-gone", "blocked")
    assert [lock["token"] for lock in done.result["locks"]] == [theirs]
    assert run("ledger", "list").out == ""
