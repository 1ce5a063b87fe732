"""Waiting for a server that asks to: how long, how often, and when not."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from davlock.protocol.message import Exchange, Request
from davlock.transport.http import HttpSender
from davlock.transport.settings import ConnectionSettings
from davlock.transport.throttle import patient
from tests.saying import saying

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


class Server:
    """Gives one answer after the other, the last one for ever; sleeping moves its clock on."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._send = HttpSender(ConnectionSettings(), clock=time.monotonic, transport=saying(self._say))
        self._answers = list(answers)
        self.now = NOON
        self.waits: list[float] = []
        self.said: list[str] = []
        self.fed: list[object] = []
        self.looks = 0

    def _say(self, request: httpx.Request) -> httpx.Response | Exception:
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    def __call__(self, request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        self.fed.append(feed)
        return self._send(request, feed=feed)

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += timedelta(seconds=seconds)

    def ask(
        self,
        budget: float,
        feed: Callable[[bytes], object] | None = None,
        *,
        method: str = "PROPFIND",
        body: bytes | None = None,
        undone: bool = False,
    ) -> int | None:
        def look(request: Request) -> bool:
            self.looks += 1
            return undone

        send = patient(
            self, budget=budget, undone=look, sleep=self.sleep, now=lambda: self.now, announce=self.said.append
        )
        return send(Request(method=method, url="https://user:pw@h/x", body=body), feed=feed).status


def busy(status: int = 503, **fields: str) -> httpx.Response:
    return httpx.Response(status, headers={name.replace("_", "-"): value for name, value in fields.items()})


OK = httpx.Response(200)


@pytest.mark.parametrize(
    ("outcomes", "budget", "status", "waits"),
    [
        pytest.param([OK], 100, 200, [], id="nothing to wait for"),
        pytest.param([busy(429, Retry_After="7"), OK], 100, 200, [7], id="seconds"),
        pytest.param([busy(Retry_After="Sat, 31 Jan 2026 12:00:09 GMT"), OK], 100, 200, [9], id="a date"),
        pytest.param([busy(), busy(429), busy(), OK], 100, 200, [1, 2, 4], id="no advice"),
        pytest.param([busy(Retry_After="5"), busy(), OK], 100, 200, [5, 2], id="advice once"),
        pytest.param([busy(Retry_After="0"), busy(Retry_After="0"), OK], 100, 200, [1, 2], id="never without a pause"),
        pytest.param([busy(RateLimit_Reset="3", RateLimit_Remaining="0"), OK], 100, 200, [3], id="another field"),
        pytest.param([busy(Retry_After="101")], 100, 503, [], id="advice beyond the budget"),
        pytest.param([busy(Retry_After="40")], 100, 503, [40, 40], id="until the budget is used"),
        pytest.param([busy(Retry_After="50")], 100, 503, [50, 50], id="to the last second"),
        pytest.param([busy()], 10, 503, [1, 2, 4], id="no advice and little budget"),
        pytest.param([busy(Retry_After="1")], 0, 503, [], id="no budget"),
        pytest.param([busy(423, Retry_After="1")], 9, 423, [], id="not throttled"),
    ],
)
def test_waits(outcomes: list[httpx.Response], budget: float, status: int, waits: list[float]) -> None:
    server = Server(*outcomes)
    assert server.ask(budget) == status
    assert server.waits == waits
    assert len(server.said) == len(waits)
    assert len(server.fed) == len(waits) + 1


def test_no_answer_is_not_waited_for() -> None:
    server = Server(httpx.ReadError("gone"))
    assert server.ask(100) is None
    assert server.waits == []


def test_feed_is_handed_on_every_time() -> None:
    def feed(piece: bytes) -> None:
        raise AssertionError(piece)

    server = Server(busy(), OK)
    server.ask(100, feed)
    assert server.fed == [feed, feed]


def test_a_wait_is_announced_with_its_reason_and_without_the_password() -> None:
    server = Server(busy(429, Retry_After="7"), busy(), OK)
    server.ask(100)
    assert server.said == [
        "https://h/x: 429, asking again in 7 s (Retry-After)",
        "https://h/x: 503, asking again in 2 s",
    ]


def test_without_a_budget_there_is_nothing_in_between() -> None:
    server = Server(OK)
    sent = patient(server, budget=0, undone=bool, sleep=server.sleep, now=lambda: NOON, announce=print)
    assert sent is server


TOLD, UNTOLD = busy(429, Retry_After="7"), busy(429)
GATEWAY = busy(503, Retry_After="7")

READING = ("GET", "HEAD", "OPTIONS")
WRITING = ("PUT", "DELETE", "MOVE", "COPY", "MKCOL", "PROPPATCH", "POST")


@pytest.mark.parametrize(
    ("method", "body", "refusal", "again"),
    [
        *((method, None, refusal, True) for method in READING for refusal in (TOLD, UNTOLD, GATEWAY)),
        *((method, None, refusal, True) for method in ("UNLOCK", "LOCK") for refusal in (TOLD, UNTOLD, GATEWAY)),
        *((method, b"x", TOLD, True) for method in WRITING),
        *((method, b"x", refusal, False) for method in WRITING for refusal in (UNTOLD, GATEWAY)),
    ],
)
def test_only_what_cannot_be_done_twice_is_sent_again(
    method: str, body: bytes | None, refusal: httpx.Response, again: bool
) -> None:
    """A LOCK without a body is a refresh. A gateway can say 503 when the server behind it has done the work."""
    server = Server(refusal, OK)
    assert server.ask(100, method=method, body=body) == (200 if again else refusal.status_code)
    assert (len(server.waits), len(server.fed), server.looks) == ((1, 2, 0) if again else (0, 1, 0))


def test_a_lock_is_sent_again_only_if_the_first_made_none() -> None:
    server = Server(TOLD, OK)
    assert server.ask(100, method="LOCK", body=b"<lockinfo/>", undone=True) == 200
    assert (server.looks, len(server.fed)) == (1, 2)
    server = Server(TOLD, OK)
    assert server.ask(100, method="LOCK", body=b"<lockinfo/>", undone=False) == 429
    assert (server.looks, len(server.fed)) == (1, 1)
    assert server.said[-1] == "https://h/x: LOCK is not sent again: the first one may have created a lock"


@pytest.mark.parametrize("refusal", [UNTOLD, GATEWAY])
def test_no_second_lock_follows_a_refusal_that_may_come_after_the_work(refusal: httpx.Response) -> None:
    """An empty lockdiscovery is no proof: a gateway can give up while the server still makes the lock."""
    server = Server(refusal, OK)
    status = refusal.status_code
    assert server.ask(100, method="LOCK", body=b"<lockinfo/>", undone=True) == status
    assert (server.looks, len(server.fed), server.waits) == (0, 1, [])
    assert server.said == [f"https://h/x: {status}, LOCK is not sent again: the first one may have created a lock"]
