"""What the sender puts on the wire, and what it makes of answers."""

import gzip
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType

import pytest

from davlock import __version__
from davlock.errors import LocalProtocolError, NoResponse, NoResponseKind, RemoteProtocolError
from davlock.protocol.message import Exchange, Headers, Request
from davlock.transport.base import EVIDENCE_LIMIT, Send
from davlock.transport.http import HttpSender
from davlock.transport.settings import ConnectionSettings, Credentials
from tests.saying import saying
from tests.transport.scripted import Conversation, ScriptedServer, answering, response

Serve = Callable[..., ScriptedServer]
Make = Callable[..., HttpSender]


def asked(url: str, method: str = "GET", body: bytes = b"", **fields: str) -> Request:
    headers = Headers.of((name.replace("_", "-"), value) for name, value in fields.items())
    return Request(method=method, url=url, headers=headers, body=body)


def fields_of(message: bytes) -> list[tuple[str, str]]:
    lines = message.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
    return [(name, value) for name, _, value in (line.partition(": ") for line in lines)]


def body_of(exchange: Exchange) -> bytes:
    assert exchange.response is not None, exchange.outcome
    assert exchange.response.body is not None
    return exchange.response.body


# --- what is sent ---------------------------------------------------------------------------------------------------


def test_a_request_has_our_fields_and_no_others(serve: Serve, sender: Make) -> None:
    server = serve(answering(response()))
    exchange = sender()(asked(f"{server.url}/a"))
    assert server.requests[0].startswith(b"GET /a HTTP/1.1\r\n")
    expected = [
        ("Host", f"127.0.0.1:{server.port}"),
        ("User-Agent", f"davlock/{__version__}"),
        ("Accept", "*/*"),
        ("Accept-Encoding", "identity"),
    ]
    assert fields_of(server.requests[0]) == expected
    assert list(exchange.request.headers) == expected
    assert exchange.request.headers.complete
    assert exchange.elapsed_ms is not None
    assert exchange.elapsed_ms > 0


def test_the_requests_fields_win_over_the_connections_and_these_over_the_defaults(serve: Serve, sender: Make) -> None:
    server = serve(answering(response()))
    send = sender(user_agent="mine", headers=(("X-One", "connection"), ("accept", "text/xml"), ("Depth", "9")))
    send(asked(server.url, "PROPFIND", Depth="0", USER_AGENT="theirs"))
    assert fields_of(server.requests[0]) == [
        ("Host", f"127.0.0.1:{server.port}"),
        ("Accept-Encoding", "identity"),
        ("X-One", "connection"),
        ("accept", "text/xml"),
        ("Depth", "0"),
        ("USER-AGENT", "theirs"),
        ("Content-Length", "0"),
    ]


def test_a_field_may_come_several_times_and_hold_iso_8859_1(serve: Serve, sender: Make) -> None:
    server = serve(answering(response()))
    headers = Headers.of([("X", "one"), ("X", " tw\xf6\t "), ("Host", "other.example")])
    exchange = sender()(Request(method="GET", url=server.url, headers=headers))
    sent = fields_of(server.requests[0])
    assert [value for name, value in sent if name == "X"] == ["one", "tw\xf6"]
    assert [value for name, value in sent if name == "Host"] == ["other.example"]
    assert exchange.request.headers.get_all("X") == ("one", "tw\xf6")


@pytest.mark.parametrize(
    ("path", "target"),
    [
        pytest.param("/a%c3%bc%20b/%41//c;x?y", "/a%c3%bc%20b/%41//c;x?y", id="escapes, slashes, semicolon"),
        pytest.param("/a/../b/./c", "/a/../b/./c", id="dots"),
        pytest.param("/a|b[1]^{2}`'\"<>\\", "/a|b[1]^{2}`'\"<>\\", id="what a URL should not have"),
        pytest.param("/100%", "/100%", id="a lone percent"),
        pytest.param("", "/", id="no path"),
        pytest.param("?q", "/?q", id="a query without path"),
        pytest.param("/a?b?c=%2F#d", "/a?b?c=%2F", id="no fragment"),
        pytest.param("/a b\tü?ö", "/a%20b%09%C3%BC?%C3%B6", id="escaped where it could not be sent"),
        pytest.param("/a\r\nX: y", "/a%0D%0AX:%20y", id="no second line"),
        pytest.param("/mail@example/a@b", "/mail@example/a@b", id="at signs in the path"),
    ],
)
def test_the_target_is_sent_as_given(serve: Serve, sender: Make, path: str, target: str) -> None:
    server = serve(answering(response()))
    exchange = sender()(asked(server.url + path))
    assert server.requests[0].split(b"\r\n")[0] == f"GET {target} HTTP/1.1".encode()
    assert exchange.request.url == server.url + (target if path.startswith("/") else target[1:])


def test_methods_are_sent_as_given(sender: Make) -> None:
    server = saying(lambda request: response())
    exchange = sender(server)(asked(server.url, "lock"))
    assert server.requests[0].startswith(b"lock / HTTP/1.1\r\n")
    assert exchange.request.method == "lock"


@pytest.mark.parametrize(
    ("method", "length"),
    [("GET", None), ("HEAD", None), ("OPTIONS", None), ("DELETE", None)]
    + [(method, "0") for method in ("PUT", "LOCK", "UNLOCK", "PROPFIND", "MKCOL", "MOVE")],
)
def test_content_length_without_content(sender: Make, method: str, length: str | None) -> None:
    server = saying(lambda request: response("204 No Content"))
    sender(server)(Request(method=method, url=server.url, body=None))
    assert dict(fields_of(server.requests[0])).get("Content-Length") == length


def test_content_is_sent_with_its_length(serve: Serve, sender: Make) -> None:
    server = serve(answering(response()))
    sender()(asked(server.url, "PUT", b"content", Content_Length="7"))
    assert fields_of(server.requests[0])[-1] == ("Content-Length", "7")
    assert server.requests[0].endswith(b"\r\n\r\ncontent")


class Pieces:
    """A ``BodySource`` that counts how often it was read."""

    def __init__(self, *pieces: bytes, length: int | None = None) -> None:
        self.pieces = pieces
        self.length = sum(map(len, pieces)) if length is None else length
        self.reads = 0

    def __iter__(self) -> Iterator[bytes]:
        self.reads += 1
        return iter(self.pieces)


def test_a_source_is_streamed_with_its_length(serve: Serve, sender: Make) -> None:
    server = serve(answering(response("201 Created")))
    source = Pieces(b"a" * 100_000, b"", b"b" * 200_000)
    sender()(Request(method="PUT", url=server.url, body=source))
    assert dict(fields_of(server.requests[0]))["Content-Length"] == "300000"
    assert server.requests[0].endswith(b"\r\n\r\n" + b"a" * 100_000 + b"b" * 200_000)
    assert source.reads == 1


@pytest.mark.parametrize("length", [2, 4], ids=["more than announced", "less than announced"])
def test_a_source_of_another_length_is_the_callers_fault(serve: Serve, sender: Make, length: int) -> None:
    server = serve(answering(response()))
    with pytest.raises(LocalProtocolError, match="changed its length"):
        sender()(Request(method="PUT", url=server.url, body=Pieces(b"abc", length=length)))


def test_trouble_with_the_source_is_not_trouble_with_the_network(serve: Serve, sender: Make) -> None:
    class Broken(Pieces):
        def __iter__(self) -> Iterator[bytes]:
            yield b"a"
            raise IsADirectoryError("not a file")

    server = serve(answering(response()))
    with pytest.raises(IsADirectoryError):
        sender()(Request(method="PUT", url=server.url, body=Broken(b"abc")))


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        (asked("http://127.0.0.1/", "GET X"), "is not a method"),
        (asked("http://127.0.0.1/", ""), "is not a method"),
        (asked("http://127.0.0.1/", X="a\r\nEvil: 1"), "control character"),
        (asked("http://127.0.0.1/", X="a\nb"), "control character"),
        (asked("http://127.0.0.1/", X="a\0b"), "control character"),
        (asked("http://127.0.0.1/", X="€"), "ISO 8859-1"),
        (asked("http://127.0.0.1/", X="\udce9"), "ISO 8859-1"),
        (Request(method="GET", url="http://127.0.0.1/", headers=Headers.of([("X Y", "a")])), "name of a header"),
        (Request(method="GET", url="http://127.0.0.1/", headers=Headers.of([("", "a")])), "name of a header"),
        (asked("http://127.0.0.1/", "PUT", b"abc", Content_Length="4"), "you cannot set"),
        (asked("http://127.0.0.1/", "PUT", b"abc", Transfer_Encoding="chunked"), "you cannot set"),
        (asked("ftp://127.0.0.1/"), "not an http or https URL"),
        (asked("127.0.0.1/a"), "not an http or https URL"),
        (asked("http:///a"), "not an http or https URL"),
        (asked("https://"), "not an http or https URL"),
        (asked("http://[::zz]/"), "https://HOST:PORT/PATH"),
        (asked("http://host:port/"), "https://HOST:PORT/PATH"),
        (asked("http://127.0.0.1:65536/"), "port 65536 does not exist"),
    ],
)
def test_what_must_not_be_sent_is_the_callers_fault(sender: Make, request_: Request, says: str) -> None:
    with pytest.raises(LocalProtocolError, match=says):
        sender(connect_timeout=1)(request_)


def test_two_hosts_cannot_be_sent_and_the_error_does_not_quote_them(serve: Serve, sender: Make) -> None:
    server = serve(answering(response()))
    headers = Headers.of([("Host", "one"), ("Host", "s3cret")])
    with pytest.raises(LocalProtocolError, match="cannot send such a request") as raised:
        sender()(Request(method="GET", url=server.url, headers=headers))
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize("url", ["user:s3cret@host/x", "dav://user:s3cret@host/x"])
def test_a_bad_url_is_quoted_without_its_password(sender: Make, url: str) -> None:
    with pytest.raises(LocalProtocolError) as raised:
        sender()(asked(url))
    assert "host/x" in str(raised.value)
    assert "s3cret" not in str(raised.value)


def test_the_connections_fields_are_checked_too(sender: Make) -> None:
    with pytest.raises(LocalProtocolError, match="X-Mine"):
        sender(headers=(("X-Mine", "a\nb"),))(asked("http://127.0.0.1/"))


# --- secrets --------------------------------------------------------------------------------------------------------


def test_secrets_are_sent_and_not_kept(sender: Make) -> None:
    server = saying(
        lambda request: response("200 OK", b"", "Set-Cookie: session=s3cret; HttpOnly", "Set-Cookie: s3cret")
    )
    url = server.url.replace("//", "//user:s3cret@")
    exchange = sender(server, headers=(("Cookie", "a=s3cret"),))(asked(f"{url}/x", Authorization="Custom s3cret"))
    assert ("Authorization", "Custom s3cret") in fields_of(server.requests[0])
    assert ("Cookie", "a=s3cret") in fields_of(server.requests[0])
    assert exchange.request.url == f"{server.url}/x"
    assert exchange.request.headers.get("Authorization") == "(hidden)"
    assert exchange.request.headers.get("Cookie") == "(hidden)"
    assert exchange.response is not None
    assert exchange.response.headers.get_all("Set-Cookie") == ("session=(hidden); HttpOnly", "(hidden)")
    assert "s3cret" not in repr(exchange)


def test_settings_do_not_show_secrets() -> None:
    settings = ConnectionSettings(
        proxy="http://u:s3cret@proxy", headers=(("Authorization", "s3cret"),), credentials=Credentials("me", "s3cret")
    )
    assert "s3cret" not in repr(settings)
    assert "me" in repr(settings)


# --- what is answered -----------------------------------------------------------------------------------------------


def test_a_status_is_data(serve: Serve, sender: Make) -> None:
    locked = response("423 Locked", b"<D:error/>", "Content-Type: application/xml", "X-\xdc: a", "Server:  B\xfccher ")
    server = serve(answering(locked.replace(b"X-\xdc: a\r\n", b"X-UTF: B\xc3\xbccher\r\n")))
    got = sender()(asked(server.url, "PUT")).outcome
    assert not isinstance(got, NoResponse)
    assert (got.status, got.reason, got.body, got.body_truncated) == (423, "Locked", b"<D:error/>", False)
    assert list(got.headers) == [
        ("Content-Type", "application/xml"),
        ("X-UTF", "Bücher"),
        ("Server", "Bücher"),
        ("Content-Length", "10"),
    ]


@pytest.mark.parametrize(
    ("answer", "body", "reason"),
    [
        pytest.param(b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nab", b"ab", "", id="no reason phrase"),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\nuntil the end", b"until the end", "OK", id="HTTP/1.0"),
        pytest.param(b"HTTP/1.1 200 OK\nContent-Length: 2\n\nab", b"ab", "OK", id="bare line feeds"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\nT: x\r\n\r\n",
            b"abc",
            "OK",
            id="chunked, with an extension and a trailer",
        ),
        pytest.param(
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n"
            b"HTTP/1.1 200 Done\r\nContent-Length: 0\r\n\r\n",
            b"",
            "Done",
            id="interim responses",
        ),
    ],
)
def test_answers_that_are_fine(serve: Serve, sender: Make, answer: bytes, body: bytes, reason: str) -> None:
    server = serve(answering(answer))
    exchange = sender()(asked(server.url))
    assert body_of(exchange) == body
    assert exchange.response is not None
    assert exchange.response.reason == reason


@pytest.mark.parametrize("location", [None, "/elsewhere", "http://[no url", "https://other.example/\xff"])
def test_redirects_are_not_followed(sender: Make, location: str | None) -> None:
    fields = () if location is None else (f"Location: {location}",)
    server = saying({"PROPFIND": response("302 Found", b"", *fields)})
    exchange = sender(server)(asked(server.url, "PROPFIND"))
    assert exchange.status == 302
    assert exchange.response is not None
    assert exchange.response.headers.get("Location") == location
    assert len(server.requests) == 1


def test_head_names_a_length_and_a_coding_and_has_no_body(serve: Serve, sender: Make) -> None:
    server = serve(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\nContent-Encoding: zstd\r\n\r\n"))
    assert body_of(sender()(asked(server.url, "HEAD"))) == b""


def test_codings_are_undone(sender: Make) -> None:
    server = saying(lambda request: response("200 OK", gzip.compress(b"text" * 99_999), "Content-Encoding: gzip"))
    assert body_of(sender(server)(asked(server.url))) == b"text" * 99_999


@pytest.mark.parametrize(
    ("fields", "body"),
    [("Content-Encoding: gzip", b"no gzip"), ("Content-Encoding: zstd", b"x")],
    ids=["damaged", "unknown"],
)
def test_a_coding_that_cannot_be_undone(serve: Serve, sender: Make, fields: str, body: bytes) -> None:
    server = serve(answering(response("200 OK", body, fields)))
    with pytest.raises(RemoteProtocolError, match="Content-Encoding"):
        sender()(asked(server.url))


def endless(conversation: Conversation) -> None:
    """Half a gigabyte, chunked, if somebody reads it."""
    conversation.request()
    conversation.say(b"HTTP/1.1 207 Multi-Status\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(500):
        conversation.say(b"100000\r\n" + bytes(1024 * 1024) + b"\r\n")
    conversation.say(b"0\r\n\r\n")


def too_large(exchange: Exchange) -> NoResponse:
    assert isinstance(exchange.outcome, NoResponse)
    assert exchange.outcome.kind is NoResponseKind.TOO_LARGE
    assert exchange.outcome.sent
    return exchange.outcome


def test_a_body_beyond_the_limit_is_not_read(serve: Serve, sender: Make) -> None:
    server = serve(endless)
    assert too_large(sender()(asked(server.url))).why == "the answer is larger than 16 MiB"


def test_a_bomb_is_not_decoded_beyond_the_limit(sender: Make) -> None:
    bomb = gzip.compress(bytes(30 * 1024 * 1024), 1)
    server = saying(lambda request: response("200 OK", bomb, "Content-Encoding: gzip"))
    assert too_large(sender(server)(asked(server.url))).why == "the answer is larger than 16 MiB"


@pytest.mark.parametrize(("limit", "says"), [(3 * 1024, "3 KiB"), (5000, "5000 bytes"), (2 * 1024**3, "")])
def test_limits_can_be_set(sender: Make, limit: int, says: str) -> None:
    server = saying(lambda request: response("200 OK", bytes(5001)))
    exchange = sender(server, collect_limit=limit)(asked(server.url))
    if says:
        assert too_large(exchange).why == f"the answer is larger than {says}"
    else:
        assert body_of(exchange) == bytes(5001)


# --- feeding --------------------------------------------------------------------------------------------------------


def test_a_207_is_fed_and_its_beginning_kept(sender: Make) -> None:
    body = b"<multistatus>" + bytes(range(256)) * 1024
    coded = gzip.compress(body)
    server = saying(
        {"PROPFIND": [response("207 Multi-Status", coded, "Content-Encoding: gzip"), response("207", b"small")]}
    )
    send = sender(server)
    fed: list[bytes] = []
    got = send(asked(server.url, "PROPFIND"), feed=fed.append).response
    assert got is not None
    assert b"".join(fed) == body
    assert got.body == body[:EVIDENCE_LIMIT]
    assert got.body_truncated
    fed.clear()
    got = send(asked(server.url, "PROPFIND"), feed=fed.append).response
    assert got is not None
    assert fed == [b"small"]
    assert (got.body, got.body_truncated) == (b"small", False)


def test_another_status_is_not_fed(sender: Make) -> None:
    server = saying(lambda request: response("403 Forbidden", b"x" * 70_000))
    fed: list[bytes] = []
    exchange = sender(server)(asked(server.url, "PROPFIND"), feed=fed.append)
    assert fed == []
    assert body_of(exchange) == b"x" * 70_000


def test_feeding_ends_at_its_limit(serve: Serve, sender: Make) -> None:
    server = serve(endless)
    fed: list[int] = []
    exchange = sender(feed_limit=40 * 1024 * 1024)(asked(server.url), feed=lambda piece: fed.append(len(piece)))
    assert too_large(exchange).why == "the answer is larger than 40 MiB"
    assert 16 * 1024 * 1024 < sum(fed) <= 40 * 1024 * 1024


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
def test_what_the_parser_raises_ends_the_request(serve: Serve, sender: Make, kind: type[BaseException]) -> None:
    left = threading.Event()

    def play(conversation: Conversation) -> None:
        try:
            endless(conversation)
        except OSError:
            left.set()

    def fail(piece: bytes) -> None:
        raise kind("enough")

    with pytest.raises(kind, match="enough"):
        sender()(asked(serve(play).url), feed=fail)
    assert left.wait(20)


def test_ctrl_c_closes_the_connection(serve: Serve, sender: Make) -> None:
    left = threading.Event()

    def play(conversation: Conversation) -> None:
        conversation.request()
        if conversation.request() is None:
            left.set()

    def interrupt(signum: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    server = serve(play)
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(KeyboardInterrupt):
            sender()(asked(server.url, "LOCK"))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert left.wait(20)


# --- connections ----------------------------------------------------------------------------------------------------


def test_a_connection_is_kept_and_closed_with_the_sender(serve: Serve) -> None:
    closed = threading.Event()

    def play(conversation: Conversation) -> None:
        while conversation.request() is not None:
            conversation.say(response())
        closed.set()

    server = serve(play)
    with HttpSender(ConnectionSettings(), clock=time.monotonic) as send:
        for _ in range(3):
            assert send(asked(server.url)).status == 200
        assert server.connections == 1
    assert closed.wait(20)


def test_several_threads_share_a_sender(serve: Serve, sender: Make) -> None:
    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            conversation.pause(0.005)
            conversation.say(response("200 OK", request.split(b" ")[1]))

    server = serve(play)
    send: Send = sender(max_connections=3)
    wrong: list[str] = []

    def work(name: str) -> None:
        for number in range(20):
            if body_of(send(asked(f"{server.url}/{name}/{number}"))) != f"/{name}/{number}".encode():
                wrong.append(name)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcdef"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert len(server.requests) == 120
    assert server.connections <= 3


# --- the import -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", [f"davlock.transport.{name}" for name in ("auth", "http")])
def test_httpx_is_imported_without_its_command_line(module: str) -> None:
    code = f"import sys, {module}, httpx; print({{'httpx._main', 'rich', 'click'}} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


def test_an_httpx_that_is_there_already_is_left_alone() -> None:
    code = (
        "import sys, httpx; main = sys.modules.get('httpx._main'); import davlock.transport.http;"
        "print(sys.modules.get('httpx._main') is main)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "True"
