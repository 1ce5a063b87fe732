"""A lock is believed when it keeps somebody out: what lock, diagnose --attempt lock and check make of a server that
grants everything.
"""

import itertools
from collections.abc import Callable

import pytest

from tests.cli.answers import OTHER, TOKEN, element, granted, methods, multistatus
from tests.cli.command import run
from tests.transport.scripted import Conversation, Play, ScriptedServer, response

Serve = Callable[..., ScriptedServer]
OPTIONS = response("200 OK", b"", "DAV: 1,2", "Allow: OPTIONS,GET,PUT,DELETE,PROPFIND,LOCK,UNLOCK,MKCOL")
FILE = "<D:resourcetype/>"


def generous(*, tokens: tuple[str, ...], shown: str = "") -> Play:
    """Grants every LOCK with the next of ``tokens``, answers every UNLOCK with 204, and shows no lock."""
    given = itertools.cycle(tokens)

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            method = request.split(b" ", 1)[0]
            if method == b"LOCK":
                conversation.say(granted(next(given)))
            elif method == b"PROPFIND":
                conversation.say(multistatus(element(locks=shown, more=FILE)))
            elif method == b"OPTIONS":
                conversation.say(OPTIONS)
            else:
                conversation.say(response("204 No Content"))

    return play


@pytest.mark.parametrize(("tokens", "unlocks"), [((TOKEN,), 1), ((TOKEN, OTHER), 2)])
def test_lock_does_not_believe_a_server_that_grants_everything(
    serve: Serve, tokens: tuple[str, ...], unlocks: int
) -> None:
    server = serve(generous(tokens=tokens))
    done = run("lock", "--json", f"{server.url}/a.txt")
    assert (done.code, done.ids[0]) == (1, "fake-lock")
    sent = methods(server.requests)
    assert (sent.count("LOCK"), sent.count("UNLOCK")) == (2, unlocks)
    assert "LOCK" not in sent[sent.index("UNLOCK") :]
    rows = run("ledger", "list", "--json").json["results"][0]["rows"]
    assert rows == []


@pytest.mark.parametrize("tokens", [(TOKEN,), (TOKEN, OTHER)])
def test_an_attempt_does_not_call_such_a_file_free(serve: Serve, tokens: tuple[str, ...]) -> None:
    server = serve(generous(tokens=tokens))
    done = run("diagnose", "--attempt", "lock", "--json", f"{server.url}/a.txt")
    assert (done.code, done.ids[0]) == (1, "fake-lock")
    sent = methods(server.requests)
    assert sent.count("UNLOCK") == len(tokens)
    assert "LOCK" not in sent[sent.index("UNLOCK") :]
    assert run("ledger", "list", "--json").json["results"][0]["rows"] == []


def test_an_accepted_refresh_proves_nothing(serve: Serve) -> None:
    """The first LOCK is granted, later ones are answered with something else: nobody can tell."""
    answers = iter([granted(), *[response("405 Method Not Allowed")] * 9])

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            method = request.split(b" ", 1)[0]
            if method == b"LOCK":
                conversation.say(next(answers))
            elif method == b"PROPFIND":
                conversation.say(multistatus(element(more=FILE)))
            else:
                conversation.say(OPTIONS)

    server = serve(play)
    done = run("lock", "--json", f"{server.url}/a.txt")
    assert done.code == 3
    assert all(found["certainty"] != "certain" for found in done.result["findings"] if found["id"] == "lock-granted")
    bodies = [request.partition(b"\r\n\r\n")[2] for request in server.requests if request.startswith(b"LOCK")]
    assert all(b"exclusive" in body for body in bodies)
