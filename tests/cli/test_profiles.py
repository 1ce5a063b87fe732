"""Profiles: what a target such as ``work:team/a.odt`` stands for, on real servers and with files of all kinds."""

import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.answers import by_method, element, multistatus
from tests.cli.command import Done, run
from tests.conftest import ServerFor
from tests.transport.scripted import ScriptedServer

WriteConfig = Callable[..., dict[str, str]]


@pytest.fixture
def config(tmp_path: Path) -> WriteConfig:
    """``config(text, mode=0o600)``: the environment that names a file with that text."""

    def write(text: str | bytes, mode: int = 0o600) -> dict[str, str]:
        path = tmp_path / "config.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path.chmod(mode)
        return {"DAVLOCK_CONFIG": str(path)}

    return write


def usage(done: Done) -> str:
    """The one line of a command that sent nothing."""
    assert (done.code, done.out) == (2, ""), done
    assert done.err.count("\n") == 1
    return done.err


# -- on real servers


@pytest.mark.parametrize(("kind", "auth"), [("apache", "digest"), ("wsgidav", "basic")])
def test_every_kind_of_command_through_a_profile(
    server_for: ServerFor, folder: Callable[..., str], config: WriteConfig, tmp_path: Path, kind: str, auth: str
) -> None:
    """Logins, names as people write them, and the commands that the screens print."""
    server = server_for(kind, auth=auth)
    where = folder(server)
    env = config(
        f'[servers.work]\nurl = "{where}"\nuser = "alice"\npassword = "alice"\nauth = "{auth}"\nconcurrency = 2\n'
    )
    file = tmp_path / "a #1 ü%20.txt"
    file.write_text("hello")
    target = f"work:{file.name}"

    def davlock(*words: str, code: int = 0, tty: bool = False) -> Done:
        done = run(*words, env=env, tty=tty)
        assert done.code == code, (words, done)
        return done

    davlock("put", str(file), "work:")
    assert (server.path(where) / file.name).read_text() == "hello"
    davlock("lock", target)
    assert davlock("diagnose", target, "--json").result["target"] == f"{where}a%20%231%20%C3%BC%2520.txt"
    run("unlock", target, env=env)
    davlock("lock", target, "--no-ledger", "--owner", "Alice Miller")
    screens = [
        davlock("diagnose", target, "--no-ledger", code=1, tty=True),
        davlock(target, code=1, tty=True),
        davlock("locks", "-r", "work:", tty=True),
        davlock("cleanup", "--all", "work:", tty=True),
        davlock("put", str(file), "work:", "--no-ledger", code=1, tty=True),
    ]
    lines = [line for screen in screens for line in re.sub(r"\x1b\[[0-9;]*m", "", screen.out).splitlines()]
    printed = [line.partition("davlock ")[2] for line in lines if "details: --why" not in line]
    commands = [shlex.split(words) for words in printed if words]
    assert len(commands) > len(screens)
    for words in commands:
        assert any(word.startswith("work:") for word in words), words
        assert not {"--basic", "--digest", "alice"} & set(words)
        if words[0] == "diagnose":
            davlock(*words, code=1)
    (row,) = davlock("locks", "-r", "work:").rows
    assert f"davlock wait -w 11m 'work:{file.name}'" == row[-1] or "davlock diagnose" in row[-1]
    davlock("cleanup", "--all", "--yes", "work:")
    davlock("wait", "-w", "1s", target)
    davlock("run", target, "--", "true")
    davlock("diagnose", target, "-u", "alice:wrong", code=4)
    refused = run("diagnose", target, env=env | {"DAVLOCK_PASSWORD": "wrong"}, tty=True)
    assert "Correct the password in DAVLOCK_PASSWORD" in refused.out
    env = config(f'[servers.work]\nurl = "{where}"\nuser = "alice"\npassword = "wrong"\n')
    refused = davlock("diagnose", target, code=4, tty=True)
    assert "Correct the password in [servers.work] in" in " ".join(refused.out.split())


@pytest.fixture
def other_server() -> Iterator[ScriptedServer]:
    with closing(ScriptedServer(by_method({"PROPFIND": multistatus(element())}))) as server:
        yield server


def test_a_login_stays_at_its_server(
    server_for: ServerFor, folder: Callable[..., str], config: WriteConfig, other_server: ScriptedServer
) -> None:
    """Of two origins, the other gets nothing of the profile: neither beside a target of it, nor alone."""
    where = folder(server_for("wsgidav", auth="basic"))
    env = config(
        f'[servers.work]\nurl = "{where}"\nuser = "alice"\npassword = "alice"\nheaders = {{ X-Team = "secret-team" }}\n'
        f'[servers.other]\nurl = "{other_server.url}/"\n'
    )
    beside = (f"{other_server.url}/a", "other:a")
    for url in beside:
        assert "once for each" in usage(run("diagnose", "work:", url, env=env))
        assert "once for each" in usage(run("diagnose", "-", env=env, stdin=f"work:\n{url}\n".encode()))
    assert "once for each" in usage(run("diagnose", "work:", "--scratch", beside[0], env=env))
    for url in beside:
        assert run("propfind", url, env=env).code == 0
    sent = b"".join(other_server.requests).lower()
    assert b"propfind /a" in sent
    assert b"authorization" not in sent
    assert b"secret-team" not in sent
