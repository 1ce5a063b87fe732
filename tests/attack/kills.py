"""kill -9 at any moment of a command that holds, takes, renews or releases locks."""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import urlsplit

from tests.attack.ended_commands import COMMANDS, KILLED, Command, prepare, recover
from tests.attack.group import Attack, Draw, Group
from tests.attack.moments import Moment, Usual, draw_moment
from tests.attack.turns import take_turns
from tests.attack.victim import Ended, Victim
from tests.attack.workplace import Workplace, installed, workplace
from tests.measured import Launcher
from tests.servers import Server, start, temporary_directory

KILLS = 520
"""At scale 1."""
_TRIES = 4


def _attacks(draw: Draw) -> Iterator[Attack]:
    servers = start_servers(draw)
    random_ = random.Random(draw.seed)  # noqa: S311 -- a seed, no secret
    measured: dict[tuple[str, str], Usual] = {}
    for number in range(draw.count(KILLS)):
        command = COMMANDS[number % len(COMMANDS)]
        server = random_.choice(servers)
        key = server.kind, command.name
        if key not in measured:
            measured[key] = measure(server, command, draw.folder)
        moment = draw_moment(random_, measured[key])
        name = f"{number} {command.name} on {server.kind} at {moment.name}"
        yield Attack(name=name, make=_kill(server, command, moment, name, whole=random_.random() < 0.5))


def start_servers(draw: Draw) -> list[Server]:
    """Each kind of server, with logins, until the group ends."""
    servers = [
        draw.stack.enter_context(start(kind, auth="basic", directory=draw.stack.enter_context(temporary_directory())))
        for kind in installed(draw)
    ]
    for server in servers:
        if server.kind == "apache":
            take_turns(urlsplit(server.url).netloc)
    return servers


def measure(server: Server, command: Command, folder: Path) -> Usual:
    """Run it once, undisturbed."""
    with Launcher() as launcher, workplace(server) as place:
        victim = Victim(launcher, Path(mkdtemp(dir=folder)))
        prepare(command, place, victim)
        before = len(place.relay.methods)
        began = time.monotonic()
        victim.run(place.order(*command.arguments, codes=command.codes), command.name)
        return Usual(seconds=time.monotonic() - began, requests=len(place.relay.methods) - before)


def _kill(
    server: Server, command: Command, moment: Moment, name: str, *, whole: bool
) -> Callable[[Victim], list[Ended]]:
    """``whole``: also the children of davlock are killed, as by the system at the end of a container."""

    def make(victim: Victim) -> list[Ended]:
        ended: list[Ended] = []
        tried = moment
        for _ in range(_TRIES):
            with workplace(server) as place:
                ended += prepare(command, place, victim)
                ended.append(_killed(command, place, victim, tried, f"{name}, tried at {tried.name}", whole=whole))
                place.relay.settle()
                ended += recover(command, place, victim, name)
            if ended[-1].faults or any(run.measured.code == KILLED for run in ended):
                break
            tried = tried.earlier()
            (victim.folder / "journal").unlink(missing_ok=True)
        return ended

    return make


def _killed(command: Command, place: Workplace, victim: Victim, moment: Moment, name: str, *, whole: bool) -> Ended:
    order = place.order(*command.arguments, codes=command.codes | {KILLED})
    pid = 0

    def act() -> None:
        with suppress(ProcessLookupError):
            (os.killpg if whole else os.kill)(pid, signal.SIGKILL)

    place.relay.methods.clear()
    pid = victim.start(order)
    timer = moment.arm(place.relay, act)
    try:
        return victim.finish(order, name)
    finally:
        if timer is not None:
            timer.cancel()
        place.relay.hook = lambda number, stage: None


GROUP = Group(
    name="kills",
    what="kill -9 at drawn moments of commands on Apache and WsgiDAV, recovered as the manual says.",
    attacks=_attacks,
)
