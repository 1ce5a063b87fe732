"""Two workers, each with locks of its own: a lock that comes and goes is never told as anything else."""

import contextlib
import http.client
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.cli.answers import TOKEN, active_lock, element, granted, methods, multistatus
from tests.cli.command import Done, run
from tests.saying import Say, Saying
from tests.servers import Server, start, temporary_directory
from tests.servers.proxy import Passing, proxy
from tests.transport.scripted import response

STORE = "409-lock-store-not-shared"


@pytest.fixture(scope="module")
def workers() -> Iterator[tuple[Server, Server]]:
    """Two servers that hold the same file, and know nothing of each other's locks."""
    with contextlib.ExitStack() as stack:
        found = []
        for _ in range(2):
            directory = stack.enter_context(temporary_directory())
            found.append(stack.enter_context(start("wsgidav", directory=directory)))
        yield found[0], found[1]


@contextlib.contextmanager
def balanced(first: Server, second: Server, name: str, *, turns: str) -> Iterator[str]:
    """The URL of a file behind a balancer that asks one after the other, in these turns, again and again."""
    for server in (first, second):
        (server.root / name).write_bytes(b"first\n")
    count = 0

    def before(passing: Passing) -> None:
        nonlocal count
        turn, count = turns[count % len(turns)], count + 1
        if turn == "2":
            _ask(second, passing)

    with proxy(first.url, before=before) as front:
        yield f"{front}{name}"


def _ask(server: Server, passing: Passing) -> None:
    where = urlsplit(server.url).netloc
    passing.set("Host", where)
    connection = http.client.HTTPConnection(where, timeout=20)
    try:
        connection.request(passing.method, passing.path, body=passing.body, headers=dict(passing.headers))
        answer = connection.getresponse()
        passing.body, passing.status, passing.reason = answer.read(), answer.status, answer.reason
        passing.headers = answer.getheaders()
    finally:
        connection.close()


def held(server: Server, name: str) -> str:
    """The token of a lock that one worker granted."""
    (server.root / name).write_bytes(b"first\n")
    return run("lock", "-q", "--no-ledger", "--timeout", "60", f"{server.url}{name}").out.strip()


@pytest.mark.parametrize("turns", ["12", "1121", "2212"])
def test_a_lock_that_one_worker_knows_is_not_said_to_be_granted(workers: tuple[Server, Server], turns: str) -> None:
    with balanced(*workers, f"granted-{turns}.txt", turns=turns) as url:
        done = run("lock", "--no-ledger", "--json", "--timeout", "60", url)
    assert (done.code, done.ids[0]) == (1, STORE)
    assert not {"fake-lock", "412-refresh-lost-lock", "lock-granted"} & set(done.ids)
    assert [exchange["method"] for exchange in done.result["exchanges"]].count("LOCK") == 1


@pytest.mark.parametrize("turns", ["12", "1221", "2122"])
def test_an_unlock_that_meets_the_other_worker_is_no_mismatch(workers: tuple[Server, Server], turns: str) -> None:
    name = f"released-{turns}.txt"
    token = held(workers[0], name)
    with balanced(*workers, name, turns=turns) as url:
        done = run("unlock", "--no-ledger", "--json", "--token", token, url)
    assert done.ids[0] == STORE
    assert not {"409-unlock-token-mismatch", "409-unlock-already-gone", "proxy-header-dropped"} & set(done.ids)
    assert done.code != 0


def turning(*states: bool, refusal: bytes) -> tuple[dict[str, bytes | list[bytes]], bytes]:
    """Each PROPFIND shows the lock or not, in turn; the last state stays. LOCK is granted, and the rest refused."""
    shown = [multistatus(element("/a.txt", locks=active_lock() if state else "")) for state in states]
    return {"PROPFIND": shown, "LOCK": granted()}, refusal


def unlock(say: Say, *states: bool, status: str = "409 Conflict") -> tuple[Done, Saying]:
    server = say(*turning(*states, refusal=response(status)))
    return run("unlock", "--no-ledger", "--json", "--token", TOKEN, f"{server.url}/a.txt"), server


def test_a_lock_that_is_gone_for_good_is_gone(say: Say) -> None:
    """Shown before, refused, and never shown again: no worker is blamed."""
    done, _ = unlock(say, True, False)
    assert done.ids[0] == "409-unlock-already-gone"


def test_a_lock_that_stays_is_not_said_to_come_and_go(say: Say) -> None:
    done, _ = unlock(say, True)
    assert STORE not in done.ids


def test_only_reading_decides(say: Say) -> None:
    _, server = unlock(say, True, True, False, True)
    assert set(methods(server.requests)) == {"PROPFIND", "UNLOCK"}
    assert methods(server.requests).count("UNLOCK") == 1


@pytest.mark.parametrize("status", ["412 Precondition Failed", "423 Locked"])
def test_a_write_that_meets_the_other_worker_is_no_wrong_token(say: Say, status: str) -> None:
    server = say(*turning(True, False, True, refusal=response(status)))
    url = f"{server.url}/a.txt"
    done = run("put", "--no-ledger", "--json", "--token", TOKEN, "-", url, stdin=b"next")
    assert (done.code, done.ids[0]) == (1, STORE)
    assert methods(server.requests).count("PUT") == 1
