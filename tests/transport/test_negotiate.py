"""Negotiate with a stand-in for the package gssapi: what is sent when, and what becomes of its faults.

``python -m tests.servers.kerberos`` does it with the package, a KDC and an Apache.
"""

import base64
import sys
from collections.abc import Callable
from types import SimpleNamespace

import httpx
import pytest

from davlock.errors import LocalProtocolError, RemoteProtocolError
from davlock.protocol.message import Request
from davlock.transport.http import HttpSender
from davlock.transport.settings import Credentials, Scheme
from tests.cli.answers import OPTIONS, by_method, element, multistatus
from tests.cli.command import run
from tests.saying import saying
from tests.transport.scripted import ScriptedServer

Make = Callable[..., HttpSender]

OFFER = b"HTTP/1.1 401 No\r\nWWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\n\r\n"

LOGIN = Credentials("", "", Scheme.NEGOTIATE)


class GSSError(Exception):
    def gen_message(self) -> str:
        return f"Major (851968): Unspecified GSS failure, Minor (100001): {self}\0"


class Context:
    """Its token names the service; the server's right proof is ``proof``."""

    def __init__(self, *, name: str, flags: tuple[str, ...], usage: str, mech: str) -> None:
        assert flags == ("mutual", "order")
        if "nobody" in name:
            raise GSSError("Server not found in Kerberos database")
        self.name = name
        self.complete = False

    def step(self, token: bytes | None = None) -> bytes:
        if token is not None and token != b"proof":
            raise GSSError("Token header is malformed or corrupt")
        self.complete = token is not None
        return f"ticket for {self.name}".encode()


@pytest.fixture(autouse=True)
def gssapi(monkeypatch: pytest.MonkeyPatch) -> None:
    package = SimpleNamespace(
        exceptions=SimpleNamespace(GSSError=GSSError),
        RequirementFlag=SimpleNamespace(mutual_authentication="mutual", out_of_sequence_detection="order"),
        Name=lambda name, kind: name,
        NameType=SimpleNamespace(hostbased_service="service"),
        OID=SimpleNamespace(from_int_seq=str),
        SecurityContext=Context,
    )
    monkeypatch.setitem(sys.modules, "gssapi", package)
    monkeypatch.setattr("davlock.cli.install_hint.find_spec", lambda name: None)


def ticket(host: str) -> str:
    return f"Negotiate {base64.b64encode(f'ticket for HTTP@{host}'.encode()).decode()}"


def accepting(proof: str = "") -> Callable[[httpx.Request], bytes]:
    def answer(request: httpx.Request) -> bytes:
        if request.headers.get("Authorization") != ticket(request.url.host):
            return OFFER
        field = f"WWW-Authenticate: Negotiate {proof}\r\n" if proof else ""
        return f"HTTP/1.1 200 OK\r\n{field}\r\n".encode()

    return answer


def asked(url: str, method: str = "PROPFIND") -> Request:
    return Request(method=method, url=url, body=b"content")


@pytest.mark.parametrize("proof", ["", base64.b64encode(b"proof").decode()])
def test_the_ticket_answers_a_challenge_and_then_goes_first(sender: Make, proof: str) -> None:
    server = saying(accepting(proof))
    send = sender(server, credentials=LOGIN)
    assert [send(asked(f"{server.url}/{number}")).status for number in range(3)] == [200] * 3
    sent = [b"\r\nAuthorization: Negotiate " in request for request in server.requests]
    assert sent == [False, True, True, True]
    assert all(request.endswith(b"content") for request in server.requests)


@pytest.mark.parametrize("proof", [base64.b64encode(b"wrong").decode(), "x"])
def test_a_server_with_a_wrong_proof_is_not_believed(sender: Make, proof: str) -> None:
    server = saying(accepting(proof))
    with pytest.raises(RemoteProtocolError, match="the server did not prove who it is"):
        sender(server, credentials=LOGIN)(asked(server.url))


def test_another_origin_gets_no_ticket(sender: Make) -> None:
    server = saying(accepting())
    send = sender(server, credentials=LOGIN)
    assert send(asked(f"{server.url}/a")).status == 200
    for url in ("http://other.example/", "https://dav.example/", "http://dav.example:81/"):
        assert send(asked(url)).status == 401
    assert sum(b"Authorization" in request for request in server.requests) == 1


def test_a_refused_ticket_is_sent_once_and_no_ticket_is_one_sentence(sender: Make) -> None:
    server = saying(lambda request: OFFER)
    assert sender(server, credentials=LOGIN)(asked(server.url)).status == 401
    assert len(server.requests) == 2
    with pytest.raises(LocalProtocolError) as raised:
        sender(server, credentials=LOGIN)(asked("http://nobody.example/"))
    assert raised.value.what == "Kerberos has no ticket for HTTP/nobody.example (Server not found in Kerberos database)"
    assert "kinit" in raised.value.hint


def test_a_server_that_offers_something_else_gets_nothing(sender: Make) -> None:
    server = saying(lambda request: b"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=x\r\n\r\n")
    assert sender(server, credentials=LOGIN)(asked(server.url)).status == 401
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("--negotiate",),
            "--negotiate needs the Python package gssapi, which pip compiles; on Debian first: apt install gcc",
        ),
        (
            ("--negotiate", "-u", ":"),
            "--negotiate needs the Python package gssapi, which pip compiles; on Debian first: apt install gcc",
        ),
        (("--negotiate", "-u", "bob:x"), "there are two logins: -u, and --negotiate"),
        (("--negotiate", "--oauth2-bearer", "t"), "there are two logins: --oauth2-bearer, and --negotiate"),
    ],
)
def test_the_option(arguments: tuple[str, ...], words: str) -> None:
    done = run("locks", *arguments, "https://127.0.0.1:1/")
    assert done.code == 2
    assert words in done.err
    assert done.err.count("\n") == 1


def test_a_login_that_was_typed_outweighs_the_environment(serve: Callable[..., ScriptedServer]) -> None:
    server = serve(by_method({"PROPFIND": multistatus(element()), "OPTIONS": OPTIONS}))
    assert run("locks", "-u", "bob:x", f"{server.url}/a.txt", env={"DAVLOCK_NEGOTIATE": "1"}).code == 0
