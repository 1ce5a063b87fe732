"""A run over a plan: what is tried, what is left, and what the journal and the ledger know of it."""

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from davlock.diagnosis.resource import OwnLock
from davlock.errors import NoResponse, NoResponseKind, OutputFailed
from davlock.ledger import Ledger, Process, State
from davlock.operations.cleanup.journal import Journal
from davlock.operations.cleanup.plan import CleanupPlan, CleanupTarget
from davlock.operations.cleanup.run import DECLINED, LATE, SILENCES, STOPPED, CleanupRun, Consent, RunEvents
from davlock.operations.results import Planned, ReleaseOutcome
from davlock.protocol.lock import Depth, LockScope, LockToken
from davlock.protocol.message import Headers, Request, Response
from tests.operations.cleanup.test_release import TARGET, evidence_of, planned, terms
from tests.operations.fake import OFF
from tests.operations.lock_world import World

LOCKS = 5


@dataclass
class Told:
    """What the run said, in order: what happened, the number of the lock, and why."""

    news: list[tuple[str, int, str]] = field(default_factory=list)

    def events(self, after: Callable[[int], object] = lambda done: None) -> RunEvents:
        return RunEvents(
            busy=nullcontext,
            released=lambda done: self.news.append((done.outcome.value, done.planned.number, "")),
            declined=lambda lock, why: self.news.append(("declined", lock.number, why)),
            left=lambda lock, why: self.news.append(("left", lock.number, why)),
            progress=after,
        )


@dataclass
class Scene:
    """A world with locks that are all planned, and a run over them."""

    path: Path
    world: World = field(default_factory=World)
    told: Told = field(default_factory=Told)
    ledger: Ledger = OFF
    stopped: bool = False
    late: bool = False
    ask: Callable[[Planned], Consent] | None = None
    jobs: int = 1

    def run(
        self, *, begun: frozenset[int] = frozenset(), after: Callable[[int], object] = lambda done: None
    ) -> CleanupRun:
        world = self.world
        for number in range(1, LOCKS + 1):
            world.add(f"/t/{number}.txt")
        plan = CleanupPlan()
        plan.targets[TARGET] = CleanupTarget(TARGET, "", world, terms(world), evidence_of(world))
        plan.add(replace(planned(world, held), number=number) for number, held in enumerate(world.locks, 1))
        journal = Journal(self.path, now=world.clock)
        journal.begin({})
        journal.write_plan(plan)
        run = CleanupRun(
            plan,
            journal,
            self.ledger,
            jobs=self.jobs,
            ask=self.ask,
            stopped=lambda: self.stopped,
            time_is_up=lambda: self.late,
            events=self.told.events(after),
        )
        try:
            run.release_all(plan.chosen(), begun=begun)
        finally:
            journal.close()
        return run

    @property
    def steps(self) -> list[tuple[str, int]]:
        """What the journal knows after the plan."""
        lines = [json.loads(line) for line in self.path.read_text().splitlines()]
        return [(line["step"], line["n"]) for line in lines if line.get("step") in ("unlock", "outcome")]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path / "journal")


def only(kind: str, *numbers: int, why: str = "") -> list[tuple[str, int, str]]:
    return [(kind, number, why) for number in numbers]


def test_of_a_long_plan_the_ledger_is_read_once(scene: Scene) -> None:
    """Which of its locks this login took: one reading, not one for each lock."""
    world = scene.world
    asked: list[frozenset[str] | None] = []
    mine = world.add("/t/mine.txt")
    strange = [world.add(f"/t/{number}.txt") for number in range(3)]

    def own(tokens: frozenset[str] | None = None) -> tuple[OwnLock, ...]:
        asked.append(tokens)
        return (OwnLock(mine.token, 0.0, 0.0),)

    under = replace(terms(world), own=own)
    target = CleanupTarget(TARGET, "", world, under, evidence_of(world))
    others = target.not_taken([planned(world, held) for held in world.locks])
    assert [one.found.lock.token for one in others] == [LockToken(held.token) for held in strange]
    assert asked == [None]


@pytest.mark.parametrize("jobs", [1, 3])
def test_all_are_released(scene: Scene, jobs: int) -> None:
    scene.jobs = jobs
    run = scene.run()
    assert sorted(scene.told.news) == only("released", 1, 2, 3, 4, 5)
    assert (run.left, run.late, scene.world.locks) == (0, False, [])
    assert sorted(scene.steps) == sorted((step, n) for n in range(1, LOCKS + 1) for step in ("unlock", "outcome"))


def test_apache_gets_one_unlock_at_a_time(scene: Scene) -> None:
    """It loses one of two changes that come at once."""
    scene.jobs = 8
    scene.world.product = (("Server", "Apache/2.4.62"), ("DAV", "1,2,<http://apache.org/dav/propset/fs/1>"))
    scene.run()
    assert scene.steps == [(step, n) for n in range(1, LOCKS + 1) for step in ("unlock", "outcome")]


def test_a_person_who_stops_leaves_the_rest(scene: Scene) -> None:
    run = scene.run(after=lambda done: setattr(scene, "stopped", done == 2))
    assert scene.told.news == only("released", 1, 2) + only("left", 3, 4, 5, why=STOPPED)
    assert (run.left, run.late) == (3, False)


def test_the_deadline_leaves_the_rest(scene: Scene) -> None:
    run = scene.run(after=lambda done: setattr(scene, "late", done == 2))
    assert scene.told.news == only("released", 1, 2) + only("left", 3, 4, 5, why=LATE)
    assert (run.left, run.late) == (3, True)


def test_nothing_is_begun_after_the_deadline(scene: Scene) -> None:
    scene.late = True
    run = scene.run()
    assert scene.told.news == only("left", 1, 2, 3, 4, 5, why=LATE)
    assert (run.left, run.late, scene.world.unlocked, scene.steps) == (LOCKS, True, [], [])


def silent(world: World, request: Request) -> NoResponse | None:
    if "/t/" in request.url and request.url != TARGET and world.requests[-1].method == "PROPFIND" and _acting(world):
        return NoResponse(NoResponseKind.TIMEOUT, request.url, "no answer")
    return None


def _acting(world: World) -> bool:
    """Whether the plan is made: it read the target and each lock once."""
    return len(world.requests) > 1 + LOCKS


def said(status: int) -> Callable[[World, Request], Response | None]:
    return lambda world, request: Response(status=status, headers=Headers.of([])) if _acting(world) else None


def test_a_server_that_is_silent_is_left_alone(scene: Scene) -> None:
    scene.world.hook = silent
    run = scene.run()
    assert scene.told.news == only("unsure", 1, 2, 3) + only("left", 4, 5, why="the server does not answer")
    assert (SILENCES, run.left, scene.world.unlocked) == (3, 2, [])


def test_an_answer_in_between_starts_the_count_again(scene: Scene) -> None:
    def twice(world: World, request: Request) -> NoResponse | None:
        return None if request.url.endswith("/3.txt") else silent(world, request)

    scene.world.hook = twice
    run = scene.run()
    assert [what for what, _, _ in scene.told.news] == ["unsure", "unsure", "released", "unsure", "unsure"]
    assert run.left == 0


NO_MORE = "the server wants no more requests for now"


@pytest.mark.parametrize(("status", "why"), [(429, NO_MORE), (503, NO_MORE), (401, "the login is refused")])
def test_a_server_that_wants_no_more_is_left_alone(scene: Scene, status: int, why: str) -> None:
    scene.world.hook = said(status)
    run = scene.run()
    assert scene.told.news == only("unsure", 1) + only("left", 2, 3, 4, 5, why=why)
    assert (run.left, scene.world.unlocked) == (4, [])


def test_each_is_asked_about(scene: Scene) -> None:
    answers = {1: Consent.YES, 2: Consent.NO, 3: Consent.YES, 4: Consent.STOP}
    scene.ask = lambda lock: answers[lock.number]
    run = scene.run()
    assert scene.told.news == [
        *only("released", 1),
        *only("declined", 2, why=DECLINED),
        *only("released", 3),
        *only("left", 4, 5, why=STOPPED),
    ]
    assert run.left == 2
    assert scene.steps == [("unlock", 1), ("outcome", 1), ("outcome", 2), ("unlock", 3), ("outcome", 3)]


def test_nobody_is_asked_after_the_deadline(scene: Scene) -> None:
    def ask(lock: Planned) -> Consent:
        scene.late = True
        return Consent.YES

    scene.ask = ask
    run = scene.run()
    assert scene.told.news == only("released", 1) + only("left", 2, 3, 4, 5, why=LATE)
    assert run.late


def test_what_a_broken_run_may_have_released_counts_as_released(scene: Scene) -> None:
    def vanished(world: World, request: Request) -> None:
        if _acting(world):
            world.locks = [held for held in world.locks if held.path not in ("/t/1.txt", "/t/2.txt")]

    scene.world.hook = vanished
    scene.run(begun=frozenset({1}))
    assert scene.told.news[:2] == [("released", 1, ""), ("already-gone", 2, "")]


def test_the_ledger_knows_what_became_of_our_own(scene: Scene, tmp_path: Path) -> None:
    process = Process(host="h", boot="b", pid=1, started="1")
    with Ledger(tmp_path / "state", process=process, now=lambda: 0.0, complain=print) as ledger:
        scene.ledger = ledger
        for number in range(2):
            run = ledger.new_run()
            ledger.intend(
                run, f"{TARGET}{number + 1}.txt", owner="o", scope=LockScope.EXCLUSIVE, depth=Depth.ZERO, kept=True
            )
            ledger.granted(run, LockToken(f"urn:uuid:{number:08}"), root=None, timeout=None)
        scene.world.hook = lambda world, request: _drop_second(world)
        scene.run()
        assert {entry.token: entry.state for entry in ledger.entries(*State)} == {
            "urn:uuid:00000000": State.RELEASED,
            "urn:uuid:00000001": State.LOST,
        }


def _drop_second(world: World) -> None:
    if _acting(world):
        world.locks = [held for held in world.locks if held.path != "/t/2.txt"]


def test_nothing_is_sent_once_the_journal_cannot_be_written(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(journal: Journal, lock: Planned) -> None:
        raise OutputFailed("the journal", "No space left on device")

    monkeypatch.setattr(Journal, "before_unlock", full)
    with pytest.raises(OutputFailed):
        scene.run()
    assert (scene.world.unlocked, scene.told.news, scene.steps) == ([], [], [])


def test_the_outcome_of_a_lock_that_stays_is_in_the_journal(scene: Scene) -> None:
    def kept(world: World, request: Request) -> Response | None:
        return Response(status=403, headers=Headers.of([])) if request.method == "UNLOCK" else None

    scene.world.hook = kept
    run = scene.run()
    assert [what for what, _, _ in scene.told.news] == [ReleaseOutcome.REFUSED.value] * LOCKS
    assert run.left == 0, "a refusal is an outcome, and --resume does not try it again"
