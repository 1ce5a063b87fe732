"""TLS files and proxies: settings that are wrong, and proxies that do what they are for, or do not."""

import base64
import re
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import httpcore
import pytest

from davlock.errors import LocalProtocolError, NoResponse, NoResponseKind
from davlock.protocol.message import Request
from davlock.transport.http import HttpSender
from davlock.transport.settings import Credentials, Scheme
from tests.servers.certificate import Certificate
from tests.transport.scripted import Conversation, ScriptedServer, answering, response

Serve = Callable[..., ScriptedServer]
Make = Callable[..., HttpSender]


def asked(url: str) -> Request:
    return Request(method="PROPFIND", url=url)


# --- files for TLS --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("setting", ["cacert", "cert", "key"])
@pytest.mark.parametrize("content", [None, "no PEM"], ids=["missing", "not PEM"])
def test_a_file_that_cannot_be_used(
    sender: Make, certificate: Certificate, tmp_path: Path, setting: str, content: str | None
) -> None:
    path = tmp_path / "file.pem"
    if content is not None:
        path.write_text(content)
    files = {"cacert": certificate.cert, "cert": certificate.cert, "key": certificate.key} | {setting: str(path)}
    with pytest.raises(LocalProtocolError) as raised:
        sender(**files)(asked("https://127.0.0.1:9/"))
    assert str(path) in raised.value.what
    assert ("no such file" in raised.value.what) == (content is None)
    assert "PEM" in raised.value.hint


def test_a_key_with_a_passphrase_does_not_ask_for_it(sender: Make, certificate: Certificate, tmp_path: Path) -> None:
    locked = tmp_path / "locked.pem"
    command = ["openssl", "pkcs8", "-topk8", "-in", certificate.key, "-out", str(locked), "-passout", "pass:secret"]
    subprocess.run(command, check=True, capture_output=True)
    with pytest.raises(LocalProtocolError, match="DAVLOCK_PASS"):
        sender(cert=certificate.cert, key=str(locked))(asked("https://127.0.0.1:9/"))


def test_a_key_needs_its_certificate(sender: Make, certificate: Certificate) -> None:
    with pytest.raises(LocalProtocolError, match="a key without a certificate"):
        sender(key=certificate.key)(asked("https://127.0.0.1:9/"))


def test_a_certificate_and_its_key_in_one_file(
    serve: Serve, sender: Make, certificate: Certificate, tmp_path: Path
) -> None:
    both = tmp_path / "both.pem"
    both.write_text(Path(certificate.cert).read_text() + Path(certificate.key).read_text())
    server = serve(answering(response()), tls=certificate.server_context())
    assert sender(verify=False, cert=str(both))(asked(server.url)).status == 200


# --- proxies --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proxy", "says"),
    [
        ("ftp://u:s3cret@host", "ftp proxies are not supported"),
        ("http://u:s3cret@[zz]", "is not valid"),
        ("http://u:s3cret@", "names no host"),
        ("http://u:s3cret@host:70000", "no valid port"),
    ],
)
def test_a_proxy_that_cannot_be(sender: Make, proxy: str, says: str) -> None:
    with pytest.raises(LocalProtocolError, match=says) as raised:
        sender(proxy=proxy)
    assert "s3cret" not in str(raised.value)


def test_socks_needs_its_package(sender: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(LocalProtocolError, match="socksio"):
        sender(proxy="socks5h://127.0.0.1")


def relay(one: socket.socket, other: socket.socket) -> None:
    """Both ways, until both sides have ended."""

    def pump(source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    back = threading.Thread(target=pump, args=(other, one))
    back.start()
    pump(one, other)
    back.join()


def tunnelling(conversation: Conversation) -> None:
    """CONNECT, as a proxy does it."""
    request = conversation.request() or b""
    found = re.match(rb"CONNECT 127\.0\.0\.1:(\d+) HTTP/1\.1\r\n", request)
    assert found, request
    with socket.create_connection(("127.0.0.1", int(found[1]))) as server:
        conversation.say(b"HTTP/1.1 200 Connection established\r\n\r\n")
        relay(conversation.sock, server)


def test_http_goes_through_a_proxy_as_it_is(serve: Serve, sender: Make) -> None:
    proxy = serve(answering(response("207 Multi-Status", b"from the proxy")))
    send = sender(proxy=f"user:p%40ss@127.0.0.1:{proxy.port}")
    exchange = send(asked("http://dav.invalid:81/%c3%bc//a?b"))
    assert exchange.status == 207
    head = proxy.requests[0].decode().split("\r\n")
    assert head[0] == "PROPFIND http://dav.invalid:81/%c3%bc//a?b HTTP/1.1"
    assert "Host: dav.invalid:81" in head
    assert f"Proxy-Authorization: Basic {base64.b64encode(b'user:p@ss').decode()}" in head
    assert "p@ss" not in repr(exchange)


def test_https_goes_through_a_tunnel(serve: Serve, sender: Make, certificate: Certificate) -> None:
    server = serve(answering(response("200 OK", b"secret")), tls=certificate.server_context())
    proxy = serve(tunnelling)
    send = sender(cacert=certificate.cert, proxy=proxy.url.replace("//", "//user:pass@"))
    assert send(asked(f"{server.url}/x")).status == 200
    assert b"Proxy-Authorization: Basic " in proxy.requests[0]
    assert b"Proxy-Authorization" not in server.requests[0]
    assert server.requests[0].startswith(b"PROPFIND /x HTTP/1.1\r\n")


def test_the_servers_certificate_is_checked_behind_a_proxy(
    serve: Serve, sender: Make, certificate: Certificate
) -> None:
    server = serve(answering(response()), tls=certificate.server_context())
    outcome = sender(proxy=serve(tunnelling).url)(asked(server.url)).outcome
    assert isinstance(outcome, NoResponse)
    assert (outcome.kind, outcome.sent) == (NoResponseKind.TLS, False)


def test_a_proxy_that_is_reached_by_tls(serve: Serve, sender: Make, certificate: Certificate) -> None:
    server = serve(answering(response()), tls=certificate.server_context())
    context = certificate.server_context()
    proxy = serve(tunnelling, tls=context)
    forwarding = serve(answering(response()), tls=context)
    assert sender(cacert=certificate.cert, proxy=forwarding.url)(asked("http://dav.invalid/")).status == 200
    outcome = sender(proxy=proxy.url)(asked(server.url)).outcome
    assert isinstance(outcome, NoResponse)
    assert outcome.kind is NoResponseKind.PROXY
    assert "certificate" in outcome.why


def proxy_failure(send: HttpSender, *, kind: NoResponseKind = NoResponseKind.PROXY) -> NoResponse:
    outcome = send(asked("https://dav.invalid/x")).outcome
    assert isinstance(outcome, NoResponse)
    assert (outcome.kind, outcome.sent) == (kind, False)
    assert "s3cret" not in str(outcome)
    return outcome


def test_a_proxy_that_refuses(serve: Serve, sender: Make) -> None:
    proxy = serve(answering(response("407 Proxy Authentication Required")))
    login = proxy_failure(sender(proxy=proxy.url.replace("//", "//user:s3cret@")), kind=NoResponseKind.PROXY_LOGIN)
    assert login.why == "the proxy refused with 407 Proxy Authentication Required"
    assert "user and password" in login.hint
    proxy = serve(answering(response("503 No Way")))
    failure = proxy_failure(sender(proxy=proxy.url))
    assert (failure.why, failure.hint) == ("the proxy refused with 503 No Way", "")


def test_a_proxy_that_is_not_there(sender: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    failure = proxy_failure(sender(proxy=f"http://user:s3cret@127.0.0.1:{port}"))
    assert failure.why == "no connection to the proxy (connection refused)"


def test_a_proxy_that_says_nothing(serve: Serve, sender: Make) -> None:
    def play(conversation: Conversation) -> None:
        conversation.request()

    assert proxy_failure(sender(proxy=serve(play).url)).why == "the proxy closed the connection"

    def hang(conversation: Conversation) -> None:
        conversation.pause(60)

    proxy_failure(sender(proxy=serve(hang).url, max_time=0.4), kind=NoResponseKind.TIMEOUT)


def test_a_proxy_that_is_none(serve: Serve, sender: Make) -> None:
    assert "answered with an error" in proxy_failure(sender(proxy=serve(answering(b"nonsense\r\n\r\n")).url)).why


# --- SOCKS, where its package is installed --------------------------------------------------------------------------


def socks(conversation: Conversation) -> None:
    """RFC 1928 without authentication, and a name resolved to this machine."""
    conversation.sock.recv(100)
    conversation.say(b"\x05\x00")
    request = conversation.sock.recv(300)
    with socket.create_connection(("127.0.0.1", int.from_bytes(request[-2:], "big"))) as server:
        conversation.say(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
        relay(conversation.sock, server)


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_socks(serve: Serve, sender: Make, certificate: Certificate, scheme: str) -> None:
    plain = serve(answering(response()))
    secure = serve(answering(response()), tls=certificate.server_context())
    proxy = serve(socks)
    send = sender(proxy=proxy.url.replace("http", scheme), verify=False)
    assert send(asked(f"http://dav.invalid:{plain.port}/")).status == 200
    assert send(asked(f"https://dav.invalid:{secure.port}/")).status == 200


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x05\xff", b"\x05"])
def test_a_socks_proxy_that_is_none(serve: Serve, sender: Make, answer: bytes) -> None:
    def play(conversation: Conversation) -> None:
        conversation.sock.recv(100)
        conversation.say(answer)

    proxy_failure(sender(proxy=serve(play).url.replace("http", "socks5")))


def test_a_fault_of_the_socks_package_is_the_proxys(
    serve: Serve, sender: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Pool(httpcore.ConnectionPool):
        def handle_request(self, request: httpcore.Request) -> httpcore.Response:
            raise AssertionError("not the reply that was asked for")

    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    monkeypatch.setattr(httpcore, "ConnectionPool", Pool)
    failure = proxy_failure(sender(proxy="socks5://user:s3cret@127.0.0.1"))
    assert failure.why == "the proxy answered with an error (it does not speak SOCKS5)"


def test_digest_signs_the_target_that_goes_through_a_proxy(serve: Serve, sender: Make) -> None:
    challenge = response("401 No", b"", 'WWW-Authenticate: Digest realm="r", nonce="n"')
    proxy = serve(answering(challenge, response("207 Multi-Status")))
    send = sender(proxy=proxy.url, credentials=Credentials("me", "pw", Scheme.DIGEST))
    assert send(asked("http://dav.invalid:81/%c3%bc//a;b?%41")).status == 207
    assert [request.split(b" ")[1] for request in proxy.requests] == [b"http://dav.invalid:81/%c3%bc//a;b?%41"] * 2
    assert b'uri="/%c3%bc//a;b?%41"' in proxy.requests[1]


def test_the_target_stays_as_it_is_inside_a_tunnel(serve: Serve, sender: Make, certificate: Certificate) -> None:
    server = serve(answering(response("207 Multi-Status")), tls=certificate.server_context())
    send = sender(cacert=certificate.cert, proxy=serve(tunnelling).url)
    assert send(asked(f"{server.url}/%c3%bc//a;b?%41")).status == 207
    assert server.requests[0].startswith(b"PROPFIND /%c3%bc//a;b?%41 HTTP/1.1\r\n")
