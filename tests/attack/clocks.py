"""Clocks that are wrong, and clocks that jump while a command runs: by libfaketime, for davlock alone.

Only what says the time of day is changed. No system sets back what counts the seconds since its start.
"""

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from tests.attack.aftermath import judge_aftermath
from tests.attack.group import Attack, Draw, Group
from tests.attack.kills import start_servers
from tests.attack.workplace import NEW, scene
from tests.attack.victim import DOCUMENTED, Ended, Victim
from tests.servers import Server

_PLACES = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib/faketime/libfaketimeMT.so.1")

YEARS = (
    "@1969-12-31 23:59:50",
    "@1970-01-01 00:00:05",
    "@1980-01-01 00:00:00",
    "@2000-02-29 23:59:58",
    "@2038-01-19 03:14:05",
    "@2106-02-07 06:28:13",
    "@2200-01-01 00:00:00",
    "@2262-04-11 23:47:15",
    "@9999-12-31 23:59:50",
    "+0 x1000",
    "+0 x0.01",
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
    ("run", "--poll", "100ms", "{}a.txt", "--", "sleep", "0.3"),
    ("wait", "-w", "1", "{}foreign.txt"),
    ("watch", "--interval", "1", "--deadline", "1.5", "{}foreign.txt"),
    ("put", "content", "{}a.txt"),
    ("cleanup", "--older-than", "8h", "--yes", "{}"),
    ("cleanup", "--owner", "^stale", "--yes", "{}"),
    ("check", "--select", "exclusive", "--report", "junit=report.xml", "{}"),
)

JUMPS = ("+3h", "-3h", "+400d", "-20y", "+100y", "@1970-01-01 00:00:00")

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
    Jumped(arguments=("run", "--poll", "200ms", "{}a.txt", "--", "sleep", "2"), codes=frozenset({0})),
    Jumped(arguments=("wait", "-w", "3", "{}foreign.txt"), codes=frozenset({75})),
    Jumped(arguments=("lock", "-w", "3", "{}foreign.txt"), codes=frozenset({75})),
    Jumped(arguments=("watch", "--interval", "1", "--deadline", "3", "{}foreign.txt"), codes=frozenset({0, 75})),
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


def _library() -> str:
    found = [path for place in _PLACES for path in Path("/").glob(place.lstrip("/"))]
    if not found:
        raise SystemExit("the group clocks needs libfaketime (Debian: faketime)")
    return str(found[0])


def _attacks(draw: Draw) -> Iterator[Attack]:
    library = _library()
    servers = start_servers(draw)
    chance = random.Random(draw.seed)  # noqa: S311 -- a seed, no secret
    steady = [(year, command) for year in YEARS for command in STEADY]
    for number in range(max(1, round(STEADY_RUNS * draw.scale))):
        year, command = steady[number % len(steady)] if draw.scale >= 1 else chance.choice(steady)
        name = f"clock at {year}: {' '.join(command)}"
        yield Attack(name=name, make=_steady(servers[number % len(servers)], library, year, command, name))
    for number in range(max(1, round(JUMPING_RUNS * draw.scale))):
        jumped = JUMPING[number % len(JUMPING)]
        jump, moment = chance.choice(JUMPS), chance.uniform(0.2, 2.0)
        name = f"clock jumps {jump} after {moment:.1f} s: {' '.join(jumped.arguments)}"
        make = _jumping(servers[number // len(JUMPING) % len(servers)], library, jumped, jump, moment, name)
        yield Attack(name=name, make=make)


def _clock(library: str, folder: Path, now: str) -> dict[str, str]:
    _set(folder, now)
    return {
        "LD_PRELOAD": library,
        "FAKETIME_TIMESTAMP_FILE": str(folder / "clock"),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }


def _set(folder: Path, now: str) -> None:
    new = folder / "clock.new"
    new.write_text(now + "\n", encoding="ascii")
    new.rename(folder / "clock")


def _steady(
    server: Server, library: str, year: str, command: tuple[str, ...], name: str
) -> Callable[[Victim], list[Ended]]:
    def make(victim: Victim) -> list[Ended]:
        with scene(server) as made:
            made.forget_locks()
            (victim.folder / "content").write_bytes(NEW)
            order = made.order(*command, codes=DOCUMENTED)
            clock = _clock(library, victim.folder, year)
            ended = victim.run(replace(order, environment={**order.environment, **clock}), name)
            return [judge_aftermath(made, victim, ended)]

    return make


def _jumping(
    server: Server, library: str, jumped: Jumped, jump: str, moment: float, name: str
) -> Callable[[Victim], list[Ended]]:
    def make(victim: Victim) -> list[Ended]:
        with scene(server) as made:
            made.forget_locks()
            order = made.order(*jumped.arguments, codes=jumped.codes, seconds=jumped.seconds)
            clock = _clock(library, victim.folder, "+0")
            order = replace(order, environment={**order.environment, **clock})
            pid = victim.start(order)
            while not made.relay.methods and Path(f"/proc/{pid}").exists():
                time.sleep(0.01)
            timers = [threading.Timer(moment, _set, (victim.folder, jump))]
            if jumped.ended_after:
                timers.append(threading.Timer(jumped.ended_after, _terminate, (pid,)))
            for timer in timers:
                timer.start()
            ended = victim.finish(order, name)
            for timer in timers:
                timer.cancel()
            gone = len(made.stale) - len(made.still_stale())
            faults = [f"{gone} locks were released that nobody watched for long enough"] if gone else []
            return [judge_aftermath(made, victim, replace(ended, faults=(*ended.faults, *faults)))]

    return make


def _terminate(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)


GROUP = Group(
    name="clocks",
    what="Clocks of 1969 to 9999, clocks a thousand times too fast, and jumps by hours and years while a command runs.",
    attacks=_attacks,
)
