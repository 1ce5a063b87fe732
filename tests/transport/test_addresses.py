"""Where a connection goes: what the DNS says, or --resolve, or a Unix socket; and to which family."""

import gc
import socket
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from davlock.errors import LocalProtocolError, NoResponse, NoResponseKind
from davlock.protocol.message import Headers, Request
from davlock.transport.http import HttpSender
from davlock.transport.resolution import AddressOverride
from davlock.transport.zones import host_in_certificate, host_to_look_up
from tests.servers.certificate import Certificate
from tests.transport.scripted import ScriptedServer, answering, response

Serve = Callable[..., ScriptedServer]
Make = Callable[..., HttpSender]


def asked(url: str) -> Request:
    return Request(method="PROPFIND", url=url)


def overrides(*texts: str) -> tuple[AddressOverride, ...]:
    return tuple(AddressOverride.parse(text) for text in texts)


@pytest.mark.parametrize(
    ("text", "host", "port", "addresses"),
    [
        ("dav.example:443:192.0.2.7", "dav.example", 443, ("192.0.2.7",)),
        ("+DAV.example:443:192.0.2.7,[2001:db8::7]", "dav.example", 443, ("192.0.2.7", "2001:db8::7")),
        ("b\u00fccher.example:80:2001:db8::7", "xn--bcher-kva.example", 80, ("2001:db8::7",)),
        ("[::1]:80:127.0.0.1", "::1", 80, ("127.0.0.1",)),
        ("*:80:127.0.0.1", "*", 80, ("127.0.0.1",)),
    ],
)
def test_an_override_is_written_as_curl_has_it(text: str, host: str, port: int, addresses: tuple[str, ...]) -> None:
    assert AddressOverride.parse(text) == AddressOverride(host=host, port=port, addresses=addresses)


@pytest.mark.parametrize(
    "text",
    [
        *("", "h", "h:80", "h:80:", "h:0:1.2.3.4", "h:65536:1.2.3.4", "h:80:name", "h:80:1.2.3.4,"),
        *("-h:80:1.2.3.4", "::1:80:1", "xn--:80:1.2.3.4", "h h:80:1.2.3.4"),
    ],
)
def test_what_is_no_override_says_what_to_type(text: str) -> None:
    with pytest.raises(LocalProtocolError) as raised:
        AddressOverride.parse(text)
    assert "write --resolve HOST:PORT:ADDRESS" in raised.value.hint


def test_a_host_goes_to_the_address_it_was_given(serve: Serve, sender: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def look_up(*args: object, **kwargs: object) -> list[object]:
        raise AssertionError(args)

    server = serve(answering(response()))
    given = overrides(f"other.example:{server.port}:192.0.2.1", f"dav.example:{server.port}:[::1],127.0.0.1")
    monkeypatch.setattr("davlock.transport.resolution.socket.getaddrinfo", look_up)
    made: list[object] = []

    def connect(address: tuple[str, int], timeout: float, **kwargs: object) -> socket.socket:
        made.append(address[0])
        if ":" in address[0]:
            raise ConnectionRefusedError
        sock = socket.socket()
        sock.connect(address)
        return sock

    monkeypatch.setattr(socket, "create_connection", connect)
    send = sender(resolve=given)
    assert send(asked(f"http://dav.example:{server.port}/x")).status == 200
    assert made == ["::1", "127.0.0.1"]
    assert f"Host: dav.example:{server.port}".encode() in server.requests[0]


def test_the_last_override_wins_and_every_host_comes_last(serve: Serve, sender: Make) -> None:
    server = serve(answering(response()))
    port = server.port
    given = overrides(f"dav.example:{port}:192.0.2.1", f"dav.example:{port}:127.0.0.1", f"*:{port}:127.0.0.1")
    send = sender(resolve=given, connect_timeout=5)
    for host in ("dav.example", "any.example"):
        assert send(asked(f"http://{host}:{port}/x")).status == 200


def test_an_override_is_for_its_port_alone(sender: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: object, **kwargs: object) -> list[object]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    outcome = sender(resolve=overrides("dav.example:81:127.0.0.1"))(asked("http://dav.example/x")).outcome
    assert isinstance(outcome, NoResponse)
    assert outcome.kind is NoResponseKind.DNS


@pytest.mark.parametrize(
    ("family", "why"),
    [
        (socket.AF_INET6, "the name 127.0.0.1 has no IPv6 address ("),
        (socket.AF_INET, "the name ::1 has no IPv4 address ("),
    ],
)
def test_only_one_family(serve: Serve, sender: Make, family: socket.AddressFamily, why: str) -> None:
    server = serve(answering(response(), response()))
    send = sender(family=family)
    url = "http://127.0.0.1" if family is socket.AF_INET6 else "http://[::1]"
    outcome = send(asked(f"{url}:{server.port}/")).outcome
    assert isinstance(outcome, NoResponse)
    assert (outcome.kind, outcome.sent, outcome.why.startswith(why)) == (NoResponseKind.DNS, False, True)
    assert outcome.hint.startswith("try without -")
    given = overrides(f"dav.example:{server.port}:127.0.0.1")
    exchange = sender(family=family, resolve=given)(asked(f"http://dav.example:{server.port}/"))
    if family is socket.AF_INET:
        assert exchange.status == 200
    else:
        assert isinstance(exchange.outcome, NoResponse)
        assert exchange.outcome.why.endswith("(--resolve gives no IPv6 address)")


def test_a_server_on_a_unix_socket(serve: Serve, sender: Make, certificate: Certificate, tmp_path: Path) -> None:
    path = str(tmp_path / "dav.socket")
    server = serve(answering(response(), response()), path=path)
    send = sender(unix_socket=path)
    assert [send(asked("http://dav.example/x")).status for _ in range(2)] == [200, 200]
    assert server.connections == 1
    assert b"Host: dav.example\r\n" in server.requests[0]
    secure = str(tmp_path / "tls.socket")
    serve(answering(response()), tls=certificate.server_context(), path=secure)
    send = sender(unix_socket=secure, cacert=certificate.cert)
    assert send(asked("https://localhost/x")).status == 200
    outcome = send(asked("https://dav.example/x")).outcome
    assert isinstance(outcome, NoResponse)
    assert outcome.why == "the server's certificate is for 127.0.0.1, localhost, not for dav.example"


def test_no_server_on_a_unix_socket(sender: Make, tmp_path: Path) -> None:
    path = tmp_path / "dav.socket"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # httpcore leaves the socket to the garbage collector
        for why in ("no such file or directory", "connection refused"):
            outcome = sender(unix_socket=str(path))(asked("http://dav.example/x")).outcome
            assert isinstance(outcome, NoResponse)
            assert (outcome.kind, outcome.sent) == (NoResponseKind.CONNECT, False)
            assert outcome.why == f"no connection ({why})"
            assert "--unix-socket" in outcome.hint
            path.unlink(missing_ok=True)
            with socket.socket(socket.AF_UNIX) as unused:
                unused.bind(str(path))
        gc.collect()


# -- zones of IPv6


@pytest.mark.parametrize("zone", ["%251", "%1"])
def test_a_zone_says_where_to_connect_and_is_never_sent(sender: Make, zone: str) -> None:
    """The first network card is the loopback. curl takes both forms."""
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        port = listener.getsockname()[1]
        asked_for: list[bytes] = []

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                asked_for.append(connection.recv(65536))
                connection.sendall(response("204 No Content"))

        thread = threading.Thread(target=answer)
        thread.start()
        url = f"http://[::1{zone}]:{port}/a"
        fields = Headers.of([("Destination", f"{url}b"), ("If", f'<{url}> (<urn:a> ["x%41"])')])
        exchange = sender()(Request(method="MOVE", url=url, headers=fields))
        thread.join()
    assert exchange.status == 204
    assert f"Host: [::1]:{port}\r\n".encode() in asked_for[0]
    assert f"Destination: http://[::1]:{port}/ab\r\n".encode() in asked_for[0]
    assert f'If: <http://[::1]:{port}/a> (<urn:a> ["x%41"])\r\n'.encode() in asked_for[0]


@pytest.mark.parametrize(
    ("host", "to_look_up", "in_certificate"),
    [
        ("fe80::1%25eth0", "fe80::1%eth0", "fe80::1"),
        ("fe80::1%eth0", "fe80::1%eth0", "fe80::1"),
        ("fe80::1%25", "fe80::1%25", "fe80::1"),
        ("fe80::1", "fe80::1", "fe80::1"),
        ("dav.example", "dav.example", "dav.example"),
    ],
)
def test_a_zone_is_no_part_of_a_name(host: str, to_look_up: str, in_certificate: str) -> None:
    assert (host_to_look_up(host), host_in_certificate(host)) == (to_look_up, in_certificate)
