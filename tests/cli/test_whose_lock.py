"""Whose lock it is: the ledger and the server's own record decide, and no token that was typed."""

import time
from collections.abc import Callable

import pytest

from tests.cli.answers import OPTIONS, TOKEN, active_lock, by_method, element, granted, multistatus
from tests.cli.command import run
from tests.conftest import ServerFor
from tests.transport.scripted import ScriptedServer, response

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
    server_for: ServerFor, make_file: Callable[..., str], verb: str
) -> None:
    url = make_file(server_for("apache", auth="basic"), "f.txt")
    assert run("lock", url, *ALICE).code == 0
    done = run(verb, url, *BOB)
    assert done.code == 2
    assert "one taken as alice" in done.err
    assert f"davlock {verb} -u alice {url}" in done.err
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
    monkeypatch.setattr("davlock.cli.state.time.time", lambda: later)
    assert run("ledger", "list").rows[0][2] == "ended, unless renewed"
    assert "ended, unless" in run("ledger", "list", "--format", "table").out
