"""No usable answer: which kind it is, whether the server may have seen the request, and that it ends in time."""

import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from davlock.errors import NoResponse, NoResponseKind, RemoteProtocolError
from davlock.protocol.message import Exchange, Request
from davlock.transport.http import HttpSender
from tests.servers.certificate import Certificate
from tests.transport.scripted import Conversation, ScriptedServer, answering, response

Serve = Callable[..., ScriptedServer]
Make = Callable[..., HttpSender]

A_WHILE = 25.0
"""Seconds that a request with a deadline of half a second may take on a machine under load."""


def asked(url: str, method: str = "PROPFIND", body: bytes = b"") -> Request:
    return Request(method=method, url=url, body=body)


def none_of(exchange: Exchange, kind: NoResponseKind, *, sent: bool = True) -> NoResponse:
    assert isinstance(exchange.outcome, NoResponse)
    assert (exchange.outcome.kind, exchange.outcome.sent) == (kind, sent)
    assert exchange.outcome.url == exchange.request.url
    assert exchange.elapsed_ms is not None
    return exchange.outcome


# --- no connection --------------------------------------------------------------------------------------------------


def test_nothing_listens(sender: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    exchange = sender()(asked(f"http://user:s3cret@127.0.0.1:{port}/x"))
    failure = none_of(exchange, NoResponseKind.CONNECT, sent=False)
    assert failure.why == "no connection (connection refused)"
    assert failure.hint == "check the port, and whether the server is running"
    assert "s3cret" not in str(failure)
    assert exchange.request.headers.get("User-Agent")


def test_no_way_to_the_server(sender: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*args: object, **kwargs: object) -> socket.socket:
        raise OSError(113, "No route to host")

    monkeypatch.setattr(socket, "create_connection", unreachable)
    failure = none_of(sender()(asked("http://127.0.0.1:1/")), NoResponseKind.CONNECT, sent=False)
    assert (failure.why, failure.hint) == ("no connection (no route to host)", "")


@pytest.mark.parametrize(
    "exc", [socket.gaierror(-2, "Name or service not known"), UnicodeError("label empty or too long")]
)
def test_a_name_without_address(sender: Make, monkeypatch: pytest.MonkeyPatch, exc: Exception) -> None:
    def unknown(*args: object, **kwargs: object) -> list[object]:
        raise exc

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    failure = none_of(sender()(asked("http://dav.invalid/x")), NoResponseKind.DNS, sent=False)
    assert failure.why.startswith("the name dav.invalid has no address (")


def test_a_look_up_that_hangs_is_left_behind(sender: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def slow(*args: object, **kwargs: object) -> list[object]:
        over.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    started = time.monotonic()
    none_of(sender(connect_timeout=0.3)(asked("http://dav.invalid/x")), NoResponseKind.TIMEOUT, sent=False)
    assert time.monotonic() - started < A_WHILE
    over.set()


def test_every_address_is_tried(serve: Serve, sender: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve(answering(response()))
    tried: list[tuple[str, float]] = []

    def create(address: tuple[str, int], timeout: float, **kwargs: object) -> socket.socket:
        tried.append((address[0], timeout))
        if len(tried) < 3:
            raise ConnectionRefusedError
        sock = socket.socket()
        sock.settimeout(timeout)
        sock.connect(address)
        return sock

    def addresses(host: str, port: int, **kwargs: object) -> list[object]:
        family = socket.SOCK_STREAM
        return [
            (socket.AF_INET6, family, 6, "", ("fe80::1", port, 0, 7)),
            (socket.AF_INET6, family, 6, "", ("::1", port, 0, 0)),
            (socket.AF_INET, family, 6, "", ("127.0.0.1", port)),
            (socket.AF_INET, family, 6, "", ("127.0.0.1", port)),
        ]

    monkeypatch.setattr(socket, "getaddrinfo", addresses)
    monkeypatch.setattr(socket, "create_connection", create)
    assert sender(connect_timeout=8)(asked(f"http://dav.invalid:{server.port}/")).status == 200
    assert [address for address, _ in tried] == ["fe80::1%7", "::1", "127.0.0.1"]
    assert tried[0][1] <= 4
    assert tried[2][1] > 4


def test_a_connection_that_is_never_accepted(sender: Make) -> None:
    # A backlog that is full drops what comes: the connection attempt hangs.
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        try:
            for filler in fillers:
                filler.setblocking(False)
                filler.connect_ex(address)
            started = time.monotonic()
            exchange = sender(connect_timeout=0.3)(asked(f"http://127.0.0.1:{address[1]}/"))
            assert time.monotonic() - started < A_WHILE
        finally:
            for filler in fillers:
                filler.close()
    assert none_of(exchange, NoResponseKind.TIMEOUT, sent=False).why.startswith("no connection after")


# --- time ----------------------------------------------------------------------------------------------------------


def silent(conversation: Conversation) -> None:
    conversation.request()
    conversation.pause(60)


def dripping(start: bytes, drop: bytes) -> Callable[[Conversation], None]:
    def play(conversation: Conversation) -> None:
        conversation.request()
        conversation.say(start)
        while conversation.pause(0.05):
            conversation.say(drop)

    return play


@pytest.mark.parametrize(
    "play",
    [
        pytest.param(silent, id="no byte"),
        pytest.param(dripping(b"HTTP/1.1 ", b"2"), id="a status line that never ends"),
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"), id="fields that never end"),
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b"x"), id="a body, drop by drop"),
        pytest.param(dripping(b"", b"HTTP/1.1 102 Processing\r\n\r\n"), id="interim responses without end"),
    ],
)
def test_the_deadline_is_for_the_whole_request(
    serve: Serve, sender: Make, play: Callable[[Conversation], None]
) -> None:
    server = serve(play)
    started = time.monotonic()
    exchange = sender(max_time=0.5)(asked(server.url, "LOCK"))
    assert time.monotonic() - started < A_WHILE
    failure = none_of(exchange, NoResponseKind.TIMEOUT)
    assert failure.why.startswith("no complete answer after 0.")
    assert "--max-time" in failure.hint


def test_a_request_may_bring_a_deadline_of_its_own(serve: Serve, sender: Make) -> None:
    request = replace(asked(serve(silent).url), within=0.3)
    started = time.monotonic()
    assert none_of(sender(max_time=60.0)(request), NoResponseKind.TIMEOUT).why.startswith("no complete answer after 0.")
    assert time.monotonic() - started < A_WHILE


def test_the_deadline_holds_while_sending(serve: Serve, sender: Make) -> None:
    def never_reads(conversation: Conversation) -> None:
        conversation.pause(60)

    server = serve(never_reads)
    started = time.monotonic()
    exchange = sender(max_time=0.5)(asked(server.url, "PUT", bytes(64 * 1024 * 1024)))
    assert time.monotonic() - started < A_WHILE
    none_of(exchange, NoResponseKind.TIMEOUT)


def test_the_deadline_counts_what_feeding_takes(serve: Serve, sender: Make) -> None:
    server = serve(dripping(b"HTTP/1.1 207 Multi-Status\r\nContent-Length: 99\r\n\r\n", b"x"))
    exchange = sender(max_time=0.2)(asked(server.url), feed=lambda piece: time.sleep(0.3))
    none_of(exchange, NoResponseKind.TIMEOUT)


def test_without_limits_a_slow_answer_is_waited_for(serve: Serve, sender: Make) -> None:
    def slow(conversation: Conversation) -> None:
        conversation.request()
        conversation.pause(0.3)
        conversation.say(response())

    assert sender(max_time=None, connect_timeout=None)(asked(serve(slow).url)).status == 200


@pytest.mark.waits
def test_each_thread_has_its_own_deadline(serve: Serve, sender: Make) -> None:
    def play(conversation: Conversation) -> None:
        request = conversation.request() or b""
        conversation.pause(1.2 if b"/late" in request else 60)
        conversation.say(response())

    server = serve(play)
    send = sender(max_time=4)
    outcomes: dict[str, Exchange] = {}
    thread = threading.Thread(target=lambda: outcomes.update(never=send(asked(f"{server.url}/never"))))
    thread.start()
    time.sleep(3)
    assert send(asked(f"{server.url}/late")).status == 200
    thread.join()
    none_of(outcomes["never"], NoResponseKind.TIMEOUT)


def test_waiting_for_a_connection_of_the_pool_counts_too(serve: Serve, sender: Make) -> None:
    server = serve(silent)
    send = sender(max_time=0.6, max_connections=1)
    outcomes: list[Exchange] = []
    threads = [threading.Thread(target=lambda: outcomes.append(send(asked(server.url)))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(A_WHILE)
    assert len(outcomes) == 2
    assert {exchange.outcome.kind for exchange in outcomes if isinstance(exchange.outcome, NoResponse)} == {
        NoResponseKind.TIMEOUT
    }


# --- broken connections ---------------------------------------------------------------------------------------------


def closing(conversation: Conversation) -> None:
    conversation.request()


def resetting(conversation: Conversation) -> None:
    conversation.request()
    conversation.reset()


def says(data: bytes) -> Callable[[Conversation], None]:
    return answering(data)


def says_and_resets(data: bytes) -> Callable[[Conversation], None]:
    def play(conversation: Conversation) -> None:
        conversation.request()
        conversation.say(data)
        conversation.pause(0.2)
        conversation.reset()

    return play


@pytest.mark.parametrize(
    ("play", "why"),
    [
        (closing, "the server closed the connection without an answer"),
        (resetting, "the server reset the connection without an answer"),
        (says(b"HTTP/1.1 2"), "the server closed the connection in the middle of its answer"),
        (says(b"HT"), "the server closed the connection in the middle of its answer"),
        (
            says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"),
            "the server closed the connection in the middle of its answer",
        ),
        (
            says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc"),
            "the server closed the connection in the middle of its answer",
        ),
        (
            says_and_resets(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"),
            "the server reset the connection in the middle of its answer",
        ),
    ],
)
def test_a_connection_that_breaks(serve: Serve, sender: Make, play: Callable[[Conversation], None], why: str) -> None:
    server = serve(play)
    assert none_of(sender()(asked(server.url)), NoResponseKind.RESET).why == why
    assert server.connections == 1


def test_an_early_refusal_of_a_large_upload_is_the_answer(serve: Serve, sender: Make) -> None:
    def refuse(conversation: Conversation) -> None:
        conversation.head()
        conversation.say(response("423 Locked", b"locked", "Connection: close"))
        conversation.sock.shutdown(socket.SHUT_WR)
        conversation.pause(0.3)

    server = serve(refuse)
    assert sender()(asked(server.url, "PUT", bytes(20 * 1024 * 1024))).status == 423


def once_then_gone(conversation: Conversation) -> None:
    """Answers one request on a connection and takes a second one without a word, like a server that stops just then."""
    if conversation.request() is not None:
        conversation.say(response("200 OK"))
        conversation.request()


@pytest.mark.parametrize("method", ["PROPFIND", "OPTIONS", "GET", "HEAD"])
def test_reading_is_tried_again_on_a_stale_connection(serve: Serve, sender: Make, method: str) -> None:
    server = serve(once_then_gone)
    send = sender()
    assert send(asked(server.url, method)).status == 200
    assert send(asked(server.url, method)).status == 200
    assert server.connections == 2
    assert len(server.requests) == 3


@pytest.mark.parametrize("method", ["LOCK", "PUT", "UNLOCK", "DELETE", "MKCOL"])
def test_writing_is_not_tried_again(serve: Serve, sender: Make, method: str) -> None:
    server = serve(once_then_gone)
    send = sender()
    assert send(asked(server.url, method)).status == 200
    none_of(send(asked(server.url, method)), NoResponseKind.RESET)
    assert len(server.requests) == 2
    assert send(asked(server.url, method)).status == 200


def test_a_second_try_is_the_last(serve: Serve, sender: Make) -> None:
    def play(conversation: Conversation) -> None:
        if conversation.number == 1:
            once_then_gone(conversation)
        else:
            conversation.request()

    server = serve(play)
    send = sender()
    assert send(asked(server.url)).status == 200
    none_of(send(asked(server.url)), NoResponseKind.RESET)
    assert len(server.requests) == 3


def test_an_answer_that_began_is_not_asked_for_again(serve: Serve, sender: Make) -> None:
    def play(conversation: Conversation) -> None:
        conversation.request()
        conversation.say(response())
        conversation.request()
        conversation.say(b"HTTP/1.1 2")

    server = serve(play)
    send = sender()
    assert send(asked(server.url)).status == 200
    none_of(send(asked(server.url)), NoResponseKind.RESET)
    assert len(server.requests) == 2


def test_a_connection_that_the_server_closed_before_is_not_used(serve: Serve, sender: Make) -> None:
    server = serve(answering(response()))
    send = sender()
    assert send(asked(server.url, "LOCK")).status == 200
    server.join()
    assert send(asked(server.url, "LOCK")).status == 200
    assert server.connections == 2


# --- what is not HTTP -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "says_"),
    [
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", "it begins with “SSH-2.0-OpenSSH", id="another protocol"),
        pytest.param(b"<html>gone</html>", "it begins with “<html>", id="HTTP/0.9"),
        pytest.param(b"\x15\x03\x01\x00\x02\x02\x46", "speaks TLS: try https://", id="a TLS alert"),
        pytest.param(
            b"HTTP/1.1 OK 200\r\n\r\n", "its first line is no status line: “HTTP/1.1 OK 200”", id="a bad status line"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "a header line is malformed: “no colon”", id="a bad field"
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000, "longer than davlock reads", id="fields without end"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "not valid", id="two lengths"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "the length of a chunk is malformed: “zz",
            id="a bad chunk",
        ),
        pytest.param(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
            "101 Switching Protocols, which",
            id="another protocol, unasked",
        ),
    ],
)
def test_what_is_not_http_is_the_servers_fault(serve: Serve, sender: Make, answer: bytes, says_: str) -> None:
    server = serve(says(answer))
    with pytest.raises(RemoteProtocolError, match=says_) as raised:
        sender()(asked(server.url))
    assert raised.value.where == "HTTP"
    assert len(str(raised.value)) < 400


def test_another_protocol_is_recognised_also_when_it_waits(serve: Serve, sender: Make) -> None:
    def play(conversation: Conversation) -> None:
        conversation.request()
        conversation.say(b"220 mail.example ESMTP\r\n")
        conversation.pause(60)

    with pytest.raises(RemoteProtocolError, match="220 mail"):
        sender(max_time=0.5)(asked(serve(play).url))


# --- TLS ------------------------------------------------------------------------------------------------------------


def test_a_trusted_certificate(serve: Serve, sender: Make, certificate: Certificate) -> None:
    server = serve(answering(response(), response()), tls=certificate.server_context())
    send = sender(cacert=certificate.cert)
    assert send(asked(server.url)).status == 200
    assert send(asked(server.url.replace("127.0.0.1", "localhost"))).status == 200


def test_a_certificate_of_nobody_known(serve: Serve, sender: Make, certificate: Certificate) -> None:
    server = serve(answering(response()), tls=certificate.server_context())
    failure = none_of(sender()(asked(server.url)), NoResponseKind.TLS, sent=False)
    assert failure.why == "the server's certificate is self-signed and not trusted here"
    assert "--cacert" in failure.hint
    assert "-k" in failure.hint
    assert server.requests == []


def test_no_check_of_the_certificate(serve: Serve, sender: Make, certificate: Certificate) -> None:
    server = serve(answering(response()), tls=certificate.server_context())
    assert sender(verify=False)(asked(server.url)).status == 200


@pytest.mark.parametrize("greeting", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-x\r\n"])
def test_a_port_without_tls(serve: Serve, sender: Make, greeting: bytes) -> None:
    def play(conversation: Conversation) -> None:
        conversation.sock.recv(1000)
        conversation.say(greeting)
        conversation.pause(0.2)

    server = serve(play)
    url = server.url.replace("http:", "https:")
    failure = none_of(sender()(asked(f"{url}/x")), NoResponseKind.TLS, sent=False)
    assert failure.why == "the port does not speak TLS"
    assert failure.hint == f"try {server.url}/x"


@pytest.mark.parametrize("reset", [True, False])
def test_a_handshake_that_breaks_off(serve: Serve, sender: Make, reset: bool) -> None:
    def play(conversation: Conversation) -> None:
        conversation.sock.recv(1000)
        if reset:
            conversation.reset()

    url = serve(play).url.replace("http:", "https:")
    failure = none_of(sender()(asked(url)), NoResponseKind.TLS, sent=False)
    assert failure.why.startswith("the TLS handshake failed (")


def test_a_handshake_that_hangs(serve: Serve, sender: Make) -> None:
    url = serve(lambda conversation: conversation.pause(60) and None).url.replace("http:", "https:")
    none_of(sender(connect_timeout=0.3)(asked(url)), NoResponseKind.TIMEOUT, sent=False)


def test_a_client_certificate(serve: Serve, sender: Make, certificate: Certificate) -> None:
    context = certificate.server_context()
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(certificate.cert)
    server = serve(answering(response()), tls=context)
    send = sender(cacert=certificate.cert, cert=certificate.cert, key=certificate.key)
    assert send(asked(server.url)).status == 200
    without = sender(cacert=certificate.cert)(asked(server.url)).outcome
    # With TLS 1.3 the server judges after the client has begun to send.
    assert isinstance(without, NoResponse)
    assert without.kind in (NoResponseKind.TLS, NoResponseKind.RESET)


def test_tls_is_not_prepared_for_http(serve: Serve, sender: Make) -> None:
    send = sender(cacert="/nowhere/ca.pem", cert="/nowhere/cert.pem")
    assert send(asked(serve(answering(response())).url)).status == 200
