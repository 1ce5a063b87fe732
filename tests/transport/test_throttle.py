"""Waiting for a server that asks to: how long, how often, and when not."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from davlock.errors import NoResponse, NoResponseKind
from davlock.protocol.message import Exchange, Headers, Request, Response
from davlock.transport.throttle import patient

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


class Server:
    """Gives one outcome after the other, the last one for ever; sleeping moves its clock on."""

    def __init__(self, *outcomes: Response | NoResponse) -> None:
        self.outcomes = list(outcomes)
        self.now = NOON
        self.waits: list[float] = []
        self.said: list[str] = []
        self.fed: list[object] = []

    def __call__(self, request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        self.fed.append(feed)
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        return Exchange(request=request, outcome=outcome)

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += timedelta(seconds=seconds)

    def ask(self, budget: float, feed: Callable[[bytes], object] | None = None) -> int | None:
        send = patient(self, budget=budget, sleep=self.sleep, now=lambda: self.now, announce=self.said.append)
        return send(Request(method="LOCK", url="https://user:pw@h/x"), feed=feed).status


def busy(status: int = 503, **fields: str) -> Response:
    headers = Headers.of((name.replace("_", "-"), value) for name, value in fields.items())
    return Response(status=status, reason="Busy", headers=headers)


OK = Response(status=200)


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
        pytest.param(
            [Response(status=423, headers=Headers.of([("Retry-After", "1")]))], 9, 423, [], id="not throttled"
        ),
    ],
)
def test_waits(outcomes: list[Response], budget: float, status: int, waits: list[float]) -> None:
    server = Server(*outcomes)
    assert server.ask(budget) == status
    assert server.waits == waits
    assert len(server.said) == len(waits)
    assert len(server.fed) == len(waits) + 1


def test_no_answer_is_not_waited_for() -> None:
    server = Server(NoResponse(NoResponseKind.RESET, "https://h/x", "gone"))
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
    assert patient(server, budget=0, sleep=server.sleep, now=lambda: NOON, announce=print) is server
