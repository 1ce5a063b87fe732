"""Where a login comes from: what was typed before the environment, each password read once, and no question in CI."""

import base64
import os
import pty
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.answers import OPTIONS, by_method, element, field, multistatus
from tests.cli.command import clean_environment, run
from tests.cli.conftest import MakeFile
from tests.conftest import ServerFor
from tests.transport.scripted import ScriptedServer

Serve = Callable[..., ScriptedServer]


def free(serve: Serve) -> ScriptedServer:
    return serve(by_method({"PROPFIND": multistatus(element()), "OPTIONS": OPTIONS}))


def logins(server: ScriptedServer) -> list[str | None]:
    """Every login that was sent, in words: ``alice:password``, or the token."""
    sent = [field(request, "Authorization") for request in server.requests]
    return [None if value is None else _plain(value) for value in sent]


def _plain(value: str) -> str:
    scheme, _, rest = value.partition(" ")
    return base64.b64decode(rest).decode() if scheme == "Basic" else rest


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """A file with a password, and a ~/.netrc."""
    (tmp_path / "password").write_text("from-file\n")
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login nina password from-netrc\n")
    netrc.chmod(0o600)
    return {"FILE": str(tmp_path / "password"), "NETRC": str(netrc)}


@pytest.mark.parametrize(
    ("arguments", "env", "sent"),
    [
        ("-u bob", {"DAVLOCK_PASSWORD": "env"}, "bob:env"),
        ("-u bob", {"DAVLOCK_PASSWORD": "", "DAVLOCK_PASSWORD_FILE": "FILE"}, "bob:from-file"),
        ("bob@", {"DAVLOCK_PASSWORD": "env"}, "bob:env"),
        ("", {"DAVLOCK_USER": "bob", "DAVLOCK_PASSWORD": "env"}, "bob:env"),
        ("", {"DAVLOCK_USER": "bob:own", "DAVLOCK_PASSWORD": "env"}, "bob:own"),
        ("", {"DAVLOCK_PASSWORD": "env"}, None),
        ("", {"DAVLOCK_PASSWORD_FILE": "FILE"}, None),
        ("-u bob:typed", {"DAVLOCK_PASSWORD": "env", "DAVLOCK_PASSWORD_FILE": "FILE"}, "bob:typed"),
        ("-u bob:", {"DAVLOCK_PASSWORD": "env"}, "bob:"),
        ("bob:@", {"DAVLOCK_PASSWORD": "env"}, "bob:"),
        ("-u bob --password-file FILE", {"DAVLOCK_PASSWORD": "env"}, "bob:from-file"),
        ("--password-file FILE", {"DAVLOCK_USER": "bob:own"}, "bob:from-file"),
        ("-u bob", {"DAVLOCK_PASSWORD": "env", "DAVLOCK_PASSWORD_COMMAND": "false"}, "bob:env"),
        ("-u bob", {"DAVLOCK_PASSWORD_COMMAND": "echo out"}, "bob:out"),
        ("-u bob", {"DAVLOCK_PASSWORD_FILE": "FILE"}, "bob:from-file"),
        ("alice@", {"DAVLOCK_USER": "bob:own", "DAVLOCK_PASSWORD": "env"}, "alice:env"),
        ("-u bob", {"DAVLOCK_OAUTH2_BEARER": "tok", "DAVLOCK_PASSWORD": "env"}, "bob:env"),
        ("alice:x@", {"DAVLOCK_OAUTH2_BEARER": "tok"}, "alice:x"),
        ("", {"DAVLOCK_OAUTH2_BEARER": "tok", "DAVLOCK_USER": "bob"}, "tok"),
        ("--oauth2-bearer typed", {"DAVLOCK_USER": "bob:own"}, "typed"),
        ("--netrc", {"DAVLOCK_USER": "bob:own", "DAVLOCK_PASSWORD": "env"}, "nina:from-netrc"),
        ("-u nina --netrc", {"DAVLOCK_PASSWORD": "env"}, "nina:from-netrc"),
        ("-u bob:typed", {"DAVLOCK_NETRC": "1"}, "bob:typed"),
        ("-u nina", {"DAVLOCK_NETRC": "1"}, "nina:from-netrc"),
        ("-u bob bob@", {"DAVLOCK_PASSWORD": "env"}, "bob:env"),
    ],
)
def test_what_was_typed_outweighs_the_environment(
    serve: Serve, files: dict[str, str], arguments: str, env: dict[str, str], sent: str | None
) -> None:
    server = free(serve)
    words = [files.get(word, word) for word in arguments.split()]
    userinfo = words.pop() if words and words[-1].endswith("@") else ""
    env = {name: files.get(value, value) for name, value in env.items()}
    done = run("locks", *words, f"http://{userinfo}127.0.0.1:{server.port}/a.txt", env={**env, "NETRC": files["NETRC"]})
    assert done.code == 0, done.err
    asked = {None} if sent is not None and ":" in sent else set()  # which login the server wants
    assert set(logins(server)) == {sent} | asked


@pytest.mark.parametrize("env", [{"DAVLOCK_PASSWORD": ""}, {"DAVLOCK_USER": "bob:"}])
def test_an_empty_variable_is_no_password(serve: Serve, env: dict[str, str]) -> None:
    """CI sets one for a secret that it does not have."""
    server = free(serve)
    done = run("locks", *(() if "DAVLOCK_USER" in env else ("-u", "bob")), f"{server.url}/a.txt", env=env)
    assert done.code == 2
    assert "there is no password for bob" in done.err
    assert server.requests == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the first line is empty; write the password on it"),
        (b"\r\nhunter\n", "the first line is empty"),
        (b"\xef\xbb\xbf\n", "the first line is empty"),
        (b"hunt\xe9r\n", "the first line is not UTF-8 text; save the file as UTF-8"),
        ("hunter\n".encode("utf-16"), "the first line is not UTF-8 text"),
    ],
)
def test_a_file_without_a_password_sends_nothing(serve: Serve, tmp_path: Path, content: bytes, words: str) -> None:
    server = free(serve)
    path = tmp_path / "password"
    path.write_bytes(content)
    for name, stdin in ((str(path), b""), ("-", content)):
        done = run("locks", "-u", "bob", "--password-file", name, f"{server.url}/a.txt", stdin=stdin)
        assert (done.code, done.err.count("\n"), server.requests) == (2, 1, [])
        assert f"--password-file {name}: {words}" in done.err
        assert not re.search("hunt|0xe9|xff", done.err)


def test_the_mark_of_a_windows_editor_is_no_part_of_a_password(serve: Serve, tmp_path: Path) -> None:
    server = free(serve)
    path = tmp_path / "password"
    path.write_bytes(b"\xef\xbb\xbfhunter\r\n")
    for source in (("--password-file", str(path)), ("--password-file", "-"), ("--password-command", f"cat {path}")):
        assert run("locks", "-u", "bob", *source, f"{server.url}/a.txt", stdin=path.read_bytes()).code == 0
    assert set(logins(server)) == {None, "bob:hunter"}


@pytest.mark.parametrize(("entry", "missing"), [("login bob", "password"), ("password S3C", "user")])
def test_half_an_entry_of_a_netrc_is_no_login(serve: Serve, tmp_path: Path, entry: str, missing: str) -> None:
    server = free(serve)
    (tmp_path / "netrc").write_text(f"machine 127.0.0.1 {entry}\n")
    (tmp_path / "netrc").chmod(0o600)
    done = run("locks", "--netrc", f"{server.url}/a.txt", env={"NETRC": str(tmp_path / "netrc")})
    assert (done.code, server.requests) == (2, [])
    assert f"the entry for 127.0.0.1 in {tmp_path / 'netrc'} has no {missing}; write: machine" in done.err
    assert "S3C" not in done.err


@pytest.mark.parametrize("text", ["machine h login bob password my S3C\n", "machine h login bob pass S3C\n", "S3C\n"])
def test_a_netrc_that_cannot_be_read_is_not_quoted(tmp_path: Path, text: str) -> None:
    """A password with a space needs quotes there, and many have none."""
    (tmp_path / "netrc").write_text(text)
    (tmp_path / "netrc").chmod(0o600)
    done = run("locks", "--netrc", "http://h/", env={"NETRC": str(tmp_path / "netrc")})
    assert done.code == 2
    assert f"--netrc: {tmp_path / 'netrc'}, near line " in done.err
    assert "S3C" not in done.err


def test_a_netrc_that_never_ends_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "netrc")
    done = run("locks", "--netrc", "http://h/", env={"NETRC": str(tmp_path / "netrc")})
    assert done.code == 2
    assert "is not a regular file" in done.err


@pytest.mark.parametrize(
    ("words", "env", "both"),
    [
        (("put", "--password-file", "-", "-u", "bob", "-", "URL"), {}, "FILE - and --password-file -"),
        (("put", "-u", "bob", "-", "URL"), {"DAVLOCK_PASSWORD_FILE": "-"}, "FILE - and --password-file -"),
        (("put", "-", "-"), {}, "FILE - and URL -"),
        (("diagnose", "-u", "bob", "--password-file", "-", "-"), {}, "URL - and --password-file -"),
        (("locks", "-r", "-u", "bob", "--password-file", "-", "URL", "-"), {}, "URL - and --password-file -"),
    ],
)
def test_stdin_has_one_reader(serve: Serve, words: tuple[str, ...], env: dict[str, str], both: str) -> None:
    """Else a password becomes a file on the server, or a URL."""
    server = free(serve)
    url = f"{server.url}/a.txt"
    arguments = [url if word == "URL" else word for word in words]
    done = run(*arguments, env=env, stdin=f"hunter2\n{url}\n".encode())
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"davlock: {both} both read stdin; ")
    assert "hunter2" not in done.err
    assert server.requests == []


def test_a_typed_header_outweighs_the_environment(serve: Serve) -> None:
    """And nobody is asked for a password that is not sent."""
    server = free(serve)
    done = run("locks", "-H", "Authorization: Bearer typed", f"{server.url}/a.txt", env={"DAVLOCK_USER": "bob"})
    assert done.code == 0
    assert set(logins(server)) == {"typed"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("-u bob:x --password-file FILE", "there are two passwords: -u USER:PASSWORD, and --password-file"),
        ("-u bob --password-file FILE --password-command true", "--password-file, and --password-command"),
        ("-u bob --password-command true --netrc", "--password-command, and --netrc"),
        ("-u bob:x --netrc", "-u USER:PASSWORD, and --netrc"),
        ("--password-file FILE bob:x@", "a password in the URL, and --password-file"),
        ("-u bob --oauth2-bearer t", "there are two logins: -u, and --oauth2-bearer"),
        ("--oauth2-bearer t bob@", "the user in the URL, and --oauth2-bearer"),
        ("-u bob alice@", "there are two logins: -u, and the user in the URL"),
        ("-u bob -H Authorization:x", "-u, and -H Authorization"),
        ("--oauth2-bearer t -H Authorization:x", "--oauth2-bearer, and -H Authorization"),
        ("-u bob:x --basic --digest", "--basic and --digest exclude each other"),
        ("-u bob --netrc", "the entry for 127.0.0.1 is for nina, not for bob"),
        ("--password-command true", "--password-command needs a user; add -u USER"),
    ],
)
def test_two_that_were_typed_are_refused(serve: Serve, files: dict[str, str], arguments: str, words: str) -> None:
    server = free(serve)
    typed = [files.get(word, word) for word in arguments.split()]
    userinfo = typed.pop() if typed[-1].endswith("@") else ""
    done = run("locks", *typed, f"http://{userinfo}127.0.0.1:{server.port}/a.txt", env={"NETRC": files["NETRC"]})
    assert done.code == 2
    assert words in done.err
    assert done.err.count("\n") == 1
    assert server.requests == []


# -- --password-command


def test_the_command_runs_once_and_without_a_shell(serve: Serve, tmp_path: Path) -> None:
    server = free(serve)
    program, count = tmp_path / "give it", tmp_path / "count"
    program.write_text(f'#!/bin/sh\necho x >>"{count}"\necho "key opened" >&2\nprintf "%s\\nsecond line\\n" "$1"\n')
    program.chmod(0o755)
    command = f"'{program}' 'a $HOME; b'"
    done = run_process(
        "locks", "-u", "bob", "--password-command", command, f"{server.url}/a.txt", f"{server.url}/a.txt"
    )
    assert done.returncode == 0, done.stderr
    assert set(logins(server)) == {None, "bob:a $HOME; b"}
    assert count.read_text() == "x\n"
    assert done.stderr == b"key opened\n"


def run_process(*arguments: str, env: dict[str, str] | None = None) -> "subprocess.CompletedProcess[bytes]":
    """davlock as a process of its own: what it starts has other streams and another environment than this process."""
    command = [sys.executable, "-m", "davlock", *arguments]
    return subprocess.run(command, env=clean_environment(env), capture_output=True, timeout=60, check=False)


def test_the_command_does_not_read_what_is_to_be_written(serve: Serve) -> None:
    server = free(serve)
    done = run("locks", "-u", "bob", "--password-command", "cat", "-", stdin=f"{server.url}/a.txt\n".encode())
    assert done.code == 2
    assert "cat printed no password" in done.err


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("false", "false failed (exit status 1)"),
        ("sh -c 'kill $$'", "sh failed (signal 15)"),
        ("/does/not/exist -x", "/does/not/exist: No such file or directory"),
        ("true", "true printed no password"),
        ("printf '\\377\\n'", "printf printed something that is not UTF-8"),
        ("'open", "No closing quotation"),
        ("", "--password-command is empty"),
    ],
)
def test_a_command_that_fails_is_one_line(serve: Serve, command: str, words: str) -> None:
    server = free(serve)
    done = run("locks", "-u", "bob", "--password-command", command, f"{server.url}/a.txt")
    assert done.code == 2
    assert words in done.err
    assert done.err.count("\n") == 1
    assert server.requests == []


# -- questions


@pytest.mark.parametrize(
    ("arguments", "env", "why"),
    [
        (("-u", "bob"), {}, "there is no terminal for the question"),
        (("-u", "bob", "--no-input"), {}, "--no-input forbids questions"),
        (("-u", "bob"), {"DAVLOCK_NO_INPUT": "1"}, "DAVLOCK_NO_INPUT forbids questions"),
        (("-u", "bob"), {"CI": "true"}, "CI is set, so davlock does not ask"),
    ],
)
def test_without_a_question_there_are_other_ways(
    serve: Serve, arguments: tuple[str, ...], env: dict[str, str], why: str
) -> None:
    server = free(serve)
    for words in ((*arguments, f"{server.url}/a.txt"), (*arguments[2:], f"http://bob@127.0.0.1:{server.port}/a.txt")):
        done = run("locks", *words, env=env)
        assert done.code == 2
        assert done.err == (
            f"davlock: there is no password for bob: {why}; set DAVLOCK_PASSWORD, or use --password-command or"
            " --password-file\n"
        )
    assert server.requests == []


def test_no_question_about_locks_either() -> None:
    done = run("cleanup", "-i", "--no-input", "--all", "http://127.0.0.1:1/")
    assert done.code == 2
    assert "--interactive asks questions" in done.err


def at_a_terminal(*arguments: str, typed: bytes, env: dict[str, str] | None = None) -> tuple[int, bytes]:
    """davlock with a terminal as stdin and stderr; the exit status, and what it wrote there."""
    control, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "davlock", *arguments],
        stdin=terminal,
        stdout=subprocess.DEVNULL,
        stderr=terminal,
        env=clean_environment(env),
        start_new_session=True,
    )
    os.close(terminal)
    seen = b""
    end = time.monotonic() + 30
    answered = False
    while time.monotonic() < end:
        try:
            piece = os.read(control, 4096)
        except OSError:  # Linux says that the other end is closed
            break
        if not piece:
            break
        seen += piece
        if not answered and b": " in seen:
            answered = True
            os.write(control, typed)
    os.close(control)
    return process.wait(60), seen


def test_a_user_in_the_url_is_asked_as_one_of_u_is(serve: Serve) -> None:
    for words in (("-u", "bob", "http://127.0.0.1:{}/a.txt"), ("http://bob@127.0.0.1:{}/a.txt",)):
        server = free(serve)
        code, seen = at_a_terminal("locks", *(word.format(server.port) for word in words), typed=b"s3cret\n")
        assert code == 0
        assert seen.startswith(b"Password for bob: ")
        assert b"s3cret" not in seen
        assert set(logins(server)) == {None, "bob:s3cret"}


def test_an_empty_password_in_the_url_is_a_password(serve: Serve) -> None:
    server = free(serve)
    code, seen = at_a_terminal("locks", f"http://bob:@127.0.0.1:{server.port}/a.txt", typed=b"")
    assert (code, seen) == (0, b"")
    assert set(logins(server)) == {None, "bob:"}


def test_no_question_at_a_terminal_of_a_build(serve: Serve) -> None:
    server = free(serve)
    code, seen = at_a_terminal("locks", "-u", "bob", f"{server.url}/a.txt", typed=b"x\n", env={"CI": "1"})
    assert code == 2
    assert b"CI is set" in seen
    assert server.requests == []


# -- the second user of a check


def test_the_second_user_has_no_part_in_the_password_of_the_first(serve: Serve) -> None:
    server = free(serve)
    env = {"DAVLOCK_PASSWORD": "of-alice"}
    done = run("check", "--select", "principals", "-u", "alice", "--user2", "bob", f"{server.url}/c/", env=env)
    assert done.code == 2
    assert "no password for bob" in done.err
    assert "DAVLOCK_USER2" in done.err
    assert "bob:of-alice" not in logins(server)
    lost = {"DAVLOCK_USER2": "bob:"}
    done = run("check", "--select", "principals", "-u", "alice:alice", f"{server.url}/c/", env=lost)
    assert (done.code, "bob:" in logins(server)) == (2, False)
    assert "no password for bob" in done.err


# -- children


def test_a_child_gets_the_password_that_was_exported_and_no_other(
    server_for: ServerFor, make_file: MakeFile, tmp_path: Path
) -> None:
    """A davlock inside ``davlock run`` logs in as its parent does. What davlock read elsewhere stays with davlock."""
    url = make_file(server_for("apache", auth="basic"), "f.txt")
    source = tmp_path / "password"
    source.write_text("bob\n")
    show = ("--", "sh", "-c", "echo [$DAVLOCK_PASSWORD]; tr '\\0' ' ' <$1", "sh", "/proc/self/cmdline")
    exported = run_process("run", "-u", "bob", url, *show, env={"DAVLOCK_PASSWORD": "bob"})
    assert exported.stdout.startswith(b"[bob]\n"), exported.stderr
    read = run_process("run", "-u", "bob", "--password-file", str(source), url, *show)
    assert read.stdout.startswith(b"[]\n"), read.stderr


def test_an_empty_user_name_is_named_as_such() -> None:
    done = run("locks", "-u", "", "http://127.0.0.1:1/")
    assert (done.code, done.err) == (2, "davlock: the user name is empty; write -u USER, or leave -u out\n")


@pytest.mark.parametrize(
    ("option", "value"), [("--resolve", "h:1:"), ("-H", "nothing"), ("-4", "-6")], ids=["--resolve", "-H", "-4 -6"]
)
def test_arguments_are_checked_before_a_password_is_asked_for_or_warned_about(option: str, value: str) -> None:
    for login in (("-u", "bob:secret"), ("-u", "bob")):
        done = run("locks", *login, option, value, "http://dav.example/")
        assert done.code == 2
        assert "password" not in done.err
