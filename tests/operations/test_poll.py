"""When each resource is looked at again, by a clock that only sleeping moves."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from davlock.diagnosis.evidence import Evidence
from davlock.operations.changes import Obstacle, Poll, Trouble
from davlock.operations.poll import Rhythm, Step, WatchEnding, watch
from tests.operations.test_changes import shown

A, B, FAR = "http://dav.example/a", "http://dav.example/b", "http://other.example/c"

Script = Callable[[int, float], Trouble | bool]
"""By the number of the URL and the time: trouble, or whether it is locked."""


class World:
    """A clock, and servers that do as ``script`` says; ``asked`` is who was asked when."""

    def __init__(self, script: Script, *urls: str) -> None:
        self.now = 0.0
        self.urls = urls
        self.asked: list[tuple[int, float]] = []
        self.steps: list[Step] = []
        self._script = script

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds

    def observe(self, number: int) -> Poll:
        self.asked.append((number, self.now))
        told = self._script(number, self.now)
        url = self.urls[number]
        at = datetime.fromtimestamp(self.now, UTC)
        evidence = Evidence(target=url)
        if isinstance(told, Trouble):
            return Poll(url=url, at=at, asked=self.now, evidence=evidence, trouble=told)
        locks = (shown(self.now, None, endless=True),) if told else ()
        return Poll(url=url, at=at, asked=self.now, evidence=evidence, locks=locks)

    def watch(self, *, lasting: float | None = None, until_free: bool = False, jitter: float = 1.0) -> WatchEnding:
        return watch(
            self.urls,
            self.observe,
            rhythm=Rhythm(interval=5, jitter=lambda: jitter, lasting=lasting, until_free=until_free),
            tell=self.steps.append,
            clock=lambda: self.now,
            sleep=self.sleep,
        )

    def times(self, number: int = 0) -> list[float]:
        return [at for one, at in self.asked if one == number]


def trouble(obstacle: Obstacle, wait: float | None = None) -> Trouble:
    return Trouble(obstacle=obstacle, words="trouble", wait=wait)


def test_each_in_its_turn_until_the_time_is_over() -> None:
    world = World(lambda number, now: True, A, B)
    assert world.watch(lasting=12) is WatchEnding.OVER
    assert world.asked == [(0, 0), (1, 0), (0, 5), (1, 5), (0, 10), (1, 10)]
    assert world.now == 12


def test_there_is_one_look_at_least() -> None:
    world = World(lambda number, now: True, A, B)
    assert world.watch(lasting=0) is WatchEnding.OVER
    assert world.asked == [(0, 0), (1, 0)]


def test_the_interval_varies() -> None:
    world = World(lambda number, now: True, A)
    world.watch(lasting=12, jitter=1.1)
    assert world.times() == [0, 5.5, 11]


def test_until_all_are_free() -> None:
    """At the same time: one that was free before can be locked again."""
    world = World(lambda number, now: {0: now < 10, 1: 5 <= now < 15}[number], A, B)
    assert world.watch(until_free=True) is WatchEnding.FREE
    assert world.now == 15


def test_not_free_in_time() -> None:
    assert World(lambda number, now: True, A).watch(until_free=True, lasting=20) is WatchEnding.OVER


def test_a_server_that_asks_to_wait_is_left_alone() -> None:
    """With all that is on it; others are looked at meanwhile."""

    def script(number: int, now: float) -> Trouble | bool:
        return trouble(Obstacle.BUSY, wait=30) if number == 0 and 5 <= now < 10 else True

    world = World(script, A, B, FAR)
    world.watch(lasting=41)
    assert world.times(0) == [0, 5, 35, 40]
    assert world.times(1) == [0, 35, 40]
    assert world.times(2) == [0, 5, 10, 15, 20, 25, 30, 35, 40]


def test_no_answer_is_tried_more_and_more_seldom() -> None:
    world = World(lambda number, now: trouble(Obstacle.NO_ANSWER) if 0 < now < 200 else True, A)
    world.watch(lasting=300)
    assert world.times() == [0, 5, 15, 35, 75, 135, 195, 255, 260, 265, 270, 275, 280, 285, 290, 295]


FIRST = [
    *((obstacle, obstacle, WatchEnding.FAILED) for obstacle in Obstacle),
    (Obstacle.NO_ANSWER, None, WatchEnding.OVER),
    (Obstacle.REFUSED, Obstacle.NO_ANSWER, WatchEnding.FAILED),
]


@pytest.mark.parametrize(("one", "other", "ending"), FIRST)
def test_what_fails_at_first_everywhere_is_no_watch(one: Obstacle, other: Obstacle | None, ending: WatchEnding) -> None:
    def script(number: int, now: float) -> Trouble | bool:
        obstacle = (one, other)[number]
        return True if obstacle is None else trouble(obstacle)

    world = World(script, A, B)
    assert world.watch(lasting=20) is ending
    assert (world.now == 0) is (ending is WatchEnding.FAILED)


@pytest.mark.parametrize("obstacle", Obstacle)
def test_what_fails_later_passes_but_for_the_login(obstacle: Obstacle) -> None:
    world = World(lambda number, now: trouble(obstacle) if now else True, A)
    assert world.watch(lasting=100) is (WatchEnding.FAILED if obstacle is Obstacle.REFUSED else WatchEnding.OVER)


def test_one_that_does_not_tell_is_not_waited_for() -> None:
    world = World(lambda number, now: trouble(Obstacle.WITHHELD) if number else now < 5, A, B)
    assert world.watch(until_free=True) is WatchEnding.FREE


def test_what_is_told_takes_its_time() -> None:
    """A command that takes long delays the looks; those that were missed are not made up for."""
    world = World(lambda number, now: True, A)

    def slow(step: Step) -> None:
        world.now += 7

    watch(
        world.urls,
        world.observe,
        rhythm=Rhythm(interval=5, lasting=30),
        tell=slow,
        clock=lambda: world.now,
        sleep=world.sleep,
    )
    assert world.times() == [0, 7, 14, 21, 28]
