"""A server that wants a login when none was given: who is asked, how often, and what is sent and printed then."""

import base64
import os
import pty
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import httpx
import pytest

from davlock.cli.activity import Activity
from davlock.errors import NoResponse, NoResponseKind, Terminated
from davlock.protocol.message import Exchange, Request
from tests.cli.answers import OPTIONS, active_lock, element, multistatus
from tests.cli.command import clean_environment, run
from tests.cli.conftest import MakeFile
from tests.conftest import ServerFor
from tests.saying import Say, Saying

BASIC = ('WWW-Authenticate: Basic realm="Team"',)
HIDE_CURSOR, SHOW_CURSOR = b"\x1b[?25l", b"\x1b[?25h"
DIGEST = ('WWW-Authenticate: Digest realm="Team", nonce="n", qop="auth"',)


class Terminal:
    """Answers the questions in their order, and keeps them; a question too many fails the test."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.questions: list[str] = []

    def prompt(self, text: str, **settings: object) -> str:
        self.questions.append(text)
        answer = self.answers.pop(0)
        ends = {"\x04": EOFError(), "SIGTERM": Terminated(signal.SIGTERM), "\x03": KeyboardInterrupt()}
        if answer in ends:
            try:
                raise ends[answer]
            except (EOFError, KeyboardInterrupt):
                raise click.Abort from None  # as click does
        return answer


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Terminal]]:
    """``terminal("bob", "password")``: somebody who answers."""
    made: list[Terminal] = []

    def make(*answers: str) -> Terminal:
        made.append(Terminal(*answers))
        for module in ("login_prompt", "password_sources"):
            monkeypatch.setattr(f"davlock.cli.{module}.may_ask", lambda shared: "")
        monkeypatch.setattr("click.prompt", made[-1].prompt)
        return made[-1]

    yield make
    for one in made:
        assert one.answers == []


def guarded(say: Say, *offers: str, login: str = "bob:s3cret-pw") -> Saying:
    """A server that answers 401 with ``offers`` to every request without ``login``."""
    wanted = f"Basic {base64.b64encode(login.encode()).decode()}"
    free = {"PROPFIND": multistatus(element(locks=active_lock())), "OPTIONS": OPTIONS}

    def answer(request: httpx.Request) -> bytes:
        given = request.headers.get("Authorization", "")
        if given == wanted or given.startswith('Digest username="bob"'):
            return free.get(request.method, b"HTTP/1.1 204 No Content\r\n\r\n")
        return b"HTTP/1.1 401 Unauthorized\r\n" + "".join(f"{offer}\r\n" for offer in offers).encode() + b"\r\n"

    return say(answer)


def logins(server: Saying) -> list[str]:
    """The Authorization of each request, without its secrets; empty if it had none."""
    given = [re.search(rb"(?im)^authorization: (\w+)", request) for request in server.requests]
    return [match[1].decode() if match else "" for match in given]


@pytest.mark.parametrize(
    ("offers", "realm", "sent"),
    [
        (BASIC, " (realm “Team”)", "Basic"),
        (DIGEST, " (realm “Team”)", "Digest"),
        ((*BASIC, *DIGEST), " (realm “Team”)", "Digest"),
        (("WWW-Authenticate: Negotiate, Basic",), "", "Basic"),
        (('WWW-Authenticate: Basic realm="\x1b[2J\u202e"',), " (realm “\\x1b[2J\\u202e”)", "Basic"),
        ((f'WWW-Authenticate: Basic realm="{"r" * 70}"',), f" (realm “{'r' * 60}…”)", "Basic"),
    ],
    ids=["basic", "digest", "both", "no realm", "hostile realm", "long realm"],
)
def test_the_user_and_the_password_are_asked_for(
    say: Say, terminal: Callable[..., Terminal], offers: tuple[str, ...], realm: str, sent: str
) -> None:
    server, asked = guarded(say, *offers), terminal("bob", "s3cret-pw")
    done = run("locks", "--allow-insecure-auth", f"{server.url}/a.txt", f"{server.url}/b.txt")
    assert done.code == 0, done.err
    assert asked.questions == [f"User for dav.example{realm}", "Password for bob"]
    assert logins(server)[0] == ""
    assert set(logins(server)) == {"", sent}


@pytest.mark.parametrize(
    ("arguments", "env", "offers"),
    [
        ((), {}, ("WWW-Authenticate: Negotiate",)),
        ((), {}, ("WWW-Authenticate: Bearer",)),
        ((), {}, ("WWW-Authenticate: Digest realm=x",)),
        ((), {}, ()),
        (("--digest",), {}, BASIC),
        (("--oauth2-bearer", "token"), {}, BASIC),
        (("-u", "bob:wrong"), {}, BASIC),
        (("-H", "Authorization: Basic x"), {}, BASIC),
    ],
)
def test_a_question_that_would_not_help_is_not_asked(
    say: Say,
    terminal: Callable[..., Terminal],
    arguments: tuple[str, ...],
    env: dict[str, str],
    offers: tuple[str, ...],
) -> None:
    server, asked = guarded(say, *offers), terminal()
    assert run("locks", "--allow-insecure-auth", *arguments, f"{server.url}/a.txt", env=env).code != 0
    assert asked.questions == []


def test_nobody_is_asked_where_no_question_may_be_asked(say: Say) -> None:
    server = guarded(say, *BASIC)
    done = run("locks", f"{server.url}/a.txt")
    assert "The server wants a login (it offers Basic; none was sent)" in done.err
    assert set(logins(server)) == {""}


def test_a_wrong_password_is_not_asked_for_again(say: Say, terminal: Callable[..., Terminal]) -> None:
    server, asked = guarded(say, *BASIC), terminal("bob", "wrong-s3cret")
    done = run("diagnose", "--allow-insecure-auth", f"{server.url}/a.txt", "--json")
    assert len(asked.questions) == 2
    finding = next(item for item in done.result["findings"] if item["id"] == "401-not-authenticated")
    assert finding["headline"] == "The server did not accept the password of bob (it offers Basic; Basic was sent)"
    assert finding["remedies"][0]["command"][:4] == ["davlock", "diagnose", "-u", "bob"]
    assert "wrong-s3cret" not in done.out + done.err


@pytest.mark.parametrize("offers", [BASIC, DIGEST], ids=["basic", "digest"])
@pytest.mark.parametrize("words", [(), ("-u", "eve:wrong"), ("-H", "Authorization: Basic d3Jvbmc=")])
def test_a_refused_login_is_not_sent_again(
    say: Say, terminal: Callable[..., Terminal], words: tuple[str, ...], offers: tuple[str, ...]
) -> None:
    """A server may lock the account after a few wrong passwords."""
    server = guarded(say, *offers)
    terminal(*(() if words else ("eve", "wrong")))
    done = run("diagnose", "--json", "--allow-insecure-auth", *words, *(f"{server.url}/{name}" for name in "abc"))
    assert done.code == 4
    assert [[finding["id"] for finding in result["findings"]][:1] for result in done.json["results"]] == [
        ["401-not-authenticated"]
    ] * 3
    assert len([login for login in logins(server) if login]) == 1
    assert done.err.count("refused this login, so davlock does not send it there again") == 1


def test_a_login_that_was_accepted_goes_on(say: Say) -> None:
    """Some servers answer 401 where 403 is meant."""
    free = multistatus(element(locks=active_lock()))
    server = say(lambda request: _refused() if request.url.path in ("/b", "/c") else free)
    done = run("locks", "--allow-insecure-auth", "--basic", "-u", "bob:x", *(f"{server.url}/{name}" for name in "abcd"))
    assert done.code == 7
    assert [request.split()[1] for request in server.requests] == [b"/a", b"/b", b"/c", b"/d"]


@pytest.mark.parametrize("answer", ["", "\x04"], ids=["empty", "Ctrl-D"])
def test_who_gives_no_name_is_not_asked_again(say: Say, terminal: Callable[..., Terminal], answer: str) -> None:
    server, asked = guarded(say, *BASIC), terminal(answer)
    done = run("locks", f"{server.url}/a.txt", f"{server.url}/b.txt")
    assert len(asked.questions) == 1
    assert "none was sent" in done.err
    assert set(logins(server)) == {""}


def test_printed_commands_and_warnings_know_who_was_asked(say: Say, terminal: Callable[..., Terminal]) -> None:
    server, asked = guarded(say, *BASIC), terminal("bob")
    done = run("diagnose", "-v", f"{server.url}/a.txt", env={"DAVLOCK_PASSWORD": "s3cret-pw"}, tty=True)
    assert done.code == 1, done.err
    assert asked.questions == ["User for dav.example (realm “Team”)"]
    assert "-u bob" in done.out
    assert "warning: the password of bob goes to http://dav.example unencrypted" in done.err
    assert "401 Unauthorized" in done.err
    assert "s3cret-pw" not in done.out + done.err


def test_another_host_learns_nothing(say: Say, terminal: Callable[..., Terminal]) -> None:
    """The first server sends davlock on to another, which asks for a login."""
    other = guarded(say, *BASIC)
    terminal()
    server = say({}, b"HTTP/1.1 302 Found\r\nLocation: " + f"{other.url}/a.txt".encode() + b"\r\n\r\n")
    run("diagnose", f"{server.url}/a.txt")
    assert set(logins(other)) <= {""}


@pytest.mark.parametrize(
    ("words", "answers", "code"),
    [
        ((), ("SIGTERM",), 143),
        ((), ("bob", "SIGTERM"), 143),
        ((), ("bob", "\x03"), 130),
        ((), ("bob", "\x04"), 4),
        (("-u", "bob"), ("SIGTERM",), 143),
        (("-u", "bob"), ("\x03",), 130),
        (("-u", "bob"), ("\x04",), 2),
    ],
)
@pytest.mark.parametrize("command", ["diagnose", "watch"])
def test_what_ends_a_question(
    say: Say,
    terminal: Callable[..., Terminal],
    command: str,
    words: tuple[str, ...],
    answers: tuple[str, ...],
    code: int,
) -> None:
    server = guarded(say, *BASIC)
    terminal(*answers)
    assert run(command, *words, f"{server.url}/a.txt").code == code


@pytest.mark.parametrize("words", [(), ("-u", "bob")])
def test_the_time_at_the_question_is_not_the_servers(
    say: Say, terminal: Callable[..., Terminal], monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    server = guarded(say, *BASIC)
    asked = terminal(*(("s3cret-pw",) if words else ("bob", "s3cret-pw")))
    passed, clock = [0.0], time.monotonic

    def slowly(text: str, **settings: object) -> str:
        passed[0] += 1000
        return asked.prompt(text)

    monkeypatch.setattr("time.monotonic", lambda: clock() + passed[0])
    monkeypatch.setattr("click.prompt", slowly)
    done = run("locks", "--deadline", "500s", "--allow-insecure-auth", *words, f"{server.url}/a.txt")
    assert (done.code, done.err) == (0, "")


def test_the_progress_line_does_not_count_the_time_at_the_question(monkeypatch: pytest.MonkeyPatch) -> None:
    activity, passed, lines = Activity(), [0.0], []
    monkeypatch.setattr("time.monotonic", lambda: passed[0])

    def send(request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        passed[0] += 1000
        activity.pass_over(1000)
        lines.append(activity.words())
        return Exchange(request=request, outcome=NoResponse(NoResponseKind.TIMEOUT, request.url, "no answer"))

    activity.observed(send)(Request(method="PROPFIND", url="http://h/a.txt"))
    assert lines == ["PROPFIND a.txt: waiting for the server"]


# -- a real server and a real terminal


def at_a_terminal(*arguments: str, answers: dict[bytes, bytes]) -> tuple[int, bytes]:
    """davlock with a terminal as its streams; each answer is typed after its question. The status and the screen."""
    control, terminal = pty.openpty()
    command = [sys.executable, "-m", "davlock", *arguments]
    process = subprocess.Popen(
        command, stdin=terminal, stdout=terminal, stderr=terminal, env=clean_environment(), start_new_session=True
    )
    os.close(terminal)
    waiting, seen, end = dict(answers), b"", time.monotonic() + 30
    while time.monotonic() < end:
        try:
            piece = os.read(control, 4096)
        except OSError:  # Linux says so that the other end is closed
            break
        seen += piece
        for question in [question for question in waiting if question in seen]:
            os.write(control, waiting.pop(question))
    os.close(control)
    return process.wait(60), seen


@pytest.mark.parametrize("auth", ["writes", "digest"])
def test_a_file_is_sent_again_with_the_login(
    server_for: ServerFor, make_file: MakeFile, tmp_path: Path, auth: str
) -> None:
    url = make_file(server_for("apache", auth=auth), "f.txt")
    (tmp_path / "new").write_bytes(b"0123456789" * 50_000)
    code, seen = at_a_terminal(
        *("put", "--no-ledger", str(tmp_path / "new"), url),
        answers={b"User for 127.0.0.1:": b"bob\n", b"Password for bob: ": b"bob\n"},
    )
    assert code == 0, seen
    assert httpx.get(url, auth=httpx.DigestAuth("bob", "bob") if auth == "digest" else None).content == (
        b"0123456789" * 50_000
    )


def test_the_ledger_keeps_a_lock_under_the_login_that_was_asked_for(
    server_for: ServerFor, make_file: MakeFile, terminal: Callable[..., Terminal], tmp_path: Path
) -> None:
    """Here the server wants the login only for the LOCK itself."""
    url = make_file(server_for("apache", auth="writes"), "f.txt")
    terminal("alice", "alice")
    env = {"XDG_STATE_HOME": str(tmp_path)}
    assert run("lock", url, env=env).code == 0
    assert run("unlock", "-u", "alice:alice", url, env=env).code == 0


def test_a_bundle_does_not_have_the_password_that_was_asked_for(
    say: Say, terminal: Callable[..., Terminal], tmp_path: Path
) -> None:
    """Not even if the server repeats it."""
    terminal("bob", "s3cret-pw")
    server = say({"PROPFIND": [_refused(), multistatus(element(locks=active_lock(owner="bob:s3cret-pw")))]})
    bundle = tmp_path / "bundle.zip"
    done = run("diagnose", "--why", "--allow-insecure-auth", "--bundle", str(bundle), f"{server.url}/a.txt", tty=True)
    assert len(server.requests) > 1
    assert "s3cret-pw" not in done.out + done.err
    with zipfile.ZipFile(bundle) as content:
        assert all(b"s3cret-pw" not in content.read(name) for name in content.namelist())


def _refused() -> bytes:
    return f"HTTP/1.1 401 Unauthorized\r\n{BASIC[0]}\r\n\r\n".encode()


def test_a_live_table_leaves_room_for_the_question(server_for: ServerFor, make_file: MakeFile) -> None:
    url = make_file(server_for("apache", auth="basic"), "f.txt")
    code, seen = at_a_terminal(
        *("watch", "--no-ledger", "--for", "0.1s", url),
        answers={b"User for 127.0.0.1:": b"bob\n", b"Password for bob: ": b"bob\n"},
    )
    assert code == 0, seen
    assert seen.index(b"Password for bob: ") < seen.index(b"no lock is shown")
    before, _, asked = seen.partition(b"User for 127.0.0.1:")
    assert before.rindex(SHOW_CURSOR) > before.rindex(HIDE_CURSOR)
    assert b"\x1b" not in asked.partition(b"Password for bob: ")[0]
