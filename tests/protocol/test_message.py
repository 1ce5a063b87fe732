"""HTTP messages as values: how header fields are looked up, and what an exchange came to."""

import dataclasses

import pytest

from davlock.errors import NoResponse, NoResponseKind
from davlock.protocol.message import Exchange, Headers, Request, Response

HEADERS = Headers.of([("DAV", " 1,2 "), ("Content-Type", "text/xml"), ("dav", "<http://apache.org/dav/propset/fs/1>")])

LOOKED_UP = [
    ("as sent", "DAV", "1,2, <http://apache.org/dav/propset/fs/1>", ("1,2", "<http://apache.org/dav/propset/fs/1>")),
    ("without case (RFC 9110 §5.1)", "content-TYPE", "text/xml", ("text/xml",)),
    ("not there", "Lock-Token", None, ()),
]


@pytest.mark.parametrize(("name", "one", "every"), [row[1:] for row in LOOKED_UP], ids=[row[0] for row in LOOKED_UP])
def test_looking_up_a_field(name: str, one: str | None, every: tuple[str, ...]) -> None:
    assert HEADERS.get(name) == one
    assert HEADERS.get_all(name) == every
    assert (name in HEADERS) is (one is not None)


def test_fields_keep_order_and_spelling() -> None:
    assert list(HEADERS) == [
        ("DAV", " 1,2 "),
        ("Content-Type", "text/xml"),
        ("dav", "<http://apache.org/dav/propset/fs/1>"),
    ]
    assert len(HEADERS) == 3
    assert 3 not in HEADERS


def test_an_empty_field_is_there_all_the_same() -> None:
    headers = Headers.of([("Allow", "")])
    assert (headers.get("Allow"), "Allow" in headers) == ("", True)


def test_a_capture_may_know_only_some_fields() -> None:
    assert Headers().complete
    assert not Headers.of([("If", "(<a>)")], complete=False).complete


OK = [(199, False), (200, True), (204, True), (207, True), (299, True), (300, False), (423, False)]


@pytest.mark.parametrize(("status", "ok"), OK)
def test_ok_is_2xx_and_claims_no_more(status: int, ok: bool) -> None:
    assert Response(status=status).ok is ok


def test_a_body_not_captured_is_not_an_empty_one() -> None:
    assert Response(status=423).body == b""
    assert Response(status=423, body=None) != Response(status=423)
    assert Request(method="PUT", url="/", body=None) != Request(method="PUT", url="/")


def test_an_exchange_that_was_answered() -> None:
    response = Response(status=423, reason="Locked")
    exchange = Exchange(request=Request(method="PUT", url="http://dav.example/a"), outcome=response, elapsed_ms=1.5)
    assert (exchange.response, exchange.status) == (response, 423)


def test_an_exchange_without_an_answer() -> None:
    failure = NoResponse(NoResponseKind.TIMEOUT, "http://dav.example/a", "no answer in 5 s")
    exchange = Exchange(request=Request(method="PUT", url="http://dav.example/a"), outcome=failure)
    assert (exchange.response, exchange.status, exchange.elapsed_ms) == (None, None, None)


def test_messages_cannot_be_changed() -> None:
    request = Request(method="GET", url="http://dav.example/a")
    response = Response(status=200)
    for message in (request, response, Exchange(request=request, outcome=response)):
        for field in dataclasses.fields(message):
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(message, field.name, None)
