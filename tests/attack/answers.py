"""A server that answers as no server should: each behaviour is met by the commands that ask a server."""

import dataclasses
import functools
import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from davlock.cli.exit_status import ExitStatus
from tests.attack.behaviours import BEHAVIOURS
from tests.attack.group import Attack, Draw, Group
from tests.attack.scene import FILE, FOLDER, NEW, READS, Behaviour, Scene, Turn
from tests.attack.victim import DOCUMENTED, Ended, Order, Victim
from tests.cli.answers import OTHER, TOKEN
from tests.cli.reflecting import PASSWORD, Search, digest_secrets
from tests.measured import Measured

THOROUGH = 180
"""Behaviours that every command meets; the others meet one each."""

SECONDS = 40.0
"""For a command that has a deadline of 4 or 15 s, on a machine that has more to do."""

CUT = ("diagnose", "diagnose --attempt", "locks", "lock", "refresh", "unlock", "put", "run")
"""Commands that read each kind of answer: theirs are cut at every byte (see :mod:`tests.attack.cuts`)."""

CUT_PARTS = 4
"""Processes in which one command meets all of its cuts, at scale 1."""

CUT_SECONDS = 900.0

_BOUNDS = ("--connect-timeout", "1s", "--max-time", "0.8s")

_PATIENT_BOUNDS = ("--connect-timeout", "1s", "--max-time", "12s")

_DEADLINE, _PATIENT_DEADLINE = ("--deadline", "4s"), ("--deadline", "15s")

_BELOW = (FOLDER + "davlock-*",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command that asks a server."""

    words: tuple[str, ...]
    """With ``FILE``, ``NEW`` and ``FOLDER`` for URLs."""
    writes: tuple[str, ...] = ()
    """What it may change: paths, and beginnings of paths that end in ``*``."""
    locked: bool = False
    """Whether somebody has a lock on the file."""
    taken: bool = False
    """Whether davlock took a lock before, which is in its ledger."""
    more: tuple[str, ...] = ()
    """What stands at the end, behind all options."""


COMMANDS: dict[str, Command] = {
    "diagnose": Command(words=("diagnose", "FILE"), locked=True),
    "diagnose --attempt": Command(words=("diagnose", "--attempt", "lock", "FILE"), writes=(FILE,)),
    "URL": Command(words=("FILE",), locked=True),
    "locks": Command(words=("locks", "--depth", "1", "FOLDER"), locked=True),
    "locks -r": Command(words=("locks", "-r", "FOLDER"), locked=True),
    "propfind": Command(words=("propfind", "--allprop", "FILE"), locked=True),
    "lock": Command(words=("lock", "--timeout", "60", "FILE"), writes=(FILE,)),
    "refresh": Command(words=("refresh", "--token", TOKEN, "FILE"), locked=True, writes=(FILE,)),
    "unlock": Command(words=("unlock", "--token", TOKEN, "FILE"), locked=True, writes=(FILE,)),
    "unlock --steal": Command(words=("unlock", "--steal", "FILE"), locked=True, writes=(FILE,)),
    "put": Command(words=("put", "--if-match", "current", "stdin", "FILE"), writes=(FILE,)),
    "put new": Command(words=("put", "--if-none-match", "*", "stdin", "NEW"), writes=(NEW,)),
    "run": Command(words=("run", "-n", "FILE"), writes=(FILE,), more=("--", "true")),
    "wait": Command(words=("wait", "-w", "1s", "FILE"), locked=True),
    "wait --then lock": Command(words=("wait", "-w", "1s", "--then", "lock", "FILE"), writes=(FILE,)),
    "watch": Command(words=("watch", "--for", "1s", "--interval", "0.3s", "FILE"), locked=True),
    "cleanup": Command(words=("cleanup", "--all", "FOLDER"), locked=True),
    "cleanup --yes": Command(words=("cleanup", "--all", "--yes", "FOLDER"), locked=True, writes=(FOLDER + "*",)),
    "check": Command(words=("check", "--select", "put,lock,unlock,lock-protects", "FOLDER"), writes=_BELOW),
    "check --clean-up": Command(words=("check", "--clean-up", "FOLDER"), writes=_BELOW),
    "ledger list": Command(words=("ledger", "list", "--verify"), taken=True),
    "ledger recover": Command(words=("ledger", "recover", "--kept"), taken=True, writes=(FILE,)),
}

HIDES_TOKENS = ("locks", "locks -r", "watch", "cleanup")
"""Commands whose table has no token, if nobody asks for tokens."""

FORMATS: dict[str, tuple[str, ...]] = {
    "json": ("--json",),
    "jsonl -v": ("--format", "jsonl", "-v"),
    "tsv": (),
    "table": ("--format", "table"),
    "table -v": ("--format", "table", "-v"),
}

STAGES: dict[str, Callable[[Turn], bool]] = {
    "all": lambda turn: True,
    "reads": lambda turn: turn.method in READS - {"OPTIONS"},
    "writes": lambda turn: turn.method not in READS,
    "later": lambda turn: turn.number > 2,
}
"""Which requests the behaviour answers; the others get honest answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A command and a behaviour, and how they meet."""

    command: str
    behaviour: Behaviour
    stage: str
    user: bool
    form: str

    @property
    def name(self) -> str:
        """For people, and for ``--pick``."""
        how = [self.stage, *(["-u"] if self.user else []), self.form]
        return f"{self.behaviour.name} / {self.command} / {' '.join(how)}"


def meetings(seed: int, scale: float) -> Iterator[Meeting]:
    """Every command meets ``THOROUGH`` behaviours, and every other behaviour meets one command."""
    draw = random.Random(seed)  # noqa: S311 -- to be the same each time
    thorough = draw.sample(BEHAVIOURS, THOROUGH)
    pairs = [(behaviour, command) for behaviour in thorough for command in COMMANDS]
    pairs += [(behaviour, draw.choice(list(COMMANDS))) for behaviour in BEHAVIOURS if behaviour not in thorough]
    draw.shuffle(pairs)
    rest = max(0.0, scale - 1) * len(pairs)
    pairs = pairs[: round(scale * len(pairs))]
    pairs += [(draw.choice(BEHAVIOURS), draw.choice(list(COMMANDS))) for _ in range(round(rest))]
    for behaviour, command in pairs:
        # A behaviour at the first request often ends the command, so that all others need their share.
        writes = bool(COMMANDS[command].writes)
        stages = ("all", "reads", "writes", "writes", "later") if writes else ("all", "all", "reads", "later")
        yield Meeting(
            command=command,
            behaviour=behaviour,
            stage=draw.choice(stages),
            user=draw.random() < 0.5,
            form=draw.choice(list(FORMATS)),
        )


def meet(meeting: Meeting, victim: Victim) -> list[Ended]:
    """Run it."""
    command, ended = COMMANDS[meeting.command], []
    with Scene(meeting.behaviour, STAGES[meeting.stage], locked=command.locked) as scene:
        if command.taken:
            scene.honest = True
            taking = Order(arguments=("lock", "-q", scene.url + FILE), seconds=SECONDS)
            ended.append(victim.run(taking, f"{meeting.name} (lock)"))
            scene.honest = False
            scene.seen.requests.clear()
        order = order_of(meeting, scene.url)
        victim.start(order)
        done = victim.finish(order, meeting.name, found=lambda ended: seen_faults(meeting, scene, victim.folder))
        ended.append(done)
    return ended


def order_of(meeting: Meeting, url: str) -> Order:
    """The command line, for a server at ``url``."""
    command = COMMANDS[meeting.command]
    places = {"FILE": url + FILE, "NEW": url + NEW, "FOLDER": url + FOLDER}
    arguments = [places.get(word, word) for word in command.words]
    patient = meeting.behaviour.patient
    arguments += _PATIENT_BOUNDS if patient else _BOUNDS
    if meeting.command != "watch":
        arguments += _PATIENT_DEADLINE if patient else _DEADLINE
    arguments += meeting.behaviour.options
    arguments += ["-u", "anna"] if meeting.user else []
    arguments += FORMATS[meeting.form]
    return Order(
        arguments=(*arguments, *command.more),
        stdin=b"new content",
        environment={"DAVLOCK_PASSWORD": PASSWORD} if meeting.user else {},
        seconds=SECONDS,
        # unlock wants --at-root of a person if the lock was taken elsewhere; nothing else is wrong with these words.
        documented=DOCUMENTED if command.words[0] == "unlock" else DOCUMENTED - {ExitStatus.USAGE},
        secrets=(PASSWORD,) if meeting.user else (),
    )


def seen_faults(meeting: Meeting, scene: Scene, folder: Path) -> list[str]:
    """What only this attack can know: what was asked of whom, and what is in the answers to a login."""
    faults = scene.seen.acted(COMMANDS[meeting.command].writes)
    if scene.strangers:
        faults.append(f"asked another server, {scene.strangers} times")
    if secrets := digest_secrets(scene.seen.requests):
        faults += [f"leaked {leak}" for leak in Search(secrets).leaks_in(folder)]
    out = (folder / "out").read_bytes()
    if meeting.form.startswith("table") and meeting.command in HIDES_TOKENS:
        tokens = Search((TOKEN, OTHER))
        printed = (*tokens.leaks("stdout", out), *tokens.leaks("stderr", (folder / "err").read_bytes()))
        faults += [f"shows a token: {leak}" for leak in printed]
    if meeting.form.startswith("json") and out:
        try:
            for text in out.splitlines() if meeting.form.startswith("jsonl") else [out]:
                json.loads(text)
        except ValueError:
            faults.append("stdout is no JSON")
    elif bidi := re.search("[\u202a-\u202e\u2066-\u2069]", out.decode("utf-8", "replace")):
        faults.append(f"stdout turns the direction of text: {bidi[0]!a}")
    return faults


def cut(command: str, part: int, parts: int, victim: Victim) -> list[Ended]:
    """Every answer of ``command`` cut at every byte, in one process."""
    arguments = (command, str(part), str(parts))
    order = Order(arguments=arguments, module="tests.attack.cuts", seconds=CUT_SECONDS, stdin=b"new content")
    victim.start(order)

    def found(measured: Measured) -> list[str]:
        return (victim.folder / "out").read_text().splitlines()[:-1]

    ended = victim.finish(order, f"cut / {command} / {part} of {parts}", found=found)
    count = int((ended.out.split() or [b"0"])[-1])
    each = dataclasses.replace(ended.measured, seconds=ended.measured.seconds / max(1, count))
    return [dataclasses.replace(ended, measured=each, executions=count)]


def _attacks(draw: Draw) -> Iterator[Attack]:
    parts = max(CUT_PARTS, round(CUT_PARTS / draw.scale))
    for command in CUT:
        for part in range(CUT_PARTS):
            yield Attack(name=f"cut / {command} / {part}", make=functools.partial(cut, command, part, parts))
    for meeting in meetings(draw.seed, draw.scale):
        yield Attack(name=meeting.name, make=functools.partial(meet, meeting))


GROUP = Group(name="answers", what="A server that answers as no server should.", attacks=_attacks)
