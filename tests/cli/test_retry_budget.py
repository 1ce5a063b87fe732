"""``--retry-budget``: a write that was refused as too much is not done twice."""

import itertools
from collections.abc import Callable

import pytest

from davlock.cli.exit_status import ExitStatus
from tests.cli.answers import OPTIONS, TOKEN, active_lock, element, field, granted, methods, multistatus
from tests.cli.command import run, run_process
from tests.conftest import ServerFor
from tests.servers import Server
from tests.servers.proxy import Passing, proxy, untouched
from tests.transport.scripted import Conversation, Play, ScriptedServer, response

Serve = Callable[..., ScriptedServer]

REFUSALS = ["429 Too Many Requests", "503 Service Unavailable"]


def lying(
    status: str,
    *,
    makes: bool,
    shows: Callable[[], bool] = lambda: True,
    others: tuple[str, ...] = (),
    product: str = "",
) -> tuple[Play, list[str]]:
    """Answers the first LOCK with ``status``, and ``makes`` a lock all the same; also the locks that stand.

    It ``shows`` its locks, and those of ``others``, and calls itself ``product``.
    """
    locks: list[str] = []
    numbers = itertools.count(1)

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            method = request.split(b" ", 1)[0].decode()
            if method == "LOCK":
                number = next(numbers)
                owner = request.partition(b"<D:owner>")[2].partition(b"</D:owner>")[0].decode()
                token = TOKEN if number > 1 else "urn:x:first"
                if number > 1 or makes:
                    locks.append(active_lock(token, owner=owner, scope="shared"))
                busy = response(status, b"", "Retry-After: 1")
                conversation.say(busy if number == 1 else granted(token, owner=owner, scope="shared"))
            elif method == "UNLOCK":
                token = (field(request, "Lock-Token") or "")[1:-1]
                locks[:] = [lock for lock in locks if token not in lock]
                conversation.say(response("204 No Content"))
            elif method == "OPTIONS":
                conversation.say(OPTIONS)
            else:
                visible = "".join((*others, *(locks if shows() else ())))
                fields = (f"Server: {product}",) if product else ()
                conversation.say(multistatus(element(locks=visible, more="<D:resourcetype/>"), fields=fields))

    return play, locks


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("davlock.cli.session.pause", lambda seconds: None)
    monkeypatch.setattr("davlock.cli.late_lock.pause", lambda seconds: None)


@pytest.mark.parametrize("status", REFUSALS)
def test_a_lock_that_was_made_in_spite_of_the_refusal_is_not_taken_twice(serve: Serve, status: str) -> None:
    play, locks = lying(status, makes=True)
    server = serve(play)
    done = run("lock", "--scope", "shared", "--retry-budget", "5s", f"{server.url}/a.txt")
    assert methods(server.requests).count("LOCK") == 1
    assert locks == []
    assert done.code == ExitStatus.THROTTLED
    assert "LOCK is not sent again" in done.err


SHOWN = active_lock("urn:x:bob", owner="bob", scope="shared")
NEPHELE = "nephele/1.0.0"
"""A product that is known, by its name alone, to show its locks."""


@pytest.mark.parametrize(("others", "product"), [((SHOWN,), ""), ((), NEPHELE)], ids=["another lock", "the product"])
def test_a_lock_is_taken_after_429_where_the_server_is_known_to_show_its_locks(
    serve: Serve, others: tuple[str, ...], product: str
) -> None:
    play, locks = lying("429 Too Many Requests", makes=False, others=others, product=product)
    server = serve(play)
    done = run("lock", "--scope", "shared", "--retry-budget", "5s", f"{server.url}/a.txt")
    assert (done.code, methods(server.requests).count("LOCK"), len(locks)) == (0, 2, 1), done


@pytest.mark.parametrize("status", REFUSALS)
@pytest.mark.parametrize("scope", ["exclusive", "shared"])
@pytest.mark.parametrize(
    ("command", "more", "code"),
    [
        (("lock", "--retry-budget", "5s"), (), ExitStatus.THROTTLED),
        (("lock", "--wait", "5s"), (), ExitStatus.THROTTLED),
        (("wait", "--then", "lock", "-w", "5s"), (), ExitStatus.THROTTLED),
        (("run", "--wait", "5s"), ("--", "true"), ExitStatus.RUN_FAILED),
    ],
    ids=["retry budget", "lock --wait", "wait --then lock", "run --wait"],
)
def test_no_second_lock_is_made_where_an_empty_lockdiscovery_proves_nothing(
    serve: Serve, status: str, scope: str, command: tuple[str, ...], more: tuple[str, ...], code: ExitStatus
) -> None:
    """The lock that may exist is named, and the ledger remembers it."""
    play, locks = lying(status, makes=True, shows=lambda: False)
    server = serve(play)
    url = f"{server.url}/a.txt"
    done = run(*command, "--scope", scope, "-u", "bob:x", "-k", url, *more)
    assert (done.code, methods(server.requests).count("LOCK"), len(locks)) == (code, 1, 1), done
    assert f"to check: davlock locks -u bob -k {url}; to release it: davlock ledger recover -u bob -k {url}" in done.err
    assert "intended" in run("ledger", "list").out


@pytest.mark.parametrize("shows", [False, True])
def test_a_lock_that_shows_late_is_recovered(serve: Serve, shows: bool) -> None:
    """Until it shows, what to type is told."""
    late: list[bool] = []
    play, locks = lying("503 Busy", makes=True, shows=lambda: bool(late))
    url = f"{serve(play).url}/a.txt"
    assert run_process("lock", "--retry-budget", "5s", "--scope", "shared", url).code == ExitStatus.THROTTLED
    late += [True] * shows
    recovered = run("ledger", "recover", url)
    said = recovered.out + recovered.err
    assert ("davlock ledger forget" in said) is not shows, said
    assert len(locks) == 1 - shows


@pytest.mark.parametrize("kind", ["apache", "wsgidav"])
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("passes", [True, False])
def test_a_gateway_in_front_of_a_real_server_is_not_believed(
    server_for: ServerFor, folder: Callable[[Server], str], kind: str, status: int, passes: bool
) -> None:
    """It refuses the first LOCK: before the server sees it, or after the server has made the lock.

    Apache can be told to hide its locks, so nothing that it shows proves that no lock was made.
    """
    server = server_for(kind)
    above = folder(server)
    (server.path(above) / "a.txt").write_text("content")
    refused: list[str] = []

    def refuse(passing: Passing) -> None:
        if passing.method == "LOCK" and not refused:
            refused.append(passing.path)
            passing.status, passing.reason, passing.body = status, "Busy", b""
            passing.headers = [("Retry-After", "1")]

    with proxy(server.url, before=untouched if passes else refuse, after=refuse if passes else untouched) as front:
        url = f"{front.rstrip('/')}{above.removeprefix(server.url.rstrip('/'))}a.txt"
        done = run("lock", "--scope", "shared", "--retry-budget", "5s", url)
    locks = run("locks", "--json", f"{above}a.txt").result["locks"]
    again = status == 429 and kind == "wsgidav" and not passes
    assert (done.code, len(locks or ())) == ((0, 1) if again else (ExitStatus.THROTTLED, 0)), done


@pytest.mark.parametrize("status", REFUSALS)
def test_a_file_is_not_written_twice(serve: Serve, status: str) -> None:
    """429 is said before anybody works on the request, 503 possibly afterwards."""

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            if request.startswith(b"PUT") and methods(server.requests).count("PUT") == 1:
                conversation.say(response(status, b"", "Retry-After: 1"))
            elif request.startswith(b"PUT"):
                conversation.say(response("204 No Content"))
            else:
                conversation.say(OPTIONS if request.startswith(b"OPTIONS") else multistatus(element()))

    server = serve(play)
    done = run("put", "-", f"{server.url}/a.txt", "--retry-budget", "5s", stdin=b"content")
    assert (done.code, methods(server.requests).count("PUT")) == ((0, 2) if status.startswith("429") else (8, 1))
