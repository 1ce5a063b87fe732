"""Twenty davlock processes at once, on one server and one ledger."""

import contextlib
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from tests.attack.ended_commands import OK
from tests.attack.group import Attack, Draw, Group
from tests.attack.kills import start_servers
from tests.attack.victim import Ended, Order, Victim
from tests.attack.workplace import OLD, Workplace, workplace
from tests.measured import Launcher
from tests.servers import Server

CROWDS = 16
"""At scale 1."""
TOGETHER = 20
SECONDS = 300.0

# Whoever is inside alone can make the folder: two that hold one lock would meet there.
_HELD = "mkdir ../inside || echo clash >> ../clashes; sleep 0.02; rmdir ../inside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """What each of the twenty does: ``order`` gets the place and a number."""

    name: str
    order: Callable[[Workplace, int], Order]
    verdict: Callable[[Workplace, list[Ended]], list[str]]
    """Faults beyond those that hold for all crowds."""


def _all_ok(place: Workplace, ended: list[Ended]) -> list[str]:
    codes = Counter(each.measured.code for each in ended)
    return [] if codes == {0: TOGETHER} else [f"exit statuses {dict(codes)}"]


def _one_ok(place: Workplace, ended: list[Ended]) -> list[str]:
    codes = Counter(each.measured.code for each in ended)
    faults = [] if codes == {0: 1, 1: TOGETHER - 1} else [f"exit statuses {dict(codes)}"]
    held = len(place.made_by_davlock())
    return faults if held == 1 else [*faults, f"{held} locks"]


def _each_has_one(place: Workplace, ended: list[Ended]) -> list[str]:
    held = len(place.made_by_davlock())
    return [*_all_ok(place, ended), *([] if held == TOGETHER else [f"{held} locks"])]


def _one_content(place: Workplace, ended: list[Ended]) -> list[str]:
    content = (place.folder / "b.txt").read_bytes()
    whole = len(content) == 20_000 and len(set(content)) == 1
    (place.folder / "b.txt").write_bytes(OLD)
    return [*_all_ok(place, ended), *([] if whole else ["the content is of two writers"])]


def _run_one_file(place: Workplace, number: int) -> Order:
    return place.order("run", "{}a.txt", "--", "sh", "-c", _HELD, codes=OK)


def _lock_one_file(place: Workplace, number: int) -> Order:
    return place.order("lock", "{}a.txt", codes=frozenset({0, 1}))


def _lock_own_file(place: Workplace, number: int) -> Order:
    return place.order("lock", "--create", f"{{}}own-{number}.txt", codes=OK)


def _wait_then_unlock(place: Workplace, number: int) -> Order:
    order = place.order("wait", "--then", "lock", "{}a.txt", codes=OK)
    script = '"$@" && { ' + _HELD + f"; }} && {sys.executable} -m davlock unlock {place.url}a.txt"
    return replace(order, through=("sh", "-c", script, "sh"))


def _put_under_lock(place: Workplace, number: int) -> Order:
    script = (
        f"head -c 20000 /dev/zero | tr '\\0' '{chr(97 + number)}' > content &&"
        ' "$0" -m davlock put content "$DAVLOCK_RUN_URL"'
    )
    return place.order("run", "{}b.txt", "--", "sh", "-c", script, sys.executable, codes=OK)


def _mixture(place: Workplace, number: int) -> Order:
    """Half of them hold a lock for a while; the others look for what is left behind, and must find nothing of it."""
    if number % 2:
        return _run_one_file(place, number)
    others = (
        place.order("cleanup", "--mine", "--yes", "{}", codes=frozenset({0, 1, 3, 7})),
        place.order("ledger", "recover", codes=frozenset({0, 3})),
        place.order("ledger", "list", "--verify", codes=OK),
        place.order("ledger", "check", codes=OK),
        place.order("locks", "-r", "{}", codes=OK),
    )
    return others[number // 2 % len(others)]


CROWDED = (
    Crowd(name="run on one file", order=_run_one_file, verdict=_all_ok),
    Crowd(name="lock on one file", order=_lock_one_file, verdict=_one_ok),
    Crowd(name="lock on a file each", order=_lock_own_file, verdict=_each_has_one),
    Crowd(name="wait, lock and unlock on one file", order=_wait_then_unlock, verdict=_all_ok),
    Crowd(name="put under a lock on one file", order=_put_under_lock, verdict=_one_content),
    Crowd(name="run beside cleanup and recover", order=_mixture, verdict=lambda place, ended: []),
)


def _attacks(draw: Draw) -> Iterator[Attack]:
    servers = start_servers(draw)
    for number in range(draw.count(CROWDS)):
        crowd = CROWDED[number % len(CROWDED)]
        server = servers[number // len(CROWDED) % len(servers)]
        name = f"{number} {crowd.name} on {server.kind}"
        yield Attack(name=name, make=_together(server, crowd, name))


def _together(server: Server, crowd: Crowd, name: str) -> Callable[[Victim], list[Ended]]:
    def make(victim: Victim) -> list[Ended]:
        state = {"XDG_STATE_HOME": str(victim.state)}
        with workplace(server) as place, contextlib.ExitStack() as stack:
            orders = [_in_state(crowd.order(place, number), state) for number in range(TOGETHER)]
            victims = [
                Victim(stack.enter_context(Launcher()), _new(victim.folder / str(number))) for number in range(TOGETHER)
            ]
            for each, order in zip(victims, orders, strict=True):
                each.start(order)
            with ThreadPoolExecutor(TOGETHER) as pool:
                ended = list(
                    pool.map(
                        lambda pair: pair[1][0].finish(pair[1][1], f"{name}, process {pair[0]}"),
                        enumerate(zip(victims, orders, strict=True)),
                    )
                )
            place.relay.settle()
            faults = crowd.verdict(place, ended)
            if (victim.folder / "clashes").exists():
                faults.append("two held one lock")
            after = [
                victim.run(place.order("ledger", "list", "--json", codes=OK), f"{name}: ledger list"),
                victim.run(place.order("ledger", "recover", "--kept", codes=OK), f"{name}: ledger recover"),
            ]
            for path in place.folder.glob("own-*.txt"):
                path.unlink()
            check = victim.run(place.order("ledger", "check", codes=OK), f"{name}: ledger check")
            faults += place.leftovers()
            return [*ended, *after, replace(check, faults=(*check.faults, *faults))]

    return make


def _in_state(order: Order, state: dict[str, str]) -> Order:
    return replace(order, environment={**order.environment, **state}, seconds=SECONDS)


def _new(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


GROUP = Group(
    name="crowd",
    what="Twenty davlock processes at once on one server and one ledger: each lock has one holder, nothing is left.",
    attacks=_attacks,
)
