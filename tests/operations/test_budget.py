"""The deadline of a whole command, by a clock that is turned by hand."""

from collections.abc import Callable

from davlock.errors import NoResponse, NoResponseKind
from davlock.operations.budget import GRACE, Budget
from davlock.protocol.message import Exchange, Request, Response

URL = "http://user:secret@dav.example/f"
Feed = Callable[[bytes], object] | None


class World:
    """A clock, and a server that takes its time and never answers after ``until``."""

    def __init__(self, *, takes: float = 0.0) -> None:
        self.time = 0.0
        self.takes = takes
        self.sent: list[str] = []
        self.budget = Budget(clock=lambda: self.time, seconds=10.0, whole=True)
        self._send = self.budget.bounding(self._answer)

    def _answer(self, request: Request, *, feed: Feed = None) -> Exchange:
        self.sent.append(request.method)
        until = self.budget.until()
        self.time += self.takes
        if until is not None and self.time >= until:
            self.time = until
            outcome = NoResponse(NoResponseKind.TIMEOUT, request.url, "no complete answer")
            return Exchange(request=request, outcome=outcome)
        return Exchange(request=request, outcome=Response(status=204))

    def ask(self, method: str = "PROPFIND") -> NoResponse | None:
        outcome = self._send(Request(method=method, url=URL)).outcome
        return outcome if isinstance(outcome, NoResponse) else None


def test_nothing_is_begun_after_the_deadline() -> None:
    world = World()
    assert world.ask() is None
    world.time = 10.0
    refused = world.ask()
    assert refused is not None
    assert (refused.kind, refused.sent) == (NoResponseKind.DEADLINE, False)
    assert "secret" not in str(refused)
    assert (world.sent, world.budget.cut) == (["PROPFIND"], True)


def test_a_request_that_the_deadline_cuts_says_so() -> None:
    cut = World(takes=11).ask()
    assert cut is not None
    assert (cut.kind, cut.sent) == (NoResponseKind.DEADLINE, True)
    assert "--deadline" in cut.hint


def test_what_was_made_is_released_within_the_grace() -> None:
    world = World()
    world.time = 10.5
    assert world.ask("PUT") is not None
    assert world.ask("UNLOCK") is None
    assert world.ask("PROPFIND") is None, "it reads back"
    world.time = 10.0 + GRACE
    assert world.ask("UNLOCK") is not None
    assert world.sent == ["UNLOCK", "PROPFIND"]


def test_a_clean_up_has_its_own_end() -> None:
    world = World(takes=20)
    world.time = 15.0
    world.budget.clean_up(30.0)
    assert world.ask("DELETE") is None
    assert world.ask("DELETE") is not None
    assert world.time == 45.0
    world.budget.end_clean_up()
    assert world.ask("PROPFIND") is not None


def test_a_budget_without_a_deadline_lets_everything_pass() -> None:
    time = 0.0
    budget = Budget(clock=lambda: time)
    send = budget.bounding(lambda request, feed=None: Exchange(request=request, outcome=Response(status=200)))
    time = 1e9
    assert send(Request(method="GET", url=URL)).status == 200
    assert not budget.cut
