"""Passwords in a keyring: a backend that keeps them in a file, one that never answers, and none at all."""

import importlib.util
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import keyring
import keyring.backends.fail
import pytest
from keyring.backend import KeyringBackend
from keyrings.alt.file import PlaintextKeyring

from davlock.cli.keyring_password import service
from tests.cli.answers import OPTIONS, by_method, element, multistatus
from tests.cli.command import run
from tests.cli.test_credentials import logins
from tests.transport.scripted import ScriptedServer, response

Serve = Callable[..., ScriptedServer]

FREE = {"PROPFIND": multistatus(element()), "OPTIONS": OPTIONS}


@pytest.fixture
def use() -> Iterator[Callable[[KeyringBackend], None]]:
    """``use(backend)``: the keyring of this machine, until the test is over."""
    before = keyring.get_keyring()
    yield keyring.set_keyring
    keyring.set_keyring(before)


@pytest.fixture
def kept(use: Callable[[KeyringBackend], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> KeyringBackend:
    backend: KeyringBackend = PlaintextKeyring()
    monkeypatch.setattr(backend, "file_path", str(tmp_path / "keyring.cfg"))
    use(backend)
    return backend


@pytest.mark.parametrize(
    ("arguments", "env", "sent"),
    [
        ("--keyring -u bob", {}, "bob:from-keyring"),
        ("--keyring bob@", {}, "bob:from-keyring"),
        ("-u bob", {"DAVLOCK_KEYRING": "1"}, "bob:from-keyring"),
        ("--keyring -u bob", {"DAVLOCK_PASSWORD": "env"}, "bob:from-keyring"),
        ("-u bob", {"DAVLOCK_KEYRING": "1", "DAVLOCK_PASSWORD": "env"}, "bob:env"),
        ("-u bob:typed", {"DAVLOCK_KEYRING": "1"}, "bob:typed"),
        ("--keyring", {"DAVLOCK_USER": "bob:own"}, "bob:from-keyring"),
        ("--keyring -u alice", {"DAVLOCK_PASSWORD": "env"}, "alice:env"),
        ("", {"DAVLOCK_KEYRING": "1"}, None),
    ],
)
def test_what_is_typed_comes_first_then_the_environment_then_the_keyring(
    serve: Serve, kept: KeyringBackend, arguments: str, env: dict[str, str], sent: str | None
) -> None:
    server = serve(by_method(FREE))
    kept.set_password(f"http://127.0.0.1:{server.port}", "bob", "from-keyring")
    kept.set_password("http://127.0.0.1", "bob", "of another port")
    words = arguments.split()
    userinfo = words.pop() if words and words[-1].endswith("@") else ""
    done = run("locks", *words, f"http://{userinfo}127.0.0.1:{server.port}/a.txt", env=env)
    assert done.code == 0, done.err
    assert set(logins(server)) == {None, sent}


def test_a_wrong_password_is_to_be_corrected_in_the_keyring(serve: Serve, kept: KeyringBackend) -> None:
    server = serve(by_method({}, response("401 No", b"", "WWW-Authenticate: Basic realm=x")))
    kept.set_password(server.url, "bob", "wrong-s3cret")
    done = run("locks", "--keyring", "-u", "bob", f"{server.url}/a.txt")
    assert f"Correct the password in the keyring (keyring set {server.url} bob), then try again:" in done.err
    assert f"davlock locks -u bob --keyring {server.url}/a.txt" in done.err
    assert "wrong-s3cret" not in done.out + done.err


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://bob:x@DAV.example:443/a?b", "https://dav.example"),
        ("http://dav.example:8080/", "http://dav.example:8080"),
        ("https://[::1]:8443/", "https://[::1]:8443"),
    ],
)
def test_the_name_of_a_server_has_one_spelling(url: str, name: str) -> None:
    assert service(url) == name


class Silent(KeyringBackend):
    """It waits for somebody to unlock it."""

    priority = 1.0

    def get_password(self, service: str, username: str) -> str | None:
        threading.Event().wait(20)
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        """Nothing is kept."""


def test_without_a_password_there_is_one_line(
    use: Callable[[KeyringBackend], None], kept: KeyringBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def line(*more: str) -> str:
        done = run("locks", "--keyring", "-u", "bob", *more, "https://127.0.0.1:1/a.txt")
        assert done.code == 2
        assert done.err.count("\n") == 1
        return done.err

    assert line() == (
        "davlock: there is no password for bob: there is no terminal for the question; store it: keyring set"
        " https://127.0.0.1:1 bob\n"
    )
    assert "there are two passwords: --netrc, and --keyring" in line("--netrc")
    use(Silent())  # type: ignore[no-untyped-call]  # keyring has no types there
    assert "--keyring: the keyring did not answer before the deadline; unlock it first" in line("--deadline", "0.2s")
    use(keyring.backends.fail.Keyring())  # type: ignore[no-untyped-call]  # the same
    assert "--keyring: No recommended backend was available; see: keyring diagnose" in line()
    present = importlib.util.find_spec
    monkeypatch.setattr("davlock.cli.install_hint.find_spec", lambda name: None if name == "keyring" else present(name))
    assert "--keyring needs the Python package keyring; install it: " in line()
