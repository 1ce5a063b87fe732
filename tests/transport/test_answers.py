"""Answers of every form, whole and in pieces, and what becomes of the connection that brought them."""

import threading
from collections.abc import Callable

import pytest

from davlock.errors import NoResponse, RemoteProtocolError
from davlock.protocol.message import Exchange, Headers, Request
from davlock.transport.http import HttpSender
from tests.transport.scripted import Conversation, Play, ScriptedServer, response

Serve = Callable[..., ScriptedServer]
Make = Callable[..., HttpSender]

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1;x=y\r\nk\r\n0\r\n\r\n"

KEPT: list[tuple[str, str, bytes, bytes]] = [
    ("plain", "GET", response("200 OK", b"ok"), b"ok"),
    ("no reason", "GET", b"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok", b"ok"),
    ("empty", "GET", response("200 OK"), b""),
    ("said to be kept", "GET", response("200 OK", b"ok", "Connection: Keep-Alive"), b"ok"),
    ("no content, and kept", "DELETE", b"HTTP/1.1 204 No Content\r\nConnection: Keep-Alive\r\n\r\n", b""),
    ("no content, none in length", "DELETE", response("204 No Content"), b""),
    ("no content to read", "GET", b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    ("head", "HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", b""),
    ("chunked", "GET", CHUNKED, b"ok"),
    ("head of chunks", "HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b""),
    ("after 100", "PUT", b"HTTP/1.1 100 Continue\r\n\r\n" + response("200 OK", b"ok"), b"ok"),
    ("after 102", "GET", b"HTTP/1.1 102 Processing\r\n\r\n" + response("200 OK", b"ok"), b"ok"),
    ("lines end in LF", "GET", b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", b"ok"),
    ("a folded line", "GET", b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\nok", b"ok"),
    ("a tab in a value", "GET", b"HTTP/1.1 200 OK\r\nX: a\tb\r\nContent-Length: 2\r\n\r\nok", b"ok"),
    ("the length twice", "GET", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok", b"ok"),
]
CLOSED: list[tuple[str, str, bytes, bytes]] = [
    ("said to be closed", "GET", response("200 OK", b"ok", "Connection: close"), b"ok"),
    ("no content", "DELETE", b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    ("HTTP/1.0", "GET", b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", b"ok"),
]


def send_twice(
    play: Play, serve: Serve, send: HttpSender, method: str = "GET"
) -> tuple[ScriptedServer, list[Exchange]]:
    server = serve(play)
    return server, [send(Request(method=method, url=f"{server.url}/{number}")) for number in range(2)]


def saying(given: bytes, *, bytewise: bool) -> Play:
    def play(conversation: Conversation) -> None:
        while conversation.request() is not None:
            for start in range(len(given)) if bytewise else (0,):
                conversation.say(given[start : start + 1] if bytewise else given)

    return play


@pytest.mark.parametrize("bytewise", [False, True])
@pytest.mark.parametrize(("what", "method", "given", "body"), KEPT + CLOSED, ids=[case[0] for case in KEPT + CLOSED])
def test_forms(serve: Serve, sender: Make, what: str, method: str, given: bytes, body: bytes, bytewise: bool) -> None:
    server, exchanges = send_twice(saying(given, bytewise=bytewise), serve, sender(max_time=20.0), method)
    for exchange in exchanges:
        assert exchange.response is not None, exchange.outcome
        assert (exchange.response.ok, exchange.response.body) == (True, body)
    assert server.connections == (1 if (what, method, given, body) in KEPT else 2)


def test_a_write_does_not_follow_what_the_server_may_be_closing(serve: Serve, sender: Make) -> None:
    """libsoup closes after each 204 without a word: a LOCK that met its reset could not be sent again."""
    ended = threading.Event()

    def play(conversation: Conversation) -> None:
        conversation.request()
        conversation.say(b"HTTP/1.1 204 No Content\r\n\r\n")
        if conversation.number == 1:
            ended.wait(20)
            conversation.reset()

    server, send = serve(play), sender()
    assert send(Request(method="UNLOCK", url=f"{server.url}/a")).status == 204
    try:
        assert send(Request(method="LOCK", url=f"{server.url}/a")).status == 204
    finally:
        ended.set()


def test_a_body_that_ends_with_the_connection(serve: Serve, sender: Make) -> None:
    def play(conversation: Conversation) -> None:
        conversation.request()
        conversation.say(b"HTTP/1.1 200 OK\r\n\r\nok")

    _, exchanges = send_twice(play, serve, sender())
    assert [exchange.response and exchange.response.body for exchange in exchanges] == [b"ok", b"ok"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_was_not_asked_for_is_no_answer(serve: Serve, sender: Make, method: str) -> None:
    """WsgiDAV sends a body with a 412 to HEAD: whatever comes after an answer must not pass for the next one."""

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            number = request.split(b" ")[1][1:]
            body = b"" if method == "HEAD" else number
            head = b"HTTP/1.1 200 OK\r\nX-Number: %b\r\nContent-Length: 1\r\n\r\n" % number
            conversation.say(head + body + response("423 Locked"))

    server, exchanges = send_twice(play, serve, sender(), method)
    answers = [exchange.response for exchange in exchanges]
    assert [answer and (answer.status, answer.headers.get("X-Number")) for answer in answers] == [
        (200, "0"),
        (200, "1"),
    ]
    assert server.connections == 2


@pytest.mark.parametrize(
    "given",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok",
        b"HTTP/1.1 20 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nno field\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nX: \x00\r\nContent-Length: 2\r\n\r\nok",
    ],
)
def test_what_is_not_http(serve: Serve, sender: Make, given: bytes) -> None:
    server = serve(saying(given, bytewise=False))
    with pytest.raises(RemoteProtocolError):
        sender()(Request(method="GET", url=server.url))


def test_a_body_that_breaks_off(serve: Serve, sender: Make) -> None:
    def play(conversation: Conversation) -> None:
        conversation.request()
        conversation.say(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nok")

    _, exchanges = send_twice(play, serve, sender())
    assert all(isinstance(exchange.outcome, NoResponse) for exchange in exchanges)


def test_a_request_that_wants_the_connection_closed(serve: Serve, sender: Make) -> None:
    server, send = serve(saying(response(), bytewise=False)), sender()
    for _ in range(2):
        send(Request(method="GET", url=server.url, headers=Headers.of([("Connection", "close")])))
    assert server.connections == 2


def test_closing_ends_what_another_thread_waits_for(serve: Serve, sender: Make) -> None:
    asked = threading.Event()

    def play(conversation: Conversation) -> None:
        conversation.request()
        asked.set()
        conversation.pause(30)

    server, send = serve(play), sender(max_time=None)
    outcomes: list[object] = []
    thread = threading.Thread(target=lambda: outcomes.append(send(Request(method="LOCK", url=server.url)).outcome))
    thread.start()
    assert asked.wait(20)
    send.close()
    thread.join(20)
    assert not thread.is_alive()
    assert isinstance(outcomes[0], NoResponse)


@pytest.mark.parametrize("surplus", [response("423 Locked"), b"<html><body>Precondition failed</body></html>"])
@pytest.mark.parametrize("form", ["HEAD", "a length", "no content", "chunks"])
def test_no_lock_is_sent_behind_what_was_not_asked_for(serve: Serve, sender: Make, form: str, surplus: bytes) -> None:
    """Its answer could not be told from the surplus; and a LOCK that was sent cannot be sent again."""
    first = {
        "HEAD": b"HTTP/1.1 412 Precondition Failed\r\nContent-Length: 41\r\n\r\n",
        "a length": response("200 OK", b"ok"),
        "no content": b"HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n",
        "chunks": CHUNKED,
    }[form]

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            conversation.say(response("201 Created") if request.startswith(b"LOCK") else first + surplus)

    server, send = serve(play), sender()
    send(Request(method="HEAD" if form == "HEAD" else "PROPFIND", url=f"{server.url}/a"))
    assert send(Request(method="LOCK", url=f"{server.url}/a")).status == 201
    assert [request.split(b" ")[0] for request in server.requests].count(b"LOCK") == 1
    assert server.connections == 2


def test_a_question_behind_what_was_not_asked_for_is_asked_again(serve: Serve, sender: Make) -> None:
    """It left before the surplus was seen, and its answer comes over another connection."""

    def play(conversation: Conversation) -> None:
        while conversation.request() is not None:
            conversation.say(CHUNKED + response("423 Locked") if conversation.number == 1 else CHUNKED)

    server, send = serve(play), sender()
    statuses = [send(Request(method="PROPFIND", url=f"{server.url}/{number}")).status for number in range(2)]
    assert statuses == [200, 200]
    assert server.connections == 2
