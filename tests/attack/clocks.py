"""Clocks that are wrong, and clocks that jump while a command runs: clock.c is loaded into davlock.

Only the time of day is changed. No system sets back what counts the seconds since its start.
"""

import os
import random
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from tests.attack.aftermath import judge_aftermath
from tests.attack.group import Attack, Draw, Group
from tests.attack.kills import start_servers
from tests.attack.victim import DOCUMENTED, Ended, Order, Victim
from tests.attack.workplace import NEW, workplace
from tests.servers import Server

HOUR, DAY, YEAR = 3600.0, 86400.0, 31_556_952.0


@dataclass(frozen=True, slots=True)
class Clock:
    """What davlock is told: from ``start`` on (seconds since 1970; ``None``: now), ``factor`` times as fast."""

    name: str
    start: float | None = None
    factor: float = 1.0


CLOCKS = (
    Clock("before 1970", -9.0),
    Clock("in 1970", 5.0),
    Clock("in 1980", 315_532_800.0),
    Clock("at the 29th of February 2000", 951_868_798.0),
    Clock("at the end of 31 bits", 2**31 - 3.0),
    Clock("at the end of 32 bits", 2**32 - 3.0),
    Clock("in 2200", 7_258_118_400.0),
    Clock("in 2262", 9_223_372_035.0),
    Clock("in 9999", 253_402_300_790.0),
    Clock("a thousand times too fast", None, 1000.0),
    Clock("too slow", None, 0.01),
)

STEADY = (
    ("--version",),
    ("explain", "423"),
    ("decode", "retry-after", "Fri, 31 Dec 1999 23:59:59 GMT"),
    ("ledger", "list", "--all"),
    ("ledger", "check"),
    ("diagnose", "--bundle", "bundle.zip", "{}foreign.txt"),
    ("locks", "-r", "--json", "{}"),
    ("lock", "{}a.txt"),
    ("run", "--poll", "1", "{}a.txt", "--", "sleep", "0.3"),
    ("wait", "-w", "1", "{}foreign.txt"),
    ("watch", "--interval", "1", "--for", "1", "{}foreign.txt"),
    ("put", "content", "{}a.txt"),
    ("cleanup", "--older-than", "8h", "--yes", "{}"),
    ("cleanup", "--owner", "^stale", "--yes", "{}"),
    ("check", "--select", "exclusive", "--report", "junit=report.xml", "{}"),
)

JUMPS = {
    "+3h": 3 * HOUR,
    "-3h": -3 * HOUR,
    "+400d": 400 * DAY,
    "-20y": -20 * YEAR,
    "+100y": 100 * YEAR,
    "-56y": -56 * YEAR,
}

STEADY_RUNS, JUMPING_RUNS = 165, 120
"""At scale 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Jumped:
    """A command in whose middle the clock jumps, how it must end, and by when."""

    arguments: tuple[str, ...]
    codes: frozenset[int]
    seconds: float = 30.0
    ended_after: float = 0.0
    """Seconds after which it gets SIGTERM; 0: it ends by itself."""


JUMPING = (
    Jumped(arguments=("run", "--poll", "1", "{}a.txt", "--", "sleep", "2"), codes=frozenset({0})),
    Jumped(arguments=("wait", "-w", "3", "{}foreign.txt"), codes=frozenset({75})),
    Jumped(arguments=("lock", "-w", "3", "{}foreign.txt"), codes=frozenset({75})),
    Jumped(arguments=("watch", "--interval", "1", "--for", "3", "{}foreign.txt"), codes=frozenset({0, 75})),
    Jumped(arguments=("check", "--select", "exclusive,steady", "{}"), codes=frozenset({0, 1, 3})),
    Jumped(arguments=("diagnose", "--attempt", "lock", "{}a.txt"), codes=frozenset({0})),
    Jumped(
        arguments=("cleanup", "--unrenewed-for", "30m", "--yes", "--even-if-alive", "{}"),
        codes=frozenset({0, 143}),
        ended_after=7.0,
    ),
    Jumped(
        arguments=("wait", "-w", "1h", "{}foreign.txt"),
        codes=frozenset({143}),
        ended_after=5.0,
    ),
)


def _attacks(draw: Draw) -> Iterator[Attack]:
    if shutil.which("cc") is None:
        draw.leave_out("all of its attacks: there is no C compiler (cc) for clock.c")
        return
    library = str(draw.folder / "clock.so")
    source = Path(__file__).with_name("clock.c")
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    servers = start_servers(draw)
    chance = random.Random(draw.seed)  # noqa: S311 -- a seed, no secret
    steady = [(clock, command) for clock in CLOCKS for command in STEADY]
    for number in range(draw.count(STEADY_RUNS)):
        clock, command = steady[number % len(steady)] if draw.scale >= 1 else chance.choice(steady)
        name = f"clock {clock.name}: {' '.join(command)}"
        yield Attack(name=name, make=_steady(servers[number % len(servers)], library, clock, command, name))
    for number in range(draw.count(JUMPING_RUNS)):
        jumped = JUMPING[number % len(JUMPING)]
        jump, moment = chance.choice(list(JUMPS)), chance.uniform(0.2, 2.0)
        name = f"clock jumps {jump} after {moment:.1f} s: {' '.join(jumped.arguments)}"
        make = _jumping(servers[number // len(JUMPING) % len(servers)], library, jumped, JUMPS[jump], moment, name)
        yield Attack(name=name, make=make)


def _set(folder: Path, offset: float, factor: float = 1.0) -> None:
    new = folder / "clock.new"
    new.write_text(f"{offset} {factor} {time.time()}\n", encoding="ascii")
    new.rename(folder / "clock")


def _with_clock(order: Order, library: str, folder: Path) -> Order:
    environment = {**order.environment, "LD_PRELOAD": library, "ATTACK_CLOCK": str(folder / "clock")}
    return replace(order, environment=environment)


def _steady(
    server: Server, library: str, clock: Clock, command: tuple[str, ...], name: str
) -> Callable[[Victim], list[Ended]]:
    def make(victim: Victim) -> list[Ended]:
        with workplace(server) as place:
            place.forget_locks()
            (victim.folder / "content").write_bytes(NEW)
            _set(victim.folder, 0.0 if clock.start is None else clock.start - time.time(), clock.factor)
            order = place.order(*command, codes=DOCUMENTED)
            ended = victim.run(_with_clock(order, library, victim.folder), name)
            return [judge_aftermath(place, victim, ended)]

    return make


def _jumping(
    server: Server, library: str, jumped: Jumped, jump: float, moment: float, name: str
) -> Callable[[Victim], list[Ended]]:
    def make(victim: Victim) -> list[Ended]:
        with workplace(server) as place:
            place.forget_locks()
            order = place.order(*jumped.arguments, codes=jumped.codes, seconds=jumped.seconds)
            _set(victim.folder, 0.0)
            order = _with_clock(order, library, victim.folder)
            pid = victim.start(order)
            while not place.relay.methods and Path(f"/proc/{pid}").exists():
                time.sleep(0.01)
            timers = [threading.Timer(moment, _set, (victim.folder, jump))]
            if jumped.ended_after:
                timers.append(threading.Timer(jumped.ended_after, _terminate, (pid,)))
            for timer in timers:
                timer.start()
            ended = victim.finish(order, name)
            for timer in timers:
                timer.cancel()
            gone = len(place.stale) - len(place.still_stale())
            faults = [f"{gone} locks were released that nobody watched for long enough"] if gone else []
            return [judge_aftermath(place, victim, replace(ended, faults=(*ended.faults, *faults)))]

    return make


def _terminate(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)


GROUP = Group(
    name="clocks",
    what="Clocks of 1969 to 9999, clocks a thousand times too fast, and jumps by hours and years while a command runs.",
    attacks=_attacks,
)
