"""What a proxy does to the commands: a header that it drops is blamed on it, and a throttle is no lock."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests.cli.answers import by_method
from tests.cli.command import run
from tests.cli.conftest import MakeFile
from tests.conftest import ServerFor
from tests.servers import Server
from tests.servers.proxy import Passing, proxy, without
from tests.transport.scripted import ScriptedServer, response

Serve = Callable[..., ScriptedServer]

SHOWS_LOCKS = ("wsgidav", "apache", "lighttpd", "nginx")


@pytest.mark.parametrize("kind", SHOWS_LOCKS)
def test_a_proxy_that_drops_if(server_for: ServerFor, make_file: MakeFile, kind: str) -> None:
    """The lock is ours and so is its token: nobody is told that it is another user's, or to release it."""
    server = server_for(kind)
    url = make_file(server, "a.txt")
    token = run("lock", "-q", "--timeout", "60", url).out.strip()
    with proxy(server.url, before=without("If")) as address:
        seen = url.replace(server.url, address)
        for done in (
            run("put", "--json", "-", seen, "--token", token, stdin=b"new\n"),
            run("refresh", "--json", seen, "--token", token),
        ):
            assert (done.code, done.ids[0]) == (1, "proxy-header-dropped"), done
            assert "403-unlock-not-owner" not in done.ids
            assert [remedy["who"] for remedy in done.result["findings"][0]["remedies"]] == ["server-admin"]
    assert run("put", "-", url, "--token", token, stdin=b"new\n").code == 0


def test_a_lock_taken_through_it_is_not_lost(server_for: ServerFor, make_file: MakeFile) -> None:
    """rclone shows no locks. A second LOCK is refused, so the lock is there; a write finds out that If gets lost."""
    server = server_for("rclone")
    url = make_file(server, "a.txt")
    with proxy(server.url, before=without("If")) as address:
        done = run("lock", "--json", url.replace(server.url, address))
        written = run("put", "--json", "-", url.replace(server.url, address), stdin=b"new\n")
    assert done.code == 0
    assert (written.code, written.ids[0]) == (1, "proxy-header-dropped")
    (lock,) = done.result["locks"]
    assert lock["mine"] is True
    assert run("unlock", url, "--token", lock["token"]).code == 0


def _in(seconds: int) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


THROTTLED: dict[str, tuple[Callable[[], tuple[str, ...]], str, float | None]] = {
    "seconds": (lambda: ("Retry-After: 17",), "429-retry-after", 17),
    "a date": (lambda: (f"Date: {_in(0)}", f"Retry-After: {_in(90)}"), "429-retry-after", 90),
    "a date that is over": (lambda: (f"Date: {_in(0)}", f"Retry-After: {_in(-900)}"), "429-retry-after", 0),
    "twice": (lambda: ("Retry-After: 5", "Retry-After: 60"), "429-retry-after", 60),
    "RateLimit-Reset": (lambda: ("RateLimit-Remaining: 0", "RateLimit-Reset: 33"), "429-retry-after", 33),
    "RateLimit": (lambda: ('RateLimit: "default";r=0;t=44',), "429-retry-after", 44),
    "an epoch": (
        lambda: (f"Date: {_in(0)}", f"X-RateLimit-Reset: {int(datetime.now(UTC).timestamp()) + 120}"),
        "429-retry-after",
        120,
    ),
    "nothing": (lambda: (), "429-no-retry-after", 60),
    "less than nothing": (lambda: ("Retry-After: -5",), "429-no-retry-after", 60),
    "a word": (lambda: ("Retry-After: soon",), "429-no-retry-after", 60),
    "for ever": (lambda: ("Retry-After: 99999999999999999999",), "429-no-retry-after", 60),
}


@pytest.mark.parametrize("form", THROTTLED)
@pytest.mark.parametrize("command", ["diagnose", "locks", "put"])
def test_throttled(serve: Serve, form: str, command: str) -> None:
    """In each form in which a server says when to come back, or does not."""
    fields, finding, seconds = THROTTLED[form]
    busy = response("429 Too Many Requests", b"", *fields())
    server = serve(by_method({}, default=busy))
    arguments = ("put", "-") if command == "put" else (command,)
    done = run(*arguments, f"{server.url}/a.txt", "--json", stdin=b"new\n")
    assert (done.code, done.ids) == (8, [finding])
    (found,) = done.result["findings"]
    assert found["retry"]["verdict"] == "after-wait"
    assert found["retry"]["after_seconds"] == pytest.approx(seconds, abs=2)
    assert "lock" not in " ".join(remedy["title"] for remedy in found["remedies"])


@pytest.mark.parametrize("kind", SHOWS_LOCKS)
def test_a_lock_two_levels_up(server_for: ServerFor, folder: Callable[[Server], str], kind: str) -> None:
    """Its root is found, also where the server names none (Apache); the command that releases it is for that root."""
    server = server_for(kind)
    above = folder(server)
    deep = server.path(above) / "b" / "c"
    deep.mkdir(parents=True)
    (deep / "a.txt").write_bytes(b"first\n")
    token = run("lock", "-q", "--no-ledger", "--timeout", "60", "--depth", "infinity", above).out.strip()
    done = run("diagnose", "--json", f"{above}b/c/a.txt")
    assert (done.code, done.ids[0]) == (1, "423-ancestor-lock")
    (lock,) = done.result["locks"]
    assert (lock["lockroot"], lock["direct"], lock["token"]) == (above, False, token)
    commands = [remedy["command"] for remedy in done.result["findings"][0]["remedies"] if remedy["command"]]
    assert commands.pop() == ["davlock", "unlock", "--steal", above]
    waits = [(command[:3], command[-1]) for command in commands]
    target = f"{above}b/c/a.txt"
    offered = (
        [] if kind == "lighttpd" else [(["davlock", "wait", "-w"], target), (["davlock", "watch", target], target)]
    )
    assert waits == offered, "a limit is named where the server shows how long the lock lasts"
    assert run("unlock", above, "--token", token).code == 0


@pytest.mark.parametrize("answered", [0, 503])
def test_an_unlock_that_is_not_read_back(server_for: ServerFor, make_file: MakeFile, answered: int) -> None:
    """The server shows its locks: that got no answer, or a fault, says nothing else of it."""
    server = server_for("wsgidav")
    url = make_file(server, "a.txt")
    token = run("lock", "-q", "--timeout", "60", url).out.strip()
    seen: list[str] = []

    def before(passing: Passing) -> None:
        if passing.method == "PROPFIND" and "UNLOCK" in seen:
            passing.status, passing.lost = answered, not answered
        seen.append(passing.method)

    with proxy(server.url, before=before) as address:
        done = run("unlock", "--json", url.replace(server.url, address), "--token", token)
    why = " · ".join(one["why"] for one in done.result["skipped"])
    assert "does not show" not in why, done
    assert ("the server answered 503" if answered else "got no answer") in why, done
    assert run("locks", "--json", url).result["locks"] == []
