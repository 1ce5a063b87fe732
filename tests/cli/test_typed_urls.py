"""What is said of a target that is no URL, which commands go on with it, and what they print."""

import re
import shlex
from urllib.parse import urlsplit

import pytest

from davlock.cli.typed_urls import checked_url
from tests.cli.answers import OPTIONS, active_lock, element, multistatus
from tests.cli.command import run
from tests.cli.conftest import MakeFile
from tests.conftest import ServerFor
from tests.saying import Say

FREE = {"PROPFIND": multistatus(element()), "OPTIONS": OPTIONS}
LOCKED = {"PROPFIND": multistatus(element(locks=active_lock())), "OPTIONS": OPTIONS}
CLOUD = "https://dav.example/index.php/apps/files/?dir=/Team"


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("dav://dav.example/a.txt", "understood as http://dav.example/a.txt (dav:// means http://)"),
        (r"\\dav.example@SSL\DavWWWRoot\a.txt", "understood as https://dav.example/a.txt (a Windows path)"),
        (
            "ms-word:ofe|u|http://dav.example/a.txt",
            "understood as http://dav.example/a.txt (the address in a link of an office program)",
        ),
        (
            "dav.example/a.txt",
            "understood as https://dav.example/a.txt (you typed no scheme; write http:// if you mean that)",
        ),
    ],
)
def test_what_was_understood_is_said_in_one_line(say: Say, typed: str, line: str) -> None:
    server = say(FREE)
    done = run("diagnose", "--json", typed)
    assert done.code == 0
    assert done.err.splitlines()[0] == f"davlock: {line}"
    assert done.result["target"] == line.split()[2]
    assert server.requests


def test_it_is_said_once_for_each_target_and_not_with_quiet(say: Say) -> None:
    say(FREE)
    done = run("locks", "dav://dav.example/a", "dav://dav.example/a", "-", stdin=b"dav://dav.example/b\n")
    assert [line for line in done.err.splitlines() if "understood" in line] == [
        "davlock: understood as http://dav.example/a (dav:// means http://)",
        "davlock: understood as http://dav.example/b (dav:// means http://)",
    ]
    assert run("locks", "--quiet", "dav://dav.example/a.txt").err == ""


WRITE = (
    ("lock",),
    ("unlock", "--token", "urn:a"),
    ("refresh", "--token", "urn:a"),
    ("put", "/dev/null"),
    ("cleanup", "--all", "--yes"),
    ("check",),
    ("check", "--clean-up"),
    ("diagnose", "--attempt", "lock"),
    ("wait", "--then", "lock"),
    ("diagnose", "http://dav.example/", "--scratch"),
    ("ledger", "recover"),
)


@pytest.mark.parametrize("command", [*WRITE, ("run",)], ids=" ".join)
@pytest.mark.parametrize(("typed", "url"), [("dav.example/T", "/T"), (CLOUD, "/remote.php/dav/files/alice/Team")])
def test_a_command_that_writes_does_not_guess(say: Say, command: tuple[str, ...], typed: str, url: str) -> None:
    server = say(FREE)
    child = ("--", "true") if command == ("run",) else ()
    done = run(*command, typed, "-u", "alice:alice", *child)
    assert (done.code, server.requests) == (2, [])
    assert "davlock changes something only at a URL that is certain" in done.err
    assert done.err.endswith(f"write https://dav.example{url}\n")


@pytest.mark.parametrize("command", [*WRITE, ("run",)], ids=" ".join)
def test_a_command_that_writes_takes_no_dots(say: Say, command: tuple[str, ...]) -> None:
    """curl asks for /T there, and servers differ: what is sent and what may be changed must be one place."""
    server = say(FREE)
    child = ("--", "true") if command == ("run",) else ()
    for typed in ("http://u@dav.example/x/../T", "dav://dav.example/%2e%2e/T", r"\\dav.example@80\..\T"):
        done = run(*command, typed, *child)
        assert (done.code, server.requests) == (2, []), typed
        assert re.search(r"; write http://dav\.example(:80)?/T\n$", done.err), done.err


@pytest.mark.parametrize(
    "command",
    [("diagnose",), ("locks",), ("propfind",), ("wait", "-w", "1s"), ("cleanup", "--all"), ("check", "--read-only")],
    ids=" ".join,
)
def test_a_command_that_reads_goes_on_with_a_guess(say: Say, command: tuple[str, ...]) -> None:
    server = say(FREE)
    done = run(*command, CLOUD, "-u", "alice:alice")
    assert "understood as https://dav.example/remote.php/dav/files/alice/Team (" in done.err
    assert b" /remote.php/dav/files/alice/Team" in server.requests[0]


def test_scratch_may_be_beside_a_guess(say: Say) -> None:
    """Only the scratch collection is written to."""
    say(FREE)
    done = run("diagnose", "dav.example/T", "--scratch", "https://dav.example/s/")
    assert "certain" not in done.err
    assert done.code != 2


def test_printed_commands_have_the_url_and_the_login(say: Say) -> None:
    say(LOCKED)
    done = run("diagnose", "--color", "never", "dav://alice:secret@dav.example/a.txt", tty=True)
    line = next(line for line in done.out.splitlines() if "davlock wait" in line)
    words = shlex.split(line.partition("davlock")[2])
    assert words[-1] == "http://dav.example/a.txt"
    assert words[words.index("-u") + 1] == "alice"
    assert "secret" not in done.out + done.err


def test_put_prints_the_url(say: Say) -> None:
    say({**LOCKED, "PUT": b"HTTP/1.1 423 Locked\r\nContent-Length: 0\r\n\r\n"})
    done = run("put", "/dev/null", r"\\dav.example@80\DavWWWRoot\a.txt", tty=True)
    assert "davlock put /dev/null http://dav.example:80/a.txt" in " ".join(done.out.split())


def test_the_user_of_a_mount_is_the_login_unless_one_is_typed(say: Say) -> None:
    server = say(FREE)
    mount = "/run/user/1000/gvfs/dav:host=dav.example,ssl=true,user=alice/a.txt"
    assert run("locks", mount, env={"DAVLOCK_PASSWORD": "alice"}).code == 0
    asked = len(server.requests)
    assert run("locks", mount, "-u", "bob:bob").code == 0
    assert run("locks", mount, "--oauth2-bearer", "t0ken").code == 0
    assert len(server.requests) > asked
    alone = run("diagnose", mount, "--no-input").err
    assert "understood as https://dav.example/a.txt (in a folder of gvfs; the login is alice)" in alone
    assert "there is no password for alice" in alone


@pytest.mark.parametrize(
    "typed",
    [
        "davs://alice:sec/ret@dav.example/a",
        "alice:sec/ret@dav.example/a",
        "https:alice:sec#ret@dav.example/a",
        "nc://open/alice:secret@[/a",
        "dav.example/\u202ea#secret",
    ],
)
def test_hostile_targets_are_refused_in_one_harmless_line(typed: str) -> None:
    done = run("diagnose", typed)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "sec" not in done.err
    assert "\u202e" not in done.err


@pytest.mark.parametrize(
    "typed",
    ["http://alice:h@ush/hush@127.0.0.1:9/", "http://alice:1234/hush@127.0.0.1:9/", "dav://alice:hu#sh@dav.example/"],
)
def test_the_rest_of_a_password_is_no_path(say: Say, typed: str) -> None:
    server = say(FREE)
    for words in (["locks"], ["locks", "dav://bob@dav.example/"], ["put", "/dev/null"], ["config", "explain"], []):
        done = run(*words, typed)
        assert (done.code, done.out, done.err.count("\n"), server.requests) == (2, "", 1, [])
        assert "looks like a password" in done.err
        assert done.err.endswith(", or use -u alice\n")
        assert not re.search("h@?ush|1234|sh@", done.err)


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("http://[fe80::1%eth0]:8080/a", "http://[fe80::1%25eth0]:8080/a"),
        ("http://[fe80::1%25eth0]/a", "http://[fe80::1%25eth0]/a"),
        ("http://[fe80::1%25]/a", "http://[fe80::1%2525]/a"),
        ("http://[fe80::1]/a%eth0]", "http://[fe80::1]/a%eth0]"),
    ],
)
def test_a_zone_has_one_spelling(typed: str, url: str) -> None:
    assert checked_url(typed).replace("%5D", "]") == url


def test_a_million_characters_are_refused() -> None:
    assert run("diagnose", "\\" * 1_000_000).code == 2


def test_file_manager_urls_and_bare_hosts_on_real_servers(server_for: ServerFor, make_file: MakeFile) -> None:
    """A lock is taken by a file manager's URL, and seen where the scheme was left out."""
    for kind in ("apache", "wsgidav"):
        server = server_for(kind, "basic")
        url = make_file(server, "a b.txt")
        bare = urlsplit(url).netloc + urlsplit(url).path
        locked = run("lock", f"dav://alice:alice@{bare}", "--json")
        assert locked.code == 0, locked
        seen = run("locks", "-u", "bob:bob", bare.replace("127.0.0.1", "localhost"), "--json")
        assert (seen.code, len(seen.result["locks"])) == (0, 1)
        assert "understood as http://localhost:" in seen.err
        unc = "\\\\" + bare.replace(":", "@").replace("/", "\\").replace("%20", " ")
        assert run("refresh", "-u", "alice:alice", unc).code == 0
        assert run("unlock", "-u", "alice:alice", f"webdav://{bare}").code == 0
