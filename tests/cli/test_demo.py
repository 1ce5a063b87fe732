"""``davlock demo``, on WsgiDAV as it is installed."""

import contextlib
import re
import signal
import socket
import sys
import threading
from pathlib import Path

import pytest

from davlock.cli.commands import demo
from davlock.cli.install_hint import install_command
from davlock.cli.main import cli
from tests.cli.command import popen, run, run_process


def test_the_story() -> None:
    done = run("demo")
    assert (done.code, done.err) == (0, "")
    assert "(exit status 0)" in done.out
    assert done.out.count("(exit status 1)") == 2
    assert "423-ancestor-lock" in done.out
    assert "alice, at her desk" in done.out
    assert "LOCKED by “alice, at her desk" in done.out
    assert "\x1b" not in done.out


def test_the_story_as_a_process() -> None:
    done = run_process("demo")
    assert (done.code, done.err) == (0, "")
    assert "423-ancestor-lock" in done.out


@pytest.mark.parametrize(
    ("started", "on_path", "words"),
    [
        (".venv/bin/davlock", False, ".venv/bin/davlock diagnose"),
        ("/opt/it's/davlock", False, """'/opt/it'"'"'s/davlock' diagnose"""),
        ("davlock", True, "  davlock diagnose"),
        ("/x/davlock/__main__.py", True, f"{sys.executable} -m davlock diagnose"),
    ],
)
def test_the_last_words_can_be_typed_as_davlock_was_started(
    started: str, on_path: bool, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever ran ``make demo`` has no davlock on PATH."""
    if on_path:
        (tmp_path / "davlock").touch(mode=0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "argv", [started, "demo"])
    monkeypatch.setattr(demo, "demo_server", lambda root, port: contextlib.nullcontext("http://127.0.0.1:1/"))
    monkeypatch.setattr(demo, "_run", lambda *arguments: 1)
    assert words in run("demo").out.splitlines()[-2]


def test_at_a_terminal() -> None:
    done = run("demo", tty=True)
    assert done.code == 0
    assert "--format" not in done.out
    assert "\x1b[" in done.out


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 0)])
def test_serve(number: int, code: int) -> None:
    process = popen("demo", "--serve")
    assert process.stdout is not None
    url = re.search(r"http://127\.0\.0\.1:\d+/", process.stdout.readline().decode())
    assert url is not None
    commands = [process.stdout.readline().decode() for _ in range(6)]
    assert any("davlock diagnose -u bob:bob" in line for line in commands)
    assert run("locks", "-u", "bob:bob", url[0]).code == 0
    assert run("locks", "-u", "bob:wrong", url[0]).code == 4
    process.send_signal(number)
    with process:
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (code, b"")


def test_serve_in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(event: threading.Event, timeout: float | None = None) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr("davlock.cli.commands.demo.threading.Event", lambda: type("Event", (), {"wait": interrupted})())
    assert demo._serve("http://127.0.0.1:1/") == 0


@pytest.mark.parametrize("module", ["cheroot", "wsgidav", "wsgidav.wsgidav_app"])
def test_what_to_install(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    done = run("demo")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        f"davlock: the demo needs wsgidav and cheroot, but {module} is missing; "
        f"install them: {sys.executable} -m pip install wsgidav cheroot\n"
    )


WITH_UV = "[tool]\nrequirements = [{{name = 'davlock'{}}}, {}{{name = 'cheroot'}}]\n"

INSTALLED = [
    ("pipx_metadata.json", "", "pipx inject davlock wsgidav cheroot"),
    ("uv-receipt.toml", "", "uv tool install --with=wsgidav --with=cheroot davlock"),
    (
        "uv-receipt.toml",
        WITH_UV.format("", "{name = 'keyring', specifier = '>=24'}, "),
        "uv tool install '--with=keyring>=24' --with=wsgidav --with=cheroot davlock",
    ),
    (
        "uv-receipt.toml",
        WITH_UV.format(", extras = ['socks'], directory = '/src/davlock'", ""),
        "uv tool install --with=wsgidav --with=cheroot '/src/davlock[socks]'",
    ),
]


@pytest.mark.parametrize(("file", "content", "command"), INSTALLED)
def test_the_command_that_installs_it_fits_how_davlock_is_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: str, content: str, command: str
) -> None:
    """A plain pip reaches neither of these. uv removes what its line does not name."""
    (tmp_path / "davlock").mkdir()
    (tmp_path / "davlock" / file).write_text(content, encoding="utf-8")
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "davlock"))
    assert install_command("wsgidav", "cheroot") == command


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1", "SOCKS5h://127.0.0.1:1"])
def test_a_proxy_that_needs_a_package(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("davlock.cli.install_hint.find_spec", lambda name: None if name == "socksio" else "there")
    done = run("locks", "-x", proxy, "http://127.0.0.1:1/")
    assert done.code == 2
    assert done.err.endswith(f"needs the Python package socksio; install it: {sys.executable} -m pip install socksio\n")


def test_a_single_file_takes_no_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "_bootstrap", sys)
    assert install_command("keyring") == "pipx install davlock && pipx inject davlock keyring"


def test_an_environment_without_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("davlock.cli.install_hint.find_spec", lambda name: None)
    assert install_command("wsgidav") == f"uv pip install --python {sys.executable} wsgidav"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # cheroot leaves the socket open
def test_port_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run("demo", "--port", str(taken.getsockname()[1]))
    assert (done.code, done.out) == (2, "")
    assert "choose another --port" in done.err


def test_port_out_of_range() -> None:
    assert run("demo", "--port", "65536").code == 2


def test_a_story_that_goes_wrong_is_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    real = cli.main

    def unlocked(arguments: list[str], **more: object) -> object:
        return 0 if arguments[0] == "lock" else real(arguments, prog_name="davlock", standalone_mode=False)

    with monkeypatch.context() as patch:
        patch.setattr(cli, "main", unlocked)
        assert demo.command.callback is not None
        done = run("demo")
    assert done.code == 70


def test_no_thread_of_the_server_keeps_davlock_from_its_end(tmp_path: Path) -> None:
    """A signal can come before the server is stopped, and while it is."""
    before = set(threading.enumerate())
    with demo.demo_server(tmp_path, 0):
        started = set(threading.enumerate()) - before
        assert [thread.name for thread in started if not thread.daemon] == []
