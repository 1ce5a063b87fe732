"""A server that grants locks and renews none: ``run`` holds the lock as long as it lasts, and says so."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.answers import OPTIONS, TOKEN, element, granted, multistatus
from tests.cli.answers import active_lock as active
from tests.cli.command import run
from tests.transport.scripted import Conversation, Play, ScriptedServer, response

Serve = Callable[..., ScriptedServer]

BODY_WANTED = b'<D:error xmlns:D="DAV:"><D:lockinfo-required/></D:error>'

REFUSALS = [
    response("405 Method Not Allowed", b"", "Allow: OPTIONS, GET, PUT, PROPFIND, LOCK, UNLOCK"),
    response("501 Not Implemented"),
    response(
        "400 Bad Request", b'<D:error xmlns:D="DAV:"><D:lockinfo-required/></D:error>', "Content-Type: application/xml"
    ),
]


def without_renewals(refusal: bytes, seconds: int, refused: Path) -> Play:
    """Grants a lock for ``seconds`` and shows it; refuses every LOCK without a body, and touches ``refused`` then."""
    locked = False

    def play(conversation: Conversation) -> None:
        nonlocal locked
        while (request := conversation.request()) is not None:
            method, _, body = request.split(b" ", 1)[0], None, request.partition(b"\r\n\r\n")[2]
            if method == b"LOCK":
                locked = locked or bool(body)
                if not body:
                    refused.touch()
                conversation.say(granted(timeout=f"Second-{seconds}") if body else refusal)
            elif method == b"UNLOCK":
                locked = False
                conversation.say(response("204 No Content"))
            elif method == b"OPTIONS":
                conversation.say(OPTIONS)
            else:
                conversation.say(multistatus(element(locks=active(timeout=f"Second-{seconds}") if locked else "")))

    return play


@pytest.mark.parametrize("refusal", REFUSALS, ids=["405", "501", "400"])
def test_run_goes_on_without_renewals(serve: Serve, refusal: bytes, tmp_path: Path) -> None:
    """The command is run, its status is kept, and one line says until when the lock holds."""
    refused = tmp_path / "refused"
    url = f"{serve(without_renewals(refusal, 5, refused)).url}/a.txt"
    child = f"while ! test -e {refused}; do sleep 0.05; done; sleep 0.3; exit 7"
    done = run("run", url, "--timeout", "5s", "--no-ledger", "--", "sh", "-c", child)
    assert done.code == 7, done.err
    assert done.err.count("does not renew locks") == 1
    assert "lost" not in done.err


@pytest.mark.parametrize("refusal", REFUSALS, ids=["405", "501", "400"])
def test_a_refused_renewal_blames_no_header(serve: Serve, refusal: bytes, tmp_path: Path) -> None:
    """``refresh`` says that the server has no renewals."""
    url = f"{serve(without_renewals(refusal, 600, tmp_path / 'refused')).url}/a.txt"
    assert run("lock", url, "--no-ledger").code == 0
    done = run("refresh", url, "--token", TOKEN, "--json", "--no-ledger")
    assert done.code == 1
    assert "proxy-header-dropped" not in done.ids
    assert "does not renew locks" in done.result["findings"][0]["headline"]


def test_unlock_answered_405_says_when_the_lock_ends(serve: Serve) -> None:
    """The server lists UNLOCK itself: it has locks, and this one ends by its time."""
    refusal = response("405 Method Not Allowed", b"", "Allow: OPTIONS, GET, PUT, PROPFIND, LOCK, UNLOCK")
    locked = multistatus(element(locks=active(timeout="Second-540")))

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            conversation.say(refusal if request.startswith(b"UNLOCK") else locked)

    url = f"{serve(play).url}/a.txt"
    done = run("unlock", url, "--token", TOKEN, "--json", "--no-ledger")
    assert (done.code, done.ids[0]) == (1, "405-method-not-allowed")
    assert "in 9 min" in done.result["findings"][0]["explanation"]
    assert "lock-not-supported" not in done.ids
