"""A large answer is read as it arrives, and of its bytes few are held."""

from collections.abc import Callable

import pytest

from davlock.diagnosis.resource import limit_exceeded, read_lock_answer, read_propfind
from davlock.errors import NoResponse, NoResponseKind
from davlock.operations.large_answers import ReadsLargeAnswers
from davlock.protocol.message import Exchange, Request, Response
from davlock.protocol.multistatus import Multistatus
from davlock.protocol.precondition import BodyKind, read_error
from davlock.transport.base import COLLECT_LIMIT, EVIDENCE_LIMIT

URL = "http://dav.example/f/"
Feed = Callable[[bytes], object] | None


def listing(count: int) -> bytes:
    one = "<D:response><D:href>/f/{}</D:href><D:status>HTTP/1.1 423 Locked</D:status></D:response>"
    return f'<D:multistatus xmlns:D="DAV:">{"".join(one.format(n) for n in range(count))}</D:multistatus>'.encode()


class Server:
    """Answers as the transport does: what is fed is kept in part."""

    def __init__(self, body: bytes, status: int = 207) -> None:
        self._body, self._status = body, status

    def __call__(self, request: Request, *, feed: Feed = None) -> Exchange:
        body, cut = self._body, False
        if feed is not None and self._status == 207:
            for start in range(0, len(body), 10_000):
                feed(body[start : start + 10_000])
            cut, body = len(body) > EVIDENCE_LIMIT, body[:EVIDENCE_LIMIT]
        return Exchange(request=request, outcome=Response(status=self._status, body=body, body_truncated=cut))


def ask(body: bytes, status: int = 207, method: str = "PROPFIND") -> Exchange:
    return ReadsLargeAnswers(Server(body, status))(Request(method=method, url=URL))


def body_of(exchange: Exchange) -> bytes:
    assert exchange.response is not None
    assert exchange.response.body is not None
    return exchange.response.body


def test_a_small_answer_passes_as_it_is() -> None:
    exchange = ask(listing(3))
    assert body_of(exchange) == listing(3)
    assert exchange.response is not None
    assert not exchange.response.body_truncated
    answer = read_propfind(exchange)
    assert isinstance(answer, Multistatus)
    assert len(answer.responses) == 3


def test_of_a_large_multistatus_all_is_known_and_little_is_held() -> None:
    exchange = ask(listing(5_000))
    assert len(body_of(exchange)) <= EVIDENCE_LIMIT
    answer = read_propfind(exchange)
    assert isinstance(answer, Multistatus)
    assert [answer.responses[at].hrefs for at in (0, -1)] == [("/f/0",), ("/f/4999",)]
    assert exchange.response is not None
    error = read_error(exchange.response, "http://dav.example/another/base")
    assert error.kind is BodyKind.MULTISTATUS
    assert error.multistatus is not None
    assert error.multistatus.failure


def test_of_a_large_answer_to_lock_its_locks_are_known() -> None:
    lock = "<D:activelock><D:locktoken><D:href>urn:{}</D:href></D:locktoken></D:activelock>"
    locks = "".join(lock.format(n) for n in range(2_000))
    body = f'<D:prop xmlns:D="DAV:"><D:lockdiscovery>{locks}</D:lockdiscovery></D:prop>'.encode()
    exchange = ask(body, 200, "LOCK")
    assert len(body_of(exchange)) == EVIDENCE_LIMIT
    assert exchange.response is not None
    assert len(read_lock_answer(exchange.response, URL)) == 2_000


def test_the_content_of_a_file_is_not_touched() -> None:
    body = bytes(EVIDENCE_LIMIT * 3)
    assert body_of(ask(body, 200, "GET")) == body


def test_a_limit_that_was_exceeded_is_known_though_the_bytes_are_gone() -> None:
    flood = b'<D:multistatus xmlns:D="DAV:">' + b"<a/>" * 200_000
    exchange = ask(flood)
    limit = limit_exceeded(exchange)
    assert limit is not None
    assert "more than 100000 tags" in str(limit)
    assert read_propfind(exchange) == str(limit)


def test_more_than_may_be_collected_is_no_answer() -> None:
    outcome = ask(listing(3) + b" " * COLLECT_LIMIT).outcome
    assert isinstance(outcome, NoResponse)
    assert outcome.kind is NoResponseKind.TOO_LARGE
    assert outcome.why == "the answer is larger than 16 MiB"


def test_who_takes_the_answer_as_it_comes_gets_all_of_it() -> None:
    fed = bytearray()
    ReadsLargeAnswers(Server(listing(5_000)))(Request(method="PROPFIND", url=URL), feed=fed.extend)
    assert bytes(fed) == listing(5_000)


@pytest.mark.parametrize("status", [403, 423])
def test_of_a_large_refusal_the_words_are_known(status: int) -> None:
    body = b'<D:error xmlns:D="DAV:"><D:lock-token-submitted/>' + b"<x>y</x>" * 20_000 + b"</D:error>"
    exchange = ask(body, status, "PUT")
    assert len(body_of(exchange)) == EVIDENCE_LIMIT
    assert exchange.response is not None
    assert read_error(exchange.response, URL).has("lock-token-submitted")
