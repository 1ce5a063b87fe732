"""A lock is believed when it keeps somebody out: what lock, diagnose --attempt lock and check make of a server that
grants everything.
"""

import itertools
import re
from collections.abc import Callable

import httpx
import pytest

from tests.cli.answers import OTHER, TOKEN, active_lock, element, granted, methods, multistatus
from tests.cli.command import run
from tests.saying import Answer, Say
from tests.transport.scripted import response

OPTIONS = response("200 OK", b"", "DAV: 1,2", "Allow: OPTIONS,GET,PUT,DELETE,PROPFIND,LOCK,UNLOCK,MKCOL")
FILE = "<D:resourcetype/>"


def generous(*, tokens: tuple[str, ...]) -> Callable[[httpx.Request], bytes]:
    """Grants every LOCK with the next of ``tokens``, answers every UNLOCK with 204, and shows no lock."""
    given = itertools.cycle(tokens)

    def answer(request: httpx.Request) -> bytes:
        if request.method == "LOCK":
            return granted(next(given))
        if request.method == "PROPFIND":
            return multistatus(element(more=FILE))
        return OPTIONS if request.method == "OPTIONS" else response("204 No Content")

    return answer


@pytest.mark.parametrize(("tokens", "unlocks"), [((TOKEN,), 1), ((TOKEN, OTHER), 2)])
def test_lock_does_not_believe_a_server_that_grants_everything(say: Say, tokens: tuple[str, ...], unlocks: int) -> None:
    server = say(generous(tokens=tokens))
    done = run("lock", "--json", f"{server.url}/a.txt")
    assert (done.code, done.ids[0]) == (1, "fake-lock")
    sent = methods(server.requests)
    assert (sent.count("LOCK"), sent.count("UNLOCK")) == (2, unlocks)
    assert "LOCK" not in sent[sent.index("UNLOCK") :]
    rows = run("ledger", "list", "--json").json["results"][0]["rows"]
    assert rows == []


@pytest.mark.parametrize("tokens", [(TOKEN,), (TOKEN, OTHER)])
def test_an_attempt_does_not_call_such_a_file_free(say: Say, tokens: tuple[str, ...]) -> None:
    server = say(generous(tokens=tokens))
    done = run("diagnose", "--attempt", "lock", "--json", f"{server.url}/a.txt")
    assert (done.code, done.ids[0]) == (1, "fake-lock")
    sent = methods(server.requests)
    assert sent.count("UNLOCK") == len(tokens)
    assert "LOCK" not in sent[sent.index("UNLOCK") :]
    assert run("ledger", "list", "--json").json["results"][0]["rows"] == []


def test_an_accepted_refresh_proves_nothing(say: Say) -> None:
    """The first LOCK is granted, later ones are answered with something else: nobody can tell."""
    answers = {"LOCK": [granted(), response("405 Method Not Allowed")], "PROPFIND": multistatus(element(more=FILE))}
    server = say(answers, OPTIONS)
    done = run("lock", "--json", f"{server.url}/a.txt")
    assert done.code == 3
    assert all(found["certainty"] != "certain" for found in done.result["findings"] if found["id"] == "lock-granted")
    bodies = [request.partition(b"\r\n\r\n")[2] for request in server.requests if request.startswith(b"LOCK")]
    assert all(b"exclusive" in body for body in bodies)


class Keeper:
    """Keeps a lock for every LOCK, whatever it answers; shows its locks where ``shows``."""

    def __init__(self, *answers: Callable[[str], Answer], shows: bool = False) -> None:
        self.held: dict[str, str] = {}
        self._answers = answers
        self._shows = shows
        self._number = 0

    def __call__(self, request: httpx.Request) -> Answer:
        if request.method == "LOCK":
            token = f"urn:uuid:{self._number:08}-0000-4000-8000-000000000000"
            owner = re.search(rb"owner>(.*?)</", request.content, re.DOTALL)
            self.held[token] = owner[1].decode() if owner is not None else ""
            said = self._answers[min(self._number, len(self._answers) - 1)](token)
            self._number += 1
            return said
        if request.method == "UNLOCK":
            token = request.headers.get("Lock-Token", "").strip("<>")
            return response("204 No Content" if self.held.pop(token, None) is not None else "409 Conflict")
        if request.method == "PROPFIND":
            shown = [active_lock(token, owner=owner) for token, owner in self.held.items()]
            return multistatus(element(locks="".join(shown) if self._shows else "", more=FILE))
        return OPTIONS


def header_only(token: str) -> bytes:
    return response("200 OK", b"", f"Lock-Token: <{token}>")


def cut(token: str) -> bytes:
    return response("200 OK", granted(token).partition(b"\r\n\r\n")[2][:-40], f"Lock-Token: <{token}>")


NAMELESS: dict[str, Callable[[str], Answer]] = {
    "200 with a page": lambda token: response(
        "200 OK", b"<html><title>Log in</title></html>", "Content-Type: text/html"
    ),
    "200 without a body": lambda token: response("200 OK"),
    "204": lambda token: response("204 No Content"),
    "502": lambda token: response("502 Bad Gateway"),
    "no answer": lambda token: httpx.ReadError("gone"),
}


@pytest.mark.parametrize("second", [header_only, cut])
@pytest.mark.parametrize("command", [("lock",), ("diagnose", "--attempt", "lock")])
def test_a_second_lock_whose_token_is_in_the_header_alone_is_not_left_behind(
    say: Say, command: tuple[str, ...], second: Callable[[str], bytes]
) -> None:
    keeper = Keeper(granted, second)
    done = run(*command, "--json", f"{say(keeper).url}/a.txt")
    assert (done.code, done.ids[0], keeper.held) == (1, "fake-lock", {})
    assert run("ledger", "list", "--json").json["results"][0]["rows"] == []


@pytest.mark.parametrize("second", NAMELESS)
def test_a_second_lock_that_may_exist_is_not_forgotten(say: Say, second: str) -> None:
    """Its row stays, so that ledger recover looks for it."""
    keeper = Keeper(granted, NAMELESS[second])
    done = run("lock", f"{say(keeper).url}/a.txt")
    assert done.code == 3
    assert "davlock ledger recover" in done.err
    rows = run("ledger", "list", "--json").json["results"][0]["rows"]
    assert sorted(row["state"] for row in rows) == ["held", "intended"]


@pytest.mark.parametrize("second", NAMELESS)
def test_a_second_lock_that_can_be_seen_is_not_left_behind(say: Say, second: str) -> None:
    """Only after the second LOCK does the server show its locks, so that it is found by its owner."""
    keeper = Keeper(granted, NAMELESS[second])

    def answer(request: httpx.Request) -> Answer:
        keeper._shows = len(keeper.held) > 1
        return keeper(request)

    done = run("lock", "--json", f"{say(answer).url}/a.txt")
    assert (done.code, keeper.held) == (1, {})
    assert run("ledger", "list", "--json").json["results"][0]["rows"] == []


FIRST = {
    "200 with a page": NAMELESS["200 with a page"],
    "204": NAMELESS["204"],
    "302": lambda token: response("302 Found", b"", "Location: /login"),
    "403": lambda token: response("403 Forbidden"),
    "423": lambda token: response("423 Locked"),
    "500": lambda token: response("500 Internal Server Error"),
}


@pytest.mark.parametrize("first", FIRST)
def test_a_lock_that_was_made_in_spite_of_the_answer_is_not_left_behind(say: Say, first: str) -> None:
    keeper = Keeper(FIRST[first], shows=True)
    done = run("lock", f"{say(keeper).url}/a.txt")
    assert done.code not in (0, 70)
    assert keeper.held == {}
    assert "released it" in done.err
    assert run("ledger", "list", "--json").json["results"][0]["rows"] == []


@pytest.mark.parametrize("first", ["200 with a page", "204"])
def test_a_lock_that_may_have_been_made_in_spite_of_the_answer_is_not_forgotten(say: Say, first: str) -> None:
    keeper = Keeper(FIRST[first])
    done = run("lock", f"{say(keeper).url}/a.txt")
    assert "davlock ledger recover" in done.err
    rows = run("ledger", "list", "--json").json["results"][0]["rows"]
    assert [row["state"] for row in rows] == ["intended"]


@pytest.mark.parametrize("first", ["302", "403", "423"])
def test_a_plain_refusal_leaves_no_row(say: Say, first: str) -> None:
    done = run("lock", f"{say(Keeper(FIRST[first])).url}/a.txt")
    assert done.code != 0
    assert run("ledger", "list", "--json").json["results"][0]["rows"] == []


@pytest.mark.parametrize("gone", ["404 Not Found", "410 Gone"])
def test_a_refresh_of_what_is_gone_is_not_called_a_success(say: Say, gone: str) -> None:
    """lighttpd answers 200 to any refresh, and prints its token."""
    server = say({"LOCK": granted(), "PROPFIND": [multistatus(element(more=FILE)), response(gone)]})
    done = run("refresh", "--json", "--token", TOKEN, f"{server.url}/a.txt")
    assert done.code == 1
    assert done.ids[0] == "412-refresh-lost-lock"
    assert "lock-granted" not in done.ids


def lessened(given: dict[str, str], shown: dict[str, str] | None) -> Callable[[httpx.Request], bytes]:
    """Grants one lock as ``given``, and shows it as ``shown`` where it does; refuses a second with 423."""
    locked = False

    def answer(request: httpx.Request) -> bytes:
        nonlocal locked
        if request.method == "LOCK":
            refused, locked = locked, True
            return response("423 Locked") if refused else granted(**given)
        if request.method == "PROPFIND":
            locks = active_lock(**shown) if locked and shown is not None else ""
            return multistatus(element(locks=locks, more=FILE))
        return OPTIONS

    return answer


DEEP = ("--depth", "infinity")


@pytest.mark.parametrize(
    ("options", "given", "shown"),
    [
        ((), {"scope": "shared"}, {"scope": "shared"}),
        ((), {"scope": "shared"}, None),
        ((), {}, {"scope": "shared"}),
        (DEEP, {"depth": "0"}, {"depth": "0"}),
        (DEEP, {"depth": "infinity"}, {"depth": "0"}),
        ((), {"timeout": "Second--5"}, {"timeout": "Second--5"}),
        ((), {}, {"timeout": "Second--5"}),
    ],
)
def test_less_than_was_asked_for_is_not_a_success(
    say: Say, options: tuple[str, ...], given: dict[str, str], shown: dict[str, str] | None
) -> None:
    """The lock stays, and the ledger names it."""
    done = run("lock", "--json", *options, f"{say(lessened(given, shown)).url}/a.txt")
    assert done.code == 1
    assert "lock-not-as-asked" in done.ids
    rows = run("ledger", "list", "--json").json["results"][0]["rows"]
    assert [(row["token"], row["state"]) for row in rows] == [(TOKEN, "held")]


@pytest.mark.parametrize("depth", ["0", "infinity"])
def test_a_lock_as_asked_is_a_success(say: Say, depth: str) -> None:
    server = say(lessened({"depth": depth}, {"depth": depth}))
    done = run("lock", "--json", "--depth", depth, f"{server.url}/a.txt")
    assert done.code == 0
    assert "lock-not-as-asked" not in done.ids


def test_a_lock_whose_answer_cannot_be_read_has_a_reason_and_a_way_out(say: Say) -> None:
    cut = response("200 OK", b"<D:prop xmlns:D='DAV:'><D:lockdisc", "Content-Type: application/xml")
    server = say({"PROPFIND": multistatus(element()), "LOCK": cut})
    done = run("lock", f"{server.url}/a.txt")
    assert done.code == 3
    assert done.err.endswith(
        "read the result back (the answer to LOCK has no token; to release the lock: davlock ledger recover)\n"
    )
