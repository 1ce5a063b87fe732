"""The test servers themselves: they start, they differ as their variants promise, and they never outlive the tests.

Everything here speaks HTTP through http.client, so that no fault of davlock can be taken for one of a server.
"""

import base64
import hashlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import ServerFor
from tests.servers import (
    KINDS,
    VARIANTS,
    Server,
    ServerDidNotStart,
    apache,
    lighttpd,
    new_folder,
    nginx,
    process,
    product,
    rclone,
    start,
    supports,
    temporary_directory,
    why_missing,
    wsgidav,
)
from tests.servers.accounts import USERS

REPOSITORY = Path(__file__).parents[2]

XML = {"Content-Type": "application/xml"}

LOCKINFO = (
    b'<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>'
    b"<D:locktype><D:write/></D:locktype></D:lockinfo>"
)

PROPFIND_LOCKDISCOVERY = b'<D:propfind xmlns:D="DAV:"><D:prop><D:lockdiscovery/></D:prop></D:propfind>'


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes


def ask(method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None) -> Answer:
    parts = urlsplit(url)
    assert parts.hostname is not None
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    try:
        connection.request(method, parts.path, body, dict(headers or {}))
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


def lock(url: str) -> Answer:
    return ask("LOCK", url, XML | {"Timeout": "Second-60", "Depth": "0"}, LOCKINFO)


def lockdiscovery(url: str) -> Answer:
    return ask("PROPFIND", url, XML | {"Depth": "0"}, PROPFIND_LOCKDISCOVERY)


def accepts_connections(url: str) -> bool:
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 0), timeout=1).close()
    except OSError:
        return False
    return True


def clean_environment() -> dict[str, str]:
    """For another Python that imports this package, out of reach of this run's xdist and coverage."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "LD_LIBRARY_PATH") if name in os.environ}
    return kept | {"PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture
def directory() -> Iterator[Path]:
    with temporary_directory() as path:
        yield path


# -- every server


def test_answers_options(any_server: Server) -> None:
    answer = ask("OPTIONS", any_server.url)
    assert answer.status == 200
    # nginx claims class 2 alone, Apache spreads its classes over two headers.
    assert "2" in re.split(", *", ",".join(answer.headers.get_all("DAV") or []))


def test_put_creates_a_file_in_root(any_server: Server, folder: Callable[[Server], str]) -> None:
    url = folder(any_server) + "a%20b.txt"
    assert ask("PUT", url, body=b"hello").status == 201
    path = any_server.path(url)
    assert path.read_bytes() == b"hello"
    assert path.parent.parent == any_server.root
    assert path.name == "a b.txt"


def test_a_folder_made_on_the_disk_is_seen_at_once(any_server: Server, folder: Callable[[Server], str]) -> None:
    first = folder(any_server)
    assert ask("PROPFIND", any_server.url, {"Depth": "1"}).status == 207
    second = folder(any_server)
    assert second != first
    for url in (first, second):
        answer = ask("PROPFIND", url, {"Depth": "1"})
        assert answer.status == 207
        assert len(re.findall(rb"<(?:\w+:)?response[ >]", answer.body)) == 1


def test_locks(any_server: Server, folder: Callable[[Server], str]) -> None:
    url = folder(any_server) + "a.txt"
    any_server.path(url).write_bytes(b"x")
    answer = lock(url)
    assert answer.status == 200
    token = re.search("<(.+)>", answer.headers["Lock-Token"])
    assert token is not None
    assert ask("PUT", url, body=b"y").status == 423
    assert ask("PUT", url, {"If": f"(<{token[1]}>)"}, b"y").status in (200, 201, 204)
    assert ask("UNLOCK", url, {"Lock-Token": f"<{token[1]}>"}).status == 204


def test_the_same_server_is_lent_again(any_server: Server, server_for: ServerFor) -> None:
    assert server_for(any_server.kind) is any_server


# -- variants: kind, variant, what LOCK answers, the seconds it grants, what PROPFIND answers, whether it shows the lock

LOCKING = [
    ("wsgidav", "", 200, 60, 207, True),
    ("apache", "", 200, 60, 207, True),
    ("apache", "nolockdb", 500, None, 500, False),
    ("apache", "badlockdb", 500, None, 207, False),
    ("apache", "hidelocks", 200, 60, 207, False),
    ("apache", "mintimeout", 200, 600, 207, True),
    ("apache", "tls", 200, 60, 207, True),
    ("lighttpd", "", 200, 60, 207, True),
    ("lighttpd", "nolock", 500, None, 207, False),
    ("lighttpd", "unix", 200, 60, 207, True),
    ("nginx", "", 200, 3600, 207, True),
    ("nginx", "nolock", 405, None, 207, False),
    ("rclone", "", 200, 60, 207, False),
]


@pytest.mark.parametrize(
    ("kind", "variant", "status", "seconds", "propfind", "shown"),
    [pytest.param(*case, id=f"{case[0]}-{case[1] or 'default'}") for case in LOCKING],
)
def test_variant(
    server_for: ServerFor,
    folder: Callable[[Server], str],
    kind: str,
    variant: str,
    status: int,
    seconds: int | None,
    propfind: int,
    shown: bool,
) -> None:
    server = server_for(kind, variant=variant)
    assert (server.kind, server.auth, server.variant) == (kind, "none", variant)
    url = folder(server) + "a.txt"
    server.path(url).write_bytes(b"x")
    answer = lock(url)
    assert answer.status == status
    granted = re.search(rb"Second-(\d+)", answer.body)
    if seconds is None:
        assert granted is None
    else:
        assert granted is not None
        # WsgiDAV answers with what remains, rounded down.
        assert int(granted[1]) in (seconds - 1, seconds)
    answer = lockdiscovery(url)
    assert answer.status == propfind
    assert (b"activelock" in answer.body) is shown


def test_every_variant_has_a_case() -> None:
    assert [case[:2] for case in LOCKING] == [(kind, variant) for kind in KINDS for variant in ("", *VARIANTS[kind])]


# -- authentication


def basic(answer: Answer, user: str, password: str) -> str:
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def digest(answer: Answer, user: str, password: str) -> str:
    """RFC 7616 §3.4 with MD5 and qop=auth, for a PROPFIND of the root."""
    challenge = answer.headers["WWW-Authenticate"]
    assert challenge.startswith("Digest ")
    assert "algorithm=MD5" in challenge
    given = dict(re.findall(r'(\w+)="([^"]*)"', challenge))

    def md5(*parts: str) -> str:
        return hashlib.md5(":".join(parts).encode(), usedforsecurity=False).hexdigest()

    ha1, ha2 = md5(user, given["realm"], password), md5("PROPFIND", "/")
    response = md5(ha1, given["nonce"], "00000001", "0a4f113b", "auth", ha2)
    return (
        f'Digest username="{user}", realm="{given["realm"]}", nonce="{given["nonce"]}", uri="/", algorithm=MD5, '
        f'qop=auth, nc=00000001, cnonce="0a4f113b", response="{response}"'
    )


AUTHENTICATION = [
    pytest.param(kind, auth, scheme, id=f"{kind}-{auth}")
    for auth, scheme in (("basic", basic), ("digest", digest))
    for kind in KINDS
    if supports(kind, auth)
]


@pytest.mark.parametrize(("kind", "auth", "scheme"), AUTHENTICATION)
def test_authentication(server_for: ServerFor, kind: str, auth: str, scheme: Callable[[Answer, str, str], str]) -> None:
    server = server_for(kind, auth)

    def status_for(user: str, password: str) -> int:
        refused = ask("PROPFIND", server.url, {"Depth": "0"})
        assert refused.status == 401
        authorization = scheme(refused, user, password)
        return ask("PROPFIND", server.url, {"Depth": "0", "Authorization": authorization}).status

    assert status_for("alice", "wrong") == 401
    assert status_for("mallory", "alice") == 401
    assert dict(server.users) == USERS
    for user, password in server.users.items():
        assert status_for(user, password) == 207


def test_basic_server_lends_one_with_basic(basic_server: Server) -> None:
    assert basic_server.auth == "basic"
    assert ask("PROPFIND", basic_server.url, {"Depth": "0"}).status == 401


def test_nginx_and_rclone_have_no_digest() -> None:
    assert [kind for kind in KINDS if not supports(kind, "digest")] == ["nginx", "rclone"]
    assert all(supports(kind, auth) for kind in KINDS for auth in ("none", "basic"))
    assert not supports("apache", "ntlm")


# -- starting and ending


def test_it_is_gone_after_the_block(any_server: Server, directory: Path) -> None:
    with start(any_server.kind, directory=directory) as server:
        assert server.url != any_server.url
        assert accepts_connections(server.url)
    assert not accepts_connections(server.url)


def test_it_is_gone_after_an_interruption(directory: Path) -> None:
    with pytest.raises(KeyboardInterrupt), start("wsgidav", directory=directory) as server:
        raise KeyboardInterrupt
    assert not accepts_connections(server.url)


def test_it_is_gone_after_its_parent_was_killed(any_server: Server, directory: Path) -> None:
    """As after kill -9 or a lost terminal. Apache's and nginx's workers hold the port, too."""
    script = (
        "import sys, time, pathlib; from tests.servers import start\n"
        "with start(sys.argv[1], directory=pathlib.Path(sys.argv[2])) as server:\n"
        "    print(server.url, flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, any_server.kind, str(directory)],
        env=clean_environment(),
        cwd=directory,
        stdout=subprocess.PIPE,
    ) as parent:
        assert parent.stdout is not None
        url = parent.stdout.readline().decode().strip()
        assert accepts_connections(url)
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 60
    while accepts_connections(url) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not accepts_connections(url)


def test_a_server_that_ends_at_once_is_reported_with_its_log(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('no such module'); raise SystemExit(3)"]
    with (
        pytest.raises(ServerDidNotStart, match="it ended with status 3") as caught,
        process.running("apache", command, port=process.free_port(), directory=tmp_path, log=tmp_path / "log"),
    ):
        pass
    assert caught.value.kind == "apache"
    assert caught.value.log == "no such module"
    assert not isinstance(caught.value, process.PortTaken)


def test_a_server_that_never_answers_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It also shrugs off SIGTERM, which must not keep it alive."""
    monkeypatch.setattr(process, "_START_SECONDS", 1.0)
    monkeypatch.setattr(process, "_GRACE_SECONDS", 0.2)
    script = (
        "import os, pathlib, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "pathlib.Path('pid').write_text(str(os.getpid())); time.sleep(60)"
    )
    answers = process._answers

    def answers_once_it_runs(port: int) -> bool:
        while not (tmp_path / "pid").exists():
            time.sleep(0.01)
        return answers(port)

    monkeypatch.setattr(process, "_answers", answers_once_it_runs)
    with (
        pytest.raises(ServerDidNotStart, match="no answer on port"),
        process.running(
            "nginx", [sys.executable, "-c", script], port=process.free_port(), directory=tmp_path, log=tmp_path / "log"
        ),
    ):
        pass
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_taken_port_is_given_up_for_another(
    any_server: Server, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as occupied:
        occupied.bind(("127.0.0.1", 0))
        taken, free = occupied.getsockname()[1], process.free_port()
        ports = iter([taken, free])
        monkeypatch.setattr(process, "free_port", lambda: next(ports))
        with start(any_server.kind, directory=directory) as server:
            assert server.url == f"http://127.0.0.1:{free}/"
            assert ask("OPTIONS", server.url).status == 200


def test_ports_run_out(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as occupied:
        occupied.bind(("127.0.0.1", 0))
        monkeypatch.setattr(process, "free_port", lambda: occupied.getsockname()[1])
        monkeypatch.setattr("tests.servers._PORTS_TO_TRY", 2)
        with pytest.raises(process.PortTaken), start("wsgidav", directory=directory):
            pass


def test_free_ports_differ() -> None:
    assert len({process.free_port() for _ in range(50)}) == 50


def test_the_log_goes_where_it_should(any_server: Server, directory: Path) -> None:
    with start(any_server.kind, directory=directory, log=directory / "other.log"):
        assert sorted(path.name for path in directory.iterdir()) == ["other.log", "private", "root"]


@pytest.mark.parametrize(
    ("kind", "auth", "variant", "why"),
    [("nginx", "digest", "", "nginx has no authentication 'digest'"), ("rclone", "none", "nolock", "has no variant")],
)
def test_what_a_server_does_not_have(directory: Path, kind: str, auth: str, variant: str, why: str) -> None:
    with pytest.raises(ValueError, match=why), start(kind, auth=auth, variant=variant, directory=directory):
        pass


def test_path_is_for_the_servers_own_urls(tmp_path: Path) -> None:
    server = Server(kind="apache", auth="none", variant="", url="http://127.0.0.1:1/", root=tmp_path)
    assert server.path("http://127.0.0.1:1/a%20b/c") == tmp_path / "a b" / "c"
    assert new_folder(server, "ü x") == "http://127.0.0.1:1/%C3%BC%20x/"
    assert (tmp_path / "ü x").is_dir()
    with pytest.raises(ValueError, match="is not below"):
        server.path("http://127.0.0.1:2/a")
    assert hash(server) == hash(server)


# -- what is not installed


@pytest.mark.parametrize(
    ("module", "name", "why"),
    [
        (wsgidav, "importlib.util.find_spec", "wsgidav (Python package wsgidav) is not installed"),
        (apache, "find_program", "apache2 (Debian package apache2-bin) is not installed"),
        (apache, "find_modules", "mod_dav_fs (Debian package apache2-bin) is not installed"),
        (lighttpd, "find_program", "lighttpd (Debian package lighttpd) is not installed"),
        (lighttpd, "find_modules", "lighttpd's mod_webdav (Debian package lighttpd-mod-webdav) is not installed"),
        (nginx, "find_program", "nginx (Debian package nginx-light) is not installed"),
        (nginx, "find_modules", "nginx-dav-ext-module (Debian package libnginx-mod-http-dav-ext) is not installed"),
        (rclone, "find_program", "rclone (Debian package rclone) is not installed"),
    ],
)
def test_why_missing(directory: Path, monkeypatch: pytest.MonkeyPatch, module: object, name: str, why: str) -> None:
    kind = str(getattr(module, "__name__", "")).rpartition(".")[2]
    if name == "find_modules":
        monkeypatch.setattr(module, "find_program", lambda *names: "/bin/true")
    monkeypatch.setattr(f"tests.servers.{kind}.{name}", lambda *names: None)
    assert why_missing(kind) == why
    with pytest.raises(ServerDidNotStart, match="is not installed"), start(kind, directory=directory):
        pass


def test_programs_are_found_beside_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "lighttpd-of-mine"
    program.write_text("")
    program.chmod(0o755)
    assert product.find_program("lighttpd-of-mine") is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert product.find_program("nothing-like-it", "lighttpd-of-mine") == str(program)
    assert product.find_modules(["/nowhere", str(tmp_path)], program.name) == tmp_path
    assert product.find_modules(["/nowhere"], program.name) is None


INNER_TEST = """
import pytest
from tests.servers import apache, lighttpd

@pytest.fixture(autouse=True)
def _hidden(monkeypatch):
    monkeypatch.setattr(apache, "find_program", lambda *names: None)
    monkeypatch.setattr(lighttpd, "find_program", lambda *names: None)

@pytest.mark.parametrize("kind", ["apache", "apache", "lighttpd", "wsgidav"])
def test_it(server_for, kind):
    assert server_for(kind).kind == kind
"""


def run_pytest(folder: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    (folder / "test_inner.py").write_text(INNER_TEST)
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider", "-ra", *arguments]
    done = subprocess.run(
        [*command, f"--rootdir={folder}", str(folder)],
        env=clean_environment() | environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=240,
    )
    return done.returncode, done.stdout + done.stderr


SUMMARY = "servers not installed: apache (Debian package apache2-bin), lighttpd (Debian package lighttpd)"


@pytest.mark.parametrize("arguments", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_servers_that_are_not_installed_are_named(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    status, output = run_pytest(tmp_path, *arguments)
    assert status == 0, output
    assert SUMMARY in output.splitlines()
    assert "apache: apache2 (Debian package apache2-bin) is not installed" in output
    assert "1 passed, 3 skipped" in output


def test_servers_that_are_required_fail(tmp_path: Path) -> None:
    status, output = run_pytest(tmp_path, DAVLOCK_REQUIRE_SERVERS="1")
    assert status == 1, output
    assert SUMMARY in output.splitlines()
    assert "and DAVLOCK_REQUIRE_SERVERS=1" in output
    assert "1 passed, 3 errors" in output or "3 failed, 1 passed" in output


def test_nothing_beyond_this_machine_can_be_reached() -> None:
    with (
        pytest.warns(UserWarning, match="A test tried to use"),
        pytest.raises(RuntimeError, match=r"192\.0\.2\.1"),
        socket.socket() as beyond,
    ):
        beyond.connect(("192.0.2.1", 80))


def test_unix_sockets_can_be_reached(directory: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as client:
        listener.bind(str(directory / "socket"))
        listener.listen(1)
        client.connect(str(directory / "socket"))
