"""Every walk ends: by its requests, its time or its depth, and it says which, and what it has not read."""

import itertools
import tracemalloc
from collections.abc import Callable

import pytest

from davlock.diagnosis.engine import apply_rules
from davlock.diagnosis.walk_end import Bound
from davlock.operations.budget import CHARACTERS, Budget
from davlock.operations.walk.walk import walk
from davlock.operations.walk.walk_stop import DEEPEST
from davlock.operations.walk.walked import Walked
from davlock.protocol.message import Request
from tests.cli.answers import active_lock
from tests.operations.fake import Answer, FakeSend, answer
from tests.operations.walk.test_walk import FORBIDDEN, HOST, PATHS, START, Tree, listing, phodav, tokens, told

LATER = 3000
"""Requests after which the endless trees of these tests do end, so that a walk without bounds fails, and ends."""


class Endless:
    """New members in each answer, ``wide`` of them, all collections; every collection has a lock."""

    def __init__(self, wide: int = 3, *, locked: bool = False) -> None:
        self.made = 0
        self.wide = wide
        self.locked = locked
        self.asked = 0

    def __call__(self, request: Request) -> Answer:
        self.asked += 1
        path = request.url.removeprefix(HOST)
        if request.method == "OPTIONS":
            return answer(200, b"", ("DAV", "1, 2"), ("Allow", "OPTIONS, PROPFIND, LOCK, UNLOCK"))
        if request.headers.get("Depth") == "infinity":
            return FORBIDDEN
        below: list[str] = []
        if request.headers.get("Depth") == "1" and self.asked < LATER:
            first, self.made = self.made, self.made + self.wide
            below = [told(f"{path}{number:06d}/") for number in range(first, self.made)]
        if self.locked:
            below.append(told(f"{path}x", active_lock(f"urn:{self.asked}", root=f"{path}x")))
        return listing(told(path), *below)


def bounded(
    server: Callable[[Request], Answer], budget: Budget, *, jobs: int = 1, url: str = START, piece: int = 1 << 16
) -> tuple[Walked, FakeSend]:
    send = FakeSend(server, piece=piece)
    return walk(send, url, now=lambda: 1000.0, jobs=jobs, budget=budget), send


def ids(found: Walked) -> list[str]:
    return [finding.id for finding in apply_rules(found.evidence)]


def of_requests(count: int) -> Budget:
    return Budget(clock=lambda: 0.0, requests=count, seconds=None)


@pytest.mark.parametrize("jobs", [1, 8])
def test_an_endless_tree_ends(jobs: int) -> None:
    server = Endless(locked=True)
    found, send = bounded(server, of_requests(60), jobs=jobs)
    assert len(send.requests) == 60
    assert found.end is not None
    assert (found.end.bounds, found.end.requests) == ((Bound.REQUESTS,), 60)
    assert found.collections == 60 - 3, "all but the first look, OPTIONS and Depth infinity"
    assert len(tokens(found)) == found.collections, "what was read is listed"
    assert found.unread == 1 + server.made - found.collections, "each that was shown is read, or counted"
    assert ids(found) == ["walk-bounded", "no-lock"]


def test_a_budget_has_bounds_unless_somebody_says_otherwise() -> None:
    budget = Budget(clock=lambda: 0.0)
    assert 0 < budget.requests < 1_000_000
    assert budget.seconds is not None


def test_a_level_of_many_members_does_not_fill_the_memory() -> None:
    server = Endless(wide=500)
    tracemalloc.start()
    try:
        found, _ = bounded(server, of_requests(40))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found.end is not None
    assert found.end.bounds == (Bound.REQUESTS,)
    assert found.unread == 1 + server.made - found.collections
    assert peak < 5_000_000, "20,000 URLs, and what was kept of each, took 7 MB"


def test_no_more_wait_than_may_be_asked() -> None:
    budget = of_requests(3)
    assert [budget.reserve(f"http://a/{number}/") for number in range(5)] == [True, True, True, False, False]
    budget.release("http://a/0/")
    assert [budget.reserve(f"http://a/{number}/") for number in range(5, 7)] == [True, False]


def test_long_names_do_not_fill_the_memory() -> None:
    budget = of_requests(10)
    long = "http://a/" + "x" * (CHARACTERS * 4)
    assert [budget.reserve(long) for _ in range(4)] == [True, True, False, False]
    budget.release(long)
    assert budget.reserve(long)


def test_places_are_given_back_when_a_walk_ends() -> None:
    """Of a walk that a login ended, nothing waits any more: the next tree of the command has all of them."""
    paths = ("/f/", *(f"/f/{number:03d}/" for number in range(400)))
    budget = of_requests(1000)
    first, _ = bounded(Tree(paths, {}, "refused", {"/f/001/": answer(401)}), budget)
    assert first.ended is not None
    assert first.end is None
    second, _ = bounded(Tree(paths, {}, "refused"), budget)
    third, _ = bounded(Tree(paths, {}, "refused"), budget)
    assert (second.collections, second.unread, second.end) == (401, 0, None)
    assert (third.collections, third.unread, third.end) == (401, 0, None)


def test_all_trees_of_a_command_share_its_requests() -> None:
    budget = of_requests(40)
    found, _ = bounded(Endless(), budget)
    assert found.end is not None
    late, send = bounded(Tree(PATHS), budget)
    assert send.requests == []
    assert late.end is not None
    assert (late.locks, late.collections, late.unread) == (None, 0, 1)
    assert ids(late) == ["walk-bounded"]


@pytest.mark.parametrize("jobs", [1, 8])
def test_the_time_of_a_walk_is_bounded(jobs: int) -> None:
    clock = itertools.count()
    server = Endless()
    found, send = bounded(server, Budget(clock=lambda: float(next(clock)), seconds=300), jobs=jobs)
    assert len(send.requests) < LATER
    assert found.end is not None
    assert found.end.bounds == (Bound.TIME,)
    assert found.collections > 0
    assert found.unread >= 1 + server.made - found.collections - jobs
    assert ids(found) == ["walk-bounded", "no-lock"]


def test_the_deadline_holds_in_the_middle_of_an_answer() -> None:
    """One answer of Depth infinity can be as long as the server likes."""
    clock = itertools.count()
    paths = ("/f/", *(f"/f/{number:04d}.txt" for number in range(1000)))
    locks = {path: active_lock(f"urn:{path}", root=path) for path in paths[1:]}
    budget = Budget(clock=lambda: float(next(clock)), seconds=200)
    found, send = bounded(Tree(paths, locks), budget, piece=1000)
    assert [request.headers.get("Depth") for request in send.requests] == ["0", None, "infinity"]
    assert found.end is not None
    assert found.end.bounds == (Bound.TIME,)
    assert 0 < len(tokens(found)) < 1000, "what was read before is listed"
    assert found.unread == 1


@pytest.mark.parametrize("seconds", [0, 1, 2, 3, 4])
def test_a_deadline_at_any_of_the_first_requests(seconds: float) -> None:
    clock = itertools.count()
    found, _ = bounded(Tree(PATHS), Budget(clock=lambda: float(next(clock)), seconds=seconds))
    assert found.end is not None
    assert (found.end.bounds, found.unread > 0) == ((Bound.TIME,), True)
    assert "walk-bounded" in ids(found)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_a_bound_at_any_of_the_first_requests(count: int) -> None:
    found, send = bounded(Tree(PATHS, at_once="refused"), of_requests(count))
    assert len(send.requests) == count
    assert found.end is not None
    assert (found.end.bounds, found.unread > 0) == ((Bound.REQUESTS,), True)
    assert "walk-bounded" in ids(found)


def test_time_runs_only_while_a_walk_does() -> None:
    """Between two walks somebody may wait an hour for a second look."""
    now = [0.0]
    budget = Budget(clock=lambda: now[0], seconds=10)
    with budget.walking():
        now[0] += 4
        assert (budget.time_is_up, budget.seconds_left()) == (False, 6)
    now[0] += 3600
    assert (budget.time_is_up, budget.until()) == (False, None)
    with budget.walking():
        assert budget.seconds_left() == 6
        now[0] += 6
        assert budget.time_is_up


def test_a_deadline_that_was_typed_holds_for_the_whole_command() -> None:
    now = [0.0]
    budget = Budget(clock=lambda: now[0], seconds=10, whole=True)
    with budget.walking():
        now[0] += 4
    now[0] += 6
    assert budget.time_is_up
    assert budget.until() == 10
    budget.allow_grace()
    assert budget.until() == 20


def test_names_without_end_are_not_followed() -> None:
    paths = tuple("/f/" + "".join(f"{level}/" for level in range(depth)) for depth in range(DEEPEST + 5))
    found, _ = bounded(Tree(paths, {}, "refused"), of_requests(1000))
    assert found.end is not None
    assert found.end.bounds == (Bound.DEPTH,)
    assert (found.collections, found.unread) == (DEEPEST + 1, 1)
    assert "walk-bounded" in ids(found)


def test_a_tree_within_its_bounds_says_nothing_of_them() -> None:
    found, send = bounded(Tree(PATHS, {}, "refused"), of_requests(len(PATHS)))
    assert len(send.requests) <= len(PATHS)
    assert (found.end, found.unread, found.collections) == (None, 0, 4)
    assert "walk-bounded" not in ids(found)


def test_members_that_are_asked_one_by_one_are_bounded_too() -> None:
    paths = ("/f/", *(f"/f/{number:03d}.txt" for number in range(200)), "/f/sub/")
    server = phodav({path: active_lock(f"urn:{path}", root=path) for path in paths if path.endswith("t")}, paths=paths)
    found, send = bounded(server, of_requests(50))
    assert len(send.requests) == 50
    assert found.end is not None
    assert found.end.bounds == (Bound.REQUESTS,)
    assert 0 < len(tokens(found)) < 50
    assert found.unread == 200 - len(tokens(found)) + 1, "each that was not asked is counted"


@pytest.mark.parametrize("at_once", ["whole", "refused"])
def test_locks_without_end_do_not_fill_the_memory(at_once: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("davlock.operations.budget.LOCKS_LIMIT", 100_000)
    folders = [f"/f/{number:02d}/" for number in range(10)]
    paths = ("/f/", *folders, *(f"{folder}{number:02d}.txt" for folder in folders for number in range(30)))
    locks = {path: active_lock(f"urn:{path}", root=path) for path in paths if path.endswith("t")}
    budget = of_requests(1000)
    found, send = bounded(Tree(paths, locks, at_once), budget, piece=1000)
    assert found.end is not None
    assert (found.end.bounds, found.unread > 0) == ((Bound.MEMORY,), True)
    assert 60 < len(tokens(found)) < 100, "what was read before is listed"
    assert len(send.requests) < 8
    assert "walk-bounded" in ids(found)
    assert budget.waiting == 0


def test_a_lock_on_all_members_takes_its_memory_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("davlock.operations.budget.LOCKS_LIMIT", 150_000)
    paths = ("/f/", *(f"/f/{number:03d}.txt" for number in range(300)))
    lock = active_lock("urn:x:1", depth="infinity", root="/f/")
    found, _ = bounded(Tree(paths, dict.fromkeys(paths, lock), "refused"), of_requests(1000))
    assert (found.end, len(tokens(found))) == (None, 1)
