"""Damaged files of davlock's own: the ledger and what lies beside it, journals of clean-ups, earlier listings."""

import contextlib
import os
import random
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tests.attack.aftermath import judge_aftermath
from tests.attack.ended_commands import KILLED, OK
from tests.attack.group import Attack, Draw, Group
from tests.attack.kills import start_servers
from tests.attack.relay import Stage
from tests.attack.victim import DOCUMENTED, Ended, Victim
from tests.attack.workplace import NEW, Workplace, workplace
from tests.measured import Launcher
from tests.servers import Server

LEDGERS, JOURNALS, LISTINGS = 300, 130, 60
"""At scale 1."""

Spoil = Callable[[Path, random.Random], None]
"""Damages a file, or puts something else in its place."""

COMMANDS = (
    ("ledger", "list", "--all", "--json"),
    ("ledger", "check"),
    ("ledger", "check", "--repair"),
    ("ledger", "recover", "--kept"),
    ("ledger", "forget", "--all"),
    ("ledger", "list", "--verify"),
    ("lock", "{}a.txt"),
    ("run", "{}a.txt", "--", "true"),
    ("put", "content", "{}a.txt"),
    ("cleanup", "--mine", "--yes", "{}"),
    ("unlock", "{}s1.txt"),
    ("locks", "-r", "{}"),
    ("wait", "--then", "lock", "{}a.txt"),
    ("diagnose", "{}foreign.txt"),
)


# -- kinds of damage


def _truncate(path: Path, chance: random.Random) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: chance.randrange(len(data) + 1)])


def _overwrite(path: Path, chance: random.Random) -> None:
    data = bytearray(path.read_bytes() or b"\0")
    start = chance.randrange(len(data))
    length = chance.choice((1, 1, 2, 8, 64, 1000))
    data[start : start + length] = chance.randbytes(length)
    path.write_bytes(data)


def _zero(path: Path, chance: random.Random) -> None:
    data = bytearray(path.read_bytes() or b"\0")
    start = chance.randrange(len(data))
    length = min(chance.choice((16, 512, 4096)), len(data) - start)
    data[start : start + length] = bytes(length)
    path.write_bytes(data)


def _insert(path: Path, chance: random.Random) -> None:
    data = path.read_bytes()
    start = chance.randrange(len(data) + 1)
    path.write_bytes(data[:start] + chance.choice((b"\n", b"\0", b"{}\n", b'"', b"\xff" * 9, data)) + data[start:])


def _shuffle_lines(path: Path, chance: random.Random) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    first, second = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]
    path.write_bytes(b"".join(lines))


def _drop_line(path: Path, chance: random.Random) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    del lines[chance.randrange(len(lines))]
    path.write_bytes(b"".join(lines))


def _repeat_line(path: Path, chance: random.Random) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    lines.insert(chance.randrange(len(lines) + 1), chance.choice(lines))
    path.write_bytes(b"".join(lines))


def _replaced(make: Callable[[Path], object]) -> Spoil:
    def spoil(path: Path, chance: random.Random) -> None:
        path.unlink()
        make(path)

    return spoil


def _sql(*statements: str) -> Spoil:
    def spoil(path: Path, chance: random.Random) -> None:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
            for statement in statements:
                connection.execute(statement)

    return spoil


ANYWHERE: tuple[tuple[str, Spoil], ...] = (
    ("cut", _truncate),
    ("overwritten", _overwrite),
    ("zeroed", _zero),
    ("more inside", _insert),
)

_PLACES: tuple[tuple[str, Spoil], ...] = (
    ("empty", _replaced(lambda path: path.touch(0o600))),
    ("a folder", _replaced(lambda path: path.mkdir())),
    ("a FIFO", _replaced(os.mkfifo)),
    ("a link to /dev/zero", _replaced(lambda path: path.symlink_to("/dev/zero"))),
    ("a link to a file", _replaced(lambda path: path.symlink_to(shutil.copy("/etc/passwd", path.with_name("other"))))),
    ("a link to itself", _replaced(lambda path: path.symlink_to(path))),
    ("another user's", lambda path, chance: os.chown(path, 12345, 12345)),
    ("open to all", lambda path, chance: path.chmod(0o666)),
    ("of mode 0", lambda path, chance: path.chmod(0)),
    ("random", _replaced(lambda path: path.write_bytes(random.Random(5).randbytes(50_000)))),  # noqa: S311 -- a seed
)

_LEDGER: tuple[tuple[str, Spoil], ...] = (
    *((f"of version {version}", _sql(f"PRAGMA user_version = {version}")) for version in (0, 1, -1, 999, 2**31 - 1)),
    ("without a table", _sql("DROP TABLE locks")),
    ("with a trigger", _sql("CREATE TRIGGER t AFTER INSERT ON locks BEGIN DELETE FROM locks; END")),
    ("a view", _sql("ALTER TABLE locks RENAME TO other", "CREATE VIEW locks AS SELECT * FROM other")),
    ("with a column more", _sql("ALTER TABLE locks ADD COLUMN x TEXT NOT NULL DEFAULT 'x'")),
    ("of blobs", _sql("UPDATE locks SET url = x'ff00ff', token = 1, asked_at = 'never', pid = -1")),
    ("with a huge token", _sql("UPDATE locks SET token = hex(zeroblob(1000000))")),
    ("with control characters", _sql("UPDATE locks SET url = url || char(10) || char(27), login = char(0)")),
    ("of the year 30000", _sql("UPDATE locks SET asked_at = 9e11, taken_at = -9e11, renewed_at = 1e308")),
    ("of another host", _sql("UPDATE locks SET host = 'elsewhere', boot = ''")),
    ("of process 1", _sql("UPDATE locks SET pid = 1, started = '', sign = '../../ledger.sqlite'")),
    ("with an incremental vacuum", _sql("PRAGMA auto_vacuum = 2", "VACUUM", "PRAGMA journal_mode = DELETE")),
    ("in UTF-16", lambda path, chance: _in_utf16(path)),
)


def _in_utf16(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        dump = [*connection.iterdump()]
    path.unlink()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA encoding = 'UTF-16be'")
        connection.executescript("\n".join(dump))


# -- the ledger


def _ledgers(draw: Draw, servers: list[Server], chance: random.Random) -> Iterator[Attack]:
    base = draw.folder / "ledgers"
    with Launcher() as launcher:
        for server in servers:
            home = base / server.kind
            home.mkdir(parents=True)
            draw.stack.enter_context(_made_ledger(server, Victim(launcher, home)))
    damages: list[tuple[str, str, Spoil]] = [("ledger.sqlite", name, spoil) for name, spoil in (*_PLACES, *_LEDGER)]
    damages += [(f"ledger.sqlite{ending}", name, spoil) for ending in ("-wal", "-shm") for name, spoil in _PLACES[:5]]
    damages += [("ledger.sqlite-journal", name, spoil) for name, spoil in _PLACES[:4]]
    damages += [("alive", name, spoil) for name, spoil in _PLACES[:5]]
    damages.append(("ledger.sqlite", "locked by another", lambda path, chance: None))
    count = draw.count(LEDGERS)
    while len(damages) < count:
        damages.append(
            (chance.choice(("ledger.sqlite", "ledger.sqlite", "ledger.sqlite-wal")), *chance.choice(ANYWHERE))
        )
    if count < len(damages):
        damages = chance.sample(damages, count)
    for number, (file, what, spoil) in enumerate(damages):
        server = servers[number % len(servers)]
        commands = chance.sample(COMMANDS, 2)
        name = f"ledger {number}: {file} is {what}"
        seed = chance.getrandbits(32)
        yield Attack(
            name=name,
            make=_with_ledger(server, base / server.kind / "state", file, spoil, seed, commands, name),
        )


@contextlib.contextmanager
def _made_ledger(server: Server, victim: Victim) -> Iterator[None]:
    """A ledger as a davlock leaves it that was killed: rows of all states, and a log beside it."""
    with workplace(server) as place:
        victim.run(place.order("lock", "{}a.txt", codes=OK), "lock")
        victim.run(place.order("run", "{}b.txt", "--", "true", codes=OK), "run")
        pid = victim.start(place.order("run", "--create", "{}new.txt", "--", "sleep", "5", codes=OK))
        time.sleep(0.1)
        while not any(lock.path.endswith("new.txt") for lock in place.made_by_davlock()):
            time.sleep(0.05)
        time.sleep(0.5)
        os.killpg(pid, signal.SIGKILL)
        victim.finish(place.order(codes=OK), "killed")
        yield


def _with_ledger(
    server: Server, state: Path, file: str, spoil: Spoil, seed: int, commands: list[tuple[str, ...]], name: str
) -> Callable[[Victim], list[Ended]]:
    def make(victim: Victim) -> list[Ended]:
        chance = random.Random(seed)  # noqa: S311 -- a seed, no secret
        ended = []
        with workplace(server) as place:
            place.forget_locks()
            (victim.folder / "content").write_bytes(NEW)
            for command in commands:
                shutil.rmtree(victim.state, ignore_errors=True)
                shutil.copytree(state, victim.state)
                path = victim.state / "davlock" / file
                with contextlib.ExitStack() as stack:
                    if file == "alive":
                        shutil.rmtree(path)
                    if not path.exists():
                        path.touch(0o600)
                    spoil(path, chance)
                    if name.endswith("locked by another"):
                        other = stack.enter_context(contextlib.closing(sqlite3.connect(path, isolation_level=None)))
                        other.execute("BEGIN IMMEDIATE")
                    order = place.order(*command, codes=DOCUMENTED)
                    run = victim.run(order, f"{name}, {' '.join(command)}")
                ended.append(judge_aftermath(place, victim, run))
            ended += _repaired(place, victim, name)
        return ended

    return make


def _repaired(place: Workplace, victim: Victim, name: str) -> list[Ended]:
    """Where a repair says that it was done, the ledger can be read again."""
    repair = victim.run(place.order("ledger", "check", "--repair", codes=DOCUMENTED), f"{name}, repair")
    if repair.measured.code not in (0, 7):
        return [repair]
    return [repair, victim.run(place.order("ledger", "list", "--all", codes=OK), f"{name}, list after repair")]


# -- journals and listings


def _in_turn(
    kinds: Sequence[tuple[str, Spoil]],
    count: int,
    file: str,
    *,
    make: Callable[[Server, Spoil, int, str], Callable[[Victim], list[Ended]]],
    servers: list[Server],
    chance: random.Random,
) -> Iterator[Attack]:
    """``count`` attacks with a damaged ``file``: one kind of damage and one server after the other."""
    for number in range(count):
        what, spoil = kinds[number % len(kinds)]
        name = f"{file} {number}: {what}"
        yield Attack(name=name, make=make(servers[number % len(servers)], spoil, chance.getrandbits(32), name))


def _journals(draw: Draw, servers: list[Server], chance: random.Random) -> Iterator[Attack]:
    kinds = (*ANYWHERE, ("with lines changed over", _shuffle_lines), ("without a line", _drop_line))
    kinds += (("with a line twice", _repeat_line), *_PLACES)
    yield from _in_turn(kinds, draw.count(JOURNALS), "journal", make=_with_journal, servers=servers, chance=chance)


def _with_journal(server: Server, spoil: Spoil, seed: int, name: str) -> Callable[[Victim], list[Ended]]:
    def make(victim: Victim) -> list[Ended]:
        chance = random.Random(seed)  # noqa: S311 -- a seed, no secret
        with workplace(server) as place:
            place.forget_locks()
            order = place.order(
                "cleanup", "--yes", "--owner", "^stale", "--journal", "journal", "{}", codes=frozenset({0, KILLED})
            )
            number = chance.randint(1, 4)

            def hook(_: int, stage: Stage) -> None:
                if stage is Stage.ANSWERED and place.relay.methods.count("UNLOCK") == number:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)

            place.relay.hook = hook
            pid = victim.start(order)
            first = victim.finish(order, f"{name}, before")
            place.relay.hook = lambda number, stage: None
            spoil(victim.folder / "journal", chance)
            resume = place.order("cleanup", "--resume", "journal", "--yes", codes=DOCUMENTED)
            return [first, judge_aftermath(place, victim, victim.run(resume, name))]

    return make


def _listings(draw: Draw, servers: list[Server], chance: random.Random) -> Iterator[Attack]:
    # A FIFO is read to its end there, as the shell's <(...) is.
    kinds = (*ANYWHERE, *(place for place in _PLACES if place[0] != "a FIFO"))
    yield from _in_turn(kinds, draw.count(LISTINGS), "listing", make=_with_listing, servers=servers, chance=chance)


def _with_listing(server: Server, spoil: Spoil, seed: int, name: str) -> Callable[[Victim], list[Ended]]:
    def make(victim: Victim) -> list[Ended]:
        chance = random.Random(seed)  # noqa: S311 -- a seed, no secret
        with workplace(server) as place:
            place.forget_locks()
            first = victim.run(place.order("locks", "-r", "--json", "-o", "look", "{}", codes=OK), f"{name}, before")
            spoil(victim.folder / "look", chance)
            command = ("cleanup", "--unrenewed-for", "1h", "--first-look", "look", "--yes", "--even-if-alive", "{}")
            run = victim.run(place.order(*command, codes=DOCUMENTED), name)
            gone = len(place.stale) - len(place.still_stale())
            faults = [f"{gone} locks were released that were seen a moment ago"] if gone else []
            return [first, judge_aftermath(place, victim, replace(run, faults=(*run.faults, *faults)))]

    return make


def _attacks(draw: Draw) -> Iterator[Attack]:
    servers = start_servers(draw)
    chance = random.Random(draw.seed)  # noqa: S311 -- a seed, no secret
    for kind in (_ledgers, _journals, _listings):
        yield from kind(draw, servers, chance)


GROUP = Group(
    name="damage",
    what="Damaged ledgers, journals and listings: cut, overwritten, of another version, another user's, no file.",
    attacks=_attacks,
)
