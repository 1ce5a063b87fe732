"""Commands that davlock prints are run as they are printed, and reach the server and its login again."""

import re
import shlex
from collections.abc import Callable

import pytest

from tests.cli.answers import OPTIONS, active_lock, element, multistatus
from tests.cli.command import run
from tests.conftest import ServerFor
from tests.saying import Say
from tests.transport.scripted import response

ALICE = ("-u", "alice:alice")
PASSWORD = {"DAVLOCK_PASSWORD": "bob"}
SHOWING = ("wsgidav", "apache", "lighttpd", "nginx")
UNREACHED = {4, 5}
"""Exit statuses of a command whose login was refused, or that met no server."""


def situations(where: str) -> dict[str, tuple[str, ...]]:
    """Makes what can stand in the way below ``where``; for each case, the command that meets it."""
    for name in ("a.txt", "d/m.txt"):
        assert run("lock", f"{where}{name}", *ALICE, "--no-ledger", "--owner", "alice").code == 0
    return {
        "a locked file": ("diagnose", f"{where}a.txt"),
        "a folder with a locked member": ("diagnose", f"{where}d/"),
        "a missing folder": ("diagnose", f"{where}no/x.txt"),
        "a slash too many": ("diagnose", f"{where}a.txt/"),
        "a refused lock": ("lock", "--no-ledger", f"{where}a.txt"),
        "a refused upload": ("put", "--no-ledger", __file__, f"{where}a.txt"),
        "a token of nobody": ("unlock", "--no-ledger", f"{where}a.txt", "--token", "urn:uuid:1"),
    }


@pytest.mark.parametrize("kind", SHOWING)
def test_what_is_printed_reaches_the_server_as_the_person_did(
    server_for: ServerFor, folder: Callable[..., str], kind: str
) -> None:
    """By a name that only --resolve knows, and with the password in the environment."""
    server = server_for(kind, auth="basic")
    where = folder(server)
    (server.path(where) / "d").mkdir()
    for name in ("a.txt", "d/m.txt"):
        (server.path(where) / name).write_text("x")
    port = where.split("/")[2].rpartition(":")[2]
    there = where.replace("127.0.0.1", "dav.example")
    reach = ("-u", "bob", "--resolve", f"dav.example:{port}:127.0.0.1")
    ran = []
    for case, (verb, *words) in situations(where).items():
        typed = [word.replace(where, there) for word in words]
        found = run(verb, *reach, "--json", *typed, env=PASSWORD).result["findings"]
        for command in (remedy["command"] for finding in found for remedy in finding["remedies"]):
            if command is None or command[0] != "davlock":
                continue
            assert command[2:4] == ["-u", "THEIR-LOGIN" if "THEIR-LOGIN" in command else "bob"], (case, command)
            again = shlex.split(shlex.join(command))[1:]
            if again[0] in ("put", "unlock", "cleanup", "watch") or "--scratch" in again:
                continue  # it writes with a token of theirs, releases the lock that other cases need, or has no end
            if "-w" in again:
                again[again.index("-w") + 1] = "1s"  # it is locked for longer than a test waits
            done = run(*again, env=PASSWORD)
            assert done.code not in UNREACHED | {2}, (case, command, done)
            ran.append(command)
    assert len(ran) >= 2


@pytest.mark.parametrize("kind", ["apache", "wsgidav"])
def test_what_a_screen_prints_works_as_it_is_pasted(
    server_for: ServerFor, folder: Callable[..., str], kind: str
) -> None:
    """Every line of commands: those of two lines joined by ``&&``, and THEIR-LOGIN filled in."""
    server = server_for(kind, auth="basic")
    url = folder(server) + "a.txt"
    server.path(url).write_text("x")
    lock = ("lock", url, *ALICE, "--no-ledger", "--owner", "Alice Miller")
    assert run(*lock).code == 0
    for typed in (("diagnose", url), ("put", __file__, url), ("lock", url)):
        screen = run(*typed, "-u", "bob", "--no-ledger", env=PASSWORD, tty=True)
        assert screen.code == 1
        ran = list(_pasted(screen.out))
        assert ran
        assert "bob" in ran[0]
        # The holder goes on: what was refused passes, and what would take the lock from them has nothing left to take.
        run("unlock", url, *ALICE, "--no-ledger", "--steal")
        for words in ran:
            if "THEIR-LOGIN" in words:
                assert run(*lock).code == 0
                words = [word.replace("THEIR-LOGIN", "alice:alice") for word in words]
            end = ("--for", "0.1s") if "watch" in words else ()
            assert run(*words, *end, "--no-ledger", env=PASSWORD).code == 0, (typed, words)
        run("unlock", url, "-u", "bob", "--no-ledger", "--steal", env=PASSWORD)
        run(*lock)


def _pasted(screen: str) -> list[list[str]]:
    """The arguments of each davlock command on a screen."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", screen).replace("&&\n", "")
    lines = [line.partition("davlock ")[2] for line in plain.splitlines() if re.search(r"(^| {2,})davlock ", line)]
    return [shlex.split(part) for line in lines for part in line.split(" davlock ")]


@pytest.mark.parametrize("status", ["423 Locked", "401 Unauthorized"])
def test_no_command_takes_a_password_from_a_stdin_that_is_read(say: Say, status: str) -> None:
    """Pasted at a terminal, it asks for the password."""
    server = say({"OPTIONS": OPTIONS, "PROPFIND": multistatus(element(locks=active_lock())), "PUT": response(status)})
    words = ("put", "-u", "alice", "--password-file", "-", __file__, f"{server.url}/a.txt")
    done = run(*words, "--json", stdin=b"hush hush\n")
    commands = [remedy["command"] for finding in done.result["findings"] for remedy in finding["remedies"]]
    assert any(command and command[2:4] == ["-u", "alice"] for command in commands), commands
    assert not [command for command in commands if command and "--password-file" in command]
    assert "stdin" not in done.out
