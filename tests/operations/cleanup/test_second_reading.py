"""``--unrenewed-for``: two readings with the wait in between, on a server whose clock the test moves."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.lock_filter import Judgement
from davlock.locks.observed import Observation, ObservedLock
from davlock.locks.renewal import TimeReading
from davlock.operations.cleanup.alive_gate import AliveGate
from davlock.operations.cleanup.plan import Terms
from davlock.operations.cleanup.release import release_planned
from davlock.operations.cleanup.second_reading import (
    FIRST_SEEN,
    LockKey,
    ReadingWait,
    SelectedLock,
    Silence,
    lock_key,
    not_renewed,
)
from davlock.operations.probe import Probe
from davlock.operations.results import Decision, Planned, ReleaseOutcome
from davlock.protocol.message import Request
from tests.operations.lock_world import BASE, Held, World

TARGET = f"{BASE}/t/"
PHODAV = (("Server", "PhodavServer libsoup/3.2.3"),)


def evidence_of(world: World) -> Evidence:
    probe = Probe(world, TARGET)
    probe.propfind(TARGET, ("{DAV:}lockdiscovery",))
    return probe.evidence(inquiry=True)


def found(world: World, held: Held) -> ObservedLock:
    """The lock as a walk would have found it just now."""
    url = BASE + held.path
    probe = Probe(world, url)
    sent = world.now
    probe.propfind(url, ("{DAV:}lockdiscovery",))
    entry = next(entry for entry in probe.evidence(inquiry=True).covering if entry.token == held.token)
    return ObservedLock(
        lock=entry.lock, url=url, root=url, inside=True, observation=Observation(sent=sent, received=world.now)
    )


def selected(world: World, held: Held, *, known: bool = True) -> SelectedLock:
    planned = Planned(number=1, target=TARGET, found=found(world, held), decision=Decision.RELEASE, why="every lock")
    terms = Terms(
        judge=lambda lock, evidence: Judgement(True, ""),
        now=world.clock,
        counts_down=world.counts_down if known else None,
    )
    return SelectedLock(planned=planned, send=world, evidence=evidence_of(world), terms=terms)


class Sleeper:
    """Moves the clock of the world, and whatever is due in it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.waits: list[tuple[float, int]] = []
        self.slept = 0.0

    def waiting(self) -> ReadingWait:
        return ReadingWait(
            now=self.world.clock, sleep=self._sleep, announce=lambda left, count: self._note(left, count)
        )

    def _sleep(self, seconds: float) -> None:
        self.world.now += seconds
        self.slept += seconds

    def _note(self, left: float, count: int) -> None:
        self.waits.append((round(left), count))


def decide(
    world: World,
    held: Held,
    seconds: float = 30,
    *,
    wait: float = 3600,
    earlier: dict[LockKey, TimeReading] | None = None,
    known: bool = True,
) -> tuple[Planned, Sleeper]:
    sleeper = Sleeper(world)
    silence = Silence(seconds=seconds, earlier=earlier, longest_wait=wait)
    (planned,) = not_renewed([selected(world, held, known=known)], silence, sleeper.waiting())
    return planned, sleeper


def test_a_lock_that_nobody_renews_is_selected_after_the_wait() -> None:
    world = World()
    planned, sleeper = decide(world, world.add("/t/a.txt", granted=600))
    assert (planned.decision, planned.why) == (Decision.RELEASE, "not renewed for 32 s")
    assert sleeper.waits == [(32, 1)], "the wait is announced, with its end"
    assert 31 < sleeper.slept < 33, "D plus the rounding"
    assert planned.found.observation is not None
    assert planned.found.observation.sent is not None
    assert planned.found.observation.sent > 1_000_030, "whoever releases it compares with the second reading"


@pytest.mark.parametrize("after", [3.5, 15.0, 31.0])
def test_a_lock_that_was_renewed_during_the_wait_is_not_selected(after: float) -> None:
    world = World()
    held = world.add("/t/a.txt", granted=600)
    world.now += 5
    due = world.now + after

    def hook(world: World, request: Request) -> None:
        if world.now > due and held.ends is not None and held.ends < due + 600:
            held.ends = due + 600

    one = selected(world, held)
    world.hook = hook
    sleeper = Sleeper(world)
    (planned,) = not_renewed([one], Silence(seconds=30, longest_wait=3600), sleeper.waiting())
    assert planned.decision is Decision.SKIP
    assert planned.why.startswith("it was renewed: ")


def test_another_lock_with_the_same_token_is_not_selected() -> None:
    world = World()
    one = selected(world, world.add("/t/a.txt"))
    world.locks[0].owner = "bob"
    (planned,) = not_renewed([one], Silence(seconds=30, longest_wait=3600), Sleeper(world).waiting())
    assert (planned.decision, planned.why) == (Decision.SKIP, "another lock has its token now: its owner changed")


REFUSED: dict[str, tuple[Callable[[], World], float | None, float, float, str]] = {
    "never ends": (World, None, 30, 3600, "unsure: it never ends"),
    "shows the granted time": (lambda: World(counts_down=False), 600, 30, 3600, "shows the granted time"),
    "ends before": (World, 60, 60, 3600, "it ends by itself in 59 s"),
    "ends with the rounding": (World, 31, 30, 3600, "it ends by itself in 30 s"),
    "longer than --wait": (World, 600, 30, 31, "unsure: the wait of 32 s is longer than --wait 31 s"),
    "a time that is no measure": (
        lambda: World(product=(("Server", "webdav-server/2.6.3"),)),
        3600000,
        30,
        3600,
        "is no measure of how long a lock lasts",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_selected_is_said_at_once(name: str) -> None:
    make, granted, seconds, wait, words = REFUSED[name]
    world = make()
    planned, sleeper = decide(world, world.add("/t/a.txt", granted=granted), seconds, wait=wait)
    assert planned.decision is Decision.SKIP
    assert words in planned.why
    assert (sleeper.slept, sleeper.waits) == (0, [])


def test_on_a_server_that_nobody_knows_two_readings_decide() -> None:
    unknown = (("Server", "unheard-of/1"),)
    world = World(product=unknown)
    assert decide(world, world.add("/t/a.txt"), known=False)[0].decision is Decision.RELEASE
    stands = World(product=unknown, counts_down=False)
    planned, _ = decide(stands, stands.add("/t/a.txt"), known=False)
    assert (planned.decision, planned.why.startswith("unsure")) == (Decision.SKIP, True)


def test_a_lock_that_is_kept_beyond_its_time_was_not_renewed() -> None:
    """chezdav counts on below zero and never ends it: that its end has passed is no renewal."""
    world = World(keeps=True, product=PHODAV)
    held = world.add("/t/a.txt", granted=40)
    world.now += 35
    assert decide(world, held, 5)[0].decision is Decision.SKIP, "5 s left: it ends by itself"
    world.now += 10
    planned, _ = decide(world, held, 30)
    assert planned.decision is Decision.RELEASE
    world.refresh(held)
    planned, _ = decide(world, held, 30)
    assert planned.decision is Decision.RELEASE, "and then it runs down again"


def test_a_lock_that_ended_during_the_wait() -> None:
    world = World()
    one = selected(world, world.add("/t/a.txt"))
    world.locks.clear()
    (planned,) = not_renewed([one], Silence(seconds=30, longest_wait=60), Sleeper(world).waiting())
    assert (planned.decision, planned.why) == (Decision.SKIP, "it has ended")


def test_answers_that_take_as_long_as_the_silence_tell_nothing() -> None:
    world = World(takes=5)
    planned, _ = decide(world, world.add("/t/a.txt"), 6)
    assert (planned.decision, "took too long" in planned.why) == (Decision.SKIP, True)


def test_one_wait_for_all() -> None:
    world = World()
    locks = [selected(world, world.add(f"/t/{number}.txt")) for number in range(5)]
    sleeper = Sleeper(world)
    planned = list(not_renewed(locks, Silence(seconds=30, longest_wait=60), sleeper.waiting()))
    assert {one.decision for one in planned} == {Decision.RELEASE}
    assert [count for _, count in sleeper.waits] == [5]
    assert sleeper.slept < 34


# -- with a file


def no_sleep(seconds: float) -> None:
    raise AssertionError(f"--first-look sleeps for {seconds} s")


def with_file(world: World, held: Held, earlier: dict[LockKey, TimeReading], seconds: float = 300) -> Planned:
    one = selected(world, held)
    asked = len(world.requests)
    waiting = ReadingWait(now=world.clock, sleep=no_sleep, announce=lambda left, count: no_sleep(left))
    (planned,) = not_renewed([one], Silence(seconds=seconds, earlier=earlier, longest_wait=3600), waiting)
    assert len(world.requests) == asked, "the walk has read it already"
    return planned


def test_a_first_look_never_waits_for_what_it_does_not_know() -> None:
    world = World()
    planned = with_file(world, world.add("/t/a.txt"), {})
    assert (planned.decision, planned.why) == (Decision.SKIP, FIRST_SEEN)


@pytest.mark.parametrize(
    ("ago", "seconds", "decision", "words"),
    [
        (400, 599, Decision.RELEASE, "not renewed for 399 s"),
        (400, 300, Decision.SKIP, "it was renewed"),
        (200, 399, Decision.SKIP, "not renewed for 199 s so far, less than 5 min"),
        (400, 900, Decision.SKIP, "unsure: its time neither fell by what passed nor went up"),
        (-400, 599, Decision.SKIP, "unsure"),
    ],
)
def test_a_first_look_is_compared_with_now(ago: float, seconds: float, decision: Decision, words: str) -> None:
    world = World()
    held = world.add("/t/a.txt", granted=199)
    seen = found(world, held)
    observation = Observation(sent=world.now - ago, received=world.now - ago + 1)
    reading = TimeReading(seconds=seconds, observation=observation, as_sent=f"Second-{seconds}")
    planned = with_file(world, held, {lock_key(seen): reading})
    assert planned.decision is decision
    assert words in planned.why.replace("7 min", "399 s").replace("3 min", "199 s")


# -- the gate


@pytest.mark.parametrize("left", [59, 60, 62, 600])
@pytest.mark.parametrize("opened", [False, True])
def test_with_more_than_a_minute_left_a_lock_stays_unless_the_gate_is_opened(left: float, opened: bool) -> None:
    world = World(takes=0.0)
    one = selected(world, world.add("/t/a.txt", granted=left))
    gate = AliveGate(unrenewed=True, opened=opened)
    planned = gate.mark(one.planned, one.evidence)
    assert planned.may_be_alive is (left > 60)
    assert ("it ends by itself in" in planned.why) is (left <= 60)
    assert planned.decision is (Decision.SKIP if left > 60 and not opened else Decision.RELEASE)
    assert ("--even-if-alive" in planned.why) is (left > 60 and not opened)
    assert ("may-be-alive" in planned.why) is (left > 60)
    assert bool(gate.held_back(one.planned.found, one.evidence)) is (left > 60 and not opened)


def test_the_gate_is_for_what_a_time_selected() -> None:
    world = World()
    one = selected(world, world.add("/t/a.txt", granted=600))
    for gate in (AliveGate(), AliveGate(older_than=True)):
        assert gate.mark(one.planned, one.evidence) == one.planned, "its age is not known here"
    nginx = World(product=(("Server", "nginx/1.22"), ("DAV", "2")))
    hour = selected(nginx, nginx.add("/t/a.txt", granted=3600))
    known = replace(hour.evidence, server=next(p for p in hour.terms.profiles if p.name == "nginx"))
    assert AliveGate(older_than=True).mark(hour.planned, known).decision is Decision.SKIP
    assert AliveGate().mark(hour.planned, known).decision is Decision.RELEASE
    skipped = replace(one.planned, decision=Decision.SKIP)
    assert AliveGate(unrenewed=True).mark(skipped, one.evidence) == skipped


# -- holders that renew late


@pytest.mark.parametrize("seed", range(200))
def test_no_lock_is_released_after_a_renewal_that_shows(seed: int) -> None:
    """Holders renew at 50 to 98 % of their time; nothing with more than 60 s left goes without --even-if-alive."""
    chance = random.Random(seed)  # noqa: S311 -- to be the same each time
    world = World(takes=chance.choice([0.001, 0.05, 0.4]))
    renewals: dict[str, list[float]] = {}
    periods: dict[str, float] = {}
    for number in range(8):
        held = world.add(f"/t/{number}.txt", granted=chance.choice([30.0, 60.0, 180.0, 600.0, 1800.0]))
        alive = chance.random() < 0.7
        periods[held.token] = held.granted * chance.uniform(0.5, 0.98) if alive else float("inf")
        renewals[held.token] = [world.now]

    def hook(world: World, request: Request) -> None:
        for held in world.locks:
            period, seen = periods[held.token], renewals[held.token]
            while seen[-1] + period <= world.now:
                seen.append(seen[-1] + period)
                held.ends = seen[-1] + held.granted

    world.hook = hook
    world.now += chance.uniform(0, 25)
    seconds = chance.choice([5.0, 8.0, 20.0, 60.0, 300.0])
    opened = chance.random() < 0.3
    gate = AliveGate(unrenewed=True, opened=opened)
    hook(world, Request(method="OPTIONS", url=TARGET))
    locks = [selected(world, held) for held in list(world.locks)]
    silence = Silence(seconds=seconds, longest_wait=3600)
    for planned in not_renewed(locks, silence, Sleeper(world).waiting()):
        marked = gate.mark(planned, locks[0].evidence)
        if marked.decision is not Decision.RELEASE:
            continue
        token = marked.found.lock.token
        assert token is not None
        left_then = next(held.ends - world.now for held in world.locks if held.token == token.uri and held.ends)
        first = next(lock.planned.found.observation for lock in locks if lock.planned.found.lock.token == token)
        assert first is not None
        received = first.received
        assert received is not None
        terms = replace(locks[0].terms, held_back=gate.held_back)
        done = release_planned(world, marked, terms, before_unlock=lambda one: None)
        if done.outcome is ReleaseOutcome.RELEASED:
            assert not [at for at in renewals[token.uri] if received < at < world.now - 5 * world.takes]
            assert opened or left_then <= 60 + 1


@pytest.mark.parametrize(
    ("left", "longest", "slept"),
    [
        (93, 3600, 32),  # after the wait 61 s are left: it is held back anyhow
        (92, 3600, 87),  # 60 s: until 5 s before its end
        (92, 40, 40),  # as long as may be waited
        (37, 3600, 32),  # 5 s: there is nothing more to wait for
        (38, 3600, 33),
    ],
)
def test_in_its_last_minute_a_lock_is_read_shortly_before_its_end(left: float, longest: float, slept: float) -> None:
    """davfs2 and LibreOffice can renew as late as that."""
    world = World(takes=0.0)
    lock = selected(world, world.add("/t/a.txt", granted=left))
    sleeper = Sleeper(world)
    list(not_renewed([lock], Silence(seconds=30, longest_wait=longest, at_the_end=True), sleeper.waiting()))
    assert sleeper.slept == slept
