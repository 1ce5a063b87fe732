"""Signals at any moment of a command: one, two in a row, another while the first is obeyed, a stop and its end."""

import itertools
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.attack.ended_commands import COMMANDS, Command, prepare, recover
from tests.attack.group import Attack, Draw, Group
from tests.attack.kills import measure, start_servers
from tests.attack.moments import Moment, Usual, draw_moment
from tests.attack.victim import Ended, Victim
from tests.attack.workplace import Workplace, workplace
from tests.servers import Server

SIGNALLED = 420
"""At scale 1."""

_SECONDS = 5.0
"""Within these Python has come to davlock's first line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Volley:
    """Signals in a row, each with the seconds since the one before."""

    name: str
    signals: tuple[tuple[float, signal.Signals], ...]
    weight: int = 1


def _volley(name: str, *numbers: signal.Signals, pause: float = 0.0, weight: int = 1) -> Volley:
    return Volley(
        name=name,
        signals=tuple((pause if place else 0.0, number) for place, number in enumerate(numbers)),
        weight=weight,
    )


INT, TERM, HUP = signal.SIGINT, signal.SIGTERM, signal.SIGHUP

VOLLEYS = (
    _volley("SIGINT", INT, weight=4),
    _volley("SIGTERM", TERM, weight=4),
    _volley("SIGHUP", HUP, weight=2),
    _volley("SIGQUIT", signal.SIGQUIT),
    _volley("SIGPIPE", signal.SIGPIPE),
    _volley("SIGUSR1", signal.SIGUSR1),
    _volley("SIGUSR2", signal.SIGUSR2),
    _volley("SIGALRM", signal.SIGALRM),
    _volley("SIGWINCH and SIGCHLD", signal.SIGWINCH, signal.SIGCHLD),
    _volley("SIGINT twice", INT, INT, pause=0.05, weight=2),
    _volley("SIGINT twice at once", INT, INT, weight=2),
    _volley("SIGTERM twice", TERM, TERM, pause=0.02),
    _volley("SIGINT three times", INT, INT, INT, pause=0.1),
    _volley("SIGTERM, then SIGINT", TERM, INT, pause=0.01, weight=2),
    _volley("SIGHUP, then SIGTERM", HUP, TERM, pause=0.01),
    _volley("SIGSTOP and SIGCONT", signal.SIGSTOP, signal.SIGCONT, pause=0.4, weight=2),
    _volley("SIGSTOP, SIGTERM and SIGCONT", signal.SIGSTOP, TERM, signal.SIGCONT, pause=0.1),
)

_OFFLINE = tuple(
    Command(name=" ".join(arguments), arguments=arguments)
    for arguments in (
        ("explain", "423"),
        ("explain", "answer"),
        ("decode", "if", "(<urn:uuid:1>)"),
        ("help", "diagnose"),
        ("config", "explain"),
        ("ledger", "list", "--all"),
        ("ledger", "check", "--repair"),
        ("--version", "-v"),
        ("demo",),
    )
)

_READING = (
    Command(name="locks", arguments=("locks", "-r", "{}")),
    Command(name="diagnose", arguments=("diagnose", "{}foreign.txt", "--bundle", "bundle.zip")),
    Command(name="propfind", arguments=("propfind", "{}a.txt")),
    Command(name="watch", arguments=("watch", "--interval", "1", "--for", "2", "{}foreign.txt")),
    Command(name="wait", arguments=("wait", "-w", "1", "{}foreign.txt")),
    Command(name="lock in vain", arguments=("lock", "-w", "1", "{}foreign.txt"), held=True),
    Command(name="run in vain", arguments=("run", "-w", "1", "{}foreign.txt", "--", "true"), held=True),
    Command(name="ledger recover", arguments=("ledger", "recover", "--kept"), locks_first=True, keeps=True),
)

_ANSWER = (
    b"HTTP/1.1 423 Locked\r\nContent-Type: application/xml\r\n\r\n<error xmlns='DAV:'><lock-token-submitted/></error>"
)


def _attacks(draw: Draw) -> Iterator[Attack]:
    servers = start_servers(draw)
    random_ = random.Random(draw.seed)  # noqa: S311 -- a seed, no secret
    measured: dict[tuple[str, str], Usual] = {}
    commands = (*COMMANDS, *_READING, *_OFFLINE)
    weights = [volley.weight for volley in VOLLEYS]
    for number, command in zip(range(draw.count(SIGNALLED)), itertools.cycle(commands), strict=False):
        server = random_.choice(servers)
        key = server.kind, command.name
        if key not in measured:
            measured[key] = measure(server, command, draw.folder)
        moment = draw_moment(random_, measured[key])
        (volley,) = random_.choices(VOLLEYS, weights)
        name = f"{number} {volley.name} at {moment.name} of {command.name} on {server.kind}"
        yield Attack(name=name, make=_signal(server, command, moment, volley, name, group=random_.random() < 0.4))


def _signal(
    server: Server, command: Command, moment: Moment, volley: Volley, name: str, *, group: bool
) -> Callable[[Victim], list[Ended]]:
    """``group``: the children of davlock get the signals, too, as by Ctrl-C at a terminal."""

    def make(victim: Victim) -> list[Ended]:
        with workplace(server) as place:
            before = prepare(command, place, victim)
            (victim.folder / "answer").write_bytes(_ANSWER)
            ended = _signalled(command, place, victim, moment, volley, name, group=group)
            place.relay.settle()
            return [*before, ended, *recover(command, place, victim, name)]

    return make


def _signalled(
    command: Command, place: Workplace, victim: Victim, moment: Moment, volley: Volley, name: str, *, group: bool
) -> Ended:
    sent = [number for _, number in volley.signals]
    codes = command.codes | {-number for number in sent} | ({128 + number for number in sent})
    order = place.order(*command.arguments, codes=frozenset(codes))
    pid = 0

    def send() -> None:
        for pause, number in volley.signals:
            time.sleep(pause)
            with suppress(ProcessLookupError):
                (os.killpg if group else os.kill)(pid, number)

    def act() -> None:
        # Not here: the relay goes on in the meantime.
        threading.Thread(target=send, daemon=True).start()

    if moment.number:
        moment.arm(place.relay, act)
        pid = victim.start(order)
    else:
        pid = victim.start(order)
        _wait_for_davlock(pid)
        moment.arm(place.relay, act)
    ended = victim.finish(order, name)
    place.relay.hook = lambda number, stage: None
    place.relay.settle()
    return Ended(
        name=ended.name,
        measured=ended.measured,
        out=ended.out,
        err=ended.err,
        faults=(*ended.faults, *_unnamed(command, place, ended)),
    )


def _wait_for_davlock(pid: int) -> None:
    """Until Python has started, and davlock heeds signals: what comes before meets Python alone."""
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        try:
            status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        except OSError:
            return
        caught = next((line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:")), "0")
        if int(caught, 16) >> (signal.SIGTERM - 1) & 1:
            return
        time.sleep(0.002)


def _unnamed(command: Command, place: Workplace, ended: Ended) -> list[str]:
    """Faults: what davlock took and neither released nor named."""
    said = (ended.out + ended.err).decode("utf-8", "replace")
    if command.locks_first or ended.measured.code in _AS_IF_KILLED:
        return []
    faults = [
        f"the lock on {lock.path} is neither released nor named"
        for lock in place.made_by_davlock()
        if lock.token not in said and lock.path not in said
    ]
    folders = [path.name for path in place.folder.iterdir() if path.is_dir() and path.name != ".DAV"]
    return faults + [f"{name} is neither removed nor named" for name in folders if name not in said]


_AS_IF_KILLED = {-number for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM)}
"""These end davlock as SIGKILL does, but for davlock run."""

GROUP = Group(
    name="signals",
    what="Signals at drawn moments of all commands: davlock releases or names its own locks, and ends as it should.",
    attacks=_attacks,
)
