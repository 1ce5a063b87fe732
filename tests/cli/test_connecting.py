"""Options that say where to connect: with real servers behind a name of no DNS, and behind a Unix socket."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.cli.command import Done, run, run_process
from tests.conftest import ServerFor
from tests.servers import Server


def one_line(done: Done) -> str:
    (line,) = done.err.splitlines()
    return line


@dataclass(frozen=True, slots=True, kw_only=True)
class Secure:
    """Apache by TLS, with a certificate for ``dav.example`` that ``cacert`` trusts."""

    cacert: str
    port: int
    path: str

    @property
    def options(self) -> tuple[str, ...]:
        return "--cacert", self.cacert

    @property
    def override(self) -> str:
        return f"dav.example:{self.port}:127.0.0.1"

    def url(self, host: str = "dav.example") -> str:
        return f"https://{host}:{self.port}{self.path}"


@pytest.fixture
def secure(server_for: ServerFor, folder: Callable[[Server], str]) -> Secure:
    server = server_for("apache", variant="tls")
    private = server.root.parent / "private"
    above = folder(server)
    (server.path(above) / "a.txt").write_bytes(b"x")
    port = int((private / "https-port").read_text())
    return Secure(cacert=str(private / "cert.pem"), port=port, path=f"/{above.removeprefix(server.url)}a.txt")


@pytest.mark.parametrize("by", ["option", "any host", "environment"])
def test_a_made_up_name_with_tls(secure: Secure, by: str) -> None:
    given = f"*:{secure.port}:[::1],127.0.0.1" if by == "any host" else secure.override
    options = secure.options if by == "environment" else (*secure.options, "--resolve", given)
    env = {"DAVLOCK_RESOLVE": f"other.example:1:192.0.2.1 {given}"} if by == "environment" else {}
    taken = run("lock", "--json", *options, secure.url(), env=env)
    assert (taken.code, taken.ids) == (0, ["lock-granted"])
    assert run("locks", "--format=tsv", *options, secure.url(), env=env).rows[0][0] == secure.url()
    assert run("unlock", *options, secure.url(), env=env).code == 0


def test_a_certificate_for_another_name_says_which_and_the_hint_works(secure: Secure) -> None:
    done = run("locks", *secure.options, secure.url("127.0.0.1"))
    assert done.code == 5
    line = one_line(done)
    assert "the server's certificate is for dav.example, *.dav.example, not for 127.0.0.1; write one of these" in line
    assert "--cacert" not in line
    assert f"--resolve {secure.override};" in line
    assert run("locks", *secure.options, secure.url(), "--resolve", secure.override).code == 0


def test_a_certificate_that_nobody_signed(secure: Secure) -> None:
    done = run("locks", secure.url("127.0.0.1"))
    assert done.code == 5
    assert "the server's certificate is self-signed and not trusted here" in one_line(done)


def test_an_override_for_another_host_does_nothing(basic_url: str) -> None:
    assert run("locks", basic_url, "--resolve", "other.example:443:192.0.2.1").code == 0


@pytest.fixture
def basic_url(server_for: ServerFor, folder: Callable[[Server], str]) -> str:
    server = server_for("wsgidav")
    url = folder(server) + "a.txt"
    server.path(url).write_bytes(b"x")
    return url


@pytest.mark.parametrize("by", ["option", "environment"])
def test_a_server_on_a_unix_socket(server_for: ServerFor, folder: Callable[[Server], str], by: str) -> None:
    server = server_for("lighttpd", variant="unix")
    url = folder(server) + "a.txt"
    server.path(url).write_bytes(b"x")
    path = str(server.root.parent / "private" / "dav.socket")
    shown = f"http://dav.example/{url.removeprefix(server.url)}"
    # A proxy of the environment is for networks.
    env = {"http_proxy": "http://127.0.0.1:9"}
    options = ("--unix-socket", path) if by == "option" else ()
    env |= {"DAVLOCK_UNIX_SOCKET": path} if by == "environment" else {}
    taken = run("lock", "--json", *options, shown, env=env)
    assert (taken.code, taken.ids) == (0, ["lock-granted"])
    assert run("locks", "--format=tsv", *options, shown, env=env).rows[0][0] == shown
    assert run("unlock", *options, shown, env=env).code == 0


@pytest.mark.parametrize(("option", "code"), [("-4", 0), ("--ipv4", 0), ("-6", 5), ("--ipv6", 5)])
def test_one_family_of_addresses(basic_url: str, option: str, code: int) -> None:
    done = run("locks", option, basic_url)
    assert done.code == code
    if code:
        assert "has no IPv6 address" in one_line(done)
        assert "try without -6" in one_line(done)


def test_a_family_from_the_environment(basic_url: str) -> None:
    assert run("locks", basic_url, env={"DAVLOCK_IPV6": "1"}).code == 5


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--resolve", "dav.example"), "write --resolve HOST:PORT:ADDRESS"),
        (("--resolve", "dav.example:80:elsewhere.example"), "'elsewhere.example' in"),
        (("-4", "-6"), "-4 and -6 exclude each other; use one"),
        (("--unix-socket", "/x", "-x", "http://127.0.0.1:9"), "--unix-socket and --proxy exclude each other; use one"),
        (("--unix-socket", ""), "--unix-socket is empty; write --unix-socket PATH"),
    ],
)
def test_what_cannot_be_is_refused_and_says_what_to_type(arguments: tuple[str, ...], words: str) -> None:
    done = run("locks", *arguments, "http://127.0.0.1:9/")
    assert done.code == 2
    assert words in one_line(done)


def test_no_server_on_the_unix_socket() -> None:
    done = run_process("locks", "--unix-socket", "/nowhere/dav.socket", "http://dav.example/")
    assert done.code == 5
    assert "check the path of --unix-socket" in one_line(done)
