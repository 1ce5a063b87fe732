"""The server makes the lock, and its answer to LOCK does not say so: the lock is released, or its row stays."""

import re
from collections.abc import Callable

import pytest

from tests.cli.answers import OPTIONS, TOKEN, active_lock, element, granted, methods, multistatus
from tests.cli.command import run
from tests.transport.scripted import Conversation, Play, ScriptedServer, response

Serve = Callable[..., ScriptedServer]

LOGIN = response("401 Unauthorized", b"", 'WWW-Authenticate: Basic realm="x"')
BAD = b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"


def making(answer: bytes, *, shows: bytes | None = None, unlock: bytes | None = None, token: str = TOKEN) -> Play:
    """A server that takes the lock of every LOCK, answers it with ``answer``, and ``shows`` that once it has one."""
    lock: list[str] = []

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            method, path, _ = request.decode().split(" ", 2)
            if method == "LOCK" and request.endswith(b"\r\n\r\n"):
                conversation.say(BAD)
            elif method == "LOCK":
                owner = re.search(r"owner>(.*?)</", request.decode())
                lock.append(active_lock(token, owner=owner[1] if owner is not None else "", root=path))
                conversation.say(answer)
            elif method == "UNLOCK":
                lock.clear()
                conversation.say(unlock or response("204 No Content"))
            elif method == "PROPFIND":
                conversation.say(shows if shows and lock else multistatus(element(path, locks="".join(lock))))
            else:
                conversation.say(OPTIONS)

    return play


def member(status: str, path: str = "/a.txt") -> str:
    return f"<D:response><D:href>{path}</D:href><D:status>HTTP/1.1 {status}</D:status></D:response>"


ANSWERS = {
    "207 without members": (multistatus(), 1),
    "207 with a member that is well": (multistatus(member("200 OK")), 1),
    "207 with the lock": (multistatus(element(locks=active_lock())), 1),
    "207 with a member that failed": (multistatus(member("423 Locked", "/a.txt/x")), 1),
    "401": (LOGIN, 4),
    "407": (response("407 Proxy Authentication Required"), 4),
    "a length that is no number": (BAD, 6),
    "two lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 6),
    "fields without end": (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000, 6),
    "another protocol, unasked": (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", 6),
    "a status of four digits": (b"HTTP/1.1 1000 Hm\r\n\r\n", 6),
    "two transfer codings": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 6),
    "brotli that is none": (response("200 OK", b"junk", "Content-Encoding: br"), 6),
    "an unknown coding": (response("200 OK", b"junk", "Content-Encoding: zstd"), 6),
}


@pytest.mark.parametrize("verb", ["lock", "run -n"])
@pytest.mark.parametrize(("answer", "status"), ANSWERS.values(), ids=ANSWERS)
def test_the_lock_is_released(serve: Serve, verb: str, answer: bytes, status: int) -> None:
    server = serve(making(answer))
    url = f"{server.url}/a.txt"
    done = run(*verb.split(), url, *(("--", "true") if verb == "run -n" else ()))
    late = b"423" in answer  # a lock in the way: run -n has a status for that
    assert done.code == (status if verb == "lock" else 75 if late else 125)
    assert methods(server.requests).count("UNLOCK") == 1
    assert f"the lock {TOKEN} was taken on {url}; davlock released it" in done.err
    assert run("ledger", "list", "--json").result["rows"] == []


HIDDEN = {
    "207, and no lock shown": (multistatus(), multistatus(element())),
    "401, and to the reading": (LOGIN, LOGIN),
    "no HTTP, and none to the reading": (BAD, BAD),
}


@pytest.mark.parametrize(("answer", "shows"), HIDDEN.values(), ids=HIDDEN)
def test_the_row_stays(serve: Serve, answer: bytes, shows: bytes) -> None:
    url = f"{serve(making(answer, shows=shows)).url}/a.txt"
    done = run("lock", "--json", url)
    assert done.result["verdict"] == "unknown"
    assert f"to release it: davlock ledger recover {url}" in done.err
    (row,) = run("ledger", "list", "--json").result["rows"]
    assert row["state"] == "intended"


def test_no_http_to_the_others(serve: Serve) -> None:
    """To UNLOCK it is read back, and a row that was not renewed stays."""
    url = f"{serve(making(granted(), unlock=BAD)).url}/a.txt"
    assert run("lock", url).code == 0
    done = run("refresh", url)
    assert done.code == 6
    assert f"{url}: HTTP: the answer is not valid" in done.err
    (row,) = run("ledger", "list", "--json").result["rows"]
    assert row["state"] == "held"
    assert run("unlock", url).code == 0
    assert run("ledger", "list", "--json").result["rows"] == []


@pytest.mark.parametrize("token", ["a b", "x\x9by"])
def test_a_token_that_no_request_can_carry(serve: Serve, token: str) -> None:
    """What ends such a lock is its timeout; no command that cannot work is named."""
    url = f"{serve(making(granted(token), token=token)).url}/a.txt"
    done = run("lock", url)
    assert done.code == 6
    assert "nobody can release it, and it ends after 9 min" in done.err
    for verb in ("unlock", "refresh"):
        done = run(verb, url)
        assert done.code == 2
        assert f"nobody can renew or release the lock on {url}: " in done.err
        assert "only its timeout ends it" in done.err
    done = run("ledger", "recover", "--kept", url)
    assert done.code == 3
    assert "only its timeout ends it; to drop the row: davlock ledger forget" in done.out + done.err
    assert "--token" not in done.out + done.err
