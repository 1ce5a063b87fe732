"""The commands that are killed and signalled on a server: what stands ready before, and how a person recovers after."""

import signal
from dataclasses import dataclass

from tests.attack.victim import DOCUMENTED, Ended, Victim
from tests.attack.workplace import NEW, Workplace

OK = frozenset({0})


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command line; ``{}`` in it is the URL of the workplace's folder."""

    name: str
    arguments: tuple[str, ...]
    keeps: bool = False
    """Whether its lock stays when it succeeds."""
    locks_first: bool = False
    """Whether alice holds a lock on a.txt before, taken by davlock lock."""
    stale: bool = False
    """Whether there are locks to clean up."""
    held: bool = False
    """Whether another holds the lock: recover then leaves that, and says so by status 3."""
    scratch: bool = False
    """Whether it makes scratch collections."""
    codes: frozenset[int] = DOCUMENTED


_CHILD = ("--", "sleep", "0.3")
_CLEANUP = ("cleanup", "--yes", "--owner", "^stale", "--journal", "journal", "{}")

COMMANDS = (
    Command(name="run", arguments=("run", "{}a.txt", *_CHILD)),
    Command(name="run two", arguments=("run", "--poll", "1", "{}a.txt", "{}b.txt", *_CHILD)),
    Command(name="run create", arguments=("run", "--create", "{}new.txt", *_CHILD)),
    Command(name="lock", arguments=("lock", "{}a.txt"), keeps=True),
    Command(name="lock create", arguments=("lock", "--create", "{}new.txt", "{}b.txt"), keeps=True),
    Command(name="wait then lock", arguments=("wait", "--then", "lock", "{}a.txt"), keeps=True),
    Command(name="put", arguments=("put", "content", "{}a.txt")),
    Command(name="put under lock", arguments=("put", "content", "{}a.txt"), locks_first=True, keeps=True),
    Command(name="refresh", arguments=("refresh", "{}a.txt"), locks_first=True, keeps=True),
    Command(name="unlock", arguments=("unlock", "{}a.txt"), locks_first=True, keeps=True),
    Command(name="cleanup", arguments=_CLEANUP, stale=True),
    Command(name="check", arguments=("check", "{}"), scratch=True),
    Command(name="diagnose attempt", arguments=("diagnose", "--attempt", "lock", "{}a.txt")),
    Command(name="diagnose scratch", arguments=("diagnose", "--scratch", "{}", "{}a.txt"), scratch=True),
)


def prepare(command: Command, place: Workplace, victim: Victim) -> list[Ended]:
    """Everything that must stand ready."""
    (victim.folder / "content").write_bytes(NEW)
    if command.stale:
        place.forget_locks()
    if command.locks_first:
        return [victim.run(place.order("lock", "{}a.txt", codes=OK), f"{command.name}: lock before")]
    return []


def recover(command: Command, place: Workplace, victim: Victim, name: str) -> list[Ended]:
    """What the manual tells a person to do after a crash; faults where that does not suffice."""
    ended = [victim.run(place.order("ledger", "list", codes=OK), f"{name}: ledger list")]
    if command.stale:
        ended += _finish_cleanup(place, victim, name)
    if command.scratch:
        ended.append(victim.run(place.order("check", "--clean-up", "{}", codes=OK), f"{name}: check --clean-up"))
    codes = OK | {3} if command.held else OK
    ended.append(victim.run(place.order("ledger", "recover", "--kept", codes=codes), f"{name}: ledger recover"))
    order = place.order("ledger", "check", codes=OK)
    victim.start(order)
    leftovers = place.leftovers() + _moved_aside(victim)
    leftovers += [f"a stale lock is left on {lock.path}" for lock in place.still_stale()] if command.stale else []
    ended.append(victim.finish(order, f"{name}: ledger check", found=lambda _: leftovers))
    return ended


def _moved_aside(victim: Victim) -> list[str]:
    """A fault for each ledger that davlock took for damaged: a kill must damage none."""
    return [f"the ledger was damaged: {path.name}" for path in victim.state.rglob("*.damaged-*")]


def _finish_cleanup(place: Workplace, victim: Victim, name: str) -> list[Ended]:
    """The journal goes on, unless the clean-up was ended before it had a whole plan: then it begins again."""
    journal = victim.folder / "journal"
    planned = journal.exists() and b'"planned"' in journal.read_bytes()
    if planned:
        resume = place.order("cleanup", "--resume", "journal", "--yes", codes=OK)
        return [victim.run(resume, f"{name}: cleanup --resume")]
    journal.unlink(missing_ok=True)
    return [victim.run(place.order(*_CLEANUP, codes=OK), f"{name}: cleanup again")]


KILLED = -signal.SIGKILL
