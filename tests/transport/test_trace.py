"""Traces: what they show, and above all what they do not."""

import itertools
from collections.abc import Callable

import httpx
import pytest

from davlock.capture.secret import without_secrets
from davlock.errors import NoResponse, RemoteProtocolError
from davlock.protocol.message import Exchange, Headers, Request, Response
from davlock.transport.http import HttpSender
from davlock.transport.settings import ConnectionSettings
from davlock.transport.trace import traced
from tests.saying import Saying, saying

TOKEN = "opaquelocktoken:e71d4fae-5dec-22d6-fea5-00a0c91e6be4"
OTHER = "urn:uuid:181d4fae-7d8c-11d0-a765-00a0c91e6bf2"


class Sender:
    """Answers every request with one outcome, and adds fields as the real one does."""

    def __init__(
        self, outcome: Response | NoResponse | Exception, *added: tuple[str, str], ms: float | None = 12.4
    ) -> None:
        self.outcome = outcome
        self.added = added
        self.ms = ms
        self.fed: object = None

    def __call__(self, request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        self.fed = feed
        if isinstance(self.outcome, Exception) and not isinstance(self.outcome, NoResponse):
            raise self.outcome
        sent = Request(method=request.method, url=request.url, headers=Headers.of([*self.added, *request.headers]))
        return Exchange(request=sent, outcome=self.outcome, elapsed_ms=self.ms)


def trace(
    sender: Sender | Saying, *fields: tuple[str, str], url: str = "http://h/x", show_tokens: bool = False
) -> list[str]:
    lines: list[str] = []
    seconds = itertools.count(0, 0.0124)
    send = sender if isinstance(sender, Sender) else HttpSender(SETTINGS, clock=lambda: next(seconds), transport=sender)
    traced(send, lines.append, show_tokens=show_tokens)(Request(method="LOCK", url=url, headers=Headers.of(fields)))
    return lines


SETTINGS = ConnectionSettings(max_time=None, connect_timeout=None, user_agent="davlock")


def locked(*fields: tuple[str, str], status: int = 423) -> Saying:
    return saying({"LOCK": httpx.Response(status, headers=fields, extensions={"reason_phrase": b"Locked"})})


def test_an_exchange_looks_as_curl_shows_it() -> None:
    server = locked(("Content-Type", "text/xml"))
    assert trace(server, ("Depth", "0"), url="http://user:pw@h:81/a%20b?q#f") == [
        "> LOCK /a%20b?q HTTP/1.1",
        "> Host: h:81",
        "> Depth: 0",
        "> User-Agent: davlock",
        "> Accept: */*",
        "> Accept-Encoding: identity",
        "> Content-Length: 0",
        "> Authorization: Basic (hidden)",
        ">",
        "< HTTP/1.1 423 Locked",
        "< Content-Type: text/xml",
        "<",
        "* 12 ms",
    ]


def test_the_request_is_shown_before_it_is_sent() -> None:
    lines: list[str] = []
    seen: list[list[str]] = []

    def send(request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        seen.append(list(lines))
        return Exchange(request=request, outcome=Response(status=204))

    traced(send, lines.append)(Request(method="UNLOCK", url="http://h", headers=Headers.of([("Host", "other")])))
    assert seen == [["> UNLOCK / HTTP/1.1", "> Host: other"]]
    assert lines[-2:] == ["< HTTP/1.1 204", "<"]


def test_feed_is_handed_on() -> None:
    sender = Sender(Response(status=207))
    feed: list[bytes] = []
    traced(sender, lambda line: None)(Request(method="PROPFIND", url="http://h/"), feed=feed.append)
    assert sender.fed == feed.append


def test_no_answer_is_told() -> None:
    assert trace(saying({"LOCK": httpx.ReadError("gone")}))[-2:] == [
        "* http://h/x: the server reset the connection without an answer",
        "* 12 ms",
    ]


def test_an_error_is_told_and_passes_through() -> None:
    lines: list[str] = []
    send = traced(Sender(RemoteProtocolError("HTTP", "nonsense\x1b[2J")), lines.append)
    with pytest.raises(RemoteProtocolError):
        send(Request(method="LOCK", url="http://h/x"))
    assert lines[-1] == "* HTTP: nonsense\\x1b[2J"


def test_secrets_are_hidden() -> None:
    server = locked(
        ("Set-Cookie", "session=s3cret; Path=/; HttpOnly"),
        ("set-cookie", "s3cret"),
        ("WWW-Authenticate", 'Digest realm="r", nonce="n"'),
        status=401,
    )
    lines = trace(
        server,
        ("Cookie", "a=s3cret"),
        ("Proxy-Authorization", "Basic s3cret"),
        ("X-Api-Key", "s3cret"),
        ("Destination", "https://user:s3cret@h/y"),
        url="http://user:s3cret@h/x?sig=s3cret&y=1",
    )
    assert "s3cret" not in "\n".join(lines)
    assert lines[2:6] == [
        "> Cookie: (hidden)",
        "> Proxy-Authorization: Basic (hidden)",
        "> X-Api-Key: (hidden)",
        "> Destination: https://h/y",
    ]
    assert "> Authorization: Digest (hidden)" in lines
    assert "< Set-Cookie: session=(hidden); Path=/; HttpOnly" in lines
    assert "< set-cookie: (hidden)" in lines
    assert '< WWW-Authenticate: Digest realm="r", nonce="n"' in lines


def test_hiding_keeps_the_rest_of_the_fields() -> None:
    headers = Headers.of([("Authorization", "x"), ("Depth", "0")], complete=False)
    assert without_secrets(headers) == Headers.of([("Authorization", "(hidden)"), ("Depth", "0")], complete=False)


@pytest.mark.parametrize(
    ("field", "shown"),
    [
        (("If", f"(<{TOKEN}>)"), "If: (<token-1>)"),
        (
            ("If", f'<http://h/x> (<{TOKEN}> ["a(b"]) (Not <DAV:no-lock>) <http://h/y> (Not <17> [W/"c"])'),
            'If: <http://h/x> (<token-1> ["a(b"]) (Not <DAV:no-lock>) <http://h/y> (Not <token-2> [W/"c"])',
        ),
        (("Lock-Token", "<12345>"), "Lock-Token: <token-1>"),
        (("Lock-Token", f"<{TOKEN}"), "Lock-Token: <token-1"),
        (("Lock-Token", "<>"), "Lock-Token: <>"),
        (("lock-token", TOKEN), "lock-token: token-1"),
        (("X-Lock", f"{OTHER}, {TOKEN}; {OTHER.upper()}"), "X-Lock: token-1, token-2; token-3"),
        (("If", f'(<{TOKEN}>) (["{OTHER}"])'), 'If: (<token-1>) (["token-2"])'),
    ],
)
def test_tokens_become_stand_ins(field: tuple[str, str], shown: str) -> None:
    assert trace(locked(), field)[2] == f"> {shown}"


def test_a_stand_in_is_the_same_wherever_the_token_occurs() -> None:
    lines: list[str] = []
    locked = Response(status=200, headers=Headers.of([("Lock-Token", f"<{TOKEN}>")]))
    send = traced(Sender(locked), lines.append)
    send(Request(method="LOCK", url=f"http://h/x?other={OTHER}"))
    send(Request(method="PUT", url="http://h/x", headers=Headers.of([("If", f"(<{TOKEN}>) (<{OTHER}>)")])))
    assert "> LOCK /x?other=token-1 HTTP/1.1" in lines
    assert "< Lock-Token: <token-2>" in lines
    assert "> If: (<token-2>) (<token-1>)" in lines


def test_tokens_are_shown_to_who_asks_for_them() -> None:
    lines = trace(locked(), ("If", f"(<{TOKEN}>)"), ("Lock-Token", "<17>"), show_tokens=True)
    assert lines[2:4] == [f"> If: (<{TOKEN}>)", "> Lock-Token: <17>"]


def test_control_characters_cannot_reach_the_terminal() -> None:
    answer = Response(
        status=200, reason="O\x1b[31mK\x9b", headers=Headers.of([("X", "a\tb\r\n\x07\u202egnp.exe\u2028\u200b é")])
    )
    lines = trace(Sender(answer, ms=None))
    assert lines[-3:] == [
        "< HTTP/1.1 200 O\\x1b[31mK\\x9b",
        "< X: a\\tb\\r\\n\\x07\\u202egnp.exe\\u2028\\u200b é",
        "<",
    ]
