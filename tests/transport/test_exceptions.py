"""Every exception of httpx, from whatever transport, is a failure in davlock's words, and never a traceback."""

import inspect
import socket
import ssl
from collections.abc import Callable, Iterator

import httpx
import pytest

from davlock.errors import DavlockError, LocalProtocolError, NoResponse, NoResponseKind, RemoteProtocolError
from davlock.protocol.message import Request
from davlock.transport.http import HttpSender
from davlock.transport.settings import Credentials, Scheme
from tests.cli.command import run
from tests.saying import Say, saying

Make = Callable[..., HttpSender]
Kind = NoResponseKind

FAILURES: dict[type[Exception], tuple[NoResponseKind, bool]] = {
    httpx.ConnectError: (Kind.CONNECT, False),
    httpx.ConnectTimeout: (Kind.TIMEOUT, False),
    httpx.PoolTimeout: (Kind.TIMEOUT, False),
    httpx.ProxyError: (Kind.PROXY, False),
    httpx.ReadError: (Kind.RESET, True),
    httpx.WriteError: (Kind.RESET, True),
    httpx.CloseError: (Kind.RESET, True),
    httpx.TransportError: (Kind.RESET, True),
    httpx.NetworkError: (Kind.RESET, True),
    httpx.ReadTimeout: (Kind.TIMEOUT, True),
    httpx.WriteTimeout: (Kind.TIMEOUT, True),
    httpx.TimeoutException: (Kind.TIMEOUT, True),
}
SERVERS_FAULTS = (
    *(httpx.RemoteProtocolError, httpx.ProtocolError, httpx.DecodingError, httpx.TooManyRedirects),
    *(httpx.HTTPStatusError, httpx.RequestError, httpx.HTTPError),
)
CALLERS_FAULTS = (
    *(httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.CookieConflict),
    *(httpx.StreamError, httpx.StreamConsumed, httpx.StreamClosed, httpx.RequestNotRead, httpx.ResponseNotRead),
)


def made(kind: type[Exception]) -> Exception:
    """An exception as httpx would make it; each class wants other arguments."""
    wanted = inspect.signature(kind).parameters
    given = {"request": httpx.Request("GET", "http://h/"), "response": httpx.Response(500), "message": "s3cret words"}
    return kind(**{name: value for name, value in given.items() if name in wanted and name not in ("args", "kwargs")})


def outcome_of(sender: Make, exc: Exception, **settings: object) -> object:
    server = saying({"LOCK": exc})
    return sender(server, **settings)(Request(method="LOCK", url=f"{server.url}/x")).outcome


def test_none_is_missing_here() -> None:
    known = {*FAILURES, *SERVERS_FAULTS, *CALLERS_FAULTS}
    classes = {value for value in vars(httpx).values() if isinstance(value, type) and issubclass(value, Exception)}
    assert classes == known


@pytest.mark.parametrize("kind", FAILURES, ids=lambda kind: kind.__name__)
def test_no_answer(sender: Make, kind: type[Exception]) -> None:
    outcome = outcome_of(sender, made(kind))
    assert isinstance(outcome, NoResponse)
    assert (outcome.kind, outcome.sent) == FAILURES[kind]
    assert outcome.url == "http://dav.example/x"


@pytest.mark.parametrize("kind", SERVERS_FAULTS, ids=lambda kind: kind.__name__)
def test_an_answer_of_no_use(sender: Make, kind: type[Exception]) -> None:
    with pytest.raises(RemoteProtocolError) as raised:
        outcome_of(sender, made(kind))
    assert raised.value.where == "HTTP"


@pytest.mark.parametrize("kind", CALLERS_FAULTS, ids=lambda kind: kind.__name__)
def test_a_request_that_cannot_be_sent(sender: Make, kind: type[Exception]) -> None:
    with pytest.raises(LocalProtocolError, match="cannot send such a request") as raised:
        outcome_of(sender, made(kind))
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    ("cause", "kind", "why"),
    [
        (socket.gaierror(-2, "Name or service not known"), Kind.DNS, "the name dav.example has no address ("),
        (ConnectionRefusedError(111, "Connection refused"), Kind.CONNECT, "no connection (connection refused)"),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number"), Kind.TLS, "the TLS handshake failed ("),
    ],
)
def test_the_systems_reason_is_told(sender: Make, cause: Exception, kind: NoResponseKind, why: str) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no") from cause

    send = sender(httpx.MockTransport(fail))
    outcome = send(Request(method="LOCK", url="http://dav.example/x")).outcome
    assert isinstance(outcome, NoResponse)
    assert outcome.kind is kind
    assert outcome.why.startswith(why)


@pytest.mark.parametrize("kind", [httpx.ReadError, httpx.ReadTimeout, httpx.RemoteProtocolError, httpx.DecodingError])
def test_a_body_that_breaks_off(sender: Make, kind: type[httpx.RequestError]) -> None:
    class Breaking(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield b"<multistatus>"
            raise kind("broken")

    server = saying(lambda request: httpx.Response(207, stream=Breaking()))
    send = sender(server)
    try:
        outcome: object = send(Request(method="PROPFIND", url=f"{server.url}/x")).outcome
    except DavlockError as exc:
        outcome = exc
    expected = RemoteProtocolError if kind in SERVERS_FAULTS else NoResponse
    assert isinstance(outcome, expected)


def test_a_failure_after_a_challenge_has_sent_the_request(sender: Make) -> None:
    challenge = httpx.Response(401, headers={"WWW-Authenticate": 'Digest realm="r", nonce="n"'})
    server = saying({"LOCK": [challenge, httpx.ConnectError("gone")]})
    send = sender(server, credentials=Credentials("me", "pw", Scheme.DIGEST))
    outcome = send(Request(method="LOCK", url=f"{server.url}/x")).outcome
    assert isinstance(outcome, NoResponse)
    assert (outcome.kind, outcome.sent) == (Kind.CONNECT, True)


def test_a_transport_of_ones_own_gets_the_time_that_is_left(sender: Make) -> None:
    times: list[dict[str, float]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        times.append(request.extensions["timeout"])
        return httpx.Response(200)

    server = httpx.MockTransport(answer)
    for settings in ({"max_time": 7.0}, {"max_time": None}):
        sender(server, **settings)(Request(method="GET", url="http://dav.example/"))
    assert set(times[0]) == {"connect", "read", "write", "pool"}
    assert all(0 < left <= 7 for left in times[0].values())
    assert set(times[1].values()) == {None}


STATUSES: dict[type[Exception], int] = {httpx.RemoteProtocolError: 6, httpx.DecodingError: 6}


@pytest.mark.parametrize("kind", [*STATUSES, *FAILURES], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("verb", [("diagnose",), ("locks",), ("lock",), ("put", "-")], ids=lambda verb: verb[0])
def test_a_command_ends_with_a_line_and_a_status(say: Say, verb: tuple[str, ...], kind: type[Exception]) -> None:
    server = say({}, made(kind))
    done = run(*verb, "--no-ledger", f"{server.url}/x", stdin=b"x")
    assert done.code == STATUSES.get(kind, 5)
    assert "Traceback" not in done.err
    assert done.err
